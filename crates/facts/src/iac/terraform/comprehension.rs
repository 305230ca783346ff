//! Comprehensions: `[for …]` and `{for …}`.

use std::collections::BTreeMap;
use std::rc::Rc;

use plimsoll_base::Location;
use plimsoll_syntax::hcl::For;

use super::eval::{Context, Evaluator, Names};
use super::term::{Entry, Extent, Kind, Term};

/// Results of one comprehension.
const MAX_ITEMS: usize = 4096;

impl Evaluator<'_> {
    /// The collection that a comprehension makes; none where what it runs over is not known.
    pub(super) fn comprehension(&self, f: &For, cx: &Context<'_>, at: Location) -> Option<Term> {
        let collection = self.eval(&f.collection, cx);
        let pairs: Vec<(Term, Term)> = match &collection.kind {
            Kind::List(items, _) => items.iter().enumerate().map(|(i, v)| (Term::of_text(i.to_string(), v.at), v.clone())).collect(),
            Kind::Map(entries, _) => {
                let mut sorted: Vec<&Entry> = entries.iter().collect();
                sorted.sort_by(|a, b| a.name.cmp(&b.name));
                sorted.iter().map(|e| (Term::of_text(Rc::clone(&e.name), e.at), e.value.clone())).collect()
            }
            _ => return None,
        };
        let mut extent = match &collection.kind {
            Kind::List(_, extent) | Kind::Map(_, extent) => *extent,
            _ => Extent::Whole,
        };
        if pairs.len() > MAX_ITEMS {
            return None;
        }
        let (mut list, mut map): (Vec<Term>, Vec<Entry>) = (Vec::new(), Vec::new());
        let mut groups: BTreeMap<Rc<str>, (Location, Vec<Term>)> = BTreeMap::new();
        for (key, value) in pairs {
            let outer = Names { name: f.key_var.as_deref().unwrap_or_default(), value: key, outer: cx.names };
            let names = Names { name: &f.value_var, value, outer: Some(&outer) };
            let inner = cx.with(&names);
            let mut sure = true;
            if let Some(condition) = &f.condition {
                match self.eval(condition, &inner).truth() {
                    Some(true) => {}
                    Some(false) => continue,
                    None => {
                        extent = Extent::Part;
                        sure = false;
                    }
                }
            }
            let value = self.eval(&f.value, &inner);
            let Some(key) = &f.key else {
                list.push(if sure { value } else { doubted(value) });
                continue;
            };
            let key = self.eval(key, &inner);
            match &key.kind {
                Kind::Text(name) if f.grouping => groups.entry(Rc::clone(name)).or_insert((key.at, Vec::new())).1.push(value),
                Kind::Text(name) if sure => map.push(Entry { name: Rc::clone(name), at: key.at, value }),
                _ => extent = Extent::Part,
            }
        }
        if f.key.is_none() {
            return Some(Term::new(Kind::List(Rc::new(list), extent), at));
        }
        map.extend(groups.into_iter().map(|(name, (at, items))| Entry { name, at, value: Term::list(items, at) }));
        Some(Term::new(Kind::Map(Rc::new(map), extent), at))
    }
}

/// An item that may not be there.
fn doubted(value: Term) -> Term {
    let at = value.at;
    match value.kind {
        Kind::Unknown(_) => value,
        _ => Term::unknown(format!("${{{}}}", value.inner().unwrap_or_default()), at),
    }
}
