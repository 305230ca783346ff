//! `urlpatterns`, `include`, and the routers of the REST framework.

use plimsoll_source::{Declared, Kind, Target};

use super::super::hub::{Hub, join};
use super::super::python::{Python, Scoped};
use super::{FRAMEWORK, Project, dotted, module_named, views};
use crate::code::{Base, CallRef, ClassRef, FunctionRef, Guard, Method, ModuleId, Route, Wiring};

/// Includes within one another.
const MAX_DEPTH: usize = 16;

/// Routes of one project; beyond them nothing more is read.
const MAX_ROUTES: usize = 20_000;

/// Reads the patterns of a project from its root on.
pub(super) fn wire(python: &Python, project: &Project, root: ModuleId, guards: &[Guard], wiring: &mut Wiring) {
    let defaults = views::Defaults::of(python, project);
    let mut reader = Reader { python, guards, defaults, around: Vec::new(), routes: Vec::new(), loaded: Vec::new() };
    reader.module(root, Some("/"));
    wiring.conventions.extend(reader.loaded.into_iter().map(|module| (module, "django-urls")));
    for route in reader.routes {
        if !wiring.routes.contains(&route) {
            wiring.routes.push(route);
        }
    }
}

struct Reader<'p, 'a> {
    python: &'p Python<'a>,
    guards: &'p [Guard],
    defaults: views::Defaults,
    around: Vec<ModuleId>,
    routes: Vec<Route>,
    loaded: Vec<ModuleId>,
}

