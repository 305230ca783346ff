//! The one middleware of an application, and the paths that it takes.

use plimsoll_source::FunctionId;

use super::super::context::{Scoped, Script};
use super::super::files::GivenOut;
use super::matcher;
use crate::code::{Guard, ModuleId, Mounted};

/// What runs before pages and routes.
pub(super) struct Middleware {
    pub(super) guard: Guard,
    module: ModuleId,
    /// The patterns of its `matcher`; none where it takes all.
    patterns: Option<Vec<String>>,
}

impl Middleware {
    /// The middleware of a module; none where it gives out nothing that could be one.
    pub(super) fn read(script: Script, module: ModuleId) -> Option<Self> {
        let given: GivenOut = ["middleware", "proxy", "default"].iter().find_map(|name| script.one_given_out(module, name))?;
        let guard = script.guard_given_out(given);
        let patterns = script.one_given_out(module, "config").and_then(|c| c.value).and_then(|c| patterns(script, c));
        Some(Self { guard, module, patterns })
    }
    /// Whether it runs for a route of a path.
    pub(super) fn takes(&self, path: &str) -> bool {
        let Some(patterns) = &self.patterns else { return true };
        let path = sample(path);
        patterns.iter().any(|p| matcher::takes(p, &path) == Some(true))
    }
    pub(super) fn mounted(&self, script: Script) -> Mounted {
        let on = script.body(self.module);
        Mounted {
            guard: self.guard.clone(),
            prefix: None,
            on,
            application: true,
            framework: super::FRAMEWORK,
            module: self.module,
            function: FunctionId::BODY,
        }
    }
}

/// The patterns of `config.matcher`; those that are not written take nothing.
fn patterns<'a>(script: Script<'a>, config: Scoped<'a>) -> Option<Vec<String>> {
    let config = script.written(config);
    let matcher = config.with(config.value.get("matcher")?);
    let pattern = |element: Scoped<'a>| {
        let element = script.written(element);
        // With conditions on headers it does not run for all requests.
        if element.value.get("has").is_some() {
            return None;
        }
        let source = element.value.get("source").map_or(element, |s| element.with(s));
        script.text(source)
    };
    Some(script.elements(matcher).into_iter().filter_map(pattern).collect())
}

/// A path as a request may have it: something for every parameter.
fn sample(path: &str) -> String {
    let segments = path.split('/').map(|s| if s.starts_with('[') { "x" } else { s });
    segments.collect::<Vec<_>>().join("/")
}
