//! Schemas of variables: zod, Joi, envalid and what is built upon them.

use std::collections::BTreeMap;

use plimsoll_base::Location;
use plimsoll_facts::code::{Call, CallRef, Code, FunctionRef, Kind, Module, ModuleId, Value};

use super::Answer;
use super::call::{cast, flag};
use super::evaluate::Evaluation;

/// What a schema says of one variable.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rule {
    /// The call that ends its chain.
    pub(crate) call: CallRef,
    /// Where its key stands.
    pub(crate) at: Location,
    /// Whether it may be missing.
    pub(crate) optional: bool,
    /// What texts are converted to.
    pub(crate) cast: Option<&'static str>,
}

/// The rules of all schemas that a program loads, by the variable's name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schemas {
    rules: BTreeMap<String, Rule>,
}

/// Names with which chains of schemas begin.
const BEGINNINGS: &[&str] =
    &["z", "Joi", "joi", "yup", "v", "str", "num", "bool", "url", "port", "email", "json", "host", "t", "Type", "S", "zod", "envalid"];

impl Schemas {
    /// The schemas of loaded modules.
    pub(crate) fn of<'m>(code: &Code, modules: impl Iterator<Item = &'m ModuleId>) -> Self {
        let mut rules = BTreeMap::new();
        for id in modules {
            let module = &code.module(*id).module;
            // A schema of requests has keys of another form than variables have.
            let values =
                module.calls.iter().flat_map(|c| &c.arguments).map(|a| &a.value).chain(module.assignments.iter().map(|a| &a.value));
            for object in values.flat_map(Value::walk).filter(|v| matches!(v.kind, Kind::Object(_))) {
                for entry in object.entries() {
                    let (Some(key), Kind::Call(call)) = (&entry.key, &entry.value.kind) else { continue };
                    if !is_variable(key) || rules.contains_key(key.as_str()) {
                        continue;
                    }
                    if let Some((methods, beginning)) = chain(module, &entry.value)
                        && BEGINNINGS.contains(&beginning)
                    {
                        let has = |names: &[&str]| methods.iter().any(|m| names.contains(m)) || names.contains(&beginning);
                        let cast = if has(&["number", "num", "port", "int", "coerce_number"]) {
                            Some("number")
                        } else if has(&["boolean", "bool"]) {
                            Some("bool")
                        } else {
                            None
                        };
                        let rule = Rule {
                            call: CallRef { module: *id, call: *call },
                            at: code.location(*id, entry.at),
                            optional: has(&["optional", "default", "nullish", "allow", "catch"])
                                || module.call(*call).is_some_and(|c| c.keyword("default").is_some()),
                            cast,
                        };
                        rules.insert(key.to_string(), rule);
                    }
                }
            }
        }
        Self { rules }
    }
    /// What is said of a variable.
    pub(crate) fn get(&self, name: &str) -> Option<&Rule> {
        self.rules.get(name)
    }
    /// All variables of schemas with what is said of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &Rule)> {
        self.rules.iter().map(|(name, rule)| (name.as_str(), rule))
    }
}

/// Whether a key has the form of a variable.
pub(super) fn is_variable(key: &str) -> bool {
    key.len() > 1
        && key.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        && key.as_bytes()[0].is_ascii_uppercase()
}

/// The methods of a chain of calls, the last first, and the name it begins with.
fn chain<'m>(module: &'m Module, value: &'m Value) -> Option<(Vec<&'m str>, &'m str)> {
    let mut methods = Vec::new();
    let mut at = value;
    for _ in 0..32 {
        match &at.kind {
            Kind::Call(call) => at = &module.call(*call)?.callee,
            Kind::Member(of, name) => {
                methods.push(name.as_str());
                at = of;
            }
            Kind::Name(name) => return Some((methods, name)),
            _ => return None,
        }
    }
    None
}

/// The value that a chain gives where nothing is set.
pub(super) fn default_of<'m>(module: &'m Module, call: &'m Call) -> Option<&'m Value> {
    let mut at = call;
    for _ in 0..32 {
        if at.method() == Some("default") {
            return at.argument(0);
        }
        if let Some(default) = at.keyword("default") {
            return Some(default);
        }
        let Kind::Member(of, _) = &at.callee.kind else { return None };
        let mut of = of;
        // `z.coerce.number().default(1)`: members lie between the calls.
        while let Kind::Member(inner, _) = &of.kind {
            of = inner;
        }
        at = module.called(of)?;
    }
    None
}

impl Evaluation<'_> {
    /// What a schema gives for a variable that nothing sets.
    pub(super) fn schema_default(&mut self, name: &str) -> Option<Answer> {
        let code = self.code;
        let rule = self.program.schemas.get(name)?.clone();
        let module = &code.module(rule.call.module).module;
        let call = module.call(rule.call.call)?;
        let default = default_of(module, call)?;
        Some(self.value(default, FunctionRef { module: rule.call.module, function: call.function }))
    }

    /// A member of what a schema made of the variables: `env.PORT` of `schema.parse(process.env)`.
    pub(super) fn parsed(&mut self, at: CallRef, name: &str, place: Location) -> Answer {
        let code = self.code;
        let call = code.call(at);
        let method = call.method().unwrap_or_default();
        let parses = matches!(
            method,
            "parse"
                | "safeParse"
                | "parseAsync"
                | "createEnv"
                | "cleanEnv"
                | "validate"
                | "validateSync"
                | "attempt"
                | "envsafe"
                | "cast"
                | "from"
                | "parseEnv"
                | "load"
                | "safeParseAsync"
        );
        if !parses {
            return Answer::Unknown;
        }
        let scope = FunctionRef { module: at.module, function: call.function };
        let rule = self.program.schemas.get(name).cloned();
        // The variables may be handed in one by one, perhaps under other names.
        let handed = call.arguments.iter().find_map(|a| a.value.get(name).or_else(|| a.value.get("runtimeEnv")?.get(name)));
        let own = rule
            .as_ref()
            .is_some_and(|r| handed.is_some_and(|h| matches!(h.kind, Kind::Call(c) if c == r.call.call && r.call.module == at.module)));
        let found = match handed.filter(|h| !own && !matches!(h.kind, Kind::Object(_))) {
            Some(value) => self.value(value, scope),
            None if rule.is_some() => self.variable(name, place),
            None => return Answer::Unknown,
        };
        let default = self.schema_default(name);
        let found = self.or_default(found, default);
        match (rule.and_then(|r| r.cast), &found) {
            (Some("bool"), Answer::Text(text, at)) => flag(text).map_or(Answer::Unknown, |v| Answer::Bool(v, *at)),
            (to, _) => cast(found, to),
        }
    }
}
