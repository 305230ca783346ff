//! Times whole runs of the release binary over trees, beside the floor of reading every byte of the same files.
//!
//! `PLIMSOLL_TREES="path path …" cargo bench -p plimsoll` prints one row per tree: files, megabytes, CPU milliseconds (user and system) of
//! the fastest and the median of the runs, their ratio to the floor, and the peak memory. Without trees it assesses this repository.
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark runs processes and prints")]

use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::resource::{Usage, UsageWho, getrusage};
use plimsoll_discover::{Options, Tree};

const RUNS: usize = 7;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Some(at) = args.iter().position(|a| a == "--floor") {
        let read = args.get(at + 1).map_or(0, |path| floor(Path::new(path)));
        println!("{read}");
        return;
    }
    let trees = std::env::var("PLIMSOLL_TREES").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../..").to_owned());
    println!("| tree | files | MB | run ms (min) | run ms (median) | floor ms (median) | ratio | peak MB |");
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for path in trees.split_whitespace() {
        let Ok(tree) = Tree::open(Path::new(path), &Options::default()) else {
            println!("| {path} | cannot be opened | | | | | | |");
            continue;
        };
        let (files, bytes) = (tree.files.len(), tree.bytes());
        drop(tree);
        let own = std::env::current_exe().expect("this program has a path");
        let mut runs = sample(|| {
            Command::new(env!("CARGO_BIN_EXE_plimsoll"))
                .args(["assess", path, "--format", "json", "--exit-zero"])
                .stdout(Stdio::null())
                .status()
        });
        let peak = usage().max_rss() as f64 / 1024.0;
        let mut floors = sample(|| Command::new(&own).args(["--floor", path]).stdout(Stdio::null()).status());
        runs.sort_by(f64::total_cmp);
        floors.sort_by(f64::total_cmp);
        let (run, floor) = (runs[RUNS / 2], floors[RUNS / 2]);
        let name = Path::new(path).file_name().map_or(path.into(), |n| n.to_string_lossy());
        println!(
            "| {name} | {files} | {:.1} | {:.0} | {run:.0} | {floor:.0} | {:.1} | {peak:.0} |",
            bytes as f64 / 1e6,
            runs[0],
            run / floor.max(0.1)
        );
    }
}

/// Reads every byte of a tree and counts its lines, as the fastest program that looks at each byte would have to.
fn floor(path: &Path) -> u64 {
    let Ok(tree) = Tree::open(path, &Options::default()) else { return 0 };
    let ids: Vec<_> = tree.files.iter().map(|f| f.id).collect();
    ids.into_iter().filter_map(|id| tree.read(id).ok()).map(|b| memchr::memchr_iter(b'\n', &b).count() as u64).sum()
}

/// CPU milliseconds of each run, after one that is not counted.
fn sample(run: impl Fn() -> std::io::Result<std::process::ExitStatus>) -> Vec<f64> {
    let once = || {
        let before = cpu();
        let status = run().expect("the program starts");
        assert!(status.success(), "the run failed: {status}");
        cpu() - before
    };
    once();
    (0..RUNS).map(|_| once()).collect()
}

fn usage() -> Usage {
    getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system accounts for its processes")
}

fn cpu() -> f64 {
    let usage = usage();
    let ms = |t: nix::sys::time::TimeVal| t.tv_sec() as f64 * 1e3 + t.tv_usec() as f64 / 1e3;
    ms(usage.user_time()) + ms(usage.system_time())
}
