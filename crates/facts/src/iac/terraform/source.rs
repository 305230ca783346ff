//! Files of Terraform as folders of blocks, found by name.

use std::collections::{BTreeMap, HashMap};

use plimsoll_base::{FileId, Location, Problem, Span};
use plimsoll_discover::Format;
use plimsoll_syntax::hcl::{Block, Body, Expr, hcl};

use super::{json, registry};
use crate::gather::problem;
use crate::library::{Held, Library};

/// One text of configuration.
pub(super) struct Unit {
    pub(super) place: Place,
    pub(super) text: String,
    pub(super) body: Body,
}

/// How bytes of a unit's text are places in the tree.
pub(super) enum Place {
    /// They are the file's.
    File(FileId),
    /// The text was written from JSON: from which byte on it stands for which bytes of the file, in ascending order.
    Json(FileId, Vec<(u32, Span)>),
    /// The text is no file of the tree: what a published module declares is said where it is called.
    Published,
}

impl Unit {
    /// The file of the tree that it is.
    pub(super) fn file(&self) -> Option<FileId> {
        match self.place {
            Place::File(file) | Place::Json(file, _) => Some(file),
            Place::Published => None,
        }
    }
    /// A place in it; none for a published module.
    pub(super) fn at(&self, span: Span) -> Option<Location> {
        match &self.place {
            Place::File(file) => Some(Location::at(*file, span)),
            Place::Json(file, places) => {
                let after = places.partition_point(|(start, _)| *start <= span.start);
                Some(after.checked_sub(1).map_or(Location::whole(*file), |i| Location::at(*file, places[i].1)))
            }
            Place::Published => None,
        }
    }
}

/// Every text, and those of each folder.
#[derive(Default)]
pub(super) struct Texts {
    units: Vec<Unit>,
    /// Configuration by folder; a published module by its source behind a `registry:`.
    folders: BTreeMap<String, Vec<usize>>,
    /// `terraform.tfvars` and `*.auto.tfvars` by folder, in the order in which they are read.
    automatic: BTreeMap<String, Vec<usize>>,
    /// Other files of values by path.
    named: BTreeMap<String, usize>,
}

/// Reads every file once. A block that is no valid HCL is lost alone, and told.
pub(super) fn load(library: &Library, problems: &mut Vec<Problem>) -> Texts {
    let mut texts = Texts::default();
    let mut automatic: Vec<(&Held, usize)> = Vec::new();
    for held in library.files().iter().filter(|f| f.product() && matches!(f.format, Format::Hcl | Format::Json)) {
        let name = held.name();
        let written = match (held.format, name) {
            (Format::Hcl, n) if n.ends_with(".tf") || n.ends_with(".tofu") => Written::Configuration,
            (Format::Json, n) if n.ends_with(".tf.json") || n.ends_with(".tofu.json") => Written::Configuration,
            (Format::Hcl, n) if n.ends_with(".tfvars") => Written::Values,
            (Format::Json, n) if n.ends_with(".tfvars.json") => Written::Values,
            _ => continue,
        };
        let stem = name.trim_end_matches(".json").rsplit_once('.').map_or(name, |(stem, _)| stem);
        if written == Written::Configuration && (stem == "override" || stem.ends_with("_override")) {
            problems.push(Problem {
                at: held.whole(),
                says: "an override file, which is not laid over the others: what it changes is not known".into(),
            });
            continue;
        }
        let Some(unit) = unit(held, written, problems) else { continue };
        let index = texts.units.len();
        texts.units.push(unit);
        match written {
            Written::Configuration => texts.folders.entry(held.folder().to_owned()).or_default().push(index),
            Written::Values if stem == "terraform" || stem.ends_with(".auto") => automatic.push((held, index)),
            Written::Values => {
                texts.named.insert(held.path.clone(), index);
            }
        }
    }
    // Later files win: terraform.tfvars first, then the automatic ones by name.
    automatic.sort_by_key(|(held, _)| (!held.name().starts_with("terraform.tfvars"), held.path.as_str()));
    for (held, index) in automatic {
        texts.automatic.entry(held.folder().to_owned()).or_default().push(index);
        texts.named.insert(held.path.clone(), index);
    }
    published(&mut texts);
    texts
}

#[derive(Clone, Copy, PartialEq)]
enum Written {
    Configuration,
    Values,
}

