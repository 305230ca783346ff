//! Tools whose programs are not evaluated: that they are used, and what their files declare on the surface.

use plimsoll_base::{Location, Span};
use plimsoll_discover::Format;
use plimsoll_syntax::Node;

use super::root::{IacRoot, IacTool};
use super::value::Value;
use crate::container::{Runtime, ValueSource, Variable, Workload};
use crate::library::{Held, Library};

/// Roots of CDK, Pulumi, Bicep, the Serverless framework and Ansible.
pub(super) fn read(library: &Library) -> Vec<IacRoot> {
    let mut roots: Vec<IacRoot> = Vec::new();
    for held in library.files().iter().filter(|f| f.product()) {
        match held.name() {
            "cdk.json" if held.root().is_some_and(|n| n.get("app").is_some()) => add(&mut roots, IacTool::Cdk, held.folder(), held),
            "Pulumi.yaml" | "Pulumi.yml" => {
                add(&mut roots, IacTool::Pulumi, held.folder(), held);
                if let Some(root) = roots.last_mut() {
                    root.environments = stacks(library, held.folder());
                }
            }
            "serverless.yml" | "serverless.yaml" | "serverless.json" => {
                if let Some(node) = held.root().filter(|n| n.get("provider").is_some() || n.get("functions").is_some()) {
                    add(&mut roots, IacTool::Serverless, held.folder(), held);
                    if let Some(root) = roots.last_mut() {
                        root.workloads.extend(functions(&Value::of(node, held.id)));
                    }
                }
            }
            _ if held.format == Format::Yaml && held.documents.iter().any(is_playbook) => {
                add(&mut roots, IacTool::Ansible, held.folder(), held)
            }
            _ => {}
        }
    }
    roots
}

fn add(roots: &mut Vec<IacRoot>, tool: IacTool, folder: &str, held: &Held) {
    if let Some(i) = roots.iter().position(|r| r.tool == tool && r.folder == folder) {
        roots[i].files.push(held.id);
        let root = roots.remove(i);
        roots.push(root);
        return;
    }
    roots.push(IacRoot {
        folder: folder.to_owned(),
        tool,
        files: vec![held.id],
        resources: Vec::new(),
        workloads: Vec::new(),
        backend: None,
        environments: Vec::new(),
        module: false,
        infrastructure: Default::default(),
    });
}

/// `Pulumi.prod.yaml` is a stack's configuration.
fn stacks(library: &Library, folder: &str) -> Vec<plimsoll_base::Sourced<String>> {
    library
        .below(folder)
        .filter(|h| h.folder() == folder)
        .filter_map(|h| {
            let stack = h.name().strip_prefix("Pulumi.")?.strip_suffix(".yaml")?;
            Some(plimsoll_base::Sourced::new(stack.to_owned(), h.whole()))
        })
        .collect()
}

fn is_playbook(node: &Node) -> bool {
    !node.items().is_empty()
        && node.items().iter().all(|play| {
            play.get("import_playbook").is_some()
                || play.get("hosts").is_some()
                    && ["tasks", "roles", "pre_tasks", "post_tasks", "handlers"].iter().any(|k| play.get(k).is_some())
        })
}

fn functions(service: &Value) -> Vec<Workload> {
    let common = service.path(&["provider", "environment"]);
    let mut found = Vec::new();
    for field in service.get("functions").map(Value::fields).unwrap_or_default() {
        let mut w = Workload::new(&field.name, key(field.at, &field.name), Runtime::Function);
        w.command = field.value.get("handler").and_then(Value::words);
        w.image = field.value.get("image").and_then(super::value::image);
        w.memory_limit = field.value.get("memorySize").or_else(|| service.path(&["provider", "memorySize"])).and_then(Value::setting);
        for variables in [field.value.get("environment"), common].into_iter().flatten() {
            for variable in variables.fields().iter().filter(|v| !v.name.is_empty()) {
                if w.environment.iter().all(|v| v.name != variable.name) {
                    w.environment.push(Variable { name: variable.name.clone(), at: variable.at, value: source(&variable.value) });
                }
            }
        }
        for event in field.value.get("events").map(Value::items).unwrap_or_default() {
            if let Some(schedule) = event.get("schedule") {
                w.schedule = schedule.sourced().or_else(|| schedule.get("rate").and_then(|r| r.texts().into_iter().next()));
            }
        }
        found.push(w);
    }
    found
}

fn key(at: Location, name: &str) -> Location {
    match at.span {
        Some(span) => Location::at(at.file, Span { start: span.start, end: span.start.saturating_add(name.len() as u32) }),
        None => at,
    }
}

fn source(value: &Value) -> ValueSource {
    match value.text() {
        Some(text) if text.contains("${ssm:") || text.contains("${aws:secretsmanager") => ValueSource::SecretRef(text.to_owned()),
        Some(text) if text.starts_with("${env:") => ValueSource::PassedThrough,
        Some(text) if text.contains("${") => ValueSource::Interpolated { raw: text.to_owned(), resolved: None, variables: Vec::new() },
        Some(text) => ValueSource::Literal(text.to_owned()),
        None => ValueSource::Unresolved,
    }
}
