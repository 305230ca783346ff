//! Whether production can be opened with a credential that is guessed, built in, or shown as a default.

use plimsoll_base::{Evidence, Gap, Judgement, Proof, Question, Subject, Tally};
use plimsoll_model::code::FunctionRef;
use plimsoll_model::container::{Runtime, ValueSource};
use plimsoll_model::repository::{Credential, Shape, Strength};
use plimsoll_model::{
    DeploymentKind, Format, PlaceKind, Service, ServiceKind, System, is_local_host, is_password, is_sensitive, is_signing_key,
};

use super::built_in::{unlocked, within_host};
use crate::Control;

pub(crate) const CONTROL: Control =
    Control { id: "secrets/no-default-credentials", page: include_str!("no_default_credentials.md"), check };

/// Places cited per gap.
const CITED: usize = 6;

/// Kinds of gaps, the worst first: what is said, what follows, and whether it is confined, so that something holds beside it.
const KINDS: &[(&str, &str, &str, bool)] = &[
    (
        "default-credential",
        "production is started with a password that anybody guesses or reads here",
        "it is among the first that an attacker tries",
        false,
    ),
    (
        "signing-key-default",
        "a key that signs sessions or tokens has a fallback",
        "where nothing else is set, whoever reads the repository signs in as anybody",
        false,
    ),
    (
        "seeded-account",
        "the start creates an account with a password that the source shows",
        "whoever reads it signs in until somebody changes it",
        false,
    ),
    ("built-in-account", "the account that an image brings along is in use", "its password stands in the image's own documentation", false),
    (
        "no-authentication",
        "a store asks for no password beyond one host",
        "everything that reaches its port reads and changes what it keeps",
        false,
    ),
    (
        "default-inside-host",
        "a store that only its neighbours on one host reach has a password that anybody guesses or reads here",
        "whatever gets into one container gets into the store",
        true,
    ),
    (
        "default-overridden",
        "a default stands behind a credential that production sets",
        "a start in which the variable is missing goes on with a value that everybody knows",
        true,
    ),
    (
        "stand-in-in-use",
        "a stand-in is what production takes as password or key until somebody replaces it",
        "a start without that step is open to everybody",
        true,
    ),
];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    if system.deployment().is_none() {
        return tally.finish(|| Evidence::sought("deployment, of which a credential could be a default", system.scopes(&["**"])));
    }
    let mut found: Vec<(&'static str, Evidence, String)> = Vec::new();
    for credential in system.credentials() {
        if let Some(kind) = judge(system, credential) {
            let f = &credential.finding;
            let default = if f.default_of.is_some() { ", used when nothing else is set" } else { "" };
            found.push((
                kind,
                Evidence::noted(credential.at, format!("{} = {}: {}{default}", name(credential), f.masked, f.what)),
                name(credential),
            ));
        }
    }
    for service in system.services().iter().filter(|_| !system.development_only()) {
        let Some(open) = unlocked(service) else { continue };
        if open.configured {
            let question = format!("whether the configuration or the variables handed to `{}` ask for a password of its own", service.name);
            tally.doubt(&subject, Question::new(question, "show them, or attest that its own credential was replaced"));
            continue;
        }
        let kind = match (open.unasked, within_host(service)) {
            // The network of one host is what guards it.
            (true, true) => continue,
            (true, false) => "no-authentication",
            (false, true) => "default-inside-host",
            (false, false) => "built-in-account",
        };
        found.push((kind, Evidence::noted(open.at, open.says), service.name.clone()));
    }
    let confined = |kind: &str| KINDS.iter().any(|(k, _, _, confined)| *k == kind && *confined);
    if found.iter().all(|(kind, ..)| confined(kind)) {
        tally.met(&subject, Evidence::sought("other guessable, built-in or default credential of production", system.deployment_scope()));
        for evidence in without_default(system) {
            tally.met(&subject, evidence);
        }
    }
    for (kind, says, so, _) in KINDS {
        let mut cited = found.iter().filter(|(k, ..)| k == kind);
        let Some((_, first, named)) = cited.next() else { continue };
        let rest: Vec<Evidence> = cited.map(|(_, e, _)| e.clone()).collect();
        let says = if rest.is_empty() { format!("{says}: `{named}`") } else { format!("{says}: `{named}` and {} more", rest.len()) };
        let proof = Proof { first: first.clone(), rest: rest.into_iter().take(CITED - 1).collect() };
        tally.gap(&subject, Gap::new(kind, says, proof).so(*so));
    }
    unseen(system, &subject, &mut tally);
    tally.finish(|| Evidence::sought("credential of production", system.deployment_scope()))
}

