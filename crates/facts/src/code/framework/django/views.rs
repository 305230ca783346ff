//! Views: what they answer to, and what runs before them.

use plimsoll_source::{FunctionId, Kind};

use super::super::python::{Python, Scoped, verb};
use super::{Project, dotted};
use crate::code::{Base, ClassRef, FunctionRef, Guard, Method};

/// Classes that extend one another.
const MAX_BASES: usize = 24;

/// What the settings put before every view of the REST framework.
pub(super) struct Defaults {
    permissions: Vec<Guard>,
    authentication: Vec<Guard>,
    throttles: Vec<Guard>,
}

/// A viewset's answer.
pub(super) struct Action {
    /// What it answers to.
    pub(super) method: Method,
    /// Its path after the viewset's own.
    pub(super) path: String,
    /// Its method, where the class writes it.
    pub(super) function: Option<FunctionRef>,
}

impl Defaults {
    /// `REST_FRAMEWORK` of the settings.
    pub(super) fn of(python: &Python, project: &Project) -> Self {
        let settings = project.value(python, "REST_FRAMEWORK").map(|value| python.written(value));
        let listed = |key: &str| -> Vec<Guard> {
            let Some((settings, value)) = settings.and_then(|s| Some((s, s.value.get(key)?))) else { return Vec::new() };
            let elements = python.list(settings.with(value)).into_iter();
            elements.filter_map(|e| python.text(e).map(|name| dotted(python, e, &name))).collect()
        };
        Self {
            permissions: listed("DEFAULT_PERMISSION_CLASSES"),
            authentication: listed("DEFAULT_AUTHENTICATION_CLASSES"),
            throttles: listed("DEFAULT_THROTTLE_CLASSES"),
        }
    }
    /// What runs before a method of a class of views: mixins, decorators, and for the REST framework authentication, permissions, throttles.
    pub(super) fn guards_of(&self, python: &Python, class: ClassRef, function: Option<FunctionRef>) -> Vec<Guard> {
        let classes = ancestry(python, class);
        let mut guards = Vec::new();
        for own in &classes {
            let node = python.code.class(*own);
            guards.extend(node.decorators.iter().map(|d| python.guard(Scoped { module: own.module, function: node.function, value: d })));
            for base in &node.bases {
                let base = Scoped { module: own.module, function: node.function, value: base };
                if base.value.path().and_then(|p| p.last().map(|n| n.ends_with("Mixin"))) == Some(true) {
                    guards.push(python.guard(base));
                }
            }
        }
        if is_rest(python, &classes) {
            for (field, default) in [
                ("authentication_classes", &self.authentication),
                ("permission_classes", &self.permissions),
                ("throttle_classes", &self.throttles),
            ] {
                match action_field(python, function, field).or_else(|| class_field(python, &classes, field)) {
                    Some(value) => guards.extend(python.list(value).into_iter().map(|e| python.guard(e))),
                    None => guards.extend(default.iter().cloned()),
                }
            }
        }
        if let Some(function) = function {
            guards.extend(python.decorators(function, |call| python.code.call(call).method() == Some("action")));
        }
        guards
    }
    /// What runs before a function that is a view.
    pub(super) fn function_guards(&self, python: &Python, function: FunctionRef) -> Vec<Guard> {
        let guards = python.decorators(function, |call| matches!(python.code.call(call).method(), Some("api_view")));
        let is_rest = decorator(python, function, "api_view").is_some();
        let mut defaults = Vec::new();
        for (name, default) in [
            ("authentication_classes", &self.authentication),
            ("permission_classes", &self.permissions),
            ("throttle_classes", &self.throttles),
        ] {
            if is_rest && decorator(python, function, name).is_none() {
                defaults.extend(default.iter().cloned());
            }
        }
        // `@permission_classes([IsAdmin])` says classes, not itself.
        let mut said = Vec::new();
        for guard in guards {
            let call = guard.made.map(|made| (made, python.code.call(made)));
            match call.filter(|(_, c)| c.method().is_some_and(|m| m.ends_with("_classes"))) {
                Some((at, call)) => {
                    let listed = call.argument(0).map(|v| python.list(python.scoped(at, v))).unwrap_or_default();
                    said.extend(listed.into_iter().map(|e| python.guard(e)));
                }
                None => said.push(guard),
            }
        }
        defaults.extend(said);
        defaults
    }
}

