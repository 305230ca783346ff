//! The modules of the tree and places in them.

use std::collections::HashMap;

use plimsoll_base::{FileId, Location, Span};
use plimsoll_source::{Assignment, Call, CallId, Class, ClassId, Dialect, Function, FunctionId, Module};

use super::Resolved;
use super::names::Names;
use super::resolve::Whole;

/// A module of the tree, by its index in [`Code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId(pub u32);

/// A function of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionRef {
    /// The module.
    pub module: ModuleId,
    /// The function in it.
    pub function: FunctionId,
}

/// A class of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassRef {
    /// The module.
    pub module: ModuleId,
    /// The class in it.
    pub class: ClassId,
}

/// A call of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallRef {
    /// The module.
    pub module: ModuleId,
    /// The call in it.
    pub call: CallId,
}

/// A source file of the product that a reader of its language read. Tests, examples, generated, vendored and minified files are none.
#[derive(Debug)]
pub struct SourceModule {
    /// The file.
    pub file: FileId,
    /// Its path.
    pub path: String,
    /// How it was read.
    pub dialect: Dialect,
    /// What it says.
    pub module: Module,
    /// A part of it could not be read: what is not found in it may stand there.
    pub partly_read: bool,
    /// Where each of its imports leads, in their order.
    pub imports: Vec<Resolved>,
    /// For each import whether the name it takes in is that module as a whole: `from app import models`.
    pub(super) whole: Vec<Whole>,
    pub(super) names: Names,
    /// The canonical name of what each call calls, by its place in [`Code::names`]; [`NAMELESS`] where it has none.
    pub(super) called: Vec<u32>,
}

/// The mark of a call without a canonical name.
pub(super) const NAMELESS: u32 = u32::MAX;

/// A name that something is assigned to, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assigned {
    /// The module.
    pub module: ModuleId,
    /// The assignment's index in it.
    pub assignment: u32,
}

/// All source code of the product in the languages that have a reader.
#[derive(Debug, Default)]
pub struct Code {
    pub(super) modules: Vec<SourceModule>,
    pub(super) by_path: HashMap<String, ModuleId>,
    /// Canonical names in order, each with the end of its calls in `named`; they begin where the one before ends.
    pub(super) by_name: Vec<(Box<str>, u32)>,
    pub(super) named: Vec<CallRef>,
    /// Canonical names of members that are assigned to, in order.
    pub(super) places: Vec<(Box<str>, Assigned)>,
    pub(super) callers: HashMap<FunctionRef, Vec<CallRef>>,
    pub(super) instances: HashMap<ClassRef, Vec<CallRef>>,
    pub(super) subclasses: HashMap<ClassRef, Vec<ClassRef>>,
}

impl Code {
    /// The modules in the tree's order.
    pub fn modules(&self) -> impl Iterator<Item = (ModuleId, &SourceModule)> {
        (0..).map(ModuleId).zip(&self.modules)
    }
    /// A module.
    pub fn module(&self, id: ModuleId) -> &SourceModule {
        &self.modules[id.0 as usize]
    }
    /// The module of a file.
    pub fn at_path(&self, path: &str) -> Option<ModuleId> {
        self.by_path.get(path).copied()
    }
    /// A call.
    pub fn call(&self, at: CallRef) -> &Call {
        &self.module(at.module).module.calls[at.call.0 as usize]
    }
    /// A function.
    pub fn function(&self, at: FunctionRef) -> &Function {
        &self.module(at.module).module.functions[at.function.0 as usize]
    }
    /// A class.
    pub fn class(&self, at: ClassRef) -> &Class {
        &self.module(at.module).module.classes[at.class.0 as usize]
    }
    /// A place in a module.
    pub fn location(&self, module: ModuleId, span: Span) -> Location {
        Location::at(self.module(module).file, span)
    }
    /// Where a call stands.
    pub fn call_at(&self, at: CallRef) -> Location {
        self.location(at.module, self.call(at).at)
    }
    /// The calls of a canonical name, reached or not, in the order of files and of text.
    pub fn calls_of(&self, name: &str) -> &[CallRef] {
        self.by_name.binary_search_by(|(n, _)| (**n).cmp(name)).map_or(&[], |index| self.group(index))
    }
    /// All canonical names that are called with their calls, in the order of the names.
    pub fn names(&self) -> impl Iterator<Item = (&str, &[CallRef])> {
        self.by_name.iter().enumerate().map(|(index, (name, _))| (&**name, self.group(index)))
    }
    /// The canonical names that begin with a text, with their calls, in the order of the names.
    pub fn names_from<'a>(&'a self, beginning: &'a str) -> impl Iterator<Item = (&'a str, &'a [CallRef])> {
        let from = self.by_name.partition_point(|(n, _)| &**n < beginning);
        let names = (from..).zip(&self.by_name[from..]).take_while(move |(_, (n, _))| n.starts_with(beginning));
        names.map(|(index, (name, _))| (&**name, self.group(index)))
    }
    /// The canonical name of what a call calls.
    pub fn callee(&self, at: CallRef) -> Option<&str> {
        let name = *self.module(at.module).called.get(at.call.0 as usize)?;
        self.by_name.get(name as usize).map(|(name, _)| &**name)
    }
    /// What is assigned to a member with a canonical name, `fastapi.FastAPI().state.limiter`, in the order of files and of text.
    pub fn assigned(&self, name: &str) -> impl Iterator<Item = Assigned> {
        let from = self.places.partition_point(|(n, _)| &**n < name);
        self.places[from..].iter().take_while(move |(n, _)| &**n == name).map(|(_, at)| *at)
    }
    /// An assignment.
    pub fn assignment(&self, at: Assigned) -> &Assignment {
        &self.module(at.module).module.assignments[at.assignment as usize]
    }
    /// The calls of a function of the tree, as far as it is called by a name that leads to it.
    pub fn callers(&self, function: FunctionRef) -> &[CallRef] {
        self.callers.get(&function).map_or(&[], Vec::as_slice)
    }
    /// The calls that make an instance of a class of the tree.
    pub fn instances(&self, class: ClassRef) -> &[CallRef] {
        self.instances.get(&class).map_or(&[], Vec::as_slice)
    }
    /// The classes of the tree that extend one directly.
    pub fn subclasses(&self, class: ClassRef) -> &[ClassRef] {
        self.subclasses.get(&class).map_or(&[], Vec::as_slice)
    }
    /// The `__init__` modules that Python loads before a module: those of the packages around it, the outermost first. Empty for scripts.
    pub fn packages_around(&self, module: ModuleId) -> Vec<ModuleId> {
        let source = self.module(module);
        let mut found = Vec::new();
        if source.dialect == Dialect::Python {
            let mut folder = crate::folder_of(&source.path);
            while let Some(id) = self.at_path(&if folder.is_empty() { "__init__.py".to_owned() } else { format!("{folder}/__init__.py") }) {
                found.extend((id != module).then_some(id));
                if folder.is_empty() {
                    break;
                }
                folder = crate::folder_of(folder);
            }
            found.reverse();
        }
        found
    }
    fn group(&self, index: usize) -> &[CallRef] {
        let start = index.checked_sub(1).map_or(0, |before| self.by_name[before].1);
        &self.named[start as usize..self.by_name[index].1 as usize]
    }
}
