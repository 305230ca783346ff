//! Terraform and OpenTofu: folders as roots and modules, evaluated in outline.

mod ecs;
mod hosted;
mod scope;
mod security;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::{FileId, Location, Problem, Sourced};
use plimsoll_discover::Format;
use plimsoll_syntax::hcl::{Body, hcl};

use self::scope::{Scope, is_empty};
use super::cloud::{self, Instance, Resources};
use super::root::{IacRoot, IacTool, Resource};
use super::value::Value;
use crate::container::Workload;
use crate::gather::problem;
use crate::library::{Held, Library, join};

/// Modules within modules are followed this far.
const MAX_MODULE_DEPTH: usize = 8;
/// Instances of modules in one root; beyond it a problem is told.
const MAX_INSTANCES: usize = 200;

#[derive(Default)]
struct Folder {
    files: Vec<(FileId, Body)>,
    variables: Vec<(FileId, Body)>,
}

struct Source<'a> {
    folders: BTreeMap<&'a str, Folder>,
    texts: BTreeMap<FileId, String>,
}

#[derive(Default)]
struct Found {
    resources: Vec<Resource>,
    workloads: Vec<Workload>,
    /// Every resource of the root and of its modules.
    instances: Vec<Instance>,
    /// How many instances of modules were evaluated.
    modules: usize,
    /// Folders of local modules, called by whom.
    called: BTreeSet<String>,
    problems: Vec<Problem>,
}

/// Every root and module.
pub(super) fn read(library: &Library, problems: &mut Vec<Problem>) -> Vec<IacRoot> {
    let source = load(library, problems);
    let mut roots = Vec::new();
    let mut called = BTreeSet::new();
    for (folder, content) in source.folders.iter().filter(|(_, f)| !f.files.is_empty()) {
        let mut found = Found::default();
        let mut inputs = BTreeMap::new();
        let own = Scope::new(&source.texts);
        for (file, body) in &content.variables {
            for attribute in &body.attributes {
                inputs.insert(attribute.name.clone(), own.value(&attribute.value, *file));
            }
        }
        evaluate(&source, folder, inputs, "", 0, &mut found);
        called.append(&mut found.called);
        problems.append(&mut found.problems);
        let files = content.files.iter().chain(&content.variables).map(|(id, _)| *id).collect();
        roots.push(IacRoot {
            folder: (*folder).to_owned(),
            tool: IacTool::Terraform,
            files,
            infrastructure: cloud::infrastructure(&Resources::new(&found.instances)),
            resources: found.resources,
            workloads: found.workloads,
            backend: backend(content),
            environments: environments(library, folder, content, &source),
            module: false,
        });
    }
    for root in &mut roots {
        root.module = called.contains(&root.folder);
    }
    roots
}

fn load<'a>(library: &'a Library, problems: &mut Vec<Problem>) -> Source<'a> {
    let mut source = Source { folders: BTreeMap::new(), texts: BTreeMap::new() };
    let mut automatic: Vec<&Held> = Vec::new();
    for held in library.files().iter().filter(|f| f.product()) {
        let name = held.name();
        if held.format == Format::Json && name.ends_with(".tf.json") {
            problems
                .push(Problem { at: held.whole(), says: "Terraform written as JSON is not read; what it declares is missing here".into() });
        }
        if held.format != Format::Hcl {
            continue;
        }
        if name.ends_with(".tf") || name.ends_with(".tofu") {
            if let Some(body) = parse(held, &mut source.texts, problems) {
                source.folders.entry(held.folder()).or_default().files.push((held.id, body));
            }
        } else if name == "terraform.tfvars" || name.ends_with(".auto.tfvars") {
            automatic.push(held);
        }
    }
    // Later files win: terraform.tfvars first, then the automatic ones by name.
    automatic.sort_by_key(|h| (h.name() != "terraform.tfvars", h.path.as_str()));
    for held in automatic {
        if let Some(folder) = source.folders.get_mut(held.folder())
            && let Some(body) = parse(held, &mut source.texts, problems)
        {
            folder.variables.push((held.id, body));
        }
    }
    source
}

fn parse(held: &Held, texts: &mut BTreeMap<FileId, String>, problems: &mut Vec<Problem>) -> Option<Body> {
    let Some(bytes) = held.bytes.as_deref() else {
        if held.size > 0 {
            problems.push(Problem { at: held.whole(), says: "too large to be read as Terraform; what it declares is missing here".into() });
        }
        return None;
    };
    let parsed = hcl(bytes);
    problems.extend(parsed.issues.into_iter().map(|i| problem(held.id, i)));
    texts.insert(held.id, held.text().into_owned());
    Some(parsed.value)
}