fn name(c: &Credential) -> String {
    let f = &c.finding;
    f.default_of.clone().or_else(|| f.key.clone()).filter(|n| !n.is_empty()).unwrap_or_else(|| f.what.to_owned())
}

/// The kind of gap that a credential of the tree makes; none where it is no default of production.
fn judge(system: &System, c: &Credential) -> Option<&'static str> {
    let f = &c.finding;
    let told = f.strength == Strength::Dsn || is_password(c) || is_signing_key(c);
    if !told
        || f.in_comment
        || f.client_exposed
        || f.public_identifier
        || matches!(f.strength, Strength::Test | Strength::Format | Strength::Loose)
    {
        return None;
    }
    let held = system.file(&c.path)?;
    let place = system.place(&c.path);
    if held.format.language().is_some() {
        return code(system, c, place);
    }
    let guess = f.weak || f.placeholder || f.default_of.is_some() || f.shape != Shape::Random;
    let near = f.host.as_deref().is_some_and(is_local_host);
    match place {
        _ if !guess && !is_signing_key(c) => None,
        PlaceKind::Manifest if near && (f.weak || f.placeholder || f.default_of.is_some()) => None,
        PlaceKind::Manifest if held.format == Format::Dotenv => {
            let used = system.deployment_uses(&c.path);
            used.then_some(if f.placeholder { "stand-in-in-use" } else { severe(system, c) })
        }
        PlaceKind::Manifest if f.placeholder && !system.deployment_uses(&c.path) => None,
        PlaceKind::Manifest => Some(severe(system, c)),
        // Properties and settings of the product: a fallback is in use unless production sets it.
        PlaceKind::Product
            if !matches!(
                held.format,
                Format::Yaml | Format::Json | Format::Toml | Format::Properties | Format::Ini | Format::Conf | Format::Xml | Format::Hcl
            ) =>
        {
            None
        }
        PlaceKind::Product if near && !is_signing_key(c) && f.default_of.is_none() => None,
        PlaceKind::Product if f.default_of.is_some() || is_signing_key(c) => Some(severe(system, c)),
        _ => None,
    }
}

/// What a default in use is called, by what it opens and whether production replaces it.
fn severe(system: &System, c: &Credential) -> &'static str {
    let f = &c.finding;
    if f.default_of.as_deref().is_some_and(|v| replaced(system, c, v)) {
        return "default-overridden";
    }
    if is_signing_key(c) {
        return "signing-key-default";
    }
    if opens_within_host(system, c) { "default-inside-host" } else { "default-credential" }
}

/// Whether a file that is seen sets the variable of a default in the service that uses it.
fn replaced(system: &System, c: &Credential, variable: &str) -> bool {
    system.owned().any(|s| {
        s.environment.iter().any(|v| v.name == variable && v.at != c.at && !same_line(system, v.at, c))
            || s.secrets.iter().any(|u| u.name == variable)
    })
}

/// The default stands in the very declaration of the variable: that is no replacement.
fn same_line(system: &System, at: plimsoll_base::Location, c: &Credential) -> bool {
    system.path_at(at) == c.path
}

/// Whether what the credential opens is a store that only its neighbours on one host reach.
fn opens_within_host(system: &System, c: &Credential) -> bool {
    let store = |s: &Service| matches!(s.kind, ServiceKind::Datastore | ServiceKind::Cache | ServiceKind::Broker);
    if let Some(host) = &c.finding.host {
        let host = host.split(':').next().unwrap_or(host);
        return system.services().iter().any(|s| (s.name == host || s.aliases.iter().any(|a| a == host)) && store(s) && within_host(s));
    }
    // A variable of a store itself, or one named for a store: the password is that of a store of this deployment.
    let within = |s: &Service| s.environment.iter().any(|v| overlaps(v.at, c));
    if let Some(own) = system.services().iter().find(|s| within(s) && store(s)) {
        return within_host(own);
    }
    const STORES: &[&str] =
        &["db", "database", "postgres", "postgresql", "pg", "mysql", "mariadb", "mongo", "mongodb", "redis", "rabbitmq", "amqp", "broker"];
    let name = name(c).to_ascii_lowercase();
    let named = name.split(|ch: char| !ch.is_ascii_alphanumeric()).any(|w| STORES.contains(&w));
    let mut stores = system.services().iter().filter(|s| store(s)).peekable();
    named && stores.peek().is_some() && stores.all(within_host)
}

