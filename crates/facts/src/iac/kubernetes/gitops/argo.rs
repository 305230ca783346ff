//! Argo CD: Applications lead to folders and charts, ApplicationSets make Applications.

use std::collections::BTreeMap;

use plimsoll_base::{Location, Problem};
use plimsoll_syntax::yaml;

use super::{Led, Pointers, outside};
use crate::iac::helm::Given;
use crate::iac::kubernetes::kustomize;
use crate::iac::kubernetes::merge::overlay;
use crate::iac::kubernetes::object::Object;
use crate::iac::kubernetes::remote::{Remote, expand};
use crate::iac::value::{Shape, Value, each};
use crate::library::folder_of;

/// Applications that one set makes.
const MOST: usize = 200;

/// What an Application is made from.
pub(super) fn sources(spec: Option<&Value>) -> Vec<&Value> {
    let Some(spec) = spec else { return Vec::new() };
    each(spec.get("source")).iter().chain(each(spec.get("sources"))).collect()
}

impl Pointers<'_, '_> {
    pub(super) fn application(&mut self, pointer: &Object, led: &mut Led, problems: &mut Vec<Problem>) {
        led.reads([pointer.path.clone()]);
        let spec = pointer.value.get("spec").cloned();
        self.follow(&pointer.name, spec.as_ref(), pointer, led, problems);
    }

    fn follow(&mut self, name: &str, spec: Option<&Value>, pointer: &Object, led: &mut Led, problems: &mut Vec<Problem>) {
        let namespace = spec.and_then(|s| s.path(&["destination", "namespace"])).and_then(Value::text).map(str::to_owned);
        for source in sources(spec) {
            let helm = source.get("helm");
            let name = helm.and_then(|h| h.get("releaseName")).and_then(Value::text).unwrap_or(name);
            let values = helm.and_then(handed);
            if let Some(chart) = source.get("chart").and_then(Value::written) {
                let release =
                    Remote { name, chart, at: source.at, values: values.as_ref(), namespace: namespace.as_deref(), path: &pointer.path };
                led.objects.extend(expand(&release));
                continue;
            }
            // A source without a path lends its files to the others.
            let Some(path) = source.get("path") else { continue };
            let Some(folder) = path.text().and_then(|t| self.folder(t)) else {
                problems.push(outside(path.at, path.written().unwrap_or_default()));
                continue;
            };
            if self.charts.folders.contains(&folder) {
                let files = each(helm.and_then(|h| h.get("valueFiles"))).iter().filter_map(|f| {
                    let text = f.text()?;
                    match text.strip_prefix('$') {
                        Some(lent) => self.library.resolve("", lent.split_once('/')?.1),
                        None => self.library.resolve(&folder, text),
                    }
                });
                let given = Given {
                    name: Some(name.to_owned()),
                    namespace: namespace.clone(),
                    files: files.map(|h| h.id).collect(),
                    values,
                    open: Vec::new(),
                };
                self.chart(&folder, &given, led, problems);
                continue;
            }
            let recurse = source.path(&["directory", "recurse"]).is_some_and(Value::is_true);
            let mut objects = self.build(&folder, recurse, led, problems);
            if let Some(lays) = source.get("kustomize") {
                led.reads(kustomize::lay(self.library, &folder, lays, &mut objects, problems));
            }
            for object in objects.iter_mut().filter(|o| o.namespace.is_none()) {
                object.namespace.clone_from(&namespace);
            }
            self.expand(objects, led, problems);
        }
    }

