//! Applications and routers as stacks of layers: what was put on first runs first, and only before what was put on later.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::Location;

use super::context::{Handler, Scoped, Script};
use super::order::{Moment, home, moment, moment_within};
use super::paths::{join, takes, takes_exactly, told};
use crate::code::{Base, CallRef, Code, FunctionRef, Guard, Method, ModuleId, Mounted, Route, Wiring};

/// Routers within one another.
const MAX_NESTING: usize = 24;

/// Times that routers are walked through in all; beyond it no further mounting is followed.
const MAX_WALKS: usize = 4_000;

/// Routes that are told; beyond it no one reads them.
const MAX_ROUTES: usize = 20_000;

/// Parameters handed on from function to function that are followed.
const MAX_HANDED: usize = 8;

/// An application or router, by what makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hub {
    /// The call that made it.
    Made(CallRef),
    /// A parameter that whoever calls the function hands in: a plugin of Fastify.
    Given(FunctionRef, u32),
}

/// What one framework says of its applications and routers.
pub(super) struct Rules {
    /// The framework's name.
    pub(super) framework: &'static str,
    /// Whether an application that a module gives out under a name of its own may be what answers; otherwise only one given out as such.
    pub(super) named: bool,
    /// Whether a canonical name is one of an application (`true`) or router (`false`), instances with `()`.
    pub(super) kind: fn(&str) -> Option<bool>,
}

/// What is put on an application or router.
#[derive(Clone, Debug)]
pub(super) enum Layer {
    /// A middleware for all that is below a path.
    Guard { path: String, whole: bool, guard: Guard },
    /// A middleware for the routes of routers put on later, not for those of the same one.
    GuardWithin { guard: Guard },
    /// A router below a path. Where it is `open`, its middleware runs for requests below the path that come to later layers, too.
    Router { path: String, hub: Hub, open: bool },
    /// A route.
    Route(Draft),
}

/// A route before it is known where it is mounted.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) handler: Option<FunctionRef>,
    pub(super) guards: Vec<Guard>,
    pub(super) module: ModuleId,
    pub(super) at: Location,
}

#[derive(Debug, Default)]
struct Known {
    application: bool,
    /// Whether it answers without being mounted: it listens, or is handed to what does.
    live: bool,
    /// What it puts before the paths of its routes.
    prefix: String,
    /// Middleware that runs before all of its routes, whenever it is put on.
    first: Vec<Guard>,
    layers: Vec<(Moment, Layer)>,
    /// Whether another one mounts it.
    mounted: bool,
}

/// All applications and routers of one framework.
pub(super) struct Stacks<'a> {
    pub(super) script: Script<'a>,
    rules: Rules,
    known: BTreeMap<Hub, Known>,
}

