//! How often a block exists: `count`, `for_each`, and the names that they bind.

use std::rc::Rc;

use plimsoll_base::Problem;
use plimsoll_syntax::hcl::Body;

use super::eval::{Context, Evaluator, Names};
use super::term::{Entry, Extent, Kind, Term};

/// Instances that one block is expanded to.
pub(super) const MAX_COUNT: usize = 64;
/// A count beyond this is told as absurd.
const ABSURD: f64 = 10_000.0;

/// The names that expansion binds.
pub(super) type Bound = Option<(&'static str, Term)>;

/// How often a block exists.
pub(super) enum Expansion {
    /// Once, without `count` and `for_each`.
    Single,
    /// `count` or `for_each` is known: each index (`[0]`, `["a"]`) with what it binds.
    Many { each: Vec<(String, Bound)>, keyed: bool },
    /// `count` or `for_each` is decided elsewhere; whether one exists for sure.
    Undecided { bound: Bound, some: bool },
}

/// Evaluates with the names bound that expansion binds.
pub(super) fn bind<R>(bound: &Bound, cx: Context<'_>, then: impl FnOnce(&Context<'_>) -> R) -> R {
    match bound {
        Some((name, value)) => {
            let names = Names { name, value: value.clone(), outer: cx.names };
            then(&cx.with(&names))
        }
        None => then(&cx),
    }
}

impl<'a> Evaluator<'a> {
    /// How often a block exists; `key` is its name for the memory of those already asked for.
    pub(super) fn expansion(&self, body: &Body, cx: &Context<'_>) -> Expansion {
        if let Some(count) = body.get("count") {
            let value = self.eval(count, cx);
            let index = |i: usize| {
                let entry = Entry { name: "index".into(), at: value.at, value: Term::of_text(i.to_string(), value.at) };
                Some(("count", Term::map(vec![entry], value.at)))
            };
            return match (value.number(), value.truth()) {
                (Some(n), _) if n > MAX_COUNT as f64 => {
                    if n > ABSURD {
                        let says = format!("count = {n}: one instance stands for all");
                        self.problems.borrow_mut().push(Problem { at: value.at, says });
                    }
                    Expansion::Undecided { bound: None, some: true }
                }
                (Some(n), _) => {
                    Expansion::Many { each: (0..n.max(0.0) as usize).map(|i| (format!("[{i}]"), index(i))).collect(), keyed: false }
                }
                (None, Some(exists)) => {
                    Expansion::Many { each: (0..usize::from(exists)).map(|i| (format!("[{i}]"), index(i))).collect(), keyed: false }
                }
                (None, None) => Expansion::Undecided { bound: None, some: at_least_one(&value) },
            };
        }
        let Some(each) = body.get("for_each") else { return Expansion::Single };
        let value = self.eval(each, cx);
        let bound = |key: Term, value: Term| {
            let entry = |name: &str, value: Term| Entry { name: name.into(), at: value.at, value };
            let at = value.at;
            Some(("each", Term::map(vec![entry("key", key), entry("value", value)], at)))
        };
        if value.kind.len() > MAX_COUNT {
            let says = format!("for_each over {}: the first {MAX_COUNT} are looked at", value.kind.len());
            self.problems.borrow_mut().push(Problem { at: value.at, says });
        }
        let mut found: Vec<(String, Bound)> = Vec::new();
        match &value.kind {
            Kind::Map(entries, extent) if *extent == Extent::Whole || !entries.is_empty() => {
                let mut sorted: Vec<&Entry> = entries.iter().collect();
                sorted.sort_by(|a, b| a.name.cmp(&b.name));
                sorted.dedup_by(|a, b| a.name == b.name);
                for entry in sorted.into_iter().take(MAX_COUNT) {
                    let key = Term::of_text(Rc::clone(&entry.name), entry.at);
                    found.push((format!("[\"{}\"]", entry.name), bound(key, entry.value.clone())));
                }
                Expansion::Many { each: found, keyed: true }
            }
            Kind::List(items, Extent::Whole) if items.iter().all(|i| i.text().is_some()) => {
                let mut sorted: Vec<&Term> = items.iter().collect();
                sorted.sort_by_key(|t| t.text().map(str::to_owned));
                sorted.dedup_by(|a, b| a.text() == b.text());
                for item in sorted.into_iter().take(MAX_COUNT) {
                    let key = item.text().unwrap_or_default();
                    found.push((format!("[\"{key}\"]"), bound(item.clone(), item.clone())));
                }
                Expansion::Many { each: found, keyed: true }
            }
            // The items are known in number, not in name.
            Kind::List(items, Extent::Whole) if !items.is_empty() && items.len() <= MAX_COUNT => {
                for (i, item) in items.iter().enumerate() {
                    found.push((format!("[\"{i}\"]"), bound(item.clone(), item.clone())));
                }
                Expansion::Many { each: found, keyed: true }
            }
            _ => {
                let unknown = |name: &str| Term::unknown(format!("${{each.{name}}}"), value.at);
                Expansion::Undecided { bound: bound(unknown("key"), unknown("value")), some: false }
            }
        }
    }

    /// How often a resource or data source exists, evaluated once; none where the module declares none of that name.
    pub(super) fn expanded(&self, module: usize, kind: &str, name: &str, data: bool) -> Option<Rc<Expansion>> {
        let here = self.module(module);
        let of = if data { &here.folder.data } else { &here.folder.resources };
        let (kind, named) = of.get_key_value(kind)?;
        let (name, (unit, block)) = named.get_key_value(name)?;
        let key = (module, *kind, *name, data);
        if let Some(known) = self.expansions.borrow().get(&key) {
            return Some(Rc::clone(known));
        }
        self.expansions.borrow_mut().insert(key, Rc::new(Expansion::Undecided { bound: None, some: false }));
        let found = Rc::new(self.expansion(&block.body, &here.context(module, unit)));
        self.expansions.borrow_mut().insert(key, Rc::clone(&found));
        Some(found)
    }
}

/// Regions have zones: a count over their list is some number, never none.
fn at_least_one(count: &Term) -> bool {
    matches!(&count.kind, Kind::Unknown(text) if text.starts_with("${length(")
        && ["data.aws_availability_zones.", "data.google_compute_zones."].iter().any(|d| text.contains(d)))
}
