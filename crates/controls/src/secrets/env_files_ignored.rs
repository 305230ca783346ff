//! Whether a filled-in env file can slip into git or into an image.

use std::collections::BTreeMap;

use plimsoll_base::{Evidence, Gap, Judgement, Location, Subject, Tally};
use plimsoll_model::compose::EnvironmentWord;
use plimsoll_model::container::ValueSource;
use plimsoll_model::dockerfile::Stage;
use plimsoll_model::image::{BuiltImage, copies};
use plimsoll_model::packages::Package;
use plimsoll_model::repository::{ArtefactKind, EnvEntry};
use plimsoll_model::{DeploymentKind, Role, System, folder_of, is_local_host, is_sensitive, is_stand_in, join, opens};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "secrets/env-files-ignored", page: include_str!("env_files_ignored.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let used = used(system);
    let mut escaping: Vec<(&String, &(Location, String))> = Vec::new();
    let published = tracked(system, &subject, &mut tally);
    for (path, why) in &used {
        match system.git_ignores(path) {
            // A filled-in file in git is not mended by rules: git goes on tracking it.
            Some(rule) if !published => tally.met(&subject, Evidence::noted(rule, format!("keeps {path} out of git"))),
            Some(_) => {}
            None => escaping.push((path, why)),
        }
    }
    plans(system, &subject, &mut tally);
    if let Some((path, (at, says))) = escaping.first() {
        let more = if escaping.len() > 1 { format!(" and {} more", escaping.len() - 1) } else { String::new() };
        let mut gap = Gap::new("name-not-ignored", format!("no rule keeps {path}{more} out of git"), Evidence::noted(*at, says.clone()))
            .so("one `git add .` publishes the filled-in file, and history keeps it");
        for (path, (at, says)) in escaping.iter().skip(1).take(7) {
            gap = gap.and(Evidence::noted(*at, format!("{path}: {says}")));
        }
        tally.gap(&subject, gap.and(Evidence::sought("rule that covers it", system.scopes(&["**/.gitignore"]))));
    }
    images(system, &used, published, &subject, &mut tally);
    tally.finish(|| {
        Evidence::sought(
            "env file, a template of one or anything that reads one",
            system.scopes(&["**/.env*", "**/*compose*.y*ml", "**/*.tfvars"]),
        )
    })
}

/// Names of env files in use, with the place that shows it. Development's names count: whatever is filled in must stay out.
fn used(system: &System) -> BTreeMap<String, (Location, String)> {
    let mut used: BTreeMap<String, (Location, String)> = BTreeMap::new();
    let mut add = |path: String, at: Location, says: String| {
        used.entry(path).or_insert((at, says));
    };
    for file in system.env_files() {
        let role = system.file(&file.path).map_or(Role::Product, |f| f.role);
        if matches!(role, Role::Test | Role::Fixture | Role::Vendored | Role::Generated) {
            continue;
        }
        if file.template {
            if let Some(path) = filled(system, &file.path) {
                add(path, Location::whole(file.file), format!("{} is copied to it and filled in", file.path));
            }
        } else if file.tracked == Some(false) {
            add(file.path.clone(), Location::whole(file.file), "it lies here, untracked".into());
        }
    }
    let shown =
        |path: &String| system.file(path).is_some_and(|f| matches!(f.role, Role::Test | Role::Fixture | Role::Example | Role::Docs));
    for deployment in system.deployments().iter().filter(|d| d.files.is_empty() || !d.files.iter().all(shown)) {
        for workload in &deployment.workloads {
            for file in workload.env_files.iter().filter(|f| !f.exists) {
                add(file.path.clone(), file.at, format!("{} reads it", workload.name));
            }
            let folder = deployment.files.first().map(|f| folder_of(f)).unwrap_or_default();
            let open = workload.environment.iter().find(|v| matches!(&v.value, ValueSource::Interpolated { variables, .. } if variables.iter().any(|i| i.default.is_none() && i.from_file.is_none())));
            let fills = (deployment.kind == DeploymentKind::Compose)
                .then(|| join(folder, ".env"))
                .flatten()
                .filter(|path| system.file(path).is_none());
            if let (Some(variable), Some(path)) = (open, fills) {
                add(path, variable.at, format!("Compose fills {} from it", variable.name));
            }
        }
    }
    for package in system.packages().iter().filter(|p| p.product) {
        let Some((at, name)) = reader(package) else { continue };
        // It may as well read one further up: another name is only added where none is known.
        let above = |path: &str| {
            folder_of(path).is_empty() || folder_of(path) == package.folder || package.folder.starts_with(&format!("{}/", folder_of(path)))
        };
        let names = |f: &plimsoll_model::repository::EnvFile| above(&f.path) && (f.template || f.path.rsplit('/').next() == Some(".env"));
        let known = used.keys().any(|p| above(p)) || system.env_files().iter().any(names);
        if let (false, Some(path)) = (known, join(&package.folder, ".env")) {
            used.entry(path).or_insert((at, format!("{name} reads it")));
        }
    }
    used
}

