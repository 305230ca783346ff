//! Modules of Nest: what they take in, which controllers they list, what they provide.

use std::collections::BTreeMap;

use super::super::context::{Scoped, Script};
use super::decorators::{Before, Stage};
use crate::code::{CallRef, ClassRef, Guard};

/// Modules that are followed from one application.
const MAX_MODULES: usize = 4_000;

/// A class with `@Module`.
#[derive(Default)]
pub(super) struct Declared {
    pub(super) imports: Vec<ClassRef>,
    controllers: Vec<ClassRef>,
    providers: Vec<ClassRef>,
    /// Guards, interceptors and pipes for the whole application: `{ provide: APP_GUARD, useClass: … }`.
    pub(super) global: Before,
    /// Filters and all else that is provided for the whole application.
    pub(super) filters: Vec<Guard>,
    pub(super) made: Option<CallRef>,
}

/// All of a tree.
pub(super) struct Modules<'a> {
    script: Script<'a>,
    pub(super) known: BTreeMap<ClassRef, Declared>,
}

impl<'a> Modules<'a> {
    pub(super) fn read(script: Script<'a>) -> Self {
        let mut modules = Self { script, known: BTreeMap::new() };
        for at in script.code.calls_of("@nestjs/common.Module") {
            if let Some(class) = script.decorated_class(*at) {
                let declared = modules.declared(*at);
                modules.known.insert(class, declared);
            }
        }
        modules
    }
    fn declared(&self, at: CallRef) -> Declared {
        let script = self.script;
        let list = |name: &str| script.option(at, name).map(|v| script.elements(v)).unwrap_or_default();
        let classes = |name: &str| list(name).into_iter().filter_map(|e| script.class_of(e)).collect();
        let mut declared = Declared { imports: classes("imports"), controllers: classes("controllers"), made: Some(at), ..Declared::default() };
        for provider in list("providers") {
            match script.class_of(provider) {
                Some(class) => declared.providers.push(class),
                None => self.provided(provider, &mut declared),
            }
        }
        declared
    }
    fn provided(&self, provider: Scoped<'a>, declared: &mut Declared) {
        let script = self.script;
        let object = script.written(provider);
        let Some(token) = object.value.get("provide").and_then(|v| script.name(object.with(v))) else { return };
        let uses = ["useClass", "useExisting", "useValue", "useFactory"].iter().find_map(|k| object.value.get(k)).map(|v| object.with(v));
        let Some(uses) = uses else { return };
        if let Some(class) = script.class_of(uses) {
            declared.providers.push(class);
        }
        let mut guard = script.guard(uses);
        if guard.name.is_empty() {
            guard.name = token.clone();
        }
        match token.as_str() {
            "@nestjs/core.APP_GUARD" => declared.global.push((Stage::Guard, guard)),
            "@nestjs/core.APP_INTERCEPTOR" => declared.global.push((Stage::Interceptor, guard)),
            "@nestjs/core.APP_PIPE" => declared.global.push((Stage::Pipe, guard)),
            "@nestjs/core.APP_FILTER" => declared.filters.push(guard),
            _ => {}
        }
    }
    /// The modules that list a controller.
    pub(super) fn listing(&self, controller: ClassRef) -> Vec<ClassRef> {
        self.known.iter().filter(|(_, m)| m.controllers.contains(&controller)).map(|(class, _)| *class).collect()
    }
    /// The modules that provide a class.
    pub(super) fn providing(&self, class: ClassRef) -> Vec<ClassRef> {
        self.known.iter().filter(|(_, m)| m.providers.contains(&class)).map(|(class, _)| *class).collect()
    }
    /// The modules that one takes in, each with the module by which it is taken in first.
    pub(super) fn reached(&self, root: ClassRef) -> BTreeMap<ClassRef, Option<ClassRef>> {
        let mut found = BTreeMap::from([(root, None)]);
        let mut pending = vec![root];
        while let Some(class) = pending.pop() {
            for import in self.known.get(&class).map(|m| m.imports.as_slice()).unwrap_or_default() {
                if found.len() < MAX_MODULES && !found.contains_key(import) {
                    found.insert(*import, Some(class));
                    pending.push(*import);
                }
            }
        }
        found
    }
}
