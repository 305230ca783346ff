//! `plimsoll.toml`: the tier, the assessed deployment, what is no evidence, and what people answer for.
//!
//! ```toml
//! name = "shop"                       # instead of the directory's name
//! tier = "production"                 # prototype | internal | production | critical
//! tier_reason = "paying customers"
//!
//! [production]
//! deployment = "compose.prod.yml"     # a deployment's name, or the list of its files in merge order
//!
//! [evidence]
//! exclude = ["examples/**"]           # files that prove nothing about this system
//!
//! [[waive]]                           # the gap is known and someone answers for it until a date
//! control = "recovery/restore-tested"
//! scope = "cache"                     # only this subject; or gap = "kind@subject"; neither: the whole control
//! owner = "ops@example.org"
//! reason = "holds nothing that cannot be rebuilt"
//! evidence = "https://example.org/decisions/12"
//! expires = 2027-03-31
//!
//! [[attest]]                          # it is there, but not in this repository
//! control = "edge/https-tls"
//! owner = "ops@example.org"
//! reason = "the company's load balancer terminates TLS"
//! evidence = "https://example.org/wiki/edge"
//! expires = 2027-03-31
//! ```

mod errors;
mod read;

pub use errors::{Fault, PolicyError};
use plimsoll_base::Tier;

use crate::Date;

/// What the owners of the system decided. The default is what holds without a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// The system's name, instead of the directory's.
    pub name: Option<String>,
    /// How much the system must bear.
    pub tier: Option<Tier>,
    /// Why that tier.
    pub tier_reason: Option<String>,
    /// The deployment that is production.
    pub deployment: Option<Deployment>,
    /// Globs of files that are left out as evidence.
    pub exclude: Vec<String>,
    /// Waivers and attestations, in the order of the file.
    pub exceptions: Vec<Exception>,
    /// The SHA-256 of the text in hexadecimal, so that a reader can tell under which policy a verdict was given.
    pub hash: Option<String>,
}

/// How the configuration names the assessed deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deployment {
    /// By its name, or by the one file that describes it.
    Name(String),
    /// By its files, in merge order.
    Files(Vec<String>),
}

impl Deployment {
    /// What to look for: the name, or the last file, which is the overlay that makes the deployment what it is.
    pub fn main(&self) -> &str {
        match self {
            Deployment::Name(name) => name,
            Deployment::Files(files) => files.last().map_or("", String::as_str),
        }
    }
}

/// How an exception answers for a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The gap is there, and someone bears it.
    Waive,
    /// The capability is there, out of sight of the repository.
    Attest,
}

/// How much of a control an exception covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cover {
    /// All of it.
    Control,
    /// The gap of that key, `kind@subject`.
    Gap(String),
    /// Everything about that subject.
    Subject(String),
}

/// A waiver or an attestation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Which of the two.
    pub kind: Kind,
    /// The control's id, one of the catalogue.
    pub control: &'static str,
    /// How much of it.
    pub cover: Cover,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Where more is written.
    pub evidence: Option<String>,
    /// The last day on which it holds.
    pub expires: Date,
    /// Its line in the file.
    pub line: u32,
}

impl Policy {
    /// The name of the file, relative to the root of the subject.
    pub const FILE: &'static str = "plimsoll.toml";

    /// Reads the text of a policy file. All faults are reported at once, each with its place.
    pub fn parse(text: &str) -> Result<Policy, PolicyError> {
        read::policy(text)
    }
}

impl Exception {
    /// `waiver` or `attestation`.
    pub fn noun(&self) -> &'static str {
        match self.kind {
            Kind::Waive => "waiver",
            Kind::Attest => "attestation",
        }
    }

    /// Whether it still holds.
    pub fn holds_on(&self, today: Date) -> bool {
        today <= self.expires
    }
}

#[cfg(test)]
mod tests;
