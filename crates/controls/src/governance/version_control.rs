//! Asks whether the repository holds what people wrote, once, and nothing that runs leave behind.

use std::collections::BTreeSet;

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Severity, Subject, Tally};
use plimsoll_model::System;
use plimsoll_model::repository::{Artefact, ArtefactKind};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "governance/version-control", page: include_str!("version_control.md"), check };

/// Endings of a name that make a file the copy of another beside it.
const COPIES: [&str; 15] = [
    "full", "simple", "old", "backup", "bak", "copy", "fixed", "working", "final", "enhanced", "improved", "updated", "orig", "original",
    "new",
];
/// The most files that one gap cites.
const CITED: usize = 5;

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    if let Some(rules) = system.ignore_rules().iter().min_by_key(|r| (r.path.matches('/').count(), r.path.as_str())) {
        let at = rules.patterns.first().map_or(Location::whole(rules.file), |p| p.at);
        tally.met(&subject, Evidence::seen(at, format!("{} says what stays out of git", rules.path), Grade::Active));
    } else if let Some(file) = system.files().iter().find(|f| f.tracked == Some(true)) {
        tally.met(&subject, Evidence::seen(file.whole(), "git tracks it", Grade::Active));
    } else if let Some(pipeline) = system.pipelines().first() {
        tally.met(&subject, Evidence::seen(Location::whole(pipeline.file), "a pipeline runs on changes to it", Grade::Active));
    } else {
        tally.doubt(
            &subject,
            Question::new("whether the tree is under version control", "assess a git work tree, or attest where its history is kept"),
        );
    }
    let state = |k| matches!(k, ArtefactKind::State | ArtefactKind::Plan | ArtefactKind::Key);
    let data = |k| matches!(k, ArtefactKind::Data | ArtefactKind::Runtime);
    let copy = |k| k == ArtefactKind::Copy;
    let of = |matches: &dyn Fn(ArtefactKind) -> bool| system.artefacts().iter().filter(|a| matches(a.kind)).collect::<Vec<_>>();
    if let Some(gap) = tracked(system, of(&state)) {
        let gap = Gap::new("tracked-state", format!("the tree holds {}", gap.0), gap.1);
        tally.gap(&subject, gap.severity(Severity::High).so("everybody with the sources has the identifiers, addresses and secrets in it"));
    }
    if let Some(gap) = tracked(system, of(&data)) {
        let gap = Gap::new("tracked-data", format!("the tree holds {}", gap.0), gap.1);
        tally.gap(&subject, gap.so("users' data spreads with every clone, and no deletion reaches the copies"));
    }
    let output = |k| !state(k) && !data(k) && !copy(k);
    if let Some(gap) = tracked(system, of(&output)) {
        let gap = Gap::new("tracked-output", format!("the tree holds {}", gap.0), gap.1);
        tally.gap(&subject, gap.so("changes drown in noise, and nobody knows whether the copy in the tree is the one that runs"));
    }
    let mut copies: Vec<(Location, String)> = of(&copy).into_iter().map(|a| (Location::whole(a.file), a.path.clone())).collect();
    copies.extend(parallel(system));
    if let Some((at, first)) = copies.first() {
        let more = if copies.len() > 1 { format!(" and {} more", copies.len() - 1) } else { String::new() };
        let gap = Gap::new(
            "parallel-copies",
            format!("copies stand beside what they were copied from: {first}{more}"),
            Evidence::noted(*at, first.clone()),
        );
        let gap = copies.iter().skip(1).take(CITED - 1).fold(gap, |g, (at, path)| g.and(Evidence::noted(*at, path.clone())));
        tally.gap(&subject, gap.so("the next change goes into the copy that does not run"));
    }
    tally.finish(|| Evidence::sought("files", system.scopes(&["**"])))
}

/// The first artefacts in words, one of each kind first, and as evidence.
fn tracked(system: &System, mut found: Vec<&Artefact>) -> Option<(String, plimsoll_base::Proof)> {
    let mut seen = BTreeSet::new();
    found.sort_by_key(|a| (!seen.insert(a.kind), a.path.as_str()));
    let first = found.first()?;
    let more = if found.len() > 1 { format!(" and {} more such files", found.len() - 1) } else { String::new() };
    let evidence = found.iter().take(CITED).map(|a| {
        let ignored = system.file(&a.path).is_some_and(|f| f.ignored);
        let says = format!("{}{}", kind(a.kind), if ignored { ", although an ignore rule names it" } else { "" });
        Evidence::noted(Location::whole(a.file), says)
    });
    let proof = plimsoll_base::Proof::from_list(evidence.collect())?;
    Some((format!("{} ({}){more}", kind(first.kind), first.path), proof))
}

fn kind(kind: ArtefactKind) -> &'static str {
    match kind {
        ArtefactKind::Log => "a log",
        ArtefactKind::Pid => "a process id",
        ArtefactKind::Copy => "a backup copy",
        ArtefactKind::BuildOutput => "the output of a build",
        ArtefactKind::Data => "a database or an index",
        ArtefactKind::State => "state of infrastructure",
        ArtefactKind::Plan => "a plan of infrastructure, which holds its state",
        ArtefactKind::Dependencies => "installed dependencies",
        ArtefactKind::Desktop => "a file of somebody's desktop",
        ArtefactKind::Runtime => "a file that the running system wrote",
        ArtefactKind::Key => "a private key",
    }
}

/// Sources that bear the name of another beside them with a word such as `_old` or `_full`.
fn parallel(system: &System) -> Vec<(Location, String)> {
    let paths: BTreeSet<&str> = system.sources().iter().map(|s| s.path.as_str()).collect();
    let product = |path: &str| system.file(path).is_some_and(|f| f.product());
    let copied = |path: &str| {
        let (stem, extension) = path.rsplit_once('.')?;
        let (base, word) = stem.rsplit_once(['_', '-', '.'])?;
        let original = format!("{base}.{extension}");
        (COPIES.contains(&word.to_ascii_lowercase().as_str()) && paths.contains(original.as_str()) && !base.ends_with('/')).then_some(())
    };
    // Pages and styles have variants on purpose.
    let found = system
        .sources()
        .iter()
        .filter(|s| !["html", "css", "scss"].iter().any(|e| s.path.ends_with(e)) && product(&s.path) && copied(&s.path).is_some());
    found.map(|s| (Location::whole(s.file), s.path.clone())).collect()
}
