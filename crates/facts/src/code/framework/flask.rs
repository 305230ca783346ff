//! Flask and its extensions: decorators, blueprints, class-based views and resources, hooks, extensions.

use plimsoll_source::{Kind, Value};

use super::hub::{Hub, Hubs, Mount, join};
use super::python::{Python, Scoped, verb};
use crate::code::{Base, CallRef, Code, FunctionRef, Guard, Method, Mounted, Route, Wiring};

const FRAMEWORK: &str = "flask";

/// Reads all of it.
pub(super) fn wire(python: &Python, wiring: &mut Wiring) {
    let mut reader = Reader { python, hubs: Hubs::default(), mounted: Vec::new() };
    let calls: Vec<(Kindred, &str, CallRef)> =
        python.methods("flask").filter_map(|(of, method, call)| Some((kindred(of)?, method, call))).collect();
    if !reader.made() && calls.is_empty() {
        return;
    }
    for (kindred, method, call) in &calls {
        reader.wired(*kindred, method, *call);
    }
    reader.hooks();
    reader.extensions();
    for (kindred, method, call) in &calls {
        reader.routes(*kindred, method, *call, wiring);
    }
    wiring.mounted.extend(reader.mounted);
}

/// What an instance is.
#[derive(Clone, Copy, PartialEq)]
enum Kindred {
    Application,
    Blueprint,
    /// `Api` of flask-restful and flask-restx, which may stand on an application or a blueprint.
    Api,
    /// `Namespace` of flask-restx.
    Namespace,
}

fn kindred(instance: &str) -> Option<Kindred> {
    match instance {
        "flask.Flask()" | "flask.app.Flask()" => Some(Kindred::Application),
        "flask.Blueprint()" | "flask.blueprints.Blueprint()" | "flask_smorest.Blueprint()" => Some(Kindred::Blueprint),
        "flask_restful.Api()" | "flask_restx.Api()" | "flask_restplus.Api()" | "flask_smorest.Api()" => Some(Kindred::Api),
        "flask_restx.Namespace()" | "flask_restplus.Namespace()" => Some(Kindred::Namespace),
        _ => None,
    }
}

/// What answers, and what its class puts before all of its methods.
struct Answers<'c> {
    handler: Guard,
    common: &'c [Guard],
}

struct Reader<'p, 'a> {
    python: &'p Python<'a>,
    hubs: Hubs,
    mounted: Vec<Mounted>,
}

