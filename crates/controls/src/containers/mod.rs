//! Containers.

mod base_image_pinned;
mod dockerignore;
mod hardened_runtime;
mod healthcheck;
mod image_build;
mod minimal_image;
mod multi_stage_build;
mod non_root_user;
mod ports_not_exposed;
mod resource_limits;
mod restart_policy;

use plimsoll_base::Evidence;
use plimsoll_model::container::Runtime;
use plimsoll_model::{DeploymentKind, Service, System};

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[
    image_build::CONTROL,
    multi_stage_build::CONTROL,
    non_root_user::CONTROL,
    minimal_image::CONTROL,
    base_image_pinned::CONTROL,
    dockerignore::CONTROL,
    healthcheck::CONTROL,
    resource_limits::CONTROL,
    restart_policy::CONTROL,
    hardened_runtime::CONTROL,
    ports_not_exposed::CONTROL,
];

/// Whether something in the repository says how the service is run: Compose, Kubernetes, ECS.
fn orchestrated(service: &Service) -> bool {
    matches!(service.runtime, Runtime::Compose | Runtime::Kubernetes | Runtime::Ecs)
}

/// Whether the repository describes what is run, but not how: image definitions alone, or source with a start command.
fn nothing_runs_it(system: &System) -> bool {
    system.deployment().is_some_and(|d| matches!(d.kind, DeploymentKind::Image | DeploymentKind::Process))
}

/// Why a control of images has nothing to judge.
fn no_images(system: &System) -> Evidence {
    Evidence::sought("image that this repository builds", system.scopes(&["**/{Dockerfile,Containerfile}*", "**/*.Dockerfile"]))
}

/// Why a control of running containers has nothing to judge.
fn no_services(system: &System) -> Evidence {
    Evidence::sought("container that is run", system.deployment_scope())
}
