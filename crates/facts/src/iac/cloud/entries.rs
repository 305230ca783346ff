//! Where traffic comes in: load balancers, CDNs, gateways, certificates, firewalls of the application layer.

use super::Resources;
use crate::infrastructure::Infrastructure;

pub(super) fn read(_resources: &Resources<'_>, _found: &mut Infrastructure) {}
