//! Is it hard to destroy production data by mistake?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::container::{MountSource, Runtime};
use plimsoll_model::estate::{Holds, Property, Provider, Store, StoreKind};
use plimsoll_model::{Datastore, Destroys, Destruction, Lies, RunBy, System};

use super::{nothing_to_lose, unseen};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "recovery/deletion-protection", page: include_str!("deletion_protection.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    let destructions = system.destructions();
    for store in system.datastores().into_iter().filter(|d| guarded(d)) {
        let subject = store.subject();
        if let Some(found) = destructions.iter().find(|d| hits(d, &store)) {
            let says = format!("`{}` in {} destroys what `{}` holds", found.says, system.path_at(found.at), store.name);
            let gap = Gap::new("destroyed-by-command", says, Evidence::noted(found.at, found.says.clone()));
            tally.gap(&subject, gap.so("one routine deployment or start empties production"));
            continue;
        }
        match store.run_by {
            RunBy::Managed(managed) => self::managed(managed, &subject, &mut tally),
            _ => own(system, &store, &subject, &mut tally),
        }
    }
    unseen(system, &mut tally);
    tally.finish(|| nothing_to_lose(system))
}

/// Stores whose deletion loses something, directories of accounts among them; the state of infrastructure code has a control of its own.
fn guarded(store: &Datastore<'_>) -> bool {
    let state = matches!(store.run_by, RunBy::Managed(s) if s.holds == Holds::State);
    !state && (!store.derived() || store.kind == StoreKind::Accounts)
}

/// Whether a command destroys what a store holds: all volumes of a Compose project, or the tables of a database.
fn hits(found: &Destruction, store: &Datastore<'_>) -> bool {
    match found.destroys {
        Destroys::Volumes => match store.run_by {
            RunBy::Container(s) => s.runtime == Runtime::Compose && named_volume(s).is_some(),
            RunBy::Embedded(e) => e.lies.volume().is_some(),
            RunBy::Volume(v) => v.host.is_none(),
            RunBy::Managed(_) | RunBy::External(_) => false,
        },
        Destroys::Tables => store.kind == StoreKind::Relational,
    }
}

fn named_volume(service: &plimsoll_model::Service) -> Option<(&str, Location)> {
    service.mounts.iter().find_map(|m| match &m.source {
        MountSource::Volume(name) => Some((name.as_str(), m.at)),
        MountSource::Anonymous => Some(("", m.at)),
        _ => None,
    })
}

fn managed(store: &Store, subject: &Subject, tally: &mut Tally) {
    if let Some(guard) = &store.prevent_destroy {
        tally.met(subject, Evidence::seen(guard.at, guard.value.clone(), Grade::Active));
        return;
    }
    if let Some(force) = &store.force_destroy {
        forced(store, force, subject, tally);
        return;
    }
    let Some(guard) = &store.deletion_protection else {
        match store.provider {
            Provider::Platform | Provider::Other => {
                let missing = format!("whether {} refuses to delete `{}`: its own pages decide", store.product, store.name);
                tally.doubt(subject, Question::new(missing, "name who may delete it, or show the setting"));
            }
            _ => {
                let gap = Gap::new(
                    "unprotected",
                    format!("nothing refuses to delete `{}`", store.name),
                    Evidence::noted(store.at, "no `prevent_destroy` and no lock"),
                );
                tally.gap(subject, gap.so("a renamed resource or a mistaken destroy removes it with all it holds"));
            }
        }
        return;
    };
    if guard.on() {
        tally.met(subject, Evidence::seen(guard.at, guard.says.clone(), Grade::Active));
        if let Some(last) = store.final_snapshot.as_ref().filter(|f| f.off()) {
            let gap = Gap::new(
                "no-last-snapshot",
                format!("deleting `{}` leaves no last snapshot", store.name),
                Evidence::noted(last.at, last.says.clone()),
            );
            tally.gap(subject, gap.so("once protection is lifted for a change, a mistake is final"));
        }
        return;
    }
    if guard.known().is_none() {
        tally.doubt(
            subject,
            Question::new(format!("whether `{}` is protected: {}", store.name, guard.says), "give the variable its production value"),
        );
        return;
    }
    if let Some(last) = store.final_snapshot.as_ref().filter(|f| f.on()) {
        tally.met(subject, Evidence::seen(last.at, last.says.clone(), Grade::Active));
    }
    let gap = Gap::new("unprotected", format!("nothing refuses to delete `{}`", store.name), Evidence::noted(guard.at, guard.says.clone()));
    tally.gap(subject, gap.so("a renamed resource or a mistaken destroy removes it with all it holds"));
}

/// Buckets and registries: whether deletion takes along what is in them, and whether deleted objects are kept.
fn forced(store: &Store, force: &Property<bool>, subject: &Subject, tally: &mut Tally) {
    if force.on() {
        let gap = Gap::new(
            "forced",
            format!("deleting `{}` deletes everything in it", store.name),
            Evidence::noted(force.at, force.says.clone()),
        );
        tally.gap(subject, gap.so("the one thing that would stop a mistaken destroy is switched off"));
        return;
    }
    if force.known().is_none() {
        tally.doubt(
            subject,
            Question::new(
                format!("whether `{}` can be deleted with its contents: {}", store.name, force.says),
                "give the variable its production value",
            ),
        );
        return;
    }
    tally.met(subject, Evidence::seen(force.at, force.says.clone(), Grade::Active));
    match store.versioned.as_ref().filter(|_| store.kind == StoreKind::Objects) {
        Some(versions) if versions.off() => {
            let gap = Gap::new(
                "not-versioned",
                format!("a deleted or overwritten object of `{}` is gone", store.name),
                Evidence::noted(versions.at, versions.says.clone()),
            );
            tally.gap(subject, gap.so("the bucket cannot be deleted by mistake, each object in it can"));
        }
        Some(versions) if versions.known().is_none() => {
            tally.doubt(
                subject,
                Question::new(
                    format!("whether `{}` keeps deleted objects: {}", store.name, versions.says),
                    "give the variable its production value",
                ),
            );
        }
        _ => {}
    }
}

