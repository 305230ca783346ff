//! A module as lines, for comparison in tests.

use crate::{Argument, BranchId, FunctionId, ImportKind, Kind, Module, OutcomeKind, Parameter, Piece, Target, Value, When};

/// Every statement of a module: what kind, what it says, `@function`, `?branches` with the innermost last.
pub(super) fn lines(m: &Module) -> Vec<String> {
    let mut lines: Vec<(u32, u32, String)> = Vec::new();
    let place = |function: FunctionId, branch: Option<BranchId>| {
        let name = m.function(function).map_or("", |f| f.name.as_str());
        let at = if function == FunctionId::BODY { String::new() } else { format!(" @{}", if name.is_empty() { "λ" } else { name }) };
        let mut around: Vec<String> = m.around(branch).map(|b| when(m, &b.when)).collect();
        around.reverse();
        format!("{at}{}", around.iter().map(|w| format!(" ?{w}")).collect::<String>())
    };
    for i in &m.imports {
        let kind = match i.kind {
            ImportKind::Static => "import",
            ImportKind::Dynamic => "import dynamic",
            ImportKind::Types => "import types",
            _ => "import other",
        };
        let text = |t: &Option<crate::Text>| t.as_deref().unwrap_or("-").to_owned();
        let says = format!("{kind} {} {} {}{}", i.module, text(&i.name), text(&i.local), place(i.function, i.branch));
        lines.push((i.at.start, 0, says));
    }
    for f in m.functions.iter().skip(1) {
        let class = f.class.and_then(|c| m.class(c)).map_or(String::new(), |c| format!("{}.", c.name));
        let parameters: Vec<String> = f.parameters.iter().map(|p| parameter(m, p)).collect();
        let decorators: Vec<String> = f.decorators.iter().map(|d| format!("@{} ", show(m, d))).collect();
        let returns = f.returns.as_ref().map_or(String::new(), |r| format!(" -> {}", show(m, r)));
        let is_async = if f.is_async { "async " } else { "" };
        let decorators = decorators.concat();
        let around = place(f.parent.unwrap_or(FunctionId::BODY), f.branch);
        lines.push((f.at.start, 1, format!("{decorators}{is_async}def {class}{}({}){returns}{around}", f.name, parameters.join(", "))));
    }
    for c in &m.classes {
        let bases: Vec<String> = c.bases.iter().map(|b| show(m, b)).collect();
        let fields: Vec<String> = c.fields.iter().map(|p| parameter(m, p)).collect();
        let decorators: String = c.decorators.iter().map(|d| format!("@{} ", show(m, d))).collect();
        let outer = c.class.and_then(|c| m.class(c)).map_or(String::new(), |c| format!("{}.", c.name));
        let around = place(c.function, c.branch);
        lines.push((c.at.start, 2, format!("{decorators}class {outer}{}({}) {{{}}}{around}", c.name, bases.join(", "), fields.join(", "))));
    }
    for c in &m.calls {
        let mut marks = String::new();
        for (set, mark) in [(c.awaited, " awaited"), (c.dropped, " dropped"), (c.context, " context")] {
            marks += if set { mark } else { "" };
        }
        let says = format!("call {}({}){marks}{}", show(m, &c.callee), arguments(m, &c.arguments), place(c.function, c.branch));
        lines.push((c.at.end, 3, says));
    }
    for a in &m.assignments {
        let target = match &a.target {
            Target::Name(name) => name.to_string(),
            Target::Place(value) => show(m, value),
            Target::Elements(names) => format!("({})", names.join(", ")),
            Target::Parts(_) => "parts".to_owned(),
        };
        let sign = match a.declared {
            crate::Declared::Assigned => "=",
            crate::Declared::Outer => "outer =",
            crate::Declared::Changed => "+=",
            crate::Declared::Bound => "<-",
            _ => "?",
        };
        let annotation = a.annotation.as_ref().map_or(String::new(), |x| format!(": {}", show(m, x)));
        let class = a.class.and_then(|c| m.class(c)).map_or(String::new(), |c| format!("{}.", c.name));
        lines.push((a.at.end, 4, format!("{class}{target}{annotation} {sign} {}{}", show(m, &a.value), place(a.function, a.branch))));
    }
    for o in &m.outcomes {
        let kind = match o.kind {
            OutcomeKind::Return => "return",
            OutcomeKind::Throw => "raise",
            OutcomeKind::Yield => "yield",
        };
        let value = o.value.as_ref().map_or("-".to_owned(), |v| show(m, v));
        lines.push((o.at.end, 5, format!("{kind} {value}{}", place(o.function, o.branch))));
    }
    for c in &m.catches {
        let types: Vec<String> = c.types.iter().map(|t| show(m, t)).collect();
        let empty = if c.empty { " empty" } else { "" };
        let name = c.name.as_ref().map_or(String::new(), |n| format!(" as {n}"));
        lines.push((c.at.start, 6, format!("except {}{name}{empty}{}", types.join(", "), place(c.function, Some(c.branch)))));
    }
    lines.sort_by_key(|(at, kind, _)| (*at, *kind));
    lines.into_iter().map(|(_, _, says)| says).collect()
}