/// Libraries that read `.env` when the program starts.
fn reader(package: &Package) -> Option<(Location, String)> {
    const READERS: &[&str] = &[
        "dotenv",
        "python-dotenv",
        "pydantic-settings",
        "django-environ",
        "environs",
        "python-decouple",
        "dotenv-rails",
        "github.com/joho/godotenv",
        "dotenvy",
        "vlucas/phpdotenv",
        "symfony/dotenv",
        "dotenv-flow",
        "dotenv-expand",
        "@nestjs/config",
    ];
    package.dependencies.iter().find(|d| READERS.contains(&d.name.as_str())).map(|d| (d.at, d.name.clone()))
}

/// The file that a template is copied to.
fn filled(system: &System, template: &str) -> Option<String> {
    let (folder, name) = (folder_of(template), template.rsplit('/').next().unwrap_or(template));
    let marks = ["example", "sample", "template", "dist", "tpl", "default", "defaults", "skel"];
    let parts: Vec<&str> = name.split('.').filter(|p| !marks.contains(&p.to_ascii_lowercase().as_str())).collect();
    let name = parts.join(".");
    if name.is_empty() || name == "." {
        return join(folder, ".env");
    }
    let path = join(folder, &name)?;
    // `env.sample` becomes `env` or `.env`: one of them that is kept out suffices.
    let dotted = join(folder, &format!(".{name}"))?;
    if !name.starts_with('.') && system.git_ignores(&path).is_none() && system.git_ignores(&dotted).is_some() {
        Some(dotted)
    } else {
        Some(path)
    }
}

/// Env files in git that set secrets; whether one of them is filled in.
fn tracked(system: &System, subject: &Subject, tally: &mut Tally) -> bool {
    let mut published = false;
    let mut harmless = Vec::new();
    for file in system.env_files().iter().filter(|f| !f.template && f.tracked != Some(false)) {
        let role = system.file(&file.path).map_or(Role::Product, |f| f.role);
        if matches!(role, Role::Test | Role::Fixture | Role::Example | Role::Vendored | Role::Generated | Role::Docs) {
            continue;
        }
        let development = EnvironmentWord::of(&file.path) == EnvironmentWord::Development;
        let finding = |at: Location| {
            system
                .credentials()
                .iter()
                .find(|c| c.path == file.path && c.at.span.zip(at.span).is_some_and(|(c, e)| e.start <= c.start && c.end <= e.end))
        };
        let usable = |at: Location| finding(at).is_some_and(|c| !c.finding.placeholder && !c.finding.weak && !c.finding.public_identifier);
        let held = file
            .entries
            .iter()
            .find(|e| !e.commented && is_sensitive(&e.name) && opens(&e.name, &e.value) && (!development || usable(e.at)));
        if let Some(entry) = held {
            // A template that was committed under the file's own name: stand-ins, and guesses for the developer's machine.
            let stand_in = |e: &EnvEntry| {
                finding(e.at).map_or(is_stand_in(&e.value), |c| {
                    c.finding.placeholder || c.finding.weak && c.finding.host.as_deref().is_some_and(is_local_host)
                })
            };
            published |= file.entries.iter().any(|e| !e.commented && is_sensitive(&e.name) && opens(&e.name, &e.value) && !stand_in(e));
            tally.gap(
                subject,
                Gap::new(
                    "tracked-env-file",
                    format!("{} is in git and sets {}", file.path, entry.name),
                    Evidence::noted(entry.at, format!("{} has a value", entry.name)),
                )
                .so("what is filled in there is published with the next commit, whatever the ignore rules say"),
            );
        } else {
            harmless.push(Evidence::noted(Location::whole(file.file), format!("{} holds nothing that must be kept secret", file.path)));
        }
    }
    if tally.is_empty() {
        harmless.into_iter().for_each(|evidence| tally.met(subject, evidence));
    }
    published
}

