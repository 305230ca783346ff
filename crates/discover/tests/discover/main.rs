//! The tree of real folders and repositories, made on the spot.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::disallowed_methods, missing_docs, reason = "tests")]

mod disk;
mod memory;
mod names;
mod repository;

use std::path::Path;

use plimsoll_discover::{Options, SkipReason, Tree};

fn write(root: &Path, path: &str, text: &str) {
    let at = root.join(path);
    std::fs::create_dir_all(at.parent().unwrap()).unwrap();
    std::fs::write(at, text).unwrap();
}

fn open(root: &Path) -> Tree {
    Tree::open(root, &Options::default()).unwrap()
}

fn paths(tree: &Tree) -> Vec<&str> {
    tree.files.iter().map(|f| f.path.as_str()).collect()
}

fn text(tree: &Tree, path: &str) -> String {
    String::from_utf8(tree.read(tree.find(path).unwrap().id).unwrap()).unwrap()
}

fn reason<'a>(tree: &'a Tree, path: &str) -> Option<&'a SkipReason> {
    tree.skipped.iter().find(|s| s.path == path).map(|s| &s.reason)
}
