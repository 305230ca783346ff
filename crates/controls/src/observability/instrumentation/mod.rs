//! Whether a service is instrumented: which library or agent is set up in what it runs, and whether that has the inputs it needs.

mod agent;
mod condition;
mod input;

use plimsoll_base::{Evidence, Gap, Grade, Location, Question, Scope, Subject, Tally};
use plimsoll_model::technology::CodeSign;
use plimsoll_model::{Capability, Program, Service, ServiceKind, Sign, SignSource, System};

pub(super) use self::input::{Argument, argument};

const SETTLE: &str = "attest it with a picture of what arrived from production, or make the start command and the code behind it readable";

/// What shows, or does not show, a capability of a service.
pub(super) enum Finding {
    /// Set up in what runs, with the inputs that it needs.
    Active(Location, String),
    /// There, and nothing comes of it: what there is, how far it got, and why it is silent.
    Dormant {
        /// Where it stands.
        at: Location,
        /// What there is.
        says: String,
        /// How far it got.
        grade: Grade,
        /// Why nothing comes of it.
        lacks: String,
        /// What shows that.
        why: Evidence,
    },
    /// Not decided by what was read.
    Open(Question),
    /// Nothing, where everything was seen.
    Absent(Evidence),
}

/// The services of the repository's own that are instrumented where anything is: what keeps, watches, forwards or ends at once is none. Files for
/// browsers count where they carry a program.
pub(super) fn subjects(system: &System, browsers: bool) -> Vec<&Service> {
    use ServiceKind::{Function, Other, Scheduler, Static, Web, Worker};
    let kind = |s: &&Service| match s.kind {
        Web | Worker | Scheduler | Function | Other => true,
        Static => browsers && scripted(system, s),
        _ => false,
    };
    system.owned().filter(|s| !s.helper()).filter(kind).collect()
}

/// Whether the files that a service gives to browsers carry a program that was read.
fn scripted(system: &System, service: &Service) -> bool {
    system.program(service).is_some_and(|p| p.modules.len() > 1)
}

/// What is asked of a service of which not everything was seen; `what` completes "whether `api` …".
pub(super) fn unseen(system: &System, service: &Service, what: &str) -> Question {
    let name = &service.name;
    let missing = match system.program(service) {
        None => format!("whether `{name}` {what}: no code of it was found in a language that is read"),
        Some(program) => match program.doubts.first() {
            Some((at, why)) => format!("whether `{name}` {what}: {why} ({})", system.path_at(*at)),
            None => format!("whether `{name}` {what}: what it starts with was not found"),
        },
    };
    Question::new(missing, SETTLE)
}

/// How a service shows a capability. `what` completes "whether `api` …"; `accepts` says of a reached call whether it shows it at all, so that a call
/// which does several things can be asked for one of them.
pub(super) fn instrumentation(
    system: &System,
    service: &Service,
    capability: Capability,
    what: &str,
    accepts: &dyn Fn(&Program, &CodeSign) -> Option<Finding>,
) -> Finding {
    let mut found = agent::found(system, service, capability);
    if let Some(program) = system.program(service) {
        let of_service = |s: &&CodeSign| s.capability == capability && within(&program.root, &system.code().module(s.call.module).path);
        for sign in program.showing(system, capability) {
            found.push(accepts(program, sign).unwrap_or_else(|| input::reached(system, service, program, sign)));
        }
        if found.is_empty() {
            for sign in system.code_signs().iter().filter(of_service) {
                found.push(match (built_in(system, program, sign), program.closed()) {
                    (true, _) => accepts(program, sign).unwrap_or_else(|| input::reached(system, service, program, sign)),
                    (false, true) => unloaded(system, program, sign),
                    (false, false) => Finding::Open(unseen(system, service, what)),
                });
            }
        }
    }
    if found.is_empty() {
        found.extend(declared(system, service, capability, what));
    }
    let best = found.into_iter().min_by_key(|f| match f {
        Finding::Active(..) => 0,
        Finding::Open(_) => 1,
        Finding::Dormant { .. } => 2,
        Finding::Absent(_) => 3,
    });
    best.unwrap_or_else(|| absent(system, service, what))
}

/// Nothing shows it: proof of absence where everything that runs was seen, or where the manifests that would list a library list none.
fn absent(system: &System, service: &Service, what: &str) -> Finding {
    let listed = service.packages(system).iter().any(|p| !p.dependencies.is_empty());
    match system.program(service) {
        Some(program) if program.closed() || listed && !program.modules.is_empty() => {
            Finding::Absent(Evidence::sought(format!("a library or agent by which `{}` {what}", service.name), scopes(system, service)))
        }
        _ => Finding::Open(unseen(system, service, what)),
    }
}

/// Where a library would be listed or started.
pub(super) fn scopes(system: &System, service: &Service) -> Vec<Scope> {
    let mut scopes: Vec<Scope> = service.packages(system).iter().take(3).map(|p| system.scope(&p.path)).collect();
    if let Some(program) = system.program(service) {
        let root = if program.root.is_empty() { String::new() } else { format!("{}/", program.root) };
        scopes.push(system.scope(&format!("{root}**/*.{{js,mjs,cjs,ts,mts,tsx,jsx,svelte,vue,py}}")));
    }
    scopes.extend(system.deployment_scope());
    scopes
}

