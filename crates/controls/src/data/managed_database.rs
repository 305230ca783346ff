//! Is the production database operated by a managed service or a real operator?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Question, Subject, Tally};
use plimsoll_model::estate::{Property, Provider, Store};
use plimsoll_model::{Datastore, EmbeddedStore, ExternalStore, RunBy, Service, System};

use super::{backed_up, databases, hosted_by_nature, no_database, outlined, volume};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "data/managed-database", page: include_str!("managed_database.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    for store in databases(system) {
        match store.run_by {
            RunBy::Managed(managed) if managed.provider == Provider::Kubernetes => operator(managed, &store, &mut tally),
            RunBy::Managed(managed) => {
                tally.met(&store.subject(), Evidence::seen(managed.at, format!("{} runs it", managed.product), Grade::Active));
            }
            RunBy::Container(service) => container(system, service, &store, &mut tally),
            RunBy::External(external) => outside(external, &store, &mut tally),
            RunBy::Embedded(embedded) => file(system, embedded, &store, &mut tally),
            RunBy::Volume(_) => {}
        }
    }
    for resource in outlined(system) {
        // A provider's resource is a provider's database, whatever its settings are.
        tally.met(
            &Subject::named(&resource.name),
            Evidence::seen(resource.at, format!("{} is run by its provider", resource.kind), Grade::Active),
        );
    }
    tally.finish(|| no_database(system))
}

/// An operator is worth a provider where it has a second instance to turn to and a backup to restore.
fn operator(managed: &Store, store: &Datastore<'_>, tally: &mut Tally) {
    let subject = store.subject();
    tally.met(&subject, Evidence::seen(managed.at, format!("{} runs it", managed.product), Grade::Active));
    match managed.failover.as_ref().map(|p| (p, p.known())) {
        Some((p, Some(false))) => {
            let gap = Gap::new("single-instance", "the operator runs one instance", Evidence::noted(p.at, p.says.clone()));
            tally.gap(&subject, gap.so("there is nothing to turn to when its node is lost"));
        }
        Some((p, None)) => tally.doubt(&subject, asked(p, "state the number of instances")),
        _ => {}
    }
    match managed.backup_days.as_ref().map(|p| (p, p.known())) {
        Some((p, Some(0))) => {
            let gap = Gap::new("no-backups", "the operator is told of no backup", Evidence::noted(p.at, p.says.clone()));
            tally.gap(&subject, gap.so("an operator replaces instances and brings no data back").follows("recovery/automated-backups"));
        }
        // How long copies are kept is another control's affair.
        _ => {}
    }
}

fn asked(property: &Property<bool>, settle: &str) -> Question {
    Question::new(property.says.clone(), settle)
}

fn container(system: &System, service: &Service, store: &Datastore<'_>, tally: &mut Tally) {
    let subject = store.subject();
    let image = service.image_text().or(service.engine).unwrap_or("a database");
    let seen = Evidence::noted(service.at, format!("`{}` runs {image} itself", service.name));
    let (kept, saved) = (volume(service), backed_up(system, store));
    if let (Some(mount), Some(backup)) = (kept, saved) {
        tally.met(&subject, Evidence::seen(mount.at, format!("its data lies in a volume ({})", mount.target), Grade::Active));
        tally.met(&subject, backup);
        let gap = Gap::new("self-run", format!("`{}` is a container that the system runs itself", service.name), seen);
        tally.gap(&subject, gap.so("upgrades, repairs and a standby are the work of whoever is awake"));
        return;
    }
    let scopes = system.deployment_scope();
    let gap = match kept {
        None => Gap::new("self-run-without-volume", format!("`{}` is a container without a volume for its data", service.name), seen)
            .and(Evidence::sought(format!("volume of `{}`", service.name), scopes)),
        Some(_) => {
            Gap::new("self-run-without-backups", format!("`{}` is a container that nothing backs up on a schedule", service.name), seen)
                .and(Evidence::sought(format!("scheduled backup of `{}`", service.name), scopes))
        }
    };
    tally.gap(&subject, gap.so("one disk or one mistake takes the data, and nobody but its owner can bring it back"));
}

fn outside(external: &ExternalStore, store: &Datastore<'_>, tally: &mut Tally) {
    let subject = store.subject();
    match external.provider {
        Some(provider) => tally.met(&subject, Evidence::noted(external.at, format!("{}: {provider} runs it", external.says))),
        None if hosted_by_nature(external) => {
            tally.met(&subject, Evidence::noted(external.at, format!("its provider runs it ({})", external.says)));
        }
        None => tally.doubt(
            &subject,
            Question::new(
                format!("who operates the database of `{}`: {}", external.service, external.says),
                "name the service that runs it, or declare it as code",
            ),
        ),
    }
}

fn file(system: &System, embedded: &EmbeddedStore, store: &Datastore<'_>, tally: &mut Tally) {
    let subject = store.subject();
    let seen = Evidence::noted(embedded.at, embedded.says.clone());
    let path = embedded.path.as_deref().unwrap_or("a file of SQLite");
    if let Some(copied) = copied(system, embedded) {
        tally.met(&subject, copied);
        let gap = Gap::new(
            "embedded-file",
            format!("`{}` keeps its data in {path}, of which copies are streamed elsewhere", embedded.service),
            seen,
        );
        tally.gap(&subject, gap.so("one process on one machine serves the data; another has to be set up by hand"));
        return;
    }
    let gap = Gap::new("embedded-file", format!("`{}` keeps its data in {path}: one file on one disk", embedded.service), seen);
    tally.gap(&subject, gap.so("there is no second copy, no standby and no second instance of the service"));
}

/// A program that streams the changes of a file elsewhere: Litestream, LiteFS.
fn copied(system: &System, embedded: &EmbeddedStore) -> Option<Evidence> {
    let streams = |word: &str| ["litestream", "litefs"].iter().any(|p| word.rsplit('/').next() == Some(p));
    let own = system.service(&embedded.service)?;
    let started = own.start(system).into_iter().find(|s| s.command.words.first().is_some_and(|w| streams(w)));
    if let Some(start) = started {
        return Some(Evidence::seen(start.at, format!("`{}` streams its changes elsewhere", start.command.words.join(" ")), Grade::Active));
    }
    let beside = system.services().iter().find(|s| s.image_text().is_some_and(|i| i.contains("litestream") || i.contains("litefs")))?;
    Some(Evidence::seen(beside.at, format!("`{}` streams changes elsewhere", beside.name), Grade::Active))
}
