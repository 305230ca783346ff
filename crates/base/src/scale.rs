//! The scales of judgement: tiers, severities, evidence grades, effort.

use serde::{Deserialize, Serialize};

/// How much the system must bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Shown to a few, nothing to lose.
    Prototype,
    /// Used inside the organisation.
    Internal,
    /// Used by customers.
    Production,
    /// Money, health, safety or the organisation's existence depend on it.
    Critical,
}

impl Tier {
    /// All tiers, the least first.
    pub const ALL: [Tier; 4] = [Tier::Prototype, Tier::Internal, Tier::Production, Tier::Critical];
    /// The word used on the command line and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Tier::Prototype => "prototype",
            Tier::Internal => "internal",
            Tier::Production => "production",
            Tier::Critical => "critical",
        }
    }
}

/// How bad the lack of a capability is. Belongs to the control and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Weight 2.5.
    Low,
    /// Weight 5.
    Medium,
    /// Weight 7.5.
    High,
    /// Weight 10.
    Critical,
}

impl Severity {
    /// The weight in the score.
    pub fn weight(self) -> f64 {
        match self {
            Severity::Low => 2.5,
            Severity::Medium => 5.0,
            Severity::High => 7.5,
            Severity::Critical => 10.0,
        }
    }
    /// One level lower; the severity of a gap of a partial control.
    pub fn lowered(self) -> Self {
        match self {
            Severity::Critical => Severity::High,
            Severity::High => Severity::Medium,
            Severity::Medium | Severity::Low => Severity::Low,
        }
    }
    /// The word used in every output.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

/// How strongly a piece of evidence shows a capability, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// A person, a document or a comment says so.
    Claimed,
    /// A dependency, a class, a script, a manifest is there.
    Declared,
    /// Reachable from a production entry point; applied, scheduled, mounted.
    Wired,
    /// Resolved production values switch it on, its inputs exist, no placeholder.
    Active,
    /// A gate, a test or a static proof enforces it.
    Exercised,
    /// A probe or a drill of the running system saw it, with a date.
    Observed,
}

impl Grade {
    /// The word used in every output.
    pub fn word(self) -> &'static str {
        match self {
            Grade::Claimed => "claimed",
            Grade::Declared => "declared",
            Grade::Wired => "wired",
            Grade::Active => "active",
            Grade::Exercised => "exercised",
            Grade::Observed => "observed",
        }
    }
}

/// Hours of work for one person who knows the stack: from, to. A day is 8 hours, a week 40.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effort(pub f64, pub f64);
