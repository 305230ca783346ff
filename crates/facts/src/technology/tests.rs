//! The signal files prove themselves: each one's examples are run through the real tables.
#![allow(clippy::disallowed_methods, reason = "the signal files are read from disk to be proven")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use plimsoll_base::{FileId, Location, Span};

use super::index::{self, Hit, dependency_name};
use super::matching::{StepPlace, tolerated};
use super::program::{forms, image_of};
use super::rule::{DEPENDENCIES, ENTRYPOINTS, FAMILIES, TECHNOLOGIES};
use super::{Capability, PipelineSource, SignInput, SignSource, signs};
use crate::ci::{Job, Life, Step};
use plimsoll_base::Sourced;

fn at(start: usize) -> Location {
    Location::at(FileId(0), Span::new(start, start + 1))
}

fn sourced(text: &str) -> Sourced<String> {
    Sourced::new(text.to_owned(), at(0))
}

fn step(uses: Option<&str>, inputs: &[(&str, &str)]) -> Step {
    Step {
        at: at(0),
        title: None,
        uses: uses.map(sourced),
        with: inputs.iter().map(|(k, v)| ((*k).to_owned(), sourced(v))).collect(),
        script: None,
        commands: Vec::new(),
        condition: None,
        tolerated: None,
        env: Vec::new(),
        life: Life::Live,
        on: Default::default(),
    }
}

fn job(steps: Vec<Step>) -> Job {
    Job {
        id: "job".to_owned(),
        at: at(0),
        needs: Vec::new(),
        condition: None,
        environment: None,
        permissions: None,
        steps,
        services: Vec::new(),
        container: None,
        tolerated: None,
        manual: None,
        life: Life::Live,
        runner: None,
        on: Default::default(),
        env: Vec::new(),
        matrix: Vec::new(),
    }
}

/// `command: trivy image app -> container-scan`: the hits, and whether each one's failure counts.
fn hits_of(example: &str) -> Vec<(Hit, bool)> {
    let (kind, rest) = example.split_once(": ").expect("an example is `kind: text`");
    let text = rest.split(" -> ").next().expect("split gives a first part");
    let words: Vec<&str> = text.split_whitespace().collect();
    let plain = |hits: Vec<Hit>| hits.into_iter().map(|h| (h, false)).collect();
    match kind {
        "command" => {
            let job = job(vec![step(None, &[])]);
            let place = StepPlace::new(0, 0, 0, &job, &job.steps[0]);
            let mut hits = Vec::new();
            for form in forms(&words) {
                hits.extend(index::command(&form));
                hits.extend(image_of(&form).into_iter().flat_map(index::images));
            }
            hits.into_iter().map(|h| (h, tolerated(h.rule(), &words, &place))).collect()
        }
        "action" => {
            let inputs: Vec<(&str, &str)> = words[1..].iter().filter_map(|w| w.split_once('=')).collect();
            let job = job(vec![step(Some(words[0]), &inputs)]);
            let place = StepPlace::new(0, 0, 0, &job, &job.steps[0]);
            if let Some(image) = words[0].strip_prefix("docker://") {
                let run = [&["docker", "run", image], &words[1..]].concat();
                return forms(&run).iter().flat_map(|f| index::command(f).collect::<Vec<_>>()).map(|h| (h, false)).collect();
            }
            let hits = index::action(words[0], &|key| place.input(key));
            hits.into_iter().map(|h| (h, tolerated(h.rule(), &[], &place))).collect()
        }
        "file" => plain(index::file(text).collect()),
        "image" => plain(index::images(text).collect()),
        "variable" => plain(index::variable(text).collect()),
        "tool" => plain(index::tool(text).collect()),
        "call" => plain(index::call(text).collect()),
        ecosystem => plain(index::dependency(ecosystem, text).collect()),
    }
}

fn wanted(example: &str) -> Option<Capability> {
    let word = example.split_once(" -> ")?.1;
    Some(toml::Value::String(word.to_owned()).try_into().expect("a capability"))
}

fn signal_files() -> Vec<(PathBuf, toml::Table)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("signals are beside the manifest").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "toml") {
                found.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("signals"), &mut paths);
    paths.sort();
    let read = |p: PathBuf| {
        let text = std::fs::read_to_string(&p).expect("a signal file is text");
        (p, toml::from_str(&text).expect("a signal file is TOML"))
    };
    paths.into_iter().map(read).collect()
}

fn examples<'a>(file: &'a toml::Table, list: &str) -> Vec<&'a str> {
    let list = file["example"].get(list).and_then(toml::Value::as_array);
    list.into_iter().flatten().map(|v| v.as_str().expect("an example is text")).collect()
}

