//! How a literal stands behind a name: assignments, annotations, attributes, calls, pairs of name and value on neighbouring lines.

use crate::kind::Kind;
use crate::literal::{Line, Literal, after_lookup, expansion, otherwise, quoted, read_value, text_of};
use memchr::memmem;

/// How far behind a name its value is sought on the lines below.
const NEAR: usize = 600;

/// The literal that belongs to the name `start..end`.
pub(crate) fn read(line: &Line, start: usize, end: usize) -> Option<Literal> {
    let before = line.before(start, 40);
    if before.ends_with(b"${") {
        let close = memchr::memchr(b'}', line.rest(start))? + start;
        return expansion(line, start, &line.text[start..close]);
    }
    // A part of an ARN or of a path, save for PowerShell's `$env:NAME`.
    if before.ends_with(b":") && !before.ends_with(b"env:") {
        return None;
    }
    if before.ends_with(b"$") || before.ends_with(b"{{ .") {
        return None;
    }
    // A quote on both sides, or an escaped one: the name is a string of the language.
    let escaped = line.has(end, "\\\"") && before.ends_with(b"\\\"");
    let quote = before.last().copied().filter(|b| matches!(b, b'"' | b'\'' | b'`'));
    if let Some(quote) = quote
        && (escaped || line.at(end) == Some(quote))
    {
        return quoted_name(line, start, end, if escaped { end + 2 } else { end + 1 });
    }
    bare_name(line, start, end, before)
}

/// After `"name"`.
fn quoted_name(line: &Line, start: usize, end: usize, after: usize) -> Option<Literal> {
    let lead = line.before(start, 60);
    let lead = lead[..lead.len() - 1].strip_suffix(b"\\").unwrap_or(&lead[..lead.len() - 1]).trim_ascii_end();
    let i = line.skip_blanks(after);
    if lead.ends_with(b"variable") && line.at(i) == Some(b'{') {
        return hcl_default(line, i);
    }
    if names_a_value(lead) {
        return sibling_value(line, after);
    }
    match line.at(i) {
        Some(b':') => read_value(line, i + 1),
        Some(b'=') if line.at(i + 1) == Some(b'>') => read_value(line, i + 2),
        Some(b'=') if line.at(i + 1) != Some(b'=') => read_value(line, i + 1),
        Some(b']') => {
            let i = line.skip_blanks(i + 1);
            if line.at(i) == Some(b'=') && line.at(i + 1) != Some(b'=') {
                read_value(line, i + 1)
            } else {
                otherwise(line, i, text_of(&line.text[start..end]))
            }
        }
        Some(b',' | b')') => {
            let open = lead.strip_suffix(b"(")?;
            let callee =
                &open[open.iter().rposition(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':'))).map_or(0, |p| p + 1)..];
            after_lookup(line, callee, start, end)
        }
        // `"--requirepass", "…"` in a list of arguments.
        _ => None,
    }
    .or_else(|| {
        if line.text[start..end].starts_with(b"--") && line.at(i) == Some(b',') { quoted(line, line.skip_blanks(i + 1)) } else { None }
    })
}

/// After a name without quotes.
fn bare_name(line: &Line, start: usize, end: usize, before: &[u8]) -> Option<Literal> {
    let lead = before.trim_ascii_end();
    if names_a_value(lead) && line.rest(end).iter().all(|b| b.is_ascii_whitespace() || *b == b'"' || *b == b'\'') {
        return sibling_value(line, end);
    }
    // Within a connection string the next parameter ends the value.
    if line.at(end) == Some(b'=')
        && (lead.ends_with(b";") || lead.ends_with(b"&") || lead.ends_with(b"?"))
        && !lead.ends_with(b"&&")
        && before.len() == lead.len() + usize::from(before.ends_with(b" "))
    {
        return parameter(line, end + 1);
    }
    let option = before.ends_with(b"-") && (lead.ends_with(b"--") || lead.ends_with(b" -"));
    let dashed = line.text[start..end].starts_with(b"--");
    if (option || dashed) && matches!(line.at(end), Some(b' ' | b'=')) && line.kind != Kind::Source {
        let value = read_value(&Line { kind: Kind::Shell, ..*line }, end + 1)?;
        return (line.text[value.start] != b'-').then_some(value);
    }
    if before.ends_with(b"<") && line.at(end) == Some(b'>') {
        let rest = line.rest(end + 1);
        let close = memchr::memchr(b'<', rest).filter(|&c| c > 0 && rest[c..].starts_with(b"</"))?;
        return Some(Literal { start: end + 1, end: end + 1 + close, quoted: true, default_of: None });
    }
    let mut i = end;
    while matches!(line.at(i), Some(b'?' | b'!' | b'*')) {
        i += 1;
    }
    i = line.skip_blanks(i);
    match line.at(i) {
        Some(b'=') if matches!(line.at(i + 1), Some(b'=' | b'~')) => None,
        Some(b'=') if line.at(i + 1) == Some(b'>') => read_value(line, i + 2),
        Some(b'=') => read_value(line, i + 1),
        Some(b':') if line.at(i + 1) == Some(b'=') => read_value(line, i + 2),
        Some(b':') if line.at(i + 1) == Some(b':') => None,
        Some(b':') => after_colon(line, i + 1),
        Some(b'?') if line.at(i + 1) == Some(b'=') => read_value(line, i + 2),
        Some(b'|') if line.at(i + 1) != Some(b'|') => {
            if line.kind == Kind::Prose {
                table_cell(line, i + 1)
            } else {
                None
            }
        }
        Some(b'|' | b'?' | b')' | b'.') => {
            let name = &line.text[start..end];
            let reads = memmem::find(name, b"env").is_some() || line.at(i) == Some(b'|');
            let last = name.rsplit(|b| *b == b'.').next().unwrap_or(name);
            reads.then(|| otherwise(line, i, text_of(last))).flatten()
        }
        Some(b'(') if i == end && line.kind == Kind::Source => hashed(line, start, end),
        Some(b'"' | b'\'') if i > end => spaced(line, start, i),
        Some(_) if i > end => spaced(line, start, i),
        _ => None,
    }
}

