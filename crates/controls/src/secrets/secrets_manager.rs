//! Whether each service's secrets come from a store that keeps them, and not from what declares the service.

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::container::{Runtime, SecretStore, ValueSource, Variable};
use plimsoll_model::{Capability, DeploymentKind, Service, SignSource, System, holds_password, is_sensitive, is_stand_in, opens};

use super::exposure::{Exposed, exposed};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "secrets/secrets-manager", page: include_str!("secrets_manager.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    let found = exposed(system);
    for service in system.services() {
        judge(system, service, &found, &mut tally);
    }
    tally.finish(|| Evidence::sought("variable that must be kept secret", system.deployment_scope()))
}

/// How a secret reaches a service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Store,
    Host,
    Object,
    File,
    Open,
}

fn judge(system: &System, service: &Service, found: &[Exposed<'_>], tally: &mut Tally) {
    let subject = service.subject();
    let mut ways: Vec<(Way, Location, String)> = Vec::new();
    for variable in &service.environment {
        ways.extend(way(service, variable));
    }
    for secret in &service.secrets {
        let name = shown(&secret.name);
        let (way, says) = match &secret.store {
            SecretStore::Managed(store) => (Way::Store, format!("{name} from {store}")),
            SecretStore::Encrypted(tool) => (Way::Store, format!("{name} is encrypted by {tool}")),
            SecretStore::Orchestrator if service.runtime == Runtime::Kubernetes => {
                (Way::Object, format!("{name} is a Secret object that nothing here fills"))
            }
            SecretStore::Orchestrator => (Way::Store, format!("{name} from the orchestrator's secret store")),
            SecretStore::File(path) if service.runtime == Runtime::Kubernetes => {
                (Way::Open, format!("{name} is a Secret with its data in {path}"))
            }
            SecretStore::File(path) => (Way::File, format!("{name} is the file {path}")),
            SecretStore::Environment(variable) => (Way::Host, format!("{name} from the variable {variable} of whoever starts it")),
            SecretStore::Unresolved => {
                tally
                    .doubt(&subject, Question::new(format!("what holds the secret {name}"), "declare it, or name the store that holds it"));
                continue;
            }
        };
        ways.push((way, secret.at, says));
    }
    for file in service.env_files.iter().filter(|f| !f.exists) {
        ways.push((Way::Host, file.at, format!("variables from {} on the host", file.path)));
    }
    ways.extend(in_source(system, service, found));
    if let Some((at, says)) = wrapped(system, service) {
        ways.push((Way::Store, at, says));
    }
    ways.sort_by_key(|(way, at, _)| (std::cmp::Reverse(*way), *at));
    ways.dedup();
    if ways.is_empty() {
        nothing_handed_over(system, service, &subject, tally);
        return;
    }
    // A secret that stands in the open leaves nothing that holds for this service, however the others come.
    let open = ways.iter().any(|(w, ..)| *w == Way::Open);
    for (way, at, says) in &ways {
        if !open {
            tally.met(&subject, Evidence::seen(*at, says.clone(), Grade::Active));
        }
        let gap = |kind: &'static str, text: &str, so: &str| Gap::new(kind, text, Evidence::noted(*at, says.clone())).so(so);
        match way {
            Way::Store => {}
            Way::Host => tally.gap(
                &subject,
                gap(
                    "secrets-on-host",
                    "secrets come from an env file or the shell of whoever starts it",
                    "they lie in the clear on the host, are copied by hand and leave no trace of who read them",
                ),
            ),
            Way::Object => tally.gap(
                &subject,
                gap(
                    "hand-made-secret",
                    "secrets come from a Secret object that is made by hand",
                    "its source, its history and who may read it are known to nobody",
                ),
            ),
            Way::File => {
                tally.gap(
                    &subject,
                    gap(
                        "secret-file",
                        "secrets come from files beside the declaration",
                        "they lie in the clear on the host and are copied by hand",
                    ),
                );
            }
            Way::Open => tally.gap(
                &subject,
                gap(
                    "secret-in-manifest",
                    "a secret's value stands in what declares the service",
                    "everyone who can read the repository can use it, and changing it takes a commit",
                ),
            ),
        }
    }
}

/// How a variable that must be kept secret gets its value; none for one that need not.
fn way(service: &Service, variable: &Variable) -> Option<(Way, Location, String)> {
    let name = &variable.name;
    let sensitive = is_sensitive(name);
    let found = |way: Way, says: String| Some((way, variable.at, says));
    match &variable.value {
        ValueSource::Literal(value) => {
            (sensitive && opens(name, value) || holds_password(value)).then(|| (Way::Open, variable.at, format!("{name} is a literal")))
        }
        ValueSource::Interpolated { raw, variables, .. } => {
            let secret = |n: &str| is_sensitive(n);
            let carried: Vec<_> = variables.iter().filter(|v| secret(&v.name) || sensitive && variables.len() == 1).collect();
            if let Some(v) = carried
                .iter()
                .find(|v| v.from_file.is_none() && v.default.as_deref().is_some_and(|d| opens(&v.name, d) || sensitive && opens(name, d)))
            {
                return found(Way::Open, format!("{name} has a default here when {} is not set", v.name));
            }
            let committed = |v: &&&plimsoll_model::container::Interpolation| {
                v.from_file.as_ref().is_some_and(|(_, value)| opens(&v.name, value) && !is_stand_in(value))
            };
            if let Some(v) = carried.iter().find(committed) {
                return found(Way::Open, format!("{name} takes {} from an env file in the repository", v.name));
            }
            match carried.first() {
                Some(v) if v.from_file.is_some() => {
                    found(Way::Host, format!("{name} from an env file in which {} is still to be filled in", v.name))
                }
                Some(v) if v.default.is_none() || v.required => {
                    found(Way::Host, format!("{name} from the variable {} of whoever starts it", v.name))
                }
                Some(v) if v.default.as_deref() == Some("") => {
                    found(Way::Host, format!("{name} from the variable {} of whoever starts it", v.name))
                }
                _ if carried.is_empty() && holds_password(raw) => found(Way::Open, format!("{name} holds a literal password")),
                _ => None,
            }
        }
        ValueSource::PassedThrough if sensitive => found(Way::Host, format!("{name} from the environment of whoever starts it")),
        // An object's secrets are judged with the object; a function or container service names its store.
        ValueSource::SecretRef(from) if service.secrets.is_empty() => found(Way::Store, format!("{name} from {from}")),
        ValueSource::ConfigRef(from) if sensitive && service.runtime == Runtime::Platform => {
            found(Way::Store, format!("{name} from the platform: {from}"))
        }
        ValueSource::ConfigRef(from) if sensitive => found(Way::Open, format!("{name} from the config object {from}")),
        ValueSource::EnvFile { path, value } if sensitive && is_stand_in(value) => {
            found(Way::Host, format!("{name} is still to be filled in in {path}"))
        }
        ValueSource::EnvFile { path, value } if sensitive && opens(name, value) => found(Way::Open, format!("{name} stands in {path}")),
        _ => None,
    }
}

/// A start command that fetches secrets from a store before it starts the program.
fn wrapped(system: &System, service: &Service) -> Option<(Location, String)> {
    let definition = service.image_definition(system).map(|d| d.path.as_str());
    let declared = system.deployment().map(|d| d.files.as_slice()).unwrap_or_default();
    system.signs_of(Capability::SecretStore).filter(|s| s.grade >= Grade::Wired).find_map(|sign| {
        let SignSource::Command { path } = &sign.source else { return None };
        let own = definition == Some(path)
            || declared.contains(path)
                && service.command.iter().chain(&service.entrypoint).any(|c| c.at.file == sign.at.file && within(c.at, sign.at));
        own.then(|| (sign.at, format!("{} hands them over at the start: {}", sign.technology, sign.says)))
    })
}

fn within(outer: Location, inner: Location) -> bool {
    match (outer.span, inner.span) {
        (Some(o), Some(i)) => o.start <= i.start && i.end <= o.end,
        _ => true,
    }
}

/// A service to which the declaration hands no secret: it needs none, its platform keeps them, or nothing tells how they arrive.
fn nothing_handed_over(system: &System, service: &Service, subject: &Subject, tally: &mut Tally) {
    let Some(read) = read_secret(system, service) else {
        tally.not_applicable(Evidence::noted(service.at, format!("{} is handed no secret, and its source reads none", service.name)));
        return;
    };
    let asks = format!("{} from outside", read.0);
    if service.runtime == Runtime::Platform {
        tally.met(
            subject,
            Evidence::seen(
                service.at,
                format!("{} comes from the platform's own store of variables: its file holds none", read.0),
                Grade::Active,
            ),
        );
        return;
    }
    // The SDK of a store is there; nothing here tells that it is called before the first use.
    let packages: Vec<&str> = service.packages(system).iter().map(|p| p.path.as_str()).collect();
    let sdk = system
        .signs_of(Capability::SecretStore)
        .find(|s| matches!(&s.source, SignSource::Dependency { manifest, dev: false } if packages.contains(&manifest.as_str())));
    if let Some(sdk) = sdk {
        tally.met(subject, Evidence::seen(sdk.at, format!("{} is a dependency", sdk.technology), Grade::Declared));
        return;
    }
    let undescribed = system.deployment().is_some_and(|d| matches!(d.kind, DeploymentKind::Image | DeploymentKind::Process));
    let settle = if undescribed {
        "add the file that starts it, or attest where its secrets are kept"
    } else {
        "hand it over from a secret store in the declaration, or attest where it comes from"
    };
    tally.doubt(subject, Question::new(format!("how {} gets {asks}", service.name), settle));
}

/// A variable that must be kept secret and that the service's own source reads: one without a default where the declaration says
/// what is handed over, any where nothing says so.
fn read_secret(system: &System, service: &Service) -> Option<(String, Location)> {
    let described = service.runtime != Runtime::Process;
    let role = matches!(service.runtime, Runtime::Ecs | Runtime::Function);
    let reads = service.env_reads(system);
    let mut wanted = reads.iter().filter(|r| is_sensitive(&r.name) && !(described && r.defaulted));
    // Where the cloud gives a role, these are only the developer's.
    wanted.find(|r| !(role && r.name.starts_with("AWS_"))).map(|r| (r.name.clone(), r.at))
}

/// Secrets with a value in the service's own source and configuration, unless the declaration sets them.
fn in_source(system: &System, service: &Service, found: &[Exposed<'_>]) -> Vec<(Way, Location, String)> {
    const KINDS: &[&str] = &["live-secret", "signing-key-default", "secret-in-code", "credential-in-config", "secret-in-image"];
    let on_host = service.env_files.iter().any(|e| !e.exists);
    let set = |name: &str| service.environment.iter().any(|v| v.name == name);
    let mut ways = Vec::new();
    for e in found.iter().filter(|e| KINDS.contains(&e.kind)) {
        let f = &e.credential.finding;
        let replaced = f.default_of.is_some() && on_host || f.default_of.as_deref().or(f.key.as_deref()).is_some_and(set);
        if !replaced && service.owns_file(system, &e.credential.path) {
            ways.push((Way::Open, e.credential.at, format!("{} has a value in {}", e.name(), e.credential.path)));
        }
    }
    ways
}

/// A Secret's name, where a chart computes it.
fn shown(name: &str) -> String {
    if name.contains("{{") { "what the chart names".to_owned() } else { name.to_owned() }
}