fn within(root: &str, path: &str) -> bool {
    root.is_empty() || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether a build step loads a module by its name: `withSentryConfig` takes in `sentry.client.config.ts`.
fn built_in(system: &System, program: &Program, sign: &CodeSign) -> bool {
    let code = system.code();
    let path = &code.module(sign.call.module).path;
    let name = path.rsplit('/').next().unwrap_or_default();
    let own = name.starts_with("sentry.") && name.contains(".config.") || name.starts_with("instrumentation");
    let wrapped = || code.calls_of("@sentry/nextjs.withSentryConfig").iter().any(|c| within(&program.root, &code.module(c.module).path));
    own && wrapped()
}

fn unloaded(system: &System, program: &Program, sign: &CodeSign) -> Finding {
    let code = system.code();
    let at = code.call_at(sign.call);
    let path = &code.module(sign.call.module).path;
    let lacks = if program.loads(sign.call.module) {
        format!("{} is set up in a function of {path} that nothing calls", sign.technology)
    } else {
        format!("{} is set up in {path}, which nothing that runs loads", sign.technology)
    };
    let entries = program.entries.iter().map(|e| Scope { glob: code.module(e.module).path.clone(), files: 1 }).collect();
    let why = Evidence::sought(format!("a way from the start to {path}"), entries);
    Finding::Dormant { at, says: format!("`{}` is called", sign.name), grade: Grade::Declared, lacks, why }
}

/// The dependencies of a service that show a capability.
pub(super) fn dependencies<'a>(system: &'a System, service: &Service, capability: Capability) -> Vec<&'a Sign> {
    let manifests: Vec<&str> = service.packages(system).iter().map(|p| p.path.as_str()).collect();
    let of =
        |sign: &&Sign| matches!(&sign.source, SignSource::Dependency { manifest, dev: false } if manifests.contains(&manifest.as_str()));
    system.signs_of(capability).filter(of).collect()
}

/// What a library among the dependencies comes to where no call of it is seen.
fn declared(system: &System, service: &Service, capability: Capability, what: &str) -> Vec<Finding> {
    let one = |sign: &&Sign| {
        let library = sign.says.split_whitespace().next().unwrap_or_default();
        let manifest = system.path_at(sign.at);
        let Some(program) = system.program(service).filter(|p| !p.modules.is_empty()) else {
            let missing = format!("whether `{}` sets up {library} ({manifest}): its code is in a language that is not read", service.name);
            return Finding::Open(Question::new(missing, SETTLE));
        };
        if let Some(at) = imported(system, program, library) {
            return match agent::by_import(system, service, program, library, at) {
                Some(found) => found,
                None => {
                    let missing =
                        format!("whether {library} is set up where {} takes it in: no call of it that is known", system.path_at(at));
                    Finding::Open(Question::new(missing, SETTLE))
                }
            };
        }
        // Frameworks take their modules and plugins by name from configuration.
        let plugin = library.starts_with("django") || library.contains("nuxt") || library.contains("gatsby") || library.contains("astro");
        if !program.closed() || plugin {
            return Finding::Open(unseen(system, service, what));
        }
        Finding::Dormant {
            at: sign.at,
            says: format!("{library} is among the dependencies"),
            grade: Grade::Declared,
            lacks: format!("{library} is installed, and no code that runs uses it"),
            why: Evidence::sought(format!("an import of {library} in what runs"), scopes(system, service)),
        }
    };
    dependencies(system, service, capability).iter().map(one).collect()
}

/// Where what runs takes in a library, by its name in a manifest.
pub(super) fn imported(system: &System, program: &Program, library: &str) -> Option<Location> {
    let lower = library.to_ascii_lowercase();
    let name = lower.split(['[', '=', '<', '>', '~', ';']).next().unwrap_or_default();
    let flat = name.replace('-', "_");
    let joined = name.replace('-', "");
    // Families of Python share one top-level module.
    let family = ["opentelemetry", "google", "azure", "opencensus", "prometheus_client"].into_iter().find(|f| flat.starts_with(f));
    let names = [name, flat.as_str(), joined.as_str()].into_iter().chain(family);
    names.filter(|n| !n.is_empty()).find_map(|n| program.imports(system.code(), n))
}

/// Tells a tally what was found; `absent` is the gap where there is nothing.
pub(super) fn tell(tally: &mut Tally, subject: &Subject, found: Finding, absent: impl FnOnce(Evidence) -> Gap, consequence: &str) {
    match found {
        Finding::Active(at, says) => tally.met(subject, Evidence::seen(at, says, Grade::Active)),
        Finding::Dormant { at, says, grade, lacks, why } => {
            tally.met(subject, Evidence::seen(at, says, grade));
            tally.gap(subject, Gap::new("dormant", lacks, why).so(consequence));
        }
        Finding::Open(question) => tally.doubt(subject, question),
        Finding::Absent(proof) => tally.gap(subject, absent(proof).so(consequence)),
    }
}

/// Whether a host is one that the deployment itself would have to run, and does not: a bare name that no service has.
pub(super) fn nobody(system: &System, address: &str) -> Option<String> {
    let rest = address.split_once("://").map_or(address, |(_, r)| r);
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default();
    if host.is_empty() || host.contains(['.', '$', '{', '[']) {
        return None;
    }
    let known = system.services().iter().any(|s| s.name == host || s.name.rsplit('/').next() == Some(host));
    (!known).then(|| host.to_owned())
}
