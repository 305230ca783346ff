//! The code that a service runs: from its start command to entry modules, through imports and mounts to all that is reached (rule G3).

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::Location;
use plimsoll_facts::code::{CallRef, Code, FunctionRef, ModuleId, Route, Value};
use plimsoll_facts::technology::{Capability, CodeSign};

mod entry;
mod environment;
mod opened;
mod reach;
mod setting;
mod store_clients;
mod written;

pub use entry::Entry;
pub use opened::{Leads, Opened};
pub use setting::{Answer, VariableRead};
pub use written::WrittenFile;

use self::environment::Environment;
use crate::service::Service;
use crate::system::System;

/// The code of one service.
#[derive(Clone, Debug)]
pub struct Program {
    /// Where it begins; empty where no start command or convention leads into the tree.
    pub entries: Vec<Entry>,
    /// The modules that are loaded, each with the one that loads it; an entry with itself.
    pub modules: BTreeMap<ModuleId, ModuleId>,
    /// The functions that may run: bodies of loaded modules, and what reached code names, decorates, exports by convention or hands on.
    pub functions: BTreeSet<FunctionRef>,
    /// Why something that runs may not have been seen: an entry that was not found, a file that was not read, an import that leads nowhere, another language.
    /// While this is not empty, absence proves nothing.
    pub doubts: Vec<(Location, String)>,
    /// The folder of its source.
    pub root: String,
    /// The variables that reached code reads, each place once, in the order of files and text.
    pub variables: Vec<VariableRead>,
    /// The module of Django's settings, where it runs Django.
    pub(crate) settings: Option<ModuleId>,
    /// The schemas of variables that it loads.
    pub(crate) schemas: setting::Schemas,
    /// The variables that its process sees.
    pub(crate) environment: Environment,
}

impl Program {
    /// The code of a service; none for one that is not of this repository, or of whose source no reader read anything.
    pub(crate) fn of(system: &System, service: &Service) -> Option<Self> {
        let root = service.source_root(system)?;
        let commands = service.start(system);
        let environment = Environment::of(system, service, &commands, &root);
        let begin = entry::begin(system, service, &commands, &environment, &root);
        if begin.entries.is_empty() && !system.code().modules().any(|(_, m)| entry::below(&m.path, &root)) {
            return None;
        }
        let mut program = reach::reached(system, service, begin, root, environment);
        program.schemas = setting::Schemas::of(system.code(), program.modules.keys());
        program.variables = setting::variables(system.code(), &program);
        Some(program)
    }
    /// Whether everything that it runs was seen, so that absence is proof.
    pub fn closed(&self) -> bool {
        self.doubts.is_empty() && !self.entries.is_empty()
    }
    /// A variable that its process is given: where, and its value where the repository holds it. Where more may be set than files show, what a
    /// template of an env file asks for counts as given.
    pub fn variable(&self, name: &str) -> Option<(Location, Option<&str>)> {
        let given = self.environment.get(name).map(|h| (h.at, h.value.as_deref()));
        given.or_else(|| self.environment.asked(name).map(|at| (at, None)))
    }
    /// Whether a module is loaded.
    pub fn loads(&self, module: ModuleId) -> bool {
        self.modules.contains_key(&module)
    }
    /// Whether a function may run.
    pub fn runs(&self, function: FunctionRef) -> bool {
        self.functions.contains(&function)
    }
    /// Whether a call is reached.
    pub fn reaches(&self, code: &Code, at: CallRef) -> bool {
        self.runs(FunctionRef { module: at.module, function: code.call(at).function })
    }
    /// The reached calls of any of these canonical names, in the order of files and text.
    pub fn calls(&self, code: &Code, names: &[&str]) -> Vec<CallRef> {
        let mut found: Vec<CallRef> = names.iter().flat_map(|n| code.calls_of(n)).copied().filter(|at| self.reaches(code, *at)).collect();
        found.sort();
        found.dedup();
        found
    }
    /// The reached calls that show a capability, with the technology that each shows.
    pub fn showing<'a>(&self, system: &'a System, capability: Capability) -> Vec<&'a CodeSign> {
        let signs = system.code_signs();
        let from = signs.partition_point(|s| s.capability < capability);
        let of = signs[from..].iter().take_while(|s| s.capability == capability);
        of.filter(|s| self.reaches(system.code(), s.call)).collect()
    }
    /// The routes that it serves: declared in a loaded module and mounted.
    pub fn routes<'a>(&self, all: &'a [Route]) -> Vec<&'a Route> {
        all.iter().filter(|r| r.mounted && self.loads(r.module)).collect()
    }
    /// Whether loaded code imports a package (by its npm name or Python's top-level module), with the place of the first import.
    pub fn imports(&self, code: &Code, package: &str) -> Option<Location> {
        use plimsoll_facts::code::Resolved;
        self.modules.keys().find_map(|id| {
            let module = code.module(*id);
            let index = module.imports.iter().position(|r| matches!(r, Resolved::Package { name, .. } if name == package))?;
            Some(code.location(*id, module.module.imports.get(index)?.at))
        })
    }
}

/// A value of the code and the place where it is used, for [`Answer`].
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The value.
    pub value: &'a Value,
    /// The function whose names it uses.
    pub scope: FunctionRef,
}
