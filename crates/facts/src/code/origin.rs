//! What a value stands for, imports and assignments followed.

use plimsoll_source::{FunctionId, Value};

use super::{CallRef, ClassRef, Code, FunctionRef, ModuleId};

/// Where a value comes from: a base, and the members taken from it since. `request.app.state.limiter` in a handler is the base
/// [`Base::Parameter`] with the members `app`, `state`, `limiter`.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// Where it starts.
    pub base: Base,
    /// The members taken from there.
    pub members: Vec<String>,
}

/// Where a value starts.
#[derive(Clone, Debug, PartialEq)]
pub enum Base {
    /// What a package or the language's library gives: its name with the path within, `next/server` or `fastapi.middleware.cors`; members tell which name of it.
    Package(String),
    /// A global of the language: `process`, `console`, `os` is none of them.
    Global(String),
    /// A function of the tree.
    Function(FunctionRef),
    /// A class of the tree.
    Class(ClassRef),
    /// An instance of a class of the tree: what `new` and calls of it give, `self` and `this` in its methods, parameters annotated with it.
    Instance(ClassRef),
    /// A module of the tree as a whole.
    Module(ModuleId),
    /// What a call of something else gives.
    Result(CallRef),
    /// A parameter of which no caller or annotation tells more.
    Parameter(FunctionRef, u32),
    /// A literal or a computed value, where it is written: the module, the function whose names it uses.
    Written(ModuleId, FunctionId, Box<Value>),
    /// Nothing is known.
    Unknown,
}

impl Code {
    /// What a value stands for, as seen in a function of a module. Bounded; what is assigned several times is the one value all agree on, else unknown.
    pub fn origin(&self, module: ModuleId, function: FunctionId, value: &Value) -> Origin {
        let _ = (module, function, value);
        Origin { base: Base::Unknown, members: Vec::new() }
    }
    /// The canonical name of a value, where it starts at a package or a global: `express()`, `express.json`, `fastapi.FastAPI().state.limiter`,
    /// `process.env.PORT`. Default imports, namespaces and `require` of a package are the package itself; results are written `()`, instances as what was
    /// called to make them; `import { Router } from "express"` gives `express.Router`; a path within a package is written as it is imported,
    /// `next/server.NextResponse`, in Python `fastapi.middleware.cors.CORSMiddleware`. Values annotated with a package's type are its instance:
    /// `app: FastAPI` gives `fastapi.FastAPI()`, `app: Express` gives `express.Express()`.
    pub fn name(&self, module: ModuleId, function: FunctionId, value: &Value) -> Option<String> {
        let _ = (module, function, value);
        None
    }
    /// The canonical name of what a call calls.
    pub fn callee(&self, at: CallRef) -> Option<String> {
        let call = self.call(at);
        self.name(at.module, call.function, &call.callee)
    }
}
