//! The words for what a repository holds besides what runs.

use std::sync::OnceLock;

use plimsoll_base::{FileId, Location, Sourced};
use plimsoll_syntax::ShellCommand;
use plimsoll_syntax::markdown::Markdown;

/// A document for people.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file.
    pub file: FileId,
    /// Its path.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// Headings, links, code, lists, tables.
    pub content: Markdown,
    /// Lower-case text of the whole, for word searches.
    pub text: String,
    /// A document that claims readiness, a checklist or an audit: never evidence.
    pub readiness_claim: bool,
    /// Whether it lies among tests, examples or vendored files.
    pub product: bool,
    /// The shell commands of each code block, in the blocks' order: read when somebody first asks for that block, since several controls do.
    pub shown: Vec<OnceLock<Vec<ShellCommand>>>,
    /// What its name and each of its headings are about, in the bits of those who judge it: told when somebody first asks.
    pub topics: OnceLock<Vec<u32>>,
}

/// An env file or a template of one.
#[derive(Clone, Debug)]
pub struct EnvFile {
    /// The file.
    pub file: FileId,
    /// Its path.
    pub path: String,
    /// A template by its name (`.env.example`, `.env.sample`, `env.template`).
    pub template: bool,
    /// Its entries, commented ones included.
    pub entries: Vec<EnvEntry>,
    /// Whether git tracks it; none without git.
    pub tracked: Option<bool>,
    /// Whether an ignore rule matches it.
    pub ignored: bool,
}

/// An entry of an env file.
#[derive(Clone, Debug)]
pub struct EnvEntry {
    /// The variable.
    pub name: String,
    /// Its value, unquoted.
    pub value: String,
    /// Where it stands.
    pub at: Location,
    /// `# NAME=value`.
    pub commented: bool,
}

/// A variable that source code reads, found by the forms of its language.
#[derive(Clone, Debug)]
pub struct EnvRead {
    /// The variable.
    pub name: String,
    /// Where it is read.
    pub at: Location,
    /// The file's path.
    pub path: String,
    /// A default stands beside it.
    pub defaulted: bool,
}

/// A credential-like value.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Where the value stands.
    pub at: Location,
    /// The file's path.
    pub path: String,
    /// The scanner's finding; it holds no value.
    pub finding: plimsoll_secrets::Finding,
    /// The file's part in the repository.
    pub role: plimsoll_discover::Role,
    /// Whether the file is a template by name (`.env.example`).
    pub template: bool,
}

/// A file that should not be under version control, or should not be there at all.
#[derive(Clone, Debug)]
pub struct Artefact {
    /// The file.
    pub file: FileId,
    /// Its path.
    pub path: String,
    /// What it is.
    pub kind: ArtefactKind,
}

/// What kind of artefact a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ArtefactKind {
    /// A log.
    Log,
    /// A process id file.
    Pid,
    /// A backup copy beside its original.
    Copy,
    /// Output of a build.
    BuildOutput,
    /// A database, a vector store, a dump.
    Data,
    /// Terraform state.
    State,
    /// A Terraform plan, which holds state.
    Plan,
    /// Installed dependencies.
    Dependencies,
    /// Files of the desktop or the editor.
    Desktop,
    /// Uploads and other runtime files.
    Runtime,
    /// A private key or certificate store.
    Key,
}

/// Rules that keep files out of git.
#[derive(Clone, Debug)]
pub struct IgnoreRules {
    /// The file.
    pub file: FileId,
    /// Its path.
    pub path: String,
    /// Its patterns in order, comments left out.
    pub patterns: Vec<Sourced<String>>,
}

/// A file of tests.
#[derive(Clone, Debug)]
pub struct TestFile {
    /// The file.
    pub file: FileId,
    /// Its path.
    pub path: String,
    /// Its language.
    pub language: String,
    /// Test cases found by the forms of its language.
    pub cases: u32,
    /// Of these, skipped.
    pub skipped: u32,
    /// Assertions found.
    pub assertions: u32,
    /// The kind its path and imports suggest.
    pub kind: TestKind,
    /// The first case's place.
    pub first: Option<Location>,
    /// Signs of real backing services: `testcontainers`, `TestClient` with a database, `supertest`.
    pub real_services: Vec<Sourced<String>>,
    /// It needs a server that somebody must start: `fetch("http://localhost:3000")`.
    pub needs_server: Option<Location>,
    /// Build tags without one of which the file is not compiled: `//go:build e2e`.
    pub tags: Vec<String>,
    /// The first assertion that a request is refused: a 401 or a 403 is expected.
    pub refusal: Option<Location>,
}