fn overlaps(at: plimsoll_base::Location, c: &Credential) -> bool {
    match (at.span, c.at.span) {
        (Some(a), Some(b)) => at.file == c.at.file && (a.start <= b.start && b.end <= a.end || b.start <= a.start && a.end <= b.end),
        _ => false,
    }
}

/// A credential in source code: a fallback of a signing key, a connection to a service of the system, an account that the start creates.
fn code(system: &System, c: &Credential, place: PlaceKind) -> Option<&'static str> {
    let f = &c.finding;
    if matches!(place, PlaceKind::Test | PlaceKind::Foreign | PlaceKind::Template | PlaceKind::Document) {
        return None;
    }
    let run = runs(system, c);
    let product = matches!(place, PlaceKind::Product | PlaceKind::Manifest);
    if is_signing_key(c) {
        return (run == Some(true) || run.is_none() && product).then(|| severe(system, c));
    }
    if f.strength == Strength::Dsn {
        let host = f.host.as_deref().unwrap_or_default();
        let counts = product && run != Some(false) && system.names_a_service(host) && (f.weak || f.placeholder || f.default_of.is_some());
        return counts.then(|| severe(system, c));
    }
    // A password that stands in when its variable is unset opens what it is for, whoever reads the code.
    if f.default_of.is_some() && is_password(c) && (run == Some(true) || run.is_none() && product) {
        return Some(severe(system, c));
    }
    let seeded = f.default_of.is_none() && (f.weak || f.placeholder || f.shape != Shape::Random) && seeds(system, c, run);
    seeded.then_some("seeded-account")
}

/// Whether the start of a service runs the place of a credential; none where that is not known.
fn runs(system: &System, c: &Credential) -> Option<bool> {
    let module = system.code().at_path(&c.path)?;
    let span = c.at.span?;
    let functions = &system.code().module(module).module.functions;
    let inside = functions.iter().enumerate().filter(|(_, f)| f.at.start <= span.start && span.end <= f.at.end);
    let (index, _) = inside.min_by_key(|(_, f)| f.at.end - f.at.start)?;
    let function = FunctionRef { module, function: plimsoll_model::code::FunctionId(index as u32) };
    let mut closed = true;
    for service in system.services().iter().filter(|s| s.owned() || s.built_elsewhere()) {
        match system.program(service) {
            Some(program) if program.runs(function) => return Some(true),
            Some(program) => closed &= program.closed(),
            None => closed &= service.kind == ServiceKind::Static,
        }
    }
    closed.then_some(false)
}

/// Whether a literal password becomes an account's when the system starts: it is hashed or handed to a record in a file that fills a database,
/// and the start runs that file.
fn seeds(system: &System, c: &Credential, run: Option<bool>) -> bool {
    let key = c.finding.key.as_deref().unwrap_or_default().to_ascii_lowercase();
    let file = c.path.to_ascii_lowercase();
    let words: Vec<&str> = file.split(|ch: char| !ch.is_ascii_alphanumeric()).collect();
    let fills = words.iter().any(|w| w.starts_with("seed"))
        || [
            "init_db",
            "initdb",
            "init-db",
            "initial_data",
            "initialdata",
            "bootstrap",
            "create_admin",
            "create-admin",
            "createadmin",
            "superuser",
            "db_init",
        ]
        .iter()
        .any(|w| file.rsplit('/').next().unwrap_or_default().contains(w));
    let account = key.contains("pass") || key.contains("pwd");
    if !account {
        return false;
    }
    if run == Some(true) {
        return fills || key.contains("hash") || creates_admin(system, c);
    }
    // A start command that names its seeds runs them, in whatever language they are.
    fills && system.owned().any(|s| s.start(system).iter().any(|start| seeding(&start.command.words)))
}

