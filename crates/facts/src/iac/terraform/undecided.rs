//! Expressions that something outside decides, as text in which everything known is inserted.

use plimsoll_base::{Location, Span};
use plimsoll_syntax::hcl::{Expr, ExprKind};

use super::eval::{Context, Evaluator, MAX_DEPTH};
use super::term::{Term, access};

impl Evaluator<'_> {
    /// An expression that something outside decides: as written, with what is known inserted.
    pub(super) fn undecided(&self, expr: &Expr, cx: &Context<'_>, at: Location) -> Term {
        const MOST: usize = 2000;
        let before = self.failed.get();
        let start = expr.span.start as usize;
        let Some(raw) = cx.unit.text.get(expr.span.range()) else { return Term::unknown("${}", at) };
        let mut out = String::from("${");
        let mut done = 0;
        let mut open = vec![expr];
        let mut references: Vec<(&[String], Span)> = Vec::new();
        while let Some(next) = open.pop() {
            if let ExprKind::Reference(path) = &next.kind {
                references.push((path, next.span));
            }
            open.extend(next.children());
        }
        references.sort_by_key(|(_, span)| span.start);
        for (path, span) in references {
            if out.len() > MOST {
                break;
            }
            let (from, to) = ((span.start as usize).saturating_sub(start), (span.end as usize).saturating_sub(start));
            let (Some(between), true) = (raw.get(done..from), to <= raw.len()) else { continue };
            let value = if self.depth.get() < MAX_DEPTH && self.steps.get() > 0 { self.reference(path, cx, at) } else { None };
            let Some(inner) = value.and_then(|v| v.inner()).or_else(|| self.address(path, cx)) else { continue };
            out.push_str(between);
            out.push_str(&inner);
            done = to;
        }
        if out.len() <= MOST {
            out.push_str(cut(raw.get(done..).unwrap_or_default()));
        }
        out.truncate(out.trim_end().len());
        out.push('}');
        self.charge(out.len() / 64);
        self.failed.set(before);
        Term::unknown(out, at)
    }

    /// A reference to a resource by its whole address, where its value is not to be had.
    fn address(&self, path: &[String], cx: &Context<'_>) -> Option<String> {
        let (first, rest) = path.split_first()?;
        if cx.lookup(first).is_some() || !(first.contains('_') || matches!(first.as_str(), "data" | "module")) {
            return None;
        }
        let mut out = format!("{}{first}", self.module(cx.module).prefix);
        rest.iter().for_each(|step| out.push_str(&access(step)));
        Some(out)
    }
}

/// The start of a text, so that no text grows without bound.
pub(super) fn cut(text: &str) -> &str {
    const MOST: usize = 2000;
    let mut end = text.len().min(MOST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
