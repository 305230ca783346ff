//! Look-ups in the static tables: every one is a binary search by the name that a place bears.

use super::command::arguments_match;
use super::glob::{path_matches, word_matches};
use super::image::names_of;
use super::rule::{
    ACTIONS, CALLS, COMMANDS, DEPENDENCIES, FAMILIES, FILE_GLOBS, FILE_NAMES, IMAGES, Rule, TECHNOLOGIES, TOOLS, Technology, VARIABLES,
};

/// A rule that matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Hit {
    /// Index of the technology.
    pub technology: u16,
    rule: u16,
}

impl Hit {
    /// The rule.
    pub fn rule(self) -> &'static Rule {
        &technology(self).rules[usize::from(self.rule)]
    }
}

/// The technology of a hit.
pub(super) fn technology(hit: Hit) -> &'static Technology {
    &TECHNOLOGIES[usize::from(hit.technology)]
}

fn hit(technology: u16, rule: u16) -> Hit {
    Hit { technology, rule }
}

/// The rows whose key is the one sought, in a table sorted by key.
fn equal<T, K: Ord>(table: &'static [T], key: K, of: impl Fn(&T) -> K) -> &'static [T] {
    let from = table.partition_point(|row| of(row) < key);
    let count = table[from..].iter().take_while(|row| of(row) == key).count();
    &table[from..from + count]
}

/// Signs of one form of a command.
pub(super) fn command<'a>(form: &'a [&'a str]) -> impl Iterator<Item = Hit> + 'a {
    let (program, arguments) = form.split_first().map_or(("", &[][..]), |(p, a)| (*p, a));
    equal(COMMANDS, program, |row| row.0).iter().filter(move |row| arguments_match(row.1, arguments)).map(|row| hit(row.2, row.3))
}

/// Signs of an action, orb, task or template, its inputs and variables at hand.
pub(super) fn action<'a>(uses: &str, input: &dyn Fn(&str) -> Option<&'a str>) -> Vec<Hit> {
    let name = action_name(uses);
    let mut end = Some(name.len());
    let mut hits = Vec::new();
    while let Some(at) = end {
        let key = &name[..at];
        let rows = equal(ACTIONS, key, |row| row.0).iter().map(|row| hit(row.1, row.2));
        hits.extend(rows.filter(|h| inputs_match(h.rule(), input)));
        // A task's bare name, `docker`, is no owner of actions.
        end = key.rfind('/').filter(|at| key[..*at].contains('/'));
    }
    hits
}

/// Without version, in lower case: `Aquasecurity/trivy-action@0.20` is `aquasecurity/trivy-action`.
fn action_name(uses: &str) -> String {
    let uses = uses.split('@').next().unwrap_or(uses);
    // The reader of GitLab files names a template without its ending; the signals name the file.
    if let Some(template) = uses.strip_prefix("gitlab-template:") {
        return format!("{}.gitlab-ci.yml", template.trim_end_matches(".gitlab-ci.yml").to_lowercase());
    }
    uses.split(':').next().unwrap_or(uses).trim_end_matches('/').to_lowercase()
}

fn inputs_match<'a>(rule: &Rule, input: &dyn Fn(&str) -> Option<&'a str>) -> bool {
    let holds = |(key, values): &(&str, &[&str])| input(key).is_some_and(|stated| values.iter().any(|v| value_matches(v, stated)));
    rule.with.iter().all(holds) && !rule.without.iter().any(holds)
}

/// Whether an input has a value: `*` stands for any text, letter case does not count.
pub(super) fn value_matches(pattern: &str, stated: &str) -> bool {
    let stated = stated.trim();
    !stated.is_empty() && word_matches(pattern, &stated.to_lowercase())
}

/// Signs of a direct dependency.
pub(super) fn dependency<'a>(ecosystem: &'a str, name: &str) -> impl Iterator<Item = Hit> + use<'a> {
    let name = dependency_name(ecosystem, name);
    let exact = equal(DEPENDENCIES, (ecosystem, name.as_str()), |row| row.0).iter().map(|row| hit(row.1, row.2));
    let family = FAMILIES.iter().filter(move |row| row.0.0 == ecosystem && name.starts_with(row.0.1)).map(|row| hit(row.1, row.2));
    exact.chain(family)
}

/// The name as its ecosystem compares it.
pub(super) fn dependency_name(ecosystem: &str, name: &str) -> String {
    match ecosystem {
        "pypi" => name.split('[').next().unwrap_or(name).trim().to_lowercase().replace(['_', '.'], "-"),
        "nuget" | "php" => name.to_lowercase(),
        "go" => match name.rsplit_once("/v") {
            Some((path, major)) if !major.is_empty() && major.bytes().all(|b| b.is_ascii_digit()) => path.to_owned(),
            _ => name.to_owned(),
        },
        _ => name.to_owned(),
    }
}

/// Signs of an image.
pub(super) fn images(image: &str) -> impl Iterator<Item = Hit> {
    names_of(image).flat_map(|name| equal(IMAGES, name, |row| row.0).iter().map(|row| hit(row.1, row.2)))
}

/// Signs of a file's path.
pub(super) fn file(path: &str) -> impl Iterator<Item = Hit> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let named = equal(FILE_NAMES, name, |row| row.0).iter().map(|row| (row.1, hit(row.2, row.3)));
    let first = name.bytes().next().unwrap_or(0);
    // The name decides nearly always, so that the path is seldom looked at.
    let of_byte = move |byte: u8| {
        let rows = equal(FILE_GLOBS, byte, |row| row.0).iter().filter(move |row| word_matches(row.1, name));
        rows.map(|row| (row.2, hit(row.3, row.4)))
    };
    named.chain(of_byte(0)).chain(of_byte(first)).filter(move |(pattern, _)| path_matches(pattern, path)).map(|(_, h)| h)
}

/// Signs of a variable's name.
pub(super) fn variable(name: &str) -> impl Iterator<Item = Hit> {
    equal(VARIABLES, name, |row| row.0).iter().map(|row| hit(row.1, row.2))
}

/// Signs of a tool's section in a manifest.
pub(super) fn tool(name: &str) -> impl Iterator<Item = Hit> {
    equal(TOOLS, name, |row| row.0).iter().map(|row| hit(row.1, row.2))
}

/// Signs of a call, by what is called.
#[cfg(test)]
pub(super) fn call(name: &str) -> impl Iterator<Item = Hit> {
    equal(CALLS, name, |row| row.0).iter().map(|row| hit(row.1, row.2))
}

/// Every name of a call that is a sign of something, with what it is a sign of, in the table's order.
pub(super) fn calls() -> impl Iterator<Item = (&'static str, Hit)> {
    CALLS.iter().map(|row| (row.0, hit(row.1, row.2)))
}
