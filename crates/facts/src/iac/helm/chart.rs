//! Charts as Helm loads them: templates, values and the charts they depend on.

use std::collections::HashMap;
use std::rc::Rc;

use plimsoll_discover::Format;
use plimsoll_syntax::Node;

use super::datum::{Datum, Fields, Is, overlay};
use super::parse::parse;
use super::tree::{Source, Template};
use crate::library::{Held, Library, join};

/// The charts of a tree, and their templates as far as they were asked for.
pub(in crate::iac) struct Charts<'a> {
    pub(super) library: &'a Library,
    /// The folders of all charts, in order.
    pub(in crate::iac) folders: Vec<String>,
    /// Folders by the name of the chart.
    named: HashMap<String, Vec<String>>,
    parsed: HashMap<u32, Option<Rc<Template>>>,
}

/// A chart that another one depends on.
pub(super) struct Dependency<'a> {
    /// Under which name values are handed to it.
    pub(super) alias: String,
    /// Its own name.
    pub(super) name: String,
    /// Where it lies in the tree, if it does.
    pub(super) folder: Option<String>,
    /// What says so; none for one that only lies in `charts/`.
    pub(super) entry: Option<(&'a Held, &'a Node)>,
    /// Paths of the values that switch it on, the first that is there counts.
    pub(super) conditions: Vec<String>,
}

impl<'a> Charts<'a> {
    pub(in crate::iac) fn new(library: &'a Library) -> Self {
        let manifests = || library.files().iter().filter(|f| f.product() && f.name() == "Chart.yaml");
        let mut named: HashMap<String, Vec<String>> = HashMap::new();
        for held in manifests() {
            if let Some(name) = held.root().and_then(|n| n.get("name")).and_then(Node::as_str) {
                named.entry(name.to_owned()).or_default().push(held.folder().to_owned());
            }
        }
        Self { library, folders: manifests().map(|f| f.folder().to_owned()).collect(), named, parsed: HashMap::new() }
    }

    pub(super) fn manifest(&self, folder: &str) -> Option<&'a Held> {
        self.library.resolve(folder, "Chart.yaml")
    }

    /// Whether it only lends templates to others.
    pub(super) fn is_library(&self, folder: &str) -> bool {
        self.manifest(folder).and_then(Held::root).and_then(|n| n.get("type")).and_then(Node::as_str) == Some("library")
    }

    /// The templates of a chart: what is rendered, and what only defines.
    pub(super) fn templates(&self, folder: &str) -> Vec<&'a Held> {
        let Some(below) = join(folder, "templates") else { return Vec::new() };
        self.library.below(&below).filter(|f| f.product() && matches!(f.format, Format::Yaml | Format::Template)).collect()
    }

    /// A file as a template, parsed when it is first asked for.
    pub(super) fn template(&mut self, held: &Held) -> Option<Rc<Template>> {
        let parsed = self.parsed.entry(held.id.0).or_insert_with(|| {
            let text: Rc<str> = held.text().as_ref().into();
            parse(Source { file: held.id, text, embedded: false }).map(Rc::new)
        });
        parsed.clone()
    }

    /// The chart's own values.
    pub(super) fn values(&self, folder: &str) -> Datum {
        let held = ["values.yaml", "values.yml"].iter().find_map(|n| self.library.resolve(folder, n));
        held.and_then(|h| Some(Datum::of(h.root()?, h.id)))
            .filter(|d| matches!(d.is, Is::Map(_)))
            .unwrap_or_else(|| Datum::map(Fields::new()))
    }

    /// What a chart depends on: what its manifest names, and what lies in its `charts/`.
    pub(super) fn dependencies(&self, folder: &str) -> Vec<Dependency<'a>> {
        let mut found: Vec<Dependency<'a>> = Vec::new();
        let inner = join(folder, "charts").unwrap_or_default();
        for held in ["Chart.yaml", "requirements.yaml"].iter().filter_map(|n| self.library.resolve(folder, n)) {
            for entry in held.root().and_then(|n| n.get("dependencies")).map(Node::items).unwrap_or_default() {
                let text = |name: &str| entry.get(name).and_then(Node::scalar);
                let Some(name) = text("name") else { continue };
                found.push(Dependency {
                    alias: text("alias").unwrap_or(name).to_owned(),
                    name: name.to_owned(),
                    folder: self.find(folder, &inner, name, text("repository").unwrap_or_default()),
                    entry: Some((held, entry)),
                    conditions: text("condition")
                        .unwrap_or_default()
                        .split(',')
                        .map(|c| c.trim().to_owned())
                        .filter(|c| !c.is_empty())
                        .collect(),
                });
            }
        }
        for sub in self
            .folders
            .iter()
            .filter(|f| f.strip_prefix(inner.as_str()).is_some_and(|rest| rest.starts_with('/') && !rest[1..].contains('/')))
        {
            if found.iter().all(|d| d.folder.as_deref() != Some(sub)) {
                let name = sub.rsplit('/').next().unwrap_or(sub).to_owned();
                let declared =
                    self.manifest(sub).and_then(Held::root).and_then(|n| n.get("name")).and_then(Node::as_str).unwrap_or(&name).to_owned();
                found.push(Dependency {
                    alias: declared.clone(),
                    name: declared,
                    folder: Some(sub.clone()),
                    entry: None,
                    conditions: Vec::new(),
                });
            }
        }
        found
    }

    /// Where a dependency lies: within the chart, where a path leads, beside the chart, or the one library of its name.
    fn find(&self, folder: &str, inner: &str, name: &str, repository: &str) -> Option<String> {
        let is_chart = |f: &String| self.manifest(f).is_some();
        let vendored = join(inner, name).filter(is_chart);
        let local = || repository.strip_prefix("file://").and_then(|path| join(folder, path)).filter(is_chart);
        let all = || self.named.get(name).map(Vec::as_slice).unwrap_or_default();
        let parent = |f: &str| f.rsplit_once('/').map_or("", |(p, _)| p).to_owned();
        let beside = || all().iter().find(|f| parent(f) == parent(folder) && f.as_str() != folder).cloned();
        let lent = || match all().iter().filter(|f| self.is_library(f)).collect::<Vec<_>>().as_slice() {
            [one] => Some((*one).clone()),
            _ => None,
        };
        vendored.or_else(local).or_else(beside).or_else(lent)
    }
}

/// Whether the values switch a dependency off; none says nothing, which means on.
pub(super) fn enabled(dependency: &Dependency<'_>, values: &Datum) -> Option<bool> {
    for condition in &dependency.conditions {
        let found = condition.split('.').fold(values.clone(), |v, step| v.get(step));
        match found.is {
            Is::Bool(b) => return Some(b),
            Is::Unknown => return None,
            _ => {}
        }
    }
    if dependency.entry.is_none() {
        return Some(!matches!(values.get(&dependency.alias).get("enabled").is, Is::Bool(false)));
    }
    Some(true)
}

/// The values of a chart within another: its own, then what the outer one hands over, then what is global.
pub(super) fn inner(own: Datum, outer: &Datum, alias: &str) -> Datum {
    overlay(&own, &outer.get(alias).deep(0), 0);
    let global = outer.get("global");
    if matches!(global.is, Is::Map(_)) {
        let mine = own.get("global");
        if matches!(mine.is, Is::Map(_)) {
            overlay(&mine, &global, 0);
        } else {
            own.set("global", global.deep(0));
        }
    }
    own
}