/// What a test file tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TestKind {
    /// Functions, classes, components.
    Unit,
    /// Several parts together.
    Integration,
    /// The whole system through its interface.
    EndToEnd,
    /// Load.
    Load,
    /// Attack.
    Security,
    /// Not a test of a runner: a manual script.
    Manual,
}

/// Source code by folder and language: what a control needs to know of its size.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The file.
    pub file: FileId,
    /// Its path.
    pub path: String,
    /// Its language.
    pub language: plimsoll_discover::Language,
    /// Its bytes.
    pub size: u64,
    /// What part it plays.
    pub role: plimsoll_discover::Role,
}

/// A version of something that reaches end of life.
#[derive(Clone, Debug)]
pub struct VersionUse {
    /// The product, as named in the end-of-life table: `node`, `python`, `postgres`, `debian`, `nextjs` …
    pub product: String,
    /// The version as written or resolved: `20`, `3.10`, `15-alpine` → `15`; empty for `latest` or none.
    pub version: String,
    /// Where it stands.
    pub at: Location,
    /// In the file's words.
    pub says: String,
    /// What it is used for.
    pub scope: VersionScope,
    /// The path of the file.
    pub path: String,
}

/// What a version is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VersionScope {
    /// The runtime image's base.
    Image,
    /// A stage that only builds.
    BuildStage,
    /// A third-party image that a deployment runs.
    Workload,
    /// A framework, as the lock or manifest resolves it.
    Framework,
    /// What a manifest asks for (`engines`, `requires-python`).
    Manifest,
    /// A tool version file (`.nvmrc`, `.tool-versions`).
    ToolFile,
    /// The pipeline's own.
    Pipeline,
    /// Infrastructure code (`engine_version`, a function's runtime).
    Infrastructure,
}

/// Automatic dependency updates.
#[derive(Clone, Debug)]
pub struct Updater {
    /// Dependabot or Renovate.
    pub tool: String,
    /// The file.
    pub at: Location,
    /// What it covers: ecosystem as the tool names it, folder, open limit.
    pub entries: Vec<UpdaterEntry>,
    /// It covers every manifest it finds (Renovate's default).
    pub everything: bool,
}

/// One entry of an updater.
#[derive(Clone, Debug)]
pub struct UpdaterEntry {
    /// `npm`, `docker`, `github-actions` …
    pub ecosystem: String,
    /// Folders, from the root, without slashes at the ends; globs possible.
    pub folders: Vec<String>,
    /// Where it stands.
    pub at: Location,
    /// Switched off: `open-pull-requests-limit: 0`.
    pub disabled: bool,
}

/// Something that one line of source code shows.
#[derive(Clone, Debug)]
pub struct SourceMark {
    /// What it shows.
    pub kind: MarkKind,
    /// Where.
    pub at: Location,
    /// The file's path.
    pub path: String,
    /// In the file's words.
    pub says: String,
}

/// What a line of source code shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// It serves a machine-readable description of an API.
    ServesApiDescription,
    /// It switches such a description off.
    HidesApiDescription,
    /// It declares a stored field about a person.
    PersonalField,
    /// It declares a stored entity that is a person.
    PersonalEntity,
    /// It deletes or anonymises a person's data.
    ErasesPersonalData,
    /// It hands a person's data out.
    ExportsPersonalData,
    /// It opens a file of SQLite, perhaps only where nothing else is set; the words are the path, as far as written.
    OpensSqlite,
    /// It opens a file of SQLite whatever is set outside; the words are the path.
    FixesSqlite,
    /// Its data source names an engine (`postgresql`), which the words are.
    NamesDatabase,
    /// It starts the library of a vendor that takes errors or traces.
    StartsMonitoring,
    /// It takes in the script of a product analytics service.
    MeasuresUsage,
}
