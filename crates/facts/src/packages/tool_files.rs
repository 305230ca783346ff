//! Files that tell a developer's tools which version to use.

use plimsoll_base::{Sourced, Span};
use plimsoll_syntax::{Node, toml};

use super::lines::{lines, trimmed, without_comment};
use super::product::version_of;
use super::versions::Uses;
use crate::library::{Held, Library};
use crate::repository::VersionScope;

/// Files that hold one version and nothing else.
const SINGLE: &[(&str, &str)] = &[
    (".nvmrc", "node"),
    (".node-version", "node"),
    (".python-version", "python"),
    (".ruby-version", "ruby"),
    (".java-version", "java"),
    (".go-version", "go"),
    (".php-version", "php"),
];

/// Adds what every such file says.
pub(super) fn read(uses: &mut Uses, library: &Library) {
    for held in library.files().iter().filter(|f| f.product() && f.bytes.is_some()) {
        let name = held.name();
        if let Some((_, product)) = SINGLE.iter().find(|(n, _)| *n == name) {
            if let Some(version) = first_line(held) {
                add(uses, product, &version);
            }
            continue;
        }
        match name {
            ".tool-versions" => tool_versions(uses, held),
            "mise.toml" | ".mise.toml" => mise(uses, held),
            // Heroku's: `python-3.11.4`.
            "runtime.txt" => {
                if let Some(version) = first_line(held)
                    && let Some((product, number)) = version.value.split_once('-')
                {
                    add(uses, product, &Sourced::new(number.to_owned(), version.at));
                }
            }
            "global.json" => {
                let sdk = held.root().and_then(|r| r.path(&["sdk", "version"]));
                if let Some((node, version)) = sdk.and_then(|n| Some((n, n.scalar()?))) {
                    add(uses, "dotnet", &Sourced::new(version.to_owned(), held.at(node.span)));
                }
            }
            _ => {}
        }
    }
}

/// One version under its tool's name; tools that the table does not know say nothing.
fn add(uses: &mut Uses, tool: &str, version: &Sourced<String>) {
    let product = match tool {
        "nodejs" => "node",
        "golang" => "go",
        "dotnet-core" => "dotnet",
        "postgresql" => "postgres",
        other => other,
    };
    if !super::is_known(product) {
        return;
    }
    let written = version.value.trim();
    let plain = written.strip_prefix(product).map_or(written, |rest| rest.trim_start_matches('-'));
    let number = match product {
        "java" => plain.split('-').find(|w| w.starts_with(|c: char| c.is_ascii_digit())).unwrap_or_default().to_owned(),
        "node" => version_of(product, plain.trim_start_matches("lts/")),
        _ => version_of(product, plain),
    };
    uses.add(product, number.split('+').next().unwrap_or_default(), version.at, &format!("{product} {written}"), VersionScope::ToolFile);
}

fn first_line(held: &Held) -> Option<Sourced<String>> {
    let text = held.text();
    let found = lines(&text).map(|(start, line)| trimmed(start, without_comment(line, "#"))).find(|(content, _)| !content.is_empty());
    found.filter(|(content, _)| content.len() < 60).map(|(content, span)| Sourced::new(content.to_owned(), held.at(span)))
}

fn tool_versions(uses: &mut Uses, held: &Held) {
    let text = held.text();
    for (start, line) in lines(&text) {
        let (content, span) = trimmed(start, without_comment(line, "#"));
        let mut words = content.split_whitespace();
        if let (Some(tool), Some(version)) = (words.next(), words.next()) {
            add(uses, tool, &Sourced::new(version.to_owned(), held.at(span)));
        }
    }
}

fn mise(uses: &mut Uses, held: &Held) {
    let parsed;
    let root = match held.root() {
        Some(root) => root,
        None => {
            parsed = toml(held.bytes.as_deref().unwrap_or_default()).value;
            &parsed
        }
    };
    for entry in root.get("tools").map(Node::entries).unwrap_or_default() {
        let version =
            entry.value.scalar().or_else(|| entry.value.get("version")?.scalar()).or_else(|| entry.value.items().first()?.scalar());
        if let Some(version) = version {
            let span = Span { start: entry.key_span.start, end: entry.value.span.end };
            add(uses, &entry.key, &Sourced::new(version.to_owned(), held.at(span)));
        }
    }
}