    /// The Applications that lists and folders of the tree make; those of other generators are made by the cluster.
    pub(super) fn application_set(&mut self, pointer: &Object, led: &mut Led, problems: &mut Vec<Problem>) {
        led.reads([pointer.path.clone()]);
        let Some(template) = pointer.spec(&["template"]).cloned() else { return };
        let mut rounds: Vec<BTreeMap<String, String>> = Vec::new();
        for generator in each(pointer.spec(&["generators"])) {
            rounds.extend(self.rounds(generator, 0));
        }
        if rounds.is_empty() {
            problems.push(Problem { at: pointer.at(), says: "the cluster decides what this set makes: it is missing here".into() });
        }
        let mut seen: Vec<Value> = Vec::new();
        for parameters in rounds.into_iter().take(MOST) {
            let mut made = template.clone();
            insert(&mut made, &parameters, 0);
            let name = made.path(&["metadata", "name"]).and_then(Value::written).unwrap_or(&pointer.name).to_owned();
            let spec = made.get("spec").cloned();
            // Several clusters may get the same.
            let paths = Value::new(Shape::List(sources(spec.as_ref()).into_iter().cloned().collect()), pointer.at());
            if seen.iter().any(|s| alike(s, &paths)) {
                continue;
            }
            seen.push(paths);
            self.follow(&name, spec.as_ref(), pointer, led, problems);
        }
    }

    /// The parameters of each round of a generator.
    fn rounds(&self, generator: &Value, depth: usize) -> Vec<BTreeMap<String, String>> {
        let mut found = Vec::new();
        for element in each(generator.path(&["list", "elements"])) {
            let mut parameters = BTreeMap::new();
            flat(element, "", &mut parameters, 0);
            found.push(parameters);
        }
        if let Some(directories) = generator.path(&["git", "directories"]) {
            let wanted = |exclude: bool| {
                let all = each(Some(directories)).iter().filter(move |d| d.get("exclude").is_some_and(Value::is_true) == exclude);
                all.filter_map(|d| d.get("path")?.text()).map(|t| t.trim_matches('/').to_owned()).collect::<Vec<_>>()
            };
            let (taken, left) = (wanted(false), wanted(true));
            let mut folders: Vec<&str> = self.library.files().iter().filter(|f| f.product()).flat_map(|f| above(f.folder())).collect();
            folders.sort_unstable();
            folders.dedup();
            for folder in folders.into_iter().filter(|f| taken.iter().any(|p| fits(p, f)) && !left.iter().any(|p| fits(p, f))) {
                found.push(of_path(folder));
            }
        }
        for file in each(generator.path(&["git", "files"])) {
            let Some(pattern) = file.get("path").and_then(Value::text) else { continue };
            for held in self.library.files().iter().filter(|f| f.product() && fits(pattern, &f.path)).take(MOST) {
                let mut parameters = of_path(folder_of(&held.path));
                if let Some(node) = held.root() {
                    flat(&Value::of(node, held.id), "", &mut parameters, 0);
                }
                found.push(parameters);
            }
        }
        for kind in ["matrix", "merge"] {
            let inner: Vec<Vec<BTreeMap<String, String>>> = each(generator.path(&[kind, "generators"]))
                .iter()
                .take(3)
                .map(|g| if depth < 3 { self.rounds(g, depth + 1) } else { Vec::new() })
                .collect();
            let joined = inner.into_iter().filter(|r| !r.is_empty()).reduce(|a, b| {
                a.iter()
                    .flat_map(|x| b.iter().map(|y| x.iter().chain(y).map(|(k, v)| (k.clone(), v.clone())).collect()))
                    .take(MOST)
                    .collect()
            });
            found.extend(joined.unwrap_or_default());
        }
        if generator.get("clusters").is_some() {
            // At least one cluster: what is the cluster's own stays open.
            found.push(BTreeMap::new());
        }
        found.truncate(MOST);
        found
    }
}

/// Values that an Application hands to its chart.
fn handed(helm: &Value) -> Option<Value> {
    let mut all: Vec<Value> = Vec::new();
    if let Some(text) = helm.get("values").filter(|v| v.text().is_some()) {
        let parsed = yaml(text.text().unwrap_or_default().as_bytes());
        all.extend(parsed.value.first().map(|n| Value::of(n, text.at.file).placed(text.at)));
    }
    all.extend(helm.get("valuesObject").cloned());
    for parameter in each(helm.get("parameters")) {
        let (Some(name), Some(value)) = (parameter.get("name").and_then(Value::text), parameter.get("value")) else { continue };
        let nested = name.split('.').rev().take(20).fold(value.clone(), |inner, step| {
            let mut map = Value::new(Shape::Map(Vec::new()), parameter.at);
            map.set(step, inner);
            map
        });
        all.push(nested);
    }
    all.into_iter().reduce(|mut a, b| {
        overlay(&mut a, &b);
        a
    })
}

