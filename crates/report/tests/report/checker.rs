//! Checks a value against the part of JSON Schema that the project's schema uses. A keyword that it does not know is an error, so that
//! nothing in the schema can go unchecked.

use regex::Regex;
use serde_json::Value;

/// What is wrong with the value, each with its place in it; empty when it is valid.
pub fn errors(root: &Value, value: &Value) -> Vec<String> {
    let mut list = Vec::new();
    check(root, root, value, "$", &mut list);
    list
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, errors: &mut Vec<String>) {
    let keywords = schema.as_object().unwrap_or_else(|| panic!("a schema is an object, at {at}"));
    for (keyword, wanted) in keywords {
        let mut fail = |what: String| errors.push(format!("{at}: {what}"));
        match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => {}
            "$ref" => {
                let pointer = wanted.as_str().and_then(|r| r.strip_prefix('#')).expect("a local reference");
                let target = root.pointer(pointer).unwrap_or_else(|| panic!("{pointer} exists"));
                check(root, target, value, at, errors);
            }
            "type" => {
                let names: Vec<&str> = wanted
                    .as_array()
                    .map_or_else(|| wanted.as_str().into_iter().collect(), |l| l.iter().filter_map(Value::as_str).collect());
                if !names.iter().any(|name| has_type(name, value)) {
                    fail(format!("is not {names:?}: {value}"));
                }
            }
            "const" if !same(wanted, value) => fail(format!("is not {wanted}: {value}")),
            "enum" if !wanted.as_array().expect("a list").iter().any(|one| same(one, value)) => {
                fail(format!("is none of {wanted}: {value}"))
            }
            "const" | "enum" => {}
            "pattern" => {
                let pattern = Regex::new(wanted.as_str().expect("a pattern")).expect("a valid pattern");
                if value.as_str().is_some_and(|text| !pattern.is_match(text)) {
                    fail(format!("does not match {wanted}: {value}"));
                }
            }
            "minLength" if value.as_str().is_some_and(|t| (t.chars().count() as u64) < number(wanted)) => fail("is too short".into()),
            "minimum" if value.as_f64().is_some_and(|n| n < wanted.as_f64().expect("a number")) => {
                fail(format!("is under {wanted}: {value}"))
            }
            "maximum" if value.as_f64().is_some_and(|n| n > wanted.as_f64().expect("a number")) => {
                fail(format!("is over {wanted}: {value}"))
            }
            "minItems" if value.as_array().is_some_and(|l| (l.len() as u64) < number(wanted)) => fail("has too few items".into()),
            "maxItems" if value.as_array().is_some_and(|l| (l.len() as u64) > number(wanted)) => fail("has too many items".into()),
            "uniqueItems" if value.as_array().is_some_and(|l| (1..l.len()).any(|i| l[..i].contains(&l[i]))) => {
                fail("has an item twice".into())
            }
            "minLength" | "minimum" | "maximum" | "minItems" | "maxItems" | "uniqueItems" => {}
            "items" => {
                for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, wanted, item, &format!("{at}[{n}]"), errors);
                }
            }
            "required" => {
                for name in wanted.as_array().expect("a list").iter().filter_map(Value::as_str) {
                    if value.as_object().is_some_and(|o| !o.contains_key(name)) {
                        fail(format!("lacks {name}"));
                    }
                }
            }
            "properties" => {
                for (name, schema) in wanted.as_object().expect("an object") {
                    if let Some(member) = value.get(name) {
                        check(root, schema, member, &format!("{at}.{name}"), errors);
                    }
                }
            }
            "additionalProperties" => {
                assert_eq!(wanted, &Value::Bool(false), "only false is used");
                let known = &schema["properties"];
                for name in value.as_object().into_iter().flat_map(|o| o.keys()).filter(|n| known.get(n).is_none()) {
                    fail(format!("has {name}, which is not part of the contract"));
                }
            }
            "oneOf" | "anyOf" => {
                let branches = wanted.as_array().expect("a list");
                let mut tried = Vec::new();
                let fits = branches
                    .iter()
                    .filter(|branch| {
                        let mut list = Vec::new();
                        check(root, branch, value, at, &mut list);
                        let fits = list.is_empty();
                        tried.extend(list);
                        fits
                    })
                    .count();
                if fits == 0 || (keyword == "oneOf" && fits > 1) {
                    errors.push(format!("{at}: fits {fits} of the branches: {}", tried.join("; ")));
                }
            }
            unknown => panic!("the checker does not know the keyword {unknown}, at {at}"),
        }
    }
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a count")
}

fn same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => one == other,
    }
}

fn has_type(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|n| n.fract() == 0.0),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => panic!("{name} is a type"),
    }
}
