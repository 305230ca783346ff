//! Source code of the product: one module per file, what its imports lead to, and what a name in it stands for.
//!
//! A control asks for *canonical names*: `express().use`, `fastapi.FastAPI().add_middleware`, `@nestjs/common.Module`, `process.on`. They are what
//! a name stands for after imports, assignments and instances are followed, so that `app`, `server` and `this.app` are all one. Absent on purpose:
//! what runs in production, which the model decides (`plimsoll_model::Program`).

mod build;
mod follow;
mod index;
mod name;
mod names;
mod origin;
mod resolve;
mod routes;

pub mod framework;

#[cfg(test)]
pub(crate) mod tests;

pub use build::ReadModule;
pub use index::{Assigned, CallRef, ClassRef, Code, FunctionRef, ModuleId, SourceModule};
pub use origin::{Base, Origin};
pub use resolve::Resolved;
pub use routes::{Guard, Method, Mounted, Route, Schedule, Task, Wiring};

/// The words of one file, as its reader gives them.
pub use plimsoll_source::{
    Argument, Assignment, Branch, BranchId, Call, CallId, Catch, Class, ClassId, Declared, Dialect, Entry, Export, Form, Function,
    FunctionId, Import, ImportKind, Kind, Module, Operator, Outcome, OutcomeKind, Parameter, Piece, Target, Value, When,
};
