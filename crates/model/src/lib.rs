//! Facts to one [`System`]: services, datastores, pipelines, environments, and which deployment is production.
//!
//! This is the waist: left of it we learn, right of it we judge. Controls see a `System` and nothing else.
//! Absent on purpose: controls, severities, output.

mod activity;
mod backup;
mod credential;
mod datastore;
mod delivery;
mod deployment;
mod document;
mod exposure;
mod floor;
mod identity;
mod ignoring;
pub mod image;
mod infrastructure;
mod naming;
mod part;
mod place;
mod program;
mod segment;
mod service;
mod settings;
mod start;
mod support;
mod system;
mod variable;
mod view;

pub use activity::{Activity, before_merge};
pub use backup::{Covers, Destroys, Destruction};
pub use credential::{is_local_host, is_password, is_remote_host, is_signing_key};
pub use datastore::{Connection, Datastore, EmbeddedStore, ExternalStore, Lies, RunBy, VolumeStore, connection};
pub use deployment::{Choice, Deployment, DeploymentKind, candidates, choose};
pub use document::{Bearing, Passage, Reference, References, ShownCommand, Topic, Topics, find, name_of, passages};
pub use exposure::Exposure;
pub use identity::Identity;
pub use part::CodeLanguage;
pub use place::PlaceKind;
pub use program::{Answer, Asked, Entry, Leads, Opened, Program, VariableRead, WrittenFile};
pub use service::{Ownership, Service, ServiceKind};
pub use start::StartCommand;
pub use support::{Support, support};
pub use system::System;
pub use variable::{holds_password, is_sensitive, is_shipped_to_clients, is_stand_in, opens};

/// The subjects of the system, in the words of the facts.
pub use plimsoll_facts::{
    Format, Held, Role, ci, code, compose, container, folder_of, iac, infrastructure as estate, join, packages, platform, repository,
    technology::{self, Capability, Sign, SignSource},
};

/// The words for files and commands that facts keep as they were read.
pub use plimsoll_syntax::{ShellCommand, dockerfile, markdown};
