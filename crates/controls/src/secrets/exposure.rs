//! Which credential-like values are usable by whoever reads the repository, and where they can be used.

use plimsoll_model::repository::{Credential, Shape, Strength};
use plimsoll_model::{DeploymentKind, Format, PlaceKind, System, is_local_host, is_password, is_remote_host, is_signing_key};

/// A credential that can be used.
pub(super) struct Exposed<'a> {
    /// The kind of gap that it makes.
    pub(super) kind: &'static str,
    /// Where it stands.
    pub(super) credential: &'a Credential,
}

impl Exposed<'_> {
    /// The name that it goes by: the variable or key, else what it is.
    pub(super) fn name(&self) -> String {
        let f = &self.credential.finding;
        f.default_of.clone().or_else(|| f.key.clone()).filter(|n| !n.is_empty()).unwrap_or_else(|| f.what.to_owned())
    }
}

/// Kinds that stay within development and tests, or wait for a step that the assessed deployment does not take.
pub(super) const CONFINED: &[&str] =
    &["development-credential", "real-value-in-template", "stand-in-in-use", "credential-in-other-deployment"];

/// Every usable credential of the tree, in the order of the files.
pub(super) fn exposed(system: &System) -> Vec<Exposed<'_>> {
    system.credentials().iter().filter_map(|credential| judge(system, credential).map(|kind| Exposed { kind, credential })).collect()
}

fn judge(system: &System, c: &Credential) -> Option<&'static str> {
    let f = &c.finding;
    if f.documented_example || f.public_identifier || f.checksum == Some(false) || f.strength == Strength::Test {
        return None;
    }
    let place = system.place(&c.path);
    match f.strength {
        Strength::Format => format(c, place),
        Strength::Loose => loose(c, place),
        // A value that is commented out was once used if a machine made it.
        _ if f.in_comment && (f.shape != Shape::Random || f.placeholder) => None,
        _ if f.client_exposed => sent_to_clients(c, place),
        _ => match place {
            PlaceKind::Manifest => manifest(system, c),
            PlaceKind::Alternative => alternative(system, c),
            PlaceKind::Product => product(system, c),
            PlaceKind::Development => development(system, c),
            PlaceKind::Pipeline => pipeline(c),
            PlaceKind::Document => (far(c) && made(c) && f.shape == Shape::Random).then_some("credential-in-document"),
            // Tests of parsers are full of URLs with passwords that open nothing.
            PlaceKind::Test => (far(c) && made(c) && f.shape == Shape::Random).then_some("development-credential"),
            PlaceKind::Template => (f.shape == Shape::Random && made(c)).then_some("real-value-in-template"),
            PlaceKind::Foreign => None,
        },
    }
}

/// Neither a stand-in nor a word: somebody made it to be secret.
fn made(c: &Credential) -> bool {
    let f = &c.finding;
    !f.placeholder && !f.weak && f.shape != Shape::Words
}

/// It opens something that can be reached from elsewhere.
fn far(c: &Credential) -> bool {
    c.finding.host.as_deref().is_some_and(is_remote_host)
}

/// It connects to the machine itself.
fn near(c: &Credential) -> bool {
    c.finding.host.as_deref().is_some_and(is_local_host)
}

/// A provider's token is usable wherever it stands; a private key in a test or a development set-up opens that alone.
fn format(c: &Credential, place: PlaceKind) -> Option<&'static str> {
    let key = c.finding.rule.ends_with("private-key");
    match place {
        _ if c.finding.placeholder => None,
        PlaceKind::Foreign if key => None,
        PlaceKind::Test | PlaceKind::Foreign => Some("development-credential"),
        PlaceKind::Development if key => Some("development-credential"),
        _ => Some("live-secret"),
    }
}

/// A Google key is public in a page, but not where a server calls a paid model with it.
fn loose(c: &Credential, place: PlaceKind) -> Option<&'static str> {
    let key = c.finding.key.as_deref().or(c.finding.default_of.as_deref()).unwrap_or_default().to_ascii_uppercase();
    let server = ["GEMINI", "GENERATIVE", "VERTEX", "GOOGLE_AI"].iter().any(|w| key.contains(w)) && !c.finding.client_exposed;
    let usable = server && !c.finding.placeholder && matches!(place, PlaceKind::Manifest | PlaceKind::Alternative | PlaceKind::Product);
    usable.then_some("live-secret")
}

fn sent_to_clients(c: &Credential, place: PlaceKind) -> Option<&'static str> {
    let key = c.finding.key.as_deref().or(c.finding.default_of.as_deref()).unwrap_or_default().to_ascii_uppercase();
    let secret = ["SECRET", "PRIVATE", "PASSWORD", "SERVICE_ROLE", "OPENAI", "ANTHROPIC"].iter().any(|w| key.contains(w))
        && !key.contains("PUBLIC_KEY");
    let shipped = matches!(place, PlaceKind::Manifest | PlaceKind::Alternative | PlaceKind::Product);
    (secret && shipped && !c.finding.placeholder && !c.finding.weak).then_some("secret-sent-to-clients")
}

/// What everybody guesses is usual here; what a machine made in the only set-up that there is may be in use.
fn development(system: &System, c: &Credential) -> Option<&'static str> {
    let only = system.development_only() && system.deployment_uses(&c.path) && c.finding.shape == Shape::Random;
    made(c).then_some(if only { "credential-in-manifest" } else { "development-credential" })
}

