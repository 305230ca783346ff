//! Rights in the cloud account.

mod aws;
mod azure;
mod google;
mod policy;
mod principals;

#[cfg(test)]
mod tests;

use super::Resources;
use crate::infrastructure::Infrastructure;

pub(super) fn read(resources: &Resources<'_>, found: &mut Infrastructure) {
    aws::read(resources, found);
    google::read(resources, found);
    azure::read(resources, found);
}
