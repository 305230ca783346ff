//! Functions that write values as text and read them from it. What is encoded stays a structure: readers look into it.

use plimsoll_base::Location;
use plimsoll_syntax::{JsonFlavour, json, yaml};

use crate::iac::terraform::term::{Kind, Term};
use crate::iac::value::Value;

pub(super) fn call(name: &str, args: Vec<Term>, at: Location) -> Option<Term> {
    let arg = args.into_iter().next()?;
    match (name, &arg.kind) {
        ("jsondecode", Kind::Text(text)) => {
            let parsed = json(text.as_bytes(), JsonFlavour::Strict);
            parsed.issues.is_empty().then(|| Term::of_value(&Value::of(&parsed.value, at.file), at))
        }
        ("yamldecode", Kind::Text(text)) => {
            let parsed = yaml(text.as_bytes());
            let document = parsed.value.first().filter(|_| parsed.issues.is_empty())?;
            Some(Term::of_value(&Value::of(document, at.file), at))
        }
        ("jsondecode" | "yamldecode" | "base64decode", Kind::Unknown(_)) => None,
        // Readers of scripts and manifests want the text, not its encoding.
        ("base64decode", _) => None,
        _ => Some(arg),
    }
}
