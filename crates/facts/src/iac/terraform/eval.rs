//! Expressions of Terraform. Three-valued: what a provider, a state or a person decides stays unknown, as the text that is written with
//! everything known inserted and every resource by its whole address.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use plimsoll_base::{Location, Problem, Sourced, Span};
use plimsoll_syntax::hcl::{Expr, ExprKind, Step, TemplatePart};

use super::expansion::Expansion;
use super::functions;
use super::module::{Called, Module};
use super::source::{Source, Unit};
use super::term::{Entry, Extent, Found, Kind, Term, single};
use super::undecided::cut;

/// How much one value may hold: lists of lists of one small list are huge.
pub(super) const MAX_WEIGHT: usize = 100_000;
/// How deep expressions may refer to each other.
pub(super) const MAX_DEPTH: u32 = 110;
/// Expressions evaluated for one root with its modules; beyond it everything is unknown.
const MAX_STEPS: u32 = 1_500_000;

/// What is evaluated once: a name in one instance of a module.
pub(super) type Key<'a> = (usize, Name, &'a str);

/// A block in one instance of a module: its kind, its label, whether it is a data source.
pub(super) type BlockKey<'a> = (usize, &'a str, &'a str, bool);

/// Kinds of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Name {
    Variable,
    Local,
    Output,
}

/// Evaluates one root with its modules.
pub(super) struct Evaluator<'a> {
    pub(super) source: &'a Source<'a>,
    /// Instances of modules; the root is the first.
    pub(super) modules: RefCell<Vec<Rc<Module<'a>>>>,
    /// Values given to the root's variables.
    pub(super) given: BTreeMap<String, Term>,
    pub(super) known: RefCell<HashMap<Key<'a>, Option<Term>>>,
    pub(super) calls: RefCell<HashMap<(usize, &'a str), Rc<Called>>>,
    /// How often blocks exist.
    pub(super) expansions: RefCell<HashMap<BlockKey<'a>, Rc<Expansion>>>,
    pub(super) steps: Cell<u32>,
    pub(super) depth: Cell<u32>,
    /// Something was looked up that is known not to be there.
    pub(super) failed: Cell<bool>,
    pub(super) problems: RefCell<Vec<Problem>>,
    /// Folders of local modules that are called.
    pub(super) called: RefCell<BTreeSet<String>>,
    /// Modules whose configuration is not in the tree.
    pub(super) unread: RefCell<Vec<Sourced<String>>>,
}

/// Where an expression stands.
#[derive(Clone, Copy)]
pub(super) struct Context<'c> {
    pub(super) module: usize,
    pub(super) unit: &'c Unit,
    /// The place of what has none of its own.
    pub(super) fixed: Location,
    pub(super) names: Option<&'c Names<'c>>,
}

/// A name bound by a comprehension, a `dynamic` block, `each` or `count`.
pub(super) struct Names<'c> {
    pub(super) name: &'c str,
    pub(super) value: Term,
    pub(super) outer: Option<&'c Names<'c>>,
}

