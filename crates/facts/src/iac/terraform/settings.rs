//! What the `terraform` and `provider` blocks of a root say: versions, the state's backend, regions.

use std::collections::BTreeMap;

use plimsoll_base::{Location, Sourced, Span};
use plimsoll_syntax::hcl::{Block, Body, ExprKind, hcl};

use super::eval::{Context, Evaluator};
use super::given::Given;
use super::source::Folder;
use crate::iac::cloud::Instance;
use crate::iac::root::{Backend, Declared, LockFile, ModulePin, Pins, ProviderPin, StateKeeping};
use crate::iac::value::{Field, Shape, Value};
use crate::infrastructure::Property;
use crate::library::Library;

/// Providers that are part of the tool.
const BUILT_IN: &[&str] = &["terraform"];

/// Where the state of the root is kept.
pub(super) fn state(evaluator: &Evaluator<'_>, content: &Folder<'_>, path: &str, given: &Given, library: &Library) -> StateKeeping {
    let unread = content.units.iter().find_map(|u| Some(u.at(u.body.unread.iter().find(|r| r.kind == "terraform")?.span)).flatten());
    let mut backend = None;
    let here = evaluator.module(0);
    for (unit, block) in content.blocks("terraform") {
        let cx = here.context(0, unit);
        for inner in &block.body.blocks {
            let kind = match (inner.kind.as_str(), inner.label(0)) {
                ("backend", Some(label)) => label,
                ("cloud", _) => "cloud",
                _ => continue,
            };
            let mut settings = Vec::new();
            flat(&evaluator.body(&inner.body, &cx), "", &mut settings);
            backend = Some(Backend {
                kind: kind.to_owned(),
                at: cx.at(inner.head),
                declared: Declared::Block,
                settings,
                given: Vec::new(),
                open: false,
                versioned: None,
            });
        }
    }
    if let Some(backend) = &mut backend {
        for config in given.backend(path) {
            backend.given.push(Sourced::new(config.says.clone(), config.at));
            let settings = config.settings(library, path);
            backend.open |= settings.is_none();
            for (name, value) in &settings.unwrap_or_default() {
                let says = format!("{name} = {}", value.as_deref().unwrap_or("decided when it runs"));
                let property = match value {
                    Some(value) => Property::stated(value.clone(), config.at, says),
                    None => Property::unresolved(config.at, says),
                };
                // A command overrides the block; of several commands the first that names a value stays.
                match backend.settings.iter_mut().find(|(n, _)| n == name) {
                    Some((_, held)) if held.known().is_none() => *held = property,
                    Some(_) => {}
                    None => backend.settings.push((name.clone(), property)),
                }
            }
        }
    }
    if let Some(backend) = &mut backend
        && let Some(name) = ["bucket", "storage_account_name"].iter().find_map(|n| backend.setting(n)).and_then(Property::known)
        && let Some(command) = given.versioning.iter().find(|c| c.value.contains(name.as_str()) || c.value.contains('$'))
    {
        backend.versioned = Some(Property::stated(true, command.at, command.value.clone()));
    }
    let chosen = content.units.iter().find_map(|unit| {
        const WORD: &str = "terraform.workspace";
        let at = unit.text.find(WORD)?;
        unit.at(Span::new(at, at + WORD.len()))
    });
    StateKeeping { backend, unread, generated: given.generated.clone(), workspaces: chosen.or(given.workspaces) }
}

/// Settings by their joined names.
pub(super) fn flat(value: &Value, prefix: &str, into: &mut Vec<(String, Property<String>)>) {
    for field in value.fields() {
        let name = if prefix.is_empty() { field.name.clone() } else { format!("{prefix}.{}", field.name) };
        match &field.value.shape {
            Shape::Map(_) => flat(&field.value, &name, into),
            Shape::Text(text) => into.push((name.clone(), Property::stated(text.clone(), field.at, format!("{name} = {text}")))),
            Shape::Unknown(_) => into.push((name.clone(), Property::unresolved(field.at, format!("{name} is decided elsewhere")))),
            Shape::Null | Shape::List(_) => {}
        }
    }
}

