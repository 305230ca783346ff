//! Fastify: plugins within one another, hooks, options of routes.
//!
//! Hooks of an instance run for all of its routes, and for those of plugins within it. What a plugin puts on its own instance stays there, unless
//! `fastify-plugin` is around it.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_source::{Kind, Value};

use super::context::{Handler, Scoped, Script, verb};
use super::paths::{join, unwritten};
use super::stack::{Draft, Hub, Layer, Rules, Stacks};
use crate::code::{Base, CallRef, FunctionRef, Guard, Method, ModuleId, Wiring};
use crate::folder_of;

const FRAMEWORK: &str = "fastify";

/// What makes an instance.
const MAKERS: &[&str] = &["fastify", "fastify.fastify"];

/// Hooks before a handler, in their order.
const HOOKS: &[&str] = &["onRequest", "preParsing", "preValidation", "preHandler"];

/// Plugins that only see routes declared once they are loaded. Source: the documentation of `@fastify/rate-limit`, "make sure to await the register".
const LATE: &[&str] = &["@fastify/rate-limit", "fastify-rate-limit"];

/// Plugins that are walked through; beyond it no more are.
const MAX_PLUGINS: usize = 4_000;

/// Calls of one chain that are followed to its beginning.
const MAX_CHAIN: usize = 64;

fn kind(name: &str) -> Option<bool> {
    match name {
        "fastify()" | "fastify.fastify()" => Some(true),
        "fastify.FastifyInstance()" => Some(false),
        _ => None,
    }
}

/// Reads all of it.
pub(super) fn wire(script: Script, wiring: &mut Wiring) {
    let rules = Rules { framework: FRAMEWORK, named: true, kind };
    let mut reader = Reader { stacks: Stacks::new(script, rules), decorated: BTreeMap::new(), pending: Vec::new(), plugins: BTreeSet::new() };
    for at in MAKERS.iter().flat_map(|name| script.code.calls_of(name)) {
        reader.stacks.declare(Hub::Made(*at));
    }
    let calls: Vec<(&str, CallRef)> = script.methods("fastify").filter(|(of, ..)| kind(of).is_some()).map(|(_, method, at)| (method, at)).collect();
    let mut found: Vec<(Hub, String, CallRef)> = Vec::new();
    // Plugins first: their parameter is an instance of its own, whatever is handed in.
    for (_, at) in calls.iter().filter(|(method, _)| *method == "register") {
        reader.find_plugins(*at);
    }
    while let Some(plugin) = reader.pending.pop() {
        reader.plugin(plugin, &mut found);
    }
    for (method, at) in &calls {
        match script.receiver(*at).and_then(|r| reader.stacks.hub(r)) {
            Some(Hub::Given(function, _)) if reader.plugins.contains(&function) => {}
            // Of plugins that nothing registers, too.
            Some(hub) => found.push((hub, (*method).to_owned(), *at)),
            None => {}
        }
    }
    for (_, method, at) in &found {
        reader.decoration(method, *at);
    }
    for (hub, method, at) in found {
        reader.on_hub(hub, &method, at, wiring);
    }
    if !reader.stacks.is_empty() {
        reader.stacks.find_live();
    }
    reader.stacks.tell(wiring);
}

struct Reader<'a> {
    stacks: Stacks<'a>,
    /// What `decorate` puts on instances, by name.
    decorated: BTreeMap<String, FunctionRef>,
    /// Plugins that were registered and are yet to be looked through.
    pending: Vec<FunctionRef>,
    plugins: BTreeSet<FunctionRef>,
}

/// What `register` is given.
enum Plugin {
    /// A function of the tree, and whether what it puts on its instance stays there.
    Own(FunctionRef, bool),
    /// All plugins below a folder, each with the folders between.
    Folder(Vec<(FunctionRef, bool, String)>),
    /// Of a package, or unknown.
    Other,
}

