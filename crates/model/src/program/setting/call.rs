//! Calls that read variables, convert what was read, or are functions of the tree.

use plimsoll_base::Location;
use plimsoll_facts::code::{Base, Call, CallRef, FunctionRef, Kind, Value};

use super::Answer;
use super::evaluate::{Evaluation, same, trimmed, written};

/// How deep functions of the tree are followed.
const MAX_FRAMES: usize = 8;

/// A call that reads a variable: its name, its default, and what it is converted to.
pub(super) struct Read<'c> {
    pub(super) name: &'c str,
    pub(super) default: Option<&'c Value>,
    pub(super) cast: Option<&'c str>,
    /// Whether it fails where the variable is not set and no default stands.
    pub(super) strict: bool,
}

/// What a call with a canonical name reads.
pub(super) fn read<'c>(call: &'c Call, name: Option<&str>) -> Option<Read<'c>> {
    let first = call.argument(0).and_then(Value::text);
    let method = call.method().unwrap_or_default();
    let canonical = name.unwrap_or_default();
    let plain =
        |strict: bool| Some(Read { name: first?, default: call.argument(1).or_else(|| call.keyword("default")), cast: None, strict });
    match canonical {
        "os.getenv" | "os.environ.get" | "os.environ.pop" | "os.environ.setdefault" => return plain(false),
        "Deno.env.get" => return plain(false),
        "decouple.config" | "decouple.AutoConfig()" | "starlette.config.Config()" | "decouple.Config()" => {
            let cast = call.keyword("cast").and_then(cast_of);
            return Some(Read {
                name: first?,
                default: call.keyword("default").or_else(|| call.argument(1).filter(|_| canonical.starts_with("decouple"))),
                cast,
                strict: true,
            });
        }
        _ => {}
    }
    // `env("X", default=…)`, `env.bool("X", False)` of django-environ and environs.
    let environment = ["environ.Env()", "environ.FileAwareEnv()", "environs.Env()", "environs.env"]
        .iter()
        .any(|e| canonical.strip_prefix(e).is_some_and(|rest| rest.is_empty() || rest.starts_with('.') && rest.matches('.').count() == 1));
    if environment {
        let cast = if matches!(call.callee.kind, Kind::Member(..)) { Some(method) } else { None };
        let cast = cast.filter(|c| !matches!(*c, "get_value" | "str" | "Env")).or_else(|| call.keyword("cast").and_then(cast_of));
        return Some(Read { name: first?, default: call.keyword("default").or_else(|| call.argument(1)), cast, strict: true });
    }
    // Nest's service of configuration, by its type or by the name that it is given everywhere.
    if matches!(method, "get" | "getOrThrow") {
        let typed = canonical.contains("ConfigService");
        let receiver = call.receiver().and_then(|r| match &r.kind {
            Kind::Name(name) | Kind::Member(_, name) => Some(name.to_ascii_lowercase()),
            _ => None,
        });
        let named = receiver.is_some_and(|r| matches!(r.as_str(), "configservice" | "config" | "_configservice" | "env"));
        let variable = first.is_some_and(|f| f.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_') && f.len() > 1);
        if (typed || named) && variable {
            let default = call.argument(1).filter(|d| !matches!(d.kind, Kind::Object(_)));
            return Some(Read { name: first?, default, cast: None, strict: method == "getOrThrow" });
        }
    }
    None
}

/// The type that `cast=` names.
fn cast_of(value: &Value) -> Option<&str> {
    match &value.kind {
        Kind::Name(name) | Kind::Member(_, name) => Some(name),
        Kind::Call(_) => Some("Csv"),
        _ => None,
    }
}

/// A text as what a reader of variables converts it to.
pub(super) fn cast(answer: Answer, to: Option<&str>) -> Answer {
    let Answer::Text(text, at) = &answer else { return answer };
    let at = *at;
    match to {
        Some("bool" | "boolean" | "Boolean" | "strtobool") => match flag(text) {
            Some(value) => Answer::Bool(value, at),
            None => Answer::Unknown,
        },
        Some("int" | "float" | "integer" | "number" | "Number") => number(text, at),
        Some("list" | "tuple" | "Csv" | "CommaSeparatedStrings" | "List" | "set" | "Sequence" | "AnyHttpUrl") => listed(text, at),
        _ => answer,
    }
}

/// The truth values that readers of variables know.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" | "t" | "y" | "ok" => Some(true),
        "false" | "0" | "no" | "off" | "f" | "n" | "" | "none" => Some(false),
        _ => None,
    }
}

fn number(text: &str, at: Location) -> Answer {
    text.trim().parse::<f64>().map_or(Answer::Unknown, |n| Answer::Number(n, at))
}

