//! Pulumi: projects, their stacks, and resources written in YAML. Programs are read in outline.

use std::collections::BTreeMap;

use plimsoll_base::{Problem, Sourced};
use plimsoll_syntax::Node;

use super::cloud::{self, Instance, Resources};
use super::construct;
use super::root::{Backend, Declared, IacRoot, IacTool, Resource};
use super::terraform;
use super::value::{Field, Shape, Value};
use super::vocabulary::rewrite::{map, push, snake};
use super::vocabulary::{Place, instance, pulumi_kinds, word};
use crate::compose::EnvironmentWord;
use crate::infrastructure::Property;
use crate::library::{Held, Library};

/// Properties whose contents have free names.
const VERBATIM: &[&str] = &["tags", "variables", "policy", "assumeRolePolicy", "labels", "appSettings"];

/// Every project.
pub(super) fn read(library: &Library, problems: &mut Vec<Problem>) -> Vec<IacRoot> {
    let mut roots = Vec::new();
    let mut outlined = Vec::new();
    for held in library.files().iter().filter(|f| f.product() && matches!(f.name(), "Pulumi.yaml" | "Pulumi.yml")) {
        let mut root = IacRoot::new(held.folder(), IacTool::Pulumi);
        root.files = vec![held.id];
        root.environments = stacks(library, held.folder()).map(|(name, file)| Sourced::new(name.to_owned(), file.whole())).collect();
        root.state.backend = held.root().and_then(|n| pulumi_backend(n, held));
        let value = held.root().map(|n| Value::of(n, held.id));
        let mut instances = Vec::new();
        match value.as_ref().and_then(|v| v.get("resources")) {
            Some(resources) => {
                let names = names(library, held, value.as_ref(), resources);
                declared(held, resources, &names, &mut root, &mut instances, problems);
            }
            None => {
                construct::read(library, held, &construct::PULUMI, &mut root, &mut instances);
                outlined.push(held.whole());
            }
        }
        let resources = Resources::new(&instances);
        root.infrastructure = cloud::infrastructure(&resources);
        root.workloads = terraform::workloads(&resources);
        roots.push(root);
    }
    construct::tell(&construct::PULUMI, &outlined, problems);
    roots
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
        versioned: None,
        open: false,
    })
}

/// `Pulumi.prod.yaml` is a stack's configuration.
fn stacks<'a>(library: &'a Library, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a Held)> {
    library
        .below(folder)
        .filter(move |h| h.folder() == folder)
        .filter_map(|h| Some((h.name().strip_prefix("Pulumi.")?.strip_suffix(".yaml")?, h)))
}

/// What names in the file stand for: configuration of production's stack, and resources.
fn names(library: &Library, held: &Held, project: Option<&Value>, resources: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for section in ["config", "configuration"] {
        for field in project.and_then(|p| p.get(section)).map(Value::fields).unwrap_or_default() {
            let name = field.name.rsplit(':').next().unwrap_or(&field.name).to_owned();
            let given = field.value.get("default").or_else(|| field.value.get("value")).cloned();
            let given = given.or_else(|| field.value.text().map(|_| field.value.clone()));
            found.insert(name.clone(), given.unwrap_or_else(|| Value::unknown(format!("${{{name}}}"), field.at)));
        }
    }
    let mut chosen: Vec<(&str, &Held)> = stacks(library, held.folder()).collect();
    chosen.sort_by_key(|(name, _)| EnvironmentWord::of(name) != EnvironmentWord::Production);
    let only = chosen.len() == 1;
    if let Some((name, file)) = chosen.first()
        && (only || EnvironmentWord::of(name) == EnvironmentWord::Production)
        && let Some(config) = file.root().and_then(|n| n.get("config"))
    {
        for field in Value::of(config, file.id).fields() {
            let name = field.name.rsplit(':').next().unwrap_or(&field.name).to_owned();
            let secret = field.value.get("secure").is_some();
            let value = if secret { Value::unknown(format!("${{{name}}}"), field.at) } else { field.value.clone() };
            found.insert(name, value);
        }
    }
    for field in resources.fields() {
        if let Some(kind) = field.value.get("type").and_then(Value::text).and_then(pulumi_kinds::kind) {
            found.insert(field.name.clone(), Value::unknown(format!("${{{kind}.{}.id}}", word(&field.name)), field.at));
        }
    }
    found
}

