//! Mounts of a service: the short and the long syntax, tmpfs, configs; and what of the host they hand over.

use plimsoll_base::{Location, Sourced};

use super::interpolate::{joined, without_pwd};
use super::merge::mount_parts;
use super::value::{Context, Value};
use super::workload::MAX_ITEMS;
use crate::container::{Mount, MountSource, Privileges};

/// Folders and files of the host that hold its system.
const SYSTEM: [&str; 27] = [
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/etc/kubernetes",
    "/etc/passwd",
    "/etc/shadow",
    "/etc/ssh",
    "/home",
    "/lib",
    "/lib64",
    "/proc",
    "/root",
    "/root/.ssh",
    "/run",
    "/sbin",
    "/sys",
    "/usr",
    "/var",
    "/var/lib",
    "/var/lib/containerd",
    "/var/lib/docker",
    "/var/lib/docker/containers",
    "/var/lib/kubelet",
    "/var/log",
    "/var/run",
];

/// The mounts of a service; `configs` are the top-level ones.
pub(super) fn mounts(context: Context, service: &Value, configs: Option<&Value>) -> Vec<Mount> {
    let mut found = Vec::new();
    for item in service.get("volumes").map(Value::items).unwrap_or_default() {
        found.extend(if item.is_map() { long(context, item) } else { short(context, item) });
    }
    for item in service.get("tmpfs").map(Value::items).unwrap_or_default() {
        if let Some(target) = context.sourced(item) {
            let target = target.value.split(':').next().unwrap_or_default().to_owned();
            found.push(Mount { at: item.at, source: MountSource::Ephemeral, target, read_only: false });
        }
    }
    for item in service.get("configs").map(Value::items).unwrap_or_default().iter().take(MAX_ITEMS) {
        found.extend(config(context, item, configs));
    }
    found
}

fn short(context: Context, item: &Value) -> Option<Mount> {
    let raw = item.raw()?;
    let resolved = context.text(item);
    let text = resolved.as_deref().unwrap_or(raw);
    let parts = mount_parts(text);
    let part = |i: usize| parts.get(i).map(|p| context.read_text(item, p));
    let at = item.at;
    if parts.len() == 1 {
        // `${MOUNT}` alone may name a source too.
        let source = if resolved.is_some() { MountSource::Anonymous } else { MountSource::Unresolved };
        return Some(Mount { at, source, target: text.to_owned(), read_only: false });
    }
    let source = match part(0)?.resolved.filter(|s| !s.is_empty()) {
        Some(source) if is_path(&source) => host(context, item, &source),
        Some(source) => MountSource::Volume(source),
        // An unset variable before a path gives a path still: `${DATA_DIR}/db`.
        None => match without_pwd(parts[0]) {
            path if path.starts_with('.') => host(context, item, &path),
            _ => MountSource::Unresolved,
        },
    };
    let target = part(1)?.best();
    let read_only = part(2).is_some_and(|m| m.best().split(',').any(|o| o.trim() == "ro" || o.trim() == "readonly"));
    Some(Mount { at, source, target, read_only })
}

fn long(context: Context, item: &Value) -> Option<Mount> {
    let text = |key: &str| item.get(key).and_then(|v| context.read(v));
    let kind = text("type").map(|t| t.best()).unwrap_or_default();
    let source = text("source").or_else(|| text("src"));
    let target = text("target").or_else(|| text("dst")).map(|t| t.best()).unwrap_or_default();
    let source = match (kind.as_str(), source) {
        ("tmpfs", _) => MountSource::Ephemeral,
        (_, Some(source)) if source.resolved.is_none() => match without_pwd(&source.raw) {
            path if path.starts_with('.') => host(context, item, &path),
            _ => MountSource::Unresolved,
        },
        ("bind" | "npipe", Some(source)) => host(context, item, &source.best()),
        ("volume" | "cluster", Some(source)) => MountSource::Volume(source.best()),
        ("volume", None) => MountSource::Anonymous,
        (_, Some(source)) if is_path(&source.raw) => host(context, item, &source.best()),
        (_, Some(source)) => MountSource::Volume(source.best()),
        _ => MountSource::Unresolved,
    };
    Some(Mount { at: item.at, source, target, read_only: context.is_true(item.get("read_only")) })
}

fn config(context: Context, item: &Value, configs: Option<&Value>) -> Option<Mount> {
    let name = match item.get("source") {
        Some(source) => context.text(source)?,
        None => context.text(item)?,
    };
    let target = item.get("target").and_then(|t| context.text(t)).unwrap_or_else(|| format!("/{name}"));
    let declared = configs.and_then(|c| c.get(&name));
    let file = declared.and_then(|d| d.get("file"));
    let source = match file {
        Some(file) => match context.text(file) {
            Some(path) => host(context, file, &path),
            None => MountSource::Unresolved,
        },
        None => MountSource::Unresolved,
    };
    Some(Mount { at: item.at, source, target, read_only: true })
}

fn is_path(source: &str) -> bool {
    let drive = source.len() > 2 && source.as_bytes()[1] == b':' && matches!(source.as_bytes()[2], b'/' | b'\\');
    source.starts_with(['.', '/', '~', '\\']) || drive
}

fn host(context: Context, value: &Value, path: &str) -> MountSource {
    let path = without_pwd(path);
    let relative = path.starts_with('.') || !is_path(&path);
    if !relative {
        return MountSource::Host { path, in_tree: false, exists: false };
    }
    let (path, in_tree) = joined(context.folder(value), &path);
    let exists = in_tree && context.library.exists(&path);
    MountSource::Host { path, in_tree, exists }
}

/// Notes the engine's socket and folders of the host's system among the mounts.
pub(super) fn note_host(mounts: &[Mount], privileges: &mut Privileges) {
    for mount in mounts {
        let MountSource::Host { path, in_tree: false, .. } = &mount.source else { continue };
        let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
        if is_engine_socket(path) || is_engine_socket(mount.target.trim_end_matches('/')) {
            note_socket(privileges, mount.at, mount.read_only);
        } else if SYSTEM.contains(&path) || path.starts_with("/proc/") || path.starts_with("/sys/") {
            privileges.host_paths.push(Sourced::new(path.to_owned(), mount.at));
        }
    }
    // A variable in the place of the source hides nothing when the target is the socket.
    for mount in mounts.iter().filter(|m| m.source == MountSource::Unresolved && is_engine_socket(&m.target)) {
        note_socket(privileges, mount.at, mount.read_only);
    }
}

/// A writable socket is the one to tell.
fn note_socket(privileges: &mut Privileges, at: Location, read_only: bool) {
    match &privileges.engine_socket {
        Some((_, false)) => {}
        _ => privileges.engine_socket = Some((at, read_only)),
    }
}

fn is_engine_socket(path: &str) -> bool {
    ["/docker.sock", "/containerd.sock", "/podman.sock", "/crio.sock", "/docker_engine"].iter().any(|s| path.ends_with(s))
}
