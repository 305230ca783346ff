//! What is handed to a workload: environment variables, files of them, secrets.

use plimsoll_base::Location;

/// A variable handed to a workload or a build.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub at: Location,
    /// Where its value comes from.
    pub value: ValueSource,
}

/// Where a variable's value comes from.
#[derive(Clone, Debug)]
pub enum ValueSource {
    /// Written here.
    Literal(String),
    /// Interpolated: the text as written; the variables it needs without a default; and the text with defaults applied,
    /// if every variable has a value (a default, or a committed env file).
    Interpolated {
        /// As written.
        raw: String,
        /// The result when nothing is set outside; none where a variable has no default.
        resolved: Option<String>,
        /// The variables in it.
        variables: Vec<Interpolation>,
    },
    /// Passed through from the environment of whoever starts it.
    PassedThrough,
    /// From a secret store or a secret object: the reference in the file's words.
    SecretRef(String),
    /// From a config object.
    ConfigRef(String),
    /// From an env file of the tree: its path and value.
    EnvFile {
        /// The file's path.
        path: String,
        /// The value.
        value: String,
    },
    /// Decided elsewhere.
    Unresolved,
}

/// A `${NAME…}` in a text.
#[derive(Clone, Debug)]
pub struct Interpolation {
    /// The variable.
    pub name: String,
    /// `:-default`.
    pub default: Option<String>,
    /// `:?message`: the start fails without it.
    pub required: bool,
    /// The env file of the tree that gives it a value: its path, and the value.
    pub from_file: Option<(String, String)>,
}

/// The use of an env file.
#[derive(Clone, Debug)]
pub struct EnvFileUse {
    /// The path from the root.
    pub path: String,
    /// Whether the tree holds it.
    pub exists: bool,
    /// Where it is named.
    pub at: Location,
}

/// A secret handed to a workload.
#[derive(Clone, Debug)]
pub struct SecretUse {
    /// The secret's name.
    pub name: String,
    /// Where it is handed over.
    pub at: Location,
    /// What holds it.
    pub store: SecretStore,
}

/// What holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretStore {
    /// A managed store, named: Secrets Manager, Vault, Key Vault …
    Managed(String),
    /// The orchestrator's own secret object (Swarm, Kubernetes), filled from outside.
    Orchestrator,
    /// Encrypted in the repository: SOPS, Sealed Secrets.
    Encrypted(String),
    /// A file beside the declaration.
    File(String),
    /// An environment variable of whoever starts it.
    Environment(String),
    /// Not known.
    Unresolved,
}
