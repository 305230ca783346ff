//! Conditions of pipelines, evaluated as far as the text alone decides them.
//!
//! GitHub's and Azure's expressions and GitLab's rules share their operators, so one reader serves all three. A value is
//! known, partly known (a tag's name begins with `refs/tags/`) or unknown; what cannot be decided stays unknown.

pub(super) use super::values::Value;
use super::values::{contains, matches_pattern, starts_with};

/// The names that an expression may use.
pub(super) trait Names {
    /// The value at a path in lower case, its parts joined with dots; variables of GitLab begin with `$` and keep their case.
    fn value(&self, path: &str) -> Value;
    /// The value of a function that asks how things went so far: `always`, `success`, `failure` …
    fn status(&self, function: &str) -> Value;
}

/// The value of an expression; unknown where it cannot be read.
pub(super) fn evaluate(text: &str, names: &dyn Names) -> Value {
    let mut parser = Parser { text, at: 0, depth: 0, names };
    let value = parser.or();
    parser.blanks();
    match value {
        Some(value) if parser.at == text.len() => value,
        _ => Value::Unknown,
    }
}

/// Whether a condition holds, as GitHub writes it: with or without `${{ }}`. Text around an expression makes a condition true.
pub(super) fn condition(text: &str, names: &dyn Names) -> Option<bool> {
    let text = text.trim();
    match text.strip_prefix("${{") {
        Some(rest) => match rest.find("}}") {
            Some(end) if rest[end + 2..].trim().is_empty() => evaluate(rest[..end].trim(), names).truth(),
            _ => Some(true),
        },
        None if text.contains("${{") => Some(true),
        None => evaluate(text, names).truth(),
    }
}

/// Whether a condition asks how things went itself, so that a failed or skipped need does not decide it.
pub(super) fn asks_status(text: &str) -> bool {
    ["always", "failure", "cancelled", "success", "succeeded", "failed", "succeededorfailed", "canceled"].iter().any(|name| {
        let lower = text.to_ascii_lowercase();
        lower.match_indices(name).any(|(at, _)| {
            let before = lower[..at].bytes().next_back().is_none_or(|b| !b.is_ascii_alphanumeric() && b != b'_' && b != b'.');
            before && lower[at + name.len()..].trim_start().starts_with('(')
        })
    })
}

