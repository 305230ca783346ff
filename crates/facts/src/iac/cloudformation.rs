//! CloudFormation and SAM templates: resources by kind and name, functions as workloads.

use std::collections::BTreeMap;

use plimsoll_base::{Location, Span};
use plimsoll_discover::Format;

use super::root::{IacRoot, IacTool, Resource};
use super::value::{Field, Shape, Value, image};
use crate::container::{Runtime, ValueSource, Variable, Workload};
use crate::library::{Held, Library};

/// Templates, those of one folder as one root.
pub(super) fn read(library: &Library) -> Vec<IacRoot> {
    let mut roots: BTreeMap<String, IacRoot> = BTreeMap::new();
    for held in library.files().iter().filter(|f| f.product() && matches!(f.format, Format::Yaml | Format::Json | Format::JsonWithComments))
    {
        let Some(template) = template(held) else { continue };
        let root = roots.entry(held.folder().to_owned()).or_insert_with(|| IacRoot::new(held.folder(), IacTool::CloudFormation));
        root.files.push(held.id);
        declared(held, &template, root);
    }
    roots.into_values().collect()
}

fn template(held: &Held) -> Option<Value> {
    let node = held.root()?;
    let known = node.get("AWSTemplateFormatVersion").is_some() || node.get("Transform").is_some();
    (known && node.get("Resources").is_some_and(plimsoll_syntax::Node::is_mapping)).then(|| Value::of(node, held.id))
}

fn declared(held: &Held, template: &Value, root: &mut IacRoot) {
    let parameters: BTreeMap<&str, &str> = template
        .get("Parameters")
        .map(Value::fields)
        .unwrap_or_default()
        .iter()
        .filter_map(|f| Some((f.name.as_str(), f.value.get("Default")?.text()?)))
        .collect();
    let common = template.path(&["Globals", "Function"]).cloned().map(|g| resolved(g, &parameters));
    for field in template.get("Resources").map(Value::fields).unwrap_or_default() {
        let Some(kind) = field.value.get("Type").and_then(Value::text) else { continue };
        let key = Span { start: field.at.span.map_or(0, |s| s.start), end: field.at.span.map_or(0, |s| s.start + field.name.len() as u32) };
        let at = if field.at.span.is_some() { Location::at(held.id, key) } else { held.whole() };
        let mut resource = Resource { kind: kind.to_owned(), name: field.name.clone(), at, attributes: Vec::new(), unresolved: Vec::new() };
        let properties = field.value.get("Properties").cloned().map(|p| resolved(p, &parameters));
        if let Some(properties) = &properties {
            super::flatten(&mut resource, "", properties, at);
        }
        if matches!(kind, "AWS::Serverless::Function" | "AWS::Lambda::Function") {
            root.workloads.push(function(&field.name, at, properties.as_ref(), common.as_ref()));
        }
        root.resources.push(resource);
    }
}

/// A function with what the globals give every function.
fn function(name: &str, at: Location, own: Option<&Value>, common: Option<&Value>) -> Workload {
    let mut w = Workload::new(name, at, Runtime::Function);
    let find = |path: &[&str]| own.and_then(|o| o.path(path)).or_else(|| common.and_then(|c| c.path(path)));
    w.image = find(&["ImageUri"]).or_else(|| find(&["Code", "ImageUri"])).and_then(image);
    w.command = find(&["Handler"]).and_then(Value::words);
    w.memory_limit = find(&["MemorySize"]).and_then(Value::setting);
    for variables in [own, common].into_iter().flatten().filter_map(|v| v.path(&["Environment", "Variables"])) {
        for field in variables.fields() {
            if w.environment.iter().all(|v| v.name != field.name) {
                w.environment.push(Variable { name: field.name.clone(), at: field.at, value: source(&field.value) });
            }
        }
    }
    for event in own.and_then(|o| o.get("Events")).map(Value::fields).unwrap_or_default() {
        if event.value.get("Type").is_some_and(|t| t.is("Schedule") || t.is("ScheduleV2")) {
            w.schedule = event
                .value
                .path(&["Properties", "Schedule"])
                .or_else(|| event.value.path(&["Properties", "ScheduleExpression"]))
                .and_then(Value::sourced);
        }
    }
    w
}

fn source(value: &Value) -> ValueSource {
    match &value.shape {
        Shape::Text(text) => ValueSource::Literal(text.clone()),
        Shape::Unknown(text) if text.contains("resolve:secretsmanager") || text.contains("resolve:ssm-secure") => {
            ValueSource::SecretRef(text.clone())
        }
        _ => ValueSource::Unresolved,
    }
}

/// Parameters with a default inserted; every other function is decided elsewhere.
fn resolved(mut value: Value, parameters: &BTreeMap<&str, &str>) -> Value {
    let at = value.at;
    match value.shape {
        Shape::Unknown(ref text) => match text.strip_prefix("!Ref ").and_then(|name| parameters.get(name)) {
            Some(default) => Value::text_at(*default, at),
            None => value,
        },
        Shape::Text(ref text) if text.contains("{{resolve:") => Value::unknown(text.clone(), at),
        Shape::List(items) => {
            value.shape = Shape::List(items.into_iter().map(|i| resolved(i, parameters)).collect());
            value
        }
        Shape::Map(fields) => {
            if let [only] = fields.as_slice()
                && (only.name == "Ref" || only.name.starts_with("Fn::"))
            {
                let inner = only.value.written().unwrap_or_default();
                return match parameters.get(inner).filter(|_| only.name == "Ref") {
                    Some(default) => Value::text_at(*default, at),
                    None => Value::unknown(format!("{} {inner}", only.name), at),
                };
            }
            let fields = fields.into_iter().map(|f| Field { value: resolved(f.value, parameters), ..f }).collect();
            Value::new(Shape::Map(fields), at)
        }
        Shape::Null | Shape::Text(_) => value,
    }
}
