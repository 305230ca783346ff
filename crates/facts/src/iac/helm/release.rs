//! A chart with its values: the objects that it comes to.

use std::rc::Rc;

use plimsoll_base::{Location, Problem};
use plimsoll_syntax::Node;

use super::chart::{Charts, Dependency, enabled, inner};
use super::datum::{Datum, Fields, Is, overlay};
use super::engine::{Defines, Engine};
use super::masked;
use super::place::documents;
use crate::iac::kubernetes::object::{Object, open};
use crate::iac::kubernetes::remote::{Remote, expand};
use crate::iac::value::{Shape, Value};
use crate::library::join;

/// How deep charts may hold charts.
const MAX_DEPTH: usize = 6;

/// What a release is made with.
#[derive(Clone, Debug, Default)]
pub(in crate::iac) struct Given {
    /// Its name; the chart's where nothing says it.
    pub(in crate::iac) name: Option<String>,
    /// The namespace it goes to.
    pub(in crate::iac) namespace: Option<String>,
    /// Values files of the tree, in order.
    pub(in crate::iac) files: Vec<plimsoll_base::FileId>,
    /// Values written where the release is, laid over those of files.
    pub(in crate::iac) values: Option<Value>,
    /// Paths of values that are handed in from outside.
    pub(in crate::iac) open: Vec<String>,
}

/// A rendered release.
#[derive(Debug, Default)]
pub(in crate::iac) struct Release {
    pub(in crate::iac) objects: Vec<Object>,
    pub(in crate::iac) paths: Vec<String>,
}

/// What one release leaves unread, told in one line each.
#[derive(Default)]
struct Unread {
    hidden: Vec<(Location, String)>,
    doubted: Vec<(Location, String)>,
}

/// Renders a chart.
pub(in crate::iac) fn release(charts: &mut Charts<'_>, folder: &str, given: &Given, problems: &mut Vec<Problem>) -> Option<Release> {
    let manifest = charts.manifest(folder)?;
    let values = charts.values(folder);
    let mut found = Release { paths: vec![manifest.path.clone()], ..Release::default() };
    found.paths.extend(["values.yaml", "values.yml"].iter().find_map(|n| charts.library.resolve(folder, n)).map(|h| h.path.clone()));
    for held in given.files.iter().filter_map(|id| charts.library.files().get(id.0 as usize)) {
        if let Some(node) = held.root() {
            overlay(&values, &Datum::of(node, held.id), 0);
            found.paths.push(held.path.clone());
        }
    }
    if let Some(own) = &given.values {
        overlay(&values, &of_value(own, 0), 0);
    }
    for path in &given.open {
        leave_open(&values, path);
    }
    let chart_name = manifest
        .root()
        .and_then(|n| n.get("name"))
        .and_then(Node::scalar)
        .unwrap_or_else(|| folder.rsplit('/').next().unwrap_or(""))
        .to_owned();
    let name = given.name.clone().unwrap_or_else(|| chart_name.clone());
    let mut defines = Defines::new();
    let mut parts = Vec::new();
    collect(charts, folder, values, 0, &mut parts, &mut defines, &mut found);
    let library = charts.library;
    let mut unread = Unread::default();
    let at_chart = |relative: &str, chart: &str| join(chart, relative).and_then(|p| library.get(&p)).map(|h| h.text().into_owned());
    for part in &parts {
        let file = |relative: &str| at_chart(relative, &part.folder);
        let mut engine = Engine::new(std::mem::take(&mut defines), &file, &name);
        let root = dot(part, &name, given);
        for held in charts.templates(&part.folder) {
            if held.name().starts_with('_') || held.format != plimsoll_discover::Format::Yaml {
                continue;
            }
            found.paths.push(held.path.clone());
            let Some(template) = charts.template(held) else {
                masked::read(held, &part.values, &part.manifest, &mut found.objects, &mut unread.hidden);
                continue;
            };
            let printed = engine.render(&template, &root);
            match documents(&printed, &engine.unknown) {
                Some(all) => {
                    for (document, decided) in all {
                        if !decided {
                            unread.doubted.push((document.at, held.path.clone()));
                        }
                        let before = found.objects.len();
                        open(document, &held.path, &mut found.objects);
                        found.objects[before..].iter_mut().for_each(|o| settle(o, given));
                    }
                }
                None => masked::read(held, &part.values, &part.manifest, &mut found.objects, &mut unread.hidden),
            }
            engine.unknown.clear();
            if engine.exhausted() {
                problems.push(Problem {
                    at: held.whole(),
                    says: "this chart takes too much work to render: the rest of it is left out".into(),
                });
                break;
            }
        }
        if let Some((at, why)) = engine.refused.take() {
            let why: String = why.trim().chars().take(160).collect();
            problems.push(Problem { at, says: format!("the chart refuses these values: {why}") });
        }
        if let Some((at, what)) = engine.missing.take() {
            problems.push(Problem { at, says: format!("{what} is not in this repository: what it gives is unknown") });
        }
        defines = std::mem::take(&mut engine.defines);
    }
    found.objects.retain(|o| !is_test(o));
    tell(&unread.hidden, "not understood: what the template renders may be missing here", problems);
    tell(&unread.doubted, "whether this is rendered is not decided by the values here", problems);
    Some(found)
}

