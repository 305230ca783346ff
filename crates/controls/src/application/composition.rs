//! What a text is made of: words of the code, configuration, or what a request brought.

use std::collections::{BTreeSet, HashSet};

use super::composed_text::{BUILDERS, CHECKED_TYPES, TEXT_METHODS, TO_NUMBER};
use plimsoll_model::System;
use plimsoll_model::code::{
    Assignment, Base, CallRef, Code, Declared, Form, FunctionId, FunctionRef, Kind, ModuleId, Operator, OutcomeKind, Piece, Target, Value,
    When,
};

/// Where the parts of a text come from, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Made {
    /// The code alone: literals, numbers, a choice from a list of the code.
    Written,
    /// Settings of the deployment, or a request after a comparison with a list of the code.
    Configured,
    /// Something that was not followed to its source.
    Unclear,
    /// A request.
    Requested,
}

/// How many values one question may look at.
const MAX_STEPS: usize = 600;
/// How deep values are followed.
const MAX_DEPTH: usize = 16;

/// Follows values of one system.
pub(super) struct Composition<'a> {
    code: &'a Code,
    /// What answers requests, with whether it is of a framework of scripts, where the first parameter is the request.
    handlers: BTreeSet<(FunctionRef, bool)>,
    steps: usize,
    visited: HashSet<(ModuleId, usize)>,
}

impl<'a> Composition<'a> {
    /// For a system.
    pub(super) fn new(system: &'a System) -> Self {
        let routes = &system.wiring().routes;
        let script = |r: FunctionRef| !system.code().module(r.module).path.ends_with(".py");
        let handlers = routes.iter().filter_map(|r| r.handler).map(|h| (h, script(h))).collect();
        Self { code: system.code(), handlers, steps: 0, visited: HashSet::new() }
    }
    /// What a value is made of, as seen in a function.
    pub(super) fn made(&mut self, scope: FunctionRef, value: &Value) -> Made {
        self.steps = 0;
        self.visited.clear();
        self.of(scope, value, 0)
    }
    /// The words with which a text begins, where they are written.
    pub(super) fn opening(&self, scope: FunctionRef, value: &Value, depth: usize) -> Option<String> {
        if depth > 6 {
            return None;
        }
        match &value.kind {
            Kind::Text(text) => Some(text.to_string()),
            Kind::Template(pieces) => match pieces.first()? {
                Piece::Text(text) => Some(text.to_string()),
                Piece::Value(value) => self.opening(scope, value, depth + 1),
            },
            Kind::Binary(Operator::Add | Operator::Remainder, left, _) => self.opening(scope, left, depth + 1),
            Kind::List(values) => self.opening(scope, values.first()?, depth + 1),
            Kind::Name(name) => {
                let first = self.assigned(scope, name).first().map(|(_, a)| *a);
                match first {
                    Some(a) => self.opening(FunctionRef { module: scope.module, function: a.function }, &a.value, depth + 1),
                    None => self.written(scope, value, depth),
                }
            }
            Kind::Member(..) => self.written(scope, value, depth),
            Kind::Call(id) => {
                let at = CallRef { module: scope.module, call: *id };
                let call = self.code.call(at);
                let receiver = call.receiver().filter(|_| call.method().is_some_and(|m| TEXT_METHODS.contains(&m)));
                self.opening(scope, receiver.or_else(|| call.argument(0))?, depth + 1)
            }
            _ => None,
        }
    }
    fn written(&self, scope: FunctionRef, value: &Value, depth: usize) -> Option<String> {
        let (module, function, found) = self.code.written(scope.module, scope.function, value)?;
        if std::ptr::eq(found, value) {
            return None;
        }
        self.opening(FunctionRef { module, function }, found, depth + 1)
    }
    /// The assignments to a name in a function and those around it.
    fn assigned(&self, scope: FunctionRef, name: &str) -> Vec<(usize, &'a Assignment)> {
        let code = self.code;
        let module = &code.module(scope.module).module;
        for function in module.enclosing(scope.function) {
            let names = |a: &Assignment| match &a.target {
                Target::Name(n) => n == name,
                Target::Parts(parts) => parts.iter().any(|(_, local)| local == name),
                Target::Elements(names) => names.iter().any(|n| n == name),
                Target::Place(_) => false,
            };
            let found: Vec<(usize, &Assignment)> =
                module.assignments.iter().enumerate().filter(|(_, a)| a.function == function && a.class.is_none() && names(a)).collect();
            let declared = found.iter().any(|(_, a)| a.declared != Declared::Changed && a.declared != Declared::Outer);
            if declared {
                return found;
            }
            let parameter = module
                .function(function)
                .is_some_and(|f| f.parameters.iter().any(|p| p.name == name || p.parts.iter().any(|(_, local)| local == name)));
            if parameter {
                return Vec::new();
            }
        }
        Vec::new()
    }