impl<'a> Reader<'_, 'a> {
    /// The `urlpatterns` of a module.
    fn module(&mut self, module: ModuleId, prefix: Option<&str>) {
        if self.around.len() >= MAX_DEPTH || self.around.contains(&module) {
            return;
        }
        self.around.push(module);
        self.loaded.push(module);
        let source = &self.python.code.module(module).module;
        for assignment in &source.assignments {
            let is = matches!(&assignment.target, Target::Name(name) if name == "urlpatterns");
            if is && matches!(assignment.declared, Declared::Assigned | Declared::Changed) {
                self.patterns(Scoped { module, function: assignment.function, value: &assignment.value }, prefix);
            }
        }
        self.around.pop();
    }
    fn patterns(&mut self, of: Scoped<'a>, prefix: Option<&str>) {
        let python = self.python;
        // `urlpatterns = router.urls`, also as one side of `+`.
        if let Kind::Binary(_, left, right) = &of.value.kind {
            self.patterns(of.with(left), prefix);
            return self.patterns(of.with(right), prefix);
        }
        if self.router(of, prefix) {
            return;
        }
        // `i18n_patterns(path(…), …)`, `format_suffix_patterns([…])`, `[*a, *b]`.
        if let Some(at) = python.call_of(of) {
            let call = python.code.call(at);
            for argument in call.arguments.iter().filter(|a| a.name.is_none()) {
                match argument.value.kind {
                    Kind::Call(_) => self.pattern(python.scoped(at, &argument.value), prefix),
                    _ => self.patterns(python.scoped(at, &argument.value), prefix),
                }
            }
            return;
        }
        for element in python.list(of) {
            self.pattern(element, prefix);
        }
    }
    /// `path("x/", view)`, `re_path`, `url`, each with a view or an `include`.
    fn pattern(&mut self, of: Scoped<'a>, prefix: Option<&str>) {
        let python = self.python;
        let Some(at) = python.call_of(of).filter(|_| self.routes.len() < MAX_ROUTES) else { return };
        let call = python.code.call(at);
        let expression = match call.method() {
            Some("path") => false,
            Some("re_path" | "url") => true,
            _ => return,
        };
        let written = call.argument(0).or_else(|| call.keyword("route").or_else(|| call.keyword("regex")));
        let written = written.and_then(|v| python.text(python.scoped(at, v)));
        let route = written.map(|route| if expression { plain(&route) } else { route });
        // What stands below a prefix that is not written is there all the same, at a path that nobody knows.
        let path = prefix.zip(route).map(|(prefix, route)| join(prefix, &route));
        let Some(view) = call.argument(1).or_else(|| call.keyword("view")) else { return };
        let view = python.scoped(at, view);
        if !self.included(view, path.as_deref()) {
            self.view(at, view, path);
        }
    }
    /// `include("app.urls")`, `include(router.urls)`, `include([…])`, `include((patterns, "name"))`.
    fn included(&mut self, view: Scoped<'a>, path: Option<&str>) -> bool {
        let python = self.python;
        let Some(at) = python.call_of(view) else { return self.router(view, path) };
        let call = python.code.call(at);
        if call.method() != Some("include") {
            return false;
        }
        let Some(given) = call.argument(0).or_else(|| call.keyword("arg")).map(|v| python.scoped(at, v)) else { return true };
        if let Some(name) = python.text(given) {
            if let Some(module) = module_named(python, at.module, &name) {
                self.module(module, path);
            }
            return true;
        }
        let first = given.value.list().filter(|l| l.len() == 2 && !matches!(l[0].kind, Kind::Call(_))).and_then(<[_]>::first);
        let given = first.map_or(given, |patterns| given.with(patterns));
        match python.base(given) {
            Some(Base::Module(module)) => self.module(module, path),
            _ => match python.text(given).and_then(|name| module_named(python, at.module, &name)) {
                Some(module) => self.module(module, path),
                None => self.patterns(given, path),
            },
        }
        true
    }
    /// `router.urls` of the REST framework: a list and a detail route for each viewset that is registered.
    fn router(&mut self, of: Scoped<'a>, prefix: Option<&str>) -> bool {
        let python = self.python;
        let Some((router, members)) = Hub::of(python.code, of.module, of.function, of.value) else { return false };
        if members != ["urls"] {
            return false;
        }
        let registers: Vec<CallRef> = ["DefaultRouter", "SimpleRouter"]
            .iter()
            .flat_map(|kind| {
                [format!("rest_framework.routers.{kind}().register"), format!("rest_framework_nested.routers.{kind}().register")]
            })
            .flat_map(|name| python.code.calls_of(&name).to_vec())
            .collect();
        for at in registers {
            let call = python.code.call(at);
            let receiver = call.receiver().and_then(|r| Hub::of(python.code, at.module, call.function, r));
            if receiver.is_none_or(|(on, members)| on != router || !members.is_empty()) {
                continue;
            }
            let path = call.argument(0).or_else(|| call.keyword("prefix")).and_then(|v| python.text(python.scoped(at, v)));
            let view = call.argument(1).or_else(|| call.keyword("viewset")).map(|v| python.scoped(at, v));
            let (Some(path), Some(Base::Class(class))) = (path, view.and_then(|v| python.base(v))) else { continue };
            let path = prefix.map(|prefix| join(prefix, &format!("{}/", plain(&path).trim_matches('/'))));
            for action in views::viewset(python, class) {
                let path = path.as_ref().map(|path| join(path, &action.path));
                let guards = self.defaults.guards_of(python, class, action.function);
                self.push(at, path, action.method, action.function, Some(class), guards);
            }
        }
        true
    }
    fn view(&mut self, at: CallRef, view: Scoped<'a>, path: Option<String>) {
        let python = self.python;
        let mut wrapped = Vec::new();
        let mut view = view;
        // `login_required(view)`, `csrf_exempt(X.as_view())`.
        for _ in 0..8 {
            let Some(call) = python.call_of(view) else { break };
            let inner = python.code.call(call);
            if inner.method() == Some("as_view") {
                let class = inner.receiver().and_then(|r| python.base(python.scoped(call, r)));
                if let Some(Base::Class(class)) = class {
                    let listed = inner.argument(0).map(|v| views::as_view(python, python.scoped(call, v))).unwrap_or_default();
                    let methods = if listed.is_empty() { views::methods(python, class) } else { views::named(python, class, &listed) };
                    for (method, function) in methods {
                        let guards = [wrapped.clone(), self.defaults.guards_of(python, class, function)].concat();
                        self.push(at, path.clone(), method, function, Some(class), guards);
                    }
                } else {
                    let name = inner.receiver().and_then(|r| python.name(python.scoped(call, r))).unwrap_or_default();
                    for method in views::of_package(&name) {
                        self.push(at, path.clone(), method, None, None, wrapped.clone());
                    }
                }
                return;
            }
            let Some(argument) = inner.argument(0) else { break };
            wrapped.push(python.guard(python.scoped(call, &inner.callee)));
            view = python.scoped(call, argument);
        }
        let handler = match python.text(view) {
            Some(name) => dotted(python, view, &name).function,
            None => match python.base(view) {
                Some(Base::Function(function)) => Some(function),
                _ => None,
            },
        };
        for method in handler.map_or_else(|| vec![Method::Any], |f| views::function_methods(python, f)) {
            let own = handler.map(|f| self.defaults.function_guards(python, f)).unwrap_or_default();
            self.push(at, path.clone(), method, handler, None, [wrapped.clone(), own].concat());
        }
    }
    fn push(
        &mut self,
        at: CallRef,
        path: Option<String>,
        method: Method,
        handler: Option<FunctionRef>,
        class: Option<ClassRef>,
        own: Vec<Guard>,
    ) {
        let guards = [self.guards, &own].concat();
        let (module, place) = (at.module, self.python.code.call_at(at));
        let (framework, mounts) = (FRAMEWORK, Vec::new());
        self.routes.push(Route { method, path, handler, class, guards, module, at: place, framework, mounts, mounted: true });
    }
}

/// A pattern without the marks of its ends: `^users/$` says `users/`.
fn plain(expression: &str) -> String {
    let start = expression.strip_prefix('^').unwrap_or(expression);
    start.strip_suffix('$').unwrap_or(start).to_owned()
}