/// A folder and those above it, up to the root.
fn above(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder).filter(|f| !f.is_empty()), |f| Some(folder_of(f)).filter(|f| !f.is_empty()))
}

/// `*` stands for any part of a path, `**` for any number of them.
fn fits(pattern: &str, path: &str) -> bool {
    fn rest(pattern: &[&str], path: &[&str]) -> bool {
        match (pattern.split_first(), path.split_first()) {
            (None, None) => true,
            (Some((&"**", more)), _) => (0..=path.len().min(12)).any(|n| rest(more, &path[n..])),
            (Some((part, more)), Some((own, left))) => one(part, own) && rest(more, left),
            _ => false,
        }
    }
    fn one(pattern: &str, text: &str) -> bool {
        match pattern.split_once('*') {
            Some((head, tail)) => text.len() >= head.len() + tail.len() && text.starts_with(head) && text.ends_with(tail),
            None => pattern == text,
        }
    }
    let pattern: Vec<&str> = pattern.split('/').take(12).collect();
    rest(&pattern, &path.split('/').collect::<Vec<_>>())
}

fn of_path(folder: &str) -> BTreeMap<String, String> {
    let base = folder.rsplit('/').next().unwrap_or(folder);
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in [("path", folder), ("path.path", folder), ("path.basename", base), ("path.basenameNormalized", base)] {
        found.insert(name.to_owned(), value.to_owned());
    }
    for (i, part) in folder.split('/').enumerate().take(12) {
        found.insert(format!("path[{i}]"), part.to_owned());
        found.insert(format!("index .path.segments {i}"), part.to_owned());
    }
    found
}

/// Fields by their joined names.
fn flat(value: &Value, prefix: &str, found: &mut BTreeMap<String, String>, depth: usize) {
    for field in value.fields().iter().take(MOST) {
        let name = if prefix.is_empty() { field.name.clone() } else { format!("{prefix}.{}", field.name) };
        match field.value.text() {
            Some(text) => {
                found.insert(name, text.to_owned());
            }
            None if depth < 6 => flat(&field.value, &name, found, depth + 1),
            None => {}
        }
    }
}

/// Fills in `{{name}}` and `{{.name}}`; a text with a name that is not known is not known.
fn insert(value: &mut Value, parameters: &BTreeMap<String, String>, depth: usize) {
    match &mut value.shape {
        _ if depth > 60 => {}
        Shape::Text(text) | Shape::Unknown(text) if text.contains("{{") => {
            let (mut filled, mut open) = (String::new(), false);
            let mut rest = text.as_str();
            while let Some((before, after)) = rest.split_once("{{") {
                filled.push_str(before);
                let (inner, next) = after.split_once("}}").unwrap_or((after, ""));
                let name = inner.trim().trim_matches('-').trim();
                match parameters.get(name).or_else(|| parameters.get(name.trim_start_matches('.'))) {
                    Some(known) => filled.push_str(known),
                    None => {
                        open = true;
                        filled.push_str(&format!("{{{{{inner}}}}}"));
                    }
                }
                rest = next;
            }
            filled.push_str(rest);
            value.shape = if open { Shape::Unknown(filled) } else { Shape::Text(filled) };
        }
        Shape::List(items) => items.iter_mut().for_each(|i| insert(i, parameters, depth + 1)),
        Shape::Map(fields) => fields.iter_mut().for_each(|f| insert(&mut f.value, parameters, depth + 1)),
        _ => {}
    }
}

/// Whether two values are written alike.
fn alike(a: &Value, b: &Value) -> bool {
    let nowhere = Location::whole(a.at.file);
    format!("{:?}", a.clone().placed(nowhere)) == format!("{:?}", b.clone().placed(nowhere))
}
