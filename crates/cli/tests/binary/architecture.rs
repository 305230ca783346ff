//! The drawing in ARCHITECTURE.md is the truth: manifests agree with it, and it names paths that exist.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn drawing() -> String {
    std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md")
}

/// The table "crate | imports".
fn drawn() -> BTreeMap<String, BTreeSet<String>> {
    let text = drawing();
    let table = text.split("| crate | imports |").nth(1).expect("the table of imports");
    let rows = table.lines().skip(2).take_while(|l| l.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        (cells[0].to_owned(), cells[1].split(',').map(str::trim).filter(|c| !c.is_empty()).map(str::to_owned).collect())
    })
    .collect()
}

#[test]
fn every_manifest_imports_what_is_drawn_and_nothing_else() {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(root().join("crates")).expect("crates").flatten() {
        let name = entry.file_name().into_string().expect("a text name");
        let manifest = std::fs::read_to_string(entry.path().join("Cargo.toml")).expect("a manifest");
        let section = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        let lines = section.lines().skip(1).take_while(|l| !l.starts_with('['));
        let imports = lines.filter_map(|l| l.strip_prefix("plimsoll-")?.split([' ', '=', '.']).next().map(str::to_owned)).collect();
        found.insert(name, imports);
    }
    assert_eq!(drawn(), found);
}

/// The rooms stand in the drawing from top to bottom: nobody imports a room drawn above.
#[test]
fn imports_point_downwards() {
    let order = ["base", "discover", "secrets", "syntax", "source", "facts", "model", "controls", "assess", "report", "cli"];
    let height = |name: &str| order.iter().position(|o| *o == name).unwrap_or_else(|| panic!("{name} is not drawn"));
    for (room, imports) in drawn() {
        for import in imports {
            assert!(height(&import) < height(&room), "{room} imports {import}, which is drawn above it");
        }
    }
}

#[test]
fn the_page_is_short_and_names_what_exists() {
    let text = drawing();
    assert!(text.lines().count() < 200, "ARCHITECTURE.md stays under 200 lines");
    for span in text.split('`').skip(1).step_by(2).filter(|s| s.starts_with("crates/") && !s.contains(['<', '*', '{'])) {
        assert!(root().join(span).exists(), "ARCHITECTURE.md names `{span}`, which does not exist");
    }
}

/// Files stay readable in one sitting. The table of the catalogue and tables of data are lists, not code.
#[test]
fn files_stay_short() {
    let mut long = Vec::new();
    let mut open = vec![root().join("crates")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && path.file_name().is_none_or(|n| n != "tests.rs") {
                let text = std::fs::read_to_string(&path).expect("a source");
                let code = text.lines().take_while(|l| !l.starts_with("#[cfg(test)]")).count();
                if code > 420 {
                    long.push(format!("{}: {code}", path.display()));
                }
            }
        }
    }
    assert!(long.is_empty(), "over 420 lines before their tests: {long:?}");
}