impl<'c> Context<'c> {
    pub(super) fn at(&self, span: Span) -> Location {
        self.unit.at(span).unwrap_or(self.fixed)
    }
    pub(super) fn with(self, names: &'c Names<'c>) -> Context<'c> {
        Context { names: Some(names), ..self }
    }
    pub(super) fn lookup(&self, name: &str) -> Option<&'c Term> {
        let mut next = self.names;
        while let Some(names) = next {
            if names.name == name {
                return Some(&names.value);
            }
            next = names.outer;
        }
        None
    }
    fn raw(&self, span: Span) -> &'c str {
        self.unit.text.get(span.range()).unwrap_or_default().trim()
    }
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(source: &'a Source<'a>, given: BTreeMap<String, Term>, root: Module<'a>) -> Self {
        Self {
            source,
            modules: RefCell::new(vec![Rc::new(root)]),
            given,
            known: RefCell::default(),
            calls: RefCell::default(),
            expansions: RefCell::default(),
            steps: Cell::new(MAX_STEPS),
            depth: Cell::new(0),
            failed: Cell::new(false),
            problems: RefCell::default(),
            called: RefCell::default(),
            unread: RefCell::default(),
        }
    }
    /// Whether the work allowed for the root is used up.
    pub(super) fn exhausted(&self) -> bool {
        self.steps.get() == 0
    }
    pub(super) fn module(&self, index: usize) -> Rc<Module<'a>> {
        Rc::clone(&self.modules.borrow()[index])
    }
    /// Counts work that the size of a value makes.
    pub(super) fn charge(&self, work: usize) {
        self.steps.set(self.steps.get().saturating_sub(u32::try_from(work).unwrap_or(u32::MAX)));
    }

    /// The value of an expression.
    pub(super) fn eval(&self, expr: &Expr, cx: &Context<'_>) -> Term {
        let at = cx.at(expr.span);
        let left = self.steps.get();
        if left == 0 || self.depth.get() >= MAX_DEPTH {
            return Term::unknown(format!("${{{}}}", cut(cx.raw(expr.span))), at);
        }
        self.steps.set(left - 1);
        self.depth.set(self.depth.get() + 1);
        let value = self.kind(expr, cx, at);
        self.depth.set(self.depth.get() - 1);
        value
    }

    fn kind(&self, expr: &Expr, cx: &Context<'_>, at: Location) -> Term {
        let found = match &expr.kind {
            ExprKind::Null => Some(Term::null(at)),
            ExprKind::Bool(b) => Some(Term::of_bool(*b, at)),
            ExprKind::Number(text) | ExprKind::String(text) => Some(Term::of_text(text.as_str(), at)),
            ExprKind::Template(parts) => Some(self.template(parts, cx, at)),
            ExprKind::List(items) => Some(Term::list(items.iter().map(|i| self.eval(i, cx)).collect(), at)),
            ExprKind::Object(entries) => Some(self.object(entries, cx, at)),
            ExprKind::Reference(path) => self.reference(path, cx, at),
            ExprKind::Traversal { base, steps } => self.traversal(base, steps, cx, at),
            ExprKind::Call { name, args, spread } => self.call(name, args, *spread, cx, at),
            ExprKind::Conditional { condition, then, otherwise } => self.conditional(condition, then, otherwise, cx),
            ExprKind::Operation { op, operands } => {
                let values: Vec<Term> = operands.iter().map(|o| self.eval(o, cx)).collect();
                functions::operation(op, &values).map(|text| Term::of_text(text, at))
            }
            ExprKind::For(f) => self.comprehension(f, cx, at),
            ExprKind::Other(_) => None,
        };
        match found {
            Some(made) if self.is_huge(&made, &expr.kind) => Term::unknown(format!("${{{}}}", cut(cx.raw(expr.span))), at),
            Some(found) => found,
            None => self.undecided(expr, cx, at),
        }
    }

    /// Whether an expression puts together more than can be walked. A value holds others without a copy, so that few lines make one that
    /// no memory would hold.
    fn is_huge(&self, made: &Term, by: &ExprKind) -> bool {
        if !matches!(by, ExprKind::List(_) | ExprKind::Object(_) | ExprKind::Call { .. } | ExprKind::For(_)) {
            return false;
        }
        let weight = made.weight(MAX_WEIGHT);
        self.charge(weight / 64);
        weight >= MAX_WEIGHT
    }

    fn object(&self, entries: &[(Expr, Expr)], cx: &Context<'_>, at: Location) -> Term {
        let mut extent = Extent::Whole;
        let mut found: Vec<Entry> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let name = self.eval(key, cx);
            let place = cx.at(Span { start: key.span.start, end: value.span.end });
            match &name.kind {
                Kind::Text(text) => found.push(Entry { name: Rc::clone(text), at: place, value: self.eval(value, cx) }),
                _ => extent = Extent::Part,
            }
        }
        Term::new(Kind::Map(Rc::new(found), extent), at)
    }

    fn conditional(&self, condition: &Expr, then: &Expr, otherwise: &Expr, cx: &Context<'_>) -> Option<Term> {
        match self.eval(condition, cx).truth() {
            Some(true) => Some(self.eval(then, cx)),
            Some(false) => Some(self.eval(otherwise, cx)),
            None => {
                let (then, otherwise) = (self.eval(then, cx), self.eval(otherwise, cx));
                (then.is_settled() && functions::same(&then, &otherwise) == Some(true)).then_some(then)
            }
        }
    }

    /// A text with insertions.
    pub(super) fn template(&self, parts: &[TemplatePart], cx: &Context<'_>, at: Location) -> Term {
        let mut text = String::new();
        let mut decided = true;
        for part in parts {
            match part {
                TemplatePart::Literal(t) => text.push_str(t),
                TemplatePart::Interpolation(e) => {
                    let value = self.eval(e, cx);
                    match &value.kind {
                        Kind::Text(t) => text.push_str(t),
                        Kind::Unknown(t) => {
                            decided = false;
                            text.push_str(t);
                        }
                        _ => {
                            decided = false;
                            text.push_str("${");
                            text.push_str(&value.inner().unwrap_or_else(|| cut(cx.raw(e.span)).to_owned()));
                            text.push('}');
                        }
                    }
                }
                TemplatePart::Directive { raw, .. } => {
                    decided = false;
                    text.push_str(raw);
                }
            }
        }
        self.charge(text.len() / 64);
        if text.len() > crate::library::KEPT_BYTES as usize {
            return Term::unknown(cut(&text), at);
        }
        if decided { Term::of_text(text, at) } else { Term::unknown(text, at) }
    }

    /// What a name with its constant steps stands for; none where it means nothing here.
    pub(super) fn reference(&self, path: &[String], cx: &Context<'_>, at: Location) -> Option<Term> {
        let (first, rest) = path.split_first()?;
        if let Some(bound) = cx.lookup(first) {
            return self.follow(bound.clone(), rest).map(|v| v.moved(at));
        }
        let (base, rest) = match (first.as_str(), rest.split_first()) {
            ("var", Some((name, rest))) => (self.variable(cx.module, name)?, rest),
            ("local", Some((name, rest))) => (self.local(cx.module, name)?, rest),
            ("module", Some((name, rest))) => return self.output_of(cx.module, name, rest).map(|v| v.moved(at)),
            ("path", Some((name, []))) => return self.path(cx, name).map(|p| Term::of_text(p, at)),
            ("data", Some((kind, rest))) => {
                let (name, rest) = rest.split_first()?;
                (self.resource(cx.module, kind, name, true), rest)
            }
            (kind, Some((name, rest))) if kind.contains('_') => (self.resource(cx.module, kind, name, false), rest),
            _ => return None,
        };
        // What is inserted keeps the place that a published module's caller gave it.
        let found = self.follow(base, rest)?;
        Some(if cx.unit.file().is_some() { found.moved(at) } else { found })
    }

    fn path(&self, cx: &Context<'_>, name: &str) -> Option<String> {
        let module = match name {
            "module" => self.module(cx.module),
            "root" | "cwd" => self.module(0),
            _ => return None,
        };
        Some(if module.path.is_empty() { ".".to_owned() } else { module.path.to_owned() })
    }

    pub(super) fn follow(&self, base: Term, steps: &[String]) -> Option<Term> {
        let mut value = base;
        for step in steps {
            self.charge(value.entries().map_or(0, |e| e.len() / 16));
            value = match value.step(step) {
                Found::Here(next) => next,
                Found::Absent => {
                    self.failed.set(true);
                    return None;
                }
            };
        }
        Some(value)
    }

    fn traversal(&self, base: &Expr, steps: &[Step], cx: &Context<'_>, at: Location) -> Option<Term> {
        let value = self.eval(base, cx);
        self.steps_from(value, steps, cx).map(|v| v.moved(at))
    }

    fn steps_from(&self, mut value: Term, steps: &[Step], cx: &Context<'_>) -> Option<Term> {
        for (i, step) in steps.iter().enumerate() {
            let name = match step {
                Step::Attribute(name) => name.clone(),
                Step::Index(key) => {
                    let key = self.eval(key, cx);
                    match (key.text(), &value.kind) {
                        (Some(text), _) => text.to_owned(),
                        (None, Kind::Unknown(text)) => {
                            let inner = single(text)?;
                            value = Term::unknown(format!("${{{}[{}]}}", inner, key.inner()?), value.at);
                            continue;
                        }
                        _ => return None,
                    }
                }
                Step::Splat => return self.splat(&value, &steps[i + 1..], cx),
            };
            value = self.follow(value, std::slice::from_ref(&name))?;
        }
        Some(value)
    }

    fn splat(&self, value: &Term, rest: &[Step], cx: &Context<'_>) -> Option<Term> {
        self.charge(value.items().map_or(1, <[Term]>::len));
        match &value.kind {
            Kind::Null => Some(Term::list(Vec::new(), value.at)),
            Kind::Unknown(text) => {
                let all = Term::unknown(format!("${{{}[*]}}", single(text)?), value.at);
                self.steps_from(all, rest, cx)
            }
            Kind::List(items, extent) => {
                let found: Option<Vec<Term>> = items.iter().map(|i| self.steps_from(i.clone(), rest, cx)).collect();
                Some(Term::new(Kind::List(Rc::new(found?), *extent), value.at))
            }
            Kind::Text(_) | Kind::Map(..) => Some(Term::list(vec![self.steps_from(value.clone(), rest, cx)?], value.at)),
        }
    }

    fn call(&self, name: &str, args: &[Expr], spread: bool, cx: &Context<'_>, at: Location) -> Option<Term> {
        match name {
            "try" => return self.attempt(args, cx, at),
            "can" => {
                let before = self.failed.replace(false);
                let value = self.eval(args.first()?, cx);
                let failed = self.failed.replace(before);
                return if failed { Some(Term::of_bool(false, at)) } else { value.is_settled().then(|| Term::of_bool(true, at)) };
            }
            _ => {}
        }
        let mut values: Vec<Term> = args.iter().map(|a| self.eval(a, cx)).collect();
        if spread {
            let last = values.pop()?;
            values.extend_from_slice(last.all_items()?);
        }
        self.charge(values.iter().map(|v| v.items().map_or(0, <[Term]>::len) + v.entries().map_or(0, <[Entry]>::len)).sum());
        match name {
            "file" | "templatefile" | "fileexists" | "filebase64" => self.file(name, &values, cx, at),
            _ => functions::call(name, values, at),
        }
    }

    /// `try`: the first argument that raises no error.
    fn attempt(&self, args: &[Expr], cx: &Context<'_>, at: Location) -> Option<Term> {
        for arg in args {
            let before = self.failed.replace(false);
            let value = self.eval(arg, cx);
            if !self.failed.replace(before) {
                return Some(value.moved(at));
            }
        }
        None
    }
}
