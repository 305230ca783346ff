//! Files that expressions read: `file`, `templatefile`.

use plimsoll_base::Location;
use plimsoll_syntax::hcl::{ExprKind, hcl};

use super::eval::{Context, Evaluator, Names};
use super::source::{Place, Unit};
use super::term::Term;
use crate::library::{Held, join};

/// A word that no template holds on a line of its own.
const END: &str = "PLIMSOLL_END_OF_TEMPLATE";

impl Evaluator<'_> {
    /// What a function that reads a file of the tree gives.
    pub(super) fn file(&self, name: &str, args: &[Term], cx: &Context<'_>, at: Location) -> Option<Term> {
        let path = args.first()?.text()?;
        let held = self.held(path, cx)?;
        match name {
            "fileexists" => Some(Term::of_bool(true, at)),
            "file" => {
                held.bytes.as_ref()?;
                let text = held.text().into_owned();
                self.charge(text.len() / 64);
                Some(Term::of_text(text, at))
            }
            "templatefile" => self.rendered(&held.text(), args.get(1)?, cx, at),
            _ => None,
        }
    }

    /// A path is meant from the top of the tree where it starts with `path.module`, else from the root's folder.
    fn held(&self, path: &str, cx: &Context<'_>) -> Option<&Held> {
        let library = self.source.library;
        let (here, root) = (self.module(cx.module), self.module(0));
        let candidates = [join("", path), join(root.path, path), join(here.path, path)];
        candidates.into_iter().flatten().find_map(|p| library.get(&p))
    }

    fn rendered(&self, text: &str, variables: &Term, cx: &Context<'_>, at: Location) -> Option<Term> {
        if text.is_empty() || text.contains(END) {
            return None;
        }
        self.charge(text.len() / 8);
        let whole = format!("template = <<{END}\n{text}\n{END}\n");
        let unit = Unit { place: Place::Published, body: hcl(whole.as_bytes()).value, text: whole };
        let expr = unit.body.get("template")?;
        let value = match &expr.kind {
            ExprKind::String(text) => Term::of_text(text.as_str(), at),
            ExprKind::Template(parts) => {
                let bound: Vec<(&str, &Term)> = variables.entries()?.iter().map(|e| (&*e.name, &e.value)).collect();
                let inner = Context { unit: &unit, fixed: at, ..*cx };
                self.within(&bound, &inner, &mut |cx| self.template(parts, cx, at))
            }
            _ => return None,
        };
        Some(value)
    }

    /// Evaluates with names bound, one around the other.
    fn within(&self, bound: &[(&str, &Term)], cx: &Context<'_>, then: &mut dyn FnMut(&Context<'_>) -> Term) -> Term {
        match bound.split_first() {
            Some(((name, value), rest)) if rest.len() < 64 => {
                let names = Names { name, value: (*value).clone(), outer: cx.names };
                self.within(rest, &cx.with(&names), then)
            }
            Some((_, rest)) => self.within(rest, cx, then),
            None => then(cx),
        }
    }
}
