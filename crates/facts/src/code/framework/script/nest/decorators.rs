//! Decorators of classes and methods, and what they put before a route.

use plimsoll_source::{Kind, OutcomeKind, Value};

use super::super::context::{Scoped, Script};
use crate::code::{Base, CallRef, ClassId, ClassRef, FunctionId, FunctionRef, Guard, Method};

/// Decorators that others are made of.
const MAX_DEPTH: usize = 6;

/// When something runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Guard,
    Interceptor,
    Pipe,
    /// A decorator that says something to one of them: `@Roles("admin")`, `@Public()`, `@Throttle({…})`.
    Other,
}

/// What runs before, by when.
pub(super) type Before = Vec<(Stage, Guard)>;

/// What decorators of a method say.
#[derive(Default)]
pub(super) struct OfMethod {
    pub(super) before: Before,
    pub(super) version: Option<Vec<String>>,
}

/// The method of a decorator that declares a route.
pub(super) fn verb(name: &str) -> Option<Method> {
    Some(match name.strip_prefix("@nestjs/common.")? {
        "Get" | "Search" | "Sse" => Method::Get,
        "Head" | "Options" => Method::Head,
        "Post" => Method::Post,
        "Put" => Method::Put,
        "Patch" => Method::Patch,
        "Delete" => Method::Delete,
        "All" => Method::Any,
        _ => return None,
    })
}

/// What the decorators of a class put before all of its routes.
pub(super) fn of_class(script: Script, class: ClassRef) -> Before {
    let own = script.code.class(class);
    let mut before = Before::new();
    for value in &own.decorators {
        read(script, Scoped { module: class.module, function: own.function, value }, 0, &mut before);
    }
    before
}

/// What the decorators of a method put before its route.
pub(super) fn of_method(script: Script, at: FunctionRef) -> OfMethod {
    let function = script.code.function(at);
    let scope = function.parent.unwrap_or(FunctionId::BODY);
    let mut found = OfMethod::default();
    for value in &function.decorators {
        let decorator = Scoped { module: at.module, function: scope, value };
        if let Some(call) = decorator.call().filter(|c| script.code.callee(*c) == Some("@nestjs/common.Version")) {
            found.version = script.argument(call, 0).and_then(|v| script.texts(v));
            continue;
        }
        read(script, decorator, 0, &mut found.before);
    }
    found
}

fn read<'a>(script: Script<'a>, decorator: Scoped<'a>, depth: usize, before: &mut Before) {
    if depth > MAX_DEPTH {
        return;
    }
    let name = script.name(decorator).unwrap_or_default();
    let call = decorator.call().or_else(|| script.declared(decorator).call());
    let package = call.and_then(|c| script.code.callee(c)).unwrap_or(&name);
    let stage = match package {
        "@nestjs/common.UseGuards" => Stage::Guard,
        "@nestjs/common.UseInterceptors" => Stage::Interceptor,
        "@nestjs/common.UsePipes" => Stage::Pipe,
        "@nestjs/common.applyDecorators" => {
            for argument in call.map(|c| script.arguments(c)).unwrap_or_default() {
                read(script, argument, depth + 1, before);
            }
            return;
        }
        "@nestjs/common.SetMetadata" => Stage::Other,
        _ if is_description(package) => return,
        _ => {
            // A decorator of the tree that is made of others.
            let made = call.and_then(|c| script.code.function_of(c.module, script.code.call(c).function, &script.code.call(c).callee));
            let inner = made.and_then(|f| composed(script, f));
            if let Some(inner) = inner {
                return read(script, inner, depth + 1, before);
            }
            // `@Public()` is known by its own name, not by that of the metadata it sets.
            let mut guard = script.guard(decorator);
            if let Some(name) = made.map(|f| script.code.function(f).name.to_string()).filter(|n| !n.is_empty()) {
                guard.name = name;
            }
            return before.push((Stage::Other, guard));
        }
    };
    if matches!(stage, Stage::Other) || call.is_none() {
        return before.push((Stage::Other, script.guard(decorator)));
    }
    for argument in call.map(|c| script.arguments(c)).unwrap_or_default() {
        before.push((stage, script.guard(argument)));
    }
}