const MAX_DEPTH: usize = 64;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    names: &'a dyn Names,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn takes(&mut self, token: &str) -> bool {
        self.blanks();
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn or(&mut self) -> Option<Value> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut left = self.and()?;
        while self.takes("||") {
            let right = self.and()?;
            left = match left.truth() {
                Some(true) => left,
                Some(false) => right,
                None if right.truth() == Some(true) => Value::Partly { prefix: String::new(), not: Vec::new() },
                None => Value::Unknown,
            };
        }
        self.depth -= 1;
        Some(left)
    }

    fn and(&mut self) -> Option<Value> {
        let mut left = self.comparison()?;
        while self.takes("&&") {
            let right = self.comparison()?;
            left = match left.truth() {
                Some(false) => left,
                Some(true) => right,
                None if right.truth() == Some(false) => Value::Falsy,
                None => Value::Unknown,
            };
        }
        Some(left)
    }

    fn comparison(&mut self) -> Option<Value> {
        let mut left = self.unary()?;
        loop {
            let matches = if self.takes("=~") {
                true
            } else if self.takes("!~") {
                false
            } else if self.takes("==") {
                left = Value::of(left.equals(&self.unary()?));
                continue;
            } else if self.takes("!=") {
                left = Value::of(left.equals(&self.unary()?).map(|b| !b));
                continue;
            } else if ["<=", ">=", "<", ">"].iter().any(|op| self.takes(op)) {
                self.unary()?;
                left = Value::Unknown;
                continue;
            } else {
                return Some(left);
            };
            let found = self.pattern(&left)?;
            left = Value::of(found.map(|b| b == matches));
        }
    }

    /// The right side of `=~`: whether it matches what stands on the left.
    fn pattern(&mut self, left: &Value) -> Option<Option<bool>> {
        self.blanks();
        if !self.rest().starts_with('/') {
            self.unary()?;
            return Some(if *left == Value::Null { Some(false) } else { None });
        }
        let bytes = self.rest().as_bytes();
        let mut end = 1;
        while end < bytes.len() && bytes[end] != b'/' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let pattern = self.rest().get(1..end.min(bytes.len()))?.to_owned();
        self.at = (self.at + end + 1).min(self.text.len());
        let flags = self.rest().bytes().take_while(u8::is_ascii_lowercase).count();
        let ignores_case = self.rest()[..flags].contains('i');
        self.at += flags;
        Some(matches_pattern(left, &pattern, ignores_case))
    }

    fn unary(&mut self) -> Option<Value> {
        self.blanks();
        if self.rest().starts_with('!') && !self.rest().starts_with("!=") {
            self.at += 1;
            self.depth += 1;
            let inner = if self.depth > MAX_DEPTH { None } else { self.unary() };
            self.depth -= 1;
            return Some(Value::of(inner?.truth().map(|b| !b)));
        }
        if self.takes("(") {
            let inner = self.or()?;
            return self.takes(")").then_some(inner);
        }
        let first = self.rest().chars().next()?;
        match first {
            '\'' | '"' => self.string(first),
            '0'..='9' | '-' | '+' => {
                let length = self.rest().bytes().take_while(|b| b.is_ascii_alphanumeric() || b"+-._".contains(b)).count();
                let number = self.rest()[..length].parse().ok();
                self.at += length.max(1);
                Some(number.map_or(Value::Unknown, Value::Number))
            }
            '$' => {
                let braced = self.rest().starts_with("${");
                self.at += if braced { 2 } else { 1 };
                let length = self.rest().bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
                let name = format!("${}", &self.rest()[..length]);
                self.at += length;
                if braced && !self.takes("}") {
                    return None;
                }
                Some(self.names.value(&name))
            }
            c if c.is_ascii_alphabetic() || c == '_' => self.name(),
            _ => None,
        }
    }

    fn string(&mut self, quote: char) -> Option<Value> {
        let mut text = String::new();
        let mut rest = self.rest()[1..].char_indices().peekable();
        while let Some((at, c)) = rest.next() {
            if c == quote {
                if quote == '\'' && rest.peek().is_some_and(|(_, next)| *next == '\'') {
                    rest.next();
                } else {
                    self.at += at + 2;
                    return Some(Value::Text(text));
                }
            }
            text.push(c);
        }
        None
    }

    fn word(&mut self) -> String {
        let length = self.rest().bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
        let word = self.rest()[..length].to_ascii_lowercase();
        self.at += length;
        word
    }

    fn name(&mut self) -> Option<Value> {
        let mut path = self.word();
        if self.takes("(") {
            let arguments = self.arguments()?;
            let result = self.call(&path, &arguments);
            // What a function returns may be indexed: nothing here depends on it.
            let indexed = self.path_tail(&mut path)?;
            return Some(if indexed { Value::Unknown } else { result });
        }
        self.path_tail(&mut path)?;
        Some(match path.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ => self.names.value(&path),
        })
    }

    fn path_tail(&mut self, path: &mut String) -> Option<bool> {
        let mut any = false;
        loop {
            if self.rest().starts_with('.') {
                self.at += 1;
                path.push('.');
                if self.rest().starts_with('*') {
                    self.at += 1;
                    path.push('*');
                } else {
                    let part = self.word();
                    path.push_str(&part);
                }
            } else if self.rest().starts_with('[') {
                self.at += 1;
                let index = if self.takes("*") { Value::text("*") } else { self.or()? };
                if !self.takes("]") {
                    return None;
                }
                path.push('.');
                path.push_str(&index.known_text().unwrap_or_else(|| "?".into()).to_ascii_lowercase());
            } else {
                return Some(any);
            }
            any = true;
        }
    }

    fn arguments(&mut self) -> Option<Vec<Value>> {
        let mut arguments = Vec::new();
        if self.takes(")") {
            return Some(arguments);
        }
        loop {
            arguments.push(self.or()?);
            if self.takes(")") {
                return Some(arguments);
            }
            if !self.takes(",") {
                return None;
            }
        }
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Value {
        let all = |wanted: bool| {
            let truths: Vec<Option<bool>> = arguments.iter().map(Value::truth).collect();
            if truths.contains(&Some(!wanted)) {
                Value::Bool(!wanted)
            } else if truths.contains(&None) {
                Value::Unknown
            } else {
                Value::Bool(wanted)
            }
        };
        match (name, arguments) {
            ("startswith", [text, start]) => Value::of(starts_with(text, start)),
            ("endswith", [Value::Text(text), Value::Text(end)]) => {
                Value::Bool(text.to_ascii_lowercase().ends_with(&end.to_ascii_lowercase()))
            }
            ("contains", [whole, part]) => Value::of(contains(whole, part)),
            ("fromjson", [Value::Text(text)]) => list(text),
            ("and", _) => all(true),
            ("or", _) => all(false),
            ("not", [value]) => Value::of(value.truth().map(|b| !b)),
            ("eq", [a, b]) => Value::of(a.equals(b)),
            ("ne", [a, b]) => Value::of(a.equals(b).map(|b| !b)),
            ("in", [value, rest @ ..]) => {
                let each: Vec<Option<bool>> = rest.iter().map(|r| value.equals(r)).collect();
                if each.contains(&Some(true)) {
                    Value::Bool(true)
                } else if each.contains(&None) {
                    Value::Unknown
                } else {
                    Value::Bool(false)
                }
            }
            ("variables", _) => Value::Unknown,
            _ => self.names.status(name),
        }
    }
}

