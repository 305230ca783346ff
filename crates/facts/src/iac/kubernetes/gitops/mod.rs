//! What a cluster pulls from the tree by itself: Flux's Kustomizations and HelmReleases, Argo CD's Applications. They name what is production.

mod argo;
mod flux;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::{Location, Problem};

use super::object::{Object, objects};
use super::{below, kustomize};
use crate::compose::EnvironmentWord;
use crate::iac::helm::{Charts, Given, release};
use crate::iac::value::{Shape, Value};
use crate::library::{Held, Library, folder_of, join};

/// Groups of the objects that lead to others.
const FLUX: &str = "kustomize.toolkit.fluxcd.io";
const HELM: &str = "helm.toolkit.fluxcd.io";
const ARGO: &str = "argoproj.io";
/// Objects of one deployment; beyond it the rest is left out and told.
const MAX_OBJECTS: usize = 10_000;
/// Pointers followed for one tree.
const MAX_FOLLOWED: usize = 2_000;
/// Pointers to pointers.
const MAX_DEPTH: usize = 12;

/// What the pointers of a tree lead to.
pub(in crate::iac) struct Pointers<'a, 'c> {
    library: &'a Library,
    pub(in crate::iac) charts: &'c mut Charts<'a>,
    /// Repositories of charts, by which releases name them.
    sources: Vec<Object>,
    /// Files and folders that some pointer leads to.
    pub(in crate::iac) covered: BTreeSet<String>,
    /// Charts of the tree that some pointer releases.
    pub(in crate::iac) released: BTreeSet<String>,
    followed: usize,
}

/// What one set of pointers comes to.
#[derive(Default)]
pub(in crate::iac) struct Led {
    pub(in crate::iac) objects: Vec<Object>,
    pub(in crate::iac) paths: Vec<String>,
    /// How many pointers lead here.
    open: usize,
    /// Pointers that were followed: what two of them lead to is there once.
    followed: BTreeSet<String>,
}

impl Led {
    fn reads(&mut self, paths: impl IntoIterator<Item = String>) {
        for path in paths {
            if !self.paths.contains(&path) {
                self.paths.push(path);
            }
        }
    }
}

/// A deployment that a cluster pulls.
pub(in crate::iac) struct Pulled {
    pub(in crate::iac) name: String,
    pub(in crate::iac) environment: EnvironmentWord,
    /// The first of the objects that lead here.
    pub(in crate::iac) at: Location,
    pub(in crate::iac) led: Led,
}

/// Whether an object leads to others.
pub(in crate::iac) fn points(object: &Object) -> bool {
    matches!(
        (object.group.as_str(), object.kind.as_str()),
        (FLUX, "Kustomization") | (HELM, "HelmRelease") | (ARGO, "Application" | "ApplicationSet")
    )
}

impl<'a, 'c> Pointers<'a, 'c> {
    pub(in crate::iac) fn new(library: &'a Library, charts: &'c mut Charts<'a>) -> Self {
        let sources = library
            .files()
            .iter()
            .filter(|f| f.product() && mentions(f, b"toolkit.fluxcd.io") || mentions(f, b"source.extensions.fluxcd.io"));
        let sources = sources
            .flat_map(objects)
            .filter(|o| matches!(o.group.as_str(), "source.toolkit.fluxcd.io" | "source.extensions.fluxcd.io"))
            .collect();
        Self { library, charts, sources, covered: BTreeSet::new(), released: BTreeSet::new(), followed: 0 }
    }

