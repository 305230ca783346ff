use plimsoll_discover::{FileId, ReadError, Tree};

use crate::{paths, text};

fn tree(files: &[(&str, &str)]) -> Tree {
    Tree::in_memory("case", files.iter().map(|(p, t)| ((*p).to_owned(), t.as_bytes().to_vec())).collect())
}

#[test]
fn texts_at_hand_are_a_tree_without_git() {
    let tree = tree(&[
        ("b.yml", "2"),
        ("a/Dockerfile", "FROM x"),
        (".gitignore", "*"),
        ("node_modules/x.js", ""),
        ("go.mod", ""),
        ("vendor/m.go", ""),
    ]);
    assert_eq!(paths(&tree), [".gitignore", "a/Dockerfile", "b.yml", "go.mod"]);
    assert_eq!((text(&tree, "b.yml").as_str(), text(&tree, "a/Dockerfile").as_str()), ("2", "FROM x"));
    assert!(!tree.git && tree.files.iter().all(|f| f.tracked.is_none()));
    assert_eq!(tree.passed_over.iter().map(|p| (p.path.as_str(), p.files)).collect::<Vec<_>>(), [("node_modules", 1), ("vendor", 1)]);
    assert!(matches!(tree.read(FileId(9)), Err(ReadError::Unknown)));
}

#[test]
fn paths_that_lead_out_or_come_twice_are_problems() {
    let tree = tree(&[("../x", ""), ("/abs", ""), ("a", "1"), ("a", "2")]);
    assert_eq!(paths(&tree), ["a"]);
    assert_eq!(text(&tree, "a"), "1");
    assert_eq!(tree.problems.len(), 3);
}

#[test]
fn a_large_text_is_listed_with_its_reason() {
    let tree = tree(&[("a.json", &" ".repeat(3 << 20)), ("package-lock.json", &" ".repeat(3 << 20))]);
    assert_eq!(tree.skipped.iter().map(|s| s.path.as_str()).collect::<Vec<_>>(), ["a.json"]);
    assert!(tree.find("a.json").unwrap().oversize && !tree.find("package-lock.json").unwrap().oversize);
}
