//! Where copies go: commands that carry files off the host, and repositories of backup programs.

use plimsoll_base::{Location, Sourced};

use crate::infrastructure::Destination;

/// The target of a command that carries files to another place; none for any other command. Targets are in the command's words.
pub(super) fn upload(words: &[String]) -> Option<String> {
    let name = words.first()?.rsplit('/').next()?;
    let rest: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    let last = || rest.iter().rev().find(|w| !w.starts_with('-') || **w == "-").map(|w| (*w).to_owned());
    let targets = |schemes: &[&str]| rest.iter().rev().find(|w| schemes.iter().any(|s| w.starts_with(s))).map(|w| (*w).to_owned());
    let second = |verbs: &[&str]| rest.get(1).is_some_and(|w| verbs.contains(w));
    let first = |verbs: &[&str]| rest.first().is_some_and(|w| verbs.contains(w));
    let words_without_options = || rest.iter().filter(|w| !w.starts_with('-')).copied().collect::<Vec<_>>();
    match name {
        "aws" => {
            let said = words_without_options();
            let s3 = said.iter().position(|w| matches!(*w, "s3" | "s3api"))?;
            match said.get(s3 + 1) {
                // The target is the last bucket or variable; copying down is no upload.
                Some(&("cp" | "mv" | "sync")) => last_is_remote(&said[s3 + 2..], "s3://"),
                Some(&"put-object") => Some("a bucket".to_owned()),
                _ => None,
            }
        }
        "s3cmd" if first(&["put", "sync"]) => targets(&["s3://"]),
        "s5cmd" | "s4cmd" if rest.iter().any(|w| matches!(*w, "cp" | "sync" | "put" | "mv" | "pipe")) => {
            last_is_remote(&words_without_options(), "s3://")
        }
        "gsutil" if rest.iter().any(|w| matches!(*w, "cp" | "rsync" | "mv")) => last_is_remote(&words_without_options(), "gs://"),
        "gcloud" if first(&["storage"]) && second(&["cp", "rsync", "mv"]) => last_is_remote(&words_without_options(), "gs://"),
        "az" if first(&["storage"]) && rest.iter().any(|w| w.starts_with("upload")) => Some("Azure storage".to_owned()),
        "azcopy" if first(&["copy", "cp", "sync"]) => last(),
        "rclone" if rest.iter().any(|w| matches!(*w, "copy" | "copyto" | "sync" | "move" | "moveto" | "rcat")) => {
            let said = words_without_options();
            said.last().filter(|w| w.contains(':') || w.contains('$')).map(|w| (*w).to_owned())
        }
        "mc" | "mcli" if first(&["cp", "mirror", "pipe", "mv"]) => last(),
        "b2" if first(&["upload-file", "upload_file", "sync", "file"]) => Some("Backblaze B2".to_owned()),
        "scp" => last().filter(|w| w.contains(':')),
        "rsync" => last().filter(|w| w.contains(':') || w.starts_with("rsync://")),
        "sftp" | "lftp" | "ncftpput" | "ftp" => Some(format!("{name} to another host")),
        "swift" if first(&["upload"]) => Some("object storage".to_owned()),
        "oci" if rest.contains(&"put") => Some("object storage".to_owned()),
        "curl" if rest.iter().any(|w| matches!(*w, "-T" | "--upload-file")) => {
            rest.iter().find(|w| w.contains("://") || w.contains('$')).map(|w| (*w).to_owned())
        }
        _ => None,
    }
}

/// The last of a list of paths, where it is remote by its scheme, or a variable while the one before it is not remote.
fn last_is_remote(paths: &[&str], scheme: &str) -> Option<String> {
    let (last, before) = paths.split_last()?;
    let remote = last.starts_with(scheme) || last.starts_with('$') && !before.iter().any(|w| w.starts_with(scheme));
    remote.then(|| (*last).to_owned())
}

/// Where a repository of restic, Borg or Kopia lies, by its address.
pub(super) fn repository(address: &str, at: Location) -> Destination {
    let address = address.trim();
    const REMOTE: [&str; 15] = [
        "s3:", "b2:", "azure:", "gs:", "rest:", "sftp:", "swift:", "rclone:", "ssh://", "s3://", "gs://", "b2://", "http://", "https://",
        "abs://",
    ];
    if REMOTE.iter().any(|scheme| address.starts_with(scheme)) {
        return Destination::Remote(Sourced::new(masked(address), at));
    }
    if address.starts_with('$') || address.is_empty() {
        return Destination::Unresolved;
    }
    match address.split_once(':') {
        Some((host, _)) if host.contains('@') && !host.contains('/') => Destination::Remote(Sourced::new(masked(address), at)),
        _ if address.starts_with(['/', '.', '~']) || address.starts_with("file:") => Destination::SameHost(at),
        _ => Destination::Unresolved,
    }
}

/// An address without the credentials that may stand in it.
pub(super) fn masked(address: &str) -> String {
    match (address.find("://"), address.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at && address[scheme + 3..at].contains(':') => {
            format!("{}://***@{}", &address[..scheme], &address[at + 1..])
        }
        _ => address.to_owned(),
    }
}
