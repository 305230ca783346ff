//! Names and places of properties, from one tool's form to that of Terraform's providers.

use plimsoll_base::Location;

use crate::iac::value::{Field, Shape, Value};

/// `MultiAZ` → `multi_az`, `targetGroupARNs` → `target_group_arns`, `CidrIpv6` → `cidr_ipv6`.
pub(crate) fn snake(name: &str) -> String {
    let name = name.replace("IPv6", "Ipv6").replace("IPv4", "Ipv4").replace("OAuth", "Oauth");
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 8);
    for (i, c) in chars.iter().enumerate() {
        if c.is_ascii_uppercase() && i > 0 {
            let before = chars[i - 1];
            let next = chars.get(i + 1).copied();
            // `ARNs` and `IDs` are one word each.
            let plural = next == Some('s') && chars.get(i + 2).is_none_or(|c| c.is_ascii_uppercase());
            let starts = before.is_ascii_lowercase()
                || before.is_ascii_digit() && next.is_some_and(|n| n.is_ascii_lowercase())
                || before.is_ascii_uppercase() && next.is_some_and(|n| n.is_ascii_lowercase()) && !plural;
            if starts {
                out.push('_');
            }
        }
        out.push(if *c == '-' { '_' } else { c.to_ascii_lowercase() });
    }
    out
}

/// A value with its names in snake case. What stands under a verbatim name keeps its own; lists of maps become repeated fields, as blocks
/// are; lists of `{Key, Value}` become maps.
pub(crate) fn snaked(value: Value, verbatim: &[&str]) -> Value {
    let Value { shape, at } = value;
    let Shape::Map(fields) = shape else {
        return match shape {
            Shape::List(items) => Value::new(Shape::List(items.into_iter().map(|i| snaked(i, verbatim)).collect()), at),
            shape => Value::new(shape, at),
        };
    };
    let mut out = Vec::with_capacity(fields.len());
    for field in fields {
        let name = snake(&field.name);
        if verbatim.contains(&field.name.as_str()) {
            out.push(Field { name, at: field.at, value: field.value });
            continue;
        }
        let Value { shape, at } = field.value;
        match shape {
            Shape::List(items) if pairs(&items) => {
                out.push(Field { name, at: field.at, value: Value::new(Shape::Map(paired(items)), at) });
            }
            Shape::List(items) if items.iter().any(|i| matches!(i.shape, Shape::Map(_))) => {
                for item in items {
                    out.push(Field { name: name.clone(), at: item.at, value: snaked(item, verbatim) });
                }
            }
            shape => out.push(Field { name, at: field.at, value: snaked(Value::new(shape, at), verbatim) }),
        }
    }
    Value::new(Shape::Map(out), at)
}

/// Whether a list holds nothing but `{Key, Value}` or `{Name, Value}`.
fn pairs(items: &[Value]) -> bool {
    let known = |f: &Field| matches!(f.name.as_str(), "Key" | "Name" | "Value" | "PropagateAtLaunch");
    !items.is_empty() && items.iter().all(|i| key(i).is_some() && i.field("Value").is_some() && i.fields().iter().all(known))
}

fn key(item: &Value) -> Option<&str> {
    item.get("Key").or_else(|| item.get("Name")).and_then(Value::written)
}

fn paired(items: Vec<Value>) -> Vec<Field> {
    let mut out = Vec::new();
    for item in items {
        if let (Some(name), Some(value)) = (key(&item).map(str::to_owned), item.get("Value")) {
            out.push(Field { name, at: item.at, value: value.clone() });
        }
    }
    out
}

/// Moves properties: `a.b` to `c.d`; to `c.*` puts what a map holds in its place. Paths lead through every block of a name.
pub(crate) fn moved(value: &mut Value, moves: &[(&str, &str)]) {
    for (from, to) in moves {
        let from: Vec<&str> = from.split('.').collect();
        let to: Vec<&str> = to.split('.').collect();
        apply(value, &from, &to);
    }
}

