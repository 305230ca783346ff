//! Networks, subnets and what their firewalls admit.

use crate::iac::kubernetes::object::Object;
use crate::infrastructure::Infrastructure;

pub(super) fn read(_objects: &[Object], _found: &mut Infrastructure) {}
