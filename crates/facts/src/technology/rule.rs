//! What the signal files say, as the static tables that the build script writes. Nothing is parsed or built at run time.

use plimsoll_base::Grade;

use super::Capability;

/// A signal file.
pub(super) struct Technology {
    /// `PostgreSQL`.
    pub name: &'static str,
    /// For datastores, caches and brokers: the engine, `postgres`.
    pub engine: Option<&'static str>,
    /// Its signs in the file's order.
    pub rules: &'static [Rule],
}

/// A `[[sign]]`, without the places to look at: those are the keys of the tables.
pub(super) struct Rule {
    /// What it shows.
    pub shows: Capability,
    /// The stated grade; each kind of place has its own otherwise.
    pub grade: Option<Grade>,
    /// Inputs of the action that must have one of these values.
    pub with: &'static [(&'static str, &'static [&'static str])],
    /// Inputs of the action that must not.
    pub without: &'static [(&'static str, &'static [&'static str])],
    /// Flags or inputs with which its failure fails nothing.
    pub tolerated_by: &'static [&'static str],
    /// Flags or inputs without which its failure fails nothing; empty where it fails by itself.
    pub gates_with: &'static [&'static str],
    /// It ends well whatever it finds.
    pub never_fails: bool,
    /// It hands its findings to a service instead of failing the step.
    pub reports: bool,
}

/// A key, the technology's index and the rule's index in it.
type Row = (&'static str, u16, u16);

include!(concat!(env!("OUT_DIR"), "/signals.rs"));
