//! The words for roots of infrastructure code.

use plimsoll_base::{FileId, Location, Sourced};

use crate::container::Workload;
use crate::infrastructure::Infrastructure;

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
    /// What it declares, in words that every provider shares; modules included.
    pub infrastructure: Infrastructure,
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
