//! Parameters: what annotations, injection and callers say of them.

use plimsoll_source::{Dialect, FunctionId, Kind, Operator, Value};

use super::super::{CallRef, ClassRef, FunctionRef, ModuleId};
use super::{At, Follow, Found};

/// Callers that are asked what they hand in; beyond them nothing is known of a parameter.
const MAX_CALLERS: usize = 24;

impl<'a> Follow<'a> {
    /// What a parameter is.
    pub(super) fn parameter(&mut self, function: FunctionRef, index: u32) -> Found<'a> {
        let code = self.code;
        let source = code.module(function.module);
        let own = code.function(function);
        let unknown = Found::at(At::Parameter(function, index));
        let Some(parameter) = own.parameters.get(index as usize) else { return unknown };
        if let Some(class) = own.class.filter(|_| index == 0 && source.dialect == Dialect::Python) {
            let class = ClassRef { module: function.module, class };
            let decorated = |word: &str| own.decorators.iter().any(|d| d.is(word));
            if decorated("classmethod") || own.name == "__new__" || own.name == "__init_subclass__" {
                return Found::at(At::Class(class));
            }
            if !decorated("staticmethod") {
                return Found::at(At::Instance(class));
            }
        }
        let around = own.parent.unwrap_or(FunctionId::BODY);
        if let Some(given) = parameter.default.as_ref().and_then(|d| self.injected(function.module, around, d)) {
            return given;
        }
        if let Some(found) = parameter.annotation.as_ref().and_then(|a| self.annotated(function.module, around, a)) {
            return found;
        }
        if let Some(found) = self.handed_in(function, index) {
            return found;
        }
        self.by_parameter = true;
        if !self.from_callers {
            return unknown;
        }
        let callers = code.callers(function);
        let callers = if own.name == "constructor" || own.name == "__init__" {
            own.class.map_or(callers, |class| code.instances(ClassRef { module: function.module, class }))
        } else {
            callers
        };
        if callers.is_empty() || callers.len() > MAX_CALLERS {
            return unknown;
        }
        let mut handed = Vec::with_capacity(callers.len());
        for at in callers {
            let call = code.call(*at);
            match self.argument(function, index, *at, call) {
                Some(found) => handed.push(found),
                None => return unknown,
            }
        }
        match self.agreed(handed) {
            found if found.is_nothing_known() => unknown,
            found => found,
        }
    }
    /// What a function that is written as an argument is called with, where the call tells: the outcome of a promise, the application that a
    /// framework hands to what is registered, the client within its transaction.
    fn handed_in(&mut self, function: FunctionRef, index: u32) -> Option<Found<'a>> {
        let code = self.code;
        let source = code.module(function.module);
        let (call, place) = source.names.handed(function.function)?;
        let call = source.module.call(call)?;
        let awaits = matches!(call.method()?, "then" | "finally") && place == 0;
        let registers = source.dialect != Dialect::Python
            && matches!(call.method()?, "register" | "group" | "guard" | "scope" | "after" | "transaction" | "$transaction");
        if index > 0 || !awaits && !registers {
            return None;
        }
        let of = self.value(function.module, call.function, call.receiver()?);
        let known = match of.base {
            At::Result(_) | At::Typed(..) | At::Instance(_) => true,
            At::Module(_) | At::Package(..) | At::Class(_) | At::Function(_) => awaits,
            _ => false,
        };
        known.then_some(of)
    }
    /// What `Depends(f)` gives: what `f` gives back.
    fn injected(&mut self, module: ModuleId, function: FunctionId, value: &'a Value) -> Option<Found<'a>> {
        let code = self.code;
        let Kind::Call(id) = &value.kind else { return None };
        let call = code.module(module).module.call(*id)?;
        if !matches!(call.method(), Some("Depends" | "Security" | "Provide" | "FromDishka")) {
            return None;
        }
        let provider = call.argument(0).or_else(|| call.keyword("dependency"))?;
        let found = self.value(module, function, provider);
        let given = match found.base {
            At::Class(class) if found.is_whole() => Found::at(At::Instance(class)),
            At::Function(provider) if found.is_whole() => self.returned(provider),
            At::Instance(class) if found.is_whole() => match self.class_member(class, "__call__", true) {
                Some(Found { base: At::Function(method), members }) if members.is_empty() => self.returned(method),
                _ => Found::at(At::Result(CallRef { module, call: *id })),
            },
            At::Package(..) | At::Result(_) => Found::at(At::Typed(module, function, provider)),
            _ => return None,
        };
        let known = !given.is_nothing_known() && !given.is_none() && !matches!(given.base, At::Parameter(..) | At::Written(..));
        known.then_some(given)
    }
    /// What an annotation says a value is. None where it says nothing of use: a primitive, a collection, an interface.
    pub(super) fn annotated(&mut self, module: ModuleId, function: FunctionId, annotation: &'a Value) -> Option<Found<'a>> {
        self.steps += 1;
        if self.is_too_far() {
            return None;
        }
        self.depth += 1;
        let found = self.annotation(module, function, annotation);
        self.depth -= 1;
        found
    }
    fn annotation(&mut self, module: ModuleId, function: FunctionId, annotation: &'a Value) -> Option<Found<'a>> {
        match &annotation.kind {
            Kind::Name(_) | Kind::Member(..) => {
                let found = self.value(module, function, annotation);
                self.instance_of(found, module, function, annotation)
            }
            Kind::Text(name) if self.code.module(module).dialect == Dialect::Python && is_name(name) => {
                let found = self.look_up(module, function, name, annotation.span);
                self.instance_of(found, module, function, annotation)
            }
            Kind::Index(of, arguments) => {
                let word = match &of.kind {
                    Kind::Name(name) | Kind::Member(_, name) => name.as_str(),
                    _ => return None,
                };
                let arguments = arguments.as_deref();
                let list = arguments.and_then(Value::list);
                let first = list.and_then(<[Value]>::first).or(arguments.filter(|_| list.is_none()))?;
                match word {
                    "Annotated" => {
                        let given = list.unwrap_or_default().iter().skip(1).find_map(|v| self.injected(module, function, v));
                        given.or_else(|| self.annotated(module, function, first))
                    }
                    "Union" => self.only(module, function, list.unwrap_or_default().iter()),
                    "Optional" | "Promise" | "Awaitable" | "Coroutine" | "Final" | "ClassVar" | "Required" | "Readonly" | "NonNullable"
                    | "Partial" | "Ref" | "Generator" | "AsyncGenerator" | "Iterator" | "AsyncIterator" | "Mapped" | "SkipJsonSchema" => {
                        let inner = if word == "Coroutine" { list.and_then(<[Value]>::last).unwrap_or(first) } else { first };
                        self.annotated(module, function, inner)
                    }
                    _ => self.annotated(module, function, of),
                }
            }
            Kind::Binary(Operator::Other | Operator::Or, left, right) => self.only(module, function, [&**left, &**right].into_iter()),
            Kind::List(options) => self.only(module, function, options.iter()),
            _ => None,
        }
    }
    /// The one type of several that says something.
    fn only(&mut self, module: ModuleId, function: FunctionId, options: impl Iterator<Item = &'a Value>) -> Option<Found<'a>> {
        let mut real = options.filter(|v| v.kind != Kind::Nothing);
        let one = real.next()?;
        if real.next().is_some() { None } else { self.annotated(module, function, one) }
    }
    fn instance_of(&mut self, found: Found<'a>, module: ModuleId, function: FunctionId, annotation: &'a Value) -> Option<Found<'a>> {
        match found.base {
            At::Class(class) if found.is_whole() => Some(Found::at(At::Instance(class))),
            At::Package("typing" | "typing_extensions" | "collections.abc" | "types" | "enum", ..) => None,
            At::Package(..) => Some(Found::at(At::Typed(module, function, annotation))),
            // What the platform hands to handlers.
            At::Global("Request" | "Response" | "WebSocket") if found.is_whole() => {
                Some(Found::at(At::Typed(module, function, annotation)))
            }
            // A type that is given a name of its own.
            At::Written(module, function, alias) if found.is_whole() && alias != annotation => self.annotated(module, function, alias),
            _ => None,
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
