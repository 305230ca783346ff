use std::fs;

use plimsoll_discover::{DiscoverError, Options, ReadError, SkipReason, Tree};
use tempfile::tempdir;

use crate::{open, paths, reason, text, write};

#[test]
fn every_file_is_listed_in_the_order_of_bytes_and_ignore_files_hide_nothing() {
    let dir = tempdir().unwrap();
    for (path, content) in [
        ("b", "1"),
        ("a/z", "2"),
        ("a-b", "3"),
        ("B", "4"),
        (".ignore", "*"),
        (".rgignore", "*"),
        (".gitignore", "*"),
        (".env.production", "K=v"),
    ] {
        write(dir.path(), path, content);
    }
    let tree = open(dir.path());
    assert_eq!(paths(&tree), [".env.production", ".gitignore", ".ignore", ".rgignore", "B", "a-b", "a/z", "b"]);
    assert!(!tree.git && tree.revision.is_none() && tree.files.iter().all(|f| f.tracked.is_none()));
    assert_eq!(text(&tree, "a/z"), "2");
    assert_eq!(tree.name, dir.path().file_name().unwrap().to_str().unwrap());
    assert_eq!(tree.bytes(), 10);
}

#[test]
fn what_is_no_folder_is_refused_with_a_word_of_help() {
    let dir = tempdir().unwrap();
    write(dir.path(), "file", "");
    let of = |name: &str| Tree::open(&dir.path().join(name), &Options::default()).unwrap_err();
    assert!(matches!(of("none"), DiscoverError::NotFound { .. }));
    assert!(of("file").to_string().contains("is a single file; give the folder"));
    assert!(matches!(of("file"), DiscoverError::IsAFile { .. }));
}

#[test]
fn vendor_and_build_folders_are_counted_and_not_read() {
    let dir = tempdir().unwrap();
    for path in [
        "node_modules/a/index.js",
        "node_modules/a/node_modules/b/x.js",
        "web/node_modules/c.js",
        "env/pyvenv.cfg",
        "env/lib/x.py",
        "api/go.mod",
        "api/vendor/m/m.go",
        "shop/vendor/supplier.ts",
        "rs/Cargo.toml",
        "rs/target/debug/x.d",
        "ads/target/audience.ts",
        ".yarn/cache/a.zip",
        "cache/hot.ts",
        "dist/app.js",
    ] {
        write(dir.path(), path, "x");
    }
    let tree = open(dir.path());
    assert_eq!(
        paths(&tree),
        ["ads/target/audience.ts", "api/go.mod", "cache/hot.ts", "dist/app.js", "rs/Cargo.toml", "shop/vendor/supplier.ts"]
    );
    let passed: Vec<_> = tree.passed_over.iter().map(|p| (p.path.as_str(), p.files, p.tracked)).collect();
    assert_eq!(
        passed,
        [
            (".yarn/cache", 1, false),
            ("api/vendor", 1, false),
            ("env", 2, false),
            ("node_modules", 2, false),
            ("rs/target", 1, false),
            ("web/node_modules", 1, false)
        ]
    );
}

#[test]
fn a_sparse_giant_is_listed_and_never_read() {
    let dir = tempdir().unwrap();
    for name in ["giant.yml", "giant.png"] {
        fs::File::create(dir.path().join(name)).unwrap().set_len(1 << 30).unwrap();
    }
    let tree = open(dir.path());
    assert!(tree.find("giant.yml").unwrap().oversize && tree.find("giant.png").unwrap().oversize);
    assert_eq!(reason(&tree, "giant.yml"), Some(&SkipReason::TooLarge { size: 1 << 30, limit: 2 << 20 }));
    assert_eq!(reason(&tree, "giant.png"), None, "an image is not read at any size");
    assert!(matches!(tree.read(tree.find("giant.yml").unwrap().id), Err(ReadError::TooLarge { .. })));
}

#[test]
fn a_file_that_grew_since_it_was_listed_is_not_read_beyond_the_limit() {
    let dir = tempdir().unwrap();
    write(dir.path(), "a.yml", "x");
    let tree = open(dir.path());
    fs::OpenOptions::new().write(true).open(dir.path().join("a.yml")).unwrap().set_len(1 << 30).unwrap();
    assert!(matches!(tree.read(tree.files[0].id), Err(ReadError::TooLarge { .. })));
}

