//! What a value stands for, imports and assignments followed.

use plimsoll_source::{FunctionId, Value};

use super::follow::{At, Follow, Found};
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
    /// An instance of a type of a package that an annotation names: where the annotation stands, and the annotation. [`Code::name`] of what it annotates
    /// tells the type.
    Typed(ModuleId, FunctionId, Box<Value>),
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
    /// Of a name that is assigned one after the other in one function, the last assignment before the value counts.
    pub fn origin(&self, module: ModuleId, function: FunctionId, value: &Value) -> Origin {
        Origin::from(Follow::new(self, true).start(module, function, value))
    }
    /// What a module gives out under a name, re-exports followed: `default`, `app`; in Python any name at its top, and the modules of a package.
    pub fn exported(&self, module: ModuleId, name: &str) -> Origin {
        Origin::from(Follow::new(self, true).start_export(module, name))
    }
    /// The function of the tree that a value is: the function itself, a method, what `bind` and wrappers that change nothing give.
    pub fn function_of(&self, module: ModuleId, function: FunctionId, value: &Value) -> Option<FunctionRef> {
        match Follow::new(self, true).start(module, function, value) {
            Found { base: At::Function(function), members } if members.is_empty() => Some(function),
            _ => None,
        }
    }
    /// The literal or computed value that a value is in the end, with the module and function where it is written; itself where it is written out.
    /// Unlike [`Code::origin`] it copies nothing.
    pub fn written<'a>(&'a self, module: ModuleId, function: FunctionId, value: &'a Value) -> Option<(ModuleId, FunctionId, &'a Value)> {
        match Follow::new(self, true).start(module, function, value) {
            Found { base: At::Written(module, function, value), members } if members.is_empty() => Some((module, function, value)),
            _ => None,
        }
    }
}

impl From<Found<'_>> for Origin {
    fn from(found: Found<'_>) -> Self {
        let base = match found.base {
            At::Package(name, "", _) => Base::Package(name.to_owned()),
            At::Package(name, rest, by) => Base::Package(format!("{name}{by}{rest}")),
            At::Global(name) => Base::Global(name.to_owned()),
            At::Function(function) => Base::Function(function),
            At::Class(class) => Base::Class(class),
            At::Instance(class) => Base::Instance(class),
            At::Typed(module, function, annotation) => Base::Typed(module, function, Box::new(annotation.clone())),
            At::Module(module) => Base::Module(module),
            At::Result(call) => Base::Result(call),
            At::Parameter(function, index) => Base::Parameter(function, index),
            At::Written(module, function, value) => Base::Written(module, function, Box::new(value.clone())),
            At::Folder(..) | At::Unknown | At::Cycle => return Self { base: Base::Unknown, members: Vec::new() },
        };
        Self { base, members: found.members.into_iter().map(str::to_owned).collect() }
    }
}
