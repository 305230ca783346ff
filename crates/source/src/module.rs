//! What one file says.

use plimsoll_base::Span;

use crate::{Argument, Kind, Text, Value};

/// A function of a module, by its index; [`FunctionId::BODY`] is the module's own body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub u32);

impl FunctionId {
    /// What runs when the module is loaded. Bodies of classes count as run then too.
    pub const BODY: Self = Self(0);
}

/// A class of a module, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(pub u32);

/// A call of a module, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u32);

/// A branch of a module, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BranchId(pub u32);

/// What one source file says. Lists are in the order of the text, so that what is mounted first stands first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Module {
    /// Modules that it takes in.
    pub imports: Vec<Import>,
    /// Names that it gives out; in Python every top-level name is given out and none is listed here.
    pub exports: Vec<Export>,
    /// Its functions, the module's body first; never empty in a module that was read.
    pub functions: Vec<Function>,
    /// Its classes.
    pub classes: Vec<Class>,
    /// Every call, `new`, element and tagged template. An inner call stands before the one it is an argument of.
    pub calls: Vec<Call>,
    /// Every assignment and declaration with a value, parameters and fields of classes left out.
    pub assignments: Vec<Assignment>,
    /// Every `return`, `throw` and `raise`, with what an arrow function without braces gives back.
    pub outcomes: Vec<Outcome>,
    /// Every `catch` and `except`.
    pub catches: Vec<Catch>,
    /// Conditions under which parts of it run.
    pub branches: Vec<Branch>,
    /// `"use client"`, `"use server"` at the head of the file.
    pub directives: Vec<Text>,
}

/// How a module is taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImportKind {
    /// `import`, `from x import y`.
    Static,
    /// `require(…)`.
    Require,
    /// `import(…)`, `importlib.import_module(…)`, `lazy(() => import(…))`.
    Dynamic,
    /// `export … from`.
    ReExport,
    /// `import type`, and what stands under `if TYPE_CHECKING`: gone at run time.
    Types,
}

/// One name taken in from a module, or the module itself for its effects.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The module as written: `express`, `./app`, `..models.user` (Python's dots kept), `app.core.config`.
    pub module: Text,
    /// The name in that module: `default`, `*` for the module as a whole, `json`; none where it is taken in for its effects alone.
    pub name: Option<Text>,
    /// What it is called here; for re-exports, what it is given out as; `*` where all names are taken over.
    pub local: Option<Text>,
    /// How.
    pub kind: ImportKind,
    /// The function that does it.
    pub function: FunctionId,
    /// The condition under which it is done.
    pub branch: Option<BranchId>,
    /// The bytes of the statement or call.
    pub at: Span,
}

/// A name given out.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// What others call it: `default`, `GET`; `*` for `module.exports = …` as a whole.
    pub name: Text,
    /// What it is: a name of this module, a function, a call, a literal.
    pub value: Value,
    /// Its bytes.
    pub at: Span,
}

/// A function, a method, an arrow, a lambda, or the body of the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name, of the variable or key it is assigned to where it has none of its own; empty where neither.
    pub name: Text,
    /// Its parameters in order, `self` and `this` included where written.
    pub parameters: Vec<Parameter>,
    /// Decorators, outermost first.
    pub decorators: Vec<Value>,
    /// The annotation of what it gives back.
    pub returns: Option<Value>,
    /// The function around it; none for the body.
    pub parent: Option<FunctionId>,
    /// The class whose member it is.
    pub class: Option<ClassId>,
    /// The condition under which it is defined.
    pub branch: Option<BranchId>,
    /// Whether it is `async`.
    pub is_async: bool,
    /// `"use server"` at its head.
    pub directives: Vec<Text>,
    /// Its bytes, decorators included; the whole text for the body.
    pub at: Span,
    /// The bytes of its name; those of `at` where it has none.
    pub name_at: Span,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name; for a destructured one, empty.
    pub name: Text,
    /// The names that destructuring gives: `{ body, params: p }` gives `body` and `p`.
    pub parts: Vec<(Text, Text)>,
    /// Its default.
    pub default: Option<Value>,
    /// Its annotation; subscripts are [`Kind::Index`] with a list of the arguments where there are several.
    pub annotation: Option<Value>,
    /// Decorators (`@Body()`).
    pub decorators: Vec<Value>,
    /// Its bytes.
    pub at: Span,
}

