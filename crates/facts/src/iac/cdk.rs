//! AWS CDK: programs whose templates are not in the tree, in outline. Templates that are, are CloudFormation.

use plimsoll_base::Problem;

use super::cloud::{self, Resources};
use super::construct;
use super::root::{IacRoot, IacTool};
use super::terraform;
use crate::library::{Library, join};

/// Every program without a template of its own.
pub(super) fn read(library: &Library, problems: &mut Vec<Problem>) -> Vec<IacRoot> {
    let mut roots = Vec::new();
    let mut outlined = Vec::new();
    for held in library.files().iter().filter(|f| f.product() && f.name() == "cdk.json") {
        if held.root().is_none_or(|n| n.get("app").is_none()) {
            continue;
        }
        let mut root = IacRoot::new(held.folder(), IacTool::Cdk);
        root.files = vec![held.id];
        let output = join(held.folder(), "cdk.out").unwrap_or_default();
        let mut instances = Vec::new();
        if !library.below(&output).any(|f| f.name().ends_with(".template.json")) {
            construct::read(library, held, &construct::CDK, &mut root, &mut instances);
            outlined.push(held.whole());
        }
        let resources = Resources::new(&instances);
        root.infrastructure = cloud::infrastructure(&resources);
        root.workloads = terraform::workloads(&resources);
        roots.push(root);
    }
    construct::tell(&construct::CDK, &outlined, problems);
    roots
}
