//! The dated table of what is still supported. Facts that age are data of the ruleset, never the clock's.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

const DATA: &str = include_str!("../../data/end_of_life.toml");

/// The end of a release cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndOfLife {
    /// The cycle that the version belongs to: `3.10`.
    pub cycle: &'static str,
    /// The last day with support: year, month, day.
    pub ends: (u16, u8, u8),
}

/// What the table knows of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Support {
    /// Support ends, or ended, on a day.
    Ends(EndOfLife),
    /// Supported; its vendor had announced no end when the table was made.
    Open {
        /// The cycle.
        cycle: &'static str,
    },
}

/// When a version's support ends; none where the product, the cycle or its end is not in the table.
pub fn end_of_life(product: &str, version: &str) -> Option<EndOfLife> {
    match support(product, version)? {
        Support::Ends(end) => Some(end),
        Support::Open { .. } => None,
    }
}

/// What the table knows of a version; none where the product or the cycle is not in it.
///
/// A version belongs to the longest cycle that begins it; a floating one (`8`) to the cycle that lives longest of those that it begins,
/// since short-lived releases between two long-lived ones are seldom what a floating tag gives.
pub fn support(product: &str, version: &str) -> Option<Support> {
    let cycles = TABLE.cycles.get(product)?;
    let version = cycle_named(product, version)?;
    let (cycle, ends) = cycles.iter().filter(|(cycle, _)| begins(cycle, &version)).max_by_key(|(cycle, _)| cycle.len()).or_else(|| {
        let lives = |ends: &Option<(u16, u8, u8)>| ends.unwrap_or((u16::MAX, 1, 1));
        cycles
            .iter()
            .filter(|(cycle, _)| begins(&version, cycle))
            .max_by(|a, b| lives(&a.1).cmp(&lives(&b.1)).then_with(|| compare(a.0, b.0)))
    })?;
    Some(match ends {
        Some(ends) => Support::Ends(EndOfLife { cycle, ends: *ends }),
        None => Support::Open { cycle },
    })
}

/// Whether the table knows the product.
pub fn is_known(product: &str) -> bool {
    TABLE.cycles.contains_key(product)
}

/// The cycle that a word stands for: `bookworm` of Debian, `jod` of Node.
pub(super) fn named_cycle(product: &str, word: &str) -> Option<&'static str> {
    TABLE.names.get(product)?.get(word).map(String::as_str)
}

/// The version as the table counts: without `v` and without what follows the numbers; a name by its number.
fn cycle_named(product: &str, version: &str) -> Option<String> {
    let version = version.trim().to_ascii_lowercase();
    if product == "lambda" {
        return (!version.is_empty()).then_some(version);
    }
    let word = version.strip_prefix("lts/").unwrap_or(&version);
    let word = word.split('-').next().unwrap_or(word);
    if let Some(cycle) = named_cycle(product, word) {
        return Some(cycle.to_owned());
    }
    let numbers = numbers_of(&version);
    let numbers = match product {
        // The first Java versions called themselves 1.8 and so on.
        "java" => numbers.strip_prefix("1.").unwrap_or(numbers),
        _ => numbers,
    };
    (!numbers.is_empty()).then(|| numbers.to_owned())
}

/// The dotted numbers that a version starts with.
pub(super) fn numbers_of(version: &str) -> &str {
    let version = version.trim().trim_start_matches(['v', 'V']);
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    version[..end].trim_end_matches('.')
}