/// A class.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// Its name; empty where it has none.
    pub name: Text,
    /// What it extends, Python's keywords (`metaclass=…`) left out.
    pub bases: Vec<Value>,
    /// Decorators, outermost first.
    pub decorators: Vec<Value>,
    /// Fields with a value or an annotation, in order: name, annotation, value, decorators.
    pub fields: Vec<Parameter>,
    /// The function in whose body it stands.
    pub function: FunctionId,
    /// The class in whose body it stands: `class Config` and `class Meta`.
    pub class: Option<ClassId>,
    /// The condition under which it is defined.
    pub branch: Option<BranchId>,
    /// Its bytes.
    pub at: Span,
    /// The bytes of its name.
    pub name_at: Span,
}

/// What a call looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// `f(x)`.
    Plain,
    /// `new F(x)`.
    New,
    /// `<F a={x}/>`: its first argument is an object of the attributes (`true` for one without a value), the further ones are the children that
    /// are expressions or elements. `v-html` and `{@html x}` are elements of these names with the value under `value`.
    Element,
    /// A tagged template, `` sql`…${x}` ``: its one argument is the template.
    Tagged,
}

/// A call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What is called; its last member is the method.
    pub callee: Value,
    /// What is handed in.
    pub arguments: Vec<Argument>,
    /// What it looks like.
    pub form: Form,
    /// Whether its result is awaited.
    pub awaited: bool,
    /// Whether it is a statement of its own: nothing uses its result.
    pub dropped: bool,
    /// Whether it is the subject of `with` (Python) or `using`.
    pub context: bool,
    /// The function in whose body it stands.
    pub function: FunctionId,
    /// The innermost condition under which it is reached.
    pub branch: Option<BranchId>,
    /// Its bytes.
    pub at: Span,
}

/// How a name is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Declared {
    /// `const`.
    Const,
    /// `let`, `var`.
    Let,
    /// Not declared here: an assignment, and every one of Python's.
    Assigned,
    /// An assignment to a name that `global` or `nonlocal` says is not of this function.
    Outer,
    /// `+=` and the like.
    Changed,
    /// A loop's variable, `with … as x`, a pattern's capture: the value is what it comes from.
    Bound,
}

/// What is assigned to.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A name.
    Name(Text),
    /// A member or an index: `app.state.limiter`, `module.exports`, `cache[key]`.
    Place(Value),
    /// The parts of an object: key and local name. `const { a, b: c } = x`.
    Parts(Vec<(Text, Text)>),
    /// The elements of a list or tuple, in order; empty text for one that is not a name.
    Elements(Vec<Text>),
}

/// An assignment.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// What is assigned to.
    pub target: Target,
    /// What is assigned.
    pub value: Value,
    /// Its annotation.
    pub annotation: Option<Value>,
    /// How the name is declared.
    pub declared: Declared,
    /// The function in whose body it stands.
    pub function: FunctionId,
    /// The class in whose body it stands, for Python; those are in the class's fields too.
    pub class: Option<ClassId>,
    /// The condition under which it is reached.
    pub branch: Option<BranchId>,
    /// Its bytes.
    pub at: Span,
}

/// How a function ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutcomeKind {
    /// `return`, and the expression of an arrow.
    Return,
    /// `throw`, `raise`.
    Throw,
    /// `yield`.
    Yield,
}

/// Where a function ends or gives something back.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// How.
    pub kind: OutcomeKind,
    /// With what.
    pub value: Option<Value>,
    /// The function.
    pub function: FunctionId,
    /// The condition under which it is reached.
    pub branch: Option<BranchId>,
    /// Its bytes.
    pub at: Span,
}