#[test]
fn every_signal_file_proves_itself() {
    let files = signal_files();
    assert_eq!(files.len(), TECHNOLOGIES.len());
    let mut wrong = Vec::new();
    for (number, (path, file)) in files.iter().enumerate() {
        let name = file["name"].as_str().expect("a name");
        assert_eq!(name, TECHNOLOGIES[number].name, "the tables are in the files' order");
        let folder = path.parent().and_then(Path::file_name).and_then(|f| f.to_str()).unwrap_or_default();
        if file["sign"][0]["shows"].as_str() != Some(folder) {
            wrong.push(format!("{}: lies in another folder than its first capability", path.display()));
        }
        let own = |example: &str| {
            let wanted = wanted(example);
            let hits = hits_of(example).into_iter();
            hits.filter(|(h, _)| usize::from(h.technology) == number && wanted.is_none_or(|w| w == h.rule().shows)).collect::<Vec<_>>()
        };
        let mut say = |example: &str, what: &str| wrong.push(format!("{name}: `{example}` {what}"));
        for example in examples(file, "match") {
            if own(example).is_empty() {
                say(example, "does not match");
            }
        }
        for example in examples(file, "no-match") {
            if !own(example).is_empty() {
                say(example, "matches");
            }
        }
        for (list, tolerant) in [("tolerated", true), ("blocking", false)] {
            for example in examples(file, list) {
                let own = own(example);
                if own.is_empty() || own.iter().any(|(_, t)| *t != tolerant) {
                    say(example, &format!("is not {list}"));
                }
            }
        }
        let unknown = file["example"].as_table().into_iter().flat_map(|t| t.keys());
        for key in unknown.filter(|k| !["match", "no-match", "tolerated", "blocking"].contains(&k.as_str())) {
            say(key, "is no list of examples");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_unique_and_no_two_files_claim_a_dependency_for_one_capability() {
    let names: BTreeSet<&str> = TECHNOLOGIES.iter().map(|t| t.name).collect();
    assert_eq!(names.len(), TECHNOLOGIES.len());
    let mut owners: BTreeMap<((&str, &str), Capability), BTreeSet<u16>> = BTreeMap::new();
    for (key, technology, rule) in DEPENDENCIES.iter().chain(FAMILIES) {
        let shows = TECHNOLOGIES[usize::from(*technology)].rules[usize::from(*rule)].shows;
        owners.entry((*key, shows)).or_default().insert(*technology);
    }
    let doubled: Vec<_> = owners.iter().filter(|(_, by)| by.len() > 1).map(|(key, _)| key).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
}

#[test]
fn keys_are_written_as_they_are_looked_up() {
    let odd: Vec<_> = DEPENDENCIES.iter().map(|row| row.0).filter(|(e, n)| dependency_name(e, n) != *n).collect();
    assert!(odd.is_empty(), "{odd:?}");
    let lower = |word: &&'static str| word.chars().any(char::is_uppercase);
    let rules = TECHNOLOGIES.iter().flat_map(|t| t.rules);
    let odd: Vec<_> = rules.flat_map(|r| r.with.iter().chain(r.without)).flat_map(|(_, v)| *v).filter(|v| lower(v)).collect();
    assert!(odd.is_empty(), "{odd:?}");
    let inputs = |entry: &&'static str| entry.split_once('=').filter(|_| !entry.starts_with(['-', '+', '!', '/']));
    let rules = TECHNOLOGIES.iter().flat_map(|t| t.rules);
    let odd: Vec<_> = rules.flat_map(|r| r.tolerated_by.iter().chain(r.gates_with)).filter_map(inputs).filter(|(_, v)| lower(v)).collect();
    assert!(odd.is_empty(), "{odd:?}");
    assert!(ENTRYPOINTS.windows(2).all(|w| w[0].0 < w[1].0), "an image is named twice");
}

#[test]
fn a_pipeline_step_carries_its_fate() {
    let mut tolerant = step(Some("gitleaks/gitleaks-action@v2"), &[]);
    tolerant.tolerated = Some(at(7));
    let mut dead = step(Some("gitleaks/gitleaks-action@v2"), &[]);
    dead.at = at(9);
    dead.uses = Some(Sourced::new("gitleaks/gitleaks-action@v2".to_owned(), at(9)));
    dead.life = Life::Dead("if: false".to_owned(), at(8));
    let pipeline = crate::ci::Pipeline { jobs: vec![job(vec![tolerant, dead])], ..pipeline() };
    let found = signs(&SignInput { pipelines: &[pipeline], ..SignInput::default() });
    let sources: Vec<&PipelineSource> = found
        .iter()
        .filter_map(|s| match &s.source {
            SignSource::Pipeline(p) => Some(p),
            _ => None,
        })
        .collect();
    assert_eq!(sources.len(), 2);
    assert_eq!((sources[0].tolerated, sources[0].dead), (Some(at(7)), false));
    assert_eq!((sources[1].tolerated, sources[1].dead), (None, true));
    assert!(found.iter().all(|s| s.capability == Capability::SecretScan));
}

#[test]
fn tests_and_examples_show_tests_only() {
    let files =
        [(FileId(1), "e2e/playwright.config.ts", false), (FileId(2), "examples/renovate.json", false), (FileId(3), "renovate.json", false)];
    let found = signs(&SignInput { files: &files, ..SignInput::default() });
    assert_eq!(found.iter().map(|s| s.capability).collect::<Vec<_>>(), [Capability::EndToEndTest]);
}

fn pipeline() -> crate::ci::Pipeline {
    crate::ci::Pipeline {
        file: FileId(0),
        path: ".github/workflows/ci.yml".to_owned(),
        title: None,
        provider: crate::ci::Provider::GithubActions,
        triggers: Default::default(),
        permissions: None,
        jobs: Vec::new(),
        uncalled: false,
        opaque: Vec::new(),
    }
}
