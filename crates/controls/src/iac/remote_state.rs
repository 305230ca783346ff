//! Is the state of each root kept remotely, locked, encrypted, with former versions, and out of git?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::System;
use plimsoll_model::compose::EnvironmentWord;
use plimsoll_model::iac::{Backend, Declared, IacRoot, IacTool};
use plimsoll_model::repository::ArtefactKind;

use super::{no_code, roots, scope, title};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "iac/remote-state", page: include_str!("remote_state.md"), check };

/// Backends that lock, encrypt and keep former versions by themselves.
const MANAGED: &[&str] = &["cloud", "remote"];
/// Backends that lock by themselves.
const LOCKING: &[&str] = &["gcs", "azurerm", "azblob", "pg", "consul", "kubernetes", "cos"];
/// Backends that keep the state as an object in a bucket, of which former versions can be kept.
const BUCKETS: &[&str] = &["s3", "gcs", "azurerm", "azblob", "oss", "cos"];

fn check(system: &System, mut tally: Tally) -> Judgement {
    for root in roots(system) {
        let subject = Subject::named(title(root));
        match root.tool {
            IacTool::Terraform => terraform(system, root, &subject, &mut tally),
            IacTool::Pulumi => pulumi(root, &subject, &mut tally),
            IacTool::CloudFormation | IacTool::Cdk | IacTool::Bicep | IacTool::Serverless | IacTool::Ansible => {
                if let Some(file) = root.files.first() {
                    tally.not_applicable(Evidence::noted(
                        Location::whole(*file),
                        format!("{} keeps no state of its own: the provider does, or there is none", root.tool.word()),
                    ));
                }
            }
        }
    }
    tally.finish(|| no_code(system))
}

fn terraform(system: &System, root: &IacRoot, subject: &Subject, tally: &mut Tally) {
    let declares = root.resources.iter().any(|r| !r.kind.starts_with("data.")) || !root.unread_modules.is_empty();
    let backend = root.state.backend.as_ref();
    if !declares && backend.is_none() {
        return;
    }
    let name = title(root);
    let tracked = tracked(system, root);
    if backend.is_none() && tracked.is_empty() && holds_states(system, root) {
        let at = root
            .resources
            .first()
            .map_or_else(|| no_code(system), |r| Evidence::noted(r.at, "makes the bucket that holds the others' state"));
        tally.not_applicable(at);
        return;
    }
    if !tracked.is_empty() {
        let mut proofs = tracked.into_iter();
        let first = proofs.next().unwrap_or_else(|| no_code(system));
        let gap = Gap::new("state-in-git", format!("the state of {name} lies in the repository"), first);
        tally.gap(
            subject,
            proofs
                .fold(gap, Gap::and)
                .so("whoever may read the repository reads every secret in the state, and an old state is applied again"),
        );
        if backend.is_none_or(|b| b.kind == "local") {
            local(system, root, subject, tally);
        }
        return;
    }
    match backend {
        Some(backend) if backend.kind != "local" => remote(system, root, backend, subject, tally),
        _ => local(system, root, subject, tally),
    }
}

/// Whether a root makes nothing but the bucket in which others keep their state: it must be applied before there is a place for its own.
fn holds_states(system: &System, root: &IacRoot) -> bool {
    const PARTS: [&str; 10] = [
        "aws_s3_bucket",
        "aws_dynamodb_table",
        "aws_kms_",
        "aws_iam_",
        "random_",
        "google_storage_bucket",
        "google_kms_",
        "azurerm_storage_",
        "azurerm_resource_group",
        "google_project_service",
    ];
    let small = root.resources.iter().all(|r| r.kind.starts_with("data.") || PARTS.iter().any(|p| r.kind.starts_with(p)));
    let named = ["bootstrap", "backend", "state", "tfstate", "remote"]
        .iter()
        .any(|w| root.folder.to_ascii_lowercase().split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == *w));
    let bucket =
        root.resources.iter().any(|r| matches!(r.kind.as_str(), "aws_s3_bucket" | "google_storage_bucket" | "azurerm_storage_account"));
    let others = roots(system).any(|r| r.folder != root.folder && r.state.backend.as_ref().is_some_and(|b| b.kind != "local"));
    small && named && bucket && others
}

/// State and plan files of a root, or of the tree where only one root is there.
fn tracked(system: &System, root: &IacRoot) -> Vec<Evidence> {
    let alone = roots(system).filter(|r| r.tool == IacTool::Terraform).count() == 1;
    let mine = |path: &str| {
        let folder = path.rsplit_once('/').map_or("", |(f, _)| f);
        // The nearest root above a file is the one that wrote it.
        let above = |r: &&IacRoot| r.folder.is_empty() || folder == r.folder || folder.starts_with(&format!("{}/", r.folder));
        let nearest = roots(system).filter(|r| r.tool == IacTool::Terraform).filter(above).max_by_key(|r| r.folder.len());
        nearest.map_or(alone, |n| n.folder == root.folder)
    };
    let artefacts = system.artefacts().iter().filter(|a| matches!(a.kind, ArtefactKind::State | ArtefactKind::Plan) && mine(&a.path));
    let says = |kind| match kind {
        ArtefactKind::Plan => "a saved plan, which holds the state",
        _ => "a state file",
    };
    artefacts.map(|a| Evidence::noted(Location::whole(a.file), says(a.kind))).collect()
}

