//! Whether whoever reads the repository holds a credential that opens something.

use plimsoll_base::{Evidence, Gap, Judgement, Proof, Question, Subject, Tally};
use plimsoll_model::compose::EnvironmentWord;
use plimsoll_model::repository::{Credential, Shape, Strength};
use plimsoll_model::{PlaceKind, System};

use super::exposure::{CONFINED, Exposed, exposed};
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "secrets/no-hardcoded-secrets", page: include_str!("no_hardcoded_secrets.md"), check };

/// Places cited per gap; the worst come first, the others are counted.
const CITED: usize = 8;

/// Kinds of gaps, the worst first: what is said of it, and what follows.
const KINDS: &[(&str, &str, &str)] = &[
    (
        "live-secret",
        "a credential in its issuer's own format stands in the repository",
        "everyone who can read the repository can use it until it is revoked",
    ),
    (
        "secret-manifest",
        "a Secret object is committed with its data",
        "base64 is no encryption: everyone who can read the repository can read the data",
    ),
    ("secret-sent-to-clients", "a secret bears a name that the build ships to every browser", "every visitor can read it"),
    (
        "signing-key-default",
        "a key that signs sessions or tokens has a value that the repository shows",
        "whoever reads it can sign in as anybody where nothing else is set",
    ),
    (
        "credential-in-manifest",
        "a password or key stands in what production is started from",
        "everyone who can read the repository can open the store or service with it",
    ),
    ("credential-in-config", "a password or key stands in a configuration file", "everyone who can read the repository can use it"),
    ("secret-in-image", "a password or key is written into an image", "everyone who can pull the image can read it"),
    (
        "secret-in-code",
        "a password or key stands in source code",
        "everyone who can read the repository can use it, and changing it takes a release",
    ),
    (
        "seeded-password",
        "an account is created with a password that the source shows",
        "whoever reads it can sign in to that account until somebody changes it",
    ),
    ("secret-in-pipeline", "a pipeline holds a credential for something outside it", "everyone who can read the repository can use it"),
    ("credential-in-document", "a document shows a connection with its password", "everyone who can read the repository can use it"),
    (
        "stand-in-in-use",
        "a stand-in is what the deployment takes as password or key until somebody replaces it",
        "a start without that step is open to everyone who reads the repository",
    ),
    (
        "credential-in-other-deployment",
        "a password or key stands in another way to start the system",
        "whoever starts it that way runs it open to everyone who reads the repository",
    ),
    (
        "development-credential",
        "a credential stands in what tests or developers use",
        "it must never open anything else, and nobody can see that it does not",
    ),
    ("real-value-in-template", "a template holds a value that a machine made", "a value that was copied from a real set-up still opens it"),
];

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let everywhere = || Evidence::sought("usable credential", system.scopes(&["**"]));
    let mut found = exposed(system);
    let mut places: Vec<(&'static str, Evidence, String)> = secret_manifests(system);
    found.sort_by_key(|e| (e.credential.finding.strength, !random(e.credential)));
    // A Secret object speaks for the values in its file.
    let objects: Vec<&str> =
        places.iter().filter_map(|(_, e, _)| if let Evidence::Seen { at, .. } = e { Some(system.path_at(*at)) } else { None }).collect();
    found.retain(|e| e.kind == "live-secret" || !objects.contains(&e.credential.path.as_str()));
    places.extend(found.iter().map(|e| (e.kind, evidence(e), format!("`{}` in {}", e.name(), e.credential.path))));
    let production = places.iter().any(|(kind, ..)| !CONFINED.contains(kind));
    if !production {
        tally.met(&subject, everywhere());
        for evidence in dismissed(system) {
            tally.met(&subject, evidence);
        }
    }
    for (kind, says, so) in KINDS {
        let mut cited = places.iter().filter(|(k, ..)| k == kind);
        let Some((_, first, named)) = cited.next() else { continue };
        let rest: Vec<Evidence> = cited.map(|(_, e, _)| e.clone()).collect();
        let more = rest.len();
        let says = if more == 0 { format!("{says}: {named}") } else { format!("{says}: {named} and {more} more") };
        let proof = Proof { first: first.clone(), rest: rest.into_iter().take(CITED - 1).collect() };
        tally.gap(&subject, Gap::new(kind, says, proof).so(*so));
    }
    for file in system.unread() {
        tally.doubt(
            &subject,
            Question::new(
                format!("{} could not be searched for credentials", file.path),
                "split it, or leave it out of the repository, or search it with another scanner and attest",
            ),
        );
    }
    tally.finish(everywhere)
}

/// What has the form of a credential and was found to open nothing: the reader sees that it was looked at.
fn dismissed(system: &System) -> Vec<Evidence> {
    let why = |c: &Credential| {
        let f = &c.finding;
        match f.strength {
            _ if f.documented_example => Some("the example of the provider's documentation"),
            _ if f.public_identifier => Some("made to be public"),
            Strength::Format if f.checksum == Some(false) => Some("its checksum is wrong"),
            Strength::Format if f.placeholder => Some("a stand-in"),
            _ => None,
        }
    };
    let product = |c: &&Credential| !matches!(system.place(&c.path), PlaceKind::Test | PlaceKind::Foreign);
    let note = |c: &Credential| why(c).map(|w| Evidence::noted(c.at, format!("{} looks like {}: {w}", c.finding.masked, c.finding.what)));
    system.credentials().iter().filter(product).filter_map(note).take(CITED).collect()
}

fn random(c: &Credential) -> bool {
    c.finding.shape == Shape::Random
}

fn evidence(e: &Exposed<'_>) -> Evidence {
    let f = &e.credential.finding;
    let default = if f.default_of.is_some() { ", used when nothing else is set" } else { "" };
    Evidence::noted(e.credential.at, format!("{} = {}: {}{default}", e.name(), f.masked, f.what))
}

/// Secret objects of clusters that are not for development, unless every value found in the file is a stand-in.
fn secret_manifests(system: &System) -> Vec<(&'static str, Evidence, String)> {
    let assessed = |paths: &[String]| system.deployment().is_some_and(|d| paths.iter().any(|p| d.files.contains(p)));
    let mut found = Vec::new();
    for cluster in system.clusters().iter().filter(|c| c.environment != EnvironmentWord::Development) {
        for secret in &cluster.plain_secrets {
            let path = system.path_at(secret.at);
            if !matches!(system.place(path), PlaceKind::Manifest | PlaceKind::Alternative | PlaceKind::Product) {
                continue;
            }
            let inside: Vec<&Credential> = system.credentials().iter().filter(|c| c.path == path).collect();
            let stand_ins = !inside.is_empty() && inside.iter().all(|c| c.finding.placeholder || c.finding.documented_example);
            let real = inside.iter().any(|c| !c.finding.placeholder && !c.finding.weak);
            if !stand_ins && (real || assessed(&cluster.paths)) {
                found.push((
                    "secret-manifest",
                    Evidence::noted(secret.at, format!("kind: Secret {} with data", secret.value)),
                    format!("`{}` in {path}", secret.value),
                ));
            }
        }
    }
    found
}
