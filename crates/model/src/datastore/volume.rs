//! Volumes and folders of the host in which services of the system keep files: uploads, media, a data folder.

use plimsoll_base::Location;
use plimsoll_facts::container::{Mount, MountSource};

use super::embedded::EmbeddedStore;
use crate::service::ServiceKind;
use crate::system::System;

/// Files that a service of the system keeps in a volume or a folder of the host.
#[derive(Clone, Debug)]
pub struct VolumeStore {
    /// Its stable name: the volume, or the service and the path.
    pub name: String,
    /// Where it is mounted.
    pub at: Location,
    /// The service that writes into it.
    pub service: String,
    /// The path in the container.
    pub target: String,
    /// The folder of the host, where it is one and no named volume.
    pub host: Option<String>,
}

/// Parts of paths that hold what people or the system wrote and nothing else keeps.
const KEPT: &[&str] = &[
    "upload",
    "media",
    "attachment",
    "document",
    "file",
    "storage",
    "data",
    "avatar",
    "image",
    "photo",
    "invoice",
    "export",
    "repositor",
    "blob",
    "assets_user",
    "backup",
];
/// Parts of paths whose contents can be made again, or are no data.
const MADE: &[&str] = &[
    "cache",
    "node_modules",
    ".next",
    "static",
    "log",
    "tmp",
    "temp",
    "cert",
    "letsencrypt",
    "ssl",
    "model",
    "venv",
    "dist",
    "build",
    "target",
    "config",
    "conf",
    "provisioning",
    "dashboards",
    "migrations",
    "src",
    "public",
    "html",
    "huggingface",
    "sock",
    "run",
    "prometheus",
    "grafana",
    "metadata",
    "package",
    "vendor",
];

/// Whether a mount holds what nothing else keeps, by the path at which it stands.
pub(super) fn keeps_data(mount: &Mount) -> bool {
    let lower = mount.target.to_ascii_lowercase();
    let parts = || lower.split('/').filter(|p| !p.is_empty());
    let kept = |p: &str| KEPT.iter().any(|w| p.contains(w));
    let made =
        |p: &str| MADE.iter().any(|w| p == *w || p.strip_suffix('s') == Some(w) || p.contains("cache") || p.contains("node_modules"));
    let last = parts().next_back().unwrap_or_default();
    // A file is a configuration that is handed in; a folder is kept for what is written into it.
    let file = last.rsplit_once('.').is_some_and(|(stem, end)| !stem.is_empty() && end.len() <= 5);
    !mount.read_only && !file && parts().any(kept) && !parts().any(made)
}

/// Files that services of the system keep. A volume with a file of a database in it is told as that database.
pub(super) fn volumes(system: &System, embedded: &[EmbeddedStore]) -> Vec<VolumeStore> {
    let mut found: Vec<VolumeStore> = Vec::new();
    let keeps = |kind| {
        matches!(kind, ServiceKind::Datastore | ServiceKind::Cache | ServiceKind::Broker | ServiceKind::Monitoring | ServiceKind::Proxy)
    };
    for service in system.owned().filter(|s| s.long_running() && !s.helper() && !keeps(s.kind)) {
        for mount in service.mounts.iter().filter(|m| keeps_data(m)) {
            let (name, host) = match &mount.source {
                MountSource::Volume(name) => (name.clone(), None),
                // A folder of the tree that holds files is a part of the product which is handed in.
                MountSource::Host { path, in_tree, exists } if !(*in_tree && *exists) => (path.clone(), Some(path.clone())),
                _ => continue,
            };
            let told =
                embedded.iter().any(|e| e.lies.volume() == Some(&name)) || system.infrastructure().stores.iter().any(|s| s.name == name);
            if told || found.iter().any(|v| v.name == name) {
                continue;
            }
            found.push(VolumeStore { name, at: mount.at, service: service.name.clone(), target: mount.target.clone(), host });
        }
    }
    found
}
