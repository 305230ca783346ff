//! Facts to one [`System`]: services, datastores, pipelines, environments, and which deployment is production.
//!
//! This is the waist: left of it we learn, right of it we judge. Controls see a `System` and nothing else.
//! Absent on purpose: controls, severities, output.

mod activity;
mod delivery;
mod deployment;
mod floor;
mod identity;
mod naming;
mod part;
mod service;
mod support;
mod system;
mod view;

pub use activity::{Activity, before_merge};
pub use deployment::{Choice, Deployment, DeploymentKind, candidates, choose};
pub use identity::Identity;
pub use part::CodeLanguage;
pub use service::{Ownership, Service, ServiceKind};
pub use support::{Support, support};
pub use system::System;

/// The subjects of the system, in the words of the facts.
pub use plimsoll_syntax::{dockerfile, markdown};

pub use plimsoll_facts::{
    Held, ci, compose, container, folder_of, iac, join, packages, platform, repository,
    technology::{self, Capability, Sign, SignSource},
};
