//! Modules of Python by their dotted names.

use plimsoll_facts::code::ModuleId;
use plimsoll_facts::folder_of;

use super::Walk;
use crate::program::entry::below;

impl Walk<'_> {
    /// The `__init__` modules that Python runs before a module; empty files are in the tree but no modules.
    pub(super) fn packages(&self, path: &str) -> Vec<ModuleId> {
        let mut found = Vec::new();
        let mut folder = folder_of(path);
        while path.ends_with(".py") && !folder.is_empty() {
            let init = format!("{folder}/__init__.py");
            if self.system.file(&init).is_none() {
                break;
            }
            found.extend(self.code.at_path(&init).filter(|_| init != path));
            folder = folder_of(folder);
        }
        found
    }

    /// A text that may name a module of Python, or a name in one.
    pub(super) fn dotted(&mut self, by: ModuleId, text: &str) {
        let text = text.trim_start_matches('.').replace(':', ".");
        let Some((module, rest)) = self.python_module(by, &text) else { return };
        self.named_modules.insert(by);
        self.load(module, by);
        if let Some(name) = rest {
            self.need_text(module, &name);
        }
    }

    /// The module of Python that a dotted name means as seen from another module, and the name in it that is left.
    pub(super) fn python_module(&self, by: ModuleId, name: &str) -> Option<(ModuleId, Option<String>)> {
        let path = name.replace('.', "/");
        let (before, last) = name.rsplit_once('.').unwrap_or(("", name));
        let outer = before.replace('.', "/");
        let mut folder = folder_of(&self.code.module(by).path);
        loop {
            let at = |inner: &str| {
                let whole = if folder.is_empty() { inner.to_owned() } else { format!("{folder}/{inner}") };
                let package = self.code.at_path(&format!("{whole}/__init__.py"));
                package.or_else(|| self.code.at_path(&format!("{whole}.py")))
            };
            if let Some(found) = at(&path) {
                return Some((found, None));
            }
            // A package whose `__init__` is empty is no module.
            if self
                .system
                .file(&if folder.is_empty() { format!("{path}/__init__.py") } else { format!("{folder}/{path}/__init__.py") })
                .is_some()
            {
                return None;
            }
            if let Some(found) = Some(outer.as_str()).filter(|o| !o.is_empty()).and_then(at) {
                return Some((found, Some(last.to_owned())));
            }
            if folder.is_empty() || !below(folder, self.root) && folder != self.root {
                return None;
            }
            folder = folder_of(folder);
        }
    }
}
