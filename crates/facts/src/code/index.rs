//! The modules of the tree and places in them.

use std::collections::HashMap;

use plimsoll_base::{FileId, Location, Span};
use plimsoll_source::{Call, CallId, Class, ClassId, Dialect, Function, FunctionId, Module};

use super::Resolved;

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
}

/// All source code of the product in the languages that have a reader.
#[derive(Debug, Default)]
pub struct Code {
    pub(super) modules: Vec<SourceModule>,
    pub(super) by_path: HashMap<String, ModuleId>,
    /// Calls by canonical name, those that start at a package or a global of the language.
    pub(super) by_name: HashMap<String, Vec<CallRef>>,
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
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }
    /// All canonical names that are called with their calls, in no order.
    pub fn names(&self) -> impl Iterator<Item = (&str, &[CallRef])> {
        self.by_name.iter().map(|(name, calls)| (name.as_str(), calls.as_slice()))
    }
}
