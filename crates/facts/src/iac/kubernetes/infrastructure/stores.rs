//! Stores of data, and the backups of providers that cover them.

use crate::iac::kubernetes::object::Object;
use crate::infrastructure::Infrastructure;

pub(super) fn read(_objects: &[Object], _found: &mut Infrastructure) {}
