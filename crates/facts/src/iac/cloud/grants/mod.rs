//! Rights in the cloud account.

use super::Resources;
use crate::infrastructure::Infrastructure;

pub(super) fn read(_resources: &Resources<'_>, _found: &mut Infrastructure) {}