/// A class of the tree with those that it extends, itself first.
fn ancestry(python: &Python, class: ClassRef) -> Vec<ClassRef> {
    let mut found = vec![class];
    let mut next = 0;
    while let Some(own) = found.get(next).copied().filter(|_| found.len() < MAX_BASES) {
        let node = python.code.class(own);
        for base in &node.bases {
            if let Some(Base::Class(base)) = python.base(Scoped { module: own.module, function: node.function, value: base })
                && !found.contains(&base)
            {
                found.push(base);
            }
        }
        next += 1;
    }
    found
}

/// The names of what the classes extend outside of the tree, without the path.
fn outer_bases(python: &Python, classes: &[ClassRef]) -> Vec<String> {
    let mut names = Vec::new();
    for own in classes {
        let node = python.code.class(*own);
        names.extend(node.bases.iter().filter_map(|b| python.name(Scoped { module: own.module, function: node.function, value: b })));
    }
    names
}

fn is_rest(python: &Python, classes: &[ClassRef]) -> bool {
    outer_bases(python, classes).iter().any(|name| name.starts_with("rest_framework"))
}

/// A field of a class or of what it extends.
fn class_field<'a>(python: &Python<'a>, classes: &[ClassRef], name: &str) -> Option<Scoped<'a>> {
    classes.iter().find_map(|own| {
        let node = python.code.class(*own);
        let value = node.fields.iter().rev().find(|f| f.name == name)?.default.as_ref()?;
        Some(Scoped { module: own.module, function: node.function, value })
    })
}

/// A keyword of `@action(…)`.
fn action_field<'a>(python: &Python<'a>, function: Option<FunctionRef>, name: &str) -> Option<Scoped<'a>> {
    let (function, action) = (function?, decorator(python, function?, "action")?);
    let call = python.code.module(function.module).module.call(action)?;
    Some(Scoped { module: function.module, function: call.function, value: call.keyword(name)? })
}

/// The call of a decorator by its last name.
fn decorator(python: &Python, function: FunctionRef, name: &str) -> Option<plimsoll_source::CallId> {
    python.code.function(function).decorators.iter().find_map(|d| match d.kind {
        Kind::Call(id) => (python.code.module(function.module).module.call(id)?.method() == Some(name)).then_some(id),
        _ => None,
    })
}

/// What a function that is a view answers to.
pub(super) fn function_methods(python: &Python, function: FunctionRef) -> Vec<Method> {
    let node = python.code.function(function);
    for decorator in &node.decorators {
        let word = match &decorator.kind {
            Kind::Name(name) | Kind::Member(_, name) => name.as_str(),
            _ => continue,
        };
        match word {
            "require_POST" => return vec![Method::Post],
            "require_GET" | "require_safe" => return vec![Method::Get],
            "api_view" => return vec![Method::Get],
            _ => {}
        }
    }
    for name in ["api_view", "require_http_methods"] {
        let Some(call) = decorator(python, function, name) else { continue };
        let at = super::super::python::at(function.module, call);
        let listed = python.code.call(at).argument(0).map(|v| python.list(python.scoped(at, v))).unwrap_or_default();
        let methods: Vec<Method> = listed.into_iter().filter_map(|v| verb(&python.text(v)?)).collect();
        return if methods.is_empty() { vec![Method::Get] } else { methods };
    }
    vec![Method::Any]
}

/// A method that a class or one that it extends writes.
fn written(python: &Python, classes: &[ClassRef], name: &str) -> Option<FunctionRef> {
    classes.iter().find_map(|class| python.method(*class, name))
}

/// What a class of views answers to: its own methods, and those of generic views that it extends.
pub(super) fn methods(python: &Python, class: ClassRef) -> Vec<(Method, Option<FunctionRef>)> {
    let classes = ancestry(python, class);
    let mut found: Vec<(Method, Option<FunctionRef>)> = Vec::new();
    for word in ["get", "post", "put", "patch", "delete"] {
        if let (Some(function), Some(method)) = (written(python, &classes, word), verb(word)) {
            found.push((method, Some(function)));
        }
    }
    for base in outer_bases(python, &classes) {
        for method in generic(base.rsplit('.').next().unwrap_or(&base)) {
            if found.iter().all(|(m, _)| m != method) {
                found.push((*method, None));
            }
        }
    }
    if found.is_empty() { vec![(Method::Any, None)] } else { found }
}

/// What a class of a package answers to, by its name.
pub(super) fn of_package(name: &str) -> Vec<Method> {
    match generic(name.rsplit('.').next().unwrap_or(name)) {
        [] => vec![Method::Any],
        methods => methods.to_vec(),
    }
}

