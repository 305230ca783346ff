//! Trees on disk and runs of the binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A directory that is removed at the end, with the name `app` so that the subject's name is stable.
pub(crate) struct Dir {
    _temp: tempfile::TempDir,
    root: PathBuf,
}

impl Dir {
    pub(crate) fn new() -> Self {
        let temp = tempfile::tempdir().expect("a temporary directory");
        let root = temp.path().join("app");
        std::fs::create_dir(&root).expect("a directory");
        Self { _temp: temp, root }
    }
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let dir = Self::new();
        for (path, text) in files {
            dir.write(path, text);
        }
        dir
    }
    pub(crate) fn path(&self) -> &Path {
        &self.root
    }
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(path, text).expect("a file");
    }
    pub(crate) fn git(&self, args: &[&str]) {
        let run =
            Command::new("git").current_dir(&self.root).args(["-c", "user.name=t", "-c", "user.email=t@example.org"]).args(args).output();
        let run = run.expect("git is needed by these tests");
        assert!(run.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&run.stderr));
    }
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        let path = self.root.to_str().expect("a text path");
        let args: Vec<&str> = args.iter().map(|a| if *a == "." { path } else { *a }).collect();
        run(&args)
    }
    /// The assessment as JSON, and the exit code.
    pub(crate) fn assess(&self, args: &[&str]) -> (Value, i32) {
        let run = self.run(&[&["assess", ".", "--format", "json", "--today", "2026-11-20"], args].concat());
        let value = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("no JSON ({e}): {} {}", run.out, run.err));
        (value, run.code)
    }
}

/// What a run printed and how it ended.
pub(crate) struct Run {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: i32,
}

pub(crate) fn run(args: &[&str]) -> Run {
    run_with(args, None, &[])
}

/// A run in a working directory and with variables of the environment; no variable that governs output is inherited.
pub(crate) fn run_with(args: &[&str], cwd: Option<&Path>, variables: &[(&str, &str)]) -> Run {
    let Output { status, stdout, stderr } = command(args, cwd, variables).output().expect("the binary runs");
    Run {
        out: String::from_utf8(stdout).expect("output is UTF-8"),
        err: String::from_utf8(stderr).expect("messages are UTF-8"),
        code: status.code().unwrap_or(-1),
    }
}

pub(crate) fn command(args: &[&str], cwd: Option<&Path>, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(args).current_dir(cwd.unwrap_or(Path::new("."))).stdin(Stdio::null());
    for name in ["COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    command
}

/// The answer of one control.
pub(crate) fn control<'a>(assessment: &'a Value, id: &str) -> &'a Value {
    let all = assessment["controls"].as_array().expect("controls");
    all.iter().find(|c| c["id"] == id).unwrap_or_else(|| panic!("{id} is not listed"))
}

/// The strings at a key of each member of a list.
pub(crate) fn each<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    list.as_array().expect("a list").iter().filter_map(|member| member[key].as_str()).collect()
}

/// The catalogue, as `controls` lists it.
pub(crate) fn catalogue() -> Vec<Value> {
    let listed = run(&["controls", "--format", "json"]);
    serde_json::from_str(&listed.out).unwrap_or_else(|e| panic!("no JSON ({e}): {}", listed.err))
}

/// A `[[waive]]` or `[[attest]]`, with further lines.
pub(crate) fn exception(kind: &str, control: &str, rest: &str) -> String {
    let expires = if rest.contains("expires") { "" } else { "expires = 2027-06-30\n" };
    format!("[[{kind}]]\ncontrol = \"{control}\"\nowner = \"ops@example.org\"\nreason = \"it is elsewhere\"\n{expires}{rest}\n")
}

/// Attestations for every blocker that is not proven.
pub(crate) fn attestations(assessment: &Value) -> String {
    each(&assessment["blockers"], "control").iter().map(|id| exception("attest", id, "")).collect()
}
