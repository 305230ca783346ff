//! Classes: which of their methods may be called.

use plimsoll_facts::code::{ClassId, FunctionId, FunctionRef, ModuleId};

use super::Walk;

impl<'a> Walk<'a> {
    pub(super) fn member(&mut self, name: &'a str) {
        if self.members.insert(name) {
            self.release(name);
        }
    }

    pub(super) fn release(&mut self, name: &str) {
        for function in self.waiting.remove(name).unwrap_or_default() {
            self.reach(function);
        }
    }

    pub(super) fn class(&mut self, module: ModuleId, id: ClassId) {
        let Some(known) = self.known.get_mut(&module) else { return };
        match known.classes.get_mut(id.0 as usize) {
            Some(reached) if !*reached => *reached = true,
            _ => return,
        }
        let source = known.source;
        let Some(class) = source.module.class(id) else { return };
        // What extends or is decorated may be called by what it extends or is decorated with.
        let managed = !class.bases.is_empty() || !class.decorators.is_empty();
        for function in known.methods.get(&id).cloned().unwrap_or_default() {
            let Some(method) = source.module.function(function) else { continue };
            let name = method.name.as_str();
            let at = FunctionRef { module, function };
            let special = name == "constructor" || name.is_empty() || name.starts_with("__") && name.ends_with("__");
            if managed || special || !method.decorators.is_empty() || self.members.contains(name) {
                self.reach(at);
            } else {
                self.waiting.entry(name).or_default().push(at);
            }
        }
        for (index, inner) in source.module.classes.iter().enumerate() {
            if inner.class == Some(id) {
                self.class(module, ClassId(index as u32));
            }
        }
    }

    /// A method is taken by a name that only the run tells: any of the module's may be meant.
    pub(super) fn any_method(&mut self, module: ModuleId) {
        let Some(known) = self.known.get(&module) else { return };
        let methods = known.methods.iter().filter(|(class, _)| known.classes.get(class.0 as usize).copied().unwrap_or_default());
        let mut found: Vec<FunctionId> = methods.flat_map(|(_, m)| m.iter().copied()).collect();
        found.extend(known.mentions.members.iter().map(|(_, f)| *f));
        found.sort();
        for function in found {
            self.reach(FunctionRef { module, function });
        }
    }
}
