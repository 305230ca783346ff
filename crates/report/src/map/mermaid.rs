//! The system as a Mermaid flowchart. Ids are counted, so that no name of the scanned tree is ever syntax.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use plimsoll_base::Assessment;

use crate::escape;

/// Writes a flowchart: services, datastores, who talks to whom, and what the internet reaches.
///
/// # Errors
/// Only those of the writer.
pub fn mermaid(assessment: &Assessment, out: &mut dyn io::Write) -> io::Result<()> {
    let system = &assessment.system;
    let mut ids: BTreeMap<&str, String> = BTreeMap::new();
    let mut text = String::from("flowchart LR\n");
    for d in &system.datastores {
        if let Some(id) = new(&mut ids, &d.name) {
            line(&mut text, format_args!("{id}[(\"{}\")]", label(&[&d.name, &d.engine])));
        }
    }
    for s in &system.services {
        if let Some(id) = new(&mut ids, &s.name) {
            line(&mut text, format_args!("{id}[\"{}\"]", label(&[&s.name, &s.kind])));
        }
    }
    for name in system.edges.iter().flat_map(|e| [&e.from, &e.to]) {
        if let Some(id) = new(&mut ids, name) {
            line(&mut text, format_args!("{id}([\"{}\"])", label(&[name])));
        }
    }
    let published: Vec<_> = system.services.iter().filter(|s| !s.published.is_empty()).collect();
    if !published.is_empty() {
        line(&mut text, format_args!("outside((\"outside\"))"));
    }
    for s in published {
        let ports: Vec<&str> = s.published.iter().map(String::as_str).collect();
        line(&mut text, format_args!("outside -->|\"{}\"| {}", label(&[&ports.join(", ")]), ids[s.name.as_str()]));
    }
    for e in &system.edges {
        let (from, to) = (&ids[e.from.as_str()], &ids[e.to.as_str()]);
        match e.by.is_empty() {
            true => line(&mut text, format_args!("{from} --> {to}")),
            false => line(&mut text, format_args!("{from} -->|\"{}\"| {to}", label(&[&e.by]))),
        }
    }
    out.write_all(text.as_bytes())
}

/// A new id for a name; none if the name has one.
fn new<'a>(ids: &mut BTreeMap<&'a str, String>, name: &'a str) -> Option<String> {
    if ids.contains_key(name) {
        return None;
    }
    let id = format!("n{}", ids.len());
    ids.insert(name, id.clone());
    Some(id)
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "  {content}");
}

/// A label of several lines. Whatever could be Mermaid, Markdown or HTML is written as an entity.
fn label(rows: &[&str]) -> String {
    let mut out = String::new();
    for (at, row) in rows.iter().filter(|r| !r.is_empty()).enumerate() {
        if at > 0 {
            out.push_str("<br/>");
        }
        for c in escape::visible(row).chars() {
            if c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_' | '/' | ':' | ',' | '+' | '=') || (!c.is_ascii() && !c.is_control())
            {
                out.push(c);
            } else {
                let _ = write!(out, "#{};", c as u32);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_syntax() {
        let out = label(&["a\"]; click n0 call(x) <script>`b`</script> #quot; {c}|d|\n"]);
        for sign in ['"', '[', ']', '<', '>', '`', '(', ')', '{', '}', '|', '\n', '\\'] {
            assert!(!out.contains(sign), "{sign:?} in {out}");
        }
        assert_eq!(label(&["a\"b"]), "a#34;b");
    }

    #[test]
    fn plain_names_stay_readable() {
        assert_eq!(label(&["backend-1", "web"]), "backend-1<br/>web");
    }
}