impl<'a> Reader<'_, 'a> {
    /// Applications, blueprints and interfaces; whether there are any.
    fn made(&mut self) -> bool {
        let python = self.python;
        for (of, method, at) in python.methods("flask") {
            let Some(kindred) = kindred(&format!("{of}.{method}()")) else { continue };
            let call = python.code.call(at);
            let hub = Hub::Made(at);
            self.hubs.entry(hub).application = kindred == Kindred::Application;
            let prefix = |value: Option<&'a Value>| value.map_or(Some(String::new()), |v| python.text(python.scoped(at, v)));
            match kindred {
                Kindred::Application => {}
                // The prefix of a blueprint gives way to that of its registration.
                Kindred::Blueprint => {}
                Kindred::Namespace => {
                    let name = call.argument(0).and_then(|v| python.text(python.scoped(at, v)));
                    let path = call.keyword("path").map_or(name.map(|n| format!("/{n}")), |v| python.text(python.scoped(at, v)));
                    self.hubs.entry(hub).prefix = path;
                }
                Kindred::Api => {
                    self.hubs.entry(hub).prefix = prefix(call.keyword("prefix"));
                    if let Some(on) = call.argument(0).or_else(|| call.keyword("app")).and_then(|v| self.hub(at, v)) {
                        self.hubs.entry(hub).mounts.push(Mount { on, prefix: Some(String::new()), guards: Vec::new() });
                    }
                }
            }
        }
        !self.hubs.known.is_empty()
    }
    fn hub(&self, at: CallRef, value: &Value) -> Option<Hub> {
        let code = self.python.code;
        Hub::of(code, at.module, code.call(at).function, value).filter(|(_, members)| members.is_empty()).map(|(hub, _)| hub)
    }
    fn receiver(&self, kindred: Kindred, at: CallRef) -> Option<Hub> {
        let found = self.hub(at, self.python.code.call(at).receiver()?);
        found.or_else(|| self.hubs.only_application().filter(|_| kindred == Kindred::Application))
    }
    /// Registrations and hooks.
    fn wired(&mut self, kindred: Kindred, method: &str, at: CallRef) {
        let python = self.python;
        let call = python.code.call(at);
        let Some(on) = self.receiver(kindred, at) else { return };
        match method {
            "register_blueprint" | "add_namespace" => {
                let Some(child) = call.argument(0).and_then(|v| self.children(python.scoped(at, v))) else { return };
                for child in child {
                    let given = call.keyword("url_prefix").or_else(|| call.keyword("path"));
                    let own = match child {
                        Hub::Made(made) => python.code.call(made).keyword("url_prefix").map(|v| python.scoped(made, v)),
                        Hub::Of(_) => None,
                    };
                    let prefix = match given.map(|v| python.scoped(at, v)).or(own) {
                        Some(value) => python.text(value),
                        None => Some(String::new()),
                    };
                    self.hubs.entry(child).mounts.push(Mount { on, prefix, guards: Vec::new() });
                }
            }
            "init_app" if kindred == Kindred::Api => {
                if let Some(parent) = call.argument(0).and_then(|v| self.hub(at, v)) {
                    self.hubs.entry(on).mounts.push(Mount { on: parent, prefix: Some(String::new()), guards: Vec::new() });
                }
            }
            "before_request" | "before_app_request" => {
                let function = call.argument(0).map(|v| python.guard(python.scoped(at, v)));
                if let Some(guard) = function {
                    let on = if method == "before_app_request" { self.hubs.only_application().unwrap_or(on) } else { on };
                    self.mount(on, guard, at.module, call.function);
                }
            }
            _ => {}
        }
    }
    fn children(&self, of: Scoped<'a>) -> Option<Vec<Hub>> {
        let code = self.python.code;
        if let Some((hub, members)) = Hub::of(code, of.module, of.function, of.value) {
            return members.is_empty().then(|| vec![hub]);
        }
        let looped = super::hub::looped(code, of.module, of.function, of.value);
        Some(looped.into_iter().filter_map(|(m, f, v)| Some(Hub::of(code, m, f, v)?.0)).collect())
    }
    fn mount(&mut self, on: Hub, guard: Guard, module: crate::code::ModuleId, function: crate::code::FunctionId) {
        let at = on.at(self.python.code);
        let known = self.hubs.entry(on);
        known.guards.push(guard.clone());
        self.mounted.push(Mounted { guard, prefix: None, on: at, application: known.application, framework: FRAMEWORK, module, function });
    }
    /// `@app.before_request`.
    fn hooks(&mut self) {
        let python = self.python;
        for (function, _, decorator) in python.bare_decorators() {
            let Some(name) = python.name(decorator) else { continue };
            let Some((of, "before_request" | "before_app_request")) = name.rsplit_once('.') else { continue };
            let Some(kindred) = kindred(of) else { continue };
            let Kind::Member(receiver, _) = &decorator.value.kind else { continue };
            let code: &Code = python.code;
            let found =
                Hub::of(code, decorator.module, decorator.function, receiver).filter(|(_, members)| members.is_empty()).map(|(hub, _)| hub);
            let application = || self.hubs.only_application();
            let on = match (name.ends_with("before_app_request"), kindred) {
                (true, _) => application().or(found),
                (false, Kindred::Application) => found.or_else(application),
                _ => found,
            };
            let Some(on) = on else { continue };
            let mut guard = python.guard(decorator);
            guard.function = Some(function);
            guard.name = code.function(function).name.to_string();
            self.mount(on, guard, decorator.module, decorator.function);
        }
    }
    /// Extensions of packages that are given the application: `CORS(app)`, `limiter.init_app(app)`, `Talisman(app=app)`.
    fn extensions(&mut self) {
        let python = self.python;
        let mut found = Vec::new();
        for (name, calls) in python.code.names_from("flask_") {
            let extends = name.ends_with(").init_app") || !name.contains("()");
            for at in calls.iter().filter(|_| extends && kindred(&format!("{name}()")).is_none()) {
                let call = python.code.call(*at);
                let given = call.arguments.iter().filter(|a| a.name.as_deref().is_none_or(|n| n == "app")).map(|a| &a.value).take(3);
                let on = given.filter_map(|v| self.hub(*at, v)).find(|hub| self.hubs.known.get(hub).is_some_and(|k| k.application));
                let annotated = || call.argument(0).filter(|v| python.name(python.scoped(*at, v)).as_deref() == Some("flask.Flask()"));
                let Some(on) = on.or_else(|| annotated().and_then(|_| self.hubs.only_application())) else { continue };
                found.push((on, *at, name.strip_suffix(".init_app").map_or_else(|| format!("{name}()"), str::to_owned)));
            }
        }
        for (on, at, name) in found {
            let call = python.code.call(at);
            let made = match call.receiver().and_then(|r| python.base(python.scoped(at, r))) {
                Some(Base::Result(made)) if call.method() == Some("init_app") => made,
                _ => at,
            };
            let scope = FunctionRef { module: at.module, function: call.function };
            let guard = Guard { name, function: None, class: None, made: Some(made), at: python.code.call_at(at), scope };
            self.mount(on, guard, at.module, call.function);
        }
    }

    fn routes(&self, kindred: Kindred, method: &str, at: CallRef, wiring: &mut Wiring) {
        let python = self.python;
        let call = python.code.call(at);
        let on = self.receiver(kindred, at);
        if method == "add_resource" {
            let Some(class) = call.argument(0).and_then(|v| python.base(python.scoped(at, v))) else { return };
            let paths = (1..).map_while(|index| call.argument(index)).filter_map(|v| python.text(python.scoped(at, v)));
            for path in paths {
                self.class_routes(at, on, Some(path), &class, wiring);
            }
            return;
        }
        let path = call.argument(0).or_else(|| call.keyword("rule")).and_then(|v| python.text(python.scoped(at, v)));
        let handler = match (method, kindred) {
            ("add_url_rule", _) => {
                let Some(view) = call.keyword("view_func").or_else(|| call.argument(2)) else { return };
                python.guard(python.scoped(at, view))
            }
            ("route", _) | (_, Kindred::Application | Kindred::Blueprint) if method == "route" || verb(method).is_some() => {
                match python.decorated(at) {
                    Some(function) => self.decorated(function, at),
                    None => return self.decorated_class(at, on, path, wiring),
                }
            }
            _ => return,
        };
        // `X.as_view("x")` answers by the methods of its class.
        let viewed = handler.made.map(|made| python.code.call(made)).filter(|c| c.method() == Some("as_view"));
        if let Some(class) = viewed.and_then(|c| c.receiver()).and_then(|r| python.base(python.scoped(at, r))) {
            return self.class_routes(at, on, path, &class, wiring);
        }
        let listed = call.keyword("methods").map(|v| python.list(python.scoped(at, v)));
        let methods: Vec<Method> = match (verb(method), listed) {
            (Some(verb), _) => vec![verb],
            (None, Some(listed)) => {
                let methods: Vec<Method> = listed.into_iter().filter_map(|v| verb(&python.text(v)?)).collect();
                if methods.is_empty() { vec![Method::Any] } else { methods }
            }
            (None, None) => vec![Method::Get],
        };
        for method in methods {
            self.push(at, on, path.as_deref(), method, &Answers { handler: handler.clone(), common: &[] }, wiring);
        }
    }
    /// `@ns.route("/x")` on a class of flask-restx, `@blp.route("/x")` on one of flask-smorest.
    fn decorated_class(&self, at: CallRef, on: Option<Hub>, path: Option<String>, wiring: &mut Wiring) {
        let module = &self.python.code.module(at.module).module;
        let decorates = |c: &plimsoll_source::Class| c.decorators.iter().any(|d| d.kind == Kind::Call(at.call));
        let found = module.classes.iter().zip(0..).find(|(c, _)| decorates(c));
        if let Some((_, index)) = found {
            let class = crate::code::ClassRef { module: at.module, class: plimsoll_source::ClassId(index) };
            self.class_routes(at, on, path, &Base::Class(class), wiring);
        }
    }
    /// A route for each verb that a class has a method for.
    fn class_routes(&self, at: CallRef, on: Option<Hub>, path: Option<String>, class: &Base, wiring: &mut Wiring) {
        let Base::Class(class) = *class else { return };
        let source = &self.python.code.module(class.module).module;
        let methods = source.functions.iter().zip(0..).filter(|(f, _)| f.class == Some(class.class));
        let decorators = source.classes.get(class.class.0 as usize).and_then(|c| c.fields.iter().find(|f| f.name == "decorators"));
        let scope = FunctionRef { module: class.module, function: plimsoll_source::FunctionId::BODY };
        let listed = decorators.and_then(|f| f.default.as_ref()).or(self.method_decorators(class));
        let listed =
            listed.map(|value| self.python.list(Scoped { module: scope.module, function: scope.function, value })).unwrap_or_default();
        let common: Vec<Guard> = listed.into_iter().map(|d| self.python.guard(d)).collect();
        for (function, index) in methods {
            let Some(method) = verb(&function.name) else { continue };
            let function = FunctionRef { module: class.module, function: plimsoll_source::FunctionId(index) };
            let mut handler = self.decorated(function, at);
            handler.class = Some(class);
            self.push(at, on, path.as_deref(), method, &Answers { handler, common: &common }, wiring);
        }
    }
    /// `method_decorators = [x]` of flask-restful.
    fn method_decorators(&self, class: crate::code::ClassRef) -> Option<&'a Value> {
        let fields = &self.python.code.class(class).fields;
        fields.iter().find(|f| f.name == "method_decorators").and_then(|f| f.default.as_ref())
    }
    fn decorated(&self, function: FunctionRef, by: CallRef) -> Guard {
        let code = self.python.code;
        let scope = FunctionRef { module: by.module, function: code.call(by).function };
        let name = code.function(function).name.to_string();
        Guard { name, function: Some(function), class: None, made: None, at: code.call_at(by), scope }
    }
    fn own_guards(&self, function: FunctionRef) -> Vec<Guard> {
        self.python.decorators(function, |call| {
            self.python.code.callee(call).and_then(|name| name.rsplit_once('.')).is_some_and(|(of, _)| kindred(of).is_some())
        })
    }
    fn push(&self, at: CallRef, on: Option<Hub>, path: Option<&str>, method: Method, answers: &Answers, wiring: &mut Wiring) {
        let code = self.python.code;
        let handler = &answers.handler;
        let own = handler.function.map(|f| self.own_guards(f)).unwrap_or_default();
        let own = [answers.common, &own].concat();
        let ways = on.map(|hub| self.hubs.ways(code, hub)).unwrap_or_default();
        let route = |path, guards, mounts, mounted| Route {
            method,
            path,
            handler: handler.function,
            class: handler.class,
            guards,
            module: at.module,
            at: code.call_at(at),
            framework: FRAMEWORK,
            mounts,
            mounted,
        };
        if ways.is_empty() {
            wiring.routes.push(route(None, own.clone(), Vec::new(), false));
        }
        for way in ways {
            let path = way.prefix.as_ref().zip(path).map(|(prefix, path)| join(prefix, path));
            wiring.routes.push(route(path, [&way.guards[..], &own].concat(), way.mounts, way.mounted));
        }
    }
}
