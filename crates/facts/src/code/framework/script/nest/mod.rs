//! NestJS: controllers with what the application, the modules, the class and the method put before them.
//!
//! A controller answers where a module lists it and a chain of imports leads to that module from the one that `NestFactory.create` is given. The order of
//! what runs before: middleware, guards, interceptors, pipes, each of the application first, then of the class, then of the method.

mod applications;
mod decorators;
mod modules;

use std::collections::{BTreeMap, BTreeSet};

use super::context::{Scoped, Script};
use super::paths::{join, takes, told, unwritten};
use crate::code::{Base, CallRef, ClassRef, FunctionId, FunctionRef, Guard, Method, Route, Schedule, Task, Wiring};
use applications::Application;
use decorators::{Before, Stage};
use modules::Modules;

const FRAMEWORK: &str = "nestjs";

/// Classes that one extends, whose routes it has too.
const MAX_BASES: usize = 8;

/// Reads all of it.
pub(super) fn wire(script: Script, wiring: &mut Wiring) {
    let reader = Reader { script, modules: Modules::read(script) };
    let applications = applications::read(script, &reader.modules);
    for application in &applications {
        wiring.mounted.extend(application.mounted.iter().cloned());
    }
    let mut decorated: BTreeMap<ClassRef, CallRef> = BTreeMap::new();
    for at in script.code.calls_of("@nestjs/common.Controller") {
        if let Some(class) = script.decorated_class(*at) {
            decorated.insert(class, *at);
        }
    }
    for (class, at) in decorated {
        reader.controller(class, at, &applications, wiring);
    }
    for at in script.code.calls_of("@nestjs/websockets.WebSocketGateway") {
        reader.gateway(*at, &applications, wiring);
    }
    reader.graphql(&applications, wiring);
    reader.tasks(wiring);
    reader.schedules(wiring);
}

struct Reader<'a> {
    script: Script<'a>,
    modules: Modules<'a>,
}

