//! Applications and routers: what is mounted on what, and the ways from an application to a router.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::Location;
use plimsoll_source::{Declared, FunctionId, Target, Value};

use crate::code::{Base, CallRef, ClassRef, Code, Guard, ModuleId};

/// Ways from applications to one router that are followed; more are of no interest to anyone.
const MAX_WAYS: usize = 16;

/// Routers within one another.
const MAX_NESTING: usize = 24;

/// An application or router, by what makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hub {
    /// The call that made it.
    Made(CallRef),
    /// An instance of a class of the tree.
    Of(ClassRef),
}

/// What is known of one.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// Whether it is an application, which serves without being mounted.
    pub(super) application: bool,
    /// What it puts before its routes' paths; none where that is not written.
    pub(super) prefix: Option<String>,
    /// What runs before all of its routes.
    pub(super) guards: Vec<Guard>,
    /// Where it is mounted.
    pub(super) mounts: Vec<Mount>,
}

/// One mounting of a router.
#[derive(Clone, Debug)]
pub(super) struct Mount {
    /// On what.
    pub(super) on: Hub,
    /// Below which path; none where that is not written.
    pub(super) prefix: Option<String>,
    /// What runs before its routes by this mounting.
    pub(super) guards: Vec<Guard>,
}

/// A way from an application to a router.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// The prefixes on it; none where one is not written.
    pub(super) prefix: Option<String>,
    /// What runs before, outermost first.
    pub(super) guards: Vec<Guard>,
    /// The routers on it, outermost first.
    pub(super) mounts: Vec<Location>,
    /// Whether it begins at an application.
    pub(super) mounted: bool,
}

/// All applications and routers of one framework.
#[derive(Debug, Default)]
pub(super) struct Hubs {
    pub(super) known: BTreeMap<Hub, Known>,
}

impl Hub {
    /// The application or router that a value is, with the members taken from it.
    pub(super) fn of(code: &Code, module: ModuleId, function: FunctionId, value: &Value) -> Option<(Self, Vec<String>)> {
        let origin = code.origin(module, function, value);
        let hub = match origin.base {
            Base::Result(call) => Self::Made(call),
            Base::Instance(class) => Self::Of(class),
            _ => return None,
        };
        Some((hub, origin.members))
    }
    /// Where it is made.
    pub(super) fn at(self, code: &Code) -> Location {
        match self {
            Self::Made(call) => code.call_at(call),
            Self::Of(class) => code.location(class.module, code.class(class).name_at),
        }
    }
}

impl Hubs {
    /// What is known of one; nothing yet for a new one.
    pub(super) fn entry(&mut self, hub: Hub) -> &mut Known {
        self.known.entry(hub).or_insert_with(|| Known { prefix: Some(String::new()), ..Known::default() })
    }
    /// The application, where there is just one.
    pub(super) fn only_application(&self) -> Option<Hub> {
        let mut applications = self.known.iter().filter(|(_, k)| k.application && k.mounts.is_empty()).map(|(hub, _)| *hub);
        let one = applications.next()?;
        applications.next().is_none().then_some(one)
    }
    /// The ways from applications to a router; one that begins nowhere for a router that nothing mounts.
    pub(super) fn ways(&self, code: &Code, hub: Hub) -> Vec<Way> {
        let mut ways = self.follow(code, hub, &mut BTreeSet::new());
        ways.truncate(MAX_WAYS);
        ways
    }
    fn follow(&self, code: &Code, hub: Hub, around: &mut BTreeSet<Hub>) -> Vec<Way> {
        let Some(known) = self.known.get(&hub) else { return Vec::new() };
        if around.len() >= MAX_NESTING || !around.insert(hub) {
            return Vec::new();
        }
        let mut ways = Vec::new();
        for mount in &known.mounts {
            for way in self.follow(code, mount.on, around) {
                if ways.len() >= MAX_WAYS {
                    break;
                }
                let guards = [&way.guards[..], &mount.guards, &known.guards].concat();
                let prefix = joined([&way.prefix, &mount.prefix, &known.prefix]);
                let mounts = way.mounts.into_iter().chain([hub.at(code)]).collect();
                ways.push(Way { prefix, guards, mounts, mounted: way.mounted });
            }
        }
        if ways.is_empty() {
            let mounts = if known.application { Vec::new() } else { vec![hub.at(code)] };
            ways.push(Way { prefix: known.prefix.clone(), guards: known.guards.clone(), mounts, mounted: known.application });
        }
        around.remove(&hub);
        ways
    }
}

fn joined(parts: [&Option<String>; 3]) -> Option<String> {
    parts.into_iter().try_fold(String::new(), |path, part| Some(join(&path, part.as_ref()?)))
}

/// Two parts of a path with one slash between them.
pub(super) fn join(left: &str, right: &str) -> String {
    match (left.strip_suffix('/'), right.strip_prefix('/')) {
        (Some(left), Some(_)) => format!("{left}{right}"),
        (None, None) if !left.is_empty() && !right.is_empty() => format!("{left}/{right}"),
        _ => format!("{left}{right}"),
    }
}

/// The values that a name takes in a loop over a list that is written out: `for router in [a, b]: app.include_router(router)`. Each with the module and
/// function whose names it uses.
pub(super) fn looped<'a>(code: &'a Code, module: ModuleId, function: FunctionId, value: &Value) -> Vec<(ModuleId, FunctionId, &'a Value)> {
    let Some([name]) = value.path().as_deref().map(<[&str]>::to_vec).and_then(|p| <[&str; 1]>::try_from(p).ok()) else { return Vec::new() };
    let bound = code.module(module).module.assignments.iter().find_map(|a| {
        let of = a.declared == Declared::Bound && a.function == function;
        match &a.target {
            Target::Name(target) if of && target == name => Some((&a.value, None)),
            Target::Elements(names) if of => names.iter().position(|n| n == name).map(|index| (&a.value, Some(index))),
            _ => None,
        }
    });
    let Some((over, index)) = bound else { return Vec::new() };
    let Some((module, function, list)) = code.written(module, function, over) else { return Vec::new() };
    let elements = list.list().unwrap_or_default().iter();
    let part = |element: &'a Value| index.map_or(Some(element), |i| element.list()?.get(i));
    elements.filter_map(part).map(|element| (module, function, element)).collect()
}
