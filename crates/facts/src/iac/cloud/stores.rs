//! Stores of data, and the backups of providers that cover them.

use super::Resources;
use crate::infrastructure::Infrastructure;

pub(super) fn read(_resources: &Resources<'_>, _found: &mut Infrastructure) {}
