//! Does everything that the system must remember live on durable storage?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Tally};
use plimsoll_model::container::{Mount, MountSource, Runtime, ValueSource};
use plimsoll_model::estate::{Holds, Store, StoreKind};
use plimsoll_model::{Datastore, Leads, Lies, RunBy, Service, ServiceKind, System};

use super::clients::{asked_of_code, reads_code, users};
use super::deployed_datastore_used::left_empty;
use super::hosted_by_nature;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "data/persistent-storage", page: include_str!("persistent_storage.md"), check };

const LOST: &str = "it is gone when the container is replaced, which every deployment does";

fn check(system: &System, mut tally: Tally) -> Judgement {
    for store in system.datastores() {
        let subject = store.subject();
        match store.run_by {
            // A file system keeps what somebody mounts it for, and nothing is known of who would.
            RunBy::Managed(managed) if managed.kind == StoreKind::Files && system.services().is_empty() => tally.doubt(
                &subject,
                Question::new(
                    format!("what mounts `{}` and writes into it: nothing that runs was seen", managed.name),
                    "declare what runs on this, or attest where its files lie",
                ),
            ),
            RunBy::Managed(managed) => provided(managed, &store, &mut tally),
            RunBy::Container(_) if store.derived() => {
                tally.not_applicable(Evidence::noted(store.at, format!("what `{}` holds can be made again", store.name)));
            }
            RunBy::Container(service) => match left_empty(system, service) {
                Some(evidence) => tally.not_applicable(evidence),
                None => container(system, service, &store, &mut tally),
            },
            RunBy::External(external) => match external.provider {
                Some(provider) => {
                    tally.met(&subject, Evidence::seen(external.at, format!("{}: {provider} keeps it", external.says), Grade::Active))
                }
                None if hosted_by_nature(external) => {
                    tally.met(&subject, Evidence::seen(external.at, format!("its provider keeps it ({})", external.says), Grade::Active));
                }
                None => tally.doubt(
                    &subject,
                    Question::new(
                        format!("on what the store behind {} lies: {}", external.name, external.says),
                        "name the service that runs it, or declare it as code",
                    ),
                ),
            },
            RunBy::Embedded(file) if !opens_a_file(system, &file.service) => {}
            RunBy::Embedded(file) => {
                let path = file.path.as_deref().unwrap_or("a file of SQLite");
                lying(&file.lies, file.at, &format!("`{}` keeps its data in {path}", file.service), &store, &mut tally);
            }
            RunBy::Volume(kept) => {
                tally.met(
                    &subject,
                    Evidence::seen(kept.at, format!("`{}` writes into what is mounted at {}", kept.service, kept.target), Grade::Active),
                );
                if let Some(host) = &kept.host {
                    tally.gap(&subject, host_folder(host, kept.at));
                }
            }
        }
    }
    for service in users(system) {
        files(system, service, &mut tally);
    }
    tally.finish(|| Evidence::sought("store, or file that running code writes", system.deployment_scope()))
}

/// Whether the code of a service, where all of it is known, opens a file of SQLite.
fn opens_a_file(system: &System, name: &str) -> bool {
    let Some((service, program)) = system.service(name).and_then(|s| Some((s, system.program(s)?))) else { return true };
    !program.closed() || !reads_code(system, service) || system.opened(service).iter().any(|o| o.engine == Some("sqlite"))
}

fn provided(managed: &Store, store: &Datastore<'_>, tally: &mut Tally) {
    // A disk is what a service's mount says of it; what can be made again need not stay.
    let kept = matches!(managed.holds, Holds::Data) && managed.kind != StoreKind::Disk && !store.derived();
    if !kept {
        return;
    }
    match &managed.doubtful {
        Some(doubt) => tally.doubt(&store.subject(), Question::new(doubt.clone(), "state it in the code, or show what runs")),
        None => {
            tally.met(&store.subject(), Evidence::seen(managed.at, format!("{} keeps `{}`", managed.product, managed.name), Grade::Active))
        }
    }
}

