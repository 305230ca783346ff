//! Terraform and OpenTofu: folders as roots and modules, evaluated with the values that production's run has.

mod body;
mod commands;
mod comprehension;
pub(in crate::iac) mod ecs;
mod eval;
mod expansion;
mod functions;
mod given;
mod hosted;
mod json;
mod module;
mod names;
mod registry;
mod security;
mod settings;
mod source;
mod template;
mod term;
mod terragrunt;
mod undecided;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::{Location, Problem, Sourced, Span};

pub(crate) use self::ecs::container as ecs_container;
use self::eval::Evaluator;
use self::module::Module;
use self::source::{Folder, Source, Unit};
use super::cloud::{self, Instance, Resources};
use super::root::{IacRoot, IacTool, Resource};
use crate::container::Workload;
use crate::infrastructure::Property;
use crate::library::Library;

/// Every root and module.
pub(super) fn read(library: &Library, problems: &mut Vec<Problem>) -> Vec<IacRoot> {
    let texts = source::load(library, problems);
    let source = Source::new(&texts, library);
    let given = given::read(library, &source);
    let mut roots = Vec::new();
    let mut called = BTreeSet::new();
    let mut modules = BTreeSet::new();
    let mut buckets: BTreeMap<String, Property<bool>> = BTreeMap::new();
    for (folder, content) in source.folders.iter().filter(|(path, _)| !registry::is_published(path)) {
        let Some(at) = content.units.iter().find_map(|u| u.file()).map(Location::whole) else { continue };
        let mut evaluator = Evaluator::new(&source, BTreeMap::new(), Module::root(content, folder, at));
        let (values, used) = given.variables(folder, &source, &evaluator);
        evaluator.given = values;
        let mut instances = Vec::new();
        evaluator.walk(0, &mut instances);
        let providers = settings::providers(&evaluator, content);
        let resources = Resources::new(&instances).with_providers(&providers);
        versioned(&resources, &mut buckets);
        let workloads = workloads(&resources);
        let state = settings::state(&evaluator, content, folder, &given, library);
        let files = content.units.iter().chain(&used).filter_map(|u| u.file());
        let mut root = IacRoot::new(*folder, IacTool::Terraform);
        root.files = files.collect();
        root.infrastructure = cloud::infrastructure(&resources);
        root.resources = instances.iter().map(outline).collect();
        root.workloads = workloads;
        root.backend = state.backend.as_ref().map(|b| Sourced::new(b.kind.clone(), b.at));
        root.environments = environments(library, folder, content, &source);
        root.pins = settings::pins(&evaluator, content, folder, library, &instances);
        root.state = state;
        if evaluator.exhausted() {
            problems.push(Problem { at, says: "the configuration is too large to be evaluated as a whole".into() });
        }
        root.unread_modules = evaluator.unread.take();
        problems.append(&mut evaluator.problems.take());
        called.append(&mut evaluator.called.take());
        let commanded = given.named.contains(*folder);
        if root.state.backend.is_none() && used.is_empty() && !commanded && is_module(folder, content) {
            modules.insert(root.folder.clone());
        }
        roots.push(root);
    }
    unread(&roots, problems);
    terragrunt::read(library, &mut roots, &mut called);
    for root in &mut roots {
        root.module = called.contains(&root.folder) || modules.contains(&root.folder);
        root.offered = modules.contains(&root.folder) && !called.contains(&root.folder) && among_modules(&root.folder);
        if let Some(backend) = &mut root.state.backend
            && let Some(name) = ["bucket", "storage_account_name"].iter().find_map(|n| backend.setting(n)).and_then(Property::known)
        {
            backend.versioned = buckets.get(name).cloned().or(backend.versioned.take());
        }
    }
    roots
}

/// Tells of the modules whose configuration is not in the tree: each source once, and those beyond a few together.
fn unread(roots: &[IacRoot], problems: &mut Vec<Problem>) {
    const TOLD: usize = 20;
    let mut calls: BTreeMap<&str, (Location, usize)> = BTreeMap::new();
    for module in roots.iter().flat_map(|r| &r.unread_modules) {
        calls.entry(module.value.as_str()).or_insert((module.at, 0)).1 += 1;
    }
    let mut sources: Vec<(&str, Location, usize)> = calls.into_iter().map(|(source, (at, count))| (source, at, count)).collect();
    sources.sort_by_key(|(source, _, count)| (std::cmp::Reverse(*count), *source));
    for (source, at, count) in sources.iter().take(TOLD) {
        let more = match count {
            1 => String::new(),
            n => format!(" and at {} more calls", n - 1),
        };
        let says = format!("module `{source}` is not in the tree: what it declares is missing here{more}; assess a plan to have it read");
        problems.push(Problem { at: *at, says });
    }
    if let Some((source, at, _)) = sources.get(TOLD) {
        let says =
            format!("module `{source}` and {} more modules are not in the tree: what they declare is missing", sources.len() - TOLD - 1);
        problems.push(Problem { at: *at, says });
    }
}