/// What bounds versions. Only what the root itself says counts: a constraint in a module binds whoever else calls it too.
pub(super) fn pins(evaluator: &Evaluator<'_>, content: &Folder<'_>, path: &str, library: &Library, instances: &[Instance]) -> Pins {
    let mut pins = Pins::default();
    let here = evaluator.module(0);
    for (unit, block) in content.blocks("terraform") {
        let cx = here.context(0, unit);
        if let Some(attribute) = block.body.attribute("required_version")
            && let Some(text) = attribute.value.as_str()
        {
            pins.tool.push(Sourced::new(text.to_owned(), cx.at(attribute.span)));
        }
        for required in block.body.blocks("required_providers") {
            for attribute in &required.body.attributes {
                let version = match &attribute.value.kind {
                    ExprKind::String(_) => Some(&attribute.value),
                    _ => attribute.value.get("version"),
                };
                let constraint = version.and_then(|v| Some(Sourced::new(v.as_str()?.to_owned(), cx.at(v.span))));
                pins.providers.push(ProviderPin { name: attribute.name.clone(), at: cx.at(attribute.span), constraint });
            }
        }
    }
    used(&mut pins, content, instances);
    for (unit, block) in content.blocks("module") {
        let cx = here.context(0, unit);
        pins.modules.extend(module(evaluator, block, &cx));
    }
    for chart in instances.iter().filter(|i| !i.data && i.kind == "helm_release") {
        let Some(name) = chart.written(&["chart"]) else { continue };
        let local = name.starts_with('.') || name.starts_with('/') || library.has_folder(name);
        if !local {
            pins.charts.push(ModulePin {
                name: chart.name.clone(),
                at: chart.at,
                source: name.to_owned(),
                version: chart.word(&["version"]),
            });
        }
    }
    let lock = if path.is_empty() { ".terraform.lock.hcl".to_owned() } else { format!("{path}/.terraform.lock.hcl") };
    pins.lock = library.get(&lock).map(|held| {
        let parsed = held.bytes.as_deref().map(|b| hcl(b).value).unwrap_or_default();
        let providers = parsed.blocks("provider").filter_map(|b| {
            let name = b.label(0)?;
            Some(Sourced::new(name.split_once('/').map_or(name, |(_, n)| n).to_owned(), Location::at(held.id, b.head)))
        });
        LockFile { at: held.whole(), tracked: held.tracked, providers: providers.collect() }
    });
    for name in [".terraform-version", ".opentofu-version", ".tool-versions", "mise.toml", ".mise.toml", ".tfswitchrc"] {
        version_file(&mut pins, path, name, library);
    }
    pins
}

/// A version manager's file beside the root or at the top of the tree.
fn version_file(pins: &mut Pins, path: &str, name: &str, library: &Library) {
    let own = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
    let Some(held) = library.get(&own).or_else(|| library.get(name)).filter(|h| h.bytes.is_some()) else { return };
    let text = held.text();
    let whole = matches!(name, ".terraform-version" | ".opentofu-version" | ".tfswitchrc");
    let version = if whole {
        text.lines().next().map(str::trim)
    } else {
        text.lines().find_map(|l| {
            let rest = l.trim_start().strip_prefix("terraform").or_else(|| l.trim_start().strip_prefix("opentofu"))?;
            Some(rest.trim_start_matches([' ', '\t', '=']).trim_matches(['"', ' ']))
        })
    };
    if let Some(version) = version.filter(|v| v.starts_with(|c: char| c.is_ascii_digit())) {
        pins.tool.push(Sourced::new(version.to_owned(), held.whole()));
    }
}