fn host_folder(path: &str, at: Location) -> Gap {
    let says = format!("it lies in a folder of one machine ({path})");
    Gap::new("host-folder", says, Evidence::noted(at, "a folder of the host is mounted"))
        .so("it is lost with that machine, and no other machine can run the service")
}

/// Where a file of a service lies.
fn lying(lies: &Lies, at: Location, what: &str, store: &Datastore<'_>, tally: &mut Tally) {
    let subject = store.subject();
    match lies {
        Lies::Mounted { at: mount, source } => {
            tally.met(&subject, Evidence::seen(*mount, format!("{what}, on `{source}`"), Grade::Active));
            tally.met(&subject, Evidence::noted(at, what));
            if source.starts_with(['/', '.', '~']) {
                tally.gap(&subject, host_folder(source, *mount));
            }
        }
        Lies::Layer => {
            let gap = Gap::new("container-layer", format!("{what}, in the container's own layer"), Evidence::noted(at, what));
            tally.gap(&subject, gap.so(LOST));
        }
        Lies::Unknown => tally.doubt(
            &subject,
            Question::new(format!("{what}: where that lies in production"), "mount a volume at its path, and say so in the deployment"),
        ),
    }
}

/// Where the images of engines keep their data: a word of the image's name, the folders.
#[rustfmt::skip]
const FOLDERS: &[(&str, &[&str])] = &[
    ("timescaledb-ha", &["/home/postgres/pgdata"]), ("bitnami", &["/bitnami"]), ("postgres", &["/var/lib/postgresql/data"]),
    ("postgis", &["/var/lib/postgresql/data"]), ("pgvector", &["/var/lib/postgresql/data"]), ("timescale", &["/var/lib/postgresql/data"]),
    ("mysql", &["/var/lib/mysql"]), ("mariadb", &["/var/lib/mysql", "/config"]), ("percona", &["/var/lib/mysql"]), ("mongo", &["/data/db"]),
    ("redis", &["/data"]), ("valkey", &["/data"]), ("clickhouse", &["/var/lib/clickhouse"]), ("cassandra", &["/var/lib/cassandra"]),
    ("scylla", &["/var/lib/scylla"]), ("neo4j", &["/data"]), ("elasticsearch", &["/usr/share/elasticsearch/data"]),
    ("opensearch", &["/usr/share/opensearch/data"]), ("mssql", &["/var/opt/mssql"]), ("influxdb", &["/var/lib/influxdb2", "/var/lib/influxdb"]),
    ("couchdb", &["/opt/couchdb/data"]), ("qdrant", &["/qdrant/storage"]), ("weaviate", &["/var/lib/weaviate"]), ("chroma", &["/data", "/chroma/chroma"]),
    ("milvus", &["/var/lib/milvus"]), ("meilisearch", &["/meili_data"]), ("typesense", &["/data"]), ("cockroach", &["/cockroach/cockroach-data"]),
    ("surrealdb", &["/data"]), ("arangodb", &["/var/lib/arangodb3"]), ("rethinkdb", &["/data"]), ("minio", &["/data", "/bitnami/minio/data"]),
];

/// The folders in which a container of an engine keeps its data, where they are known.
fn folders(service: &Service) -> Vec<String> {
    let told = service.environment.iter().find_map(|v| match &v.value {
        ValueSource::Literal(text) if matches!(v.name.as_str(), "PGDATA" | "PERSISTENCE_DIRECTORY") => Some(text.clone()),
        _ => None,
    });
    if let Some(folder) = told {
        return vec![folder];
    }
    let image = service.image_text().or(service.engine).unwrap_or_default().to_ascii_lowercase();
    let known =
        FOLDERS.iter().find(|(word, _)| image.contains(word)).or_else(|| FOLDERS.iter().find(|(word, _)| service.engine == Some(word)));
    let mut found: Vec<String> = known.map(|(_, f)| f.iter().map(|f| (*f).to_owned()).collect()).unwrap_or_default();
    // MinIO is told where: `server /export`.
    if image.contains("minio")
        && let Some(command) = &service.command
    {
        found.extend(command.value.iter().flat_map(|c| c.split_whitespace()).filter(|w| w.starts_with('/')).map(str::to_owned));
    }
    found
}

