use std::fs;
use std::path::Path;
use std::process::Command;

use plimsoll_discover::{SkipReason, Tree};
use tempfile::{TempDir, tempdir};

use crate::{open, paths, reason, write};

/// Runs git away from the machine's and the user's configuration; the tests need it, the crate never runs it.
fn git(at: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(at).args([
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.org",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "protocol.file.allow=always",
    ]);
    command.args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
        command.env_remove(name);
    }
    let output = command.output().expect("these tests need git");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A repository with one commit of these files; none where git is not installed.
fn repository(files: &[&str]) -> Option<TempDir> {
    if Command::new("git").arg("--version").output().is_err() {
        eprintln!("not asserted: git is not installed");
        return None;
    }
    let dir = tempdir().unwrap();
    git(dir.path(), &["init", "-q", "-b", "main"]);
    for path in files {
        write(dir.path(), path, path);
    }
    if !files.is_empty() {
        git(dir.path(), &["add", "-f", "."]);
        git(dir.path(), &["commit", "-q", "-m", "one"]);
    }
    Some(dir)
}

fn dirty(tree: &Tree) -> bool {
    tree.revision.as_ref().unwrap().dirty
}

macro_rules! repository {
    ($($file:expr),* $(,)?) => {
        match repository(&[$($file),*]) { Some(dir) => dir, None => return }
    };
}

#[test]
fn tracked_files_are_listed_though_ignored_and_untracked_ones_unless_ignored() {
    let dir = repository!("a.yml", ".env.production", "logs/kept.log", "sub/x");
    write(dir.path(), ".gitignore", ".env*\n/logs/\n*.tmp\n!keep.tmp\n");
    write(dir.path(), "sub/.gitignore", "!deep.tmp\nlocal\n");
    write(dir.path(), ".git/info/exclude", "mine\n");
    for path in [
        ".env.local",
        "logs/new.log",
        "a.tmp",
        "keep.tmp",
        "sub/deep.tmp",
        "sub/local",
        "mine",
        "new.yml",
        "node_modules/x.js",
        ".ignore",
        "out/cached.tmp",
    ] {
        write(dir.path(), path, "*");
    }
    let tree = open(dir.path());
    let expected = [
        ".env.production",
        ".gitignore",
        ".ignore",
        "a.yml",
        "keep.tmp",
        "logs/kept.log",
        "new.yml",
        "sub/.gitignore",
        "sub/deep.tmp",
        "sub/x",
    ];
    assert_eq!(paths(&tree), expected);
    let secret = tree.find(".env.production").unwrap();
    assert!(secret.tracked == Some(true) && secret.ignored);
    assert!(tree.find("logs/kept.log").unwrap().ignored && !tree.find("a.yml").unwrap().ignored);
    assert_eq!(tree.find("new.yml").unwrap().tracked, Some(false));
    assert!(tree.git && dirty(&tree));
    assert_eq!((tree.passed_over[0].path.as_str(), tree.passed_over[0].files), ("node_modules", 1));
    assert_eq!(tree.problems, []);
}

#[test]
fn an_ignored_file_is_there_and_a_deleted_one_is_not() {
    let dir = repository!("a.yml", "gone.toml");
    write(dir.path(), ".gitignore", "local.toml\n");
    write(dir.path(), "local.toml", "x");
    std::fs::remove_file(dir.path().join("gone.toml")).unwrap();
    let tree = open(dir.path());
    assert!(tree.absent_though_there("local.toml").is_some_and(|why| why.contains("git")));
    assert_eq!(tree.absent_though_there("gone.toml"), None);
}

#[test]
fn a_clean_checkout_is_clean_and_each_kind_of_change_is_seen() {
    let dir = repository!("a.yml", "sub/b.yml", "sub.c/d", "sub-e", "run.sh");
    let head = git(dir.path(), &["rev-parse", "HEAD"]);
    let revision = open(dir.path()).revision.unwrap();
    assert_eq!((revision.commit, revision.dirty), (head, false));

    write(dir.path(), "a.yml", "other");
    assert!(dirty(&open(dir.path())), "another content");
    git(dir.path(), &["add", "a.yml"]);
    assert!(dirty(&open(dir.path())), "staged, and the disk is as the index says");
    git(dir.path(), &["reset", "-q", "--hard"]);
    assert!(!dirty(&open(dir.path())));

    write(dir.path(), "a.yml", "lym.a");
    assert!(dirty(&open(dir.path())), "another content of the same length");
    write(dir.path(), "a.yml", "a.yml");
    assert!(!dirty(&open(dir.path())), "the same content written again");

    fs::remove_file(dir.path().join("sub/b.yml")).unwrap();
    let tree = open(dir.path());
    assert!(dirty(&tree));
    assert_eq!(reason(&tree, "sub/b.yml"), Some(&SkipReason::Missing));
    git(dir.path(), &["checkout", "-q", "."]);

    write(dir.path(), "new", "");
    assert!(dirty(&open(dir.path())), "an untracked file");
    write(dir.path(), ".git/info/exclude", "new");
    assert!(!dirty(&open(dir.path())), "an ignored file");
    git(dir.path(), &["rm", "-q", "--cached", "run.sh"]);
    write(dir.path(), ".git/info/exclude", "new\nrun.sh");
    assert!(dirty(&open(dir.path())), "removed from the index only");
}