/// `["a", "b"]` as GitHub's `fromJSON` reads it; anything else stays unknown.
fn list(text: &str) -> Value {
    let parsed = plimsoll_syntax::json(text.as_bytes(), plimsoll_syntax::JsonFlavour::Strict);
    match (&parsed.value.kind, parsed.issues.is_empty()) {
        (plimsoll_syntax::Kind::Sequence(items), true) => {
            items.iter().map(|i| i.scalar().map(str::to_owned)).collect::<Option<_>>().map_or(Value::Unknown, Value::List)
        }
        (plimsoll_syntax::Kind::Bool(b), true) => Value::Bool(*b),
        _ => Value::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Tag;
    impl Names for Tag {
        fn value(&self, path: &str) -> Value {
            match path {
                "github.ref" => Value::Partly { prefix: "refs/tags/".into(), not: vec![] },
                "github.event_name" | "$CI_PIPELINE_SOURCE" => Value::text("push"),
                "$CI_COMMIT_BRANCH" => Value::Null,
                "variables.build.sourcebranch" => Value::text("refs/heads/main"),
                _ => Value::Unknown,
            }
        }
        fn status(&self, function: &str) -> Value {
            if function == "always" { Value::Bool(true) } else { Value::Unknown }
        }
    }

    #[test]
    fn conditions_are_true_false_or_open() {
        for (text, truth) in [
            ("false", Some(false)),
            ("${{ false }}", Some(false)),
            ("${{ true }} && false", Some(true)),
            ("github.ref == 'refs/heads/main'", Some(false)),
            ("github.ref != 'refs/heads/main'", Some(true)),
            ("github.ref == 'refs/tags/v1'", None),
            ("startsWith(github.ref, 'refs/tags')", Some(true)),
            ("startsWith(github.ref, 'refs/tags/v')", None),
            ("github.event_name == 'PUSH' && !(github.actor == 'bot')", None),
            ("github.event_name != 'push' && github.actor == 'bot'", Some(false)),
            ("github.event['name'] == 'x' || always()", Some(true)),
            ("contains(fromJSON('[\"push\", \"x\"]'), github.event_name)", Some(true)),
            ("contains(github.event.pull_request.labels.*.name, 'x')", None),
            ("$CI_COMMIT_BRANCH == \"main\"", Some(false)),
            ("$CI_COMMIT_BRANCH && $X", Some(false)),
            ("$CI_COMMIT_BRANCH =~ /^v/", Some(false)),
            ("$CI_PIPELINE_SOURCE =~ /^PU/i", Some(true)),
            ("$CI_COMMIT_BRANCH == null", Some(true)),
            ("and(always(), eq(variables['Build.SourceBranch'], 'refs/heads/main'))", Some(true)),
            ("and(succeeded(), ne(variables['Build.SourceBranch'], 'refs/heads/main'))", Some(false)),
            ("'it''s' == 'it''s'", Some(true)),
            ("1 == 1.0", Some(true)),
            ("'' == false", Some(true)),
            ("broken ((", None),
            ("", None),
        ] {
            assert_eq!(condition(text, &Tag), truth, "{text}");
        }
    }

    #[test]
    fn a_choice_that_is_open_has_no_text() {
        for text in ["(github.actor == 'x' && 'macos') || 'ubuntu'", "github.actor == 'x' && ''"] {
            assert_eq!(evaluate(text, &Tag).known_text(), None, "{text}");
        }
        assert_eq!(evaluate("github.event_name == 'push' && 'prod' || 'dev'", &Tag).known_text().as_deref(), Some("prod"));
    }

    #[test]
    fn hostile_nesting_ends() {
        assert_eq!(condition(&"(".repeat(100_000), &Tag), None);
        assert_eq!(condition(&"!".repeat(100_000), &Tag), None);
        assert_eq!(condition(&"a[".repeat(100_000), &Tag), None);
    }

    #[test]
    fn status_functions_are_found_as_words() {
        assert!(asks_status("${{ always() && x }}") && asks_status("!cancelled()") && asks_status("failure ()"));
        assert!(!asks_status("github.event.failure == 'always'") && !asks_status("my_always()"));
    }
}
