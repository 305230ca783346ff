//! Whether somebody who sets a service up finds the list of its settings, complete and without values.

use std::collections::BTreeMap;

use plimsoll_base::{Evidence, Gap, Judgement, Location, Tally};
use plimsoll_model::container::{Runtime, ValueSource};
use plimsoll_model::repository::{EnvEntry, EnvFile, Shape};
use plimsoll_model::{Role, Service, ServiceKind, System, folder_of, is_sensitive, is_stand_in, opens};

use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "secrets/env-template", page: include_str!("env_template.md"), check };

/// Fewer settings than this need no list.
const FEW: usize = 3;

/// Variables that the platform, the shell or the framework sets by itself.
#[rustfmt::skip]
const BUILTIN: &[&str] = &[
    "NODE_ENV", "PORT", "CI", "HOME", "PATH", "TZ", "PWD", "USER", "SHELL", "LANG", "TERM", "HOSTNAME", "HOST", "TMPDIR", "TEMP", "TMP", "DEBUG", "NODE_OPTIONS", "MODE", "DEV", "PROD", "SSR", "BASE_URL",
    "APP_ENV", "RAILS_ENV", "RACK_ENV", "ENV", "ENVIRONMENT", "FLASK_ENV", "PYTHONPATH", "PYTHONUNBUFFERED", "LOG_LEVEL", "ANALYZE", "NEXT_RUNTIME", "NEXT_PHASE", "DJANGO_SETTINGS_MODULE", "GOPATH",
    "CARGO_MANIFEST_DIR", "OUT_DIR", "PROFILE", "TARGET", "APPDATA", "LOCALAPPDATA", "USERPROFILE", "DOTNET_RUNNING_IN_CONTAINER", "ASPNETCORE_ENVIRONMENT", "DISPLAY", "EDITOR", "NO_COLOR", "FORCE_COLOR",
    "COLUMNS", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "WEB_CONCURRENCY", "REQUEST_METHOD", "REMOTE_ADDR", "HTTP_HOST", "SERVER_NAME", "REQUEST_URI", "SCRIPT_NAME", "DOCUMENT_ROOT", "HTTPS",
];
const BUILTIN_STARTS: &[&str] = &[
    "VERCEL",
    "npm_",
    "GITHUB_",
    "GITLAB_",
    "CI_",
    "RAILWAY_",
    "RENDER_",
    "FLY_",
    "DYNO",
    "AWS_LAMBDA_",
    "AWS_EXECUTION_",
    "AWS_CONTAINER_",
    "KUBERNETES_",
    "VITEST",
    "JEST_",
    "PYTEST_",
    "CARGO_",
    "HTTP_",
    "SERVER_",
    "HEROKU_",
    "NETLIFY",
    "CF_",
    "ECS_",
    "__",
];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let stores = |k: ServiceKind| matches!(k, ServiceKind::Datastore | ServiceKind::Cache | ServiceKind::Broker);
    for service in system.owned().filter(|s| !stores(s.kind)) {
        judge(system, service, &mut tally);
    }
    tally.finish(|| Evidence::sought("service of this repository that reads three or more settings", system.scopes(&["**"])))
}

fn judge(system: &System, service: &Service, tally: &mut Tally) {
    let subject = service.subject();
    let folder = service.source_root(system).unwrap_or_default();
    let needed = needed(system, service, &folder);
    if needed.len() < FEW {
        tally.not_applicable(Evidence::noted(service.at, format!("{} reads too few settings for a list: {}", service.name, needed.len())));
        return;
    }
    let templates = templates(system, &folder);
    let listed: Vec<(&str, Location, &EnvFile)> =
        templates.iter().flat_map(|t| t.entries.iter().map(move |e| (e.name.as_str(), e.at, *t))).collect();
    let Some(first) = templates.first() else {
        let (name, at) = needed.iter().next().map(|(n, at)| (n.clone(), *at)).unwrap_or((String::new(), service.at));
        tally.gap(
            &subject,
            Gap::new(
                "no-template",
                format!("nothing lists the {} settings that {} reads", needed.len(), service.name),
                Evidence::noted(at, format!("reads {name}")),
            )
            .and(Evidence::sought(
                "template of an env file",
                system.scopes(&["**/*env*example*", "**/*env*sample*", "**/*env*template*", "**/app.json"]),
            ))
            .so("whoever sets the service up learns of each setting from a failure"),
        );
        return;
    };
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let missing: Vec<(&String, &Location)> = needed.iter().filter(|(n, _)| !listed.iter().any(|(l, ..)| same(l, n))).collect();
    let covered = needed.len() - missing.len();
    if covered * 2 < needed.len() && covered < FEW {
        // A list of something else, a framework's own sample for instance.
        tally.gap(
            &subject,
            Gap::new(
                "no-template",
                format!("{} lists {covered} of the {} settings that {} reads", first.path, needed.len(), service.name),
                Evidence::noted(Location::whole(first.file), "another list"),
            )
            .so("whoever sets the service up learns of each setting from a failure"),
        );
        return;
    }
    tally.met(
        &subject,
        Evidence::noted(
            Location::whole(first.file),
            format!("lists {covered} of the {} settings that {} reads", needed.len(), service.name),
        ),
    );
    if covered * 10 < needed.len() * 9 {
        let names: Vec<&str> = missing.iter().take(6).map(|(n, _)| n.as_str()).collect();
        let more = if missing.len() > names.len() { format!(" and {} more", missing.len() - names.len()) } else { String::new() };
        let mut gap = Gap::new(
            "drift",
            format!("not listed though read: {}{more}", names.join(", ")),
            Evidence::noted(Location::whole(first.file), format!("{} of {} listed", covered, needed.len())),
        )
        .so("a set-up made from the list lacks them");
        for (name, at) in missing.iter().take(6) {
            gap = gap.and(Evidence::noted(**at, format!("reads {name}")));
        }
        for (name, at, file) in unread(system, &listed).into_iter().take(4) {
            gap = gap.and(Evidence::noted(at, format!("{} lists {name}, of which no reader was seen", file.path)));
        }
        tally.gap(&subject, gap);
    }
    for file in &templates {
        let real = system.credentials().iter().find(|c| {
            let f = &c.finding;
            c.path == file.path && !f.placeholder && !f.weak && !f.documented_example && !f.public_identifier && f.shape == Shape::Random
        });
        if let Some(c) = real {
            let name = c.finding.key.clone().unwrap_or_default();
            tally.gap(
                &subject,
                Gap::new(
                    "value-in-template",
                    format!("{} holds a value for {name} that looks real", file.path),
                    Evidence::noted(c.at, format!("{name} = {}", c.finding.masked)),
                )
                .so("what was copied from a real set-up still opens it"),
            );
        }
    }
}

