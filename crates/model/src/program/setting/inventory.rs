//! Every variable that reached code reads.

use std::collections::HashMap;

use plimsoll_base::Location;
use plimsoll_facts::code::{CallId, CallRef, ClassId, ClassRef, Code, Dialect, FunctionRef, Kind, ModuleId, Operator, Target, Value};

use super::VariableRead;
use super::call::read;
use super::class::{field, is_settings, prefix};
use super::schema::default_of;
use crate::program::Program;

/// The variables that a program reads, each place once, in the order of files and text.
pub(crate) fn variables(code: &Code, program: &Program) -> Vec<VariableRead> {
    let mut found = Vec::new();
    for id in program.modules.keys() {
        Inventory { code, program, id: *id, found: &mut found, stands_in: HashMap::new() }.module();
    }
    for (name, rule) in program.schemas.all() {
        let module = &code.module(rule.call.module).module;
        let default = module.call(rule.call.call).and_then(|c| default_of(module, c));
        found.push(VariableRead {
            name: name.to_owned(),
            defaulted: default.is_some(),
            default: default.and_then(text_of),
            required: !rule.optional,
            at: rule.at,
            module: rule.call.module,
        });
    }
    found.sort_by(|a, b| (a.at, &a.name).cmp(&(b.at, &b.name)));
    found.dedup_by(|a, b| a.at == b.at && a.name == b.name);
    found
}

struct Inventory<'a, 'f> {
    code: &'a Code,
    program: &'a Program,
    id: ModuleId,
    found: &'f mut Vec<VariableRead>,
    /// What stands in for a call's result: `os.getenv("X") or "y"`.
    stands_in: HashMap<CallId, &'a Value>,
}

impl<'a> Inventory<'a, '_> {
    fn module(&mut self) {
        let source = self.code.module(self.id);
        let module = &source.module;
        let (program, id) = (self.program, self.id);
        let runs = |function| program.runs(FunctionRef { module: id, function });
        let mut values: Vec<&'a Value> = Vec::new();
        for call in module.calls.iter().filter(|c| runs(c.function)) {
            values.push(&call.callee);
            values.extend(call.arguments.iter().map(|a| &a.value));
        }
        for assignment in module.assignments.iter().filter(|a| runs(a.function)) {
            if let Target::Parts(parts) = &assignment.target
                && assignment.value.is("process.env")
            {
                for (key, _) in parts {
                    self.add(key, None, false, self.code.location(self.id, assignment.at));
                }
            }
            values.push(&assignment.value);
        }
        values.extend(module.outcomes.iter().filter(|o| runs(o.function)).filter_map(|o| o.value.as_ref()));
        values.extend(module.classes.iter().filter(|c| runs(c.function)).flat_map(|c| &c.fields).filter_map(|f| f.default.as_ref()));
        values.extend(module.functions.iter().flat_map(|f| &f.parameters).filter_map(|p| p.default.as_ref()));
        for branch in &module.branches {
            if let plimsoll_facts::code::When::Test(value, _) = &branch.when {
                values.push(value);
            }
        }
        for value in values {
            self.value(value, None);
        }
        for (index, call) in module.calls.iter().enumerate().filter(|(_, c)| runs(c.function)) {
            let at = CallRef { module: self.id, call: CallId(index as u32) };
            if let Some(found) = read(call, self.code.callee(at)) {
                let default = found.default.or_else(|| self.stands_in.get(&at.call).copied());
                self.add(found.name, default, found.strict, self.code.call_at(at));
            }
        }
        for (index, class) in module.classes.iter().enumerate().filter(|(_, c)| runs(c.function) && !c.bases.is_empty()) {
            let at = ClassRef { module: self.id, class: ClassId(index as u32) };
            if source.dialect != Dialect::Python || !is_settings(self.code, at) {
                continue;
            }
            let prefix = prefix(self.code, at);
            for own in class.fields.iter().filter(|f| f.name != "model_config" && f.annotation.is_some()) {
                let filled = field(self.code, at, own, &prefix);
                let place = self.code.location(self.id, own.at);
                let optional = filled.made;
                let Some(name) = filled.names.first() else { continue };
                self.add(name, filled.default, !optional, place);
                if optional && let Some(last) = self.found.last_mut() {
                    last.defaulted = true;
                }
            }
        }
    }

    fn value(&mut self, value: &'a Value, default: Option<&'a Value>) {
        let at = self.code.location(self.id, value.span);
        match &value.kind {
            Kind::Binary(Operator::Or | Operator::Default, left, right) => {
                self.value(left, Some(right));
                self.value(right, None);
            }
            Kind::Call(call) => {
                if let Some(default) = default {
                    self.stands_in.insert(*call, default);
                }
            }
            Kind::Member(of, name) => {
                let script = of.is("process.env") || of.is("import.meta.env") || of.is("Bun.env");
                let python = of.is("os.environ") || of.is("environ");
                if script && !matches!(name.as_str(), "PROD" | "DEV" | "MODE" | "SSR" | "BASE_URL") {
                    self.add(name, default, false, at);
                } else if python && name.bytes().any(|b| b.is_ascii_uppercase()) {
                    self.add(name, default, true, at);
                } else {
                    self.value(of, None);
                }
            }
            _ => {
                for child in value.children() {
                    self.value(child, None);
                }
            }
        }
    }

    fn add(&mut self, name: &str, default: Option<&Value>, strict: bool, at: Location) {
        let nothing = default.is_some_and(|d| matches!(d.kind, Kind::Nothing));
        self.found.push(VariableRead {
            name: name.to_owned(),
            defaulted: default.is_some() && !nothing,
            default: default.and_then(text_of),
            required: strict && default.is_none(),
            at,
            module: self.id,
        });
    }
}

/// The text of a literal.
fn text_of(value: &Value) -> Option<String> {
    match &value.kind {
        Kind::Text(text) => Some(text.to_string()),
        Kind::Number(number) => Some(number.to_string()),
        Kind::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}
