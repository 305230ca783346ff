//! The functions of Go's templates, of Sprig and of Helm. An argument that is not known gives a result that is not known, unless the
//! function does not need it to be.

mod collections;
mod encoding;
mod number;
mod text;

use super::datum::{Datum, Is};
use super::engine::Engine;
use super::text::Text;
use std::rc::Rc;

/// Functions whose result only a cluster, a clock or chance decides.
const OUTSIDE: &[&str] = &[
    "lookup",
    "now",
    "date",
    "dateInZone",
    "dateModify",
    "htmlDate",
    "unixEpoch",
    "randAlphaNum",
    "randAlpha",
    "randNumeric",
    "randAscii",
    "randInt",
    "randBytes",
    "uuidv4",
    "genPrivateKey",
    "genCA",
    "genCAWithKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "htpasswd",
    "bcrypt",
    "derivePassword",
    "encryptAES",
    "decryptAES",
    "getHostByName",
    "env",
    "expandenv",
    "sha1sum",
    "sha256sum",
    "sha512sum",
    "adler32sum",
    "ago",
    "toDate",
    "mustToDate",
    "duration",
    "durationRound",
    "shuffle",
];

impl Engine<'_> {
    /// What a function gives.
    pub(super) fn call(&mut self, name: &str, args: &[Datum], dot: &Datum) -> Datum {
        let arg = |i: usize| args.get(i).cloned().unwrap_or(Datum::NIL);
        let last = || args.last().cloned().unwrap_or(Datum::NIL);
        match name {
            "include" => self.include(args),
            "tpl" => {
                let dot = args.get(1).unwrap_or(dot).clone();
                self.embedded(&arg(0), &dot)
            }
            "required" => match last() {
                // Helm refuses to render without it: whoever releases the chart gives it.
                value if value.is_nil() || value.printed().is_some_and(|t| t.is_empty()) => Datum::UNKNOWN,
                value => value,
            },
            "fail" => {
                self.refuses(&arg(0).printed().unwrap_or_default());
                Datum::text("")
            }
            "default" => match last() {
                value if args.len() < 2 => value,
                value => match value.truth() {
                    Some(true) => value,
                    Some(false) => arg(0),
                    None => Datum::UNKNOWN,
                },
            },
            "coalesce" => {
                for value in args {
                    match value.truth() {
                        Some(true) => return value.clone(),
                        Some(false) => {}
                        None => return Datum::UNKNOWN,
                    }
                }
                Datum::NIL
            }
            "ternary" => match arg(2).truth() {
                Some(true) => arg(0),
                Some(false) => arg(1),
                None => Datum::UNKNOWN,
            },
            "not" => arg(0).truth().map_or(Datum::UNKNOWN, |b| Datum::bool(!b)),
            "empty" => arg(0).truth().map_or(Datum::UNKNOWN, |b| Datum::bool(!b)),
            "and" => junction(args, false),
            "or" => junction(args, true),
            "all" => junction(args, false).truth().map_or(Datum::UNKNOWN, Datum::bool),
            "any" => junction(args, true).truth().map_or(Datum::UNKNOWN, Datum::bool),
            "eq" | "ne" => {
                let Some((first, others)) = args.split_first() else { return Datum::UNKNOWN };
                let verdicts: Vec<Option<bool>> = others.iter().map(|o| equal(first, o)).collect();
                let same = if verdicts.contains(&Some(true)) {
                    true
                } else if verdicts.contains(&None) {
                    return Datum::UNKNOWN;
                } else {
                    false
                };
                Datum::bool(same == (name == "eq"))
            }
            "print" | "println" | "printf" | "cat" | "quote" | "squote" | "toString" | "trim" | "indent" | "nindent" => {
                text::printing(self, name, args)
            }
            "toYaml" | "toYamlPretty" | "mustToYaml" | "toJson" | "mustToJson" | "toPrettyJson" | "mustToPrettyJson" | "toRawJson"
            | "toToml" => encoding::write(self, name, &arg(0)),
            "dict" | "list" | "tuple" | "get" | "set" | "unset" | "hasKey" | "merge" | "mergeOverwrite" | "mustMerge"
            | "mustMergeOverwrite" | "deepCopy" | "mustDeepCopy" | "pluck" | "pick" | "omit" | "keys" | "values" | "dig" | "index"
            | "slice" | "first" | "mustFirst" | "last" | "mustLast" | "rest" | "mustRest" | "initial" | "append" | "mustAppend"
            | "push" | "prepend" | "mustPrepend" | "concat" | "join" | "uniq" | "mustUniq" | "without" | "mustWithout" | "has"
            | "mustHas" | "compact" | "mustCompact" | "reverse" | "mustReverse" | "sortAlpha" | "len" | "chunk" => {
                collections::call(self, name, args)
            }
            "kindOf" | "typeOf" | "kindIs" | "typeIs" | "typeIsLike" | "deepEqual" => kind(name, args),
            _ if OUTSIDE.contains(&name) => Datum::UNKNOWN,
            _ if args.iter().any(Datum::is_unknown) => Datum::UNKNOWN,
            _ => {
                let found = number::call(name, args).or_else(|| encoding::read(name, args)).or_else(|| text::call(name, args));
                found.unwrap_or_else(|| {
                    self.misses(&format!("the function `{name}`"));
                    Datum::UNKNOWN
                })
            }
        }
    }

    fn include(&mut self, args: &[Datum]) -> Datum {
        let Some(name) = args.first().and_then(Datum::printed) else { return Datum::UNKNOWN };
        let dot = args.get(1).cloned().unwrap_or(Datum::NIL);
        match self.named(&name, &dot) {
            Some(text) => {
                let at = text.single();
                Datum { is: Is::Text(Rc::new(text)), at }
            }
            // By custom the helper that ends in `name` gives the release's name, which a chart installed alone shares.
            // A whole template is printed only to take its checksum.
            None if name.contains('/') || name.contains(super::text::OPEN) => Datum::UNKNOWN,
            None if name.ends_with("name") && !name.contains("Account") => Datum::text(self.release.clone()),
            None => {
                self.misses(&format!("the template `{name}`"));
                Datum::UNKNOWN
            }
        }
    }

    /// A method of what Helm hands to templates.
    pub(super) fn method(&mut self, object: &Datum, name: &str, args: &[Datum]) -> Datum {
        let word = args.first().and_then(Datum::printed);
        match (&object.is, name, word) {
            (Is::Versions, "Has", Some(version)) => served(&version).map_or(Datum::UNKNOWN, Datum::bool),
            (Is::Files, "Get", Some(path)) => (self.file)(&path).map_or(Datum::text(""), Datum::text),
            _ => Datum::UNKNOWN,
        }
    }
}

