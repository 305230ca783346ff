//! Does the same commit plan with the same tool, providers, modules and charts next year?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::System;
use plimsoll_model::iac::{IacRoot, IacTool, ModulePin, ProviderPin};

use super::{no_code, roots, scope, title};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "iac/versions-pinned", page: include_str!("versions_pinned.md"), check };

/// Names of references that move.
const BRANCHES: &[&str] = &["main", "master", "develop", "dev", "head", "trunk", "latest", "stable", "production", "staging"];

const CONSEQUENCE: &str = "the same commit plans something else once a new version is published";

fn check(system: &System, mut tally: Tally) -> Judgement {
    for root in roots(system) {
        let subject = Subject::named(title(root));
        match root.tool {
            IacTool::Terraform => terraform(system, root, &subject, &mut tally),
            IacTool::Cdk | IacTool::Pulumi | IacTool::Serverless => locked_package(system, root, &subject, &mut tally),
            IacTool::Ansible => collections(root, &subject, &mut tally),
            IacTool::CloudFormation | IacTool::Bicep => {
                if let Some(file) = root.files.first() {
                    let says = format!("{} runs at the provider: there is no tool or plug-in to pin", root.tool.word());
                    tally.not_applicable(Evidence::noted(Location::whole(*file), says));
                }
            }
        }
    }
    tally.finish(|| no_code(system))
}

fn terraform(system: &System, root: &IacRoot, subject: &Subject, tally: &mut Tally) {
    let pins = &root.pins;
    if pins.providers.is_empty() && pins.modules.is_empty() && pins.charts.is_empty() {
        return;
    }
    let name = title(root);
    match pins.tool.iter().max_by_key(|t| bounded(&t.value)) {
        Some(tool) => tally.met(subject, Evidence::seen(tool.at, format!("Terraform {}", tool.value), Grade::Active)),
        None => {
            let proof = Evidence::sought("required_version, or a version file of the tool", scope(system, root));
            let gap = Gap::new("tool-unpinned", format!("{name} does not say which version of Terraform it is for"), proof);
            tally.gap(subject, gap.so("a newer version upgrades the state, and older ones can no longer read it"));
        }
    }
    for provider in &pins.providers {
        judge(root, provider, subject, tally);
    }
    lock(system, root, subject, tally);
    for module in &pins.modules {
        pinned("module", module, subject, tally);
    }
    for chart in &pins.charts {
        pinned("chart", chart, subject, tally);
    }
}

fn judge(root: &IacRoot, provider: &ProviderPin, subject: &Subject, tally: &mut Tally) {
    let name = &provider.name;
    let locked =
        root.pins.lock.as_ref().and_then(|l| {
            l.providers.iter().find(|p| p.value.rsplit('/').next() == Some(name.as_str())).filter(|_| l.tracked != Some(false))
        });
    match (&provider.constraint, locked) {
        (Some(c), _) if bounded(&c.value) => tally.met(subject, Evidence::seen(c.at, format!("{name} {}", c.value), Grade::Active)),
        (Some(c), _) => {
            let gap = Gap::new(
                "provider-unbounded",
                format!("the provider {name} may be any version from {} on", c.value.trim_start_matches(['>', '=', ' '])),
                Evidence::noted(c.at, format!("{name} {}", c.value)),
            );
            tally.gap(subject, gap.so("a new major version is taken the next time somebody runs an upgrade"));
        }
        (None, Some(lock)) => tally.met(subject, Evidence::seen(lock.at, format!("{name} is locked, without a constraint"), Grade::Active)),
        (None, None) => {
            let gap = Gap::new(
                "provider-unpinned",
                format!("nothing says which version of the provider {name} is used"),
                Evidence::noted(provider.at, format!("uses {name}")),
            );
            tally.gap(subject, gap.so(CONSEQUENCE));
        }
    }
}

fn lock(system: &System, root: &IacRoot, subject: &Subject, tally: &mut Tally) {
    let name = title(root);
    // Without a provider there is nothing to lock.
    if root.pins.providers.is_empty() && root.pins.modules.is_empty() {
        return;
    }
    let path = if root.folder.is_empty() { ".terraform.lock.hcl".to_owned() } else { format!("{}/.terraform.lock.hcl", root.folder) };
    match &root.pins.lock {
        Some(lock) if lock.tracked != Some(false) => {
            tally.met(
                subject,
                Evidence::seen(lock.at, format!("locks {} providers with their checksums", lock.providers.len()), Grade::Active),
            );
        }
        lock => {
            let ignored = system.git_ignores(&path);
            let proof = match (ignored, lock) {
                (Some(at), _) => Evidence::noted(at, "the lock file is ignored by git"),
                (None, Some(lock)) => Evidence::noted(lock.at, "the lock file is not in git"),
                (None, None) => Evidence::sought("lock file of providers", vec![system.scope(&path)]),
            };
            let gap = Gap::new("no-lock-file", format!("{name} has no lock file of its providers in git"), proof);
            tally
                .gap(subject, gap.so("each machine and each run of the pipeline may take another version, and nobody checks its checksum"));
        }
    }
}