impl<'a> Reader<'a> {
    fn controller(&self, class: ClassRef, at: CallRef, applications: &[Application<'a>], wiring: &mut Wiring) {
        let script = self.script;
        let prefixes = self.paths(at);
        let version = script.option(at, "version").and_then(|v| script.texts(v));
        let listed = self.modules.listing(class);
        let of_class = decorators::of_class(script, class);
        for (function, method, decorator) in self.routes_of(class) {
            let of_method = decorators::of_method(script, function);
            let own_version = of_method.version.clone().or_else(|| version.clone());
            for prefix in &prefixes {
                for path in self.paths(decorator) {
                    let path = join(prefix, &path);
                    let mut answered = false;
                    for application in applications {
                        let Some((module, way)) = listed.iter().find_map(|m| application.way(*m).map(|way| (*m, way))) else { continue };
                        answered = true;
                        let middleware = application.middleware.iter().filter(|m| m.takes(&path, class)).map(|m| m.guard.clone());
                        let within = application.prefixes.iter().filter(|(m, _)| way.contains(m) || *m == module).fold(path.clone(), |p, (_, own)| join(own, &p));
                        let parts = [&application.before, &of_class, &of_method.before];
                        let guards = application.first.iter().cloned().chain(middleware).chain(in_order(&parts)).collect();
                        let mounts = way.iter().map(|m| script.class_at(*m)).collect();
                        for full in application.full(&within, own_version.as_deref()) {
                            let place = Place { guards: Vec::clone(&guards), mounts: Vec::clone(&mounts), mounted: true };
                            wiring.routes.push(self.route(class, function, method, Some(&full), decorator, place));
                        }
                    }
                    if !answered {
                        let guards = in_order(&[&of_class, &of_method.before]).collect();
                        let place = Place { guards, mounts: Vec::new(), mounted: false };
                        wiring.routes.push(self.route(class, function, method, Some(&path), decorator, place));
                    }
                }
            }
        }
    }
    fn route(&self, class: ClassRef, handler: FunctionRef, method: Method, path: Option<&str>, at: CallRef, place: Place) -> Route {
        Route {
            method,
            path: path.and_then(told),
            handler: Some(handler),
            class: Some(class),
            guards: place.guards,
            module: class.module,
            at: self.script.code.call_at(at),
            framework: FRAMEWORK,
            mounts: place.mounts,
            mounted: place.mounted,
        }
    }
    /// The methods of a class, and of those that it extends, that answer requests.
    fn routes_of(&self, class: ClassRef) -> Vec<(FunctionRef, Method, CallRef)> {
        let mut found = Vec::new();
        let mut named = BTreeSet::new();
        for class in self.line(class) {
            for (function, own) in self.script.methods_of(class) {
                if !named.insert(own.name.as_str()) {
                    continue;
                }
                for decorator in &own.decorators {
                    let at = Scoped { module: class.module, function: FunctionId::BODY, value: decorator }.call();
                    let method = at.and_then(|at| decorators::verb(self.script.code.callee(at)?));
                    found.extend(at.zip(method).map(|(at, method)| (function, method, at)));
                }
            }
        }
        found
    }
    fn line(&self, class: ClassRef) -> Vec<ClassRef> {
        let mut line = vec![class];
        while let Some(last) = line.last().copied().filter(|_| line.len() < MAX_BASES) {
            let own = self.script.code.class(last);
            let base = own.bases.iter().find_map(|b| match self.script.base(Scoped { module: last.module, function: own.function, value: b }) {
                Some(Base::Class(base)) if !line.contains(&base) => Some(base),
                _ => None,
            });
            match base {
                Some(base) => line.push(base),
                None => break,
            }
        }
        line
    }
    /// The paths that a decorator of a controller or method gives.
    fn paths(&self, at: CallRef) -> Vec<String> {
        let script = self.script;
        let Some(first) = script.argument(at, 0) else { return vec![String::new()] };
        let object = script.written(first);
        let value = match object.value.get("path") {
            Some(path) => object.with(path),
            None if object.value.entries().is_empty() => first,
            None => return vec![String::new()],
        };
        script.texts(value).unwrap_or_else(|| vec![unwritten(value.value.span.start)])
    }
    /// WebSocket gateways: providers of a module that is part of an application.
    fn gateway(&self, at: CallRef, applications: &[Application<'a>], wiring: &mut Wiring) {
        let script = self.script;
        let Some(class) = script.decorated_class(at) else { return };
        let namespace = script.option(at, "namespace").or_else(|| script.option(at, "path")).and_then(|v| script.text(v));
        let mounted = self.modules.providing(class).iter().any(|m| applications.iter().any(|a| a.way(*m).is_some()));
        let of_class = decorators::of_class(script, class);
        for (function, own) in script.methods_of(class) {
            let message = own.decorators.iter().find_map(|d| {
                let call = Scoped { module: class.module, function: FunctionId::BODY, value: d }.call()?;
                (script.code.callee(call) == Some("@nestjs/websockets.SubscribeMessage")).then_some(call)
            });
            let Some(message) = message else { continue };
            let of_method = decorators::of_method(script, function);
            let guards = in_order(&[&of_class, &of_method.before]).collect();
            let path = join("", namespace.as_deref().unwrap_or_default());
            wiring.routes.push(self.route(class, function, Method::Socket, Some(&path), message, Place { guards, mounts: Vec::new(), mounted }));
        }
    }
    /// One route for all of GraphQL.
    fn graphql(&self, applications: &[Application<'a>], wiring: &mut Wiring) {
        let script = self.script;
        for name in ["@nestjs/graphql.GraphQLModule.forRoot", "@nestjs/graphql.GraphQLModule.forRootAsync"] {
            for at in script.code.calls_of(name) {
                let path = script.option(*at, "path").map_or(Some("/graphql".to_owned()), |v| script.text(v));
                let application = applications.first();
                let guards = application.map(|a| a.first.iter().cloned().chain(in_order(&[&a.before])).collect()).unwrap_or_default();
                wiring.routes.push(Route {
                    method: Method::Any,
                    path,
                    handler: None,
                    class: None,
                    guards,
                    module: at.module,
                    at: script.code.call_at(*at),
                    framework: FRAMEWORK,
                    mounts: Vec::new(),
                    mounted: application.is_some(),
                });
            }
        }
    }
    /// Processors of queues, and handlers of messages.
    fn tasks(&self, wiring: &mut Wiring) {
        let script = self.script;
        for name in ["@nestjs/bullmq.Processor", "@nestjs/bull.Processor"] {
            for at in script.code.calls_of(name) {
                let Some(class) = script.decorated_class(*at) else { continue };
                let queue = script.argument(*at, 0).and_then(|v| script.text(v)).or_else(|| script.option(*at, "name").and_then(|v| script.text(v)));
                for (function, own) in script.methods_of(class) {
                    let marked = script.decorator(function, &["@nestjs/bull.Process"]);
                    if marked.is_none() && own.name != "process" {
                        continue;
                    }
                    let named = marked.and_then(|m| script.argument(m, 0)).and_then(|v| script.text(v));
                    wiring.tasks.push(Task {
                        name: named.or_else(|| queue.clone()).unwrap_or_else(|| own.name.to_string()),
                        handler: Some(function),
                        queue: queue.clone(),
                        framework: if name.contains("bullmq") { "bullmq" } else { "bull" },
                        module: class.module,
                        at: script.code.location(class.module, own.name_at),
                        made: Some(*at),
                    });
                }
            }
        }
        for name in ["@nestjs/microservices.MessagePattern", "@nestjs/microservices.EventPattern"] {
            for at in script.code.calls_of(name) {
                let Some(function) = script.decorated_function(*at) else { continue };
                let pattern = script.argument(*at, 0).and_then(|v| script.text(v));
                wiring.tasks.push(Task {
                    name: pattern.unwrap_or_else(|| script.code.function(function).name.to_string()),
                    handler: Some(function),
                    queue: None,
                    framework: "nestjs-microservices",
                    module: at.module,
                    at: script.code.call_at(*at),
                    made: Some(*at),
                });
            }
        }
    }
    /// Decorators of `@nestjs/schedule`, which do nothing unless its module is taken in.
    fn schedules(&self, wiring: &mut Wiring) {
        let script = self.script;
        if script.code.calls_of("@nestjs/schedule.ScheduleModule.forRoot").is_empty() {
            return;
        }
        for (name, place) in [("Cron", 0), ("Interval", 0), ("Timeout", 0)] {
            for at in script.code.calls_of(&format!("@nestjs/schedule.{name}")) {
                let Some(function) = script.decorated_function(*at) else { continue };
                let when = script.argument(*at, place).map(|v| script.text(v).or_else(|| Some(v.value.path()?.join("."))));
                wiring.schedules.push(Schedule {
                    starts: script.code.function(function).name.to_string(),
                    handler: Some(function),
                    when: when.flatten(),
                    framework: "nestjs-schedule",
                    in_process: true,
                    module: at.module,
                    at: script.code.call_at(*at),
                });
            }
        }
    }
}

/// Where a route was found to be.
struct Place {
    guards: Vec<Guard>,
    mounts: Vec<plimsoll_base::Location>,
    mounted: bool,
}

/// What runs before, stage by stage, of the application first.
fn in_order<'b>(parts: &'b [&'b Before]) -> impl Iterator<Item = Guard> + 'b {
    let stages = [Stage::Guard, Stage::Interceptor, Stage::Pipe, Stage::Other];
    stages.into_iter().flat_map(move |stage| parts.iter().flat_map(move |p| p.iter().filter(move |(s, _)| *s == stage).map(|(_, g)| g.clone())))
}

/// A middleware of a module, and what it is for.
#[derive(Debug)]
struct ForRoutes {
    guard: Guard,
    /// Paths, and controllers; both empty where it is for all.
    paths: Vec<String>,
    controllers: Vec<ClassRef>,
    excluded: Vec<String>,
}

impl ForRoutes {
    fn takes(&self, path: &str, controller: ClassRef) -> bool {
        let all = self.paths.is_empty() && self.controllers.is_empty();
        let taken = all || self.controllers.contains(&controller) || self.paths.iter().any(|p| takes(&join("", p), path));
        taken && !self.excluded.iter().any(|p| takes(&join("", p), path))
    }
}
