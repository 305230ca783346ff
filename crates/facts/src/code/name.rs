//! Canonical names.

use plimsoll_source::FunctionId;

use super::follow::{At, Follow, Found};
use super::{Code, ModuleId};
use plimsoll_source::Value;

/// Longer names are of no use to anyone who asks.
const MAX_LENGTH: usize = 512;

impl Code {
    /// The canonical name of a value, where it starts at a package or a global: `express()`, `express.json`, `fastapi.FastAPI().state.limiter`,
    /// `process.env.PORT`. Default imports, namespaces and `require` of a package are the package itself; results are written `()`, instances as what was
    /// called to make them; `import { Router } from "express"` gives `express.Router`; a path within a package is written as it is imported,
    /// `next/server.NextResponse`, in Python `fastapi.middleware.cors.CORSMiddleware`. Values annotated with a package's type are its instance:
    /// `app: FastAPI` gives `fastapi.FastAPI()`, `app: Express` gives `express.Express()`. A class of the tree has the name of what it extends, where
    /// that is of a package: `class User(models.Model)` makes `User.objects.all` `django.db.models.Model.objects.all`. Methods of an application that
    /// give it back (`express().use(a).use(b)`) leave no trace in the name: both are `express().use`.
    pub fn name(&self, module: ModuleId, function: FunctionId, value: &Value) -> Option<String> {
        let mut follow = Follow::new(self, true);
        let found = follow.start(module, function, value);
        follow.name(&found)
    }
}

impl<'a> Follow<'a> {
    /// The canonical name of what was found.
    pub(super) fn name(&mut self, found: &Found<'a>) -> Option<String> {
        let mut name = self.base_name(found.base)?;
        for member in &found.members {
            name.push('.');
            name.push_str(member);
        }
        (name.len() <= MAX_LENGTH).then_some(name)
    }
    fn base_name(&mut self, base: At<'a>) -> Option<String> {
        Some(match base {
            At::Package(name, "", _) => name.to_owned(),
            At::Package(name, rest, by) => format!("{name}{by}{rest}"),
            At::Global(name) => name.to_owned(),
            At::Class(class) => {
                let found = self.outer_base(class)?;
                self.nested_name(&found)?
            }
            At::Instance(class) => {
                let found = self.outer_base(class)?;
                self.nested_name(&found)? + "()"
            }
            At::Result(at) => {
                let found = self.callee(at)?;
                self.nested_name(&found)? + "()"
            }
            At::Typed(module, function, annotation) => {
                let found = self.typed(module, function, annotation);
                self.nested_name(&found)? + "()"
            }
            At::Function(_) | At::Module(_) | At::Folder(..) | At::Parameter(..) | At::Written(..) | At::Unknown | At::Cycle => {
                return None;
            }
        })
    }
}