/// A handler of exceptions.
#[derive(Clone, Debug, PartialEq)]
pub struct Catch {
    /// The name of what is caught.
    pub name: Option<Text>,
    /// The types that it takes; empty where it takes all.
    pub types: Vec<Value>,
    /// Whether its body does nothing: empty, `pass`, `...`.
    pub empty: bool,
    /// The branch that is its body.
    pub branch: BranchId,
    /// The function in which it stands.
    pub function: FunctionId,
    /// Its bytes.
    pub at: Span,
    /// The bytes of the guarded body.
    pub guarded: Span,
}

/// A part of a function that runs under a condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// The branch around it, within the same function.
    pub parent: Option<BranchId>,
    /// What makes it run.
    pub when: When,
    /// Its bytes.
    pub at: Span,
}

/// What makes a branch run.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// The test holds (`true`) or does not hold (`false`: `else`, and what follows an `if` whose body always leaves).
    Test(Value, bool),
    /// The body of a loop, which may run never or often.
    Loop,
    /// Something was thrown.
    Caught,
    /// The body of `try`.
    Tried,
    /// After `try`, whatever happened.
    Finally,
    /// An arm of `switch` or `match`: the subject, and what it is compared with; none for the default.
    Case(Value, Option<Value>),
}

impl Module {
    /// A function.
    pub fn function(&self, id: FunctionId) -> Option<&Function> {
        self.functions.get(id.0 as usize)
    }
    /// A call.
    pub fn call(&self, id: CallId) -> Option<&Call> {
        self.calls.get(id.0 as usize)
    }
    /// A class.
    pub fn class(&self, id: ClassId) -> Option<&Class> {
        self.classes.get(id.0 as usize)
    }
    /// The call that a value is.
    pub fn called(&self, value: &Value) -> Option<&Call> {
        match value.kind {
            Kind::Call(id) => self.call(id),
            _ => None,
        }
    }
    /// The branches around one, the innermost first.
    pub fn around(&self, branch: Option<BranchId>) -> impl Iterator<Item = &Branch> {
        let mut next = branch;
        std::iter::from_fn(move || {
            let found = self.branches.get(next?.0 as usize)?;
            next = found.parent;
            Some(found)
        })
    }
    /// A function and the functions around it, the innermost first, the module's body last.
    pub fn enclosing(&self, function: FunctionId) -> impl Iterator<Item = FunctionId> {
        let mut next = Some(function);
        std::iter::from_fn(move || {
            let found = next?;
            next = self.function(found)?.parent;
            Some(found)
        })
    }
}

impl Call {
    /// The names of what is called, `app.use`; none where it starts with anything but a name.
    pub fn path(&self) -> Option<Vec<&str>> {
        self.callee.path()
    }
    /// Whether just this chain of members is called.
    pub fn is(&self, path: &str) -> bool {
        self.callee.is(path)
    }
    /// The last name of what is called: `use` of `app.use`, `Redis` of `new Redis`.
    pub fn method(&self) -> Option<&str> {
        match &self.callee.kind {
            Kind::Name(name) | Kind::Member(_, name) => Some(name),
            _ => None,
        }
    }
    /// What the method is called on.
    pub fn receiver(&self) -> Option<&Value> {
        match &self.callee.kind {
            Kind::Member(of, _) => Some(of),
            _ => None,
        }
    }
    /// The positional argument at an index; none from a spread one on.
    pub fn argument(&self, index: usize) -> Option<&Value> {
        let positional = self.arguments.iter().filter(|a| a.name.is_none()).map(|a| &a.value);
        positional.take_while(|v| !matches!(v.kind, Kind::Spread(_))).nth(index)
    }
    /// The keyword argument of a name (Python), or the entry of that name in an argument that is an object (JavaScript).
    pub fn keyword(&self, name: &str) -> Option<&Value> {
        let named = self.arguments.iter().find(|a| a.name.as_deref() == Some(name)).map(|a| &a.value);
        named.or_else(|| self.arguments.iter().rev().find_map(|a| a.value.get(name)))
    }
    /// Whether arguments are handed in that are not written: `...x`, `**x`, an object that takes in another.
    pub fn spreads(&self) -> bool {
        self.arguments.iter().any(|a| matches!(a.value.kind, Kind::Spread(_)) || a.value.spreads())
    }
}