impl<'a> Reader<'a> {
    /// Notes the plugins that a call registers.
    fn find_plugins(&mut self, at: CallRef) {
        let functions = match self.registered(at) {
            Plugin::Own(function, _) => vec![function],
            Plugin::Folder(all) => all.into_iter().map(|(function, ..)| function).collect(),
            Plugin::Other => Vec::new(),
        };
        for function in functions {
            if self.plugins.len() < MAX_PLUGINS && self.plugins.insert(function) {
                self.stacks.declare(Hub::Given(function, 0));
                self.pending.push(function);
            }
        }
    }
    /// The calls that a plugin makes on its instance, whatever that is called.
    fn plugin(&mut self, plugin: FunctionRef, found: &mut Vec<(Hub, String, CallRef)>) {
        let script = self.stacks.script;
        let module = &script.code.module(plugin.module).module;
        for (call, index) in module.calls.iter().zip(0..) {
            if call.function != plugin.function && !module.enclosing(call.function).any(|f| f == plugin.function) {
                continue;
            }
            let at = CallRef { module: plugin.module, call: plimsoll_source::CallId(index) };
            let (Some(method), Some(receiver)) = (call.method(), script.receiver(at)) else { continue };
            if script.parameter(self.beginning(receiver)) == Some((plugin, 0)) {
                if method == "register" {
                    self.find_plugins(at);
                }
                found.push((Hub::Given(plugin, 0), method.to_owned(), at));
            }
        }
    }
    /// What a chain of calls begins with.
    fn beginning(&self, of: Scoped<'a>) -> Scoped<'a> {
        let mut of = of;
        for _ in 0..MAX_CHAIN {
            match of.call().and_then(|call| self.stacks.script.receiver(call)) {
                Some(receiver) => of = receiver,
                None => break,
            }
        }
        of
    }
    fn registered(&self, at: CallRef) -> Plugin {
        let script = self.stacks.script;
        let Some(value) = script.argument(at, 0) else { return Plugin::Other };
        if script.name(value).is_some_and(|n| n.starts_with("@fastify/autoload") || n.starts_with("fastify-autoload")) {
            return self.folder(at).map_or(Plugin::Other, Plugin::Folder);
        }
        self.own(value).map_or(Plugin::Other, |(function, encapsulated)| Plugin::Own(function, encapsulated))
    }
    fn own(&self, value: Scoped<'a>) -> Option<(FunctionRef, bool)> {
        let script = self.stacks.script;
        // `register(import("./routes.js"))`.
        if let Some(Base::Module(module)) = script.base(value) {
            return self.of_module(module);
        }
        let declared = script.declared(value);
        let around = declared.call().filter(|c| script.code.callee(*c).is_some_and(|n| n.starts_with("fastify-plugin")));
        match around {
            Some(call) => {
                let inner = script.argument(call, 0)?;
                Some((script.code.function_of(inner.module, inner.function, inner.value)?, false))
            }
            None => Some((script.code.function_of(value.module, value.function, value.value)?, true)),
        }
    }
    fn of_module(&self, module: ModuleId) -> Option<(FunctionRef, bool)> {
        self.own(self.stacks.script.one_given_out(module, "default")?.value?)
    }
    /// The plugins below the folder that `@fastify/autoload` is given.
    fn folder(&self, at: CallRef) -> Option<Vec<(FunctionRef, bool, String)>> {
        let script = self.stacks.script;
        let folder = self.path_of(script.option(at, "dir")?)?;
        let below = format!("{folder}/");
        let mut found = Vec::new();
        for (module, source) in script.code.modules() {
            let Some(rest) = source.path.strip_prefix(&below) else { continue };
            let (function, encapsulated) = match self.of_module(module) {
                Some(found) => found,
                None => continue,
            };
            let own = script.one_given_out(module, "autoPrefix").and_then(|g| g.value).and_then(|v| script.text(v));
            found.push((function, encapsulated, own.unwrap_or_else(|| folder_of(rest).to_owned())));
        }
        Some(found)
    }
    /// A path put together from the folder of a module: `path.join(__dirname, "routes")`.
    fn path_of(&self, of: Scoped<'a>) -> Option<String> {
        let script = self.stacks.script;
        let of = script.declared(of);
        let text: Option<String> = match of.call() {
            Some(call) => {
                let parts = script.arguments(call);
                let (_, rest) = parts.split_first()?;
                Some(rest.iter().map(|p| script.text(*p)).collect::<Option<Vec<String>>>()?.join("/"))
            }
            None => match &of.value.kind {
                Kind::Binary(_, _, right) => script.text(of.with(right)),
                _ => None,
            },
        };
        let relative = text?;
        crate::library::join(folder_of(&script.code.module(of.module).path), relative.trim_start_matches('/'))
    }
    fn decoration(&mut self, method: &str, at: CallRef) {
        let script = self.stacks.script;
        if matches!(method, "decorate" | "decorateRequest")
            && let (Some(name), Some(value)) = (script.argument(at, 0).and_then(|v| script.text(v)), script.argument(at, 1))
            && let Some(function) = script.handler(value).function
        {
            self.decorated.insert(name, function);
        }
    }
    fn on_hub(&mut self, hub: Hub, method: &str, at: CallRef, wiring: &mut Wiring) {
        let script = self.stacks.script;
        match method {
            "listen" => self.stacks.serve(hub),
            "register" => self.register(hub, at, wiring),
            "use" => {
                for layer in script.arguments(at) {
                    let guard = self.guard(layer);
                    let mounted = self.stacks.mounted(hub, at, None, guard.clone());
                    wiring.mounted.push(mounted);
                    self.stacks.put(hub, at, Layer::Guard { path: String::new(), whole: false, guard });
                }
            }
            "addHook" => {
                let (Some(hook), Some(value)) = (script.argument(at, 0).and_then(|v| script.text(v)), script.argument(at, 1)) else { return };
                if HOOKS.contains(&hook.as_str()) {
                    let guards = self.guards(value);
                    for guard in &guards {
                        let mounted = self.stacks.mounted(hub, at, None, guard.clone());
                        wiring.mounted.push(mounted);
                    }
                    self.stacks.before_all(hub, guards);
                }
            }
            "setErrorHandler" | "setNotFoundHandler" => {
                if let Some(handler) = script.argument(at, 0) {
                    let guard = Guard { name: format!("fastify().{method}"), ..script.guard(handler) };
                    let mounted = self.stacks.mounted(hub, at, None, guard);
                    wiring.mounted.push(mounted);
                }
            }
            "route" => self.described(hub, at),
            _ => {
                if let Some(verb) = verb(method) {
                    self.short(hub, at, verb);
                }
            }
        }
    }
    fn register(&mut self, hub: Hub, at: CallRef, wiring: &mut Wiring) {
        let script = self.stacks.script;
        let prefix = script.option(at, "prefix").filter(|_| script.code.call(at).argument(1).is_some());
        let prefix = prefix.map_or_else(String::new, |p| script.text(p).unwrap_or_else(|| unwritten(p.value.span.start)));
        match self.registered(at) {
            // What `fastify-plugin` is around works on the instance itself, whose prefix it keeps.
            Plugin::Own(function, encapsulated) => {
                let path = if encapsulated { prefix } else { String::new() };
                self.stacks.put(hub, at, Layer::Router { path, hub: Hub::Given(function, 0), open: !encapsulated });
            }
            Plugin::Folder(all) => {
                let options = script.option(at, "options").map(|o| script.written(o));
                let prefix = options.and_then(|o| script.text(o.with(o.value.get("prefix")?))).unwrap_or_default();
                for (function, encapsulated, within) in all {
                    let path = if encapsulated { join(&prefix, &within) } else { String::new() };
                    self.stacks.put(hub, at, Layer::Router { path, hub: Hub::Given(function, 0), open: !encapsulated });
                }
            }
            Plugin::Other => {
                let Some(value) = script.argument(at, 0) else { return };
                let guard = Guard { made: Some(at), ..script.guard(value) };
                let mounted = self.stacks.mounted(hub, at, None, guard.clone());
                wiring.mounted.push(mounted);
                // It looks at routes as they are declared: those that the same function declares before it was loaded go by.
                let late = LATE.contains(&guard.name.as_str()) && !script.code.call(at).awaited;
                let layer = if late { Layer::GuardWithin { guard } } else { Layer::Guard { path: String::new(), whole: false, guard } };
                self.stacks.put(hub, at, layer);
            }
        }
    }
    /// `fastify.get(path, options, handler)`.
    fn short(&mut self, hub: Hub, at: CallRef, method: Method) {
        let script = self.stacks.script;
        let arguments = script.rounds(at);
        for arguments in arguments {
            let (path, options, handler) = match arguments.as_slice() {
                [path, options, handler, ..] => (path, Some(*options), Some(*handler)),
                [path, second] => match script.written(*second).value.entries().is_empty() {
                    true => (path, None, Some(*second)),
                    false => (path, Some(*second), None),
                },
                _ => continue,
            };
            let path = script.text(*path).unwrap_or_else(|| unwritten(path.value.span.start));
            let options = options.map(|o| script.written(o));
            let inner = options.and_then(|o| Some(o.with(o.value.get("handler")?)));
            let handler = handler.or(inner).map_or_else(Handler::default, |h| script.handler(h));
            let guards = options.map(|o| self.options(o)).unwrap_or_default();
            let socket = options.is_some_and(|o| o.value.get("websocket").and_then(Value::bool) == Some(true));
            let method = if socket { Method::Socket } else { method };
            let draft = Draft::new(script.code, at, method, path, guards, handler);
            self.stacks.put(hub, at, Layer::Route(draft));
        }
    }
    /// `fastify.route({ method, url, handler })`.
    fn described(&mut self, hub: Hub, at: CallRef) {
        let script = self.stacks.script;
        for round in script.rounds(at) {
            let Some(options) = round.first().map(|o| script.written(*o)) else { continue };
            let part = |name: &str| options.value.get(name).map(|v| options.with(v));
            let methods = part("method").and_then(|m| script.texts(m)).unwrap_or_default();
            let methods: Vec<Method> = if methods.is_empty() { vec![Method::Any] } else { methods.iter().filter_map(|m| verb(m)).collect() };
            let Some(path) = part("url").or_else(|| part("path")) else { continue };
            let path = script.text(path).unwrap_or_else(|| unwritten(path.value.span.start));
            for method in methods {
                let handler = part("handler").map_or_else(Handler::default, |h| script.handler(h));
                let draft = Draft::new(script.code, at, method, path.clone(), self.options(options), handler);
                self.stacks.put(hub, at, Layer::Route(draft));
            }
        }
    }
    /// What the options of a route put before it: hooks in their order, then the check of what comes in.
    fn options(&self, options: Scoped<'a>) -> Vec<Guard> {
        let mut guards = Vec::new();
        for hook in HOOKS {
            guards.extend(options.value.get(hook).into_iter().flat_map(|v| self.guards(options.with(v))));
        }
        let settings = options.value.get("config").map(|v| self.stacks.script.written(options.with(v)));
        if let Some(limit) = settings.and_then(|s| Some(s.with(s.value.get("rateLimit")?))) {
            guards.push(Guard { name: "fastify.config.rateLimit".to_owned(), ..self.stacks.script.guard(limit) });
        }
        if let Some(schema) = options.value.get("schema") {
            guards.push(Guard { name: "fastify.schema".to_owned(), ..self.stacks.script.guard(options.with(schema)) });
        }
        guards
    }
    fn guards(&self, of: Scoped<'a>) -> Vec<Guard> {
        self.stacks.script.elements(of).into_iter().map(|e| self.guard(e)).collect()
    }
    /// A guard; what `decorate` put on the instance is found by its name.
    fn guard(&self, of: Scoped<'a>) -> Guard {
        let script = self.stacks.script;
        let mut guard = script.guard(of);
        let decorated = match &of.value.kind {
            Kind::Member(_, name) => self.decorated.get(name.as_str()),
            _ => None,
        };
        if let (None, Some(function)) = (guard.function, decorated) {
            guard.function = Some(*function);
            let name = &script.code.function(*function).name;
            if !name.is_empty() {
                guard.name = name.to_string();
            }
        }
        guard
    }
}
