//! Whom a resource's policy admits: documents written as JSON text, by `jsonencode`, or as a data source.

use plimsoll_base::Location;
use plimsoll_syntax::{JsonFlavour, json};

use super::super::Resources;
use crate::iac::value::{Shape, Value, each};

/// Whom a policy admits.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Admits {
    /// Anyone may act, and nothing limits from where: the place and the words.
    Everyone(Location, String),
    /// Only who is named.
    Named,
    /// Decided elsewhere.
    Unresolved(Location),
}

/// Whom a policy admits.
pub(super) fn admits(resources: &Resources<'_>, policy: &Value) -> Admits {
    match &policy.shape {
        Shape::Map(_) => of_statements(policy.get("Statement")),
        Shape::Text(text) | Shape::Unknown(text) => {
            let documents: Vec<_> = resources.data("aws_iam_policy_document").filter(|d| resources.refers(Some(policy), d)).collect();
            if !documents.is_empty() {
                return documents.iter().map(|d| of_blocks(&d.value)).reduce(worse).unwrap_or(Admits::Named);
            }
            let parsed = json(text.as_bytes(), JsonFlavour::Strict);
            if parsed.issues.is_empty() && parsed.value.is_mapping() {
                let inner = Value::of(&parsed.value, policy.at.file).placed(policy.at);
                return of_statements(inner.get("Statement"));
            }
            Admits::Unresolved(policy.at)
        }
        _ => Admits::Unresolved(policy.at),
    }
}

fn worse(a: Admits, b: Admits) -> Admits {
    match (&a, &b) {
        (Admits::Everyone(..), _) | (Admits::Unresolved(_), Admits::Named | Admits::Unresolved(_)) => a,
        _ => b,
    }
}

fn of_statements(statements: Option<&Value>) -> Admits {
    each(statements).iter().map(of_statement).reduce(worse).unwrap_or(Admits::Named)
}

fn of_statement(statement: &Value) -> Admits {
    if statement.get("Effect").is_some_and(|e| e.is("Deny")) {
        return Admits::Named;
    }
    let Some(principal) = statement.get("Principal") else { return Admits::Named };
    let listed: Vec<&Value> = match &principal.shape {
        Shape::Map(fields) => fields.iter().filter(|f| matches!(f.name.as_str(), "AWS" | "*")).flat_map(|f| each(Some(&f.value))).collect(),
        _ => vec![principal],
    };
    let everyone = listed.iter().find(|v| v.text() == Some("*"));
    match everyone {
        Some(at) if !statement.get("Condition").is_some_and(restricts) => {
            Admits::Everyone(at.at, format!("Principal \"*\" may {}", actions(statement.get("Action"))))
        }
        _ => Admits::Named,
    }
}

/// Blocks of a data source.
fn of_blocks(document: &Value) -> Admits {
    let mut found = Admits::Named;
    for statement in document.all("statement") {
        if statement.get("effect").is_some_and(|e| e.is("Deny")) {
            continue;
        }
        let everyone = statement.all("principals").find_map(|p| {
            let aws = p.get("type").is_some_and(|t| t.is("AWS") || t.is("*"));
            each(p.get("identifiers")).iter().find(|i| aws && i.text() == Some("*"))
        });
        let limited = statement.all("condition").any(|c| {
            let key = c.get("variable").and_then(Value::text).unwrap_or_default();
            limits(key, c.get("values"))
        });
        if let Some(at) = everyone.filter(|_| !limited) {
            found = worse(found, Admits::Everyone(at.at, format!("everyone may {}", actions(statement.get("actions")))));
        }
    }
    found
}

fn actions(value: Option<&Value>) -> String {
    let list: Vec<&str> = each(value).iter().filter_map(Value::written).collect();
    if list.is_empty() { "act".into() } else { list.join(", ") }
}

/// Whether a condition limits who or from where. Encryption in transit, a referrer or a browser's name limit nobody.
fn restricts(condition: &Value) -> bool {
    condition.fields().iter().flat_map(|operator| operator.value.fields()).any(|key| limits(&key.name, Some(&key.value)))
}

fn limits(key: &str, values: Option<&Value>) -> bool {
    let key = key.to_ascii_lowercase();
    let who = ["aws:source", "aws:principal", "aws:vpc", "aws:userid", "kms:calleraccount"].iter().any(|p| key.starts_with(p));
    who && !each(values).iter().any(|v| matches!(v.text(), Some("0.0.0.0/0" | "::/0")))
}
