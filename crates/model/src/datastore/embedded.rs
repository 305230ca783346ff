//! Databases within a service's own process: files of SQLite, and where they lie.

use plimsoll_base::Location;
use plimsoll_facts::compose::EnvironmentWord;
use plimsoll_facts::container::{MountSource, Runtime};
use plimsoll_facts::repository::{MarkKind, SourceMark};
use plimsoll_facts::technology::{Capability, SignSource, engine_of_technology};

use super::beside::Lead;
use crate::deployment::DeploymentKind;
use crate::place::PlaceKind;
use crate::service::Service;
use crate::system::System;

/// A file of SQLite that a service of the system opens.
#[derive(Clone, Debug)]
pub struct EmbeddedStore {
    /// Its stable name: the service and the file.
    pub name: String,
    /// Where it is opened, or what says so.
    pub at: Location,
    /// The path, as far as written.
    pub path: Option<String>,
    /// The service that opens it.
    pub service: String,
    /// Where its bytes lie.
    pub lies: Lies,
    /// What says so, in words.
    pub says: String,
}

/// Where a service's files lie.
#[derive(Clone, Debug, PartialEq)]
pub enum Lies {
    /// In a named volume or a folder of the host, mounted here.
    Mounted {
        /// Where it is mounted.
        at: Location,
        /// The volume, or the folder of the host.
        source: String,
    },
    /// In the container's own layer, which goes with the container.
    Layer,
    /// Not known.
    Unknown,
}

impl Lies {
    /// The volume's name, where there is one.
    pub fn volume(&self) -> Option<&String> {
        match self {
            Lies::Mounted { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Parts of paths of what does not run in production: tools, seeds, experiments.
const ASIDE: &[&str] =
    &["scripts", "script", "tools", "notebooks", "examples", "migrations", "alembic", "seeds", "benchmarks", "fixtures", "search"];

/// The file of SQLite in which a service keeps its data, if it does. `leads` are the variables by which it finds stores; `networked`
/// tells whether the deployment has another database that the service may use instead.
pub(super) fn embedded(system: &System, service: &Service, leads: &[Lead<'_>], networked: bool) -> Option<EmbeddedStore> {
    let store = |at: Location, path: Option<&str>, says: String| {
        let path = path.filter(|p| !p.is_empty() && !p.contains(['$', '{'])).map(str::to_owned);
        let file = path.as_deref().and_then(|p| p.rsplit('/').next()).unwrap_or("sqlite").to_owned();
        let lies = lies(system, service, path.as_deref());
        EmbeddedStore { name: format!("{}/{file}", service.name), at, path, service: service.name.clone(), lies, says }
    };
    if let Some(lead) = leads.iter().find(|l| l.connection.engine == Some("sqlite") && l.connection.host.is_none()) {
        let says = format!("{} names a file of SQLite", lead.variable.name);
        return Some(store(lead.variable.at, lead.connection.path.as_deref(), says)).filter(|s| s.path.as_deref() != Some(":memory:"));
    }
    let runs = |m: &&SourceMark| {
        let words = |p: &str| m.path.split('/').any(|part| part.eq_ignore_ascii_case(p));
        service.owns_file(system, &m.path)
            && matches!(system.place(&m.path), PlaceKind::Product | PlaceKind::Manifest)
            && EnvironmentWord::of(&m.path) == EnvironmentWord::Unnamed
            && !ASIDE.iter().any(|a| words(a))
            && !["legacy", "migrat", "import", "seed"]
                .iter()
                .any(|w| m.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase().contains(w))
            && !m.says.contains(":memory:")
    };
    let marks: Vec<&SourceMark> =
        system.marks().iter().filter(|m| matches!(m.kind, MarkKind::FixesSqlite | MarkKind::OpensSqlite)).filter(runs).collect();
    if let Some(fixed) = marks.iter().find(|m| m.kind == MarkKind::FixesSqlite) {
        return Some(store(fixed.at, Some(&fixed.says), "the code opens this file of SQLite, whatever is set outside".into()));
    }
    // A default counts where nothing else is named, and where everything that could name it is in the repository.
    let led = leads.iter().any(|l| l.connection.engine.is_none_or(|e| !matches!(e, "redis" | "valkey" | "rabbitmq" | "sqlite")));
    let hidden = service.env_files.iter().any(|e| !e.exists);
    if led || networked || hidden {
        return None;
    }
    let manifests: Vec<&str> = service.packages(system).iter().map(|p| p.path.as_str()).collect();
    let drivers: Vec<_> = system
        .signs_of(Capability::Datastore)
        .filter(|s| matches!(&s.source, SignSource::Dependency { manifest, dev: false } if manifests.contains(&manifest.as_str())))
        .collect();
    let of = |engine: &str| drivers.iter().find(|s| engine_of_technology(&s.technology) == Some(engine));
    let others =
        drivers.iter().any(|s| !matches!(engine_of_technology(&s.technology), Some("sqlite" | "object-storage" | "search") | None));
    // What names the store may be set where it runs: only a declaration that lists the variables shows that it is not.
    let listed = !others || system.deployment().is_some_and(|d| matches!(d.kind, DeploymentKind::Compose | DeploymentKind::Kubernetes));
    if let Some(mark) = marks.first().filter(|_| listed) {
        return Some(store(mark.at, Some(&mark.says), "the code opens a file of SQLite where nothing else is set".into()));
    }
    let driver = of("sqlite").filter(|_| listed)?;
    Some(store(driver.at, None, format!("{}, and nothing names another database", driver.says)))
}

/// Where a path of a service lies.
pub(crate) fn lies(system: &System, service: &Service, path: Option<&str>) -> Lies {
    let mounted = |m: &plimsoll_facts::container::Mount| match &m.source {
        MountSource::Volume(name) => Lies::Mounted { at: m.at, source: name.clone() },
        MountSource::Host { path, .. } => Lies::Mounted { at: m.at, source: path.clone() },
        MountSource::Anonymous | MountSource::Ephemeral => Lies::Layer,
        MountSource::Unresolved => Lies::Unknown,
    };
    let absolute = path.and_then(|p| if p.starts_with('/') { Some(p.to_owned()) } else { joined(&working_folder(system, service)?, p) });
    if let Some(path) = absolute {
        let below = |target: &str| {
            let target = target.trim_end_matches('/');
            path == target || path.strip_prefix(target).is_some_and(|rest| rest.starts_with('/'))
        };
        let nearest = service.mounts.iter().filter(|m| !m.read_only && below(&m.target)).max_by_key(|m| m.target.len());
        return match nearest {
            Some(mount) => mounted(mount),
            None if service.runtime == Runtime::Process => Lies::Unknown,
            None => Lies::Layer,
        };
    }
    let writable: Vec<_> = service.mounts.iter().filter(|m| !m.read_only).collect();
    match writable.as_slice() {
        [] if service.runtime == Runtime::Process => Lies::Unknown,
        [] => Lies::Layer,
        [only] if super::volume::keeps_data(only) => mounted(only),
        _ => Lies::Unknown,
    }
}

fn working_folder(system: &System, service: &Service) -> Option<String> {
    let image = service.built_image(system)?;
    let (folder, _) = image.definition.dockerfile.effective_workdir(image.stage)?;
    folder.starts_with('/').then_some(folder)
}

fn joined(folder: &str, relative: &str) -> Option<String> {
    plimsoll_facts::join(folder.trim_matches('/'), relative).map(|p| format!("/{p}"))
}
