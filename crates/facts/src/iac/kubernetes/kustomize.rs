//! Kustomize overlays: resources, components, patches, images, replicas, names and labels.

mod generate;
mod names;

use std::collections::BTreeSet;

use plimsoll_base::Problem;
use plimsoll_syntax::{Node, yaml};

use self::generate::generate;
use self::names::{label, rename_all};
use super::merge::{merge, operate, overlay};
use super::object::{Object, objects};
use super::remote::{Remote, expand};
use crate::iac::value::{Field, Shape, Value, each};
use crate::library::{Held, Library, join};

/// Overlays above overlays are followed this far.
const MAX_DEPTH: usize = 16;
/// Objects of one overlay; beyond it the rest is left out and told.
const MAX_OBJECTS: usize = 5000;
/// Folders visited for one overlay; the same base may be reached in many ways.
const MAX_VISITS: usize = 500;

/// A kustomization, resolved.
pub(super) struct Built {
    pub(super) folder: String,
    pub(super) paths: Vec<String>,
    pub(super) objects: Vec<Object>,
}

/// The kustomization of a folder.
fn kustomization<'a>(library: &'a Library, folder: &str) -> Option<&'a Held> {
    ["kustomization.yaml", "kustomization.yml", "Kustomization"]
        .iter()
        .find_map(|name| library.resolve(folder, name))
        .filter(|h| h.root().is_some())
}

/// Whether a folder has a kustomization.
pub(super) fn has(library: &Library, folder: &str) -> bool {
    kustomization(library, folder).is_some()
}

/// Every overlay that no other product overlay builds on and that lies in none of `covered`, and every file that some overlay reads.
pub(super) fn overlays(
    library: &Library,
    covered: &BTreeSet<String>,
    problems: &mut Vec<Problem>,
) -> (Vec<Built>, BTreeSet<String>, BTreeSet<String>) {
    let found: Vec<&Held> = library
        .files()
        .iter()
        .filter(|f| f.product() && matches!(f.name(), "kustomization.yaml" | "kustomization.yml" | "Kustomization") && f.root().is_some())
        .collect();
    let folders: BTreeSet<String> = found.iter().map(|f| f.folder().to_owned()).collect();
    let mut built_on = BTreeSet::new();
    for held in &found {
        for entry in
            ["resources", "bases", "components"].iter().filter_map(|k| held.root()?.get(k)).flat_map(Node::items).filter_map(Node::as_str)
        {
            if let Some(folder) = join(held.folder(), entry).filter(|f| folders.contains(f)) {
                built_on.insert(folder);
            }
        }
    }
    let mut read = BTreeSet::new();
    let mut overlays = Vec::new();
    for held in found.into_iter().filter(|h| !covered.contains(&h.path)) {
        // A component alone fits nothing; what it lacks shows in the overlays that use it.
        let mut unheard = Vec::new();
        let problems = if is_component(held) { &mut unheard } else { &mut *problems };
        let mut build = Build::new(library, problems);
        let objects = build.folder(held.folder(), 0);
        read.extend(build.paths.iter().cloned());
        if !is_component(held) && !built_on.contains(held.folder()) {
            overlays.push(Built { folder: held.folder().to_owned(), paths: build.paths, objects });
        }
    }
    (overlays, read, folders)
}

/// A folder built by its kustomization; none where it has none.
pub(super) fn build(library: &Library, folder: &str, problems: &mut Vec<Problem>) -> Option<Built> {
    kustomization(library, folder)?;
    let mut build = Build::new(library, problems);
    let objects = build.folder(folder, 0);
    Some(Built { folder: folder.to_owned(), paths: build.paths, objects })
}

/// Lays the parts of a kustomization that stand in another object over what was built; gives the files that it read.
pub(super) fn lay(library: &Library, folder: &str, spec: &Value, all: &mut Vec<Object>, problems: &mut Vec<Problem>) -> Vec<String> {
    let mut build = Build::new(library, problems);
    build.components(folder, spec, 0, all);
    build.lenient = true;
    build.change(folder, spec, all);
    build.paths
}