/// The call of `applyDecorators` that a function gives back.
fn composed(script: Script<'_>, function: FunctionRef) -> Option<Scoped<'_>> {
    let source = script.code.module(function.module);
    let returned = source.module.outcomes.iter().filter(|o| o.function == function.function && o.kind == OutcomeKind::Return);
    let mut values = returned.filter_map(|o| o.value.as_ref()).map(|value| Scoped { module: function.module, function: function.function, value });
    values.find(|v| {
        let callee = v.call().and_then(|c| script.code.callee(c));
        matches!(callee, Some("@nestjs/common.applyDecorators" | "@nestjs/common.UseGuards" | "@nestjs/common.UsePipes" | "@nestjs/common.UseInterceptors"))
    })
}

/// Whether a decorator only describes: documentation, status codes, headers, the route itself.
fn is_description(name: &str) -> bool {
    let Some(own) = name.strip_prefix("@nestjs/common.") else {
        return name.starts_with("@nestjs/swagger.") || name.starts_with("@nestjs/websockets.") || name.starts_with("@nestjs/schedule.");
    };
    verb(name).is_some() || matches!(own, "Controller" | "Injectable" | "HttpCode" | "Header" | "Redirect" | "Render" | "Version" | "Module" | "Global")
}

impl<'a> Script<'a> {
    /// The class that a call decorates.
    pub(in super::super) fn decorated_class(self, at: CallRef) -> Option<ClassRef> {
        let classes = &self.code.module(at.module).module.classes;
        let index = classes.iter().position(|c| c.decorators.iter().any(|d| d.kind == Kind::Call(at.call)))?;
        Some(ClassRef { module: at.module, class: ClassId(u32::try_from(index).ok()?) })
    }
    /// The method or function that a call decorates.
    pub(in super::super) fn decorated_function(self, at: CallRef) -> Option<FunctionRef> {
        let functions = &self.code.module(at.module).module.functions;
        let index = functions.iter().position(|f| f.decorators.iter().any(|d| d.kind == Kind::Call(at.call)))?;
        Some(FunctionRef { module: at.module, function: FunctionId(u32::try_from(index).ok()?) })
    }
    /// The decorator of a function that has one of some names.
    pub(in super::super) fn decorator(self, at: FunctionRef, names: &[&str]) -> Option<CallRef> {
        let calls = self.code.function(at).decorators.iter().filter_map(|d: &Value| match d.kind {
            Kind::Call(call) => Some(CallRef { module: at.module, call }),
            _ => None,
        });
        let mut calls = calls;
        calls.find(|c| self.code.callee(*c).is_some_and(|n| names.contains(&n)))
    }
    /// The class of the tree that a value is, also where it is wrapped in `forwardRef(() => X)` or a static method of it is called.
    pub(in super::super) fn class_of(self, of: Scoped<'a>) -> Option<ClassRef> {
        if let Some(Base::Class(class) | Base::Instance(class)) = self.base(of) {
            return Some(class);
        }
        let call = of.call()?;
        if self.code.callee(call).is_some_and(|n| n.ends_with("forwardRef")) {
            let function = self.argument(call, 0)?;
            let Some(Base::Function(function)) = self.base(function) else { return None };
            let outcomes = &self.code.module(function.module).module.outcomes;
            let value = outcomes.iter().find(|o| o.function == function.function)?.value.as_ref()?;
            return self.class_of(Scoped { module: function.module, function: function.function, value });
        }
        // `ConfigModule.forRoot(…)`.
        self.receiver(call).and_then(|r| self.class_of(r))
    }
    /// Where a class is declared.
    pub(in super::super) fn class_at(self, class: ClassRef) -> plimsoll_base::Location {
        self.code.location(class.module, self.code.class(class).name_at)
    }
}
