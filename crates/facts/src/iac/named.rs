//! Tools whose programs are not evaluated: that they are used, and what their files declare on the surface.

use plimsoll_base::{Location, Span};
use plimsoll_discover::Format;
use plimsoll_syntax::Node;

use super::root::{Backend, Declared, IacRoot, IacTool, Resource};
use super::value::Value;
use crate::container::{Runtime, ValueSource, Variable, Workload};
use crate::infrastructure::Property;
use crate::library::{Held, Library};

/// Roots of CDK, Pulumi, Bicep, the Serverless framework and Ansible.
pub(super) fn read(library: &Library) -> Vec<IacRoot> {
    let mut roots: Vec<IacRoot> = Vec::new();
    let mut bicep_files: Vec<&Held> = library.files().iter().filter(|f| f.product() && f.name().ends_with(".bicep")).collect();
    bicep_files.sort_by_key(|f| (f.folder().matches('/').count(), f.path.as_str()));
    for held in bicep_files {
        templates(&mut roots, held);
    }
    for held in library.files().iter().filter(|f| f.product()) {
        match held.name() {
            "cdk.json" if held.root().is_some_and(|n| n.get("app").is_some()) => add(&mut roots, IacTool::Cdk, held.folder(), held),
            "Pulumi.yaml" | "Pulumi.yml" => {
                add(&mut roots, IacTool::Pulumi, held.folder(), held);
                if let Some(root) = roots.last_mut() {
                    root.environments = stacks(library, held.folder());
                    root.state.backend = held.root().and_then(|n| pulumi_backend(n, held));
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

/// A folder below one that already has Bicep files holds its modules.
fn templates(roots: &mut Vec<IacRoot>, held: &Held) {
    let folder = held.folder();
    let above = |r: &IacRoot| r.folder.is_empty() || folder == r.folder || folder.starts_with(&format!("{}/", r.folder));
    let at = match roots.iter().position(above) {
        Some(at) => {
            roots[at].files.push(held.id);
            at
        }
        None => {
            add(roots, IacTool::Bicep, folder, held);
            roots.len() - 1
        }
    };
    roots[at].resources.extend(bicep(held));
}

fn add(roots: &mut Vec<IacRoot>, tool: IacTool, folder: &str, held: &Held) {
    if let Some(i) = roots.iter().position(|r| r.tool == tool && r.folder == folder) {
        roots[i].files.push(held.id);
        let root = roots.remove(i);
        roots.push(root);
        return;
    }
    roots.push(IacRoot { files: vec![held.id], ..IacRoot::new(folder, tool) });
}

/// Where a project says that its state is kept: `backend: {url: s3://…}`.
fn pulumi_backend(project: &Node, held: &Held) -> Option<Backend> {
    let url = project.path(&["backend", "url"])?;
    let text = url.scalar()?;
    let kind = text.split_once("://").map_or("cloud", |(scheme, _)| match scheme {
        "file" => "local",
        "https" => "cloud",
        "gs" => "gcs",
        "azblob" => "azurerm",
        other => other,
    });
    let at = held.at(url.span);
    Some(Backend {
        kind: kind.to_owned(),
        at,
        declared: Declared::Block,
        settings: vec![("url".to_owned(), Property::stated(text.to_owned(), at, format!("url: {text}")))],
        given: Vec::new(),
        open: false,
        versioned: None,
    })
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

/// `resource NAME 'Microsoft.Sql/servers@2022-05-01' = …`
fn bicep(held: &Held) -> Vec<Resource> {
    let text = held.text();
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        let indent = body.len() - body.trim_start().len();
        if let Some(rest) = body.trim_start().strip_prefix("resource ")
            && let Some((name, rest)) = rest.trim_start().split_once(' ')
            && let Some(kind) = rest.trim_start().strip_prefix('\'').and_then(|r| r.split('\'').next())
            && !rest.contains("' existing")
        {
            let kind = kind.split('@').next().unwrap_or(kind);
            let at = held.at(Span::new(start + indent, start + body.len()));
            found.push(Resource { kind: kind.to_owned(), name: name.to_owned(), at, attributes: Vec::new(), unresolved: Vec::new() });
        }
        start += line.len();
    }
    found
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