fn when(m: &Module, when: &When) -> String {
    match when {
        When::Test(value, true) => format!("[{}]", show(m, value)),
        When::Test(value, false) => format!("![{}]", show(m, value)),
        When::Loop => "loop".to_owned(),
        When::Caught => "caught".to_owned(),
        When::Tried => "tried".to_owned(),
        When::Finally => "finally".to_owned(),
        When::Case(of, None) => format!("case {}", show(m, of)),
        When::Case(of, Some(value)) => format!("case {} {}", show(m, of), show(m, value)),
    }
}

fn parameter(m: &Module, p: &Parameter) -> String {
    let annotation = p.annotation.as_ref().map_or(String::new(), |a| format!(": {}", show(m, a)));
    let default = p.default.as_ref().map_or(String::new(), |d| format!(" = {}", show(m, d)));
    format!("{}{annotation}{default}", p.name)
}

fn arguments(m: &Module, arguments: &[Argument]) -> String {
    let one = |a: &Argument| format!("{}{}", a.name.as_ref().map_or(String::new(), |n| format!("{n}=")), show(m, &a.value));
    arguments.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A value, calls written out.
pub(super) fn show(m: &Module, value: &Value) -> String {
    let list = |values: &[Value]| values.iter().map(|v| show(m, v)).collect::<Vec<_>>().join(", ");
    match &value.kind {
        Kind::Text(text) => format!("{text:?}"),
        Kind::Number(number) => number.to_string(),
        Kind::Bool(value) => value.to_string(),
        Kind::Nothing => "None".to_owned(),
        Kind::List(values) => format!("[{}]", list(values)),
        Kind::Object(entries) => {
            let one = |e: &crate::Entry| format!("{}: {}", e.key.as_deref().unwrap_or("-"), show(m, &e.value));
            format!("{{{}}}", entries.iter().map(one).collect::<Vec<_>>().join(", "))
        }
        Kind::Template(pieces) => {
            let one = |p: &Piece| match p {
                Piece::Text(text) => text.to_string(),
                Piece::Value(value) => format!("{{{}}}", show(m, value)),
            };
            format!("`{}`", pieces.iter().map(one).collect::<String>())
        }
        Kind::Name(name) => name.to_string(),
        Kind::Member(of, name) => format!("{}.{name}", show(m, of)),
        Kind::Index(of, by) => format!("{}[{}]", show(m, of), by.as_ref().map_or(":".to_owned(), |b| show(m, b))),
        Kind::Call(id) => m.call(*id).map_or("?".to_owned(), |c| format!("{}({})", show(m, &c.callee), arguments(m, &c.arguments))),
        Kind::Function(id) => format!("λ{}", m.function(*id).map_or("?", |f| f.name.as_str())),
        Kind::Binary(operator, left, right) => format!("({} {operator:?} {})", show(m, left), show(m, right)),
        Kind::Not(of) => format!("!{}", show(m, of)),
        Kind::Choice(three) => format!("({})", three.iter().map(|v| show(m, v)).collect::<Vec<_>>().join(" ? ")),
        Kind::Spread(of) => format!("*{}", show(m, of)),
        Kind::Pattern(_) | Kind::Class(_) => "?".to_owned(),
        Kind::Other => "…".to_owned(),
    }
}
