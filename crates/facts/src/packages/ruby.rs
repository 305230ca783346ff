//! Bundler: `Gemfile`, read by the forms in which it is written by convention, since it is a program.

use plimsoll_base::{Location, Sourced, Span};

use super::lines::{lines, literals, trimmed, without_comment};
use super::{Ecosystem, Package, PackageDependency};
use crate::library::{Held, Library};

/// Every Gemfile; a gem specification beside it adds its dependencies.
pub(super) fn read(library: &Library) -> Vec<Package> {
    let files = || library.files().iter().filter(|f| f.bytes.is_some() && !super::foreign(f));
    let gemspecs: Vec<&Held> = files().filter(|f| f.name().ends_with(".gemspec")).collect();
    let mut packages = Vec::new();
    for held in files().filter(|f| matches!(f.name(), "Gemfile" | "gems.rb")) {
        let mut package = gemfile(held);
        gemspecs.iter().filter(|g| g.folder() == held.folder()).for_each(|g| gemspec(g, &mut package));
        packages.push(package);
    }
    packages
}

fn gemfile(held: &Held) -> Package {
    let mut package = Package::new(held, Ecosystem::Ruby);
    let text = held.text();
    // Blocks by the column of their keyword; a group of development makes its content development.
    let mut open: Vec<(usize, bool)> = Vec::new();
    for (start, line) in lines(&text) {
        let code = without_comment(line, "#");
        let (content, span) = trimmed(start, code);
        let column = code.len() - code.trim_start().len();
        if content == "end" {
            while open.last().is_some_and(|(c, _)| *c > column) {
                open.pop();
            }
            open.pop();
            continue;
        }
        let block = content.ends_with(" do") || content.starts_with("if ") || content.starts_with("unless ") || content.contains(" do |");
        if block {
            open.push((column, content.starts_with("group ") && is_dev(content)));
            continue;
        }
        let values = literals(content);
        let Some((at, first)) = values.first().copied() else { continue };
        let at = held.at(Span::new(span.start as usize + at - 1, span.end as usize));
        if content.starts_with("ruby file:") {
            // The version stands in a file of its own, which is read by itself.
        } else if content.starts_with("ruby ") || content.starts_with("ruby(") {
            package.runtimes.push(("ruby".into(), Sourced::new(first.to_owned(), at)));
        } else if content.starts_with("gem ") || content.starts_with("gem(") {
            let dev = open.iter().any(|(_, dev)| *dev) || content.split_once("group").is_some_and(|(_, rest)| is_dev(rest));
            package.dependencies.push(gem(first, values.get(1..).unwrap_or_default(), held.at(span), dev));
        }
    }
    package.exact = package.dependencies.iter().all(|d| is_exact(&d.constraint));
    package
}

fn is_dev(groups: &str) -> bool {
    (groups.contains(":dev") || groups.contains(":test") || groups.contains("\"test\"") || groups.contains(":lint"))
        && !groups.contains(":production")
}

/// A gem with its version: the literals behind the name, up to the first that is an option's value.
fn gem(name: &str, rest: &[(usize, &str)], at: Location, dev: bool) -> PackageDependency {
    let versions: Vec<&str> =
        rest.iter().map(|(_, v)| *v).take_while(|v| v.starts_with(|c: char| c.is_ascii_digit() || "~<>=!".contains(c))).collect();
    PackageDependency { name: name.to_owned(), constraint: versions.join(", "), at, dev }
}

fn is_exact(constraint: &str) -> bool {
    let version = constraint.trim_start_matches(['=', ' ']);
    version.matches('.').count() >= 2 && version.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

fn gemspec(held: &Held, package: &mut Package) {
    let text = held.text();
    for (start, line) in lines(&text) {
        let (content, span) = trimmed(start, without_comment(line, "#"));
        let dev = content.contains(".add_development_dependency");
        let values = literals(content);
        if !dev && !content.contains(".add_dependency") && !content.contains(".add_runtime_dependency") {
            continue;
        }
        if let Some((_, name)) = values.first() {
            package.dependencies.push(gem(name, values.get(1..).unwrap_or_default(), held.at(span), dev));
        }
    }
}
