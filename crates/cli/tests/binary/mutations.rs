//! Broken files by the hundred: whatever stands in them, a verdict comes out, no control fails, and nothing is called ready.

use std::panic::{AssertUnwindSafe, catch_unwind};

use plimsoll_assess::{Date, Policy, Request};
use plimsoll_base::{Assessment, Decision};
use plimsoll_discover::Tree;
use plimsoll_report::TerminalOptions;

use crate::systems::{MANY, SMALL};

/// Runs per starting system.
const RUNS: u64 = 150;

/// A small generator, so that every run can be repeated from its seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    /// Below `end`, which is at least 1.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

type Files = Vec<(String, Vec<u8>)>;

/// What syntax is made of: the places where readers go wrong.
const PIECES: &[&[u8]] = &[
    b"\0",
    b"\xFF\xFE",
    b"\xEF\xBB\xBF",
    b"\r",
    b"\r\n\r\n",
    b"\t",
    b": ",
    b"- ",
    b"{{",
    b"}}",
    b"${",
    b"${{ ",
    b"[",
    b"]]",
    b"{",
    b"}",
    b"\"",
    b"'",
    b"\\",
    b"#",
    b"<<: *x",
    b"&x ",
    b"*x",
    b"!!binary ",
    b"---\n",
    b"...\n",
    b"%",
    b"|\n",
    b">-\n",
    b"=",
    b"<<EOF\n",
    b"999999999999999999999",
    b"-1",
    b"0x",
    b"null",
    b"~",
    b"\xE2\x80\xAE",
    b"\xF0\x9F\x9A\xA2",
    b":",
    b"@",
    b"/",
    b"..",
    b"*",
];

fn mutate(files: &mut Files, chance: &mut Chance) {
    let at = chance.below(files.len());
    let other = chance.below(files.len());
    match chance.below(9) {
        0 => {
            let end = chance.below(files[at].1.len() + 1);
            files[at].1.truncate(end);
        }
        1 => {
            let lines: Vec<Vec<u8>> = files[at].1.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
            let twice = chance.below(lines.len());
            files[at].1 = lines
                .iter()
                .enumerate()
                .flat_map(|(i, l)| std::iter::repeat_n(l, if i == twice { 2 } else { 1 }))
                .flatten()
                .copied()
                .collect();
        }
        2 => {
            let lines: Vec<Vec<u8>> = files[at].1.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
            let gone = chance.below(lines.len());
            files[at].1 = lines.iter().enumerate().filter(|(i, _)| *i != gone).flat_map(|(_, l)| l).copied().collect();
        }
        3 => {
            for _ in 0..=chance.below(8) {
                let place = chance.below(files[at].1.len());
                let byte = chance.next() as u8;
                if let Some(b) = files[at].1.get_mut(place) {
                    *b = byte;
                }
            }
        }
        4 => {
            let text = files[other].1.clone();
            files[other].1 = std::mem::replace(&mut files[at].1, text);
        }
        5 | 6 => {
            let place = chance.below(files[at].1.len() + 1);
            let piece = PIECES[chance.below(PIECES.len())];
            files[at].1.splice(place..place, piece.iter().copied());
        }
        7 => {
            let lines: Vec<Vec<u8>> = files[at].1.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
            let moved = chance.below(lines.len());
            let indent = vec![b' '; chance.below(6)];
            files[at].1 = lines
                .iter()
                .enumerate()
                .flat_map(|(i, l)| if i == moved { [indent.clone(), l.trim_ascii_start().to_vec()].concat() } else { l.clone() })
                .collect();
        }
        _ => {
            let place = chance.below(files[at].1.len() + 1);
            let from = &files[other].1;
            let part = from[chance.below(from.len() + 1)..].to_vec();
            files[at].1.splice(place..place, part);
        }
    }
}

fn assess(files: Files) -> Assessment {
    let policy = Policy::default();
    let today = Date::parse("2026-11-20").expect("a date");
    plimsoll_assess::run(Tree::in_memory("app", files), &Request { policy: &policy, tier: None, today })
}

fn json(assessment: &Assessment) -> Vec<u8> {
    let mut out = Vec::new();
    plimsoll_report::json::render(assessment, &mut out).expect("memory takes it");
    out
}

/// What is wrong with one run, if anything.
fn fault(files: &Files) -> Option<String> {
    let run = catch_unwind(AssertUnwindSafe(|| {
        let assessment = assess(files.clone());
        let options = TerminalOptions { all: true, arithmetic: true, ..TerminalOptions::default() };
        let mut shown = Vec::new();
        plimsoll_report::terminal::render(&assessment, &options, &mut shown).expect("memory takes it");
        plimsoll_report::map::mermaid(&assessment, &mut shown).expect("memory takes it");
        let escaped = shown.contains(&0x1b);
        (json(&assessment), assessment, escaped)
    }));
    let Ok((bytes, assessment, escaped)) = run else { return Some("it panicked".into()) };
    if let Some(problem) = assessment.problems.iter().find(|p| p.says.contains("failed and counts as unknown")) {
        return Some(problem.says.clone());
    }
    if assessment.controls.len() != 139 || assessment.verdict == Decision::Go || escaped {
        return Some(format!("{} controls, {}", assessment.controls.len(), assessment.verdict.word()));
    }
    (json(&assess(files.clone())) != bytes).then(|| "the second run gives other bytes".into())
}

fn all_runs_of(system: &[(&str, &str)]) {
    // As many threads as the machine has, each with the stack that the binary gives its own.
    let pool = rayon::ThreadPoolBuilder::new().stack_size(16 << 20).build().expect("threads");
    let faults: Vec<String> = pool.install(|| {
        use rayon::prelude::*;
        (0..RUNS)
            .into_par_iter()
            .filter_map(|seed| {
                let mut chance = Chance(seed);
                let mut files: Files = system.iter().map(|(p, t)| ((*p).to_owned(), t.as_bytes().to_vec())).collect();
                for _ in 0..=chance.below(4) {
                    mutate(&mut files, &mut chance);
                }
                fault(&files).map(|why| format!("seed {seed}: {why}"))
            })
            .collect()
    });
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn no_mutation_of_the_small_system_makes_a_control_fail() {
    all_runs_of(SMALL);
}

#[test]
fn no_mutation_of_a_system_of_many_formats_makes_a_control_fail() {
    all_runs_of(MANY);
}
