//! Applications of Nest: what `NestFactory.create` is given, and what is put on what it gives.

use std::collections::BTreeMap;

use super::super::context::{Scoped, Script};
use super::super::paths::{join, takes_exactly, unwritten};
use super::super::stack::{Hub, Rules, Stacks};
use super::decorators::{Before, Stage};
use super::modules::Modules;
use super::{FRAMEWORK, ForRoutes};
use crate::code::{CallRef, ClassRef, Guard, Mounted};

/// What makes an application.
const MAKERS: &[&str] = &["@nestjs/core.NestFactory.create", "@nestjs/core.NestFactory.createMicroservice"];

/// The longest way of modules within modules that is told.
const MAX_WAY: usize = 64;

/// One application.
pub(super) struct Application<'a> {
    script: Script<'a>,
    /// Its modules, each with the one that takes it in.
    reached: BTreeMap<ClassRef, Option<ClassRef>>,
    /// Middleware in front of all, in its order.
    pub(super) first: Vec<Guard>,
    /// Middleware of modules.
    pub(super) middleware: Vec<ForRoutes>,
    /// Guards, interceptors and pipes for all routes.
    pub(super) before: Before,
    pub(super) mounted: Vec<Mounted>,
    /// Prefixes that `RouterModule.register` gives to modules.
    pub(super) prefixes: Vec<(ClassRef, String)>,
    prefix: String,
    unprefixed: Vec<String>,
    /// What stands before a version in the path, where versions are part of it; and the default version.
    versions: Option<(String, Option<Vec<String>>)>,
}

fn kind(name: &str) -> Option<bool> {
    let name = name.strip_prefix("@nestjs/")?;
    let applications = [
        "core.NestFactory.create()",
        "core.NestFactory.createMicroservice()",
        "common.INestApplication()",
        "platform-express.NestExpressApplication()",
        "platform-fastify.NestFastifyApplication()",
    ];
    applications.contains(&name).then_some(true)
}

/// All applications of a tree.
pub(super) fn read<'a>(script: Script<'a>, modules: &Modules<'a>) -> Vec<Application<'a>> {
    let stacks = Stacks::new(script, Rules { framework: FRAMEWORK, named: true, kind });
    let made = MAKERS.iter().flat_map(|name| script.code.calls_of(name));
    let mut applications: BTreeMap<CallRef, Application<'a>> = BTreeMap::new();
    for at in made {
        let Some(root) = script.argument(*at, 0).and_then(|v| script.class_of(v)) else { continue };
        applications.insert(*at, Application::new(script, modules, root, *at));
    }
    let only = if applications.len() == 1 { applications.keys().next().copied() } else { None };
    for (of, method, at) in script.methods("@nestjs/") {
        if kind(of).is_none() {
            continue;
        }
        let on = match script.receiver(at).and_then(|r| stacks.hub(r)) {
            Some(Hub::Made(call)) => Some(call),
            // A function that sets applications up, called with one that is not seen.
            Some(Hub::Given(function, _)) if !script.code.callers(function).is_empty() => only,
            _ => None,
        };
        if let Some(application) = on.and_then(|call| applications.get_mut(&call).map(|a| (call, a))) {
            application.1.put(application.0, method, at);
        }
    }
    applications.into_values().collect()
}

