//! Is the datastore that is provisioned the one that the application writes to?

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::container::{ValueSource, Variable};
use plimsoll_model::estate::{Holds, Store};
use plimsoll_model::{Datastore, EmbeddedStore, ExternalStore, Leads, Opened, Ownership, RunBy, Service, System, connection};

use super::clients::{asked_of_code, users};
use super::{databases, no_database, outlined};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "data/deployed-datastore-used", page: include_str!("deployed_datastore_used.md"), check };

const VOID: &str = "backups, pooling and failover of the declared store protect nothing that the application writes";

/// A service with the clients of stores that its code makes.
struct User<'a> {
    service: &'a Service,
    opened: Vec<Opened>,
}

fn check(system: &System, mut tally: Tally) -> Judgement {
    let users: Vec<User> = users(system).map(|service| User { service, opened: system.opened(service) }).collect();
    let stores = databases(system);
    let declared = stores.iter().any(|d| matches!(d.run_by, RunBy::Managed(_) | RunBy::Container(_)));
    for store in &stores {
        match store.run_by {
            RunBy::Container(service) => container(system, service, store, &users, &mut tally),
            RunBy::Managed(managed) => provided(system, managed, store, &users, &mut tally),
            RunBy::External(external) => outside(external, store, &users, &mut tally),
            // Beside a declared store, a file is that store's gap.
            RunBy::Embedded(file) if !declared => embedded(system, file, store, &users, &mut tally),
            RunBy::Embedded(_) | RunBy::Volume(_) => {}
        }
    }
    for resource in outlined(system) {
        let missing = format!("what uses `{}` ({}): its settings are not read", resource.name, resource.kind);
        tally.doubt(&Subject::named(&resource.name), Question::new(missing, "attest which service opens it"));
    }
    tally.finish(|| no_database(system))
}

/// Whether two engines speak one protocol.
fn same(a: &str, b: &str) -> bool {
    let family = |e: &str| match e.split(['-', ':']).next().unwrap_or(e) {
        "mariadb" | "mysql" => "mysql".to_owned(),
        "postgresql" | "postgres" | "cockroachdb" | "distributed" => "postgres".to_owned(),
        "aurora" if e.contains("postgres") => "postgres".to_owned(),
        "aurora" => "mysql".to_owned(),
        other => other.to_owned(),
    };
    family(a) == family(b)
}

/// Whether a host is a service of the deployment.
fn names(host: &str, service: &Service) -> bool {
    let first = host.split('.').next().unwrap_or(host);
    let inner = !host.contains('.') || host.ends_with(".local") || host.contains(".svc") || host.ends_with(".internal");
    let own = |name: &str| name == first || name == host || name.rsplit('/').next() == Some(first);
    inner && (own(&service.name) || service.aliases.iter().any(|a| own(a)))
}

/// What is written of a variable's value.
fn written(value: &ValueSource) -> Option<&str> {
    match value {
        ValueSource::Literal(text)
        | ValueSource::EnvFile { value: text, .. }
        | ValueSource::SecretRef(text)
        | ValueSource::ConfigRef(text) => Some(text),
        ValueSource::Interpolated { resolved: Some(text), .. } => Some(text),
        ValueSource::Interpolated { raw, .. } => Some(raw),
        _ => None,
    }
}

/// Whether a service is told of a store by any of its variables.
fn told_of(service: &Service, store: &Service) -> bool {
    let host = |v: &Variable| connection(&v.name, written(&v.value))?.host;
    service.environment.iter().filter_map(host).any(|h| names(&h, store))
}