/// A list as variables hold it: JSON, or texts parted by commas.
pub(super) fn listed(text: &str, at: Location) -> Answer {
    let text = text.trim();
    let inner = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let parts = inner.split(',').map(|p| p.trim().trim_matches(['"', '\''])).filter(|p| !p.is_empty());
    Answer::List(parts.map(|p| Answer::Text(p.to_owned(), at)).collect(), at)
}

impl Evaluation<'_> {
    /// What a call gives.
    pub(super) fn call(&mut self, at: CallRef) -> Answer {
        let code = self.code;
        let call = code.call(at);
        let scope = FunctionRef { module: at.module, function: call.function };
        let place = code.call_at(at);
        let canonical = code.callee(at);
        if let Some(read) = read(call, canonical) {
            let found = self.variable(read.name, place);
            let default = match read.default {
                Some(default) => Some(self.value(default, scope)),
                None => self.scheme(canonical, read.name).or_else(|| self.schema_default(read.name)),
            };
            return cast(self.or_default(found, default), read.cast);
        }
        if let Some(found) = self.converted(call, scope, place) {
            return found;
        }
        match code.origin(at.module, call.function, &call.callee).base {
            Base::Function(function) if self.frames.len() < MAX_FRAMES && !self.frames.iter().any(|(f, _)| *f == function) => {
                self.frames.push((function, at));
                let found = self.returned(function);
                self.frames.pop();
                found
            }
            _ => Answer::Unknown,
        }
    }

    /// Conversions and methods of texts and lists.
    fn converted(&mut self, call: &Call, scope: FunctionRef, place: Location) -> Option<Answer> {
        let argument = |n: usize| call.argument(n);
        match &call.callee.kind {
            Kind::Name(name) => {
                let first = || argument(0);
                let found = match name.as_str() {
                    "int" | "float" | "Number" | "parseInt" | "parseFloat" => {
                        let answer = self.value(first()?, scope);
                        match answer {
                            Answer::Text(text, at) => number(&text, at),
                            Answer::Bool(value, at) => Answer::Number(f64::from(u8::from(value)), at),
                            Answer::Number(number, at) if name == "int" || name == "parseInt" => Answer::Number(number.trunc(), at),
                            other => other,
                        }
                    }
                    "str" | "String" => {
                        let answer = self.value(first()?, scope);
                        match written(&answer) {
                            Some(text) => Answer::Text(text, answer.at().unwrap_or(place)),
                            None => answer,
                        }
                    }
                    "bool" | "Boolean" => {
                        let answer = self.value(first()?, scope);
                        match answer.truth() {
                            Some(truth) => Answer::Bool(truth, answer.at().unwrap_or(place)),
                            None => answer,
                        }
                    }
                    "strtobool" => cast(self.value(first()?, scope), Some("bool")),
                    "list" | "tuple" | "set" | "sorted" => match argument(0) {
                        Some(inner) => trimmed(self.value(inner, scope)),
                        None => Answer::List(Vec::new(), place),
                    },
                    "Path" | "Secret" | "SecretStr" => self.value(first()?, scope),
                    _ => return None,
                };
                Some(found)
            }
            Kind::Member(of, method) => {
                let known = matches!(
                    method.as_str(),
                    "lower"
                        | "toLowerCase"
                        | "casefold"
                        | "upper"
                        | "toUpperCase"
                        | "strip"
                        | "trim"
                        | "rstrip"
                        | "lstrip"
                        | "split"
                        | "replace"
                        | "replaceAll"
                        | "startswith"
                        | "startsWith"
                        | "endswith"
                        | "endsWith"
                        | "includes"
                        | "map"
                        | "filter"
                        | "toString"
                        | "concat"
                        | "get_secret_value"
                        | "unicode_string"
                        | "parse"
                        | "literal_eval"
                        | "loads"
                        | "strtobool"
                        | "join"
                );
                if !known {
                    return None;
                }
                if matches!(method.as_str(), "parse" | "loads" | "literal_eval" | "strtobool") {
                    let reader = of.path()?;
                    if !matches!(reader.as_slice(), ["JSON" | "json" | "ast" | "orjson" | "util"] | ["distutils", "util"]) {
                        return None;
                    }
                    return Some(match self.value(argument(0)?, scope) {
                        Answer::Text(text, at) if text.trim_start().starts_with('[') => listed(&text, at),
                        Answer::Text(text, at) => flag(&text).map_or_else(|| number(&text, at), |v| Answer::Bool(v, at)),
                        other => other,
                    });
                }
                let receiver = self.value(of, scope);
                let text = |argument: Option<Answer>| match argument {
                    Some(Answer::Text(text, _)) => Some(text),
                    _ => None,
                };
                let first = argument(0).filter(|a| !matches!(a.kind, Kind::Function(_))).map(|a| self.value(a, scope));
                Some(match (receiver, method.as_str()) {
                    (Answer::Text(t, at), "lower" | "toLowerCase" | "casefold") => Answer::Text(t.to_lowercase(), at),
                    (Answer::Text(t, at), "upper" | "toUpperCase") => Answer::Text(t.to_uppercase(), at),
                    (Answer::Text(t, at), "strip" | "trim" | "rstrip" | "lstrip") => {
                        let cut: Vec<char> = text(first).map(|c| c.chars().collect()).unwrap_or_else(|| vec![' ', '\n', '\t', '\r']);
                        let cut = cut.as_slice();
                        let t = match method.as_str() {
                            "rstrip" => t.trim_end_matches(cut),
                            "lstrip" => t.trim_start_matches(cut),
                            _ => t.trim_matches(cut),
                        };
                        Answer::Text(t.to_owned(), at)
                    }
                    (Answer::Text(t, at), "toString" | "get_secret_value" | "unicode_string") => Answer::Text(t, at),
                    (Answer::Number(n, at), "toString") => Answer::Text(n.to_string(), at),
                    (Answer::Text(t, at), "split") => {
                        let parts: Vec<Answer> = match text(first) {
                            Some(by) if !by.is_empty() => t.split(by.as_str()).map(|p| Answer::Text(p.to_owned(), at)).collect(),
                            _ => t.split_whitespace().map(|p| Answer::Text(p.to_owned(), at)).collect(),
                        };
                        Answer::List(parts, at)
                    }
                    (Answer::Text(t, at), "replace" | "replaceAll") => {
                        let with = argument(1).map(|a| self.value(a, scope));
                        match (text(first), text(with)) {
                            (Some(from), Some(to)) => Answer::Text(t.replace(&from, &to), at),
                            _ => Answer::Unknown,
                        }
                    }
                    (Answer::Text(t, _), "startswith" | "startsWith") => {
                        text(first).map_or(Answer::Unknown, |p| Answer::Bool(t.starts_with(&p), place))
                    }
                    (Answer::Text(t, _), "endswith" | "endsWith") => {
                        text(first).map_or(Answer::Unknown, |p| Answer::Bool(t.ends_with(&p), place))
                    }
                    (Answer::Text(t, _), "includes") => text(first).map_or(Answer::Unknown, |p| Answer::Bool(t.contains(&p), place)),
                    (Answer::List(list, _), "includes") => match first {
                        Some(wanted) if wanted.truth().is_some() => Answer::Bool(list.iter().any(|x| same(x, &wanted)), place),
                        _ => Answer::Unknown,
                    },
                    // What goes over a list of texts trims them, drops empty ones, or converts them.
                    (list @ Answer::List(..), "map" | "filter") => trimmed(list),
                    (Answer::List(mut list, at), "concat") => match first {
                        Some(Answer::List(more, _)) => {
                            list.extend(more);
                            Answer::List(list, at)
                        }
                        _ => Answer::Unknown,
                    },
                    (Answer::List(list, at), "join") => {
                        let parts: Option<Vec<String>> = list.iter().map(written).collect();
                        match (parts, first) {
                            (Some(parts), by) => Answer::Text(parts.join(&text(by).unwrap_or_else(|| ",".into())), at),
                            _ => Answer::Unknown,
                        }
                    }
                    (variable @ (Answer::Variable { .. } | Answer::Nothing(_)), _) => variable,
                    _ => Answer::Unknown,
                })
            }
            _ => None,
        }
    }

    /// The default that a scheme gives: `environ.Env(DEBUG=(bool, False))`.
    fn scheme(&mut self, canonical: Option<&str>, name: &str) -> Option<Answer> {
        canonical.filter(|c| c.starts_with("environ."))?;
        let code = self.code;
        for at in code.calls_of("environ.Env").iter().filter(|c| self.program.loads(c.module)) {
            let call = code.call(*at);
            if let Some([_, default]) = call.keyword(name).and_then(Value::list) {
                return Some(self.value(default, FunctionRef { module: at.module, function: call.function }));
            }
        }
        None
    }

    /// Evaluates one step further within the same bounds.
    pub(super) fn step(&mut self, next: impl FnOnce(&mut Self) -> Answer) -> Answer {
        if !self.enter() {
            return Answer::Unknown;
        }
        let found = next(self);
        self.leave();
        found
    }
}