impl<'a> Application<'a> {
    fn new(script: Script<'a>, modules: &Modules<'a>, root: ClassRef, at: CallRef) -> Self {
        let mut application = Self {
            script,
            reached: modules.reached(root),
            first: Vec::new(),
            middleware: Vec::new(),
            before: Vec::new(),
            mounted: Vec::new(),
            prefixes: Vec::new(),
            prefix: String::new(),
            unprefixed: Vec::new(),
            versions: None,
        };
        // `create(AppModule, { cors: true })`.
        if let Some(cors) = script.option(at, "cors").filter(|v| v.value.bool() != Some(false)) {
            let guard = Guard { name: "@nestjs/core.NestFactory.create({cors})".to_owned(), made: Some(at), ..script.guard(cors) };
            application.mount(at, at, guard.clone());
            application.first.push(guard);
        }
        let classes: Vec<ClassRef> = application.reached.keys().copied().collect();
        for module in classes.iter().filter_map(|c| modules.known.get(c)) {
            let Some(made) = module.made else { continue };
            for (stage, guard) in &module.global {
                application.before.push((*stage, guard.clone()));
                application.mount(at, made, guard.clone());
            }
            for filter in &module.filters {
                application.mount(at, made, filter.clone());
            }
        }
        application.consumers();
        application.registered();
        application
    }
    /// The modules on the way to one, the root first; none where it is no part of the application.
    pub(super) fn way(&self, module: ClassRef) -> Option<Vec<ClassRef>> {
        let mut way = vec![module];
        let mut next = *self.reached.get(&module)?;
        while let Some(by) = next.filter(|_| way.len() < MAX_WAY) {
            way.push(by);
            next = self.reached.get(&by).copied().flatten();
        }
        way.reverse();
        Some(way)
    }
    /// The paths of a route with prefix and versions.
    pub(super) fn full(&self, path: &str, versions: Option<&[String]>) -> Vec<String> {
        let prefix = if self.unprefixed.iter().any(|p| takes_exactly(&join("", p), path)) { "" } else { &self.prefix };
        let Some((word, default)) = &self.versions else { return vec![join(prefix, path)] };
        let versions = versions.or(default.as_deref()).unwrap_or_default();
        if versions.is_empty() {
            return vec![join(prefix, path)];
        }
        versions.iter().map(|v| if v == "VERSION_NEUTRAL" { join(prefix, path) } else { join(&join(prefix, &format!("{word}{v}")), path) }).collect()
    }
    fn mount(&mut self, made: CallRef, by: CallRef, guard: Guard) {
        let code = self.script.code;
        let function = code.call(by).function;
        let mounted =
            Mounted { guard, prefix: None, on: code.call_at(made), application: true, framework: FRAMEWORK, module: by.module, function };
        self.mounted.push(mounted);
    }
    /// A method called on the application.
    fn put(&mut self, made: CallRef, method: &str, at: CallRef) {
        let script = self.script;
        let stage = match method {
            "use" => None,
            "useGlobalGuards" => Some(Stage::Guard),
            "useGlobalInterceptors" => Some(Stage::Interceptor),
            "useGlobalPipes" => Some(Stage::Pipe),
            "useGlobalFilters" => {
                for argument in script.arguments(at) {
                    self.mount(made, at, script.guard(argument));
                }
                return;
            }
            "enableCors" => {
                let scope = crate::code::FunctionRef { module: at.module, function: script.code.call(at).function };
                let name = "@nestjs/core.NestFactory.create().enableCors".to_owned();
                let guard = Guard { name, function: None, class: None, made: Some(at), at: script.code.call_at(at), scope };
                self.mount(made, at, guard.clone());
                return self.first.push(guard);
            }
            "setGlobalPrefix" => {
                let Some(prefix) = script.argument(at, 0) else { return };
                self.prefix = script.text(prefix).unwrap_or_else(|| unwritten(prefix.value.span.start));
                let excluded = script.option(at, "exclude").map(|v| script.elements(v)).unwrap_or_default();
                self.unprefixed = excluded.into_iter().filter_map(|e| path_of(script, e)).collect();
                return;
            }
            "enableVersioning" => {
                let kind = script.option(at, "type").and_then(|v| script.name(v));
                if kind.is_none_or(|k| k.ends_with("VersioningType.URI")) {
                    let word = match script.option(at, "prefix") {
                        Some(prefix) if prefix.value.bool() == Some(false) => String::new(),
                        Some(prefix) => script.text(prefix).unwrap_or_else(|| "v".to_owned()),
                        None => "v".to_owned(),
                    };
                    self.versions = Some((word, script.option(at, "defaultVersion").and_then(|v| script.texts(v))));
                }
                return;
            }
            _ => return,
        };
        for argument in script.arguments(at) {
            let text = script.text(argument);
            let guard = script.guard(argument);
            match stage {
                // `app.use("/path", middleware)`.
                None if text.is_some() => continue,
                None => self.first.push(guard.clone()),
                Some(stage) => self.before.push((stage, guard.clone())),
            }
            self.mount(made, at, guard);
        }
    }
    /// `consumer.apply(A).exclude("health").forRoutes("*")` in modules of the application.
    fn consumers(&mut self) {
        let script = self.script;
        let calls = script.methods("@nestjs/common.MiddlewareConsumer()").filter(|(of, method, _)| *method == "forRoutes" && of.contains(".apply()"));
        let found: Vec<CallRef> = calls.map(|(.., at)| at).collect();
        for at in found {
            let function = script.code.call(at).function;
            let source = &script.code.module(at.module).module;
            let class = source.enclosing(function).find_map(|f| source.function(f)?.class).map(|class| ClassRef { module: at.module, class });
            if class.is_none_or(|c| !self.reached.contains_key(&c)) {
                continue;
            }
            let (mut applied, mut excluded) = (Vec::new(), Vec::new());
            let mut next = script.receiver(at).and_then(Scoped::call);
            while let Some(call) = next {
                match script.code.call(call).method() {
                    Some("apply") => {
                        applied = script.arguments(call);
                        break;
                    }
                    Some("exclude") => excluded.extend(script.arguments(call).into_iter().filter_map(|e| path_of(script, e))),
                    _ => {}
                }
                next = script.receiver(call).and_then(Scoped::call);
            }
            let mut paths = Vec::new();
            let mut controllers = Vec::new();
            for target in script.arguments(at) {
                match script.class_of(target) {
                    Some(class) => controllers.push(class),
                    None => paths.push(path_of(script, target).unwrap_or_else(|| unwritten(target.value.span.start))),
                }
            }
            let made = self.script.code.call_at(at);
            for value in applied {
                let guard = script.guard(value);
                let prefix = paths.first().filter(|p| !p.contains('*') && paths.len() == 1).cloned();
                self.mounted.push(Mounted {
                    guard: guard.clone(),
                    prefix,
                    on: made,
                    application: true,
                    framework: FRAMEWORK,
                    module: at.module,
                    function,
                });
                self.middleware.push(ForRoutes { guard, paths: paths.clone(), controllers: controllers.clone(), excluded: excluded.clone() });
            }
        }
    }
    /// `RouterModule.register([{ path: "admin", module: AdminModule }])`.
    fn registered(&mut self) {
        let script = self.script;
        for at in script.code.calls_of("@nestjs/core.RouterModule.register") {
            let elements = script.argument(*at, 0).map(|v| script.elements(v)).unwrap_or_default();
            for element in elements {
                let element = script.written(element);
                let module = element.value.get("module").and_then(|v| script.class_of(element.with(v)));
                let path = element.value.get("path").and_then(|v| script.text(element.with(v)));
                self.prefixes.extend(module.zip(path));
            }
        }
    }
}

/// A path, also where it stands in an object with a method.
fn path_of<'a>(script: Script<'a>, of: Scoped<'a>) -> Option<String> {
    let object = script.written(of);
    let value = object.value.get("path").map_or(of, |v| object.with(v));
    script.text(value)
}