fn is_component(held: &Held) -> bool {
    held.root().and_then(|n| n.get("kind")).and_then(Node::as_str) == Some("Component")
}

struct Build<'a> {
    library: &'a Library,
    problems: &'a mut Vec<Problem>,
    paths: Vec<String>,
    open: Vec<String>,
    visits: usize,
    full: bool,
    /// A patch that fits nothing is no mistake: it is laid over many folders.
    lenient: bool,
}

impl<'a> Build<'a> {
    fn new(library: &'a Library, problems: &'a mut Vec<Problem>) -> Self {
        Self { library, problems, paths: Vec::new(), open: Vec::new(), visits: 0, full: false, lenient: false }
    }

    fn reads(&mut self, held: &Held) {
        if !self.paths.contains(&held.path) {
            self.paths.push(held.path.clone());
        }
    }

    fn folder(&mut self, folder: &str, depth: usize) -> Vec<Object> {
        let mut all = Vec::new();
        self.accumulate(folder, depth, &mut all);
        all
    }

    /// Adds what a folder declares and changes the whole: a component changes what was there before it.
    fn accumulate(&mut self, folder: &str, depth: usize, all: &mut Vec<Object>) {
        let Some(held) = kustomization(self.library, folder) else { return };
        let Some(node) = held.root() else { return };
        let at = held.whole();
        self.visits += 1;
        if depth > MAX_DEPTH || self.visits > MAX_VISITS || self.open.iter().any(|f| f == folder) || self.full {
            self.problems.push(Problem { at, says: "kustomizations refer to each other in a circle or too deep: not followed".into() });
            return;
        }
        self.open.push(folder.to_owned());
        let value = Value::of(node, held.id);
        for entry in each(value.get("resources")).iter().chain(each(value.get("bases"))) {
            all.extend(self.resource(folder, entry, depth));
            if all.len() > MAX_OBJECTS {
                self.full = true;
                self.problems.push(Problem { at, says: format!("more than {MAX_OBJECTS} objects: the rest is left out") });
                break;
            }
        }
        self.reads(held);
        all.extend(generate(self.library, folder, &value, &held.path));
        self.charts(folder, &value, &held.path, all);
        self.components(folder, &value, depth, all);
        self.change(folder, &value, all);
        self.open.pop();
    }

    fn components(&mut self, folder: &str, value: &Value, depth: usize, all: &mut Vec<Object>) {
        for entry in each(value.get("components")) {
            let Some(component) = entry.text().and_then(|t| join(folder, t)) else { continue };
            self.accumulate(&component, depth + 1, all);
        }
    }

    /// Charts that Kustomize inflates: known by their names and by the values that stand here.
    fn charts(&mut self, folder: &str, value: &Value, path: &str, all: &mut Vec<Object>) {
        for chart in each(value.get("helmCharts")) {
            let Some(name) = chart.get("name").and_then(Value::written) else { continue };
            let file = chart.get("valuesFile").and_then(Value::text).and_then(|f| self.library.resolve(folder, f));
            let mut values = file.and_then(|h| Some(Value::of(h.root()?, h.id)));
            if let Some(held) = file {
                self.reads(held);
            }
            if let Some(inline) = chart.get("valuesInline") {
                match &mut values {
                    Some(values) => overlay(values, inline),
                    None => values = Some(inline.clone()),
                }
            }
            all.extend(expand(&Remote {
                name: chart.get("releaseName").and_then(Value::written).unwrap_or(name),
                chart: name,
                at: chart.at,
                values: values.as_ref(),
                namespace: chart.get("namespace").and_then(Value::text),
                path,
            }));
        }
    }