/// Whether `version` is `cycle` or continues it behind a dot.
fn begins(cycle: &str, version: &str) -> bool {
    version.strip_prefix(cycle).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn compare(a: &str, b: &str) -> Ordering {
    let parts = |s: &str| s.split('.').map(|p| p.parse::<u64>().unwrap_or(0)).collect::<Vec<_>>();
    parts(a).cmp(&parts(b))
}

type Cycles = Vec<(&'static str, Option<(u16, u8, u8)>)>;

#[derive(Default)]
struct Table {
    cycles: BTreeMap<&'static str, Cycles>,
    names: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct Names {
    names: BTreeMap<String, BTreeMap<String, String>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(read);

/// Reads the rows by themselves, since they are many and of one form; only the names go through the TOML parser.
fn read() -> Table {
    let mut table = Table::default();
    let (rows, names) = DATA.split_at(DATA.find("[names.").unwrap_or(DATA.len()));
    let mut product = "";
    for line in rows.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            product = name;
        } else if let Some((cycle, value)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            let ends = if value == "\"open\"" { Some(None) } else { date(value).map(Some) };
            table.cycles.entry(product).or_default().extend(ends.map(|ends| (cycle.trim_matches('"'), ends)));
        }
    }
    if let Ok(read) = toml::from_str::<Names>(names) {
        table.names = read.names;
    }
    table
}

fn date(text: &str) -> Option<(u16, u8, u8)> {
    let mut parts = text.split('-');
    let date = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(product: &str, version: &str) -> Option<(u16, u8, u8)> {
        end_of_life(product, version).map(|e| e.ends)
    }

    #[test]
    fn every_row_is_read() {
        let rows = DATA.lines().filter(|l| l.starts_with('"')).count();
        assert_eq!(TABLE.cycles.values().map(Vec::len).sum::<usize>(), rows);
        assert!(rows > 500, "{rows}");
        assert_eq!(TABLE.names.len(), 3);
        toml::from_str::<toml::Table>(DATA).expect("the table is TOML");
        for (product, words) in &TABLE.names {
            for cycle in words.values().filter(|c| compare(c, "8") == Ordering::Greater) {
                assert!(support(product, cycle).is_some(), "{product} {cycle}");
            }
        }
    }

    #[test]
    fn a_version_belongs_to_the_longest_cycle_that_begins_it() {
        assert_eq!(ends("python", "3.10.4"), Some((2026, 10, 31)));
        assert_eq!(ends("python", "3.1"), None);
        assert_eq!(ends("node", "20"), Some((2026, 4, 30)));
        assert_eq!(ends("node", "v22.3.0"), Some((2027, 4, 30)));
        assert_eq!(ends("node", "22-alpine"), Some((2027, 4, 30)));
        assert_eq!(ends("postgres", "17.5"), Some((2029, 11, 8)));
        assert_eq!(ends("postgres", "15"), Some((2027, 11, 11)));
        assert_eq!(ends("nextjs", "15.1.0"), Some((2026, 10, 21)));
        assert_eq!(ends("java", "1.8"), ends("java", "8"));
        assert_eq!(ends("lambda", "nodejs18.x"), Some((2025, 9, 1)));
    }

    #[test]
    fn a_floating_version_is_the_longest_lived_that_it_begins() {
        let cycle = |product, version| end_of_life(product, version).map(|e| e.cycle);
        assert_eq!(cycle("mysql", "8"), Some("8.4"));
        assert_eq!(cycle("php", "8.1"), Some("8.1"));
        assert_eq!(cycle("redis", "7"), Some("7.4"));
        assert_eq!(cycle("mongodb", "7"), Some("7.0"));
        assert_eq!(cycle("python", "3"), Some("3.14"));
        assert_eq!(cycle("alpine", "3.18.4"), Some("3.18"));
    }

    #[test]
    fn names_stand_for_cycles() {
        assert_eq!(ends("debian", "bookworm"), Some((2028, 6, 30)));
        assert_eq!(ends("debian", "bookworm-slim"), Some((2028, 6, 30)));
        assert_eq!(ends("ubuntu", "jammy"), Some((2027, 4, 1)));
        assert_eq!(ends("node", "lts/iron"), Some((2026, 4, 30)));
    }

    #[test]
    fn nothing_is_said_of_what_is_not_in_the_table() {
        for (product, version) in [("node", ""), ("node", "lts"), ("node", "latest"), ("cobol", "85"), ("python", "4.0"), ("node", "...")] {
            assert_eq!(support(product, version), None, "{product} {version}");
        }
        assert_eq!(support("nextjs", "16.0.1"), Some(Support::Open { cycle: "16" }));
        assert_eq!(end_of_life("nextjs", "16.0.1"), None);
    }
}