fn unit(held: &Held, written: Written, problems: &mut Vec<Problem>) -> Option<Unit> {
    let Some(bytes) = held.bytes.as_deref() else {
        if held.size > 0 {
            problems.push(Problem { at: held.whole(), says: "too large to be read as Terraform; what it declares is missing here".into() });
        }
        return None;
    };
    if held.format == Format::Json {
        let root = held.root()?;
        let (text, places) = json::written(root, written == Written::Configuration);
        let parsed = hcl(text.as_bytes());
        if !parsed.issues.is_empty() {
            problems.push(Problem { at: held.whole(), says: "a part of it could not be read as Terraform".into() });
        }
        return Some(Unit { place: Place::Json(held.id, places), text, body: parsed.value });
    }
    let parsed = hcl(bytes);
    problems.extend(parsed.issues.into_iter().map(|i| problem(held.id, i)));
    Some(Unit { place: Place::File(held.id), text: held.text().into_owned(), body: parsed.value })
}

/// Adds the published modules that are called.
fn published(texts: &mut Texts) {
    let mut wanted: Vec<&'static registry::Published> = Vec::new();
    for unit in &texts.units {
        for source in unit.body.blocks("module").filter_map(|b| b.body.get("source")?.as_str()) {
            if let Some(module) = registry::find(source)
                && !wanted.iter().any(|w| std::ptr::eq(*w, module))
            {
                wanted.push(module);
            }
        }
    }
    for module in wanted {
        let parsed = hcl(module.text.as_bytes());
        texts.folders.insert(registry::folder(module), vec![texts.units.len()]);
        texts.units.push(Unit { place: Place::Published, text: module.text.to_owned(), body: parsed.value });
    }
}

/// A block with the text it stands in.
pub(super) type Placed<'a> = (&'a Unit, &'a Block);

/// The blocks of a folder, by what they declare.
#[derive(Default)]
pub(super) struct Folder<'a> {
    pub(super) units: Vec<&'a Unit>,
    /// `terraform.tfvars` and the automatic ones, in their order.
    pub(super) values: Vec<&'a Unit>,
    pub(super) variables: BTreeMap<&'a str, Placed<'a>>,
    pub(super) locals: HashMap<&'a str, (&'a Unit, &'a Expr)>,
    pub(super) outputs: BTreeMap<&'a str, Placed<'a>>,
    pub(super) calls: BTreeMap<&'a str, Placed<'a>>,
    /// Resources by kind and name.
    pub(super) resources: HashMap<&'a str, HashMap<&'a str, Placed<'a>>>,
    /// Data sources by kind and name.
    pub(super) data: HashMap<&'a str, HashMap<&'a str, Placed<'a>>>,
}

/// Every folder of configuration.
pub(super) struct Source<'a> {
    pub(super) folders: BTreeMap<&'a str, Folder<'a>>,
    /// Files of values by path.
    pub(super) named: BTreeMap<&'a str, &'a Unit>,
    pub(super) library: &'a Library,
}

impl<'a> Source<'a> {
    pub(super) fn new(texts: &'a Texts, library: &'a Library) -> Self {
        let unit = |i: &usize| &texts.units[*i];
        let mut folders = BTreeMap::new();
        for (path, units) in &texts.folders {
            let values = texts.automatic.get(path).into_iter().flatten().map(unit).collect();
            folders.insert(path.as_str(), Folder::new(units.iter().map(unit).collect(), values));
        }
        Self { folders, named: texts.named.iter().map(|(p, i)| (p.as_str(), unit(i))).collect(), library }
    }
}

impl<'a> Folder<'a> {
    fn new(units: Vec<&'a Unit>, values: Vec<&'a Unit>) -> Self {
        let mut folder = Folder { values, ..Folder::default() };
        for unit in &units {
            for block in &unit.body.blocks {
                let placed = (*unit, block);
                match (block.kind.as_str(), block.label(0), block.label(1)) {
                    ("variable", Some(name), _) => {
                        folder.variables.insert(name, placed);
                    }
                    ("output", Some(name), _) => {
                        folder.outputs.insert(name, placed);
                    }
                    ("module", Some(name), _) => {
                        folder.calls.insert(name, placed);
                    }
                    ("locals", ..) => folder.locals.extend(block.body.attributes.iter().map(|a| (a.name.as_str(), (*unit, &a.value)))),
                    ("resource" | "data", Some(kind), Some(name)) => {
                        let of = if block.kind == "data" { &mut folder.data } else { &mut folder.resources };
                        of.entry(kind).or_default().insert(name, placed);
                    }
                    _ => {}
                }
            }
        }
        folder.units = units;
        folder
    }
    /// Blocks of a kind, in the order of files.
    pub(super) fn blocks(&self, kind: &'a str) -> impl Iterator<Item = Placed<'a>> + use<'a, '_> {
        self.units.iter().flat_map(move |u| u.body.blocks(kind).map(move |b| (*u, b)))
    }
}
