//! Where traffic comes in: load balancers, CDNs, gateways, certificates, firewalls of the application layer.

use crate::iac::kubernetes::object::Object;
use crate::infrastructure::Infrastructure;

pub(super) fn read(_objects: &[Object], _found: &mut Infrastructure) {}