/// Whether a cluster of a supported release serves an interface; none where an operator decides. Kubernetes 1.34, November 2026.
fn served(version: &str) -> Option<bool> {
    const NOW: &[&str] = &[
        "v1",
        "apps/v1",
        "batch/v1",
        "policy/v1",
        "networking.k8s.io/v1",
        "rbac.authorization.k8s.io/v1",
        "autoscaling/v1",
        "autoscaling/v2",
        "storage.k8s.io/v1",
        "scheduling.k8s.io/v1",
        "coordination.k8s.io/v1",
        "discovery.k8s.io/v1",
        "admissionregistration.k8s.io/v1",
        "apiextensions.k8s.io/v1",
        "apiregistration.k8s.io/v1",
        "certificates.k8s.io/v1",
        "events.k8s.io/v1",
        "node.k8s.io/v1",
        "authentication.k8s.io/v1",
        "authorization.k8s.io/v1",
    ];
    let mut parts: Vec<&str> = version.split('/').collect();
    // A kind may stand behind the version.
    if parts.last().is_some_and(|p| p.starts_with(|c: char| c.is_ascii_uppercase())) {
        parts.pop();
    }
    let plain = parts.join("/");
    let group = plain.split_once('/').map_or("", |(g, _)| g);
    if NOW.contains(&plain.as_str()) {
        return Some(true);
    }
    let builtin = matches!(group, "" | "apps" | "batch" | "policy" | "extensions" | "autoscaling")
        || NOW.iter().any(|n| n.starts_with(&format!("{group}/")));
    builtin.then_some(false)
}

/// `and` gives the first that is false, `or` the first that is true, else the last.
fn junction(args: &[Datum], wanted: bool) -> Datum {
    let mut unknown = false;
    for arg in args {
        match arg.truth() {
            Some(truth) if truth == wanted => return if unknown && wanted { Datum::UNKNOWN } else { arg.clone() },
            None => unknown = true,
            _ => {}
        }
    }
    if unknown { Datum::UNKNOWN } else { args.last().cloned().unwrap_or(Datum::NIL) }
}

/// Whether two scalars are equal; none where one is not known.
fn equal(a: &Datum, b: &Datum) -> Option<bool> {
    match (&a.is, &b.is) {
        (Is::Unknown, _) | (_, Is::Unknown) => None,
        (Is::Nil, Is::Nil) => Some(true),
        (Is::Nil, _) | (_, Is::Nil) => Some(false),
        (Is::Int(_) | Is::Float(_), Is::Int(_) | Is::Float(_)) => Some(a.as_float() == b.as_float()),
        (Is::List(_) | Is::Map(_), _) | (_, Is::List(_) | Is::Map(_)) => encoding::same(a, b),
        _ => {
            let (a, b) = (a.printed()?, b.printed()?);
            if a.contains(super::text::OPEN) || b.contains(super::text::OPEN) { None } else { Some(a == b) }
        }
    }
}

fn kind(name: &str, args: &[Datum]) -> Datum {
    let word = |d: &Datum| {
        Some(match &d.is {
            Is::Nil => "invalid",
            Is::Bool(_) => "bool",
            Is::Int(_) => "int64",
            Is::Float(_) => "float64",
            Is::Text(_) => "string",
            Is::List(_) => "slice",
            Is::Map(_) => "map",
            _ => return None,
        })
    };
    let typed = |kind: &'static str| match kind {
        "slice" => "[]interface {}",
        "map" => "map[string]interface {}",
        "invalid" => "<nil>",
        other => other,
    };
    // Values of a file hold every number as a float, those of a template are integers: a chart that asks takes both.
    let number = |wanted: &str, kind: &str| matches!(wanted, "int" | "int64" | "float64") && matches!(kind, "int64" | "float64");
    let found = match (name, args) {
        ("deepEqual", [a, b]) => return encoding::same(a, b).map_or(Datum::UNKNOWN, Datum::bool),
        ("kindOf", [d]) => word(d).map(Datum::text),
        ("typeOf", [d]) => word(d).map(|k| Datum::text(typed(k))),
        (_, [wanted, d]) => wanted.printed().zip(word(d)).map(|(w, k)| {
            let w = w.trim_start_matches('*');
            Datum::bool(w == k || w == typed(k) || number(w, k))
        }),
        _ => None,
    };
    found.unwrap_or(Datum::UNKNOWN)
}

/// A text that keeps the place of what it was made from.
fn made(text: String, from: &Datum) -> Datum {
    Datum { is: Is::Text(Rc::new(Text::plain(text))), at: from.at }
}
