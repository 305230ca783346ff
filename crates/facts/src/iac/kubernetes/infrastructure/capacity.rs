//! What gives workloads their instances, and what moves their number.

use crate::iac::kubernetes::object::Object;
use crate::infrastructure::Infrastructure;

pub(super) fn read(_objects: &[Object], _found: &mut Infrastructure) {}
