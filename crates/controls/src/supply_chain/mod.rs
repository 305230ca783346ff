//! Supply chain.

mod container_scanning;
mod dependency_scanning;
mod dependency_updates;
mod lockfile_committed;
mod sbom_and_signing;
mod secret_scanning;
mod static_analysis;
mod supported_versions;

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[
    lockfile_committed::CONTROL,
    dependency_updates::CONTROL,
    dependency_scanning::CONTROL,
    container_scanning::CONTROL,
    static_analysis::CONTROL,
    secret_scanning::CONTROL,
    sbom_and_signing::CONTROL,
    supported_versions::CONTROL,
];
