//! What the readers of Python's frameworks share: which function a decorator's call decorates, texts, guards.

use std::collections::HashMap;

use plimsoll_source::{CallId, Dialect, Function, FunctionId, Kind, Operator, Piece, Value};

use crate::code::{Base, CallRef, ClassRef, Code, FunctionRef, Guard, Method, ModuleId};

/// Texts within texts that are followed.
const MAX_DEPTH: usize = 8;

/// The code, and which calls decorate which functions.
pub(super) struct Python<'a> {
    pub(super) code: &'a Code,
    decorated: HashMap<CallRef, FunctionRef>,
}

/// A value and the names it uses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scoped<'a> {
    pub(super) module: ModuleId,
    pub(super) function: FunctionId,
    pub(super) value: &'a Value,
}

impl<'a> Scoped<'a> {
    /// Another value in the same place.
    pub(super) fn with(self, value: &'a Value) -> Self {
        Self { value, ..self }
    }
}

impl<'a> Python<'a> {
    pub(super) fn new(code: &'a Code) -> Self {
        let mut decorated = HashMap::new();
        for (module, source) in code.modules().filter(|(_, m)| m.dialect == Dialect::Python) {
            for (function, index) in source.module.functions.iter().zip(0..) {
                let calls = function.decorators.iter().filter_map(|d| if let Kind::Call(id) = d.kind { Some(id) } else { None });
                decorated.extend(calls.map(|call| (CallRef { module, call }, FunctionRef { module, function: FunctionId(index) })));
            }
        }
        Self { code, decorated }
    }
    /// The function that a call decorates.
    pub(super) fn decorated(&self, call: CallRef) -> Option<FunctionRef> {
        self.decorated.get(&call).copied()
    }
    /// A value among the arguments of a call.
    pub(super) fn scoped(&self, at: CallRef, value: &'a Value) -> Scoped<'a> {
        Scoped { module: at.module, function: self.code.call(at).function, value }
    }
    /// The call that a value is.
    pub(super) fn call_of(&self, of: Scoped) -> Option<CallRef> {
        match of.value.kind {
            Kind::Call(call) => Some(CallRef { module: of.module, call }),
            _ => None,
        }
    }
    /// The canonical name of a value.
    pub(super) fn name(&self, of: Scoped) -> Option<String> {
        self.code.name(of.module, of.function, of.value)
    }
    /// Where a value comes from, if nothing was taken from there.
    pub(super) fn base(&self, of: Scoped) -> Option<Base> {
        let origin = self.code.origin(of.module, of.function, of.value);
        origin.members.is_empty().then_some(origin.base)
    }
    /// What a value is as it is written, names followed.
    pub(super) fn written(&self, of: Scoped<'a>) -> Scoped<'a> {
        match of.value.kind {
            Kind::Name(_) | Kind::Member(..) | Kind::Call(_) => match self.code.written(of.module, of.function, of.value) {
                Some((module, function, value)) => Scoped { module, function, value },
                None => self.default_of(of).unwrap_or(of),
            },
            _ => of,
        }
    }
    /// The default of a field: `settings.prefix` of `class Settings(BaseSettings): prefix: str = "/v1"`.
    fn default_of(&self, of: Scoped<'a>) -> Option<Scoped<'a>> {
        let origin = self.code.origin(of.module, of.function, of.value);
        let ([name], Base::Instance(class) | Base::Class(class)) = (&origin.members[..], origin.base) else { return None };
        let node = self.code.class(class);
        let default = node.fields.iter().rev().find(|f| f.name == *name)?.default.as_ref()?;
        let default = Scoped { module: class.module, function: node.function, value: default };
        // `Field("/v1")`, `Field(default="/v1")`.
        match self.call_of(default).map(|at| self.code.call(at)).filter(|c| c.method() == Some("Field")) {
            Some(field) => field.argument(0).or_else(|| field.keyword("default")).map(|value| default.with(value)),
            None => Some(default),
        }
    }
    /// A text, put together from constants.
    pub(super) fn text(&self, of: Scoped<'a>) -> Option<String> {
        self.text_within(of, 0)
    }
    fn text_within(&self, of: Scoped<'a>, depth: usize) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        match &of.value.kind {
            Kind::Text(text) => Some(text.to_string()),
            Kind::Template(pieces) => pieces.iter().try_fold(String::new(), |text, piece| match piece {
                Piece::Text(piece) => Some(text + piece),
                Piece::Value(value) => Some(text + &self.text_within(of.with(value), depth + 1)?),
            }),
            Kind::Binary(Operator::Add, left, right) => {
                Some(self.text_within(of.with(left), depth + 1)? + &self.text_within(of.with(right), depth + 1)?)
            }
            Kind::Name(_) | Kind::Member(..) => {
                let written = self.written(of);
                if std::ptr::eq(written.value, of.value) { None } else { self.text_within(written, depth + 1) }
            }
            _ => None,
        }
    }
    /// The elements of a list, names and `a + b` followed.
    pub(super) fn list(&self, of: Scoped<'a>) -> Vec<Scoped<'a>> {
        let mut found = Vec::new();
        self.list_within(of, 0, &mut found);
        found
    }
    fn list_within(&self, of: Scoped<'a>, depth: usize, found: &mut Vec<Scoped<'a>>) {
        if depth > MAX_DEPTH {
            return;
        }
        let of = self.written(of);
        match &of.value.kind {
            Kind::List(values) => {
                for value in values {
                    match &value.kind {
                        Kind::Spread(inner) => self.list_within(of.with(inner), depth + 1, found),
                        _ => found.push(of.with(value)),
                    }
                }
            }
            Kind::Binary(Operator::Add, left, right) => {
                self.list_within(of.with(left), depth + 1, found);
                self.list_within(of.with(right), depth + 1, found);
            }
            _ => {}
        }
    }
    /// A guard that a value is, applied where the value stands.
    pub(super) fn guard(&self, of: Scoped<'a>) -> Guard {
        let (code, base) = (self.code, self.base(of));
        let made = self.call_of(of).or(if let Some(Base::Result(call)) = base { Some(call) } else { None });
        let mut guard = Guard {
            name: self.name(of).unwrap_or_default(),
            function: None,
            class: None,
            made,
            at: code.location(of.module, of.value.span),
            scope: FunctionRef { module: of.module, function: of.function },
        };
        match base {
            Some(Base::Function(function)) => guard.function = Some(function),
            Some(Base::Class(class)) => guard.class = Some(class),
            Some(Base::Instance(class)) => {
                guard.class = Some(class);
                guard.function = self.method(class, "__call__");
            }
            _ => {}
        }
        if let (true, Some(function)) = (guard.name.is_empty(), guard.function) {
            // `@require("admin")` is called by the name of what makes it, not of the function within that it gives.
            let callee = self.call_of(of).map(|at| self.scoped(at, &code.call(at).callee)).and_then(|callee| self.base(callee));
            let named = if let Some(Base::Function(made_by)) = callee { made_by } else { function };
            guard.name = code.function(named).name.to_string();
        }
        if let Some(class) = guard.class {
            guard.name = code.class(class).name.to_string();
        }
        if guard.name.is_empty() {
            let last = made.and_then(|call| code.call(call).path()).or_else(|| of.value.path());
            guard.name = last.unwrap_or_default().join(".");
        }
        guard
    }
    /// A method that a class of the tree writes itself.
    pub(super) fn method(&self, class: ClassRef, name: &str) -> Option<FunctionRef> {
        let functions = &self.code.module(class.module).module.functions;
        let index = functions.iter().position(|f| f.class == Some(class.class) && f.name == name)?;
        Some(FunctionRef { module: class.module, function: FunctionId(u32::try_from(index).ok()?) })
    }
    /// The decorators of a function as guards, those left out that some test knows to be no guard.
    pub(super) fn decorators(&self, at: FunctionRef, is_route: impl Fn(CallRef) -> bool) -> Vec<Guard> {
        let function = self.code.function(at);
        let scope = function.parent.unwrap_or(FunctionId::BODY);
        let values = function.decorators.iter().map(|value| Scoped { module: at.module, function: scope, value });
        values.filter(|d| !self.call_of(*d).is_some_and(&is_route)).map(|d| self.guard(d)).collect()
    }
    /// All functions of Python with their decorators that are no calls: `@shared_task`.
    pub(super) fn bare_decorators(&self) -> impl Iterator<Item = (FunctionRef, &'a Function, Scoped<'a>)> {
        let modules = self.code.modules().filter(|(_, m)| m.dialect == Dialect::Python);
        modules.flat_map(|(module, source)| {
            let functions = source.module.functions.iter().zip(0..).filter(|(f, _)| !f.decorators.is_empty());
            functions.flat_map(move |(function, index)| {
                let at = FunctionRef { module, function: FunctionId(index) };
                let scope = function.parent.unwrap_or(FunctionId::BODY);
                let bare = function.decorators.iter().filter(|d| !matches!(d.kind, Kind::Call(_)));
                bare.map(move |value| (at, function, Scoped { module, function: scope, value }))
            })
        })
    }
    /// The calls of all names that begin with a package, each with its name's receiver and method.
    pub(super) fn methods(&self, package: &'a str) -> impl Iterator<Item = (&'a str, &'a str, CallRef)> {
        let names = self.code.names_from(package).filter_map(|(name, calls)| name.rsplit_once('.').map(|(of, method)| (of, method, calls)));
        names.flat_map(|(of, method, calls)| calls.iter().map(move |call| (of, method, *call)))
    }
}

/// The method of a verb, as frameworks write it.
pub(super) fn verb(word: &str) -> Option<Method> {
    Some(match word.to_ascii_lowercase().as_str() {
        "get" => Method::Get,
        "head" | "options" | "trace" => Method::Head,
        "post" => Method::Post,
        "put" => Method::Put,
        "patch" => Method::Patch,
        "delete" => Method::Delete,
        _ => return None,
    })
}

/// The call of an index in a module.
pub(super) fn at(module: ModuleId, call: CallId) -> CallRef {
    CallRef { module, call }
}