/// No backend, or one on the disk of whoever applies.
fn local(system: &System, root: &IacRoot, subject: &Subject, tally: &mut Tally) {
    let name = title(root);
    if let Some(backend) = root.state.backend.as_ref() {
        let proof = Evidence::noted(backend.at, format!("backend \"{}\"", backend.kind));
        let gap = Gap::new("local-state", format!("{name} keeps its state on the disk of whoever applies it"), proof);
        tally.gap(subject, gap.so("two people apply from two states, and a lost laptop loses the only record of what exists"));
    } else if let Some(at) = root.state.unread {
        let place = system.path_at(at).to_owned();
        tally.doubt(
            subject,
            Question::new(format!("which backend {name} has: a terraform block of {place} cannot be read"), "mend the block's syntax"),
        );
    } else if let Some(generated) = &root.state.generated {
        let missing = format!("which backend {name} has: {} writes it ({})", system.path_at(generated.at), generated.value);
        tally.doubt(subject, Question::new(missing, "show what is written, or attest where the state is kept"));
    } else {
        let mut gap = Gap::new(
            "no-backend",
            format!("{name} declares no backend: its state is a file beside the code"),
            Evidence::sought("backend or cloud block", scope(system, root)),
        );
        if let Some(resource) = root.resources.iter().find(|r| !r.kind.starts_with("data.")) {
            gap = gap.and(Evidence::noted(resource.at, format!("{} is kept in that state", resource.kind)));
        }
        tally.gap(subject, gap.so("two people apply from two states, and a lost laptop loses the only record of what exists"));
    }
}

fn remote(system: &System, root: &IacRoot, backend: &Backend, subject: &Subject, tally: &mut Tally) {
    let name = title(root);
    let kind = backend.kind.as_str();
    let head = match backend.declared {
        Declared::Block if kind == "cloud" => "cloud block".to_owned(),
        Declared::Block => format!("backend \"{kind}\""),
        Declared::Terragrunt => format!("remote_state with backend \"{kind}\""),
    };
    let unnamed = BUCKETS.contains(&kind)
        && !["bucket", "storage_account_name", "container_name", "url"].iter().any(|n| backend.setting(n).is_some());
    if unnamed && backend.given.is_empty() && root.state.generated.is_none() {
        tally.met(subject, Evidence::noted(backend.at, format!("{head}, without its values")));
        let proof = Evidence::sought(
            "-backend-config in pipelines and scripts",
            system.scopes(&["**/*.{sh,yml,yaml}", "**/Makefile", "**/*.tfbackend"]),
        );
        let gap = Gap::new("empty-backend", format!("{name} names a backend whose bucket nothing supplies"), proof);
        tally.gap(subject, gap.so("each person types in where the state is, and one day types another place"));
        return;
    }
    tally.met(subject, Evidence::seen(backend.at, head, Grade::Active));
    // A file of settings that is not here may hold anything.
    locked(backend, name, backend.open, subject, tally);
    encrypted(backend, name, subject, tally);
    versioned(backend, name, subject, tally);
    apart(system, root, backend, subject, tally);
}

/// Whether two runs at once are kept from each other.
fn locked(backend: &Backend, name: &str, open: bool, subject: &Subject, tally: &mut Tally) {
    let kind = backend.kind.as_str();
    if MANAGED.contains(&kind) || LOCKING.contains(&kind) {
        return;
    }
    let wanted: &[&str] = match kind {
        "s3" => &["use_lockfile", "dynamodb_table", "dynamodb_endpoint", "url"],
        "http" => &["lock_address"],
        "oss" => &["tablestore_table"],
        _ => &[],
    };
    let found = wanted.iter().filter_map(|n| backend.setting(n)).find(|p| p.known().is_none_or(|v| v != "false" && !v.is_empty()));
    match found {
        Some(p) if p.known().is_some() => tally.met(subject, Evidence::seen(p.at, p.says.clone(), Grade::Active)),
        // Which table it is matters little: that one is named is what locks.
        Some(p) => tally.met(subject, Evidence::seen(p.at, p.says.clone(), Grade::Active)),
        None if open => tally.doubt(
            subject,
            Question::new(
                format!("whether the state of {name} is locked: a file that is not here holds the settings"),
                "add `use_lockfile = true` to the block",
            ),
        ),
        None => {
            let gap = Gap::new(
                "no-lock",
                format!("nothing locks the state of {name} while it is applied"),
                Evidence::noted(backend.at, format!("backend \"{kind}\" without a lock")),
            );
            tally.gap(subject, gap.so("two runs at once write over each other's state"));
        }
    }
}