/// Evaluates one instance of a folder: the root itself, or a local module with its arguments.
fn evaluate(source: &Source<'_>, folder: &str, inputs: BTreeMap<String, Value>, prefix: &str, depth: usize, found: &mut Found) {
    let Some(content) = source.folders.get(folder) else { return };
    found.modules += 1;
    let mut scope = Scope::new(&source.texts);
    for (file, body) in &content.files {
        for block in body.blocks("variable") {
            if let (Some(name), Some(default)) = (block.label(0), block.body.get("default")) {
                let value = scope.value(default, *file);
                scope.variable(name, value);
            }
        }
        for block in body.blocks("locals") {
            for attribute in &block.body.attributes {
                scope.local(&attribute.name, *file, &attribute.value);
            }
        }
    }
    for (name, value) in inputs {
        scope.variable(&name, value);
    }
    let absent = |body: &Body, file: FileId| {
        body.get("count").is_some_and(|c| matches!(scope.value(c, file).text(), Some("0" | "false")))
            || body.get("for_each").is_some_and(|e| is_empty(&scope.value(e, file)))
    };
    let mut instances = Vec::new();
    for (file, body) in &content.files {
        for block in body.blocks.iter().filter(|b| b.kind == "resource" || b.kind == "data") {
            let (Some(kind), Some(name)) = (block.label(0), block.label(1)) else { continue };
            if absent(&block.body, *file) {
                continue;
            }
            instances.push(Instance {
                kind: kind.to_owned(),
                name: name.to_owned(),
                module: prefix.to_owned(),
                at: Location::at(*file, block.head),
                value: scope.body(&block.body, *file),
                data: block.kind == "data",
            });
        }
    }
    found.resources.extend(instances.iter().map(|i| outline(i)));
    found.workloads.extend(workloads(&instances));
    found.instances.append(&mut instances);
    for (file, body) in &content.files {
        for block in body.blocks("module") {
            let (Some(name), Some(from)) = (block.label(0), block.body.get("source").and_then(|s| s.as_str())) else { continue };
            if !from.starts_with('.') {
                continue;
            }
            let Some(target) = join(folder, from).filter(|t| source.folders.contains_key(t.as_str()) && t != folder) else {
                let says = format!("the module source `{from}` holds no configuration that could be read");
                found.problems.push(Problem { at: Location::at(*file, block.head), says });
                continue;
            };
            found.called.insert(target.clone());
            if absent(&block.body, *file) {
                continue;
            }
            if depth >= MAX_MODULE_DEPTH || found.modules >= MAX_INSTANCES {
                found
                    .problems
                    .push(Problem { at: Location::at(*file, block.head), says: "too many modules within modules: not followed".into() });
                continue;
            }
            let arguments = (block.body.attributes.iter())
                .filter(|a| !matches!(a.name.as_str(), "source" | "version" | "count" | "for_each" | "providers" | "depends_on"))
                .map(|a| (a.name.clone(), scope.value(&a.value, *file)))
                .collect();
            evaluate(source, &target, arguments, &format!("{prefix}module.{name}."), depth + 1, found);
        }
    }
    if scope.exhausted()
        && let Some((file, _)) = content.files.first()
    {
        found
            .problems
            .push(Problem { at: Location::whole(*file), says: "the configuration is too large to be evaluated as a whole".into() });
    }
}

fn outline(instance: &Instance) -> Resource {
    let mut resource = Resource {
        kind: if instance.data { format!("data.{}", instance.kind) } else { instance.kind.clone() },
        name: format!("{}{}", instance.module, instance.name),
        at: instance.at,
        attributes: Vec::new(),
        unresolved: Vec::new(),
    };
    super::flatten(&mut resource, "", &instance.value, instance.at);
    resource
}

fn backend(content: &Folder) -> Option<Sourced<String>> {
    let blocks = content.files.iter().flat_map(|(file, body)| body.blocks("terraform").map(move |b| (*file, b)));
    for (file, block) in blocks {
        for inner in &block.body.blocks {
            let name = match (inner.kind.as_str(), inner.label(0)) {
                ("backend", Some(label)) => label,
                ("cloud", _) => "cloud",
                _ => continue,
            };
            return Some(Sourced::new(name.to_owned(), Location::at(file, inner.head)));
        }
    }
    None
}

/// Files of values for named environments, and workspaces.
fn environments(library: &Library, folder: &str, content: &Folder, source: &Source<'_>) -> Vec<Sourced<String>> {
    let mut found = Vec::new();
    for held in library.below(folder).filter(|h| h.product() && h.name().ends_with(".tfvars")) {
        let stem = held.name().trim_end_matches(".tfvars");
        let below = held.folder() != folder;
        // A folder with a root of its own keeps its values for itself.
        if below && source.folders.get(held.folder()).is_some_and(|f| !f.files.is_empty()) || stem.ends_with(".auto") {
            continue;
        }
        let name = match (stem, below) {
            ("terraform", false) => continue,
            ("terraform", true) => held.folder().rsplit('/').next().unwrap_or(stem),
            _ => stem,
        };
        found.push(Sourced::new(name.to_owned(), held.whole()));
    }
    for (file, _) in &content.files {
        if let Some(at) = source.texts.get(file).and_then(|t| t.find("terraform.workspace")) {
            found.push(Sourced::new(
                "workspace".to_owned(),
                Location::at(*file, plimsoll_base::Span::new(at, at + "terraform.workspace".len())),
            ));
            break;
        }
    }
    found
}

/// Every workload that resources declare; those of other tools are told in Terraform's words.
pub(super) fn workloads(instances: &[Instance]) -> Vec<Workload> {
    let mut found = ecs::workloads(instances);
    found.extend(hosted::workloads(instances));
    found
}

/// The name of the resource of a kind that a text refers to: `${aws_lb_target_group.web.arn}` → `web`.
pub(super) fn referred<'t>(text: &'t str, kind: &str) -> Option<&'t str> {
    let mut from = 0;
    while let Some(found) = text[from..].find(kind).map(|i| i + from) {
        let end = found + kind.len();
        let starts = found == 0 || !text[..found].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        if starts && let Some(rest) = text[end..].strip_prefix('.') {
            let name = rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).next().unwrap_or("");
            if !name.is_empty() {
                return Some(name);
            }
        }
        from = end;
    }
    None
}

/// The resource that a value refers to.
pub(super) fn referent<'i>(instances: &'i [Instance], value: Option<&Value>, kind: &str) -> Option<&'i Instance> {
    let name = referred(value?.written()?, kind)?;
    instances.iter().find(|i| !i.data && i.kind == kind && i.name == name)
}