/// Whether the literal stands in a call that makes a user.
fn creates_admin(system: &System, c: &Credential) -> bool {
    let Some(module) = system.code().at_path(&c.path) else { return false };
    let Some(span) = c.at.span else { return false };
    let calls = &system.code().module(module).module.calls;
    let mut around = calls.iter().filter(|call| call.at.start <= span.start && span.end <= call.at.end);
    let makes = |word: &str| {
        let lower = word.to_ascii_lowercase();
        lower.contains("createuser")
            || lower.contains("create_user")
            || lower.contains("superuser")
            || lower.contains("createadmin")
            || lower == "user"
            || lower == "set_password"
    };
    around.any(|call| call.callee.path().is_some_and(|p| p.iter().any(|w| makes(w))))
}

/// `prisma db seed`, `artisan db:seed`, `migrate --seed`, `rails db:seed`, `npm run seed`.
fn seeding(words: &[String]) -> bool {
    words.iter().any(|w| {
        let lower = w.to_ascii_lowercase();
        lower == "--seed"
            || lower.rsplit('/').next().unwrap_or(&lower).split(|ch: char| !ch.is_ascii_alphanumeric()).any(|p| p.starts_with("seed"))
    })
}

/// Credentials that come from outside and have no default, for whoever wants to see what was looked at.
fn without_default(system: &System) -> Vec<Evidence> {
    let mut found = Vec::new();
    for service in system.services() {
        for variable in service.environment.iter().filter(|v| is_sensitive(&v.name)) {
            let says = match &variable.value {
                ValueSource::SecretRef(from) => format!("{} of `{}` comes from {from}", variable.name, service.name),
                ValueSource::Interpolated { variables, .. }
                    if !variables.is_empty() && variables.iter().all(|v| v.required && v.from_file.is_none()) =>
                {
                    format!("{} of `{}`: the start fails without it", variable.name, service.name)
                }
                ValueSource::Interpolated { variables, .. }
                    if !variables.is_empty() && variables.iter().all(|v| v.default.is_none() && v.from_file.is_none()) =>
                {
                    format!("{} of `{}` has no default", variable.name, service.name)
                }
                _ => continue,
            };
            found.push(Evidence::noted(variable.at, says));
        }
        found.extend(
            service.secrets.iter().map(|s| Evidence::noted(s.at, format!("{} of `{}` comes from a secret store", s.name, service.name))),
        );
    }
    found.truncate(CITED);
    found
}

/// What may hold a default and was not read.
fn unseen(system: &System, subject: &Subject, tally: &mut Tally) {
    if system.development_only() {
        tally.doubt(
            subject,
            Question::new(
                "with which credentials production is opened: only a set-up for development is here",
                "add what starts production, or attest that nothing in it has a default credential",
            ),
        );
    }
    if system.deployment().is_some_and(|d| matches!(d.kind, DeploymentKind::Image | DeploymentKind::Process)) {
        tally.doubt(
            subject,
            Question::new(
                "with which credentials production and its stores are opened: nothing here says how it is run",
                "add what starts production, or attest that nothing in it has a default credential",
            ),
        );
    }
    let own = system.services().iter().filter(|s| s.owned() || s.built_elsewhere());
    for service in own.filter(|s| !matches!(s.kind, ServiceKind::Static | ServiceKind::DevStandIn)) {
        match system.program(service) {
            Some(program) if program.closed() => {}
            Some(program) => {
                let why = program.doubts.first().map_or_else(|| "its entry was not found".to_owned(), |(_, why)| why.clone());
                let missing =
                    format!("whether the code of `{}` falls back to a credential of its own or creates an account: {why}", service.name);
                tally.doubt(
                    subject,
                    Question::new(missing, "name the start command in the deployment, or attest that a missing credential stops the start"),
                );
            }
            None if engine_only(service) => {}
            None => {
                let missing = format!(
                    "whether the code of `{}` falls back to a credential of its own or creates an account: its language is not read",
                    service.name
                );
                tally.doubt(subject, Question::new(missing, "start it once without its secrets and show that it stops, or attest it"));
            }
        }
    }
    for file in system.unread().filter(|f| f.format.language().is_none()) {
        tally.doubt(
            subject,
            Question::new(format!("{} could not be searched for default credentials", file.path), "split it, or attest what it holds"),
        );
    }
}

/// An own image that only configures somebody else's program.
fn engine_only(service: &Service) -> bool {
    let kinds = [
        ServiceKind::Datastore,
        ServiceKind::Cache,
        ServiceKind::Broker,
        ServiceKind::Proxy,
        ServiceKind::Monitoring,
        ServiceKind::AdminUi,
    ];
    kinds.contains(&service.kind) && service.runtime != Runtime::Function
}