/// Plans and states are archives of everything that the infrastructure knows, secrets included.
fn plans(system: &System, subject: &Subject, tally: &mut Tally) {
    for artefact in system.artefacts().iter().filter(|a| matches!(a.kind, ArtefactKind::Plan | ArtefactKind::State)) {
        let what = if artefact.kind == ArtefactKind::Plan { "plan" } else { "state" };
        tally.gap(
            subject,
            Gap::new(
                "tracked-plan",
                format!("the Terraform {what} {} is in git", artefact.path),
                Evidence::noted(Location::whole(artefact.file), format!("a Terraform {what}")),
            )
            .so("it holds every value of the infrastructure, passwords included, in the clear"),
        );
    }
}

/// Images that take a whole folder in which an env file may lie.
fn images(system: &System, used: &BTreeMap<String, (Location, String)>, published: bool, subject: &Subject, tally: &mut Tally) {
    for service in system.owned() {
        let (Some(image), Some(context)) = (service.built_image(system), service.build_context(system)) else { continue };
        let within = |path: &str| {
            if context.folder.is_empty() {
                Some(path.to_owned())
            } else {
                path.strip_prefix(&context.folder)?.strip_prefix('/').map(str::to_owned)
            }
        };
        let Some(at) = takes_everything(&image) else { continue };
        let inside: Vec<(&String, String)> = used.keys().filter_map(|p| Some((p, within(p)?))).collect();
        let Some((entering, _)) = inside.iter().find(|(_, i)| context.excluded(i).is_none()) else {
            if let Some((path, rule)) = inside.iter().find_map(|(p, i)| Some((p, context.excluded(i)?))).filter(|_| !published) {
                tally.met(subject, Evidence::noted(rule, format!("keeps {path} out of the image of {}", service.name)));
            }
            continue;
        };
        tally.gap(
            subject,
            Gap::new(
                "env-file-enters-image",
                format!("the image of {} takes {entering} along when it lies there", service.name),
                Evidence::noted(at, "copies the whole context"),
            )
            .and(Evidence::sought("rule that leaves it out", system.scopes(&["**/.dockerignore", "**/*.dockerignore"])))
            .so("everyone who can pull the image can read it"),
        );
    }
}

/// Where an image copies its whole context: into the stage that runs, or into one whose working folder that stage takes over.
fn takes_everything(image: &BuiltImage<'_>) -> Option<Location> {
    let whole = |stage: &Stage| {
        copies(stage)
            .find(|(c, _)| c.from.is_none() && !c.heredoc && c.sources.iter().any(|s| matches!(s.as_str(), "." | "./" | "*")))
            .map(|(_, span)| image.at(span))
    };
    let chain = image.chain();
    if let Some(at) = chain.iter().find_map(|s| whole(s)) {
        return Some(at);
    }
    let file = &image.definition.dockerfile;
    chain.iter().flat_map(|s| copies(s)).find_map(|(copy, _)| {
        let from = file.target(Some(copy.from.as_deref()?))?;
        let folder = file.effective_workdir(from)?.0;
        let taken = copy.sources.iter().any(|s| s.trim_end_matches(['/', '.']) == folder.trim_end_matches('/'));
        if taken { file.chain(from).iter().find_map(|s| whole(s)) } else { None }
    })
}
