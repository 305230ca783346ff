//! The words for what frameworks wire: routes, what is mounted before them, tasks and schedules.

use std::collections::BTreeSet;

use plimsoll_base::{Location, Span};
use plimsoll_source::{FunctionId, When};

use super::{CallRef, ClassRef, Code, FunctionRef, ModuleId};

/// Functions called within one another that are followed.
const MAX_CALLS: usize = 16;

/// What a route answers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Reads the head alone, or asks what is allowed.
    Head,
    /// Creates, or does anything.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Removes.
    Delete,
    /// Whatever comes.
    Any,
    /// A connection that stays: WebSocket, server-sent events upgraded.
    Socket,
    /// A page that is rendered, not an interface that a program calls.
    Page,
    /// A function that a browser calls by reference: a server action, a remote procedure (`tRPC` mutation).
    Action,
}

impl Method {
    /// Whether it may change something.
    pub fn mutates(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch | Self::Delete | Self::Any | Self::Action)
    }
}

/// Something that runs before a handler and may refuse: a middleware, a dependency, a decorator, a guard.
#[derive(Clone, Debug, PartialEq)]
pub struct Guard {
    /// Its canonical name where it comes from a package (`fastapi.security.HTTPBearer()`, `express-rate-limit()`), else the name it has in the tree.
    pub name: String,
    /// Its function or class, where the tree holds it.
    pub function: Option<FunctionRef>,
    /// The class, for guards of Nest, permissions of DRF, middleware classes.
    pub class: Option<ClassRef>,
    /// The call that makes it, for `rateLimit({…})`: its arguments tell how.
    pub made: Option<CallRef>,
    /// Where it is applied.
    pub at: Location,
    /// The module and function in which it is applied, so that values can be followed.
    pub scope: FunctionRef,
}

impl Guard {
    /// The conditions under which it is applied, the innermost first, those of the calls that lead to the function around it included:
    /// `if (process.env.NODE_ENV === "production") app.use(limiter)`. Choices within an expression, `enabled ? limiter : next`, are no conditions here.
    pub fn conditions<'a>(&self, code: &'a Code) -> Vec<&'a When> {
        let mut found = Vec::new();
        let mut scope = self.scope;
        let mut span = self.at.span;
        let mut seen = BTreeSet::new();
        for _ in 0..MAX_CALLS {
            let Some(place) = span.filter(|_| seen.insert(scope)) else { break };
            let module = &code.module(scope.module).module;
            let covers = |outer: Span| outer.start <= place.start && place.end <= outer.end;
            let mut around: Vec<_> = module.branches.iter().filter(|b| covers(b.at)).collect();
            around.sort_by_key(|b| b.at.end - b.at.start);
            found.extend(around.into_iter().map(|b| &b.when));
            let Some(caller) = module.enclosing(scope.function).find_map(|function| code.callers(FunctionRef { function, ..scope }).first()) else { break };
            let call = code.call(*caller);
            scope = FunctionRef { module: caller.module, function: call.function };
            span = Some(call.at);
        }
        found
    }
}

/// A way in.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// What it answers to.
    pub method: Method,
    /// Its path with the prefixes of all mounts, parameters as the framework writes them: `/api/users/:id`; `None` where it is not written.
    pub path: Option<String>,
    /// What answers: the function, where the tree holds it.
    pub handler: Option<FunctionRef>,
    /// The class whose method answers: views, controllers.
    pub class: Option<ClassRef>,
    /// What runs before, outermost first: of the application, of routers on the way, of the route itself.
    pub guards: Vec<Guard>,
    /// The module that declares it.
    pub module: ModuleId,
    /// Where it is declared.
    pub at: Location,
    /// The framework: `express`, `fastapi`, `next`.
    pub framework: &'static str,
    /// The routers on the way from the application, by where they are made; all must be mounted in reached code. Empty where a convention mounts it.
    pub mounts: Vec<Location>,
    /// Whether the chain from an application to it was followed to the end; a router that nothing mounts is not.
    pub mounted: bool,
}

/// A middleware that applies to a whole application or router, in the order of mounting.
#[derive(Clone, Debug, PartialEq)]
pub struct Mounted {
    /// What.
    pub guard: Guard,
    /// The path below which it applies; none for all.
    pub prefix: Option<String>,
    /// The application or router it is mounted on, by where that is made.
    pub on: Location,
    /// Whether that is an application, not a router.
    pub application: bool,
    /// The framework.
    pub framework: &'static str,
    /// The module that mounts it.
    pub module: ModuleId,
    /// The function in which it is mounted; [`FunctionId::BODY`] for the top of the module.
    pub function: FunctionId,
}

/// Work that a queue or a scheduler starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// What does it.
    pub handler: Option<FunctionRef>,
    /// The queue that it is routed to, where one is written.
    pub queue: Option<String>,
    /// The technology: `celery`, `bullmq`.
    pub framework: &'static str,
    /// The module.
    pub module: ModuleId,
    /// Where it is declared.
    pub at: Location,
    /// The call that declares it, whose arguments tell of retries and limits.
    pub made: Option<CallRef>,
}

/// A time at which something starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// What it starts: a task's name or a function's.
    pub starts: String,
    /// The function, where the tree holds it.
    pub handler: Option<FunctionRef>,
    /// When, as written.
    pub when: Option<String>,
    /// The technology: `celery-beat`, `node-cron`, `setInterval`.
    pub framework: &'static str,
    /// Whether it runs in the process that declares it; otherwise a scheduler of its own has to be started.
    pub in_process: bool,
    /// The module.
    pub module: ModuleId,
    /// Where it is declared.
    pub at: Location,
}

/// All that frameworks wire, in the order of files and text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wiring {
    /// Ways in.
    pub routes: Vec<Route>,
    /// Middleware of applications and routers.
    pub mounted: Vec<Mounted>,
    /// Tasks.
    pub tasks: Vec<Task>,
    /// Schedules.
    pub schedules: Vec<Schedule>,
    /// Modules that a framework's convention loads: pages, routes, settings, `urls`, app configurations; with the convention's name.
    pub conventions: Vec<(ModuleId, &'static str)>,
}
