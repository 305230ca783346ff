//! Folders and lists agree.

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_source_file_is_a_listed_control_named_after_its_path() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut on_disk = BTreeSet::new();
    let mut pages = BTreeSet::new();
    for area in std::fs::read_dir(&root).expect("the source folder").flatten().filter(|e| e.path().is_dir()) {
        for file in std::fs::read_dir(area.path()).expect("an area").flatten() {
            let name = file.file_name().into_string().expect("names are text");
            let id = |stem: &str| format!("{}/{stem}", area.file_name().to_string_lossy()).replace('_', "-");
            let source = std::fs::read_to_string(file.path()).unwrap_or_default();
            match name.rsplit_once('.') {
                Some(("mod", "rs")) => {}
                Some((stem, "rs")) if source.contains("const CONTROL: Control") => {
                    on_disk.insert(id(stem));
                }
                Some((stem, "md")) => {
                    pages.insert(id(stem));
                }
                _ => {}
            }
        }
    }
    let listed: BTreeSet<String> = plimsoll_controls::all().map(|c| c.id.to_owned()).collect();
    assert_eq!(listed, on_disk, "the lists in the areas' mod.rs and the source files differ");
    assert_eq!(listed, pages, "every control has a page, and every page a control");
}

#[test]
fn every_control_is_a_row_of_the_catalogue_in_its_order() {
    let order: Vec<&str> = plimsoll_base::CATALOGUE.iter().map(|a| a.id).collect();
    let listed: Vec<&str> = plimsoll_controls::all().map(|c| c.id).collect();
    let positions: Vec<Option<usize>> = listed.iter().map(|id| order.iter().position(|o| o == id)).collect();
    assert!(positions.iter().all(Option::is_some), "a control is not in the catalogue");
    assert!(positions.windows(2).all(|w| w[0] < w[1]), "controls stand in the catalogue's order");
}
