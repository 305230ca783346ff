//! The expressions of Go templates as charts use them: values, defaults, comparisons. Anything else is undecided.

use plimsoll_base::Location;

use crate::iac::value::{Shape, Value};

/// How deep parentheses may nest.
const MAX_DEPTH: usize = 16;

/// What the names in an expression mean.
pub(super) struct Names<'a> {
    pub(super) values: &'a Value,
    pub(super) chart: &'a Value,
    /// The dot of the enclosing `with`; none at the top; `Err` where it is not known.
    pub(super) dot: Option<Result<Value, ()>>,
    pub(super) at: Location,
}

impl Names<'_> {
    /// The value of a pipeline; none where it is not decided here.
    pub(super) fn value(&self, expression: &str) -> Option<Value> {
        self.pipeline(expression, 0)
    }

    /// Whether a condition holds; none where it is not decided here.
    pub(super) fn holds(&self, expression: &str) -> Option<bool> {
        self.value(expression).map(|v| truthy(&v))
    }

    fn pipeline(&self, expression: &str, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut piped: Option<Option<Value>> = None;
        for stage in split(expression, '|') {
            let words = split(stage, ' ');
            let words: Vec<&str> = words.into_iter().map(str::trim).filter(|w| !w.is_empty()).collect();
            piped = Some(self.stage(&words, piped, depth));
        }
        piped.flatten()
    }

    fn stage(&self, words: &[&str], piped: Option<Option<Value>>, depth: usize) -> Option<Value> {
        let (first, rest) = words.split_first()?;
        let function = first.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && first.starts_with(|c: char| c.is_ascii_alphabetic());
        if !function || matches!(*first, "true" | "false" | "nil") {
            return if rest.is_empty() { self.operand(first, depth) } else { None };
        }
        let mut args: Vec<Option<Value>> = rest.iter().map(|w| self.operand(w, depth)).collect();
        args.extend(piped);
        self.call(first, args)
    }

    fn operand(&self, word: &str, depth: usize) -> Option<Value> {
        if let Some(inner) = word.strip_prefix('(').and_then(|w| w.strip_suffix(')')) {
            return self.pipeline(inner, depth + 1);
        }
        let text = |t: &str| Some(Value::text_at(t, self.at));
        for quote in ['"', '`'] {
            if word.len() >= 2 && word.starts_with(quote) && word.ends_with(quote) {
                return text(&word[1..word.len() - 1]);
            }
        }
        match word {
            "nil" => return Some(Value::new(Shape::Null, self.at)),
            "." => return self.dot.as_ref()?.as_ref().ok().cloned(),
            "$" => return None,
            "true" | "false" => return text(word),
            _ if word.parse::<f64>().is_ok() => return text(word),
            _ => {}
        }
        let rooted = word.strip_prefix('$').unwrap_or(word);
        let path = rooted.strip_prefix('.')?;
        let mut steps = path.split('.');
        let (base, known): (&Value, bool) = match (steps.next()?, word.starts_with('$') || self.dot.is_none()) {
            ("Values", true) => (self.values, true),
            ("Chart", true) => {
                let name = steps.next()?;
                // `.Chart.AppVersion` is `appVersion` in the file.
                return self.chart.fields().iter().find(|f| f.name.eq_ignore_ascii_case(name)).map(|f| f.value.clone());
            }
            ("Release", true) if steps.next() == Some("Name") => return self.chart.get("name").cloned(),
            (step, false) => {
                let dot = self.dot.as_ref()?.as_ref().ok()?;
                let rest = std::iter::once(step).chain(steps);
                return Some(follow(dot, rest, self.at));
            }
            _ => return None,
        };
        known.then(|| follow(base, steps, self.at))
    }

    fn call(&self, name: &str, args: Vec<Option<Value>>) -> Option<Value> {
        let boolean = |b: bool| Some(Value::text_at(b.to_string(), self.at));
        let arg = |i: usize| args.get(i).cloned().flatten();
        match name {
            "default" => match args.last()? {
                Some(value) if truthy(value) => Some(value.clone()),
                Some(_) => arg(0),
                None => None,
            },
            "coalesce" => {
                for arg in &args {
                    let value = arg.as_ref()?;
                    if truthy(value) {
                        return Some(value.clone());
                    }
                }
                None
            }
            "required" => arg(1).filter(truthy),
            "ternary" => {
                let condition = arg(2)?;
                if truthy(&condition) { arg(0) } else { arg(1) }
            }
            "quote" | "squote" | "toString" | "int" | "int64" | "float64" | "toYaml" | "toJson" | "trim" | "fromYaml" | "tpl" => {
                let value = if name == "tpl" { arg(0) } else { args.last().cloned().flatten() };
                value.filter(|v| !v.text().is_some_and(|t| t.contains("{{")))
            }
            "nindent" | "indent" | "trunc" | "trimSuffix" | "trimPrefix" => args.last().cloned().flatten(),
            "lower" => Some(Value::text_at(args.last()?.as_ref()?.text()?.to_lowercase(), self.at)),
            "upper" => Some(Value::text_at(args.last()?.as_ref()?.text()?.to_uppercase(), self.at)),
            "printf" => {
                let mut text = String::new();
                let format = arg(0)?;
                let mut rest = args.iter().skip(1);
                for (i, part) in format.text()?.replace("%v", "%s").replace("%d", "%s").split("%s").enumerate() {
                    if i > 0 {
                        text.push_str(rest.next()?.as_ref()?.text()?);
                    }
                    text.push_str(part);
                }
                Some(Value::text_at(text, self.at))
            }
            // By custom the helper that ends in `name` gives the release's name, which a chart installed alone shares.
            "include" | "template" if arg(0)?.text()?.ends_with("name") && !arg(0)?.text()?.contains("Account") => {
                self.chart.get("name").cloned()
            }
            "not" => boolean(!truthy(&arg(0)?)),
            "and" => {
                if args.iter().flatten().any(|v| !truthy(v)) {
                    return boolean(false);
                }
                args.into_iter().collect::<Option<Vec<Value>>>()?.pop()
            }
            "or" => {
                if let Some(value) = args.iter().flatten().find(|v| truthy(v)) {
                    return Some(value.clone());
                }
                args.into_iter().collect::<Option<Vec<Value>>>()?.pop()
            }
            "eq" | "ne" => {
                let first = arg(0)?;
                let others: Vec<Value> = args.iter().skip(1).cloned().collect::<Option<Vec<_>>>()?;
                let equal = others.iter().any(|o| match (&first.shape, &o.shape) {
                    (Shape::Null, Shape::Null) => true,
                    _ => first.text().is_some() && first.text() == o.text(),
                });
                boolean(equal == (name == "eq"))
            }
            "gt" | "lt" | "ge" | "le" => {
                let number = |i: usize| arg(i)?.text()?.parse::<f64>().ok();
                let (a, b) = (number(0)?, number(1)?);
                boolean(match name {
                    "gt" => a > b,
                    "lt" => a < b,
                    "ge" => a >= b,
                    _ => a <= b,
                })
            }
            "empty" => boolean(!truthy(&arg(0)?)),
            "hasKey" => boolean(arg(0)?.field(arg(1)?.text()?).is_some()),
            _ => None,
        }
    }
}

fn follow<'s>(base: &Value, steps: impl Iterator<Item = &'s str>, at: Location) -> Value {
    let mut value = base;
    for step in steps.filter(|s| !s.is_empty()) {
        match value.field(step) {
            Some(field) => value = &field.value,
            None => return Value::new(Shape::Null, at),
        }
    }
    value.clone()
}

fn truthy(value: &Value) -> bool {
    match &value.shape {
        Shape::Null => false,
        Shape::Text(text) => !matches!(text.as_str(), "" | "false" | "0"),
        Shape::List(items) => !items.is_empty(),
        Shape::Map(fields) => !fields.is_empty(),
        Shape::Unknown(_) => true,
    }
}

/// Parts a text at a sign that stands outside quotes and parentheses.
fn split(text: &str, sign: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0usize);
    let mut quote = None;
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 && (c == sign || sign == ' ' && c.is_ascii_whitespace()) => {
                parts.push(&text[start..i]);
                start = i + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