/// What generic views answer to by themselves. Source: the references of Django's class-based and REST framework's generic views.
fn generic(name: &str) -> &'static [Method] {
    use Method::{Delete, Get, Patch, Post, Put};
    match name {
        "TemplateView" | "ListView" | "DetailView" | "RedirectView" | "ListAPIView" | "RetrieveAPIView" => &[Get],
        "FormView" | "CreateView" | "UpdateView" | "DeleteView" | "LoginView" | "LogoutView" | "ListCreateAPIView" => &[Get, Post],
        "CreateAPIView" | "ObtainAuthToken" | "TokenObtainPairView" | "TokenRefreshView" | "TokenVerifyView" | "TokenBlacklistView" => {
            &[Post]
        }
        "UpdateAPIView" => &[Put, Patch],
        "DestroyAPIView" => &[Delete],
        "RetrieveUpdateAPIView" => &[Get, Put, Patch],
        "RetrieveDestroyAPIView" => &[Get, Delete],
        "RetrieveUpdateDestroyAPIView" => &[Get, Put, Patch, Delete],
        _ => &[],
    }
}

/// The actions of a viewset with their verbs and paths. Source: the REST framework's reference of routers and mixins.
const ACTIONS: &[(&str, &str, Method, &str)] = &[
    ("list", "ListModelMixin", Method::Get, ""),
    ("create", "CreateModelMixin", Method::Post, ""),
    ("retrieve", "RetrieveModelMixin", Method::Get, "{pk}/"),
    ("update", "UpdateModelMixin", Method::Put, "{pk}/"),
    ("partial_update", "UpdateModelMixin", Method::Patch, "{pk}/"),
    ("destroy", "DestroyModelMixin", Method::Delete, "{pk}/"),
];

/// What a viewset answers to: the actions of the mixins that it extends, those it writes, and its methods decorated with `action`.
pub(super) fn viewset(python: &Python, class: ClassRef) -> Vec<Action> {
    let classes = ancestry(python, class);
    let bases = outer_bases(python, &classes);
    let extends = |word: &str| bases.iter().any(|name| name.rsplit('.').next() == Some(word));
    let mut actions = Vec::new();
    for (name, mixin, method, path) in ACTIONS {
        let function = written(python, &classes, name);
        let reads = extends("ReadOnlyModelViewSet") && matches!(*name, "list" | "retrieve");
        if function.is_some() || extends(mixin) || extends("ModelViewSet") || reads {
            actions.push(Action { method: *method, path: (*path).to_owned(), function });
        }
    }
    let allowed = class_field(python, &classes, "http_method_names")
        .map(|value| -> Vec<Method> { python.list(value).into_iter().filter_map(|v| verb(&python.text(v)?)).collect() });
    for own in &classes {
        let functions = python.code.module(own.module).module.functions.iter().zip(0..);
        for (_, index) in functions.filter(|(f, _)| f.class == Some(own.class) && !f.decorators.is_empty()) {
            let function = FunctionRef { module: own.module, function: FunctionId(index) };
            actions.extend(extra(python, function));
        }
    }
    actions.retain(|a| allowed.as_ref().is_none_or(|allowed| allowed.contains(&a.method)));
    actions
}

/// `@action(detail=True, methods=["post"], url_path="x")`.
fn extra(python: &Python, function: FunctionRef) -> Vec<Action> {
    if decorator(python, function, "action").is_none() {
        return Vec::new();
    }
    let keyword = |name: &str| action_field(python, Some(function), name);
    let detail = keyword("detail").and_then(|v| v.value.bool()) == Some(true);
    let name = keyword("url_path").and_then(|v| python.text(v)).unwrap_or_else(|| python.code.function(function).name.to_string());
    let path = if detail { format!("{{pk}}/{name}/") } else { format!("{name}/") };
    let listed = keyword("methods").map(|v| python.list(v)).unwrap_or_default();
    let mut methods: Vec<Method> = listed.into_iter().filter_map(|v| verb(&python.text(v)?)).collect();
    if methods.is_empty() {
        methods.push(Method::Get);
    }
    methods.into_iter().map(|method| Action { method, path: path.clone(), function: Some(function) }).collect()
}

/// `as_view({"get": "list"})`: verbs and the methods that answer.
pub(super) fn as_view(python: &Python, value: Scoped) -> Vec<(Method, String)> {
    let entries = value.value.entries().iter();
    entries.filter_map(|e| Some((verb(e.key.as_deref()?)?, python.text(Scoped { value: &e.value, ..value })?))).collect()
}

/// The methods of a class by the names that `as_view` maps verbs to.
pub(super) fn named(python: &Python, class: ClassRef, listed: &[(Method, String)]) -> Vec<(Method, Option<FunctionRef>)> {
    let classes = ancestry(python, class);
    listed.iter().map(|(method, name)| (*method, written(python, &classes, name))).collect()
}