/// After `name:`: a value, or a type and then `= value`.
fn after_colon(line: &Line, i: usize) -> Option<Literal> {
    let i = line.skip_blanks(i);
    // Markdown sets the name or the value in bold or as code.
    if line.kind == Kind::Prose {
        let mut j = i;
        while matches!(line.at(j), Some(b'*' | b'_' | b' ')) {
            j += 1;
        }
        return read_value(line, j);
    }
    if line.kind == Kind::Source {
        let rest = line.rest(i);
        let typed = rest
            .iter()
            .position(|b| {
                !(b.is_ascii_alphanumeric()
                    || matches!(b, b'_' | b'<' | b'>' | b'[' | b']' | b'|' | b'.' | b' ' | b'&' | b'\'' | b'?' | b','))
            })
            .unwrap_or(rest.len());
        if rest.first().is_some_and(u8::is_ascii_alphabetic)
            && rest.get(typed) == Some(&b'=')
            && !matches!(rest.get(typed + 1), Some(b'=' | b'>'))
        {
            return read_value(line, i + typed + 1);
        }
    }
    read_value(line, i)
}

/// Name and value with only a blank between them: `ENV KEY value`, `PASSWORD 'value'` of SQL, `password string = "…"` of Go, `requirepass value`.
fn spaced(line: &Line, start: usize, i: usize) -> Option<Literal> {
    let words = line.before(start, 200).trim_ascii();
    let starts = |word: &str| words.len() >= word.len() && words[..word.len()].eq_ignore_ascii_case(word.as_bytes());
    match line.kind {
        Kind::Docker if starts("env") || starts("arg") => read_value(line, i),
        Kind::Source => {
            let rest = line.rest(i);
            let typed = rest.iter().take(40).position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'*' | b'.' | b' ')))?;
            (rest.get(typed) == Some(&b'=') && !matches!(rest.get(typed + 1), Some(b'=' | b'>')))
                .then(|| read_value(line, i + typed + 1))
                .flatten()
        }
        Kind::Plain if words.is_empty() && line.text[start..i].trim_ascii_end().eq_ignore_ascii_case(b"requirepass") => read_value(line, i),
        _ => {
            let sql = starts("create user")
                || starts("create role")
                || starts("alter user")
                || starts("alter role")
                || memmem::find(words, b"WITH").is_some();
            (sql && line.at(i) == Some(b'\'')).then(|| quoted(line, i)).flatten()
        }
    }
}

/// `set_password("…")`, `get_password_hash("…")`: a password written down where a user is made.
fn hashed(line: &Line, start: usize, end: usize) -> Option<Literal> {
    let name = &line.text[start..end];
    let verb = crate::names::words(name.rsplit(|b| *b == b'.').next().unwrap_or(name));
    if !matches!(verb.first().map(String::as_str), Some("set" | "hash" | "make" | "encrypt" | "encode"))
        && verb.last().map(String::as_str) != Some("hash")
    {
        return None;
    }
    let open = line.skip_blanks(end + 1);
    let literal = matches!(line.at(open), Some(b'"' | b'\'')).then(|| quoted(line, open)).flatten()?;
    let after = line.skip_blanks(literal.end + 1);
    matches!(line.at(after), Some(b')' | b',')).then_some(literal)
}