#[test]
fn packed_objects_branches_and_the_newer_index_are_read() {
    let dir = repository!("a.yml");
    for n in 0..30 {
        write(dir.path(), "a.yml", &format!("line\n{n}\n").repeat(50));
        write(dir.path(), &format!("deep/er/file{n}"), "x");
        git(dir.path(), &["add", "."]);
        git(dir.path(), &["commit", "-q", "-m", &format!("a rather long message, so that differences pay off {n}")]);
    }
    git(dir.path(), &["gc", "-q", "--aggressive", "--prune=now"]);
    git(dir.path(), &["update-index", "--index-version", "4"]);
    assert!(!dir.path().join(".git/refs/heads/main").exists());
    let tree = open(dir.path());
    assert_eq!(tree.revision.as_ref().unwrap().commit, git(dir.path(), &["rev-parse", "HEAD"]));
    assert_eq!((dirty(&tree), tree.files.len(), &tree.problems), (false, 31, &vec![]));
    let deep = open(&dir.path().join("deep/er"));
    assert!(!dirty(&deep), "the trees on the way are packed, too: {:?}", deep.problems);
    write(dir.path(), "deep/er/file7", "y");
    git(dir.path(), &["add", "."]);
    assert!(dirty(&open(&dir.path().join("deep/er"))));
}

#[test]
fn a_folder_of_a_repository_obeys_the_rules_above_it() {
    let dir = repository!("services/api/a.ts", "services/api/.env", "services/web/b.ts", ".gitignore");
    write(dir.path(), ".gitignore", "*.log\n");
    write(dir.path(), "services/.gitignore", ".env*\n/api/tmp\n");
    for path in ["services/api/x.log", "services/api/.env.local", "services/api/tmp/x", "services/api/b.ts"] {
        write(dir.path(), path, "");
    }
    let tree = open(&dir.path().join("services/api"));
    assert_eq!((tree.name.as_str(), paths(&tree)), ("api", vec![".env", "a.ts", "b.ts"]));
    assert!(tree.find(".env").unwrap().ignored);
    fs::remove_file(dir.path().join("services/api/b.ts")).unwrap();
    let tree = open(&dir.path().join("services/api"));
    assert!(!dirty(&tree), "changes beside the folder do not count");
}

#[test]
fn without_a_tracked_file_there_is_no_revision_and_everything_is_read() {
    let dir = repository!("a", ".gitignore");
    write(dir.path(), ".gitignore", "upload\n");
    write(dir.path(), "upload/app/.env", "");
    write(dir.path(), "upload/app/.gitignore", ".env");
    let tree = open(&dir.path().join("upload/app"));
    assert_eq!(paths(&tree), [".env", ".gitignore"]);
    assert!(!tree.git && tree.revision.is_none() && tree.files[0].tracked.is_none());
}

#[test]
fn a_repository_without_commits_has_no_revision() {
    let dir = repository!();
    write(dir.path(), "a", "");
    let tree = open(dir.path());
    assert!(!tree.git && tree.revision.is_none());
    git(dir.path(), &["add", "a"]);
    write(dir.path(), "b", "");
    let tree = open(dir.path());
    assert!(tree.git && tree.revision.is_none() && tree.problems.is_empty());
    assert_eq!(tree.files.iter().map(|f| f.tracked).collect::<Vec<_>>(), [Some(true), Some(false)]);
}

#[test]
fn committed_secrets_in_a_folder_that_is_passed_over_are_still_read() {
    let dir = repository!("node_modules/a/index.js", "node_modules/a/.env", "node_modules/a/server.key", ".terraform/terraform.tfstate");
    let tree = open(dir.path());
    assert_eq!(paths(&tree), [".terraform/terraform.tfstate", "node_modules/a/.env", "node_modules/a/server.key"]);
    let passed: Vec<_> = tree.passed_over.iter().map(|p| (p.path.as_str(), p.files, p.tracked)).collect();
    assert_eq!(passed, [(".terraform", 1, true), ("node_modules", 3, true)]);
    assert!(!dirty(&tree));
    write(dir.path(), "node_modules/a/index.js", "changed");
    assert!(dirty(&open(dir.path())));
}

