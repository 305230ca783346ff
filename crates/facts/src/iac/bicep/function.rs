//! Functions of Bicep and ARM.

use plimsoll_base::Location;

use super::evaluate::{MAX_ITEMS, MAX_TEXT, Scope, same, truth};
use super::parse::Expr;
use crate::iac::value::{Field, Shape, Value};

impl Scope<'_> {
    pub(super) fn call(&self, name: &str, arguments: &[Expr], at: Location, depth: usize) -> Value {
        let values: Vec<Value> = arguments.iter().map(|a| self.eval(a, depth + 1)).collect();
        let open = || Value::unknown(format!("${{{name}()}}"), at);
        let texts: Option<Vec<&str>> = values.iter().map(Value::text).collect();
        let text = |t: String| if t.len() > MAX_TEXT { Value::unknown("${...}", at) } else { Value::text_at(t, at) };
        match (name, values.as_slice()) {
            // ARM names its parameters and variables by functions.
            ("parameters" | "variables", [given]) => given.text().map_or_else(open, |n| self.named(n, at, depth + 1)),
            ("empty", [v]) => match &v.shape {
                Shape::Null => Value::text_at("true", at),
                Shape::Text(t) => Value::text_at(t.is_empty().to_string(), at),
                Shape::List(items) => Value::text_at(items.is_empty().to_string(), at),
                Shape::Map(fields) => Value::text_at(fields.is_empty().to_string(), at),
                // A reference or a text that is partly known is not empty.
                Shape::Unknown(_) => open(),
            },
            ("string" | "int" | "bool" | "any", [v]) => v.clone(),
            ("json", [v]) => v.text().map_or_else(open, |t| {
                let parsed = plimsoll_syntax::json(t.as_bytes(), plimsoll_syntax::JsonFlavour::Strict);
                Value::of(&parsed.value, self.file).placed(at)
            }),
            ("toLower" | "toUpper" | "trim", [v]) => v.text().map_or_else(open, |t| {
                text(match name {
                    "toLower" => t.to_lowercase(),
                    "toUpper" => t.to_uppercase(),
                    _ => t.trim().to_owned(),
                })
            }),
            ("replace", [_, _, _]) => match texts.as_deref() {
                Some([t, from, to]) if !from.is_empty() && t.len().saturating_mul(to.len().max(1)) <= MAX_TEXT * 16 => {
                    text(t.replace(from, to))
                }
                _ => open(),
            },
            ("not", [v]) => truth(v).map_or_else(open, |t| Value::text_at((!t).to_string(), at)),
            ("equals", [a, b]) => same(a, b, false).map_or_else(open, |t| Value::text_at(t.to_string(), at)),
            ("and" | "or", _) => {
                let decisive = name == "or";
                if values.iter().any(|v| truth(v) == Some(decisive)) {
                    Value::text_at(decisive.to_string(), at)
                } else if values.iter().all(|v| truth(v).is_some()) {
                    Value::text_at((!decisive).to_string(), at)
                } else {
                    open()
                }
            }
            ("if", [condition, then, other]) => match truth(condition) {
                Some(true) => then.clone(),
                Some(false) => other.clone(),
                None => open(),
            },
            ("coalesce", _) => match values.iter().find(|v| !matches!(v.shape, Shape::Null)) {
                Some(v) if !v.is_unknown() => v.clone(),
                _ => open(),
            },
            ("contains", [within, what]) => match (&within.shape, what.text()) {
                (Shape::Text(t), Some(w)) => Value::text_at(t.to_lowercase().contains(&w.to_lowercase()).to_string(), at),
                (Shape::Map(_), Some(w)) => Value::text_at(within.field(w).is_some().to_string(), at),
                (Shape::List(items), Some(w)) if items.iter().all(|i| i.text().is_some()) => {
                    Value::text_at(items.iter().any(|i| i.is(w)).to_string(), at)
                }
                _ => open(),
            },
            ("concat" | "format", [first, ..]) if !first.is_unknown() || name == "concat" => match &first.shape {
                Shape::List(_) => self.joined(&values, at),
                _ if name == "concat" => {
                    let written: String = values.iter().map(|v| v.written().unwrap_or("${...}")).collect();
                    if texts.is_some() { text(written) } else { Value::unknown(written.chars().take(MAX_TEXT).collect::<String>(), at) }
                }
                _ => match texts.as_deref() {
                    Some([pattern, rest @ ..]) => {
                        let mut out = (*pattern).to_owned();
                        for (i, part) in rest.iter().enumerate().take(20) {
                            if out.len() + part.len() > MAX_TEXT {
                                return open();
                            }
                            out = out.replacen(&format!("{{{i}}}"), part, 8);
                        }
                        text(out)
                    }
                    _ => open(),
                },
            },
            ("union", _) => self.joined(&values, at),
            ("range", [_, _]) => match texts.as_deref() {
                Some([from, count]) => {
                    let (from, count) = (from.parse::<usize>().unwrap_or(0), count.parse::<usize>().unwrap_or(0).min(32));
                    Value::new(Shape::List((0..count).map(|i| Value::text_at(from.saturating_add(i).to_string(), at)).collect()), at)
                }
                _ => open(),
            },
            ("length", [v]) => match &v.shape {
                Shape::List(items) => Value::text_at(items.len().to_string(), at),
                Shape::Text(t) => Value::text_at(t.chars().count().to_string(), at),
                _ => open(),
            },
            ("first", [v]) if !v.items().is_empty() => v.items()[0].clone(),
            ("subscriptionResourceId", _) => {
                // Built-in roles are named by their id.
                let parts: Vec<&str> = values.iter().filter_map(Value::written).collect();
                text(format!("/{}", parts.join("/")))
            }
            ("resourceId" | "reference", [.., last]) => self.addressed(&values, last, at).unwrap_or_else(open),
            _ => open(),
        }
    }

    /// `resourceId('Microsoft.Web/sites', 'name')` as a reference to that resource of the template.
    fn addressed(&self, values: &[Value], last: &Value, at: Location) -> Option<Value> {
        let kind = values.iter().filter_map(Value::text).find(|t| t.contains('/'))?;
        let key = format!("{}|{}", kind.to_ascii_lowercase(), last.written()?);
        Some(Value::unknown(format!("${{{}.id}}", self.resources.get(&key)?), at))
    }

    fn joined(&self, values: &[Value], at: Location) -> Value {
        let mut fields: Vec<Field> = Vec::new();
        let mut items: Vec<Value> = Vec::new();
        for value in values {
            match &value.shape {
                Shape::Map(more) => {
                    for field in more.iter().take(MAX_ITEMS) {
                        match fields.iter_mut().find(|f| f.name == field.name) {
                            Some(own) => *own = field.clone(),
                            None => fields.push(field.clone()),
                        }
                    }
                }
                Shape::List(more) => items.extend(more.iter().take(MAX_ITEMS).cloned()),
                // What is not known may replace anything before it.
                Shape::Unknown(_) => fields.iter_mut().for_each(|f| f.value = Value::unknown(format!("${{{}}}", f.name), at)),
                _ => {}
            }
        }
        let wanted = values.iter().map(|v| v.items().len() + v.fields().len()).sum::<usize>();
        if wanted > MAX_ITEMS || fields.is_empty() && items.is_empty() && values.iter().any(Value::is_unknown) {
            return Value::unknown("${union}", at);
        }
        if items.is_empty() { Value::new(Shape::Map(fields), at) } else { Value::new(Shape::List(items), at) }
    }
}