/// One line for all of a release, at the first.
fn tell(all: &[(Location, String)], says: &str, problems: &mut Vec<Problem>) {
    let Some((at, _)) = all.first() else { return };
    let says = match all.len() {
        1 => says.to_owned(),
        n => format!("{says} (so for {} more in this chart)", n - 1),
    };
    problems.push(Problem { at: *at, says });
}

/// Objects go to the release's namespace, unless they say otherwise.
fn settle(object: &mut Object, given: &Given) {
    if object.namespace.is_none() {
        object.namespace.clone_from(&given.namespace);
    }
}

/// Pods that `helm test` starts are no part of the system.
fn is_test(object: &Object) -> bool {
    object
        .value
        .path(&["metadata", "annotations", "helm.sh/hook"])
        .and_then(Value::text)
        .is_some_and(|h| h.split(',').any(|w| w.trim().starts_with("test")))
}

/// A chart of the release, with its own values.
struct Part {
    folder: String,
    values: Datum,
    manifest: Datum,
}

/// A chart and those it depends on; the defines of all are one namespace, in which the outer chart has the last word.
fn collect(
    charts: &mut Charts<'_>,
    folder: &str,
    values: Datum,
    depth: usize,
    parts: &mut Vec<Part>,
    defines: &mut Defines,
    found: &mut Release,
) {
    let Some(manifest) = charts.manifest(folder) else { return };
    for dependency in charts.dependencies(folder) {
        let switch = enabled(&dependency, &values);
        if switch == Some(false) || depth > MAX_DEPTH {
            continue;
        }
        match &dependency.folder {
            Some(sub) => {
                let own = inner(charts.values(sub), &values, &dependency.alias);
                found.paths.extend(charts.library.resolve(sub, "Chart.yaml").map(|h| h.path.clone()));
                collect(charts, sub, own, depth + 1, parts, defines, found);
            }
            None => found.objects.extend(outside(&dependency, &values)),
        }
    }
    for held in charts.templates(folder) {
        // Files that only define are looked up by name; of the others few define anything.
        let defines_some =
            held.name().starts_with('_') || held.bytes.as_deref().is_some_and(|b| memchr::memmem::find(b, b"define").is_some());
        if defines_some && let Some(template) = charts.template(held) {
            defines.extend(template.defines.iter().map(|(n, b)| (Rc::clone(n), Rc::clone(b))));
        }
    }
    if !charts.is_library(folder) {
        let manifest = manifest.root().map_or(Datum::NIL, |n| Datum::of(n, manifest.id));
        parts.push(Part { folder: folder.to_owned(), values, manifest });
    }
}

/// What a chart that lies elsewhere starts, as far as the values here say it.
fn outside(dependency: &Dependency<'_>, values: &Datum) -> Vec<Object> {
    let Some((held, entry)) = dependency.entry else { return Vec::new() };
    // Charts that lend templates start nothing; those of this name are lent everywhere.
    if dependency.name == "common"
        || dependency.name.ends_with("-lib")
        || dependency.name.ends_with("-library")
        || dependency.name.ends_with("-common")
    {
        return Vec::new();
    }
    let at = held.at(entry.span);
    let own = to_value(&values.get(&dependency.alias), at, 0);
    expand(&Remote { name: &dependency.alias, chart: &dependency.name, at, values: Some(&own), namespace: None, path: &held.path })
}