impl<'a> Stacks<'a> {
    pub(super) fn new(script: Script<'a>, rules: Rules) -> Self {
        Self { script, rules, known: BTreeMap::new() }
    }
    /// Whether nothing was put on anything.
    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
    /// The application or router that a value is.
    pub(super) fn hub(&self, of: Scoped<'a>) -> Option<Hub> {
        self.hub_within(of, 0)
    }
    fn hub_within(&self, of: Scoped<'a>, depth: usize) -> Option<Hub> {
        let code = self.script.code;
        if depth > MAX_HANDED {
            return None;
        }
        if let Some((function, index)) = self.script.parameter(of) {
            if self.known.contains_key(&Hub::Given(function, index)) {
                return Some(Hub::Given(function, index));
            }
            if let Some(Base::Result(call)) = self.script.base(of) {
                return self.is_made(call).then_some(Hub::Made(call));
            }
            // An annotation tells what it is, callers tell which one.
            (self.rules.kind)(&self.script.name(of)?)?;
            let handed = code.callers(function).first().and_then(|c| self.script.argument(*c, index as usize));
            return handed.and_then(|v| self.hub_within(v, depth + 1)).or(Some(Hub::Given(function, index)));
        }
        match self.script.origin(of) {
            origin if !origin.members.is_empty() => None,
            origin => match origin.base {
                Base::Result(call) => self.is_made(call).then_some(Hub::Made(call)),
                // A parameter further up, seen through a field or a local name.
                Base::Parameter(function, index) => {
                    let hub = Hub::Given(function, index);
                    self.known.contains_key(&hub).then_some(hub)
                }
                Base::Typed(module, _, annotation) => {
                    let typed = |(_, p): &(u32, &plimsoll_source::Parameter)| p.annotation.as_ref().is_some_and(|a| a.span == annotation.span);
                    let functions = (0..).zip(&code.module(module).module.functions);
                    let mut parameters = functions.flat_map(|(f, function)| (0..).zip(&function.parameters).map(move |p| (f, p)));
                    let (f, (index, _)) = parameters.find(|(_, p)| typed(p))?;
                    let function = FunctionRef { module, function: plimsoll_source::FunctionId(f) };
                    (self.rules.kind)(&self.script.name(of)?)?;
                    Some(Hub::Given(function, index))
                }
                _ => None,
            },
        }
    }
    fn is_made(&self, call: CallRef) -> bool {
        self.known.contains_key(&Hub::Made(call)) || self.script.code.callee(call).is_some_and(|name| self.is_kind(name).is_some())
    }
    fn is_kind(&self, callee: &str) -> Option<bool> {
        (self.rules.kind)(&format!("{callee}()"))
    }
    /// Takes note of one.
    pub(super) fn declare(&mut self, hub: Hub) {
        self.entry(hub);
    }
    fn entry(&mut self, hub: Hub) -> &mut Known {
        let application = match hub {
            Hub::Made(call) => self.script.code.callee(call).and_then(|name| self.is_kind(name)).unwrap_or(false),
            Hub::Given(..) => false,
        };
        self.known.entry(hub).or_insert_with(|| Known { application, ..Known::default() })
    }
    /// Says what one puts before the paths of its routes.
    pub(super) fn prefix(&mut self, hub: Hub, prefix: &str) {
        let known = self.entry(hub);
        known.prefix = join(prefix, &known.prefix);
    }
    /// Says that one answers requests.
    pub(super) fn serve(&mut self, hub: Hub) {
        self.entry(hub).live = true;
    }
    /// Says what runs before all of the routes of one, whenever it was put on.
    pub(super) fn before_all(&mut self, hub: Hub, guards: Vec<Guard>) {
        self.entry(hub).first.extend(guards);
    }
    /// Puts a layer on one, by a call.
    pub(super) fn put(&mut self, hub: Hub, by: CallRef, layer: Layer) {
        let code = self.script.code;
        let scope = FunctionRef { module: by.module, function: code.call(by).function };
        // The end of a call, since those of a chain begin at one place: `app.use(a).use(b)`.
        let position = code.call(by).at.end;
        let moment = match hub {
            Hub::Given(function, _) => moment_within(code, function, scope, position),
            Hub::Made(made) => {
                let home = home(code, FunctionRef { module: made.module, function: code.call(made).function });
                moment(code, home, scope, position)
            }
        };
        if let Layer::Router { hub: inner, .. } = &layer
            && *inner != hub
        {
            self.entry(*inner).mounted = true;
        }
        self.entry(hub).layers.push((moment, layer));
    }
    /// Whether one answers requests.
    pub(super) fn is_live(&self, hub: Hub) -> bool {
        self.known.get(&hub).is_some_and(|k| k.live)
    }
    /// Where one is made.
    pub(super) fn at(&self, hub: Hub) -> Location {
        let code = self.script.code;
        match hub {
            Hub::Made(call) => code.call_at(call),
            Hub::Given(function, _) => code.location(function.module, code.function(function).name_at),
        }
    }
    /// Middleware as it is mounted.
    pub(super) fn mounted(&mut self, hub: Hub, by: CallRef, prefix: Option<String>, guard: Guard) -> Mounted {
        let application = self.entry(hub).application;
        let function = self.script.code.call(by).function;
        Mounted { guard, prefix, on: self.at(hub), application, framework: self.rules.framework, module: by.module, function }
    }
    /// Finds applications that answer requests: those that are given out, and those handed to anything that is no layer.
    pub(super) fn find_live(&mut self) {
        let code = self.script.code;
        let applications: Vec<CallRef> = (self.known.iter())
            .filter(|(_, k)| k.application && !k.live)
            .filter_map(|(hub, _)| if let Hub::Made(call) = hub { Some(*call) } else { None })
            .collect();
        let modules: BTreeSet<ModuleId> = applications.iter().map(|c| c.module).collect();
        for module in modules {
            let source = &code.module(module).module;
            let exports = source.exports.iter().filter(|e| self.rules.named || matches!(e.name.as_str(), "default" | "*"));
            let values = exports.flat_map(|e| e.value.walk());
            let given = values.map(|value| Scoped { module, function: plimsoll_source::FunctionId::BODY, value });
            let handed = source.calls.iter().flat_map(|call| {
                let values = call.arguments.iter().flat_map(|a| a.value.walk());
                values.map(move |value| Scoped { module, function: call.function, value })
            });
            let named = |s: &Scoped| matches!(s.value.kind, plimsoll_source::Kind::Name(_) | plimsoll_source::Kind::Member(..) | plimsoll_source::Kind::Call(_));
            let live: BTreeSet<Hub> = given.chain(handed).filter(named).filter_map(|s| self.served(s)).collect();
            for hub in live {
                self.entry(hub).live = true;
            }
        }
    }
    /// The application that a value is, or whose `fetch` or `callback()` it is.
    pub(super) fn served(&self, of: Scoped<'a>) -> Option<Hub> {
        let inner = match &of.value.kind {
            plimsoll_source::Kind::Member(inner, name) if matches!(name.as_str(), "fetch" | "handler" | "server") => of.with(inner),
            plimsoll_source::Kind::Call(_) => {
                let call = self.script.code.call(of.call()?);
                let entry = matches!(call.method(), Some("callback" | "handler" | "fetch"));
                match call.receiver().filter(|_| entry) {
                    Some(receiver) => of.with(receiver),
                    None => of,
                }
            }
            _ => of,
        };
        self.hub(inner).filter(|hub| self.known.get(hub).is_some_and(|k| k.application))
    }
    /// Tells all routes with what runs before them.
    pub(super) fn tell(mut self, wiring: &mut Wiring) {
        for known in self.known.values_mut() {
            known.layers.sort_by(|(a, _), (b, _)| a.cmp(b));
        }
        let mut walk = Walk { stacks: &self, wiring, walks: 0, around: BTreeSet::new(), seen: BTreeSet::new(), active: Vec::new() };
        let applications = self.known.iter().filter(|(_, k)| k.application && !k.mounted);
        for (hub, known) in applications {
            walk.start(*hub, known.live);
        }
        // What no application mounts: first those that mount others.
        for outermost in [true, false] {
            for (hub, known) in &self.known {
                if !walk.seen.contains(hub) && !(outermost && known.mounted) {
                    walk.start(*hub, false);
                }
            }
        }
    }
}

