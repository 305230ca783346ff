//! Kustomize overlays: resources, components, patches, images and replicas, in outline.

use std::collections::BTreeSet;

use plimsoll_base::Problem;
use plimsoll_syntax::{Node, yaml};

use super::merge::{merge, operate};
use super::object::{Object, objects};

use crate::iac::value::{Shape, Value, each};
use crate::library::{Held, Library, join};

/// Overlays above overlays are followed this far.
const MAX_DEPTH: usize = 16;
/// Objects of one overlay; beyond it the rest is left out and told.
const MAX_OBJECTS: usize = 5000;
/// Folders visited for one overlay; the same base may be reached in many ways.
const MAX_VISITS: usize = 500;

/// An overlay, resolved.
pub(super) struct Overlay {
    pub(super) folder: String,
    pub(super) paths: Vec<String>,
    pub(super) objects: Vec<Object>,
    /// Secrets that a generator makes from literals.
    pub(super) literal_secrets: Vec<plimsoll_base::Sourced<String>>,
}

/// The kustomization of a folder.
fn kustomization<'a>(library: &'a Library, folder: &str) -> Option<&'a Held> {
    ["kustomization.yaml", "kustomization.yml", "Kustomization"]
        .iter()
        .find_map(|name| library.resolve(folder, name))
        .filter(|h| h.root().is_some())
}

/// Every overlay that no other product overlay builds on, and every file that some overlay reads.
pub(super) fn overlays(library: &Library, problems: &mut Vec<Problem>) -> (Vec<Overlay>, BTreeSet<String>, BTreeSet<String>) {
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
    for held in found {
        let component = held.root().and_then(|n| n.get("kind")).and_then(Node::as_str) == Some("Component");
        // A component alone fits nothing; what it lacks shows in the overlays that use it.
        let mut unheard = Vec::new();
        let problems = if component { &mut unheard } else { &mut *problems };
        let mut build =
            Build { library, problems, paths: Vec::new(), literal_secrets: Vec::new(), open: Vec::new(), visits: 0, full: false };
        let objects = build.folder(held.folder(), 0);
        read.extend(build.paths.iter().cloned());
        let (paths, literal_secrets) = (build.paths, build.literal_secrets);
        if !component && !built_on.contains(held.folder()) {
            overlays.push(Overlay { folder: held.folder().to_owned(), paths, objects, literal_secrets });
        }
    }
    (overlays, read, folders)
}

struct Build<'a> {
    library: &'a Library,
    problems: &'a mut Vec<Problem>,
    paths: Vec<String>,
    literal_secrets: Vec<plimsoll_base::Sourced<String>>,
    open: Vec<String>,
    visits: usize,
    full: bool,
}

impl Build<'_> {
    fn reads(&mut self, held: &Held) {
        if !self.paths.contains(&held.path) {
            self.paths.push(held.path.clone());
        }
    }

    fn folder(&mut self, folder: &str, depth: usize) -> Vec<Object> {
        let Some(held) = kustomization(self.library, folder) else { return Vec::new() };
        let Some(node) = held.root() else { return Vec::new() };
        let at = held.whole();
        self.visits += 1;
        if depth > MAX_DEPTH || self.visits > MAX_VISITS || self.open.iter().any(|f| f == folder) || self.full {
            self.problems.push(Problem { at, says: "kustomizations refer to each other in a circle or too deep: not followed".into() });
            return Vec::new();
        }
        self.open.push(folder.to_owned());
        let value = Value::of(node, held.id);
        let mut all = Vec::new();
        for entry in each(value.get("resources")).iter().chain(each(value.get("bases"))) {
            all.extend(self.resource(folder, entry, depth));
            if all.len() > MAX_OBJECTS {
                self.full = true;
                self.problems.push(Problem { at, says: format!("more than {MAX_OBJECTS} objects: the rest is left out") });
                break;
            }
        }
        for entry in each(value.get("components")) {
            let Some(component) = entry.text().and_then(|t| join(folder, t)) else { continue };
            all.extend(self.folder(&component, depth + 1));
            // The component's patches act on what was there before it.
            if let Some(held) = kustomization(self.library, &component)
                && let Some(node) = held.root()
            {
                let value = Value::of(node, held.id);
                self.change(&component, &value, &mut all);
            }
        }
        self.reads(held);
        self.generated(&value, held);
        self.change(folder, &value, &mut all);
        self.open.pop();
        all
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

    fn generated(&mut self, value: &Value, held: &Held) {
        for generator in each(value.get("secretGenerator")) {
            let name = generator.get("name").and_then(Value::written).unwrap_or("secret").to_owned();
            if let Some(literals) = generator
                .get("literals")
                .filter(|l| l.items().iter().any(|i| i.text().is_some_and(|t| t.split_once('=').is_some_and(|(_, v)| !v.is_empty()))))
            {
                self.literal_secrets.push(plimsoll_base::Sourced::new(name, literals.at));
            }
        }
        if let Some(charts) = value.get("helmCharts") {
            self.problems.push(Problem { at: charts.at, says: format!("{}: charts inflated by Kustomize are not rendered", held.name()) });
        }
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
                if !apply(all, &patch, target) {
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
    let labels = wanted("labelSelector");
    let mut fits = false;
    let mut deleted = Vec::new();
    for (i, object) in all.iter_mut().enumerate() {
        let selected = kind.is_none_or(|k| k == object.kind)
            && name.is_none_or(|n| selects(n, &object.name))
            && labels.is_none_or(|l| labelled(object, l));
        if !selected || kind.is_none() && name.is_none() && labels.is_none() {
            continue;
        }
        match &patch.shape {
            Shape::List(operations) => fits |= operations.iter().filter(|o| operate(&mut object.value, o)).count() == operations.len(),
            Shape::Map(_) => {
                fits = true;
                if !merge(&mut object.value, patch) {
                    deleted.push(i);
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

/// Targets name objects by an anchored pattern; of patterns only `.*` is common.
fn selects(pattern: &str, name: &str) -> bool {
    match pattern.trim_start_matches('^').trim_end_matches('$').split_once(".*") {
        Some((head, tail)) => name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail),
        None => pattern == name,
    }
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