/// Providers that resources of the root use without a word on their version. One may be told in the old way, in its own block.
fn used(pins: &mut Pins, content: &Folder<'_>, instances: &[Instance]) {
    for (unit, block) in content.blocks("provider") {
        let (Some(name), Some(version)) = (block.label(0), block.body.get("version").and_then(|v| Some((v.as_str()?, v.span)))) else {
            continue;
        };
        let Some(at) = unit.at(version.1) else { continue };
        let constraint = Some(Sourced::new(version.0.to_owned(), at));
        match pins.providers.iter_mut().find(|p| p.name == name) {
            Some(pin) => pin.constraint = pin.constraint.take().or(constraint),
            None => pins.providers.push(ProviderPin { name: name.to_owned(), at, constraint }),
        }
    }
    let mut first: BTreeMap<&str, Location> = BTreeMap::new();
    for instance in instances.iter().filter(|i| i.module.is_empty()) {
        let explicit = instance.written(&["provider"]).and_then(|p| p.strip_prefix("${")?.split(['.', '}']).next());
        let name = explicit.unwrap_or_else(|| instance.kind.split('_').next().unwrap_or_default());
        first.entry(name).or_insert(instance.at);
    }
    for (name, at) in first {
        // Beta resources share a prefix with the others of their provider.
        let known = pins.providers.iter().any(|p| p.name == name || name == "google" && p.name == "google-beta");
        if !known && !BUILT_IN.contains(&name) && !name.is_empty() {
            pins.providers.push(ProviderPin { name: name.to_owned(), at, constraint: None });
        }
    }
}

/// A module from elsewhere with its version.
fn module(evaluator: &Evaluator<'_>, block: &Block, cx: &Context<'_>) -> Option<ModulePin> {
    let name = block.label(0)?.to_owned();
    let at = cx.at(block.head);
    let Some(attribute) = block.body.attribute("source") else {
        return None;
    };
    let Some(source) = attribute.value.as_str() else {
        let version = Some(Property::unresolved(cx.at(attribute.span), "the source is decided elsewhere"));
        return Some(ModulePin { name, at, source: "a source that is decided elsewhere".into(), version });
    };
    if source.starts_with('.') {
        return None;
    }
    let reference = source.split_once("?").and_then(|(_, query)| query.split('&').find_map(|q| q.strip_prefix("ref=")));
    let version = match (block.body.attribute("version"), reference) {
        (Some(version), _) => {
            let (value, at) = (evaluator.eval(&version.value, cx), cx.at(version.span));
            Some(match value.text() {
                Some(text) => Property::stated(text.to_owned(), at, format!("version = \"{text}\"")),
                None => Property::unresolved(at, "version is decided elsewhere"),
            })
        }
        (None, Some(reference)) => Some(Property::stated(reference.to_owned(), cx.at(attribute.span), source)),
        (None, None) => None,
    };
    Some(ModulePin { name, at, source: source.to_owned(), version })
}

/// Provider blocks as instances: the kind is the provider, the name its alias, `passed_to` the modules that it is handed to.
pub(super) fn providers(evaluator: &Evaluator<'_>, content: &Folder<'_>) -> Vec<Instance> {
    let here = evaluator.module(0);
    let mut found = Vec::new();
    for (unit, block) in content.blocks("provider") {
        let Some(kind) = block.label(0) else { continue };
        let cx = here.context(0, unit);
        let mut value = evaluator.body(&block.body, &cx);
        let alias = block.body.get("alias").and_then(|a| a.as_str()).unwrap_or_default();
        let reference = [kind, alias];
        let passed = content.blocks("module").filter(|(_, b)| hands(&b.body, &reference)).filter_map(|(_, b)| b.label(0));
        let at = cx.at(block.head);
        let passed: Vec<Value> = passed.map(|name| Value::text_at(format!("module.{name}"), at)).collect();
        if let Shape::Map(fields) = &mut value.shape {
            fields.push(Field { name: "passed_to".into(), at, value: Value::new(Shape::List(passed), at) });
        }
        found.push(Instance::new(kind, alias, at, value));
    }
    found
}

/// Whether a call hands a provider's configuration on.
fn hands(body: &Body, reference: &[&str; 2]) -> bool {
    let providers = body.get("providers").map(|p| p.entries()).unwrap_or_default();
    providers.iter().any(|(_, v)| v.reference().is_some_and(|path| path.iter().map(String::as_str).eq(reference.iter().copied())))
}
