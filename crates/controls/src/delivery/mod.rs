//! Delivery.

mod automated_deploy;
mod ci_builds_image;
mod ci_least_privilege;
mod ci_pipeline;
mod ci_runs_tests;
mod deploy_approval;
mod environment_parity;
mod iac_in_ci;
mod immutable_artifacts;
mod post_deploy_verification;
mod rollback;
mod staging_environment;
mod versioning_and_changelog;
mod zero_downtime_deploy;

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[
    ci_pipeline::CONTROL,
    ci_runs_tests::CONTROL,
    ci_builds_image::CONTROL,
    automated_deploy::CONTROL,
    staging_environment::CONTROL,
    deploy_approval::CONTROL,
    zero_downtime_deploy::CONTROL,
    rollback::CONTROL,
    post_deploy_verification::CONTROL,
    immutable_artifacts::CONTROL,
    ci_least_privilege::CONTROL,
    iac_in_ci::CONTROL,
    versioning_and_changelog::CONTROL,
    environment_parity::CONTROL,
];