/// A module or a chart from elsewhere.
fn pinned(what: &str, pin: &ModulePin, subject: &Subject, tally: &mut Tally) {
    let (name, source) = (&pin.name, &pin.source);
    match &pin.version {
        None => {
            let gap = Gap::new(
                "unversioned",
                format!("the {what} {name} comes from {source} in whatever version is newest"),
                Evidence::noted(pin.at, format!("{what} from {source}")),
            );
            tally.gap(subject, gap.so(CONSEQUENCE));
        }
        Some(version) => match version.known() {
            None => tally.doubt(
                subject,
                Question::new(format!("which version of the {what} {name} is used: {}", version.says), "write the version as plain text"),
            ),
            Some(text) if BRANCHES.contains(&text.to_ascii_lowercase().as_str()) || text.is_empty() => {
                let gap = Gap::new(
                    "by-branch",
                    format!("the {what} {name} follows the branch {text} of {source}"),
                    Evidence::noted(version.at, version.says.clone()),
                );
                tally.gap(subject, gap.so("whoever may push to that branch changes this system"));
            }
            Some(text) if bounded(text) || reference(text) => {
                tally.met(subject, Evidence::seen(version.at, format!("{what} {name}: {}", version.says), Grade::Active));
            }
            Some(text) => {
                let gap = Gap::new(
                    "unbounded-version",
                    format!("the {what} {name} may be any version from {} on", text.trim_start_matches(['>', '=', ' '])),
                    Evidence::noted(version.at, version.says.clone()),
                );
                tally.gap(subject, gap.so(CONSEQUENCE));
            }
        },
    }
}

/// Whether a constraint has an upper end: `~> 5.0`, `5.1.0`, `>= 4, < 6`.
fn bounded(constraint: &str) -> bool {
    constraint.split(',').map(str::trim).any(|part| {
        let number = part.trim_start_matches(['=', '~', '>', '<', '^', 'v', ' ']);
        let upper =
            part.starts_with("~>") || part.starts_with('<') || part.starts_with('=') || part.starts_with('^') || part.starts_with('~');
        let exact = part.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
        (upper || exact) && number.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// A tag or a commit.
fn reference(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        || text.strip_prefix('v').is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()))
        || text.len() >= 7 && text.chars().all(|c| c.is_ascii_hexdigit())
        || text.rsplit(['/', '-']).next().is_some_and(|last| last.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()))
}

/// A program whose packages are locked by its package manager.
fn locked_package(system: &System, root: &IacRoot, subject: &Subject, tally: &mut Tally) {
    let name = title(root);
    let above = |folder: &str| folder.is_empty() || folder == root.folder || root.folder.starts_with(&format!("{folder}/"));
    let package = system.packages().iter().filter(|p| above(&p.folder)).max_by_key(|p| p.folder.len());
    match package {
        Some(package) => match package.lock.as_ref().filter(|l| !l.ignored) {
            Some(lock) => tally.met(
                subject,
                Evidence::seen(Location::whole(lock.file), format!("{} locks the packages of {name}", lock.path), Grade::Active),
            ),
            None => {
                let gap = Gap::new(
                    "no-lock-file",
                    format!("the packages of {name} are not locked"),
                    Evidence::noted(Location::whole(package.file), "a manifest without a lock file"),
                );
                tally.gap(subject, gap.so(CONSEQUENCE));
            }
        },
        None => tally.doubt(
            subject,
            Question::new(
                format!("with which versions {name} is run: no manifest of packages lies beside it"),
                "add the manifest and its lock file",
            ),
        ),
    }
}

fn collections(root: &IacRoot, subject: &Subject, tally: &mut Tally) {
    for collection in &root.pins.modules {
        pinned("collection", collection, subject, tally);
    }
    if root.pins.modules.is_empty()
        && let Some(file) = root.files.first()
    {
        tally.not_applicable(Evidence::noted(Location::whole(*file), "Ansible without collections or roles from elsewhere"));
    }
}