/// The dot at the top of a template.
fn dot(part: &Part, name: &str, given: &Given) -> Datum {
    let map = |fields: Vec<(&str, Datum)>| Datum::map(fields.into_iter().map(|(k, v)| (Rc::from(k), v)).collect());
    let text = |t: &str| Datum::text(t);
    let version = map(vec![("Version", text("v1.34.0")), ("GitVersion", text("v1.34.0")), ("Major", text("1")), ("Minor", text("34"))]);
    let chart = Datum::map(Fields::new());
    if let Is::Map(fields) = &part.manifest.is {
        for (key, value) in fields.borrow().iter() {
            let mut letters = key.chars();
            let upper: String = letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters).collect();
            chart.set(&upper, value.clone());
        }
    }
    let namespace = given.namespace.as_deref().map_or(Datum::UNKNOWN, Datum::text);
    let templates = join(&part.folder, "templates").unwrap_or_default();
    map(vec![
        ("Values", part.values.clone()),
        ("Chart", chart),
        (
            "Release",
            map(vec![
                ("Name", text(name)),
                ("Namespace", namespace),
                ("Service", text("Helm")),
                ("IsInstall", Datum::bool(true)),
                ("IsUpgrade", Datum::bool(false)),
                ("Revision", Is::Int(1).into()),
            ]),
        ),
        (
            "Capabilities",
            map(vec![
                ("KubeVersion", version),
                ("APIVersions", Is::Versions.into()),
                ("HelmVersion", map(vec![("Version", text("v3.19.0"))])),
            ]),
        ),
        ("Files", Is::Files.into()),
        ("Template", map(vec![("BasePath", text(&templates)), ("Name", Datum::UNKNOWN)])),
        ("Subcharts", Datum::map(Fields::new())),
    ])
}

/// Makes a value unknown: a pipeline hands it in.
fn leave_open(values: &Datum, path: &str) {
    let steps: Vec<&str> = path.split('.').take(20).collect();
    let Some((last, above)) = steps.split_last() else { return };
    let mut here = values.clone();
    for step in above {
        let next = here.get(step);
        here = match next.is {
            Is::Map(_) => next,
            _ => {
                let fresh = Datum::map(Fields::new());
                here.set(step, fresh.clone());
                fresh
            }
        };
    }
    here.set(last, Datum::UNKNOWN);
}

/// Values written in a manifest.
fn of_value(value: &Value, depth: usize) -> Datum {
    let is = match &value.shape {
        _ if depth > super::datum::MAX_DEPTH => Is::Unknown,
        Shape::Null => Is::Nil,
        Shape::Unknown(_) => Is::Unknown,
        Shape::Text(text) => match text.as_str() {
            "true" => Is::Bool(true),
            "false" => Is::Bool(false),
            other if other.parse::<f64>().is_ok() && !other.starts_with('+') => super::datum::number(other),
            other => return Datum { at: Some(value.at), ..Datum::text(other) },
        },
        Shape::List(items) => Is::List(Rc::new(items.iter().map(|i| of_value(i, depth + 1)).collect())),
        Shape::Map(fields) => {
            let field = |f: &crate::iac::value::Field| {
                let mut inner = of_value(&f.value, depth + 1);
                if f.value.written().is_some() {
                    inner.at = Some(f.at);
                }
                (Rc::from(f.name.as_str()), inner)
            };
            return Datum { at: Some(value.at), ..Datum::map(fields.iter().map(field).collect()) };
        }
    };
    Datum { is, at: Some(value.at) }
}

/// A template's value as one of a manifest.
pub(super) fn to_value(datum: &Datum, near: Location, depth: usize) -> Value {
    let at = datum.at.unwrap_or(near);
    let shape = match &datum.is {
        _ if depth > super::datum::MAX_DEPTH => Shape::Null,
        Is::Nil => Shape::Null,
        Is::List(items) => Shape::List(items.iter().map(|i| to_value(i, at, depth + 1)).collect()),
        Is::Map(fields) => Shape::Map(
            fields
                .borrow()
                .iter()
                .map(|(k, v)| crate::iac::value::Field { name: k.to_string(), at: v.at.unwrap_or(at), value: to_value(v, at, depth + 1) })
                .collect(),
        ),
        _ => datum.printed().map_or_else(|| Shape::Unknown(String::new()), Shape::Text),
    };
    Value::new(shape, at)
}