    /// Deployments that start from pointers which no other pointer leads to, by the folder they stand in.
    pub(in crate::iac) fn roots(&mut self, problems: &mut Vec<Problem>) -> Vec<Pulled> {
        let library = self.library;
        let files = library.files().iter().filter(|f| {
            f.product() && !below(&self.charts.folders, &f.path) && (mentions(f, FLUX.as_bytes()) || mentions(f, b"argoproj.io/v1alpha1"))
        });
        let heads: Vec<Object> = files.flat_map(objects).filter(|o| points(o) && o.group != HELM).collect();
        let targets: Vec<Vec<String>> = heads.iter().map(|o| self.folders(o)).collect();
        let within = |path: &str, folder: &str| folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let mut groups: BTreeMap<(String, EnvironmentWord), Vec<Object>> = BTreeMap::new();
        for (i, head) in heads.iter().enumerate() {
            // What another pointer leads to is reached through it; one that leads to itself is where a cluster starts.
            let reached = targets.iter().enumerate().any(|(j, t)| {
                let other = &heads[j];
                i != j
                    && t.iter().any(|f| within(&head.path, f))
                    && !(targets[i].iter().any(|f| within(&other.path, f)) && (targets[i].iter().any(|f| within(&head.path, f)) || i < j))
            });
            if reached {
                continue;
            }
            let own = targets[i].iter().find(|f| within(&head.path, f)).cloned();
            let folder = own.unwrap_or_else(|| folder_of(&head.path).to_owned());
            let word = match EnvironmentWord::of(&folder) {
                EnvironmentWord::Unnamed => EnvironmentWord::of(&format!("{} {}", head.path, head.name)),
                word => word,
            };
            groups.entry((folder, word)).or_default().push(head.clone());
        }
        // What is for no environment is for each.
        let keys: Vec<(String, EnvironmentWord)> = groups.keys().cloned().collect();
        for (folder, _) in keys.iter().filter(|(_, w)| *w == EnvironmentWord::Unnamed) {
            let named: Vec<_> = keys.iter().filter(|(f, w)| f == folder && *w != EnvironmentWord::Unnamed).cloned().collect();
            if named.is_empty() {
                continue;
            }
            let shared = groups.remove(&(folder.clone(), EnvironmentWord::Unnamed)).unwrap_or_default();
            for key in named {
                groups.entry(key).or_default().extend(shared.iter().cloned());
            }
        }
        let several = |folder: &str| groups.keys().filter(|(f, _)| f == folder).count() > 1;
        let names: Vec<String> = groups
            .iter()
            .map(|((folder, word), heads)| match folder.as_str() {
                _ if several(folder) || folder.is_empty() => {
                    heads.iter().find(|h| EnvironmentWord::of(&h.path) == *word).unwrap_or(&heads[0]).path.clone()
                }
                folder => folder.to_owned(),
            })
            .collect();
        let mut found = Vec::new();
        for (((_, environment), heads), name) in groups.into_iter().zip(names) {
            let Some(at) = heads.first().map(Object::at) else { continue };
            let mut led = Led::default();
            led.reads(heads.iter().map(|h| h.path.clone()));
            self.expand(heads, &mut led, problems);
            self.covered.extend(led.paths.iter().cloned());
            found.push(Pulled { name, environment, at, led });
        }
        found
    }

    /// Objects with what they lead to.
    pub(in crate::iac) fn led(&mut self, objects: Vec<Object>, paths: Vec<String>, problems: &mut Vec<Problem>) -> Led {
        let mut led = Led { paths, ..Led::default() };
        self.expand(objects, &mut led, problems);
        led
    }

    /// Takes in objects; those that lead to others are followed.
    pub(in crate::iac) fn expand(&mut self, objects: Vec<Object>, led: &mut Led, problems: &mut Vec<Problem>) {
        // Releases may name repositories and values that stand beside them.
        let (pointers, plain): (Vec<Object>, Vec<Object>) = objects.into_iter().partition(points);
        led.objects.extend(plain);
        for object in pointers {
            self.followed += 1;
            if led.objects.len() > MAX_OBJECTS || self.followed > MAX_FOLLOWED {
                problems.push(Problem { at: object.at(), says: "too many objects for one deployment: the rest is left out".into() });
                return;
            }
            let key = format!("{} {} {} {}", object.kind, object.namespace.as_deref().unwrap_or_default(), object.name, object.path);
            if led.open > MAX_DEPTH || !led.followed.insert(key) {
                continue;
            }
            led.open += 1;
            match (object.group.as_str(), object.kind.as_str()) {
                (FLUX, _) => self.kustomization(&object, led, problems),
                (HELM, _) => self.helm_release(&object, led, problems),
                (_, "Application") => self.application(&object, led, problems),
                _ => self.application_set(&object, led, problems),
            }
            led.open -= 1;
            // What it says of itself counts too: an alert on its own failure, the values of a monitor.
            led.objects.push(object);
        }
    }

    /// The folders of the tree that a pointer leads to.
    fn folders(&self, object: &Object) -> Vec<String> {
        let texts: Vec<String> = match object.kind.as_str() {
            "Kustomization" => object.spec(&["path"]).and_then(Value::text).map(str::to_owned).into_iter().collect(),
            "Application" => {
                argo::sources(object.value.get("spec")).iter().filter_map(|s| s.get("path")?.text().map(str::to_owned)).collect()
            }
            _ => Vec::new(),
        };
        texts.iter().filter_map(|t| self.folder(t)).collect()
    }