/// A value within a connection string or a query.
fn parameter(line: &Line, i: usize) -> Option<Literal> {
    // The token of a badge is meant for every reader of the page.
    if memmem::find(line.before(i, 40), b".svg?").is_some() {
        return None;
    }
    let rest = line.rest(i);
    let end = rest.iter().position(|b| b.is_ascii_whitespace() || b";&\"'`<>\\,)".contains(b)).unwrap_or(rest.len());
    let literal = Literal { start: i, end: i + end, quoted: true, default_of: None };
    let interpolated = rest[..end].iter().any(|b| matches!(b, b'{' | b'$' | b'%'));
    (end > 0 && !interpolated).then_some(literal)
}

/// `| Password | value |` in a table of a document.
fn table_cell(line: &Line, i: usize) -> Option<Literal> {
    let mut i = line.skip_blanks(i);
    while matches!(line.at(i), Some(b'*')) {
        i += 1;
    }
    if line.at(i) == Some(b'`') { quoted(line, i) } else { None }
}

/// Whether the text before a name makes it the name of a pair: `name:`, `"name":`, `key=`.
fn names_a_value(lead: &[u8]) -> bool {
    let Some(lead) = lead.strip_suffix(b":").or_else(|| lead.strip_suffix(b"=")) else { return false };
    let lead = lead.trim_ascii_end();
    let lead = lead.strip_suffix(b"\"").or_else(|| lead.strip_suffix(b"'")).unwrap_or(lead);
    [b"name".as_slice(), b"Name", b"key", b"Key", b"parameter_name"]
        .iter()
        .any(|w| lead.strip_suffix(*w).is_some_and(|l| l.last().is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'_')))
}

/// The `value` that goes with the name: on the same line, else on one of the next two.
fn sibling_value(line: &Line, i: usize) -> Option<Literal> {
    let limit = line.text.len().min(i + NEAR);
    let mut at = i;
    let mut end = line.end;
    for _ in 0..3 {
        let here = Line { start: at, end: end.min(limit), ..*line };
        let text = here.rest(at);
        // Another name before a value: the pair had none.
        let stop = memmem::find(text, b"name").unwrap_or(text.len());
        if let Some(p) = ["value", "Value", "defaultValue", "default"]
            .iter()
            .filter_map(|w| memmem::find(&text[..stop], w.as_bytes()).map(|p| (p, w.len())))
            .min()
        {
            let mut j = at + p.0 + p.1;
            while matches!(here.at(j), Some(b'"' | b'\'' | b' ')) {
                j += 1;
            }
            return matches!(here.at(j), Some(b':' | b'=')).then(|| read_value(&here, j + 1)).flatten();
        }
        if memchr::memchr2(b'}', b'>', text).is_some() {
            return None;
        }
        at = end + 1;
        if at >= limit {
            return None;
        }
        end = memchr::memchr(b'\n', &line.text[at..limit]).map_or(limit, |p| at + p);
    }
    None
}

/// `default = "…"` within the block of a Terraform variable.
fn hcl_default(line: &Line, open: usize) -> Option<Literal> {
    let limit = line.text.len().min(open + NEAR * 2);
    let block = &line.text[open..limit];
    let block = &block[..memmem::find(block, b"\n}").unwrap_or(block.len())];
    if names_an_entry(block) {
        return None;
    }
    let mut from = 0;
    while let Some(p) = memmem::find(&block[from..], b"default") {
        let at = from + p;
        let line_start = memchr::memrchr(b'\n', &block[..at]).map_or(1, |q| q + 1).min(at);
        if block[line_start..at].trim_ascii().is_empty() {
            let stop = memchr::memchr(b'\n', &block[at..]).map_or(block.len(), |q| at + q);
            let here = Line { start: open + line_start, end: open + stop, ..*line };
            let i = here.skip_blanks(open + at + 7);
            return (here.at(i) == Some(b'=')).then(|| read_value(&here, i + 1)).flatten();
        }
        from = at + 7;
    }
    None
}

/// Whether a variable's description says that it holds where a store of secrets keeps something: `Secret Manager ID for the key`.
fn names_an_entry(block: &[u8]) -> bool {
    let Some(at) = memmem::find(block, b"description") else { return false };
    let says = block[at..].split(|b| *b == b'\n').next().unwrap_or_default().to_ascii_lowercase();
    let holds = |list: &[&str]| list.iter().any(|w| memmem::find(&says, w.as_bytes()).is_some());
    let store = holds(&["secret manager", "secrets manager", "secretsmanager", "key vault", "parameter store", "ssm parameter"]);
    let by = |word: &[u8]| matches!(word, b"id" | b"name" | b"arn" | b"path" | b"reference" | b"uri");
    store && says.split(|b| !b.is_ascii_alphanumeric()).any(by)
}