/// Buckets with a name that is written, and whether they keep former versions.
fn versioned(resources: &Resources<'_>, buckets: &mut BTreeMap<String, Property<bool>>) {
    for bucket in resources.of("aws_s3_bucket") {
        let Some(name) = bucket.written(&["bucket"]) else { continue };
        let apart = resources
            .of("aws_s3_bucket_versioning")
            .find(|v| resources.refers(v.value.get("bucket"), bucket) || v.value.get("bucket").is_some_and(|b| b.is(name)));
        let property = match apart {
            Some(versioning) => match versioning.value.path(&["versioning_configuration", "status"]) {
                Some(v) if v.is("Enabled") => versioning.settled(Property::stated(true, v.at, "status = \"Enabled\"")),
                Some(v) if v.is_unknown() => Property::unresolved(v.at, "status is decided elsewhere"),
                _ => versioning.settled(Property::stated(false, versioning.at, "versioning is not enabled")),
            },
            None => bucket.flag(&["versioning", "enabled"], false),
        };
        buckets.insert(name.to_owned(), property);
    }
    for bucket in resources.of("google_storage_bucket") {
        let Some(name) = bucket.written(&["name"]) else { continue };
        buckets.insert(name.to_owned(), bucket.flag(&["versioning", "enabled"], false));
    }
    for account in resources.of("azurerm_storage_account") {
        let Some(name) = account.written(&["name"]) else { continue };
        buckets.insert(name.to_owned(), account.flag(&["blob_properties", "versioning_enabled"], false));
    }
}

/// Whether a folder that nothing here calls is a module all the same: it lies among modules, or it configures no provider and asks for values
/// that nothing gives.
fn is_module(folder: &str, content: &Folder<'_>) -> bool {
    let asks = || content.variables.values().any(|(_, b)| b.body.get("default").is_none());
    among_modules(folder) || content.blocks("provider").next().is_none() && asks()
}

fn among_modules(folder: &str) -> bool {
    folder.split('/').any(|part| matches!(part, "modules" | "module" | "tf-modules" | "terraform-modules" | "_modules"))
}

/// Every workload that resources declare; those of other tools are told in Terraform's words.
pub(super) fn workloads(resources: &Resources<'_>) -> Vec<Workload> {
    let mut found = ecs::workloads(resources);
    found.extend(hosted::workloads(resources));
    found
}

fn outline(instance: &Instance) -> Resource {
    let mut resource = Resource {
        kind: if instance.data { format!("data.{}", instance.kind) } else { instance.kind.clone() },
        name: format!("{}{}{}", instance.module, instance.name, instance.key),
        at: instance.at,
        attributes: Vec::new(),
        unresolved: Vec::new(),
    };
    super::flatten(&mut resource, "", &instance.value, instance.at);
    resource
}

/// Files of values for named environments, and workspaces.
fn environments(library: &Library, folder: &str, content: &Folder<'_>, source: &Source<'_>) -> Vec<Sourced<String>> {
    let mut found = Vec::new();
    for held in library.below(folder).filter(|h| h.product() && h.name().ends_with(".tfvars")) {
        let stem = held.name().trim_end_matches(".tfvars");
        let below = held.folder() != folder;
        // A folder with a root of its own keeps its values for itself.
        if below && source.folders.contains_key(held.folder()) || stem.ends_with(".auto") {
            continue;
        }
        let name = match (stem, below) {
            ("terraform", false) => continue,
            ("terraform", true) => held.folder().rsplit('/').next().unwrap_or(stem),
            _ => stem,
        };
        found.push(Sourced::new(name.to_owned(), held.whole()));
    }
    let workspace = |unit: &&Unit| {
        const WORD: &str = "terraform.workspace";
        let at = unit.text.find(WORD)?;
        unit.at(Span::new(at, at + WORD.len()))
    };
    if let Some(at) = content.units.iter().find_map(workspace) {
        found.push(Sourced::new("workspace".to_owned(), at));
    }
    found
}
