//! What a value of the code is in production (rule G4): literals, defaults and variables that the deployment sets.

use plimsoll_base::Location;
use plimsoll_facts::code::{Code, ModuleId};

use super::{Asked, Program};
use crate::service::Service;
use crate::system::System;

/// What a value is in production.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A text, and where it is decided: the code's literal or default, or the deployment's variable.
    Text(String, Location),
    /// A number.
    Number(f64, Location),
    /// A truth value; texts that the code compares or converts are converted.
    Bool(bool, Location),
    /// Several.
    List(Vec<Answer>, Location),
    /// `None`, `undefined`: nothing is set and no default stands.
    Nothing(Location),
    /// Taken from a variable whose value the repository does not hold: its name, whether the deployment hands it in, where it is read.
    Variable {
        /// The variable.
        name: String,
        /// Where the deployment hands it in; none where it does not, as far as files show.
        given: Option<Location>,
        /// Where the code reads it.
        at: Location,
    },
    /// Not to be decided here.
    Unknown,
}

/// A place at which reached code reads a variable.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableRead {
    /// The variable.
    pub name: String,
    /// The default's text, where a literal one stands.
    pub default: Option<String>,
    /// Whether the program fails without it: it is indexed, or a schema asks for it, and nothing stands in.
    pub required: bool,
    /// Where it is read.
    pub at: Location,
    /// The module that reads it.
    pub module: ModuleId,
}

/// The variables that reached code reads.
pub(super) fn variables(_code: &Code, _program: &Program) -> Vec<VariableRead> {
    Vec::new()
}

impl System {
    /// What a value of the code is in production, for a service: its literals, and the variables that the deployment hands in.
    pub fn answer(&self, service: &Service, asked: Asked<'_>) -> Answer {
        let _ = (service, asked);
        Answer::Unknown
    }
}