/// A middleware that runs for what comes later.
struct Active {
    path: String,
    whole: bool,
    guard: Guard,
    /// The one for whose own routes it does not run.
    not_for: Option<Hub>,
}

struct Walk<'s, 'a> {
    stacks: &'s Stacks<'a>,
    wiring: &'s mut Wiring,
    walks: usize,
    around: BTreeSet<Hub>,
    seen: BTreeSet<Hub>,
    active: Vec<Active>,
}

impl Walk<'_, '_> {
    fn start(&mut self, hub: Hub, mounted: bool) {
        self.active.clear();
        self.around.clear();
        let known = self.stacks.known.get(&hub);
        let mounts = if known.is_some_and(|k| k.application) { Vec::new() } else { vec![self.stacks.at(hub)] };
        self.visit(hub, "", &mounts, mounted);
    }
    fn visit(&mut self, hub: Hub, prefix: &str, mounts: &[Location], mounted: bool) {
        let stacks = self.stacks;
        let Some(known) = stacks.known.get(&hub) else { return };
        self.walks += 1;
        if self.walks > MAX_WALKS || self.around.len() >= MAX_NESTING || !self.around.insert(hub) {
            return;
        }
        self.seen.insert(hub);
        let prefix = join(prefix, &known.prefix);
        self.active.extend(known.first.iter().map(|guard| Active { path: prefix.clone(), whole: false, guard: guard.clone(), not_for: None }));
        for (_, layer) in &known.layers {
            match layer {
                Layer::Guard { path, whole, guard } => {
                    self.active.push(Active { path: join(&prefix, path), whole: *whole, guard: guard.clone(), not_for: None });
                }
                Layer::GuardWithin { guard } => {
                    self.active.push(Active { path: prefix.clone(), whole: false, guard: guard.clone(), not_for: Some(hub) });
                }
                Layer::Router { path, hub, open } => {
                    let before = self.active.len();
                    let below = join(&prefix, path);
                    let application = stacks.known.get(hub).is_some_and(|k| k.application);
                    let inner: Vec<Location> =
                        if application { mounts.to_vec() } else { mounts.iter().copied().chain([stacks.at(*hub)]).collect() };
                    self.visit(*hub, &below, &inner, mounted);
                    if !open {
                        self.active.truncate(before);
                    }
                }
                Layer::Route(draft) => self.route(hub, draft, &prefix, mounts, mounted),
            }
        }
        self.around.remove(&hub);
    }
    fn route(&mut self, hub: Hub, draft: &Draft, prefix: &str, mounts: &[Location], mounted: bool) {
        if self.wiring.routes.len() >= MAX_ROUTES {
            return;
        }
        let path = join(prefix, &draft.path);
        let before = self.active.iter().filter(|a| a.not_for != Some(hub));
        let before = before.filter(|a| if a.whole { takes_exactly(&a.path, &path) } else { takes(&a.path, &path) });
        let guards = before.map(|a| &a.guard).chain(&draft.guards).cloned().collect();
        self.wiring.routes.push(Route {
            method: draft.method,
            path: told(&path),
            handler: draft.handler,
            class: None,
            guards,
            module: draft.module,
            at: draft.at,
            framework: self.stacks.rules.framework,
            mounts: mounts.to_vec(),
            mounted,
        });
    }
}

impl Draft {
    /// A route that a call declares.
    pub(super) fn new(code: &Code, at: CallRef, method: Method, path: String, guards: Vec<Guard>, handler: Handler) -> Self {
        let guards = guards.into_iter().chain(handler.guards).collect();
        Self { method, path, handler: handler.function, guards, module: at.module, at: code.call_at(at) }
    }
}
