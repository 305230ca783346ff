//! Infrastructure as code.

mod infrastructure_as_code;
mod remote_state;
mod versions_pinned;

use plimsoll_base::{Evidence, Scope};
use plimsoll_model::System;
use plimsoll_model::iac::IacRoot;

use crate::Control;

/// The area's controls, in the catalogue's order.
pub(crate) static CONTROLS: &[Control] = &[infrastructure_as_code::CONTROL, remote_state::CONTROL, versions_pinned::CONTROL];

/// Roots that somebody applies: no modules, and nothing that is retired or an example.
fn roots(system: &System) -> impl Iterator<Item = &IacRoot> {
    system.iac().iter().filter(|r| !r.module && !system.set_aside(r))
}

/// The name of a root in output: its folder, or its tool for one at the top of the tree.
fn title(root: &IacRoot) -> &str {
    if root.folder.is_empty() { root.tool.word() } else { &root.folder }
}

/// The files of a root, for what was looked for in it.
fn scope(system: &System, root: &IacRoot) -> Vec<Scope> {
    let within = if root.folder.is_empty() { String::new() } else { format!("{}/", root.folder) };
    vec![system.scope(&format!("{within}*.{{tf,tofu,tf.json}}"))]
}

/// Infrastructure code that was looked for in vain.
fn no_code(system: &System) -> Evidence {
    Evidence::sought(
        "infrastructure code",
        system.scopes(&["**/*.{tf,tofu,tf.json,bicep}", "**/{cdk.json,Pulumi.yaml,template.y*ml,serverless.y*ml}", "**/terragrunt.hcl"]),
    )
}
