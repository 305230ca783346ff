//! A module as lines of text, so that a test says all of it.

use std::fmt::Write;

use crate::{
    Argument, BranchId, Call, Declared, Form, FunctionId, ImportKind, Kind, Module, Operator, OutcomeKind, Parameter, Piece, Target, Value,
    When,
};

/// All that a module says, one line each: functions, classes, imports, exports, assignments, calls, outcomes, catches.
pub(super) fn show(module: &Module) -> String {
    let show = Show(module);
    let mut out = String::new();
    for directive in &module.directives {
        _ = writeln!(out, "directive {directive}");
    }
    for (index, f) in module.functions.iter().enumerate().skip(1) {
        let parameters: Vec<_> = f.parameters.iter().map(|p| show.parameter(p)).collect();
        let returns = f.returns.as_ref().map(|r| format!(": {}", show.value(r))).unwrap_or_default();
        let asynchronous = if f.is_async { "async " } else { "" };
        let class = f.class.map(|c| format!(" of class {}", c.0)).unwrap_or_default();
        let directives: String = f.directives.iter().map(|d| format!(" '{d}'")).collect();
        let parent = f.parent.unwrap_or(FunctionId::BODY);
        let decorators = show.decorators(&f.decorators);
        let around = show.around(parent, f.branch);
        _ = writeln!(out, "{decorators}{asynchronous}fn {index} {}({}){returns}{class}{directives}{around}", f.name, parameters.join(", "));
    }
    for (index, c) in module.classes.iter().enumerate() {
        let bases: Vec<_> = c.bases.iter().map(|b| show.value(b)).collect();
        let fields: Vec<_> = c.fields.iter().map(|f| show.parameter(f)).collect();
        let around = show.around(c.function, c.branch);
        let decorators = show.decorators(&c.decorators);
        _ = writeln!(out, "{decorators}class {index} {}({}) {{{}}}{around}", c.name, bases.join(", "), fields.join("; "));
    }
    for i in &module.imports {
        let name = i.name.as_deref().unwrap_or("-");
        let local = i.local.as_deref().unwrap_or("-");
        let kind = match i.kind {
            ImportKind::Static => "import",
            ImportKind::Require => "require",
            ImportKind::Dynamic => "dynamic",
            ImportKind::ReExport => "re-export",
            ImportKind::Types => "types",
        };
        _ = writeln!(out, "{kind} {name} as {local} from {}{}", i.module, show.around(i.function, i.branch));
    }
    for e in &module.exports {
        _ = writeln!(out, "export {} = {}", e.name, show.value(&e.value));
    }
    for a in &module.assignments {
        let declared = match a.declared {
            Declared::Const => "const",
            Declared::Let => "let",
            Declared::Assigned => "set",
            Declared::Outer => "outer",
            Declared::Changed => "change",
            Declared::Bound => "each",
        };
        let target = match &a.target {
            Target::Name(name) => name.to_string(),
            Target::Place(place) => show.value(place),
            Target::Parts(parts) => format!("{{{}}}", parts.iter().map(|(k, l)| format!("{k}: {l}")).collect::<Vec<_>>().join(", ")),
            Target::Elements(names) => format!("[{}]", names.join(", ")),
        };
        let annotation = a.annotation.as_ref().map(|t| format!(": {}", show.value(t))).unwrap_or_default();
        _ = writeln!(out, "{declared} {target}{annotation} = {}{}", show.value(&a.value), show.around(a.function, a.branch));
    }
    for c in &module.calls {
        let mut how = String::new();
        for (holds, says) in [(c.awaited, " awaited"), (c.dropped, " dropped"), (c.context, " context")] {
            how.push_str(if holds { says } else { "" });
        }
        _ = writeln!(out, "call {}{how}{}", show.call(c), show.around(c.function, c.branch));
    }
    for o in &module.outcomes {
        let kind = match o.kind {
            OutcomeKind::Return => "return",
            OutcomeKind::Throw => "throw",
            OutcomeKind::Yield => "yield",
        };
        let value = o.value.as_ref().map(|v| format!(" {}", show.value(v))).unwrap_or_default();
        _ = writeln!(out, "{kind}{value}{}", show.around(o.function, o.branch));
    }
    for c in &module.catches {
        let name = c.name.as_deref().unwrap_or("-");
        _ = writeln!(out, "catch {name}{}{}", if c.empty { " empty" } else { "" }, show.around(c.function, Some(c.branch)));
    }
    out
}

struct Show<'m>(&'m Module);