    fn resource(&mut self, folder: &str, entry: &Value, depth: usize) -> Vec<Object> {
        let Some(text) = entry.text() else { return Vec::new() };
        if text.contains("://") || text.starts_with("github.com/") || text.starts_with("git@") || text.contains("?ref=") {
            self.problems
                .push(Problem { at: entry.at, says: format!("`{text}` lies outside the repository: its objects are missing here") });
            return Vec::new();
        }
        let Some(path) = join(folder, text) else { return Vec::new() };
        if let Some(held) = self.library.get(&path) {
            self.reads(held);
            return objects(held);
        }
        if kustomization(self.library, &path).is_some() {
            return self.folder(&path, depth + 1);
        }
        self.problems.push(Problem { at: entry.at, says: format!("`{text}` does not exist: the overlay cannot be built") });
        Vec::new()
    }

    fn change(&mut self, folder: &str, value: &Value, all: &mut Vec<Object>) {
        for entry in each(value.get("patchesStrategicMerge")) {
            for patch in self.patches(folder, entry) {
                apply(all, &patch, None);
            }
        }
        for entry in each(value.get("patches")).iter().chain(each(value.get("patchesJson6902"))) {
            let target = entry.get("target");
            let body = entry.get("path").or_else(|| entry.get("patch"));
            for patch in body.map(|b| self.patches(folder, b)).unwrap_or_default() {
                if !apply(all, &patch, target) && !self.lenient {
                    self.problems.push(Problem {
                        at: entry.at,
                        says: "this patch was not understood or fits nothing: its effect is missing here".into(),
                    });
                }
            }
        }
        for image in each(value.get("images")) {
            rename(all, image);
        }
        for replicas in each(value.get("replicas")) {
            let (Some(name), Some(count)) = (replicas.get("name").and_then(Value::text), replicas.get("count")) else { continue };
            for object in all.iter_mut().filter(|o| o.name == name && o.runs()) {
                if let Some(spec) = object.value.get_mut("spec") {
                    spec.set("replicas", count.clone());
                }
            }
        }
        if let Some(namespace) = value.get("namespace").and_then(Value::text) {
            for object in all.iter_mut().filter(|o| o.kind != "Namespace") {
                object.namespace = Some(namespace.to_owned());
            }
        }
        label(all, value);
        let part = |field: &str| value.get(field).and_then(Value::text).unwrap_or_default();
        rename_all(all, part("namePrefix"), part("nameSuffix"));
    }

    /// A patch given as a file or as text; a list is a JSON patch.
    fn patches(&mut self, folder: &str, entry: &Value) -> Vec<Value> {
        let Some(text) = entry.text() else { return Vec::new() };
        if !text.contains('\n') && !text.contains(": ") && !text.trim_start().starts_with(['[', '{']) {
            let Some(held) = self.library.resolve(folder, text) else {
                self.problems
                    .push(Problem { at: entry.at, says: format!("the patch `{text}` does not exist: the overlay cannot be built") });
                return Vec::new();
            };
            self.reads(held);
            return held.documents.iter().map(|n| Value::of(n, held.id)).collect();
        }
        yaml(text.as_bytes()).value.iter().map(|n| Value::of(n, entry.at.file).placed(entry.at)).collect()
    }
}

/// Applies a patch to what it names; `false` when it fits nothing.
fn apply(all: &mut Vec<Object>, patch: &Value, target: Option<&Value>) -> bool {
    let wanted = |field: &str| target.and_then(|t| t.get(field)).and_then(Value::text);
    let own = |path: &[&str]| if target.is_none() { patch.path(path).and_then(Value::text) } else { None };
    let kind = wanted("kind").or_else(|| own(&["kind"]));
    let name = wanted("name").or_else(|| own(&["metadata", "name"]));
    let group = wanted("group");
    let labels = wanted("labelSelector");
    let mut fits = false;
    let mut deleted = Vec::new();
    for (i, object) in all.iter_mut().enumerate() {
        let selected = kind.is_none_or(|k| k == object.kind)
            && name.is_none_or(|n| selects(n, &object.name) || object.former.iter().any(|f| selects(n, f)))
            && group.is_none_or(|g| g == object.group)
            && labels.is_none_or(|l| labelled(object, l));
        if !selected || target.is_none() && kind.is_none() && name.is_none() {
            continue;
        }
        match &patch.shape {
            Shape::List(operations) => fits |= operations.iter().filter(|o| operate(&mut object.value, o)).count() == operations.len(),
            Shape::Map(_) => {
                fits = true;
                let own = (object.value.get("kind").cloned(), object.value.path(&["metadata", "name"]).cloned());
                if !merge(&mut object.value, patch) {
                    deleted.push(i);
                }
                // A patch with a target may call itself anything.
                if target.is_some() {
                    if let Some(kind) = own.0 {
                        object.value.set("kind", kind);
                    }
                    if let (Some(name), Some(metadata)) = (own.1, object.value.get_mut("metadata")) {
                        metadata.set("name", name);
                    }
                }
            }
            _ => {}
        }
    }
    for i in deleted.into_iter().rev() {
        all.remove(i);
    }
    // A component is applied to what happens to be there; only a patch with a target is missed.
    fits || target.is_none()
}