#[test]
fn a_broken_index_is_a_problem_and_everything_is_read() {
    let dir = repository!("a", "b");
    write(dir.path(), ".gitignore", "c");
    write(dir.path(), "c", "");
    let index = dir.path().join(".git/index");
    let good = fs::read(&index).unwrap();
    let mut flipped = good.clone();
    flipped[60] ^= 1;
    for bad in [&flipped[..], &good[..good.len() / 2], b"", b"DIRC\0\0\0\x02\xff\xff\xff\xff"] {
        fs::write(&index, bad).unwrap();
        let tree = open(dir.path());
        assert!(tree.find("c").is_some() && !tree.git);
        assert_eq!((tree.problems.len(), tree.problems[0].path.as_str()), (1, ".git/index"));
    }
}

#[test]
fn submodules_and_nested_repositories_are_named_and_not_entered() {
    let inner = repository!("x");
    let dir = repository!("a");
    git(dir.path(), &["submodule", "--quiet", "add", inner.path().to_str().unwrap(), "lib/inner"]);
    git(dir.path(), &["commit", "-q", "-m", "two"]);
    fs::create_dir_all(dir.path().join("nested")).unwrap();
    git(&dir.path().join("nested"), &["init", "-q"]);
    write(dir.path(), "nested/y", "");
    let tree = open(dir.path());
    assert_eq!(paths(&tree), [".gitmodules", "a"]);
    assert_eq!(reason(&tree, "lib/inner"), Some(&SkipReason::Submodule));
    assert_eq!(reason(&tree, "nested"), Some(&SkipReason::NestedRepository));
    let inside = open(&dir.path().join("lib/inner"));
    assert_eq!((paths(&inside), inside.git, dirty(&inside)), (vec!["x"], true, false), "its .git is a file");
}

#[test]
fn a_second_work_tree_has_its_own_commit() {
    let dir = repository!("a");
    let other = tempdir().unwrap();
    let at = other.path().join("second");
    git(dir.path(), &["worktree", "add", "-q", "-b", "side", at.to_str().unwrap()]);
    write(&at, "b", "");
    git(&at, &["add", "b"]);
    git(&at, &["commit", "-q", "-m", "side"]);
    let tree = open(&at);
    assert_eq!(tree.revision.as_ref().unwrap().commit, git(&at, &["rev-parse", "HEAD"]));
    assert_eq!((paths(&tree), dirty(&tree)), (vec!["a", "b"], false));
    assert_ne!(tree.revision, open(dir.path()).revision);
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_named_and_not_a_change() {
    let dir = repository!("kept/a", "left/b", "left/deep/c");
    git(dir.path(), &["sparse-checkout", "set", "kept"]);
    let tree = open(dir.path());
    assert_eq!((paths(&tree), reason(&tree, "left/b"), dirty(&tree)), (vec!["kept/a"], Some(&SkipReason::NotCheckedOut), false));
    git(dir.path(), &["sparse-checkout", "reapply", "--sparse-index"]);
    let tree = open(dir.path());
    assert_eq!((reason(&tree, "left"), dirty(&tree), &tree.problems), (Some(&SkipReason::NotCheckedOut), false, &vec![]));
}

#[cfg(unix)]
#[test]
fn tracked_links_are_compared_and_folders_turned_into_links_are_not_followed() {
    use std::os::unix::fs::symlink;
    let dir = repository!("real/a", "was/b");
    symlink("real", dir.path().join("link")).unwrap();
    git(dir.path(), &["add", "link"]);
    git(dir.path(), &["commit", "-q", "-m", "two"]);
    assert!(!dirty(&open(dir.path())));
    fs::remove_file(dir.path().join("link")).unwrap();
    symlink("/etc", dir.path().join("link")).unwrap();
    let tree = open(dir.path());
    assert!(dirty(&tree));
    assert_eq!(tree.skipped[0].tracked, Some(true));
    fs::remove_dir_all(dir.path().join("was")).unwrap();
    symlink("real", dir.path().join("was")).unwrap();
    let tree = open(dir.path());
    assert_eq!((paths(&tree), reason(&tree, "was/b")), (vec!["real/a"], None));
}

#[test]
fn a_copy_of_a_repository_is_compared_by_content() {
    let dir = repository!("a.txt", "b.txt");
    for path in ["a.txt", "b.txt"] {
        let text = fs::read(dir.path().join(path)).unwrap();
        fs::remove_file(dir.path().join(path)).unwrap();
        fs::write(dir.path().join(path), text).unwrap();
    }
    assert!(!dirty(&open(dir.path())));
    write(dir.path(), "c.txt", "one\ntwo\n");
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["commit", "-q", "-m", "two"]);
    write(dir.path(), "c.txt", "one\r\ntwo\r\n");
    assert!(!dirty(&open(dir.path())), "line ends as another system writes them");
}

#[test]
fn a_git_that_leads_nowhere_is_a_problem() {
    let dir = tempdir().unwrap();
    write(dir.path(), "a", "");
    write(dir.path(), ".git", "gitdir: /nowhere/at/all\n");
    let tree = open(dir.path());
    assert!(!tree.git && tree.find("a").is_some());
    assert!(tree.problems[0].says.contains("not there"));
}
