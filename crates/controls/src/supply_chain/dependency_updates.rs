//! Are updates proposed by machine for every ecosystem used?

use std::collections::BTreeMap;

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Subject, Tally};
use plimsoll_model::ci::Provider;
use plimsoll_model::packages::Ecosystem;
use plimsoll_model::repository::Updater;
use plimsoll_model::System;

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "supply-chain/dependency-updates", page: include_str!("dependency_updates.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    let used = ecosystems(system);
    let subject = Subject::system();
    if !used.is_empty() {
        match system.updaters() {
            [] => {
                let proof = Evidence::sought("a configuration of Dependabot or Renovate", system.scopes(&[".github/dependabot.y*ml", "{.github/,.gitlab/,}{renovate.json*,.renovaterc*}"]));
                let gap = Gap::new("no-updater", "nothing proposes updates of dependencies", proof).so("known holes stay until someone looks by chance");
                tally.gap(&subject, gap);
            }
            updaters => covered(&used, updaters, &mut tally, &subject),
        }
    }
    tally.finish(|| Evidence::sought("a package, image or pipeline to keep up to date", system.scopes(&["**"])))
}

fn covered(used: &BTreeMap<&'static str, Location>, updaters: &[Updater], tally: &mut Tally, subject: &Subject) {
    for updater in updaters {
        tally.met(subject, Evidence::seen(updater.at, format!("{} proposes updates", updater.tool), Grade::Active));
        for entry in updater.entries.iter().filter(|e| e.disabled) {
            let text = format!("{} is switched off for {}", updater.tool, entry.ecosystem);
            tally.gap(subject, Gap::new("switched-off", text, Evidence::noted(entry.at, "no pull request may be open")).so("this ecosystem is not kept up to date"));
        }
    }
    if updaters.iter().any(|u| u.everything) {
        return;
    }
    let entries = || updaters.iter().flat_map(|u| &u.entries).filter(|e| !e.disabled);
    let missing: Vec<_> = used.iter().filter(|(ecosystem, _)| !entries().any(|e| same(&e.ecosystem, ecosystem))).collect();
    if let Some((_, at)) = missing.first() {
        let names: Vec<&str> = missing.iter().map(|(name, _)| **name).collect();
        let text = format!("no updates are proposed for {}", names.join(", "));
        tally.gap(subject, Gap::new("ecosystem-left-out", text, Evidence::noted(**at, "used here")).so("known holes in these stay until someone looks by chance"));
    }
}

/// The ecosystems in use, by Dependabot's names, each with a place that shows it.
fn ecosystems(system: &System) -> BTreeMap<&'static str, Location> {
    let mut used = BTreeMap::new();
    for package in system.packages().iter().filter(|p| p.product && !p.dependencies.is_empty()) {
        let name = match package.ecosystem {
            Ecosystem::Npm => "npm",
            Ecosystem::Pypi => "pip",
            Ecosystem::Go => "gomod",
            Ecosystem::Cargo => "cargo",
            Ecosystem::Maven if package.path.contains("gradle") => "gradle",
            Ecosystem::Maven => "maven",
            Ecosystem::Ruby => "bundler",
            Ecosystem::Php => "composer",
            Ecosystem::Nuget => "nuget",
            Ecosystem::Hex => "mix",
            Ecosystem::Other => continue,
        };
        used.entry(name).or_insert(Location::whole(package.file));
    }
    if let Some(image) = system.images().iter().find(|i| i.product) {
        used.insert("docker", Location::whole(image.file));
    }
    if let Some(pipeline) = system.pipelines().iter().find(|p| p.provider == Provider::GithubActions) {
        used.insert("github-actions", Location::whole(pipeline.file));
    }
    if let Some(file) = system.iac().iter().filter(|r| r.tool == plimsoll_model::iac::IacTool::Terraform).find_map(|r| r.files.first()) {
        used.insert("terraform", Location::whole(*file));
    }
    used
}

/// Dependabot has several names for the tools of one ecosystem.
fn same(entry: &str, used: &str) -> bool {
    match used {
        "npm" => matches!(entry, "npm" | "bun" | "pnpm" | "yarn"),
        "pip" => matches!(entry, "pip" | "uv" | "poetry" | "pipenv"),
        "docker" => matches!(entry, "docker" | "docker-compose"),
        other => entry == other,
    }
}