impl Show<'_> {
    fn around(&self, function: FunctionId, branch: Option<BranchId>) -> String {
        let mut conditions: Vec<String> = self.0.around(branch).map(|b| self.when(&b.when)).collect();
        conditions.reverse();
        let mut out = if function == FunctionId::BODY { String::new() } else { format!(" in {}", function.0) };
        for condition in conditions {
            _ = write!(out, " | {condition}");
        }
        out
    }

    fn when(&self, when: &When) -> String {
        match when {
            When::Test(test, true) => self.value(test),
            When::Test(test, false) => format!("not {}", self.value(test)),
            When::Loop => "loop".into(),
            When::Caught => "caught".into(),
            When::Tried => "tried".into(),
            When::Finally => "finally".into(),
            When::Case(subject, label) => {
                format!("case {} {}", self.value(subject), label.as_ref().map_or("default".into(), |l| self.value(l)))
            }
        }
    }

    fn decorators(&self, decorators: &[Value]) -> String {
        decorators.iter().map(|d| format!("@{} ", self.value(d))).collect()
    }

    fn parameter(&self, p: &Parameter) -> String {
        let mut out = self.decorators(&p.decorators);
        out.push_str(&p.name);
        if !p.parts.is_empty() {
            _ = write!(out, "{{{}}}", p.parts.iter().map(|(k, l)| format!("{k}: {l}")).collect::<Vec<_>>().join(", "));
        }
        if let Some(annotation) = &p.annotation {
            _ = write!(out, ": {}", self.value(annotation));
        }
        if let Some(default) = &p.default {
            _ = write!(out, " = {}", self.value(default));
        }
        out
    }

    fn call(&self, call: &Call) -> String {
        let callee = self.value(&call.callee);
        let arguments: Vec<_> = call.arguments.iter().map(|a: &Argument| self.value(&a.value)).collect();
        let arguments = arguments.join(", ");
        match call.form {
            Form::Plain => format!("{callee}({arguments})"),
            Form::New => format!("new {callee}({arguments})"),
            Form::Element => format!("<{callee}>({arguments})"),
            Form::Tagged => format!("{callee}`{arguments}`"),
        }
    }

    fn value(&self, value: &Value) -> String {
        let list = |values: &[Value]| values.iter().map(|v| self.value(v)).collect::<Vec<_>>().join(", ");
        match &value.kind {
            Kind::Text(text) => format!("'{text}'"),
            Kind::Number(number) => number.to_string(),
            Kind::Bool(value) => value.to_string(),
            Kind::Nothing => "null".into(),
            Kind::Pattern(pattern) => format!("/{pattern}/"),
            Kind::List(values) => format!("[{}]", list(values)),
            Kind::Object(entries) => {
                let entries = entries.iter().map(|e| match &e.key {
                    Some(key) => format!("{key}: {}", self.value(&e.value)),
                    None => format!("?: {}", self.value(&e.value)),
                });
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
            Kind::Template(pieces) => {
                let pieces = pieces.iter().map(|p| match p {
                    Piece::Text(text) => text.to_string(),
                    Piece::Value(value) => format!("${{{}}}", self.value(value)),
                });
                format!("\"{}\"", pieces.collect::<String>())
            }
            Kind::Name(name) => name.to_string(),
            Kind::Member(of, name) => format!("{}.{name}", self.value(of)),
            Kind::Index(of, index) => format!("{}[{}]", self.value(of), index.as_ref().map(|i| self.value(i)).unwrap_or_default()),
            Kind::Call(id) => self.0.call(*id).map(|c| self.call(c)).unwrap_or_default(),
            Kind::Function(id) => format!("fn {}", id.0),
            Kind::Class(id) => format!("class {}", id.0),
            Kind::Binary(operator, left, right) => format!("({} {} {})", self.value(left), sign(*operator), self.value(right)),
            Kind::Not(of) => format!("!{}", self.value(of)),
            Kind::Choice(three) => format!("({} ? {} : {})", self.value(&three[0]), self.value(&three[1]), self.value(&three[2])),
            Kind::Spread(of) => format!("...{}", self.value(of)),
            Kind::Other => "_".into(),
        }
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Or => "||",
        Operator::Default => "??",
        Operator::And => "&&",
        Operator::Equal => "==",
        Operator::NotEqual => "!=",
        Operator::Less => "<",
        Operator::Greater => ">",
        Operator::In => "in",
        Operator::NotIn => "not in",
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::Remainder => "%",
        Operator::Other => "∘",
    }
}
