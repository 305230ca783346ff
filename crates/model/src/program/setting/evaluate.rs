//! Expressions to answers.

use plimsoll_base::Location;
use plimsoll_facts::code::{Base, CallRef, Code, Declared, FunctionId, FunctionRef, Kind, Operator, Piece, Value};

use super::Answer;
use crate::program::{Asked, Program};
use crate::system::System;

/// How many values may be evaluated within one another.
const MAX_DEPTH: u32 = 48;
/// How many values may be evaluated for one question.
const MAX_STEPS: u32 = 2_000;

/// One question.
pub(super) struct Evaluation<'a> {
    pub(super) code: &'a Code,
    pub(super) program: &'a Program,
    depth: u32,
    steps: u32,
    /// The calls of functions of the tree that are being evaluated: what their parameters are.
    pub(super) frames: Vec<(FunctionRef, CallRef)>,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(system: &'a System, program: &'a Program) -> Self {
        Self { code: system.code(), program, depth: 0, steps: 0, frames: Vec::new() }
    }

    pub(super) fn answer(&mut self, asked: Asked<'_>) -> Answer {
        self.value(asked.value, asked.scope)
    }

    pub(super) fn at(&self, scope: FunctionRef, value: &Value) -> Location {
        self.code.location(scope.module, value.span)
    }

    /// What a value is, as seen in a function.
    pub(super) fn value(&mut self, value: &Value, scope: FunctionRef) -> Answer {
        if !self.enter() {
            return Answer::Unknown;
        }
        let found = self.kind(value, scope);
        self.leave();
        found
    }

    /// Whether one step more is within the bounds.
    pub(super) fn enter(&mut self) -> bool {
        self.steps += 1;
        let may = self.depth < MAX_DEPTH && self.steps < MAX_STEPS;
        self.depth += u32::from(may);
        may
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    fn kind(&mut self, value: &Value, scope: FunctionRef) -> Answer {
        let at = self.at(scope, value);
        match &value.kind {
            Kind::Text(text) => Answer::Text(text.to_string(), at),
            Kind::Number(number) => Answer::Number(*number, at),
            Kind::Bool(value) => Answer::Bool(*value, at),
            Kind::Nothing => Answer::Nothing(at),
            Kind::List(values) => self.list(values, scope, at),
            Kind::Template(pieces) => self.template(pieces, scope, at),
            Kind::Binary(operator, left, right) => self.binary(*operator, left, right, scope, at),
            Kind::Not(inner) => self.value(inner, scope).truth().map_or(Answer::Unknown, |t| Answer::Bool(!t, at)),
            Kind::Choice(three) => {
                let [test, then, otherwise] = &**three;
                match self.value(test, scope).truth() {
                    Some(true) => self.value(then, scope),
                    Some(false) => self.value(otherwise, scope),
                    None => {
                        let (a, b) = (self.value(then, scope), self.value(otherwise, scope));
                        if same(&a, &b) { a } else { Answer::Unknown }
                    }
                }
            }
            Kind::Name(_) => self.named(value, scope),
            Kind::Member(of, name) => self.member(value, of, name, scope),
            Kind::Index(of, index) => self.index(of, index.as_deref(), scope, at),
            Kind::Call(call) => self.call(CallRef { module: scope.module, call: *call }),
            Kind::Spread(inner) => self.value(inner, scope),
            Kind::Other => self.comprehension(value, scope),
            Kind::Object(_) | Kind::Function(_) | Kind::Class(_) | Kind::Pattern(_) => Answer::Unknown,
        }
    }

    fn list(&mut self, values: &[Value], scope: FunctionRef, at: Location) -> Answer {
        let mut found = Vec::with_capacity(values.len());
        for value in values {
            match (&value.kind, self.value(value, scope)) {
                (Kind::Spread(_), Answer::List(inner, _)) => found.extend(inner),
                (_, answer) => found.push(answer),
            }
        }
        Answer::List(found, at)
    }

    fn template(&mut self, pieces: &[Piece], scope: FunctionRef, at: Location) -> Answer {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(fixed) => text.push_str(fixed),
                Piece::Value(value) => match self.value(value, scope) {
                    variable @ Answer::Variable { .. } => return variable,
                    answer => match written(&answer) {
                        Some(part) => text.push_str(&part),
                        None => return Answer::Unknown,
                    },
                },
            }
        }
        Answer::Text(text, at)
    }

    fn binary(&mut self, operator: Operator, left: &Value, right: &Value, scope: FunctionRef, at: Location) -> Answer {
        let first = self.value(left, scope);
        match operator {
            Operator::Or | Operator::Default => {
                let unset = match &first {
                    Answer::Nothing(_) | Answer::Variable { given: None, .. } => Some(true),
                    Answer::Variable { .. } => Some(false),
                    Answer::Unknown => None,
                    other if operator == Operator::Or => other.truth().map(|t| !t),
                    _ => Some(false),
                };
                match unset {
                    Some(false) => first,
                    Some(true) => {
                        // What stands in for a variable that nothing sets; without a stand-in the variable is the answer.
                        let second = self.value(right, scope);
                        if matches!((&first, &second), (Answer::Variable { .. }, Answer::Nothing(_))) { first } else { second }
                    }
                    None => Answer::Unknown,
                }
            }
            Operator::And => match first.truth() {
                Some(false) => first,
                Some(true) => self.value(right, scope),
                None => match self.value(right, scope) {
                    // Whatever the first is, the whole is false.
                    second if second.truth() == Some(false) => second,
                    _ => Answer::Unknown,
                },
            },
            _ => {
                let second = self.value(right, scope);
                combined(operator, first, second, at)
            }
        }
    }

    /// A name: what is assigned to it, imports and parameters followed.
    fn named(&mut self, value: &Value, scope: FunctionRef) -> Answer {
        let origin = self.code.origin(scope.module, scope.function, value);
        let members: Vec<&str> = origin.members.iter().map(String::as_str).collect();
        match origin.base {
            Base::Unknown => self.assigned(value, scope),
            base => self.based(&base, &members, value, scope),
        }
    }

    fn member(&mut self, value: &Value, of: &Value, name: &str, scope: FunctionRef) -> Answer {
        let at = self.at(scope, value);
        if let Some(found) = self.built_in(value, at) {
            return found;
        }
        let origin = self.code.origin(scope.module, scope.function, of);
        let mut members: Vec<&str> = origin.members.iter().map(String::as_str).collect();
        members.push(name);
        match &origin.base {
            // Of instances and results, what the member is hangs on more than what is written in the class.
            base @ (Base::Instance(_) | Base::Result(_) | Base::Global(_) | Base::Package(_) | Base::Typed(..)) => {
                let found = self.based(base, &members, value, scope);
                if found != Answer::Unknown {
                    return found;
                }
            }
            Base::Module(module) if members.len() == 1 => return self.assigned_in(*module, FunctionId::BODY, name, None),
            _ => {}
        }
        let whole = self.code.origin(scope.module, scope.function, value);
        let members: Vec<&str> = whole.members.iter().map(String::as_str).collect();
        match &whole.base {
            Base::Unknown | Base::Instance(_) | Base::Result(_) => Answer::Unknown,
            base => self.based(base, &members, value, scope),
        }
    }

    /// What members of a base are.
    fn based(&mut self, base: &Base, members: &[&str], value: &Value, scope: FunctionRef) -> Answer {
        let at = self.at(scope, value);
        match (base, members) {
            (Base::Written(module, function, inner), []) if **inner != *value || (*module, *function) != (scope.module, scope.function) => {
                self.value(inner, FunctionRef { module: *module, function: *function })
            }
            (Base::Global(global), ["env", name]) if matches!(global.as_str(), "process" | "Bun") => self.variable(name, at),
            (Base::Package(package), ["environ", name]) if package == "os" => self.variable(name, at),
            (Base::Package(package), ["env", name]) if package == "process" => self.variable(name, at),
            (Base::Package(package), ["settings", name]) if package == "django.conf" => self.of_settings(name),
            (Base::Instance(class), [name]) => self.field(*class, name, at),
            (Base::Result(call), []) => self.call(*call),
            (Base::Result(call), [.., name]) => self.parsed(*call, name, at),
            (Base::Parameter(function, index), []) => self.parameter(*function, *index),
            _ => Answer::Unknown,
        }
    }

    /// What a call that is being evaluated hands to a parameter, else the parameter's default.
    fn parameter(&mut self, function: FunctionRef, index: u32) -> Answer {
        let Some(place) = self.frames.iter().rposition(|(f, _)| *f == function) else { return Answer::Unknown };
        let (_, at) = self.frames[place];
        let Some(parameter) = self.code.function(function).parameters.get(index as usize) else { return Answer::Unknown };
        let (code, call) = (self.code, self.code.call(at));
        let shift = code.function(function).parameters.first().is_some_and(|p| matches!(p.name.as_str(), "self" | "cls" | "this"));
        let by_name = call.arguments.iter().find(|a| a.name.as_deref() == Some(parameter.name.as_str())).map(|a| &a.value);
        let handed = by_name.or_else(|| call.argument((index as usize).checked_sub(usize::from(shift))?));
        let inner = self.frames.split_off(place);
        let found = match (handed, &parameter.default) {
            (Some(value), _) => self.value(value, FunctionRef { module: at.module, function: call.function }),
            (None, Some(default)) => self.value(default, function),
            (None, None) => Answer::Nothing(code.location(function.module, parameter.at)),
        };
        self.frames.extend(inner);
        found
    }

    /// `import.meta.env.PROD` and its like, and variables of the process written as a chain of names.
    fn built_in(&mut self, value: &Value, at: Location) -> Option<Answer> {
        let path = value.path()?;
        match path.as_slice() {
            ["import", "meta", "env", name] => Some(match *name {
                "PROD" => Answer::Bool(true, at),
                "DEV" => Answer::Bool(false, at),
                "MODE" => Answer::Text("production".into(), at),
                name => self.variable(name, at),
            }),
            ["process", "env", name] => Some(self.variable(name, at)),
            _ => None,
        }
    }

    fn index(&mut self, of: &Value, index: Option<&Value>, scope: FunctionRef, at: Location) -> Answer {
        let Some(index) = index else { return Answer::Unknown };
        let key = self.value(index, scope);
        match key {
            Answer::Text(name, _) => {
                let origin = self.code.origin(scope.module, scope.function, of);
                let variables = match (&origin.base, origin.members.as_slice()) {
                    (Base::Global(global), [env]) => global == "process" && env == "env",
                    (Base::Package(package), [environ]) => package == "os" && environ == "environ",
                    _ => of.is("process.env") || of.is("os.environ"),
                };
                if variables {
                    return self.variable(&name, at);
                }
                // A table of values by environment: `configs[process.env.NODE_ENV]`.
                match origin.base {
                    Base::Written(module, function, table) if origin.members.is_empty() => match table.get(&name) {
                        Some(entry) => self.value(entry, FunctionRef { module, function }),
                        None => Answer::Unknown,
                    },
                    _ => Answer::Unknown,
                }
            }
            Answer::Number(place, _) => match self.value(of, scope) {
                Answer::List(values, _) => {
                    let index = if place < 0.0 { values.len() as f64 + place } else { place };
                    values.get(index as usize).cloned().filter(|_| index >= 0.0).unwrap_or(Answer::Unknown)
                }
                _ => Answer::Unknown,
            },
            _ => Answer::Unknown,
        }
    }

    /// A comprehension of Python: what it goes over, each element trimmed.
    fn comprehension(&mut self, value: &Value, scope: FunctionRef) -> Answer {
        let code = self.code;
        let module = &code.module(scope.module).module;
        let within = |at: plimsoll_base::Span| at.start >= value.span.start && at.end <= value.span.end;
        let mut bound = module.assignments.iter().filter(|a| a.declared == Declared::Bound && within(a.at));
        let (Some(first), None) = (bound.next(), bound.next()) else { return Answer::Unknown };
        trimmed(self.value(&first.value, scope))
    }

    /// A variable of the process without a default.
    pub(super) fn variable(&self, name: &str, at: Location) -> Answer {
        let environment = &self.program.environment;
        match environment.get(name) {
            Some(handed) => match &handed.value {
                Some(value) => Answer::Text(value.clone(), handed.at),
                None => Answer::Variable { name: name.to_owned(), given: Some(handed.at), at },
            },
            None if environment.open => Answer::Variable { name: name.to_owned(), given: environment.asked(name), at },
            None => Answer::Nothing(at),
        }
    }

    /// A variable with what stands in where nothing sets it.
    pub(super) fn or_default(&self, found: Answer, default: Option<Answer>) -> Answer {
        match (&found, default) {
            (Answer::Nothing(_), Some(default)) => default,
            (Answer::Variable { given: None, .. }, Some(default)) if !matches!(default, Answer::Nothing(_)) => default,
            _ => found,
        }
    }
}

