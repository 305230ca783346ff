//! CloudFormation and SAM templates, evaluated: parameters, conditions, functions, nested stacks. Their resources are told in the words of
//! Terraform's provider, so that one mapping of the cloud serves both.

mod evaluate;
mod intrinsic;
mod parameters;
mod resources;
mod sam;
mod sam_policies;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::{Problem, Span};
use plimsoll_discover::Format;
use plimsoll_syntax::Node;

use self::evaluate::Stack;
pub(super) use self::resources::Reader;
use super::cloud::{self, Resources};
use super::root::{IacRoot, IacTool};
use super::terraform;
use super::vocabulary::word;
use crate::container::{ValueSource, Workload};
use crate::library::{Held, Library, join};

/// Stacks within stacks are followed this far.
const MAX_DEPTH: usize = 6;

type Template<'a> = (&'a Held, &'a Node);

/// Templates, those of one folder as one root.
pub(super) fn read(library: &Library, problems: &mut Vec<Problem>) -> Vec<IacRoot> {
    let (folders, nested) = templates(library);
    folders.into_iter().map(|(folder, templates)| root(library, folder, &templates, &nested, problems)).collect()
}

/// Templates by folder, and the paths of those that others nest.
fn templates(library: &Library) -> (BTreeMap<&str, Vec<Template<'_>>>, BTreeSet<String>) {
    let mut folders: BTreeMap<&str, Vec<Template<'_>>> = BTreeMap::new();
    let mut nested = BTreeSet::new();
    for held in library.files().iter().filter(|f| f.product() || is_synthesized(&f.path)) {
        if let Some(node) = template(held) {
            nested.extend(children(held, node));
            folders.entry(held.folder()).or_default().push((held, node));
        }
    }
    (folders, nested)
}

/// The stacks of a folder that no other nests.
fn stacks<'a>(library: &'a Library, templates: &[Template<'a>], nested: &BTreeSet<String>) -> Reader<'a> {
    let mut reader = Reader::new(library);
    for (held, node) in templates.iter().filter(|(held, _)| !nested.contains(&held.path)) {
        // Names are unique within one template only.
        let taken = node.get("Resources").is_some_and(|r| r.entries().iter().any(|e| reader.has(&e.key)));
        let prefix = if taken { format!("module.{}.", word(held.name().split('.').next().unwrap_or_default())) } else { String::new() };
        let given = parameters::given(library, held, node);
        reader.stack(&Stack::new(library, held, node, given, prefix, 0));
    }
    sam::once(&mut reader.instances);
    reader
}

fn root(library: &Library, folder: &str, templates: &[Template<'_>], nested: &BTreeSet<String>, problems: &mut Vec<Problem>) -> IacRoot {
    let reader = stacks(library, templates, nested);
    problems.extend(reader.problems);
    let mut root = IacRoot::new(folder, if is_output(folder) { IacTool::Cdk } else { IacTool::CloudFormation });
    let resources = Resources::new(&reader.instances);
    root.files = templates.iter().map(|(held, _)| held.id).collect();
    root.infrastructure = cloud::infrastructure(&resources);
    root.workloads = terraform::workloads(&resources);
    root.workloads.iter_mut().for_each(secrets);
    root.resources = reader.resources;
    root.environments = parameters::environments(library, folder);
    root.module = templates.iter().all(|(held, _)| nested.contains(&held.path));
    root
}

/// The resources that another tool's file writes in CloudFormation's form.
pub(super) fn embedded<'a>(library: &'a Library, held: &'a Held, node: &'a Node) -> Reader<'a> {
    let mut reader = Reader::new(library);
    reader.stack(&Stack::new(library, held, node, parameters::defaults(held, node), String::new(), 0));
    reader
}

/// Whether a folder holds what CDK makes.
fn is_output(folder: &str) -> bool {
    folder.rsplit('/').next() == Some("cdk.out")
}

/// Whether a path is that of a template that CDK made; one that the repository keeps is the truth about its program.
pub(crate) fn is_synthesized(path: &str) -> bool {
    path.ends_with(".template.json") && is_output(crate::library::folder_of(path))
}

fn template(held: &Held) -> Option<&Node> {
    if !matches!(held.format, Format::Yaml | Format::Json | Format::JsonWithComments) {
        return None;
    }
    let node = held.root()?;
    let resources = node.get("Resources").filter(|r| r.is_mapping())?;
    let typed = || {
        let all = resources.entries();
        !all.is_empty()
            && all
                .iter()
                .all(|e| e.value.get("Type").and_then(Node::scalar).is_some_and(|t| t.starts_with("AWS::") || t.starts_with("Custom::")))
    };
    (node.get("AWSTemplateFormatVersion").is_some() || node.get("Transform").is_some() || typed()).then_some(node)
}

/// Paths of the templates that a template's nested stacks name.
fn children(held: &Held, node: &Node) -> Vec<String> {
    let resources = node.get("Resources").map(Node::entries).unwrap_or_default();
    resources.iter().filter_map(|e| join(held.folder(), nested(&e.value)?)).collect()
}

/// The path that a nested stack names, if it is one and is local.
fn nested(resource: &Node) -> Option<&str> {
    let property = match resource.get("Type").and_then(Node::scalar)? {
        "AWS::CloudFormation::Stack" => "TemplateURL",
        "AWS::Serverless::Application" => "Location",
        _ => return None,
    };
    resource.path(&["Properties", property]).and_then(Node::as_str).filter(|p| !p.contains("://"))
}

/// References of a template to a store of secrets.
fn secrets(w: &mut Workload) {
    for variable in &mut w.environment {
        if let ValueSource::Interpolated { raw, .. } = &variable.value
            && (raw.contains("resolve:secretsmanager") || raw.contains("resolve:ssm-secure"))
        {
            variable.value = ValueSource::SecretRef(raw.clone());
        }
    }
}

/// From a name to its end.
fn name_of(entry: &plimsoll_syntax::Entry) -> Span {
    entry.key_span
}