/// What the service is configured by: what its source reads and what its declaration asks for from outside.
fn needed(system: &System, service: &Service, folder: &str) -> BTreeMap<String, Location> {
    let mut needed = BTreeMap::new();
    // Where the cloud alone runs it and its folder has no list, what the declaration sets need not be known elsewhere.
    let listed = system.env_files().iter().any(|f| f.template && folder_of(&f.path) == folder);
    let by_hand = listed || !matches!(service.runtime, Runtime::Ecs | Runtime::Function | Runtime::Kubernetes);
    for read in service.env_reads(system) {
        let tool = ["config", "test", "setup"].iter().any(|w| {
            read.path.rsplit('/').next().is_some_and(|n| {
                n.contains(&format!("{w}."))
                    && (n.starts_with("vite") || n.starts_with("jest") || n.starts_with("playwright") || n.starts_with("cypress"))
            })
        });
        let counted = !builtin(&read.name) && !tool && !read.path.split('/').any(|p| matches!(p, "scripts" | "script" | "tools" | "bin"));
        if counted {
            needed.entry(read.name.clone()).or_insert(read.at);
        }
    }
    for variable in &service.environment {
        let asked: Vec<&str> = match &variable.value {
            ValueSource::PassedThrough => vec![&variable.name],
            ValueSource::Interpolated { variables, .. } => variables.iter().map(|v| v.name.as_str()).collect(),
            _ => Vec::new(),
        };
        // What the declaration sets by itself is set; what it takes from outside must be known outside.
        if !asked.is_empty() {
            needed.remove(&variable.name);
        }
        for name in asked.into_iter().filter(|n| !builtin(n)) {
            needed.entry(name.to_owned()).or_insert(variable.at);
        }
        let set = matches!(
            variable.value,
            ValueSource::Literal(_) | ValueSource::SecretRef(_) | ValueSource::ConfigRef(_) | ValueSource::Unresolved
        );
        if set && !by_hand {
            needed.remove(&variable.name);
        }
    }
    needed
}

fn builtin(name: &str) -> bool {
    BUILTIN.contains(&name) || BUILTIN_STARTS.iter().any(|s| name.starts_with(s))
}

/// Templates in the service's folder, above it or below it; the nearest first.
fn templates<'a>(system: &'a System, folder: &str) -> Vec<&'a EnvFile> {
    let below = |f: &str| folder.is_empty() || f == folder || f.starts_with(&format!("{folder}/"));
    let above = |f: &str| f.is_empty() || folder == f || folder.starts_with(&format!("{f}/"));
    let side = |f: &str| {
        folder_of(f) == folder_of(folder)
            && matches!(f.rsplit('/').next(), Some("docker" | "deploy" | "config" | "env" | "envs" | "infra" | "deployment"))
    };
    let mut found: Vec<&EnvFile> = system
        .env_files()
        .iter()
        .filter(|f| f.entries.len() > 1 && (f.template || serves_as_list(f)))
        .filter(|f| !matches!(system.file(&f.path).map(|h| h.role), Some(Role::Test | Role::Fixture | Role::Vendored | Role::Generated)))
        .filter(|f| below(folder_of(&f.path)) || above(folder_of(&f.path)) || side(folder_of(&f.path)))
        .collect();
    found.sort_by_key(|f| (folder_of(&f.path).len().abs_diff(folder.len()), f.path.len()));
    found
}

/// An env file in git that holds nothing but names and stand-ins: a template under the file's own name.
fn serves_as_list(file: &EnvFile) -> bool {
    let value = |e: &EnvEntry| is_sensitive(&e.name) && opens(&e.name, &e.value) && !is_stand_in(&e.value);
    file.tracked != Some(false) && !file.entries.iter().any(|e| !e.commented && value(e))
}

/// Names that a template lists and nothing reads, interpolates or passes on.
fn unread<'a>(system: &System, listed: &[(&'a str, Location, &'a EnvFile)]) -> Vec<(&'a str, Location, &'a EnvFile)> {
    let passed = |name: &str| {
        system.deployments().iter().flat_map(|d| &d.workloads).any(|w| {
            w.environment.iter().any(|v| {
                v.name == name
                    || matches!(&v.value, ValueSource::Interpolated { variables, .. } if variables.iter().any(|i| i.name == name))
            })
        })
    };
    listed.iter().filter(|(n, ..)| !system.env_reads().iter().any(|r| r.name.eq_ignore_ascii_case(n)) && !passed(n)).copied().collect()
}
