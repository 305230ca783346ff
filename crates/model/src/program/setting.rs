//! What a value of the code is in production (rule G4): literals, defaults and variables that the deployment sets.

use plimsoll_base::Location;

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