fn declared(
    held: &Held,
    resources: &Value,
    names: &BTreeMap<String, Value>,
    root: &mut IacRoot,
    instances: &mut Vec<Instance>,
    problems: &mut Vec<Problem>,
) {
    let mut native = None;
    for field in resources.fields() {
        let Some(written) = field.value.get("type").and_then(Value::text) else { continue };
        let at = match field.at.span {
            Some(s) => held.at(plimsoll_base::Span { start: s.start, end: s.start.saturating_add(field.name.len() as u32) }),
            None => held.whole(),
        };
        let properties = field.value.get("properties").cloned().unwrap_or_else(|| map(at, Vec::new()));
        let properties = resolved(properties, names);
        let mut outline =
            Resource { kind: written.to_owned(), name: field.name.clone(), at, attributes: Vec::new(), unresolved: Vec::new() };
        super::flatten(&mut outline, "", &properties, at);
        root.resources.push(outline);
        let Some(kind) = pulumi_kinds::kind(written) else {
            if written.contains("-native:") {
                native.get_or_insert(at);
            }
            continue;
        };
        let mut value = terraformed(properties);
        if let Some(protect) = field.value.path(&["options", "protect"]).or_else(|| field.value.path(&["options", "retainOnDelete"])) {
            push(&mut value, "lifecycle", map(protect.at, vec![("prevent_destroy", protect.clone())]));
        }
        let place = Place { name: &field.name, module: "", at, certain: true };
        instances.push(instance(&kind, place, value));
    }
    if let Some(at) = native {
        problems.push(Problem { at, says: "resources of Pulumi's native providers are listed, not judged".into() });
    }
}

/// `${name}` and `${name.attribute}` with what they stand for; functions are decided elsewhere, save for documents written in place.
fn resolved(value: Value, names: &BTreeMap<String, Value>) -> Value {
    let Value { shape, at } = value;
    match shape {
        Shape::Text(text) if text.contains("${") => substituted(&text, names, at),
        Shape::List(items) => Value::new(Shape::List(items.into_iter().map(|i| resolved(i, names)).collect()), at),
        Shape::Map(fields) => {
            if let [only] = fields.as_slice()
                && only.name.starts_with("fn::")
            {
                return match only.name.as_str() {
                    "fn::toJSON" => resolved(only.value.clone(), names),
                    name => Value::unknown(format!("${{{name}}}"), at),
                };
            }
            let fields = fields.into_iter().map(|f| Field { value: resolved(f.value, names), ..f });
            Value::new(Shape::Map(fields.collect()), at)
        }
        shape => Value::new(shape, at),
    }
}

