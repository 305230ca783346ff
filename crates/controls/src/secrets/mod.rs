//! Secrets and configuration.

mod built_in;
mod env_files_ignored;
mod env_template;
mod exposure;
mod no_default_credentials;
mod no_hardcoded_secrets;
mod secret_rotation;
mod secrets_manager;

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[
    no_hardcoded_secrets::CONTROL,
    no_default_credentials::CONTROL,
    secrets_manager::CONTROL,
    env_files_ignored::CONTROL,
    env_template::CONTROL,
    secret_rotation::CONTROL,
];
