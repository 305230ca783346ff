//! Which variables an instruction sees: global ARGs in FROM; in a stage its ENV and ARG and those of the stages it builds upon.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::expand::{Expander, Known, Value};

/// So many stages are followed for a variable; real files have a handful.
const MAX_CHAIN: usize = 64;

/// ARGs that the builder sets by itself.
const PLATFORM_ARGS: &[&str] =
    &["BUILDARCH", "BUILDOS", "BUILDPLATFORM", "BUILDVARIANT", "TARGETARCH", "TARGETOS", "TARGETPLATFORM", "TARGETSTAGE", "TARGETVARIANT"];

#[derive(Default)]
struct Scope {
    parent: Option<usize>,
    env: BTreeMap<String, Value>,
    args: BTreeMap<String, Option<Value>>,
}

/// The variables of a whole file.
pub(super) struct Scopes {
    expander: Expander,
    globals: BTreeMap<String, Option<Value>>,
    stages: Vec<Scope>,
    /// Names of stages in lower case.
    names: BTreeMap<String, usize>,
}

impl Scopes {
    pub(super) fn new(escape: char, length: usize) -> Self {
        let budget = Cell::new(length.saturating_mul(4).clamp(1 << 16, 1 << 24));
        Self { expander: Expander { escape, budget }, globals: BTreeMap::new(), stages: Vec::new(), names: BTreeMap::new() }
    }

    /// A stage begins, upon an earlier one or an image.
    pub(super) fn open(&mut self, parent: Option<usize>, name: Option<&str>) {
        if let Some(name) = name {
            self.names.insert(name.to_ascii_lowercase(), self.stages.len());
        }
        self.stages.push(Scope { parent, ..Scope::default() });
    }

    /// How many stages have begun.
    pub(super) fn count(&self) -> usize {
        self.stages.len()
    }

    /// The latest stage of that name.
    pub(super) fn stage_named(&self, name: &str) -> Option<usize> {
        self.names.get(&name.to_ascii_lowercase()).copied()
    }

    /// Expands what stands outside of stages: FROM and the ARGs before it.
    pub(super) fn global(&self, text: &str) -> Value {
        self.expander.expand(text, &|name| match self.globals.get(name) {
            Some(Some(value)) => Known::Value(value),
            None if PLATFORM_ARGS.contains(&name) => Known::Elsewhere,
            _ => Known::Unset,
        })
    }

    /// Expands what stands at the cursor: in the last stage, or before the first.
    pub(super) fn here(&self, text: &str) -> Value {
        if self.stages.is_empty() { self.global(text) } else { self.expander.expand(text, &|name| self.known(name)) }
    }

    fn known(&self, name: &str) -> Known<'_> {
        let mut at = self.stages.len().checked_sub(1);
        let mut argument = None;
        for _ in 0..MAX_CHAIN {
            let Some(scope) = at.and_then(|index| self.stages.get(index)) else {
                return match argument {
                    Some(Some(value)) => Known::Value(value),
                    None if PLATFORM_ARGS.contains(&name) => Known::Elsewhere,
                    _ => Known::Unset,
                };
            };
            // ENV wins over ARG wherever either stands.
            if let Some(value) = scope.env.get(name) {
                return Known::Value(value);
            }
            if argument.is_none() {
                argument = scope.args.get(name).map(Option::as_ref);
            }
            at = scope.parent;
        }
        Known::Elsewhere
    }

    /// An ARG is declared; gives its default.
    pub(super) fn declare(&mut self, name: &str, default: Option<Value>) -> Option<String> {
        let Some(stage) = self.stages.last_mut() else {
            self.globals.insert(name.to_owned(), default.clone());
            return default.map(|value| value.text);
        };
        let default = default.or_else(|| self.globals.get(name).cloned().flatten());
        if default.is_none() && PLATFORM_ARGS.contains(&name) {
            return None;
        }
        stage.args.insert(name.to_owned(), default.clone());
        default.map(|value| value.text)
    }

    /// An ENV is set.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        if let Some(stage) = self.stages.last_mut() {
            stage.env.insert(name.to_owned(), value);
        }
    }
}
