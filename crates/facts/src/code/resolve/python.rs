//! Where imports of Python lead.

use std::collections::{HashMap, HashSet};

use plimsoll_source::{Dialect, FunctionId, Import};

use super::{Known, Resolved, Whole, below, libraries, upwards};
use crate::code::ModuleId;
use crate::code::index::SourceModule;
use crate::library::folder_of;
use crate::packages::{Ecosystem, Package};

/// Resolves the imports of Python modules.
pub(super) struct Resolver<'a> {
    known: &'a Known<'a>,
    /// Folders with Python sources at any depth.
    folders: HashSet<&'a str>,
    /// Top-level packages and the folders that hold them, for imports from elsewhere in the tree.
    tops: HashMap<&'a str, Vec<&'a str>>,
    /// Packages that manifests ask for, spelled as modules are.
    declared: HashSet<String>,
}

/// What stands at a dotted path.
enum Place {
    Module(ModuleId),
    /// A folder without `__init__.py`.
    Folder(String),
}

impl<'a> Resolver<'a> {
    /// Learns the folders of the tree.
    pub(super) fn new(known: &'a Known<'a>, packages: &[Package]) -> Self {
        let mut folders: HashSet<&str> = HashSet::new();
        let mut tops: HashMap<&str, Vec<&str>> = HashMap::new();
        for module in known.modules.iter().filter(|m| m.dialect == Dialect::Python) {
            for folder in upwards(folder_of(&module.path)) {
                if !folders.insert(folder) {
                    break;
                }
            }
            if let Some(package) = module.path.strip_suffix("/__init__.py") {
                let root = folder_of(package);
                if upwards(root).all(|f| known.module(&below(f, "__init__.py")).is_none()) {
                    tops.entry(package.rsplit('/').next().unwrap_or(package)).or_default().push(root);
                }
            }
        }
        let asked = packages.iter().filter(|p| p.ecosystem == Ecosystem::Pypi).flat_map(|p| &p.dependencies);
        let declared = asked.map(|d| d.name.to_ascii_lowercase().replace(['-', '.'], "_")).collect();
        Self { known, folders, tops, declared }
    }
    /// Where an import leads, and whether what it names is that module as a whole.
    pub(super) fn resolve(&self, importer: &SourceModule, import: &Import) -> (Resolved, Whole) {
        let name = import.name.as_deref().filter(|n| *n != "*");
        let dots = import.module.bytes().take_while(|b| *b == b'.').count();
        if dots == 0 {
            return self.absolute(importer, &import.module, name);
        }
        let Some(folder) = upwards(folder_of(&importer.path)).nth(dots - 1) else { return (Resolved::Missing, false) };
        let rest = import.module[dots..].replace('.', "/");
        let found = self.at(&below(folder, &rest)).and_then(|place| self.named(place, name));
        found.unwrap_or_else(|| (self.unread(&below(folder, &rest), name), false))
    }
    fn absolute(&self, importer: &SourceModule, module: &str, name: Option<&str>) -> (Resolved, Whole) {
        let first = module.split('.').next().unwrap_or(module);
        let path = module.replace('.', "/");
        let library = libraries::is_python(first);
        if library && (path.len() == first.len() || libraries::is_python_package(first)) {
            return (Resolved::Library(module.to_owned()), false);
        }
        let asked = self.declared.contains(&first.to_ascii_lowercase());
        let mut beginning = None;
        let folder = folder_of(&importer.path);
        // A folder that is a package, or lies in one, is no root, unless something is started within it.
        let around: Vec<&str> = upwards(folder).collect();
        let outermost = around.iter().rposition(|f| self.known.module(&below(f, "__init__.py")).is_some());
        let (packages, roots) = around.split_at(outermost.map_or(0, |at| at + 1));
        let elsewhere = self.tops.get(first).filter(|at| at.len() == 1).into_iter().flatten().copied();
        let candidates = roots.iter().map(|f| (*f, true)).chain(packages.iter().map(|f| (*f, false)));
        for (root, proper) in candidates.chain(elsewhere.map(|f| (f, true))) {
            let start = below(root, first);
            let package = self.folders.contains(start.as_str());
            if !package && self.known.module(&format!("{start}.py")).is_none() {
                continue;
            }
            // A file that has the name of what is installed is seldom what is meant.
            let regular = self.known.module(&below(&start, "__init__.py")).is_some();
            if (library || asked) && !(proper && regular) {
                continue;
            }
            let place =
                self.at(&below(root, &path)).filter(|place| !matches!(place, Place::Module(id) if self.known.path(*id) == importer.path));
            // What lies beside the importer in a package is meant only where it has what is asked for.
            let place = place.filter(|place| proper || self.has(place, name));
            if let Some(found) = place.and_then(|place| self.named(place, name)) {
                return found;
            }
            let around = folder == start || folder.starts_with(&format!("{start}/"));
            if proper && (regular || around && module.contains('.')) {
                beginning.get_or_insert(below(root, &path));
            }
        }
        if library {
            return (Resolved::Library(module.to_owned()), false);
        }
        match beginning.filter(|_| !asked) {
            Some(path) => (self.unread(&path, name), false),
            None => {
                let rest = module.get(first.len() + 1..).unwrap_or_default();
                (Resolved::Package { name: first.to_owned(), rest: rest.to_owned() }, false)
            }
        }
    }
    /// What stands at a path without an extension.
    fn at(&self, path: &str) -> Option<Place> {
        let module = self.known.module(&below(path, "__init__.py")).or_else(|| self.known.module(&format!("{path}.py")));
        module.map(Place::Module).or_else(|| self.folders.contains(path).then(|| Place::Folder(path.to_owned())))
    }
    /// A name of what stands at a path: a module within comes after what the package's own code calls so.
    fn named(&self, place: Place, name: Option<&str>) -> Option<(Resolved, Whole)> {
        let (module, folder) = match &place {
            Place::Module(id) => (Some(*id), self.known.path(*id).strip_suffix("__init__.py").map(|f| f.trim_end_matches('/'))),
            Place::Folder(path) => (None, Some(path.as_str())),
        };
        let Some(name) = name else { return module.map(|id| (Resolved::Module(id), false)) };
        let bound = module.is_some_and(|id| self.binds(id, name));
        if let Some(folder) = folder.filter(|_| !bound)
            && let Some(Place::Module(inner)) = self.at(&below(folder, name))
        {
            return Some((Resolved::Module(inner), true));
        }
        module.map(|id| (Resolved::Module(id), false))
    }
    /// Whether a package is known to have a name; files that are modules have what they are asked for.
    fn has(&self, place: &Place, name: Option<&str>) -> bool {
        let (Place::Module(id), Some(name)) = (place, name) else { return true };
        let source = &self.known.modules[id.0 as usize];
        let Some(folder) = source.path.strip_suffix("/__init__.py") else { return true };
        self.binds(*id, name) || !source.names.stars.is_empty() || self.at(&below(folder, name)).is_some()
    }
    fn binds(&self, module: ModuleId, name: &str) -> bool {
        let source = &self.known.modules[module.0 as usize];
        source.names.has(&source.module, FunctionId::BODY, name)
    }
    /// A path at which no module was read: a file of the tree all the same, or nothing.
    fn unread(&self, path: &str, name: Option<&str>) -> Resolved {
        let library = self.known.library;
        let inner = name.map(|n| below(path, n));
        let paths = [Some(path), inner.as_deref()].into_iter().flatten();
        let found = paths.flat_map(|p| [format!("{p}.py"), format!("{p}/__init__.py")]).find(|p| library.get(p).is_some());
        found.map_or(Resolved::Missing, Resolved::Unread)
    }
}
