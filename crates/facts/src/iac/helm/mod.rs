//! Helm charts: templates with the values of each environment inserted, as far as the templates are plain.

mod action;
mod template;

use plimsoll_base::Problem;
use plimsoll_discover::Format;
use plimsoll_syntax::{Kind, Node};

use self::template::Engine;
use super::kubernetes::context::plain_secrets;
use super::kubernetes::infrastructure::infrastructure;
use super::kubernetes::object::Object;
use super::kubernetes::{below, workloads};
use super::value::{Shape, Value};
use crate::compose::EnvironmentWord;
use crate::gather::Cluster;
use crate::library::{Held, Library, join};

/// The folders of all charts.
pub(super) fn charts(library: &Library) -> Vec<String> {
    library.files().iter().filter(|f| f.product() && f.name() == "Chart.yaml").map(|f| f.folder().to_owned()).collect()
}

/// Charts that nothing else contains, once for each environment that has values.
pub(super) fn read(library: &Library, charts: &[String], common: &[Object], problems: &mut Vec<Problem>) -> Vec<Cluster> {
    let mut found = Vec::new();
    for chart in charts {
        let outer: Vec<String> = charts.iter().filter(|c| *c != chart).filter_map(|c| join(c, "charts")).collect();
        let Some(declared) = library.resolve(chart, "Chart.yaml") else { continue };
        let is_library = declared.root().and_then(|n| n.get("type")).and_then(Node::as_str) == Some("library");
        if below(&outer, &declared.path) || is_library {
            continue;
        }
        let plain = ["values.yaml", "values.yml"].iter().find_map(|n| library.resolve(chart, n));
        let named: Vec<&Held> = library
            .below(chart)
            .filter(|f| f.folder() == chart && f.product() && f.format == Format::Yaml && f.root().is_some())
            .filter(|f| {
                f.name().starts_with("values")
                    && plain.is_none_or(|p| p.id != f.id)
                    && EnvironmentWord::of(f.name()) != EnvironmentWord::Unnamed
            })
            .collect();
        let production = named.iter().any(|f| EnvironmentWord::of(f.name()) == EnvironmentWord::Production);
        let default = if production { None } else { Some(None) };
        for over in named.into_iter().map(Some).chain(default) {
            found.extend(release(library, charts, common, chart, plain, over, problems));
        }
    }
    found
}

/// The chart under one set of values.
fn release(
    library: &Library,
    charts: &[String],
    common: &[Object],
    chart: &str,
    plain: Option<&Held>,
    over: Option<&Held>,
    problems: &mut Vec<Problem>,
) -> Option<Cluster> {
    let whole = library.resolve(chart, "Chart.yaml")?;
    let mut values = values_of(plain, whole);
    if let Some(over) = over {
        overlay(&mut values, &values_of(Some(over), whole));
    }
    let mut paths = vec![whole.path.clone()];
    paths.extend(plain.into_iter().chain(over).map(|h| h.path.clone()));
    let mut objects = Vec::new();
    render(library, chart, &values, &mut objects, &mut paths, problems);
    let inner = join(chart, "charts")?;
    for sub in charts.iter().filter(|c| below(std::slice::from_ref(&inner), c)) {
        let Some(manifest) = library.resolve(sub, "Chart.yaml") else { continue };
        let name = sub.rsplit('/').next().unwrap_or(sub);
        let mut own = values_of(library.resolve(sub, "values.yaml"), manifest);
        if let Some(given) = values.get(name) {
            if given.get("enabled").is_some_and(Value::is_false) {
                continue;
            }
            overlay(&mut own, given);
        }
        render(library, sub, &own, &mut objects, &mut paths, problems);
    }
    let workloads = workloads(&objects);
    if workloads.is_empty() {
        return None;
    }
    let name = over.map_or_else(|| chart.to_owned(), |o| o.path.clone());
    let environment = EnvironmentWord::of(if over.is_some() { &name } else { chart });
    let name = if name.is_empty() { whole.path.clone() } else { name };
    Some(Cluster {
        name,
        environment,
        paths,
        workloads,
        templated: true,
        plain_secrets: plain_secrets(&objects),
        infrastructure: infrastructure(&objects, common),
    })
}

fn values_of(held: Option<&Held>, otherwise: &Held) -> Value {
    match held.and_then(|h| h.root().map(|n| (h, n))) {
        Some((held, node)) => Value::of(node, held.id),
        None => Value::new(Shape::Map(Vec::new()), otherwise.whole()),
    }
}

/// Later values go over earlier ones: maps are merged, everything else is replaced.
fn overlay(base: &mut Value, over: &Value) {
    if !matches!((&base.shape, &over.shape), (Shape::Map(_), Shape::Map(_))) {
        *base = over.clone();
        return;
    }
    for field in over.fields() {
        match base.get_mut(&field.name) {
            Some(old) => overlay(old, &field.value),
            None => base.set(&field.name, field.value.clone()),
        }
    }
}

fn render(library: &Library, chart: &str, values: &Value, objects: &mut Vec<Object>, paths: &mut Vec<String>, problems: &mut Vec<Problem>) {
    let (Some(folder), Some(manifest)) = (join(chart, "templates"), library.resolve(chart, "Chart.yaml")) else { return };
    let about = manifest.root().map(|n| Value::of(n, manifest.id)).unwrap_or_else(|| values.clone());
    for held in library.below(&folder).filter(|f| f.product() && f.format == Format::Yaml && !f.name().starts_with('_')) {
        let text = held.text();
        let engine = Engine::new(&text, held.id, values, &about);
        paths.push(held.path.clone());
        for document in &held.documents {
            if matches!(document.kind, Kind::Templated(_)) || document.get("kind").is_some_and(|k| k.as_str().is_none()) {
                problems.push(Problem {
                    at: held.at(document.span),
                    says: "this template is not understood: what it renders is missing here".into(),
                });
                continue;
            }
            let Some(value) = engine.convert(document) else { continue };
            if value.is_unknown() {
                problems.push(Problem {
                    at: held.at(document.span),
                    says: "whether this template renders anything is not decided by the values here".into(),
                });
                // It is judged as if it were rendered, every condition within read on its own.
                objects.extend(engine.convert_within(document).and_then(|v| Object::of(v, &held.path)));
                continue;
            }
            objects.extend(Object::of(value, &held.path));
        }
    }
}