/// Files that a service keeps: in a named volume, in a folder of the host, or in the container itself.
fn files(system: &System, store: &Datastore<'_>, volume: Option<&str>, host: bool, subject: &Subject, tally: &mut Tally) {
    let retained = system.retained_volumes();
    if let Some(at) = retained.filter(|_| volume.is_some()) {
        tally.met(subject, Evidence::seen(at, "volumes outlive their claims: the reclaim policy is Retain", Grade::Active));
    } else if volume.is_some_and(|v| system.external_volume(v)) {
        tally.met(
            subject,
            Evidence::seen(store.at, format!("the volume of `{}` is external: `down -v` leaves it", store.name), Grade::Active),
        );
    } else if host {
        folder(store, store.at, subject, tally);
    } else if volume.is_some() {
        let gap = Gap::new(
            "unprotected",
            format!("nothing keeps the data of `{}` from being removed", store.name),
            Evidence::noted(store.at, "goes with its volume"),
        );
        tally.gap(subject, gap.so("a mistaken clean-up removes the volume and all it holds"));
    } else {
        let gap = Gap::new(
            "not-kept",
            format!("`{}` lies in the container itself", store.name),
            Evidence::noted(store.at, "no volume is mounted there"),
        );
        tally.gap(subject, gap.so("recreating the container removes the data").follows("data/persistent-storage"));
    }
}

/// A folder of the host outlives the containers and their volumes; a person with a shell removes it as easily as any other.
fn folder(store: &Datastore<'_>, at: Location, subject: &Subject, tally: &mut Tally) {
    tally.met(subject, Evidence::seen(at, "a folder of the host, which `down -v` leaves", Grade::Active));
    let gap = Gap::new("plain-folder", format!("`{}` lies in a plain folder of the host", store.name), Evidence::noted(at, "the folder"));
    tally.gap(subject, gap.so("a mistaken `rm` or `git clean` removes it: no snapshot and no lock stands in between"));
}

/// Stores that the system runs itself: what would remove their volume.
fn own(system: &System, store: &Datastore<'_>, subject: &Subject, tally: &mut Tally) {
    let service = match store.run_by {
        RunBy::Container(service) => service,
        RunBy::External(_) | RunBy::Managed(_) => {
            let missing = format!("whether `{}` can be deleted by mistake: it is run outside this repository", store.name);
            tally.doubt(subject, Question::new(missing, "name who may delete it, or show the setting"));
            return;
        }
        RunBy::Embedded(embedded) => {
            if embedded.lies == Lies::Unknown {
                let missing = format!("where the file of `{}` lies: its path is decided elsewhere", store.name);
                tally.doubt(subject, Question::new(missing, "name the path, and mount a volume there"));
                return;
            }
            let source = embedded.lies.volume().map(String::as_str);
            let host = source.is_some_and(|s| s.contains('/') || s.starts_with('.'));
            files(system, store, source.filter(|_| !host), host, subject, tally);
            return;
        }
        RunBy::Volume(volume) => {
            let name = volume.host.is_none().then_some(volume.name.as_str());
            files(system, store, name, volume.host.is_some(), subject, tally);
            return;
        }
    };
    let remove = |says: &str, at: Location| {
        Gap::new(
            "unprotected",
            format!("nothing keeps the data of `{}` from being removed", store.name),
            Evidence::noted(at, says.to_owned()),
        )
        .so("a mistaken clean-up removes the volume and all it holds")
    };
    match service.runtime {
        Runtime::Kubernetes => match system.retained_volumes() {
            Some(at) => tally.met(subject, Evidence::seen(at, "volumes outlive their claims: the reclaim policy is Retain", Grade::Active)),
            None => tally.gap(
                subject,
                remove("declared here", service.at).and(Evidence::sought("reclaim policy `Retain`", system.deployment_scope())),
            ),
        },
        Runtime::Compose => {
            let kept = service
                .mounts
                .iter()
                .find(|m| matches!(m.source, MountSource::Host { .. }) && !m.read_only && !m.target.contains("docker-entrypoint-initdb"));
            match (named_volume(service), kept) {
                (Some((name, at)), _) if system.external_volume(name) => {
                    tally.met(subject, Evidence::seen(at, format!("`{name}` is external: `down -v` leaves it"), Grade::Active));
                }
                (Some((name, at)), _) => tally.gap(subject, remove(&format!("`{name}` goes with `docker compose down -v`"), at)),
                (None, Some(mount)) => folder(store, mount.at, subject, tally),
                (None, None) => {
                    let gap = Gap::new(
                        "not-kept",
                        format!("`{}` keeps its data in the container itself", store.name),
                        Evidence::noted(service.at, "no volume is mounted"),
                    );
                    tally.gap(subject, gap.so("recreating the container removes the data").follows("data/persistent-storage"));
                }
            }
        }
        _ => tally.gap(subject, remove("declared here", service.at)),
    }
}
