//! Is stored data encrypted on the disks it lies on?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::estate::{Property, Store, StoreKind};
use plimsoll_model::{Datastore, ExternalStore, Lies, RunBy, System};

use super::{ask_of_outlined, hosted_by_nature, volume};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "data/encryption-at-rest", page: include_str!("encryption_at_rest.md"), check };

/// Providers of databases whose documentation says that every database is encrypted at rest.
const ENCRYPTING: &[&str] = &[
    "Supabase",
    "Neon",
    "MongoDB Atlas",
    "PlanetScale",
    "Aiven",
    "DigitalOcean",
    "Azure Database",
    "Azure SQL",
    "Cosmos DB",
    "Azure Cache for Redis",
    "CockroachDB Cloud",
    "ClickHouse Cloud",
    "Confluent Cloud",
    "Elastic Cloud",
    "Timescale",
    "Crunchy Bridge",
    "Render",
];

fn check(system: &System, mut tally: Tally) -> Judgement {
    for store in system.datastores() {
        let subject = store.subject();
        match store.run_by {
            RunBy::Managed(managed) => declared(managed, &subject, &mut tally),
            RunBy::Container(service) => {
                // A cache that is kept nowhere leaves nothing behind.
                let lies = volume(service);
                if lies.is_none() && matches!(store.kind, StoreKind::Cache | StoreKind::Messages) {
                    tally.not_applicable(Evidence::noted(service.at, format!("`{}` keeps nothing on a volume", service.name)));
                    continue;
                }
                let (at, says) = match lies {
                    Some(m) => (m.at, format!("the volume at {}", m.target)),
                    None => (service.at, "the container's own layer".to_owned()),
                };
                hidden(system, &store, at, &says, &mut tally);
            }
            RunBy::External(external) => outside(external, &store, &mut tally),
            RunBy::Embedded(embedded) => {
                let at = if let Lies::Mounted { at, .. } = embedded.lies { at } else { embedded.at };
                match disk(system, embedded.lies.volume().map(String::as_str)) {
                    Some(disk) => declared(disk, &subject, &mut tally),
                    None => hidden(system, &store, at, "the disk under the file", &mut tally),
                }
            }
            RunBy::Volume(kept) => match disk(system, Some(&kept.name)) {
                Some(disk) => declared(disk, &subject, &mut tally),
                None => hidden(system, &store, kept.at, &format!("the volume at {}", kept.target), &mut tally),
            },
        }
    }
    ask_of_outlined(system, "whether the disks are encrypted of", &mut tally);
    tally.finish(|| Evidence::sought("store that keeps data", system.deployment_scope()))
}

/// The disk of a platform that bears a name.
fn disk<'a>(system: &'a System, name: Option<&str>) -> Option<&'a Store> {
    let name = name?;
    system.infrastructure().stores.iter().find(|s| s.kind == StoreKind::Disk && s.name == name)
}

fn declared(managed: &Store, subject: &Subject, tally: &mut Tally) {
    let Some(encrypted) = &managed.encrypted else {
        let question = Question::new(
            format!("whether {} encrypts `{}`: neither its code nor its provider's documents say so", managed.product, managed.name),
            "show the provider's statement",
        );
        tally.doubt(subject, question);
        return;
    };
    match encrypted.known() {
        Some(true) => {
            tally.met(subject, Evidence::seen(encrypted.at, encrypted.says.clone(), Grade::Active));
            if let Some(key) = managed.own_key.as_ref().filter(|k| k.known().is_some()) {
                tally.met(subject, Evidence::seen(key.at, format!("with a key of its owner: {}", key.says), Grade::Active));
            }
        }
        Some(false) => tally.gap(subject, bare(managed, encrypted)),
        None => tally.doubt(subject, Question::new(encrypted.says.clone(), "state it in the code, or show the setting of what runs")),
    }
}

fn bare(managed: &Store, encrypted: &Property<bool>) -> Gap {
    let says = format!("{} keeps `{}` unencrypted", managed.product, managed.name);
    let gap = Gap::new("unencrypted", says, Evidence::noted(encrypted.at, encrypted.says.clone()));
    gap.so("whoever gets hold of a disk, a snapshot or a copy reads everything in it")
}

fn outside(external: &ExternalStore, store: &Datastore<'_>, tally: &mut Tally) {
    let subject = store.subject();
    match external.provider {
        Some(provider) if ENCRYPTING.contains(&provider) => {
            tally.met(&subject, Evidence::noted(external.at, format!("{}: {provider} encrypts every database at rest", external.says)));
        }
        None if hosted_by_nature(external) => {
            tally.met(&subject, Evidence::noted(external.at, "its provider encrypts everything at rest"));
        }
        _ => tally.doubt(
            &subject,
            Question::new(
                format!("whether the store behind {} is encrypted: it is declared nowhere here", external.name),
                "show the setting of the service that runs it",
            ),
        ),
    }
}

/// A disk that the repository does not describe.
fn hidden(system: &System, store: &Datastore<'_>, at: Location, says: &str, tally: &mut Tally) {
    let question = Question::new(
        format!("whether the disk under `{}` is encrypted ({says}, {})", store.name, system.path_at(at)),
        "show the provider's or the host's disk encryption (LUKS, an encrypted volume, the storage class)",
    );
    tally.doubt(&store.subject(), question);
}
