//! Are updates proposed by machine for every ecosystem used?

use std::collections::BTreeMap;

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Subject, Tally};
use plimsoll_model::ci::Provider;
use plimsoll_model::packages::{Ecosystem, Package};
use plimsoll_model::repository::Updater;
use plimsoll_model::{Capability, System};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "supply-chain/dependency-updates", page: include_str!("dependency_updates.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    let used = ecosystems(system);
    let subject = Subject::system();
    if !used.is_empty() {
        match system.updaters() {
            [] if homemade(system, &mut tally, &subject) => {}
            [] => {
                let proof = Evidence::sought(
                    "a configuration of Dependabot or Renovate",
                    system.scopes(&[".github/dependabot.y*ml", "{.github/,.gitlab/,}{renovate.json*,.renovaterc*}"]),
                );
                let gap = Gap::new("no-updater", "nothing proposes updates of dependencies", proof)
                    .so("known holes stay until someone looks by chance");
                tally.gap(&subject, gap);
            }
            updaters => {
                covered(&used, updaters, &mut tally, &subject);
                folders(system, updaters, &mut tally, &subject);
            }
        }
    }
    tally.finish(|| Evidence::sought("package, image or pipeline to keep up to date", system.scopes(&["**"])))
}

fn covered(used: &BTreeMap<&'static str, Location>, updaters: &[Updater], tally: &mut Tally, subject: &Subject) {
    for updater in updaters {
        let at_all = updater.everything || updater.entries.iter().any(|e| !e.disabled);
        let (says, grade) =
            if at_all { ("proposes updates", Grade::Active) } else { ("is set up and proposes nothing but urgent fixes", Grade::Declared) };
        tally.met(subject, Evidence::seen(updater.at, format!("{} {says}", updater.tool), grade));
        for entry in updater.entries.iter().filter(|e| e.disabled) {
            let text = format!("{} is switched off for {}", updater.tool, entry.ecosystem);
            tally.gap(
                subject,
                Gap::new("switched-off", text, Evidence::noted(entry.at, "no pull request may be open"))
                    .so("this ecosystem is not kept up to date"),
            );
        }
    }
    if updaters.iter().any(|u| u.everything) {
        return;
    }
    let entries = || updaters.iter().flat_map(|u| &u.entries).filter(|e| !e.disabled);
    let off = |ecosystem: &str| updaters.iter().flat_map(|u| &u.entries).any(|e| e.disabled && same(&e.ecosystem, ecosystem));
    let missing: Vec<_> =
        used.iter().filter(|(ecosystem, _)| !off(ecosystem) && !entries().any(|e| same(&e.ecosystem, ecosystem))).collect();
    if let Some((_, at)) = missing.first() {
        let names: Vec<&str> = missing.iter().map(|(name, _)| **name).collect();
        let text = format!("no updates are proposed for {}", names.join(", "));
        tally.gap(
            subject,
            Gap::new("ecosystem-left-out", text, Evidence::noted(**at, "used here"))
                .so("known holes in these stay until someone looks by chance"),
        );
    }
}

/// A workflow of its own making that raises versions by itself.
fn homemade(system: &System, tally: &mut Tally, subject: &Subject) -> bool {
    let runs = system.activities(Capability::DependencyUpdates);
    let Some(run) = runs.iter().find(|a| a.live() && a.automatic()) else { return false };
    let whole = run.sign.technology == "Renovate";
    tally.met(
        subject,
        Evidence::seen(
            run.sign.at,
            format!("{} runs {}", run.pipeline.path, run.sign.says),
            if whole { Grade::Active } else { Grade::Wired },
        ),
    );
    if !whole {
        let proof = Evidence::noted(run.job.at, format!("job `{}`", run.job.id));
        let gap = Gap::new(
            "home-made",
            "a step of the pipeline raises versions: no change is proposed for each, with its notes and its tests",
            proof,
        );
        tally.gap(subject, gap.so("updates arrive in one heap that nobody dares to merge"));
    }
    true
}

/// Dependabot reads the folders that it is told, and no others.
fn folders(system: &System, updaters: &[Updater], tally: &mut Tally, subject: &Subject) {
    if updaters.iter().any(|u| u.everything) {
        return;
    }
    let entries: Vec<_> = updaters.iter().flat_map(|u| &u.entries).filter(|e| !e.disabled).collect();
    let left = system.packages().iter().filter(|p| p.product && !p.dependencies.is_empty() && p.workspace_root.is_none()).find(|p| {
        let Some(name) = name_of(p) else { return false };
        let mut own = entries.iter().filter(|e| same(&e.ecosystem, name)).peekable();
        own.peek().is_some() && !own.any(|e| e.folders.is_empty() || e.folders.iter().any(|f| f == &p.folder || reaches(f, &p.folder)))
    });
    if let Some(package) = left {
        let text = format!("no entry reads {}", package.path);
        let gap =
            Gap::new("folder-left-out", text, Evidence::noted(Location::whole(package.file), "its folder is in no entry of its ecosystem"));
        tally.gap(subject, gap.so("known holes in these stay until someone looks by chance"));
    }
}

/// Whether a folder with `*` in it reaches another; too much rather than too little.
fn reaches(pattern: &str, folder: &str) -> bool {
    pattern.split_once('*').is_some_and(|(before, _)| folder.starts_with(before.trim_start_matches('/')))
}

/// The ecosystems in use, by Dependabot's names, each with a place that shows it.
fn ecosystems(system: &System) -> BTreeMap<&'static str, Location> {
    let mut used = BTreeMap::new();
    for package in system.packages().iter().filter(|p| p.product && !p.dependencies.is_empty()) {
        if let Some(name) = name_of(package) {
            used.entry(name).or_insert(Location::whole(package.file));
        }
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

/// Dependabot's name for a package's ecosystem.
fn name_of(package: &Package) -> Option<&'static str> {
    Some(match package.ecosystem {
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
        Ecosystem::Other => return None,
    })
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
