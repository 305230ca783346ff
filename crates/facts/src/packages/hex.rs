//! Mix: `mix.exs`, read by the form of its dependency tuples, since it is a program.

use plimsoll_base::{Sourced, Span};

use super::lines::{lines, literal, trimmed, without_comment};
use super::{Ecosystem, Package, PackageDependency};
use crate::library::{Held, Library};

/// Every Mix project.
pub(super) fn read(library: &Library) -> Vec<Package> {
    library.files().iter().filter(|f| f.name() == "mix.exs" && f.bytes.is_some() && !super::foreign(f)).map(package).collect()
}

fn package(held: &Held) -> Package {
    let mut package = Package::new(held, Ecosystem::Hex);
    let text = held.text();
    for (start, line) in lines(&text) {
        let (content, span) = trimmed(start, without_comment(line, "#"));
        if let Some((name, rest)) = content.strip_prefix("{:").and_then(|c| c.split_once(',')) {
            let options = rest.find(':').map_or("", |i| &rest[i..]);
            let version = literal(rest).map(|(_, v)| v).filter(|v| v.starts_with(|c: char| c.is_ascii_digit() || "~<>=!".contains(c)));
            let dev = rest.contains("only:") && !options.contains(":prod");
            let content_end = span.start as usize + content.trim_end_matches(',').len();
            package.dependencies.push(PackageDependency {
                name: name.trim().to_owned(),
                constraint: version.unwrap_or_default().to_owned(),
                at: held.at(Span::new(span.start as usize, content_end)),
                dev,
            });
        } else if let Some((_, version)) = content.strip_prefix("elixir:").and_then(literal) {
            package.runtimes.push(("elixir".into(), Sourced::new(version.to_owned(), held.at(span))));
        } else if let Some((_, version)) = content.strip_prefix("version:").and_then(literal).filter(|_| package.version.is_none()) {
            package.version = Some(Sourced::new(version.to_owned(), held.at(span)));
        } else if let Some(name) = content.strip_prefix("app: :").filter(|_| package.name.is_none()) {
            package.name = Some(name.trim_end_matches(',').to_owned());
        }
    }
    package.exact = package.dependencies.iter().all(|d| d.constraint.starts_with("=="));
    package
}