fn apply(value: &mut Value, from: &[&str], to: &[&str]) {
    if from.len() > 1 && to.len() > 1 && from[0] == to[0] {
        if let Shape::Map(fields) = &mut value.shape {
            fields.iter_mut().filter(|f| f.name == from[0]).for_each(|f| apply(&mut f.value, &from[1..], &to[1..]));
        }
        return;
    }
    for field in taken(value, from) {
        put(value, to, field);
    }
}

/// Takes out every field at a path.
pub(crate) fn taken(value: &mut Value, path: &[&str]) -> Vec<Field> {
    let Shape::Map(fields) = &mut value.shape else { return Vec::new() };
    let Some((first, rest)) = path.split_first() else { return Vec::new() };
    if !rest.is_empty() {
        return fields.iter_mut().filter(|f| f.name == *first).flat_map(|f| taken(&mut f.value, rest)).collect();
    }
    let (out, kept) = std::mem::take(fields).into_iter().partition(|f| f.name == *first);
    *fields = kept;
    out
}

/// Puts a field at a path.
fn put(value: &mut Value, path: &[&str], field: Field) {
    let at = value.at;
    let Shape::Map(fields) = &mut value.shape else { return };
    match path {
        [] => {}
        ["*"] => match field.value.shape {
            Shape::Map(inner) => fields.extend(inner),
            Shape::Unknown(_) => fields.push(field),
            _ => {}
        },
        [last] => fields.push(Field { name: (*last).to_owned(), ..field }),
        [first, rest @ ..] => {
            let index = fields.iter().position(|f| f.name == *first && matches!(f.value.shape, Shape::Map(_))).unwrap_or_else(|| {
                fields.push(Field { name: (*first).to_owned(), at: field.at, value: Value::new(Shape::Map(Vec::new()), field.at) });
                fields.len() - 1
            });
            let inner = &mut fields[index];
            if inner.value.at == at {
                inner.value.at = field.at;
            }
            put(&mut inner.value, rest, field);
        }
    }
}

/// A map of fields, all at one place.
pub(crate) fn map(at: Location, fields: Vec<(&str, Value)>) -> Value {
    let field = |(name, value): (&str, Value)| Field { name: name.to_owned(), at: value.at, value };
    Value::new(Shape::Map(fields.into_iter().map(field).collect()), at)
}

/// Adds a field behind the others; blocks repeat.
pub(crate) fn push(value: &mut Value, name: &str, field: Value) {
    if let Shape::Map(fields) = &mut value.shape {
        fields.push(Field { name: name.to_owned(), at: field.at, value: field });
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_base::FileId;

    use super::*;

    #[test]
    fn names_are_split_into_words() {
        let names =
            ["MultiAZ", "DBInstanceClass", "TargetGroupARNs", "CidrIpv6", "S3BucketName", "minTlsVersion", "SSESpecification", "KmsKeyId"];
        let split: Vec<String> = names.iter().map(|n| snake(n)).collect();
        let expected = [
            "multi_az",
            "db_instance_class",
            "target_group_arns",
            "cidr_ipv6",
            "s3_bucket_name",
            "min_tls_version",
            "sse_specification",
            "kms_key_id",
        ];
        assert_eq!(split, expected);
    }

    #[test]
    fn properties_move_through_every_block() {
        let at = Location::whole(FileId(0));
        let rule = |days: &str| map(at, vec![("expiration_in_days", Value::text_at(days, at))]);
        let mut value = map(at, vec![("config", map(at, vec![("rules", rule("3")), ("rules", rule("5"))]))]);
        moved(&mut value, &[("config", "*"), ("rules", "rule"), ("rule.expiration_in_days", "rule.expiration.days")]);
        let days: Vec<_> = value.all("rule").filter_map(|r| r.path(&["expiration", "days"])?.text()).collect();
        assert_eq!(days, ["3", "5"]);
    }
}
