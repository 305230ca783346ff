//! Whether secrets change, or can change, without an outage.

use plimsoll_base::{Evidence, Gap, Grade, Judgement, Location, Question, Subject, Tally};
use plimsoll_model::container::{Runtime, SecretStore, ValueSource};
use plimsoll_model::iac::Resource;
use plimsoll_model::{System, holds_password, is_sensitive, opens};

use super::exposure::exposed;
use crate::Control;

pub(crate) const CONTROL: Control = Control { id: "secrets/secret-rotation", page: include_str!("secret_rotation.md"), check };

fn check(system: &System, mut tally: Tally) -> Judgement {
    let subject = Subject::system();
    let resources = || system.iac().iter().flat_map(|r| &r.resources);
    for (at, says) in resources().filter_map(rotates) {
        tally.met(&subject, Evidence::seen(at, says, Grade::Active));
    }
    let held = held(system);
    let rotated = !tally.is_empty();
    if rotated || !held.fixed.is_empty() {
        for (at, says) in resources().filter_map(rotates_keys) {
            tally.met(&subject, Evidence::seen(at, says, Grade::Wired));
        }
        for read in system.env_reads().iter().filter(|r| ring(&r.name)) {
            tally.met(
                &subject,
                Evidence::seen(read.at, format!("accepts the former value beside the present one: {}", read.name), Grade::Wired),
            );
        }
    }
    if let Some((first, rest)) = held.fixed.split_first() {
        let names: Vec<&str> = held.fixed.iter().take(4).map(|(n, ..)| n.as_str()).collect();
        let more = if held.fixed.len() > names.len() { format!(" and {} more", held.fixed.len() - names.len()) } else { String::new() };
        let note = |(name, at, says): &(String, Location, &'static str)| Evidence::noted(*at, format!("{name} {says}"));
        let mut gap = Gap::new("static-keys", format!("nothing renews {}{more}", names.join(", ")), note(first))
            .so("a secret that leaked once stays good, and changing it by hand means an outage");
        for item in rest.iter().take(7) {
            gap = gap.and(note(item));
        }
        gap = gap.and(Evidence::sought("rotation of a secret", system.scopes(&["**/*.tf", "**/*.y*ml", "**"])));
        tally.gap(&subject, gap);
    } else if let Some((name, _, says)) = held.elsewhere.first().filter(|_| !rotated) {
        tally.doubt(
            &subject,
            Question::new(
                format!("whether {name} is renewed: it {says}"),
                "show the rotation policy of the store as code, or attest when it was last renewed",
            ),
        );
    } else if !rotated && !held.any() {
        // Roles instead of keys: nothing is there that would have to be renewed.
        if let Some((at, says)) =
            resources().find_map(role).filter(|_| system.services().iter().any(|s| matches!(s.runtime, Runtime::Ecs | Runtime::Function)))
        {
            tally.met(&subject, Evidence::seen(at, says, Grade::Active));
        }
    }
    tally.finish(|| Evidence::sought("secret that a service is given or reads", system.scopes(&["**"])))
}

/// The secrets of the system: those that are fixed until somebody changes them, and those that a store elsewhere may renew.
struct Holdings {
    fixed: Vec<(String, Location, &'static str)>,
    elsewhere: Vec<(String, Location, &'static str)>,
}

impl Holdings {
    fn any(&self) -> bool {
        !self.fixed.is_empty() || !self.elsewhere.is_empty()
    }
}

fn held(system: &System) -> Holdings {
    let declared = system.iac().iter().flat_map(|r| &r.resources).any(|r| {
        matches!(
            r.kind.as_str(),
            "aws_secretsmanager_secret"
                | "aws_ssm_parameter"
                | "google_secret_manager_secret"
                | "azurerm_key_vault_secret"
                | "AWS::SecretsManager::Secret"
        )
    });
    let mut found = Holdings { fixed: Vec::new(), elsewhere: Vec::new() };
    let exposed = exposed(system);
    for service in system.services() {
        for v in &service.environment {
            let sensitive = is_sensitive(&v.name);
            let item = |says| (v.name.clone(), v.at, says);
            match &v.value {
                ValueSource::Literal(value) if sensitive && opens(&v.name, value) || holds_password(value) => {
                    found.fixed.push(item("is a literal"))
                }
                ValueSource::EnvFile { value, .. } if sensitive && opens(&v.name, value) => found.fixed.push(item("stands in an env file")),
                ValueSource::Interpolated { variables, .. } if variables.iter().any(|i| is_sensitive(&i.name)) => {
                    found.fixed.push(item("comes from whoever starts the service"))
                }
                ValueSource::PassedThrough if sensitive => found.fixed.push(item("comes from whoever starts the service")),
                _ => {}
            }
        }
        for s in &service.secrets {
            let name = if s.name.contains("{{") { "what the chart names" } else { &s.name };
            let item = |says| (name.to_owned(), s.at, says);
            match &s.store {
                SecretStore::Managed(_) if declared => found.fixed.push(item("lies in a store that is declared here, without rotation")),
                SecretStore::Managed(_) => found.elsewhere.push(item("lies in a store outside the repository")),
                SecretStore::Orchestrator if service.runtime != Runtime::Kubernetes => {
                    found.elsewhere.push(item("lies in the orchestrator's store"))
                }
                SecretStore::Orchestrator | SecretStore::File(_) | SecretStore::Environment(_) | SecretStore::Encrypted(_) => {
                    found.fixed.push(item("is put there by hand"))
                }
                SecretStore::Unresolved => found.elsewhere.push(item("is held where nothing here tells")),
            }
        }
        // What the declaration does not set starts with the value that the source shows.
        for e in exposed.iter().filter(|e| {
            matches!(e.kind, "signing-key-default" | "secret-in-code" | "credential-in-config")
                && service.owns_file(system, &e.credential.path)
        }) {
            let name = e.name();
            if !found.fixed.iter().chain(&found.elsewhere).any(|(n, ..)| *n == name) {
                found.fixed.push((name, e.credential.at, "has a value in the source"));
            }
        }
        let shown = service.env_files.iter().find(|f| !f.exists);
        let role = matches!(service.runtime, Runtime::Ecs | Runtime::Function);
        for read in service.env_reads(system).into_iter().filter(|r| is_sensitive(&r.name) && !(role && r.name.starts_with("AWS_"))) {
            let known = found.fixed.iter().chain(&found.elsewhere).any(|(n, ..)| *n == read.name);
            match (known, shown, service.runtime) {
                (true, ..) => {}
                (_, Some(_), _) => found.fixed.push((read.name.clone(), read.at, "comes from an env file on the host")),
                (_, None, Runtime::Platform) => found.elsewhere.push((read.name.clone(), read.at, "lies in the platform's store")),
                (_, None, Runtime::Process) => found.elsewhere.push((read.name.clone(), read.at, "comes from where nothing here tells")),
                _ if !read.defaulted => found.elsewhere.push((read.name.clone(), read.at, "is read, and nothing here hands it over")),
                _ => {}
            }
        }
    }
    for list in [&mut found.fixed, &mut found.elsewhere] {
        let mut seen = std::collections::BTreeSet::new();
        list.retain(|(n, ..)| seen.insert(n.clone()));
    }
    found
}

/// Resources that renew a secret by themselves.
fn rotates(r: &Resource) -> Option<(Location, String)> {
    let on = |name: &str| r.get(name).is_some_and(|v| v.value == "true");
    let says = match r.kind.as_str() {
        "aws_secretsmanager_secret_rotation" | "AWS::SecretsManager::RotationSchedule" => {
            format!("{} renews a secret on a schedule", r.name)
        }
        "aws_db_instance" | "aws_rds_cluster" if on("manage_master_user_password") => {
            format!("the database {} has a password that its provider renews", r.name)
        }
        "AWS::RDS::DBInstance" | "AWS::RDS::DBCluster" if on("ManageMasterUserPassword") => {
            format!("the database {} has a password that its provider renews", r.name)
        }
        "google_secret_manager_secret" if r.attributes.iter().any(|(n, _)| n.starts_with("rotation.")) => {
            format!("{} is due for renewal on a schedule", r.name)
        }
        kind if kind.starts_with("vault_database_secret") || kind == "vault_aws_secret_backend_role" => {
            format!("{} gives out credentials that expire", r.name)
        }
        _ => return None,
    };
    Some((r.at, says))
}

/// Rotation of encryption keys: no secret of the application changes by it.
fn rotates_keys(r: &Resource) -> Option<(Location, String)> {
    let on = r.get("enable_key_rotation").is_some_and(|v| v.value == "true")
        || r.kind == "google_kms_crypto_key" && r.get("rotation_period").is_some();
    on.then(|| (r.at, format!("{} renews the key that encrypts, not the secrets", r.name)))
}

/// Names under which a program takes former keys beside the present one.
fn ring(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    ["_FALLBACKS", "_PREVIOUS", "PREVIOUS_SECRET", "OLD_SECRET", "_KEYRING", "_KEY_RING"].iter().any(|w| upper.contains(w))
        && (is_sensitive(name) || upper.contains("SECRET") || upper.contains("KEY"))
}

fn role(r: &Resource) -> Option<(Location, String)> {
    matches!(r.kind.as_str(), "aws_iam_role" | "google_service_account" | "azurerm_user_assigned_identity" | "AWS::IAM::Role")
        .then(|| (r.at, format!("the role {} instead of keys: no service is given or reads a secret", r.name)))
}