/// Targets name objects by an anchored pattern.
fn selects(pattern: &str, name: &str) -> bool {
    if pattern.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        return pattern == name;
    }
    let anchored = format!("^(?:{pattern})$");
    regex::RegexBuilder::new(&anchored).size_limit(1 << 18).build().map_or(pattern == name, |p| p.is_match(name))
}

fn labelled(object: &Object, selector: &str) -> bool {
    selector.split(',').all(|part| match part.split_once('=') {
        Some((key, value)) => object
            .value
            .path(&["metadata", "labels", key.trim_end_matches(['!', '='])])
            .is_some_and(|v| v.is(value.trim_start_matches('='))),
        None => false,
    })
}

/// `images:` gives an image a new name, tag or digest wherever it is used.
fn rename(all: &mut [Object], change: &Value) {
    // Argo CD writes `name=other:tag`, or the whole image.
    let short = change.written().map(|text| {
        let (old, new) = text.split_once('=').map_or((None, text), |(o, n)| (Some(o), n));
        let (bare, suffix) = split(new);
        let field = |name: &str, value: &str| Field { name: name.to_owned(), at: change.at, value: Value::text_at(value, change.at) };
        let mut fields = vec![field("name", old.unwrap_or(bare)), field("newName", bare)];
        fields.extend(suffix.strip_prefix('@').map(|d| field("digest", d)));
        fields.extend(suffix.strip_prefix(':').map(|t| field("newTag", t)));
        Value::new(Shape::Map(fields), change.at)
    });
    let change = short.as_ref().unwrap_or(change);
    let Some(name) = change.get("name").and_then(Value::text) else { return };
    let text = |field: &str| change.get(field).and_then(Value::written);
    for object in all.iter_mut().filter(|o| o.runs()) {
        visit(&mut object.value, &mut |image| {
            let Some(old) = image.written() else { return };
            let (bare, suffix) = split(old);
            if bare != name {
                return;
            }
            let mut new = text("newName").unwrap_or(bare).to_owned();
            match (text("digest"), text("newTag")) {
                (Some(digest), _) => new.push_str(&format!("@{digest}")),
                (None, Some(tag)) => new.push_str(&format!(":{tag}")),
                (None, None) => new.push_str(suffix),
            }
            *image = Value::text_at(new, change.at);
        });
    }
}

/// An image's name, and its tag or digest with the sign before it.
fn split(image: &str) -> (&str, &str) {
    let at = image.find('@').or_else(|| image.rfind(':').filter(|i| !image[*i..].contains('/'))).unwrap_or(image.len());
    image.split_at(at)
}

fn visit(value: &mut Value, act: &mut impl FnMut(&mut Value)) {
    match &mut value.shape {
        Shape::Map(fields) => {
            for field in fields {
                if matches!(field.name.as_str(), "containers" | "initContainers")
                    && let Shape::List(items) = &mut field.value.shape
                {
                    items.iter_mut().filter_map(|c| c.get_mut("image")).for_each(&mut *act);
                } else {
                    visit(&mut field.value, act);
                }
            }
        }
        Shape::List(items) => items.iter_mut().for_each(|i| visit(i, act)),
        _ => {}
    }
}