/// The first number of an image's tag: 17 of `postgres:17.5-alpine`.
fn major(image: &str) -> Option<u32> {
    let (_, tag) = image.rsplit_once(':')?;
    let digits: String = tag.trim_start_matches("pg").chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn below(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn container(system: &System, service: &Service, store: &Datastore<'_>, tally: &mut Tally) {
    let subject = store.subject();
    let folders = folders(service);
    let written: Vec<&Mount> = service.mounts.iter().filter(|m| !m.read_only && !handed_in(m)).collect();
    let image = service.image_text().or(service.engine).unwrap_or("a store");
    let missing = |says: String| {
        Gap::new("no-volume", says, Evidence::noted(service.at, format!("`{}` runs {image}", service.name)))
            .and(Evidence::sought(format!("volume of `{}`", service.name), system.deployment_scope()))
            .so(LOST)
    };
    if service.runtime == Runtime::Process {
        tally.doubt(&subject, Question::new(format!("where `{}` keeps its data", service.name), "show the disk that it writes to"));
        return;
    }
    if written.is_empty() {
        tally.gap(&subject, missing(format!("`{}` keeps its data on no volume", service.name)));
        return;
    }
    // The images of PostgreSQL before 18 lay an unnamed volume of their own over the folder within.
    let shadowed = |m: &Mount, folder: &str| {
        service.runtime == Runtime::Compose
            && folder == "/var/lib/postgresql/data"
            && m.target.trim_end_matches('/') == "/var/lib/postgresql"
            && service.image_text().and_then(major).is_none_or(|v| v < 18)
    };
    // From 18 on they keep it beside that folder.
    let beside = |m: &Mount| {
        service.image_text().is_some_and(|i| i.contains("postgres") && !i.contains("bitnami") && major(i).is_some_and(|v| v >= 18))
            && m.target.trim_end_matches('/') == "/var/lib/postgresql/data"
    };
    let covers = |m: &&&Mount| {
        folders.iter().any(|f| (below(f, &m.target) || f == "/bitnami" && below(&m.target, f)) && !shadowed(m, f)) && !beside(m)
    };
    let Some(mount) = written.iter().find(covers) else {
        let mount = written[0];
        if folders.is_empty() {
            let missing = format!("whether {} is where `{}` ({image}) keeps its data", mount.target, service.name);
            tally.doubt(&subject, Question::new(missing, "attest it, or name the folder in the deployment"));
            return;
        }
        let says = format!("`{}` keeps its data at {}, and what is mounted lies at {}", service.name, folders[0], mount.target);
        tally.gap(&subject, Gap::new("path-mismatch", says, Evidence::noted(mount.at, format!("mounted at {}", mount.target))).so(LOST));
        return;
    };
    match &mount.source {
        MountSource::Volume(name) => {
            tally.met(&subject, Evidence::seen(mount.at, format!("`{name}` is mounted at {}", mount.target), Grade::Active));
        }
        MountSource::Host { path, .. } => {
            tally.met(&subject, Evidence::seen(mount.at, format!("{path} is mounted at {}", mount.target), Grade::Active));
            tally.gap(&subject, host_folder(path, mount.at));
        }
        MountSource::Anonymous | MountSource::Ephemeral => {
            let says = format!("what is mounted at {} of `{}` goes with the container", mount.target, service.name);
            tally.gap(&subject, Gap::new("ephemeral", says, Evidence::noted(mount.at, "no named volume, no claim")).so(LOST));
        }
        MountSource::Unresolved => {
            let missing = format!("what is mounted at {} of `{}`", mount.target, service.name);
            tally.doubt(&subject, Question::new(missing, "state the volume, or show what runs"));
        }
    }
}

/// Files that a declaration hands in: initial schemas, configuration, sockets.
fn handed_in(mount: &Mount) -> bool {
    let last = mount.target.rsplit('/').next().unwrap_or_default();
    mount.target.contains("docker-entrypoint-initdb")
        || mount.target.contains("/dev/shm")
        || last.contains('.') && !last.starts_with('.')
        || matches!(&mount.source, MountSource::Host { in_tree: true, exists: true, .. } if !super::keeps(&mount.target))
}

/// Files that the code of a service writes, outside of stores that are told of by themselves.
/// Calls that leave files of which the path is not followed.
#[rustfmt::skip]
const LEFT_OPEN: &[&str] = &[
    "duckdb.connect", "joblib.dump", "diskcache.Cache", "torch.save", "numpy.save", "numpy.savez", "cv2.imwrite", "shutil.copytree", "shutil.move",
    "os.replace", "os.rename", "urllib.request.urlretrieve", "zipfile.ZipFile().extractall", "tarfile.open().extractall", "fs.copyFile", "fs.copyFileSync",
    "fs.rename", "fs.renameSync", "fs.promises.copyFile", "fs.promises.rename", "fs/promises.copyFile", "fs/promises.rename", "PIL.Image.open().save",
    "PIL.Image.new().save",
];

fn files(system: &System, service: &Service, tally: &mut Tally) {
    // A function's own disk cannot be written but for its scratch.
    if service.kind == ServiceKind::Function || service.runtime == Runtime::Function {
        return;
    }
    let subject = service.subject();
    let embedded = system.datastores().iter().any(|d| matches!(d.run_by, RunBy::Embedded(e) if e.service == service.name));
    let beside =
        system.opened(service).into_iter().find(|o| !embedded && o.engine == Some("sqlite") && !matches!(o.leads, Leads::Memory(_)));
    if let Some(opened) = beside {
        let missing = format!("whether the file of SQLite that `{}` opens must stay ({})", service.name, system.path_at(opened.at));
        tally.doubt(&subject, Question::new(missing, "mount a volume at its path, or attest that it can be made again"));
    }
    if let Some(program) = system.program(service)
        && let Some(at) = program.calls(system.code(), LEFT_OPEN).first()
    {
        let at = system.code().call_at(*at);
        let missing =
            format!("whether what `{}` keeps in files must stay: where it writes is not followed ({})", service.name, system.path_at(at));
        tally.doubt(&subject, Question::new(missing, "mount a volume at its path, or attest that it can be made again"));
    }
    let written = system.written_files(service);
    for file in &written {
        let path = file.path.as_deref().unwrap_or("a path that the run decides");
        let says = format!("{} writes {path}", file.writer);
        match &file.lies {
            Lies::Mounted { at, source } => {
                tally.met(
                    &subject,
                    Evidence::seen(*at, format!("what `{}` writes at {path} lies on `{source}`", service.name), Grade::Active),
                );
                tally.met(&subject, Evidence::noted(file.at, says));
                if source.starts_with(['/', '.', '~']) {
                    tally.gap(&subject, host_folder(source, *at));
                }
            }
            Lies::Layer => {
                let gap = Gap::new(
                    "unmounted-files",
                    format!("`{}` writes {path}, where nothing is mounted", service.name),
                    Evidence::noted(file.at, says),
                );
                tally.gap(&subject, gap.so(LOST));
            }
            Lies::Unknown => {
                let missing = format!("whether what {} writes must stay: {path} ({})", file.writer, system.path_at(file.at));
                tally.doubt(&subject, Question::new(missing, "attest it, or mount a volume at its path"));
            }
        }
    }
    if let Some(question) = asked_of_code(system, service, "writes files that must stay") {
        tally.doubt(&subject, question);
    }
}