fn substituted(text: &str, names: &BTreeMap<String, Value>, at: plimsoll_base::Location) -> Value {
    const LONGEST: usize = 16 * 1024;
    let mut out = String::new();
    let mut known = true;
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        out.push_str(&rest[..start]);
        let Some(end) = rest[start..].find('}').map(|e| start + e) else { break };
        let inner = &rest[start + 2..end];
        let cut = inner.find(['.', '[']).unwrap_or(inner.len());
        let (name, attribute) = inner.split_at(cut);
        match names.get(name).map(|v| (&v.shape, attribute)) {
            Some((Shape::Text(found), "")) if out.len() + found.len() <= LONGEST => out.push_str(found),
            Some((Shape::Unknown(found), _)) if found.contains('.') && out.len() + found.len() <= LONGEST => {
                known = false;
                match attribute.strip_prefix('.') {
                    Some(attribute) => {
                        out.push_str(found.trim_end_matches("id}"));
                        out.push_str(&snake(attribute));
                        out.push('}');
                    }
                    None => out.push_str(found),
                }
            }
            _ => {
                known = false;
                out.push_str(&rest[start..=end]);
            }
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    if known { Value::text_at(out, at) } else { Value::unknown(out, at) }
}

/// Properties as the provider's own: names in snake case, lists of blocks as blocks in the singular.
fn terraformed(value: Value) -> Value {
    let Value { shape, at } = value;
    let Shape::Map(fields) = shape else {
        return match shape {
            Shape::List(items) => Value::new(Shape::List(items.into_iter().map(terraformed).collect()), at),
            shape => Value::new(shape, at),
        };
    };
    let mut out = Vec::with_capacity(fields.len());
    for field in fields {
        let name = snake(&field.name);
        if VERBATIM.contains(&field.name.as_str()) {
            out.push(Field { name, ..field });
            continue;
        }
        match field.value.shape {
            Shape::List(items) if items.iter().any(|i| matches!(i.shape, Shape::Map(_))) => {
                let name = singular(&name);
                out.extend(items.into_iter().map(|item| Field { name: name.clone(), at: item.at, value: terraformed(item) }));
            }
            shape => out.push(Field { name, at: field.at, value: terraformed(Value::new(shape, field.value.at)) }),
        }
    }
    Value::new(Shape::Map(out), at)
}

fn singular(name: &str) -> String {
    match name.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None if name.ends_with("ss") => name.to_owned(),
        None => name.strip_suffix('s').unwrap_or(name).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> (IacRoot, Vec<Instance>) {
        let tree = files.iter().map(|(p, c)| ((*p).to_owned(), c.as_bytes().to_vec())).collect();
        let facts = crate::gather(&plimsoll_discover::Tree::in_memory("t", tree));
        let held = facts.library.get("Pulumi.yaml").expect("is there");
        let value = Value::of(held.root().expect("is read"), held.id);
        let (mut root, mut instances, mut problems) = (IacRoot::new("", IacTool::Pulumi), Vec::new(), Vec::new());
        let resources = value.get("resources").expect("is there");
        declared(held, resources, &names(&facts.library, held, Some(&value), resources), &mut root, &mut instances, &mut problems);
        (root, instances)
    }

    #[test]
    fn resources_are_those_of_the_provider() {
        let project = "name: shop\nruntime: yaml\nconfig: { days: { default: 1 }, size: { type: string } }\nresources:\n  db:\n    type: aws:rds:Instance\n    properties: { backupRetentionPeriod: '${days}', instanceClass: '${size}', vpcSecurityGroupIds: ['${group.id}'] }\n    options: { protect: true }\n  group:\n    type: aws:ec2:SecurityGroup\n    properties:\n      ingress: [{ fromPort: 1, toPort: 2, cidrBlocks: [0.0.0.0/0] }]\n  site: { type: 'azure-native:web:WebApp' }\n";
        let (root, instances) = read(&[
            ("Pulumi.yaml", project),
            ("Pulumi.dev.yaml", "config: { shop:days: 2 }"),
            ("Pulumi.prod.yaml", "config: { shop:days: 30 }"),
        ]);
        let addresses: Vec<String> = instances.iter().map(Instance::address).collect();
        assert_eq!(addresses, ["aws_db_instance.db", "aws_security_group.group"]);
        let db = &instances[0].value;
        assert_eq!(db.get("backup_retention_period").and_then(Value::text), Some("30"), "production's stack decides");
        assert!(db.get("instance_class").is_some_and(Value::is_unknown));
        assert_eq!(db.get("vpc_security_group_ids").and_then(|v| v.items()[0].written()), Some("${aws_security_group.group.id}"));
        assert!(db.path(&["lifecycle", "prevent_destroy"]).is_some_and(Value::is_true));
        assert!(instances[1].value.all("ingress").next().is_some_and(|i| i.get("cidr_blocks").is_some()));
        assert_eq!(root.resources.len(), 3, "what has no counterpart is listed");
    }
}