/// Buckets of every provider encrypt new objects by default; switching it off is a decision.
fn encrypted(backend: &Backend, name: &str, subject: &Subject, tally: &mut Tally) {
    if let Some(p) = backend.setting("encrypt") {
        match p.known().map(String::as_str) {
            Some("true") => tally.met(subject, Evidence::seen(p.at, p.says.clone(), Grade::Active)),
            Some(_) => {
                let gap = Gap::new(
                    "not-encrypted",
                    format!("the state of {name} asks not to be encrypted"),
                    Evidence::noted(p.at, p.says.clone()),
                );
                tally.gap(subject, gap.so("the state holds passwords and keys in plain text"));
            }
            None => tally
                .doubt(subject, Question::new(format!("whether the state of {name} is encrypted: {}", p.says), "write `encrypt = true`")),
        }
    }
    if backend.kind == "http"
        && let Some(p) = backend.setting("address").filter(|p| p.known().is_some_and(|a| a.starts_with("http://")))
    {
        let gap = Gap::new("not-encrypted", format!("the state of {name} travels in plain text"), Evidence::noted(p.at, p.says.clone()));
        tally.gap(subject, gap.so("the state holds passwords and keys in plain text"));
    }
}

/// Whether a damaged state can be replaced by the one before.
fn versioned(backend: &Backend, name: &str, subject: &Subject, tally: &mut Tally) {
    if !BUCKETS.contains(&backend.kind.as_str()) {
        return;
    }
    match &backend.versioned {
        Some(p) if p.on() => {
            tally.met(subject, Evidence::seen(p.at, format!("the bucket keeps former versions: {}", p.says), Grade::Active))
        }
        Some(p) if p.off() => {
            let gap = Gap::new(
                "not-versioned",
                format!("the bucket with the state of {name} keeps no former versions"),
                Evidence::noted(p.at, p.says.clone()),
            );
            tally.gap(subject, gap.so("a state that a run damages is lost, and with it the record of what exists"));
        }
        _ => {
            let bucket = ["bucket", "storage_account_name"].iter().find_map(|n| backend.setting(n)).and_then(|p| p.known());
            let which = bucket.map_or(String::new(), |b| format!(" `{b}`"));
            tally.doubt(
                subject,
                Question::new(
                    format!("whether the bucket{which} with the state of {name} keeps former versions: nothing here declares it"),
                    "declare the bucket with versioning in a root of its own, or attest its settings",
                ),
            );
        }
    }
}

/// Whether environments have a state each.
fn apart(system: &System, root: &IacRoot, backend: &Backend, subject: &Subject, tally: &mut Tally) {
    let mut environments: Vec<EnvironmentWord> =
        root.environments.iter().map(|e| EnvironmentWord::of(&e.value)).filter(|e| *e != EnvironmentWord::Unnamed).collect();
    environments.sort_unstable();
    environments.dedup();
    let key = ["key", "prefix"].iter().find_map(|n| backend.setting(n));
    let workspaces = root.state.workspaces.is_some() || backend.settings.iter().any(|(n, _)| n.starts_with("workspace"));
    let handed = backend.given.iter().any(|g| system.path_at(g.at) != system.path_at(backend.at));
    if environments.len() < 2 || workspaces || handed || MANAGED.contains(&backend.kind.as_str()) {
        return;
    }
    if let Some(key) = key.filter(|k| k.known().is_some()) {
        let mut gap =
            Gap::new("one-key", format!("all environments of {} share one state", title(root)), Evidence::noted(key.at, key.says.clone()));
        gap = root.environments.iter().take(4).fold(gap, |g, e| g.and(Evidence::noted(e.at, format!("values of `{}`", e.value))));
        tally.gap(subject, gap.so("applying one environment's values replaces another's resources"));
    }
}

fn pulumi(root: &IacRoot, subject: &Subject, tally: &mut Tally) {
    let name = title(root);
    match &root.state.backend {
        Some(backend) if backend.kind == "local" => {
            let proof = Evidence::noted(backend.at, backend.settings.first().map_or(String::new(), |(_, p)| p.says.clone()));
            let gap = Gap::new("local-state", format!("{name} keeps its state on the disk of whoever applies it"), proof);
            tally.gap(subject, gap.so("two people apply from two states, and a lost laptop loses the only record of what exists"));
        }
        Some(backend) => {
            let says = backend.settings.first().map_or_else(|| backend.kind.clone(), |(_, p)| p.says.clone());
            tally.met(subject, Evidence::seen(backend.at, says, Grade::Active));
            versioned(backend, name, subject, tally);
        }
        None => tally.doubt(
            subject,
            Question::new(
                format!("where {name} keeps its state: whoever is logged in decides"),
                "write `backend: {url: …}` into Pulumi.yaml, or attest that Pulumi Cloud is used",
            ),
        ),
    }
}