    fn worst<'v>(&mut self, scope: FunctionRef, values: impl IntoIterator<Item = &'v Value>, depth: usize) -> Made {
        values.into_iter().map(|v| self.of(scope, v, depth + 1)).max().unwrap_or(Made::Written)
    }
    fn of(&mut self, scope: FunctionRef, value: &Value, depth: usize) -> Made {
        self.steps += 1;
        if self.steps > MAX_STEPS || depth > MAX_DEPTH {
            return Made::Unclear;
        }
        match &value.kind {
            Kind::Text(_) | Kind::Number(_) | Kind::Bool(_) | Kind::Nothing | Kind::Pattern(_) | Kind::Not(_) => Made::Written,
            Kind::Template(_) | Kind::List(_) | Kind::Object(_) => self.worst(scope, value.children(), depth),
            Kind::Binary(Operator::And, _, right) => self.of(scope, right, depth + 1),
            Kind::Binary(
                Operator::Equal | Operator::NotEqual | Operator::Less | Operator::Greater | Operator::In | Operator::NotIn,
                ..,
            ) => Made::Written,
            Kind::Binary(_, left, right) => self.worst(scope, [&**left, &**right], depth),
            Kind::Choice(three) => self.worst(scope, [&three[1], &three[2]], depth),
            Kind::Spread(inner) | Kind::Index(inner, _) => self.of(scope, inner, depth + 1),
            Kind::Call(id) => self.call(CallRef { module: scope.module, call: *id }, depth + 1),
            Kind::Function(id) => self.given_back(FunctionRef { module: scope.module, function: *id }, depth + 1),
            Kind::Name(_) | Kind::Member(..) => {
                let made = self.named(scope, value, depth);
                if made > Made::Configured && self.listed(scope, value) { Made::Configured } else { made }
            }
            Kind::Class(_) | Kind::Other => Made::Unclear,
        }
    }
    fn named(&mut self, scope: FunctionRef, value: &Value, depth: usize) -> Made {
        let code = self.code;
        let root = root_of(value);
        if let Some(root) = root {
            let assigned = self.assigned(scope, root);
            if !assigned.is_empty() {
                return self.assignments(scope, root, value, &assigned, depth);
            }
            if let Some(made) = self.of_handler(scope, root, value) {
                return made;
            }
        }
        if let Some(name) = code.name(scope.module, scope.function, value) {
            let begins = |list: &[&str]| list.iter().any(|b| name.starts_with(b));
            if begins(&[
                "process.env",
                "os.environ",
                "import.meta.env",
                "pydantic_settings.BaseSettings()",
                "django.conf.settings",
                "config.",
                "decouple.",
            ]) {
                return Made::Configured;
            }
            if begins(&[
                "flask.request",
                "quart.request",
                "fastapi.Request()",
                "starlette.requests.Request()",
                "express.Request()",
                "next/server.NextRequest()",
            ]) {
                return Made::Requested;
            }
        }
        let origin = code.origin(scope.module, scope.function, value);
        match origin.base {
            Base::Written(module, function, written) if origin.members.is_empty() && *written != *value => {
                self.of(FunctionRef { module, function }, &written, depth + 1)
            }
            Base::Written(module, function, written) => match origin.members.first().and_then(|m| written.get(m)) {
                Some(inner) if origin.members.len() == 1 => self.of(FunctionRef { module, function }, inner, depth + 1),
                _ => Made::Unclear,
            },
            Base::Result(call) => self.call(call, depth + 1),
            Base::Parameter(function, index) => self.parameter(function, index, &origin.members, depth),
            // Names of tables, members of enumerations: what a class says of itself is written in the code.
            Base::Class(_) if !origin.members.is_empty() => Made::Written,
            _ => Made::Unclear,
        }
    }
    /// All that is assigned to a name, and what is put into it where it is a list.
    fn assignments(&mut self, scope: FunctionRef, root: &str, value: &Value, assigned: &[(usize, &'a Assignment)], depth: usize) -> Made {
        let code = self.code;
        let mut made = Made::Written;
        for (index, assignment) in assigned {
            if !self.visited.insert((scope.module, *index)) {
                continue;
            }
            let inner = FunctionRef { module: scope.module, function: assignment.function };
            let member = match &value.kind {
                Kind::Member(of, name) if matches!(of.kind, Kind::Name(_)) => assignment.value.get(name),
                _ => None,
            };
            made = made.max(self.of(inner, member.unwrap_or(&assignment.value), depth + 1));
            self.visited.remove(&(scope.module, *index));
        }
        let Some((_, first)) = assigned.first() else { return made };
        let module = &code.module(scope.module).module;
        let added = module.calls.iter().filter(|c| {
            c.function == first.function
                && matches!(c.method(), Some("append" | "push" | "extend" | "unshift" | "insert"))
                && c.receiver().is_some_and(|r| r.is(root))
        });
        for call in added.take(40) {
            let inner = FunctionRef { module: scope.module, function: call.function };
            made = made.max(self.worst(inner, call.arguments.iter().map(|a| &a.value), depth));
        }
        made
    }
    /// What a handler is given, where the name is a parameter of one around the value.
    fn of_handler(&self, scope: FunctionRef, root: &str, value: &Value) -> Option<Made> {
        let module = &self.code.module(scope.module).module;
        for function in module.enclosing(scope.function) {
            let Some(index) =
                module.function(function)?.parameters.iter().position(|p| p.name == root || p.parts.iter().any(|(_, l)| l == root))
            else {
                continue;
            };
            let at = FunctionRef { module: scope.module, function };
            let members = value.path().map(|p| p.into_iter().skip(1).map(str::to_owned).collect::<Vec<_>>()).unwrap_or_default();
            return self.given(at, index, &members);
        }
        None
    }
    /// What a parameter of a handler holds; none where it is no handler's.
    fn given(&self, function: FunctionRef, index: usize, members: &[String]) -> Option<Made> {
        let found = self.handlers.range((function, false)..=(function, true)).next();
        let parameter = self.code.function(function).parameters.get(index)?;
        const PARTS: &[&str] =
            &["query", "body", "params", "headers", "cookies", "searchParams", "nextUrl", "GET", "POST", "query_params", "path_params"];
        // Outside of what is known for a handler, the parts of a request give it away.
        let request = matches!(parameter.name.as_str(), "req" | "request" | "ctx" | "c" | "event");
        if request && members.first().is_some_and(|m| PARTS.contains(&m.as_str())) {
            return Some(Made::Requested);
        }
        let (_, script) = found?;
        if *script {
            return Some(if index == 0 { Made::Requested } else { Made::Unclear });
        }
        if matches!(parameter.name.as_str(), "self" | "cls" | "db" | "session" | "conn" | "connection" | "background_tasks") {
            return None;
        }
        if let Some(annotation) = &parameter.annotation {
            let words: Vec<&Value> = annotation.walk();
            let checked = |v: &&&Value| match &v.kind {
                Kind::Name(n) | Kind::Member(_, n) => CHECKED_TYPES.contains(&n.as_str()),
                _ => false,
            };
            let text = words.iter().any(|v| v.is("str"));
            if !text && words.iter().any(|v| checked(&v)) {
                return Some(Made::Written);
            }
            let name = self.code.name(function.module, FunctionId::BODY, annotation);
            if name.as_deref().is_some_and(|n| n.starts_with("enum.")) {
                return Some(Made::Written);
            }
        }
        let default = parameter.default.as_ref().and_then(|d| self.code.module(function.module).module.called(d));
        if let Some(call) = default {
            if matches!(call.method(), Some("Depends" | "Security")) {
                return None;
            }
            if call.keyword("pattern").or_else(|| call.keyword("regex")).is_some() {
                return Some(Made::Written);
            }
        }
        Some(Made::Requested)
    }
    fn parameter(&mut self, function: FunctionRef, index: u32, members: &[String], depth: usize) -> Made {
        if let Some(made) = self.given(function, index as usize, members) {
            return made;
        }
        let code = self.code;
        let declared = code.function(function);
        let Some(parameter) = declared.parameters.get(index as usize) else { return Made::Unclear };
        let method = declared.class.is_some() && declared.parameters.first().is_some_and(|p| matches!(p.name.as_str(), "self" | "cls"));
        let position = (index as usize).checked_sub(usize::from(method));
        let callers = code.callers(function);
        if callers.is_empty() || callers.len() > 40 {
            return Made::Unclear;
        }
        let mut made = Made::Written;
        for at in callers {
            let call = code.call(*at);
            let scope = FunctionRef { module: at.module, function: call.function };
            let named = call.arguments.iter().find(|a| a.name.as_deref() == Some(parameter.name.as_str())).map(|a| &a.value);
            let argument = named.or_else(|| position.and_then(|p| call.argument(p)));
            made = made.max(match (argument, &parameter.default) {
                (Some(argument), _) => self.of(scope, argument, depth + 1),
                (None, Some(default)) if !call.spreads() => self.of(function, default, depth + 1),
                _ => Made::Unclear,
            });
        }
        made
    }
    fn given_back(&mut self, function: FunctionRef, depth: usize) -> Made {
        let module = &self.code.module(function.module).module;
        let outcomes = module.outcomes.iter().filter(|o| o.function == function.function && o.kind != OutcomeKind::Throw);
        let values: Vec<&Value> = outcomes.filter_map(|o| o.value.as_ref()).collect();
        if values.is_empty() { Made::Unclear } else { self.worst(function, values, depth) }
    }
    fn call(&mut self, at: CallRef, depth: usize) -> Made {
        self.steps += 1;
        if self.steps > MAX_STEPS || depth > MAX_DEPTH {
            return Made::Unclear;
        }
        let code = self.code;
        let call = code.call(at);
        let scope = FunctionRef { module: at.module, function: call.function };
        if call.form == Form::Tagged && !call.is("String.raw") {
            return Made::Written;
        }
        let name = code.callee(at).unwrap_or_default();
        if matches!(&call.callee.kind, Kind::Name(n) if TO_NUMBER.contains(&n.as_str()))
            || BUILDERS.iter().any(|b| name.starts_with(b)) && !gives_rows(name)
        {
            return Made::Written;
        }
        if matches!(name, "os.getenv" | "os.environ.get") {
            return Made::Configured;
        }
        let arguments: Vec<&Value> = call.arguments.iter().map(|a| &a.value).collect();
        let method = call.method().unwrap_or_default();
        if method == "map"
            && let Some(callback) = arguments.first().and_then(|v| code.function_of(at.module, call.function, v))
        {
            return self.given_back(callback, depth);
        }
        if matches!(&call.callee.kind, Kind::Name(n) if matches!(n.as_str(), "str" | "String" | "list" | "tuple" | "sorted" | "set" | "dict"))
        {
            return self.worst(scope, arguments, depth);
        }
        let receiver = call.receiver().map(|r| self.of(scope, r, depth + 1));
        if TEXT_METHODS.contains(&method) || receiver == Some(Made::Requested) {
            let inner = self.worst(scope, arguments, depth);
            // A look-up by what a request brought gives an entry of the thing looked at.
            return if method == "get" { receiver.unwrap_or(inner) } else { receiver.map_or(inner, |r| r.max(inner)) };
        }
        if let Some(function) = code.function_of(at.module, call.function, &call.callee) {
            return self.given_back(function, depth).min(Made::Requested);
        }
        Made::Unclear
    }
    /// Whether the same value is compared with a list before it is used: `if x not in ALLOWED`, `ALLOWED.includes(x)`.
    fn listed(&self, scope: FunctionRef, value: &Value) -> bool {
        let Some(path) = value.path() else { return false };
        let module = &self.code.module(scope.module).module;
        let same = |v: &Value| v.path().is_some_and(|p| p == path);
        let around: Vec<FunctionId> = module.enclosing(scope.function).filter(|f| *f != FunctionId::BODY).collect();
        let by_call = module.calls.iter().any(|c| {
            around.contains(&c.function)
                && matches!(c.method(), Some("includes" | "has" | "test"))
                && c.argument(0).is_some_and(same)
                && c.at.start < value.span.start
                // `text.includes(x)` of something written says nothing; a list or a pattern of the code does.
                && c.receiver().is_some_and(|r| self.code.written(scope.module, scope.function, r).is_some() || r.path().is_none())
        });
        let by_test = || {
            module.branches.iter().any(|b| match &b.when {
                When::Test(test, _) => {
                    let inside = module.function(scope.function).is_some_and(|f| f.at.start <= b.at.start && b.at.end <= f.at.end);
                    inside
                        && test.span.start < value.span.start
                        && test.walk().iter().any(|v| matches!(&v.kind, Kind::Binary(Operator::In | Operator::NotIn, l, _) if same(l)))
                }
                _ => false,
            })
        };
        by_call || by_test()
    }
}

/// The name that a chain of members starts at.
fn root_of(value: &Value) -> Option<&str> {
    let mut value = value;
    loop {
        match &value.kind {
            Kind::Name(name) => return Some(name),
            Kind::Member(of, _) => value = of,
            _ => return None,
        }
    }
}

/// Whether a call gives what a database holds, not a piece of a statement: rows are not written in the code.
fn gives_rows(name: &str) -> bool {
    #[rustfmt::skip]
    const ROWS: &[&str] = &["execute", "exec", "scalar", "scalars", "scalar_one", "scalar_one_or_none", "first", "one", "one_or_none", "all", "fetchall",
        "fetchone", "fetchmany", "get", "mappings", "findFirst", "findUnique", "findMany", "findUniqueOrThrow", "findFirstOrThrow", "$queryRaw", "query", "run"];
    name.split_once("()").is_some_and(|(_, rest)| rest.split('.').any(|part| ROWS.contains(&part.trim_end_matches("()"))))
}
