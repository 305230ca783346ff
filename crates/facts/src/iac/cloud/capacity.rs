//! What gives workloads their instances, and what moves their number.

use super::Resources;
use crate::infrastructure::Infrastructure;

pub(super) fn read(_resources: &Resources<'_>, _found: &mut Infrastructure) {}
