//! Go modules: `go.mod`, and the workspaces of `go.work`.

use plimsoll_base::{Sourced, Span};

use super::lines::{lines, trimmed};
use super::workspace::{self, Root};
use super::{Ecosystem, Package, PackageDependency};
use crate::library::{Held, Library};

/// Every module.
pub(super) fn read(library: &Library) -> Vec<Package> {
    let files = || library.files().iter().filter(|f| f.bytes.is_some() && !super::foreign(f));
    let mut packages: Vec<Package> = files().filter(|f| f.name() == "go.mod").map(module).collect();
    let roots: Vec<Root> = files().filter(|f| f.name() == "go.work").map(work).collect();
    workspace::join_members(&mut packages, &roots);
    // A module keeps its own sums, whatever workspace it is developed in.
    for package in &mut packages {
        package.workspace_root = None;
    }
    packages
}

/// A directive within a file of Go's own: `require`, in a block or alone.
fn directives(text: &str) -> Vec<(String, &str, Span)> {
    let mut found = Vec::new();
    let mut block = String::new();
    for (start, line) in lines(text) {
        let (content, span) = trimmed(start, line);
        let code = content.split("//").next().unwrap_or(content).trim();
        if code == ")" {
            block.clear();
        } else if let Some(keyword) = code.strip_suffix('(') {
            block = keyword.trim().to_owned();
        } else if code.is_empty() {
        } else if block.is_empty() {
            let keyword = code.split_whitespace().next().unwrap_or_default();
            let rest = content[keyword.len()..].trim_start();
            let skipped = content.len() - rest.len();
            found.push((keyword.to_owned(), rest, Span::new(span.start as usize + skipped, span.end as usize)));
        } else {
            found.push((block.clone(), content, span));
        }
    }
    found
}

fn module(held: &Held) -> Package {
    let mut package = Package::new(held, Ecosystem::Go);
    // Minimal version selection: a version that is required is the one that is built, unless another module asks for more.
    package.exact = true;
    let text = held.text();
    for (keyword, rest, span) in directives(&text) {
        let mut words = rest.split_whitespace();
        let first = words.next().unwrap_or_default().trim_matches('"');
        match keyword.as_str() {
            "module" => package.name = Some(first.to_owned()),
            "go" | "toolchain" => {
                let version = first.trim_start_matches("go").to_owned();
                // The toolchain is what builds; it outweighs the language version.
                package.runtimes.retain(|(name, _)| name != "go" || keyword == "go");
                package.runtimes.push(("go".to_owned(), Sourced::new(version, held.at(span))));
            }
            "require" if !rest.contains("// indirect") => package.dependencies.push(PackageDependency {
                name: first.to_owned(),
                constraint: words.next().unwrap_or_default().to_owned(),
                at: held.at(span),
                dev: false,
            }),
            "tool" => package.tools.push((first.to_owned(), held.at(span))),
            _ => {}
        }
    }
    package
}

fn work(held: &Held) -> Root {
    let text = held.text();
    let patterns = directives(&text)
        .into_iter()
        .filter(|(k, ..)| k == "use")
        .map(|(_, rest, _)| rest.split_whitespace().next().unwrap_or_default().to_owned());
    Root { path: held.path.clone(), folder: held.folder().to_owned(), patterns: patterns.collect() }
}
