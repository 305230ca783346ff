//! What a value of the code is in production (rule G4): literals, defaults and variables that the deployment sets.

mod assigned;
mod call;
mod class;
mod evaluate;
mod inventory;
mod schema;

#[cfg(test)]
mod tests;

use plimsoll_base::Location;
use plimsoll_facts::code::ModuleId;

use super::Asked;
use crate::service::Service;
use crate::system::System;

pub(crate) use inventory::variables;
pub(crate) use schema::Schemas;

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
        /// Where the deployment hands it in, or where a template asks for it; none where nothing does, as far as files show.
        given: Option<Location>,
        /// Where the code reads it.
        at: Location,
    },
    /// Not to be decided here.
    Unknown,
}

impl Answer {
    /// Whether it counts as true; none where that is not known. A text is true unless it is empty.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Self::Text(text, _) => Some(!text.is_empty()),
            Self::Number(number, _) => Some(*number != 0.0),
            Self::Bool(value, _) => Some(*value),
            Self::List(values, _) => Some(!values.is_empty()),
            Self::Nothing(_) => Some(false),
            Self::Variable { .. } | Self::Unknown => None,
        }
    }
    /// Its text, where it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text, _) => Some(text),
            _ => None,
        }
    }
    /// Where it is decided; for a variable, where the code reads it.
    pub fn at(&self) -> Option<Location> {
        match self {
            Self::Text(_, at)
            | Self::Number(_, at)
            | Self::Bool(_, at)
            | Self::List(_, at)
            | Self::Nothing(at)
            | Self::Variable { at, .. } => Some(*at),
            Self::Unknown => None,
        }
    }
}

/// A place at which reached code reads a variable.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableRead {
    /// The variable.
    pub name: String,
    /// Whether something stands in where it is not set.
    pub defaulted: bool,
    /// The default's text, where it is a literal.
    pub default: Option<String>,
    /// Whether the program fails without it: it is indexed in Python, a schema or a settings class asks for it, and nothing stands in.
    pub required: bool,
    /// Where it is read.
    pub at: Location,
    /// The module that reads it.
    pub module: ModuleId,
}

impl System {
    /// What a value of the code is in production, for a service: its literals, and the variables that the deployment hands in. Without a program
    /// of the service nothing is known.
    pub fn answer(&self, service: &Service, asked: Asked<'_>) -> Answer {
        match self.program(service) {
            Some(program) => evaluate::Evaluation::new(self, program).answer(asked),
            None => Answer::Unknown,
        }
    }
}