fn pipeline(c: &Credential) -> Option<&'static str> {
    if far(c) && made(c) {
        return Some("secret-in-pipeline");
    }
    (c.finding.shape == Shape::Random && made(c)).then_some("development-credential")
}

/// In what the assessed deployment is made of, guessable values count too: they are the ones in use.
fn manifest(system: &System, c: &Credential) -> Option<&'static str> {
    let f = &c.finding;
    let held = system.file(&c.path)?;
    if held.format.language().is_some() {
        return product(system, c);
    }
    let dotenv = held.format == Format::Dotenv;
    let compose = system.deployment().is_some_and(|d| d.kind == DeploymentKind::Compose && d.files.contains(&c.path));
    // Values of a chart are there to be replaced; a manifest is applied as it stands.
    let cluster = system.deployment().is_some_and(|d| d.kind == DeploymentKind::Kubernetes && d.files.contains(&c.path))
        && !held.name().contains("values");
    if near(c) && (f.weak || f.placeholder) {
        return None;
    }
    if is_signing_key(c) && !dotenv && (compose || f.default_of.is_some() || !f.placeholder) {
        return Some("signing-key-default");
    }
    match f.placeholder {
        // A store is created with whatever password its declaration names, a stand-in included.
        true if compose || cluster => is_password(c).then_some("credential-in-manifest"),
        // A template that was committed as the file itself: it is what is in use until somebody replaces it.
        true => (dotenv && system.deployment_uses(&c.path) && (is_password(c) || is_signing_key(c))).then_some("stand-in-in-use"),
        false if dotenv => Some("credential-in-config"),
        false => Some("credential-in-manifest"),
    }
}

/// In another way to run the system, what somebody made counts in full; what everybody guesses opens only what is started that way.
fn alternative(system: &System, c: &Credential) -> Option<&'static str> {
    if made(c) {
        return Some("credential-in-manifest");
    }
    let literal = is_password(c) || is_signing_key(c) || c.finding.strength == Strength::Dsn;
    let declared = system.file(&c.path).is_some_and(|f| f.format.language().is_none());
    (literal && declared && !near(c) && system.runs_the_product(&c.path)).then_some("credential-in-other-deployment")
}

fn product(system: &System, c: &Credential) -> Option<&'static str> {
    let f = &c.finding;
    let Some(held) = system.file(&c.path) else { return made(c).then_some("credential-in-config") };
    match held.format {
        Format::Dockerfile => image(system, c),
        Format::Source(_) => code(system, c),
        Format::Shell | Format::Makefile => (made(c) && !near(c)).then_some("secret-in-code"),
        // What a server writes may repeat what it was given; guesses in it are requests of strangers.
        Format::Log => (made(c) && f.shape == Shape::Random).then_some("credential-in-config"),
        _ if is_signing_key(c) && f.default_of.is_some() => Some("signing-key-default"),
        _ => (made(c) && !(near(c) && f.default_of.is_some())).then_some("credential-in-config"),
    }
}

fn code(system: &System, c: &Credential) -> Option<&'static str> {
    let f = &c.finding;
    let default = f.default_of.is_some();
    if is_signing_key(c) {
        return Some("signing-key-default");
    }
    let host = f.host.as_deref().unwrap_or_default();
    if f.placeholder {
        return None;
    }
    if f.strength == Strength::Dsn {
        // A default for the developer's own machine is no secret; what names a service of this system cannot be set otherwise.
        return (!default && system.names_a_service(host) || made(c) && !near(c) || far(c) && !f.weak).then_some("secret-in-code");
    }
    if !default && is_password(c) && (f.weak || made(c)) && seeds(c) {
        return Some("seeded-password");
    }
    made(c).then_some("secret-in-code")
}

/// The literal becomes the password of an account: it is hashed, or the file sets up the first accounts.
fn seeds(c: &Credential) -> bool {
    let key = c.finding.key.as_deref().unwrap_or_default().to_ascii_lowercase();
    let name = c.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let set_up = [
        "init_db",
        "initdb",
        "initial_data",
        "initialdata",
        "bootstrap",
        "create_admin",
        "createadmin",
        "create_superuser",
        "createsuperuser",
        "dbinit",
        "db_init",
    ];
    key.contains("hash") || key.contains("set_password") || set_up.iter().any(|s| name.contains(s)) && key.contains("password")
}

/// A value in ENV or ARG stays in the image; one in RUN stays in its history, where a build often needs a stand-in.
fn image(system: &System, c: &Credential) -> Option<&'static str> {
    use plimsoll_model::dockerfile::InstructionKind;
    let f = &c.finding;
    let definition = system.images().iter().find(|i| i.path == c.path)?;
    let span = c.at.span?;
    let instruction =
        definition.dockerfile.stages.iter().flat_map(|s| &s.instructions).find(|i| i.span.start <= span.start && span.end <= i.span.end);
    let kept = match instruction.map(|i| &i.kind) {
        Some(InstructionKind::Env(_)) => !f.placeholder && !near(c),
        Some(InstructionKind::Arg(_)) | None => made(c) && !near(c),
        Some(_) => made(c) && f.shape == Shape::Random,
    };
    kept.then_some("secret-in-image")
}