    /// A folder by its path from the root of what is pulled; where that is a part of the tree, the one folder whose path ends so.
    fn folder(&self, path: &str) -> Option<String> {
        let path = join("", path.trim_start_matches('/'))?;
        if path.is_empty() || self.library.has_folder(&path) {
            return Some(path);
        }
        let tail = format!("/{path}/");
        let mut found: BTreeSet<&str> = BTreeSet::new();
        for held in self.library.files() {
            if let Some(i) = held.path.find(&tail) {
                found.insert(&held.path[..i + tail.len() - 1]);
            }
        }
        match found.into_iter().collect::<Vec<_>>().as_slice() {
            [one] => Some((*one).to_owned()),
            _ => None,
        }
    }

    /// The objects of a folder as it is applied: built by its kustomization, else every manifest in it.
    fn build(&mut self, folder: &str, recurse: bool, led: &mut Led, problems: &mut Vec<Problem>) -> Vec<Object> {
        if let Some(built) = kustomize::build(self.library, folder, problems) {
            led.reads(built.paths);
            return built.objects;
        }
        let mut found = Vec::new();
        let mut built: Vec<String> = Vec::new();
        for held in self.library.below(folder) {
            // The highest folder below with a kustomization of its own is built by it.
            let inner = if recurse { self.kustomized(folder, held.folder()) } else { held.folder() };
            if !held.product() || !recurse && inner != folder || below(&built, &held.path) || below(&self.charts.folders, &held.path) {
                continue;
            }
            if let Some(own) = (recurse && inner != folder).then(|| kustomize::build(self.library, inner, problems)).flatten() {
                built.push(inner.to_owned());
                led.reads(own.paths);
                found.extend(own.objects);
                continue;
            }
            let own = objects(held);
            if !own.is_empty() {
                led.reads([held.path.clone()]);
                found.extend(own);
            }
            if found.len() > MAX_OBJECTS {
                break;
            }
        }
        found
    }

    /// The highest folder on the way down that has a kustomization, else the last.
    fn kustomized<'p>(&self, top: &str, folder: &'p str) -> &'p str {
        let from = if top.is_empty() { 0 } else { top.len() + 1 };
        let ends = folder.char_indices().filter(|(i, c)| *c == '/' && *i > from).map(|(i, _)| i);
        ends.map(|i| &folder[..i]).find(|f| kustomize::has(self.library, f)).unwrap_or(folder)
    }

    /// Renders a chart of the tree for a pointer.
    fn chart(&mut self, folder: &str, given: &Given, led: &mut Led, problems: &mut Vec<Problem>) {
        let Some(release) = release(self.charts, folder, given, problems) else { return };
        self.released.insert(folder.to_owned());
        led.reads(release.paths);
        self.expand(release.objects, led, problems);
    }
}

/// Whether a file's text holds a word at all.
fn mentions(held: &Held, word: &[u8]) -> bool {
    held.bytes.as_deref().is_some_and(|b| memchr::memmem::find(b, word).is_some())
}

/// Fills in variables of the form `${NAME}`; a value with one that is not known is not known.
fn substituted(value: &mut Value, known: &BTreeMap<String, String>, depth: usize) {
    const MAX_DEPTH: usize = 60;
    if depth > MAX_DEPTH {
        return;
    }
    match &mut value.shape {
        Shape::Text(text) if text.contains("${") => {
            let (filled, open) = fill(text, known);
            value.shape = if open { Shape::Unknown(filled) } else { Shape::Text(filled) };
        }
        Shape::List(items) => items.iter_mut().for_each(|i| substituted(i, known, depth + 1)),
        Shape::Map(fields) => fields.iter_mut().for_each(|f| substituted(&mut f.value, known, depth + 1)),
        _ => {}
    }
}

fn fill(text: &str, known: &BTreeMap<String, String>) -> (String, bool) {
    let (mut filled, mut open) = (String::new(), false);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        filled.push_str(before);
        let Some((inner, next)) = after.split_once('}') else {
            filled.push_str("${");
            rest = after;
            continue;
        };
        let (name, default) = inner.split_once(":=").or_else(|| inner.split_once(":-")).map_or((inner, None), |(n, d)| (n, Some(d)));
        match known.get(name).map(String::as_str).or(default) {
            Some(value) => filled.push_str(value),
            None => {
                open = true;
                filled.push_str(&format!("${{{inner}}}"));
            }
        }
        rest = next;
    }
    filled.push_str(rest);
    (filled, open)
}

/// What lies outside of the tree.
fn outside(at: Location, what: &str) -> Problem {
    Problem { at, says: format!("`{what}` lies outside the repository: its objects are missing here") }
}
