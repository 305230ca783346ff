//! Follows values to where they come from: through names, imports, members, calls and parameters.
//!
//! One [`Follow`] answers questions about one module one after the other and remembers what it found. What a question costs is bounded: by its depth,
//! by its steps, and cycles are cut where they close. What is only known within a cycle, or was cut for its depth, is not remembered, so that answers
//! do not hang on the order of questions; what cost too many steps is, so that it is not tried again.

mod calls;
mod classes;
mod exports;
mod members;
mod parameters;
mod scopes;

use std::collections::HashMap;

use plimsoll_source::{Dialect, FunctionId, Kind, Operator, Value};

use self::members::keeps_members;
use super::names::Binding;
use super::{CallRef, ClassRef, Code, FunctionRef, ModuleId};

/// How many values may be followed within one another.
const MAX_DEPTH: u32 = 120;

/// How many values may be followed for one question.
const MAX_STEPS: u32 = 1_000;

/// Where a value starts; borrowed, unlike [`Base`](super::Base).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum At<'a> {
    /// A package or the language's library: its name, the path within, and what stands between.
    Package(&'a str, &'a str, char),
    Global(&'a str),
    Function(FunctionRef),
    Class(ClassRef),
    Instance(ClassRef),
    /// An instance of the type of a package that an annotation names.
    Typed(ModuleId, FunctionId, &'a Value),
    Module(ModuleId),
    /// A folder of Python modules without `__init__`: the first bytes of a module's path.
    Folder(ModuleId, usize),
    Result(CallRef),
    Parameter(FunctionRef, u32),
    Written(ModuleId, FunctionId, &'a Value),
    Unknown,
    /// The question itself: it says nothing new.
    Cycle,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found<'a> {
    pub(super) base: At<'a>,
    pub(super) members: Vec<&'a str>,
}

impl<'a> Found<'a> {
    fn at(base: At<'a>) -> Self {
        Self { base, members: Vec::new() }
    }
    fn unknown() -> Self {
        Self::at(At::Unknown)
    }
    fn and(mut self, member: &'a str) -> Self {
        self.members.push(member);
        self
    }
    fn is_whole(&self) -> bool {
        self.members.is_empty()
    }
    /// Whether it says nothing: unknown, or the question itself.
    fn is_nothing_known(&self) -> bool {
        matches!(self.base, At::Unknown | At::Cycle)
    }
    /// `None`, `null`, `undefined`.
    fn is_none(&self) -> bool {
        matches!(self.base, At::Written(_, _, Value { kind: Kind::Nothing, .. })) && self.is_whole()
    }
}

/// Whether a value is an instance of something.
fn is_made(found: &Found<'_>) -> bool {
    found.is_whole() && matches!(found.base, At::Result(_) | At::Typed(..) | At::Instance(_))
}

/// Whether a value is a written object that has functions.
fn stands_in(found: &Found<'_>) -> bool {
    let At::Written(_, _, value) = found.base else { return false };
    found.is_whole() && value.entries().iter().any(|e| matches!(e.value.kind, Kind::Function(_)))
}

/// A question that may ask itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key<'a> {
    Binding(ModuleId, Binding),
    Export(ModuleId, &'a str),
    Member(ClassRef, &'a str, bool),
    Returned(FunctionRef),
    Called(CallRef),
    /// An entry of an object that takes in others, by the object's first byte.
    Entry(ModuleId, u32, &'a str),
    Base(ClassRef),
}

#[derive(Clone)]
struct Remembered<'a> {
    found: Found<'a>,
    by_parameter: bool,
}

/// Answers questions about values.
pub(super) struct Follow<'a> {
    code: &'a Code,
    remembered: HashMap<Key<'a>, Remembered<'a>>,
    asked: Vec<Key<'a>>,
    /// The outermost question that one being answered has run into again.
    closes_at: usize,
    depth: u32,
    steps: u32,
    /// Whether this question was cut short for its depth.
    cut: bool,
    by_parameter: bool,
    /// Whether parameters are what callers hand in.
    from_callers: bool,
}

impl<'a> Follow<'a> {
    /// Asks about a tree. Callers are only known once every call was looked at.
    pub(super) fn new(code: &'a Code, from_callers: bool) -> Self {
        Self {
            code,
            remembered: HashMap::new(),
            asked: Vec::new(),
            closes_at: usize::MAX,
            depth: 0,
            steps: 0,
            cut: false,
            by_parameter: false,
            from_callers,
        }
    }
    /// Answers a new question.
    pub(super) fn start(&mut self, module: ModuleId, function: FunctionId, value: &'a Value) -> Found<'a> {
        self.begin();
        let found = self.value(module, function, value);
        if found.base == At::Cycle { Found::unknown() } else { found }
    }
    /// Answers what a module gives out under a name.
    pub(super) fn start_export(&mut self, module: ModuleId, name: &'a str) -> Found<'a> {
        self.begin();
        self.exported(module, name)
    }
    fn begin(&mut self) {
        self.steps = 0;
        self.depth = 0;
        self.cut = false;
        self.by_parameter = false;
        self.closes_at = usize::MAX;
    }
    /// Whether the last answer hangs on what a parameter is.
    pub(super) fn hangs_on_parameter(&self) -> bool {
        self.by_parameter
    }
    /// Answers a question once; the question within its own answer is a cycle.
    fn once(&mut self, key: Key<'a>, answer: impl FnOnce(&mut Self) -> Found<'a>) -> Found<'a> {
        if let Some(known) = self.remembered.get(&key) {
            self.by_parameter |= known.by_parameter;
            return known.found.clone();
        }
        if let Some(place) = self.asked.iter().position(|k| *k == key) {
            self.closes_at = self.closes_at.min(place);
            return Found::at(At::Cycle);
        }
        if self.depth >= MAX_DEPTH {
            self.cut = true;
            return Found::unknown();
        }
        let place = self.asked.len();
        let outer = (std::mem::replace(&mut self.closes_at, usize::MAX), std::mem::take(&mut self.by_parameter));
        self.asked.push(key);
        self.depth += 1;
        let mut found = answer(self);
        self.depth -= 1;
        self.asked.truncate(place);
        if self.closes_at >= place {
            // Nothing around it is part of the cycle.
            self.closes_at = usize::MAX;
            if found.base == At::Cycle {
                found = Found::unknown();
            }
            if !self.cut {
                self.remembered.insert(key, Remembered { found: found.clone(), by_parameter: self.by_parameter });
            }
        }
        self.closes_at = self.closes_at.min(outer.0);
        self.by_parameter |= outer.1;
        found
    }
    /// Whether a bound is reached.
    fn is_too_far(&mut self) -> bool {
        self.cut |= self.depth >= MAX_DEPTH;
        self.depth >= MAX_DEPTH || self.steps >= MAX_STEPS
    }
    /// What a value stands for, as seen in a function.
    fn value(&mut self, module: ModuleId, function: FunctionId, value: &'a Value) -> Found<'a> {
        self.steps += 1;
        if self.is_too_far() {
            return Found::unknown();
        }
        self.depth += 1;
        let found = self.kind(module, function, value);
        self.depth -= 1;
        found
    }
    fn kind(&mut self, module: ModuleId, function: FunctionId, value: &'a Value) -> Found<'a> {
        match &value.kind {
            Kind::Name(name) => self.look_up(module, function, name, value.span),
            Kind::Member(of, name) if name == "exports" && self.is_own_module(module, of) => self.whole(module),
            Kind::Member(of, name) => {
                let found = self.value(module, function, of);
                let found = self.member(found, name);
                match &of.kind {
                    Kind::Name(root) if keeps_members(&found) => self.assigned_member(module, root, name).unwrap_or(found),
                    _ => found,
                }
            }
            Kind::Index(of, Some(index)) => match &index.kind {
                Kind::Number(number) => {
                    let found = self.value(module, function, of);
                    self.element(found, *number)
                }
                _ => Found::at(At::Written(module, function, value)),
            },
            Kind::Call(call) => {
                let at = CallRef { module, call: *call };
                self.once(Key::Called(at), |f| f.called(at))
            }
            Kind::Function(function) => Found::at(At::Function(FunctionRef { module, function: *function })),
            Kind::Class(class) => Found::at(At::Class(ClassRef { module, class: *class })),
            Kind::Binary(Operator::Or | Operator::Default, left, right) => {
                let sides = (self.value(module, function, left), self.value(module, function, right));
                self.either(sides).unwrap_or_else(|| Found::at(At::Written(module, function, value)))
            }
            Kind::Binary(Operator::And, _, right) => {
                let found = self.value(module, function, right);
                if matches!(found.base, At::Written(..)) { Found::at(At::Written(module, function, value)) } else { found }
            }
            Kind::Choice(three) => {
                let [_, then, otherwise] = &**three;
                let sides = (self.value(module, function, then), self.value(module, function, otherwise));
                let agreed = match sides {
                    (a, b) if a.is_none() || a.base == At::Cycle => Some(b),
                    (a, b) if b.is_none() || b.base == At::Cycle => Some(a),
                    (a, b) if is_made(&a) && stands_in(&b) => Some(a),
                    (a, b) if stands_in(&a) && is_made(&b) => Some(b),
                    (a, b) => self.agree(&a, &b).then_some(a),
                };
                agreed.unwrap_or_else(|| Found::at(At::Written(module, function, value)))
            }
            Kind::Spread(of) => self.value(module, function, of),
            Kind::Other => Found::unknown(),
            _ => Found::at(At::Written(module, function, value)),
        }
    }
    /// Whether a value is `module` of CommonJS.
    fn is_own_module(&self, module: ModuleId, value: &Value) -> bool {
        let source = self.code.module(module);
        value.is("module") && source.dialect != Dialect::Python && !source.names.has(&source.module, FunctionId::BODY, "module")
    }
    /// What a call calls.
    pub(super) fn callee(&mut self, at: CallRef) -> Option<Found<'a>> {
        let code = self.code;
        let call = code.module(at.module).module.call(at.call)?;
        Some(self.value(at.module, call.function, &call.callee))
    }
    /// What an annotation names.
    pub(super) fn typed(&mut self, module: ModuleId, function: FunctionId, annotation: &'a Value) -> Found<'a> {
        match &annotation.kind {
            Kind::Text(name) => self.look_up(module, function, name, annotation.span),
            _ => self.value(module, function, annotation),
        }
    }
    /// The name of something within the name of another.
    pub(super) fn nested_name(&mut self, found: &Found<'a>) -> Option<String> {
        if self.depth >= MAX_DEPTH {
            self.cut = true;
            return None;
        }
        self.depth += 1;
        let name = self.name(found);
        self.depth -= 1;
        name
    }
    /// `a or b`: what both are, else the one of which more is known.
    fn either(&mut self, (left, right): (Found<'a>, Found<'a>)) -> Option<Found<'a>> {
        // `globalThis.client ?? new Client()`: what survives a reload is what was put there.
        let weak = |f: &Found| {
            let kept = matches!(f.base, At::Global("globalThis" | "global" | "window" | "self")) && !f.is_whole();
            f.is_nothing_known() || f.is_none() || kept || matches!(f.base, At::Parameter(..))
        };
        match (weak(&left), weak(&right)) {
            (true, false) => (!matches!(right.base, At::Written(..))).then_some(right),
            (false, true) => Some(left),
            (true, true) => Some(if left.is_nothing_known() { right } else { left }),
            (false, false) => self.agree(&left, &right).then_some(left),
        }
    }
    /// Whether two values are the same, or made by the same of a package.
    fn agree(&mut self, left: &Found<'a>, right: &Found<'a>) -> bool {
        let made = |f: &Found| matches!(f.base, At::Result(_) | At::Typed(..) | At::Instance(_));
        left == right || (made(left) && made(right) && self.name(left).is_some_and(|name| Some(name) == self.name(right)))
    }
    /// What several values are at once: the one they agree on.
    fn agreed(&mut self, all: Vec<Found<'a>>) -> Found<'a> {
        let mut nothing = Found::at(At::Cycle);
        let mut one: Option<Found<'a>> = None;
        for found in all {
            match &one {
                _ if found.base == At::Cycle => {}
                _ if found.is_none() => nothing = found,
                None => one = Some(found),
                Some(known) if self.agree(known, &found) => {}
                // What is made says more than what an annotation promises.
                Some(Found { base: At::Typed(..), .. }) if matches!(found.base, At::Result(_) | At::Instance(_)) => one = Some(found),
                Some(Found { base: At::Result(_) | At::Instance(_), .. }) if matches!(found.base, At::Typed(..)) => {}
                // An object of functions that do nothing stands in for what is made elsewhere, in builds and tests.
                Some(known) if stands_in(known) && is_made(&found) => one = Some(found),
                Some(known) if is_made(known) && stands_in(&found) => {}
                Some(_) => return Found::unknown(),
            }
        }
        one.unwrap_or(nothing)
    }
}
