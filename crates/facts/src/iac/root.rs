//! The words for roots of infrastructure code.

use plimsoll_base::{FileId, Location, Sourced};

use crate::container::Workload;
use crate::infrastructure::{Infrastructure, Property};

/// A folder of infrastructure code that is planned and applied as one.
#[derive(Clone, Debug)]
pub struct IacRoot {
    /// Its folder; the stable name is the folder, or `root`.
    pub folder: String,
    /// What it is written in.
    pub tool: IacTool,
    /// Its files.
    pub files: Vec<FileId>,
    /// Resources and data sources, those with `count = 0` left out.
    pub resources: Vec<Resource>,
    /// Workloads that it declares.
    pub workloads: Vec<Workload>,
    /// The state backend, if one is declared.
    pub backend: Option<Sourced<String>>,
    /// Variables of environments found beside it (`*.tfvars`, `envs/`).
    pub environments: Vec<Sourced<String>>,
    /// Only a module called by another root.
    pub module: bool,
    /// A module among modules that nothing here calls: it is offered to other repositories.
    pub offered: bool,
    /// What it declares, in words that every provider shares; modules included.
    pub infrastructure: Infrastructure,
    /// Modules whose configuration is not in the tree, by source, where they are called: what they declare is missing here.
    pub unread_modules: Vec<Sourced<String>>,
    /// Where its state is kept.
    pub state: StateKeeping,
    /// What bounds the versions of what it is built with.
    pub pins: Pins,
}

impl IacRoot {
    /// A root of which nothing is known but what it is written in, and where.
    pub fn new(folder: impl Into<String>, tool: IacTool) -> Self {
        Self {
            folder: folder.into(),
            tool,
            files: Vec::new(),
            resources: Vec::new(),
            workloads: Vec::new(),
            backend: None,
            environments: Vec::new(),
            module: false,
            offered: false,
            infrastructure: Infrastructure::default(),
            unread_modules: Vec::new(),
            state: StateKeeping::default(),
            pins: Pins::default(),
        }
    }
}

/// Where the state of a root is kept.
#[derive(Clone, Debug, Default)]
pub struct StateKeeping {
    /// The backend, if one is declared.
    pub backend: Option<Backend>,
    /// A block that could hold one and could not be read.
    pub unread: Option<Location>,
    /// Something else writes a backend before the tool runs: a script, a framework over Terraform, with the file's words.
    pub generated: Option<Sourced<String>>,
    /// Commands or code choose a workspace, each with a state of its own.
    pub workspaces: Option<Location>,
}

/// A backend with its settings.
#[derive(Clone, Debug)]
pub struct Backend {
    /// `s3`, `gcs`, `azurerm`, `cloud`, `remote`, `http`, `pg`, `local` …
    pub kind: String,
    /// Its head.
    pub at: Location,
    /// What declares it.
    pub declared: Declared,
    /// Its settings, those that commands hand in included; nested ones joined by `.`.
    pub settings: Vec<(String, Property<String>)>,
    /// Where a command hands in settings (`-backend-config`), with the file's words.
    pub given: Vec<Sourced<String>>,
    /// A command hands in a file of settings that is not in the tree.
    pub open: bool,
    /// Whether the bucket that holds the state keeps former versions, where code in the tree declares it.
    pub versioned: Option<Property<bool>>,
}

impl Backend {
    /// A setting.
    pub fn setting(&self, name: &str) -> Option<&Property<String>> {
        self.settings.iter().find(|(n, _)| n == name).map(|(_, p)| p)
    }
}

/// What declares a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declared {
    /// A block of the root.
    Block,
    /// `remote_state` of Terragrunt, which writes the block.
    Terragrunt,
}

/// What bounds the versions of what a root is built with.
#[derive(Clone, Debug, Default)]
pub struct Pins {
    /// Constraints on the tool itself: `required_version`, a version file.
    pub tool: Vec<Sourced<String>>,
    /// Providers: those required, and those that resources use without saying which version.
    pub providers: Vec<ProviderPin>,
    /// Modules that it calls from elsewhere; those in its own tree have its versions.
    pub modules: Vec<ModulePin>,
    /// Charts that it installs.
    pub charts: Vec<ModulePin>,
    /// The lock file.
    pub lock: Option<LockFile>,
}

/// A provider and its constraint.
#[derive(Clone, Debug)]
pub struct ProviderPin {
    /// Its local name: `aws`.
    pub name: String,
    /// Where it is required, or the first resource that uses it.
    pub at: Location,
    /// The constraint, if one is written.
    pub constraint: Option<Sourced<String>>,
}

/// A module or a chart from elsewhere.
#[derive(Clone, Debug)]
pub struct ModulePin {
    /// Its name in the root.
    pub name: String,
    /// Where it is called.
    pub at: Location,
    /// Where it comes from.
    pub source: String,
    /// The version, or the reference of a source that is fetched; unresolved where a variable decides.
    pub version: Option<Property<String>>,
}

/// A lock file of providers.
#[derive(Clone, Debug)]
pub struct LockFile {
    /// The file.
    pub at: Location,
    /// Whether git tracks it; none without git.
    pub tracked: Option<bool>,
    /// Names of the providers that it locks, without the registry: `hashicorp/aws`.
    pub providers: Vec<Sourced<String>>,
}

/// What infrastructure code is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IacTool {
    /// Terraform or OpenTofu.
    Terraform,
    /// CloudFormation or SAM.
    CloudFormation,
    /// AWS CDK.
    Cdk,
    /// Pulumi.
    Pulumi,
    /// Bicep or ARM.
    Bicep,
    /// The Serverless framework.
    Serverless,
    /// Ansible.
    Ansible,
}

impl IacTool {
    /// The word used in output.
    pub fn word(self) -> &'static str {
        match self {
            IacTool::Terraform => "terraform",
            IacTool::CloudFormation => "cloudformation",
            IacTool::Cdk => "cdk",
            IacTool::Pulumi => "pulumi",
            IacTool::Bicep => "bicep",
            IacTool::Serverless => "serverless",
            IacTool::Ansible => "ansible",
        }
    }
}

/// A command that makes a resource of a cloud where infrastructure code would declare it.
#[derive(Clone, Debug)]
pub struct ManualStep {
    /// Its line.
    pub at: Location,
    /// The command's words.
    pub says: String,
    /// The file that holds it.
    pub path: String,
    /// It takes something that exists already into the state, and makes nothing.
    pub imports: bool,
    /// It makes what holds the state itself, which no state can hold.
    pub bootstraps: bool,
}

/// A resource in outline.
#[derive(Clone, Debug)]
pub struct Resource {
    /// `aws_ecs_service`.
    pub kind: String,
    /// Its name within the root.
    pub name: String,
    /// Where it stands.
    pub at: Location,
    /// Literal attributes, nested ones joined by `.`: `image_scanning_configuration.scan_on_push` = `true`.
    pub attributes: Vec<(String, Sourced<String>)>,
    /// Attributes whose value is decided elsewhere: the name and the place.
    pub unresolved: Vec<(String, Location)>,
}

impl Resource {
    /// A literal attribute's value.
    pub fn get(&self, name: &str) -> Option<&Sourced<String>> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }
}