/// The text that a known answer is written as.
pub(super) fn written(answer: &Answer) -> Option<String> {
    match answer {
        Answer::Text(text, _) => Some(text.clone()),
        Answer::Number(number, _) => Some(number.to_string()),
        Answer::Bool(value, _) => Some(value.to_string()),
        _ => None,
    }
}

/// The elements of a list without the space around them and without empty ones.
pub(super) fn trimmed(answer: Answer) -> Answer {
    match answer {
        Answer::List(values, at) => {
            let clean = |a: Answer| match a {
                Answer::Text(text, at) => Answer::Text(text.trim().to_owned(), at),
                other => other,
            };
            Answer::List(values.into_iter().map(clean).filter(|a| a.text() != Some("")).collect(), at)
        }
        other => other,
    }
}

/// Whether two answers are the same value, wherever they stand.
pub(super) fn same(left: &Answer, right: &Answer) -> bool {
    match (left, right) {
        (Answer::Text(a, _), Answer::Text(b, _)) => a == b,
        (Answer::Number(a, _), Answer::Number(b, _)) => a == b,
        (Answer::Bool(a, _), Answer::Bool(b, _)) => a == b,
        (Answer::Nothing(_), Answer::Nothing(_)) => true,
        (Answer::List(a, _), Answer::List(b, _)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        _ => false,
    }
}

fn known(answer: &Answer) -> bool {
    !matches!(answer, Answer::Variable { .. } | Answer::Unknown)
}

/// What an operator makes of two answers.
fn combined(operator: Operator, left: Answer, right: Answer, at: Location) -> Answer {
    let bool = |value: bool| Answer::Bool(value, at);
    match (operator, &left, &right) {
        (Operator::Equal, a, b) if known(a) && known(b) => bool(same(a, b)),
        (Operator::NotEqual, a, b) if known(a) && known(b) => bool(!same(a, b)),
        (Operator::In, a, Answer::List(list, _)) if known(a) && list.iter().all(known) => bool(list.iter().any(|x| same(a, x))),
        (Operator::NotIn, a, Answer::List(list, _)) if known(a) && list.iter().all(known) => bool(!list.iter().any(|x| same(a, x))),
        (Operator::In, Answer::Text(a, _), Answer::Text(b, _)) => bool(b.contains(a.as_str())),
        (Operator::NotIn, Answer::Text(a, _), Answer::Text(b, _)) => bool(!b.contains(a.as_str())),
        (Operator::Less | Operator::Greater, Answer::Number(a, _), Answer::Number(b, _)) if a != b => {
            bool((operator == Operator::Less) == (a < b))
        }
        (Operator::Add, Answer::Number(a, _), Answer::Number(b, _)) => Answer::Number(a + b, at),
        (Operator::Subtract, Answer::Number(a, _), Answer::Number(b, _)) => Answer::Number(a - b, at),
        (Operator::Multiply, Answer::Number(a, _), Answer::Number(b, _)) => Answer::Number(a * b, at),
        (Operator::Divide, Answer::Number(a, _), Answer::Number(b, _)) if *b != 0.0 => Answer::Number(a / b, at),
        (Operator::Add, Answer::List(a, _), Answer::List(b, _)) => Answer::List(a.iter().chain(b).cloned().collect(), at),
        (Operator::Add, Answer::Text(..), b) | (Operator::Add, b, Answer::Text(..)) if known(b) => {
            match (written(&left), written(&right)) {
                (Some(a), Some(b)) => Answer::Text(a + &b, at),
                _ => Answer::Unknown,
            }
        }
        (Operator::Add, variable @ Answer::Variable { .. }, _) | (Operator::Add, _, variable @ Answer::Variable { .. }) => variable.clone(),
        _ => Answer::Unknown,
    }
}