#[test]
fn the_limits_are_reported() {
    let dir = tempdir().unwrap();
    for path in ["a", "b", "c/d/e/f"] {
        write(dir.path(), path, "12345");
    }
    let with = |options: Options| Tree::open(dir.path(), &options).unwrap();
    let few = with(Options { max_files: 2, ..Options::default() });
    assert_eq!(paths(&few), ["a", "b"]);
    assert!(few.problems[0].says.contains("more than 2 files"));
    let flat = with(Options { max_depth: 2, ..Options::default() });
    assert_eq!(reason(&flat, "c/d/e"), Some(&SkipReason::TooDeep));
    let short = with(Options { max_path_bytes: 5, ..Options::default() });
    assert_eq!(reason(&short, "c/d/e/f"), Some(&SkipReason::PathTooLong));
    let small = with(Options { max_total_bytes: 10, ..Options::default() });
    assert_eq!(reason(&small, "c/d/e/f"), Some(&SkipReason::BeyondTotal));
    assert!(matches!(small.read(small.find("c/d/e/f").unwrap().id), Err(ReadError::TooLarge { .. })));
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn links_are_named_and_never_followed() {
        let dir = tempdir().unwrap();
        write(dir.path(), "real/secret.txt", "s");
        symlink("/", dir.path().join("world")).unwrap();
        symlink("real", dir.path().join("folder")).unwrap();
        symlink("real/secret.txt", dir.path().join("file")).unwrap();
        symlink("nowhere", dir.path().join("dangling")).unwrap();
        symlink(".", dir.path().join("loop")).unwrap();
        let tree = open(dir.path());
        assert_eq!(paths(&tree), ["real/secret.txt"]);
        for (path, to) in [("world", "/"), ("folder", "real"), ("file", "real/secret.txt"), ("dangling", "nowhere"), ("loop", ".")] {
            assert_eq!(reason(&tree, path), Some(&SkipReason::Link { to: to.into() }));
        }
    }

    #[test]
    fn what_stands_at_a_path_without_being_a_file_of_the_tree_has_its_reason() {
        let dir = tempdir().unwrap();
        write(dir.path(), "folder/file", "x");
        symlink("folder/file", dir.path().join("link")).unwrap();
        let tree = open(dir.path());
        assert_eq!(tree.absent_though_there("folder").as_deref(), Some("a folder"));
        assert_eq!(tree.absent_though_there("link").as_deref(), Some("a link to folder/file; links are not followed"));
        assert_eq!(tree.absent_though_there("folder/file"), None);
        assert_eq!(tree.absent_though_there("nothing"), None);
    }

    #[test]
    fn a_file_or_folder_that_became_a_link_is_not_read() {
        let dir = tempdir().unwrap();
        let outside = tempdir().unwrap();
        write(outside.path(), "secret", "s");
        write(dir.path(), "a/secret", "harmless");
        write(dir.path(), "secret", "harmless");
        let tree = open(dir.path());
        fs::remove_dir_all(dir.path().join("a")).unwrap();
        symlink(outside.path(), dir.path().join("a")).unwrap();
        fs::remove_file(dir.path().join("secret")).unwrap();
        symlink(outside.path().join("secret"), dir.path().join("secret")).unwrap();
        for path in ["a/secret", "secret"] {
            assert!(matches!(tree.read(tree.find(path).unwrap().id), Err(ReadError::Link)), "{path}");
        }
    }

    #[test]
    fn pipes_and_sockets_are_listed_and_do_not_block() {
        let dir = tempdir().unwrap();
        write(dir.path(), "compose.yml", "x");
        let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket.yml")).unwrap();
        let tree = open(dir.path());
        assert_eq!(paths(&tree), ["compose.yml"]);
        assert_eq!(reason(&tree, "socket.yml"), Some(&SkipReason::NotAFile));
        // A pipe in the place of a listed file: opening it must not wait for a writer.
        fs::remove_file(dir.path().join("compose.yml")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, dir.path().join("compose.yml"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert!(matches!(tree.read(tree.files[0].id), Err(ReadError::NotAFile)));
        assert_eq!(reason(&open(dir.path()), "compose.yml"), Some(&SkipReason::NotAFile));
    }

    #[test]
    fn an_unreadable_folder_is_a_listed_reason() {
        let dir = tempdir().unwrap();
        write(dir.path(), "closed/a", "x");
        write(dir.path(), "open/b", "x");
        let closed = dir.path().join("closed");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::read_dir(&closed).is_ok() {
            eprintln!("not asserted: this user may read every folder");
            return;
        }
        let tree = open(dir.path());
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(paths(&tree), ["open/b"]);
        assert!(matches!(reason(&tree, "closed"), Some(SkipReason::Unreadable { .. })));
    }

    #[test]
    fn a_name_that_is_not_utf8_is_escaped_and_still_read() {
        let dir = tempdir().unwrap();
        fs::create_dir(dir.path().join(OsStr::from_bytes(b"d\xff"))).unwrap();
        fs::write(dir.path().join(OsStr::from_bytes(b"d\xff/caf\xe9.yml")), "x: 1").unwrap();
        let tree = open(dir.path());
        assert_eq!(paths(&tree), ["d\\xFF/caf\\xE9.yml"]);
        assert_eq!(text(&tree, "d\\xFF/caf\\xE9.yml"), "x: 1");
    }

    #[test]
    fn the_executable_bit_is_told() {
        let dir = tempdir().unwrap();
        write(dir.path(), "run.sh", "");
        write(dir.path(), "lib.sh", "");
        fs::set_permissions(dir.path().join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        let tree = open(dir.path());
        assert!(tree.find("run.sh").unwrap().executable && !tree.find("lib.sh").unwrap().executable);
    }
}