fn container(system: &System, service: &Service, store: &Datastore<'_>, users: &[User<'_>], tally: &mut Tally) {
    let subject = store.subject();
    let engine = store.engine.as_deref();
    let mut met = false;
    for user in users {
        for opened in &user.opened {
            if let Leads::Host(host, at) = &opened.leads
                && names(host, service)
                && opened.engine.is_none_or(|e| engine.is_none_or(|own| same(e, own)))
            {
                met = true;
                tally.met(
                    &subject,
                    Evidence::seen(
                        opened.at,
                        format!("`{}` opens `{}` with {}", user.service.name, service.name, opened.client),
                        Grade::Active,
                    ),
                );
                tally.met(&subject, Evidence::noted(*at, format!("its address leads to `{host}`")));
            }
        }
    }
    // A product of somebody else's that is told of it keeps its own data there.
    let foreign = system.services().iter().find(|s| s.ownership == Ownership::ThirdParty && s.name != service.name && told_of(s, service));
    if met {
        return;
    }
    if let Some((user, other)) = instead(service, users) {
        let (leads, decided) = match &other.leads {
            Leads::File(path, at) => (format!("the file {path}"), *at),
            Leads::Memory(at) => ("its own memory".to_owned(), *at),
            _ => ("another store".to_owned(), other.at),
        };
        let says = format!("`{}` writes to {leads} and never opens `{}`", user.service.name, service.name);
        let gap = Gap::new("another-store", says, Evidence::noted(other.at, format!("{} leads to {leads}", other.client)))
            .and(Evidence::noted(decided, "the address is written here"))
            .and(Evidence::noted(service.at, format!("`{}` is deployed", service.name)));
        tally.gap(&subject, gap.so(VOID));
        return;
    }
    if let Some(foreign) = foreign {
        tally.not_applicable(Evidence::noted(
            foreign.at,
            format!("`{}` is the store of `{}`, a product of others", service.name, foreign.name),
        ));
        return;
    }
    let candidates: Vec<(&User<'_>, &Opened)> = users
        .iter()
        .flat_map(|u| u.opened.iter().map(move |o| (u, o)))
        .filter(|(_, o)| o.engine.is_none_or(|e| engine.is_none_or(|own| same(e, own))))
        .collect();
    if !candidates.is_empty() {
        for (user, opened) in candidates {
            tally.doubt(&subject, leading(system, user.service, opened, &service.name));
        }
        return;
    }
    unopened(system, store, users, tally);
}

/// A service that is told of a store and opens a file or its memory instead.
fn instead<'u, 's>(service: &Service, users: &'u [User<'s>]) -> Option<(&'u User<'s>, &'u Opened)> {
    let engine = service.engine;
    let told = users.iter().filter(|u| told_of(u.service, service) || u.service.depends_on.iter().any(|d| d.on == service.name));
    told.filter_map(|user| {
        let within = |o: &Opened| matches!(o.leads, Leads::File(..) | Leads::Memory(_));
        let own = user.opened.iter().any(|o| !within(o) && o.engine.is_none_or(|e| engine.is_some_and(|own| same(e, own))));
        let other = user.opened.iter().find(|o| within(o) && o.engine == Some("sqlite"))?;
        (!own).then_some((user, other))
    })
    .next()
}

/// Whether a store is deployed for a service that opens a file instead, so that it holds nothing.
pub(super) fn left_empty(system: &System, service: &Service) -> Option<Evidence> {
    let users: Vec<User> = users(system).map(|service| User { service, opened: system.opened(service) }).collect();
    let (user, other) = instead(service, &users)?;
    let used = users.iter().flat_map(|u| &u.opened).any(|o| matches!(&o.leads, Leads::Host(host, _) if names(host, service)));
    let says = format!("`{}` holds nothing: `{}` opens a file instead", service.name, user.service.name);
    (!used).then(|| Evidence::noted(other.at, says))
}

/// What is asked of a client whose address is not known.
fn leading(system: &System, service: &Service, opened: &Opened, store: &str) -> Question {
    let place = system.path_at(opened.at);
    let missing = match &opened.leads {
        Leads::Variable { name, given: Some(_) } => {
            format!("whether {name}, with which `{}` opens its store ({place}), leads to `{store}`", service.name)
        }
        Leads::Variable { name, given: None } => {
            format!("whether {name} is set to `{store}` for `{}`: the deployment does not hand it in ({place})", service.name)
        }
        Leads::Host(host, _) => format!("whether {host}, which `{}` opens ({place}), is `{store}`", service.name),
        _ => format!("whether {} of `{}` ({place}) leads to `{store}`", opened.client, service.name),
    };
    Question::new(missing, "write the address into the deployment, its password apart, or attest it")
}

