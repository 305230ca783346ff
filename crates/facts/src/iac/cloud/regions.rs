//! Regions that providers are configured for.

use super::Resources;
use crate::infrastructure::Infrastructure;

pub(super) fn read(_resources: &Resources<'_>, _found: &mut Infrastructure) {}