/// A store that no known code opens.
fn unopened(system: &System, store: &Datastore<'_>, users: &[User<'_>], tally: &mut Tally) {
    let subject = store.subject();
    let mut open = false;
    for user in users {
        if let Some(question) = asked_of_code(system, user.service, &format!("opens `{}`", store.name)) {
            tally.doubt(&subject, question);
            open = true;
        }
    }
    if open {
        return;
    }
    if users.is_empty() {
        let missing = format!("what opens `{}`: no service here has code of its own", store.name);
        tally.doubt(&subject, Question::new(missing, "attest which service uses it"));
        return;
    }
    let gap = Gap::new("unused-store", format!("no running code opens `{}`", store.name), Evidence::noted(store.at, "it is deployed"));
    let gap = gap.and(Evidence::sought(format!("client of `{}` in reached code", store.name), system.scopes(&["**/*.{py,js,ts,mjs,tsx}"])));
    tally.gap(&subject, gap.so("it costs and is cared for, while the data lies elsewhere or nowhere"));
}

/// A store that a provider runs.
fn provided(system: &System, managed: &Store, store: &Datastore<'_>, users: &[User<'_>], tally: &mut Tally) {
    let subject = store.subject();
    if managed.holds != Holds::Data {
        return;
    }
    let engine = store.engine.as_deref().or_else(|| managed.product.contains("DynamoDB").then_some("dynamodb"));
    let fits = |o: &&Opened| o.engine.is_none_or(|e| engine.is_none_or(|own| same(e, own)));
    let address = &managed.name;
    let own_name = own_name(system, address);
    for user in users {
        // A variable that refers to the store, and that reached code reads beside a client of its engine.
        let refers = |v: &&Variable| {
            let told = written(&v.value).is_some_and(|text| mentions(text, address) || own_name.as_deref() == Some(text));
            told || matches!(v.value, ValueSource::Unresolved) && reference(system, v).is_some_and(|text| mentions(&text, address))
        };
        for variable in user.service.environment.iter().filter(refers) {
            let read = read(system, user.service, &variable.name);
            let opened = user.opened.iter().find(fits);
            if let (Some(read), Some(opened)) = (read, opened) {
                tally.met(
                    &subject,
                    Evidence::seen(read, format!("`{}` reads {}, which names it", user.service.name, variable.name), Grade::Active),
                );
                tally.met(&subject, Evidence::noted(variable.at, format!("{} refers to `{address}`", variable.name)));
                tally.met(&subject, Evidence::noted(opened.at, format!("opened with {}", opened.client)));
                return;
            }
        }
    }
    let file = users
        .iter()
        .flat_map(|u| u.opened.iter().map(move |o| (u, o)))
        .find(|(_, o)| matches!(o.leads, Leads::File(..)) && o.engine == Some("sqlite"));
    let candidates: Vec<(&User<'_>, &Opened)> =
        users.iter().flat_map(|u| u.opened.iter().map(move |o| (u, o))).filter(|(_, o)| fits(o)).collect();
    if let Some((user, opened)) = file.filter(|_| candidates.is_empty())
        && users.iter().all(|u| asked_of_code(system, u.service, "").is_none())
    {
        let says = format!("`{}` writes to a file of SQLite and never opens `{address}`", user.service.name);
        let gap = Gap::new("another-store", says, Evidence::noted(opened.at, format!("{} opens a file", opened.client)));
        tally.gap(&subject, gap.and(Evidence::noted(managed.at, format!("`{address}` is deployed"))).so(VOID));
        return;
    }
    if candidates.is_empty() {
        unopened(system, store, users, tally);
        return;
    }
    for (user, opened) in candidates {
        tally.doubt(&subject, leading(system, user.service, opened, address));
    }
}

/// What Terraform's file writes as the value of a variable: on its own line, or on the line behind the one that names it.
fn reference(system: &System, variable: &Variable) -> Option<String> {
    let path = system.path_at(variable.at);
    if !path.ends_with(".tf") {
        return None;
    }
    let text = system.file(path)?.text().into_owned();
    let start = variable.at.span?.start as usize;
    let block = text.get(start..)?;
    let mut lines = block.lines().take(4).map(str::trim);
    let quoted = format!("\"{}\"", variable.name);
    let first = lines.next()?;
    if first.contains(&variable.name) && !first.contains(&quoted) {
        return Some(first.to_owned());
    }
    let object: Vec<&str> = std::iter::once(first).chain(lines).take_while(|l| !l.starts_with('}')).collect();
    object.iter().any(|l| l.contains(&quoted)).then(|| object.join(" "))
}

/// The name that a resource is given, by which variables may name it as well.
fn own_name(system: &System, address: &str) -> Option<String> {
    let resource = system.roots().into_iter().flat_map(|r| &r.resources).find(|r| address.ends_with(&format!("{}.{}", r.kind, r.name)))?;
    ["name", "identifier", "cluster_identifier", "table_name"]
        .iter()
        .find_map(|a| resource.get(a))
        .map(|v| v.value.clone())
        .filter(|n| n.len() > 2)
}

/// Where loaded code of a service reads a variable.
fn read(system: &System, service: &Service, name: &str) -> Option<Location> {
    let program = system.program(service)?;
    let known = program.variables.iter().find(|r| r.name == name).map(|r| r.at);
    known.or_else(|| {
        let loaded = |at: Location| system.code().at_path(system.path_at(at)).is_some_and(|id| program.loads(id));
        system.env_reads().iter().filter(|r| r.name == name).map(|r| r.at).find(|at| loaded(*at))
    })
}

/// Whether a value refers to a resource by its address: `${aws_db_instance.main.address}`.
fn mentions(text: &str, address: &str) -> bool {
    let plain = address.rsplit("module.").next().unwrap_or(address);
    text.match_indices(plain).any(|(i, found)| {
        let after = text[i + found.len()..].chars().next();
        after.is_none_or(|c| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
    })
}

/// A store outside of the deployment.
fn outside(external: &ExternalStore, store: &Datastore<'_>, users: &[User<'_>], tally: &mut Tally) {
    let subject = store.subject();
    for user in users {
        for opened in &user.opened {
            let reached = match (&opened.leads, &external.host) {
                (Leads::Host(host, _), Some(own)) => host == own,
                _ => opened.engine == Some("hosted") && external.engine.as_deref() == Some("hosted"),
            };
            if reached {
                tally.met(
                    &subject,
                    Evidence::seen(opened.at, format!("`{}` opens it with {}", user.service.name, opened.client), Grade::Active),
                );
                tally.met(&subject, Evidence::noted(external.at, external.says.clone()));
                return;
            }
        }
    }
    let missing = format!("which store `{}` opens in production: {}", external.service, external.says);
    tally.doubt(&subject, Question::new(missing, "name it in the deployment, its password apart, or attest it"));
}

/// A file of SQLite where no other store is declared.
fn embedded(system: &System, file: &EmbeddedStore, store: &Datastore<'_>, users: &[User<'_>], tally: &mut Tally) {
    let subject = store.subject();
    let Some(user) = users.iter().find(|u| u.service.name == file.service) else { return };
    if let Some(question) = asked_of_code(system, user.service, "opens another store too") {
        tally.doubt(&subject, question);
        return;
    }
    match user.opened.iter().find(|o| o.engine == Some("sqlite")) {
        Some(opened) if matches!(opened.leads, Leads::File(..)) => {
            tally.met(
                &subject,
                Evidence::seen(opened.at, format!("{} opens it, and no other store is declared", opened.client), Grade::Active),
            );
        }
        Some(opened) => tally.doubt(&subject, leading(system, user.service, opened, &store.name)),
        None => {
            let missing = format!("what of `{}` opens {}", file.service, file.path.as_deref().unwrap_or("a file of SQLite"));
            tally.doubt(&subject, Question::new(missing, "attest which store the service writes to"));
        }
    }
}
