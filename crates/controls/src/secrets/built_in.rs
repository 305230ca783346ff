//! Images that let everybody in unless they are told not to: what they are opened with when nothing is set.

use plimsoll_base::Location;
use plimsoll_model::Service;
use plimsoll_model::container::{Reach, Runtime, ValueSource};

/// An image whose own credential holds until a variable replaces it.
struct BuiltIn {
    /// What its image is called, without registry and tag.
    images: &'static [&'static str],
    /// What opens it.
    opens: &'static str,
    /// Variables that replace it.
    replaced_by: &'static [&'static str],
    /// Folders and files in which a mounted configuration may replace it.
    configured_at: &'static [&'static str],
}

/// By the pages of their images.
const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        images: &["grafana", "grafana-oss", "grafana-enterprise"],
        opens: "admin / admin",
        replaced_by: &[
            "GF_SECURITY_ADMIN_PASSWORD",
            "GF_SECURITY_ADMIN_PASSWORD__FILE",
            "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION",
            "GF_AUTH_DISABLE_LOGIN_FORM",
        ],
        configured_at: &["/etc/grafana/grafana.ini", "/etc/grafana/custom.ini"],
    },
    BuiltIn {
        images: &["rabbitmq"],
        opens: "guest / guest",
        replaced_by: &["RABBITMQ_DEFAULT_PASS", "RABBITMQ_DEFAULT_PASS_FILE", "RABBITMQ_PASSWORD", "RABBITMQ_DEFINITIONS_FILE"],
        configured_at: &["/etc/rabbitmq"],
    },
    BuiltIn {
        images: &["minio"],
        opens: "minioadmin / minioadmin",
        replaced_by: &[
            "MINIO_ROOT_PASSWORD",
            "MINIO_ROOT_PASSWORD_FILE",
            "MINIO_SECRET_KEY",
            "MINIO_SECRET_KEY_FILE",
            "MINIO_CONFIG_ENV_FILE",
        ],
        configured_at: &["/etc/default/minio", "/etc/config.env"],
    },
    BuiltIn {
        images: &["sonarqube"],
        opens: "admin / admin",
        replaced_by: &["SONAR_FORCEAUTHENTICATION"],
        configured_at: &["/opt/sonarqube/conf"],
    },
    BuiltIn {
        images: &["neo4j"],
        opens: "neo4j / neo4j",
        replaced_by: &["NEO4J_AUTH", "NEO4J_AUTH_FILE", "NEO4J_AUTH_PATH"],
        configured_at: &["/var/lib/neo4j/conf", "/conf"],
    },
];

/// Switches with which an image is told to ask for no password.
const OPENED_BY: &[(&str, &[&str])] = &[
    ("POSTGRES_HOST_AUTH_METHOD", &["trust"]),
    ("MYSQL_ALLOW_EMPTY_PASSWORD", &["yes", "true", "1"]),
    ("MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", &["yes", "true", "1"]),
    ("MARIADB_ALLOW_EMPTY_PASSWORD", &["yes", "true", "1"]),
    ("ALLOW_EMPTY_PASSWORD", &["yes", "true", "1"]),
    ("xpack.security.enabled", &["false"]),
    ("DISABLE_SECURITY_PLUGIN", &["true"]),
    ("plugins.security.disabled", &["true"]),
];

/// Engines that ask for no password until they are told one: by a variable, or by words of the command.
const UNASKED: &[(&str, &[&str], &[&str])] = &[
    ("redis", &["REDIS_PASSWORD", "REDIS_PASSWORD_FILE", "REDIS_ARGS", "REDIS_ACLFILE"], &["requirepass", "aclfile", ".conf"]),
    ("valkey", &["VALKEY_PASSWORD", "VALKEY_PASSWORD_FILE", "VALKEY_EXTRA_FLAGS"], &["requirepass", "aclfile", ".conf"]),
    (
        "mongodb",
        &["MONGO_INITDB_ROOT_PASSWORD", "MONGO_INITDB_ROOT_PASSWORD_FILE", "MONGODB_ROOT_PASSWORD", "MONGODB_ROOT_PASSWORD_FILE"],
        &["--auth", "--keyFile", ".conf", "--config"],
    ),
    ("memcached", &[], &["-S", "--enable-sasl", "auth-file"]),
];

/// How a service of somebody else's image is opened without being told a password.
pub(super) struct Unlocked {
    /// Where it shows.
    pub(super) at: Location,
    /// In a sentence.
    pub(super) says: String,
    /// Whether no password is asked for at all.
    pub(super) unasked: bool,
    /// A configuration is handed in that may say otherwise and was not read.
    pub(super) configured: bool,
}

/// How a service is opened by what its image brings along.
pub(super) fn unlocked(service: &Service) -> Option<Unlocked> {
    let has = |names: &[&str]| {
        let given = service.environment.iter().any(|v| names.contains(&v.name.as_str()));
        given || service.secrets.iter().any(|s| names.contains(&s.name.as_str()))
    };
    for variable in &service.environment {
        let Some(value) = literal(&variable.value) else { continue };
        let opened = OPENED_BY.iter().any(|(name, values)| *name == variable.name && values.contains(&value.to_ascii_lowercase().as_str()));
        if opened {
            let says = format!("`{}` asks for no password: {}={value}", service.name, variable.name);
            return Some(Unlocked { at: variable.at, says, unasked: true, configured: false });
        }
    }
    if service.owned() {
        return None;
    }
    let image = service.image_text()?;
    let name = image.split('@').next().unwrap_or(image).rsplit('/').next().unwrap_or(image).split(':').next().unwrap_or(image);
    // Variables that come in as a whole may hold any of them.
    let whole = service.env_files.iter().any(|f| !f.exists)
        || service.environment.iter().any(|v| v.name.is_empty() || v.name == "*")
        || !service.secrets.is_empty();
    if let Some(own) = BUILT_IN.iter().find(|b| b.images.contains(&name)) {
        let mounted = service.mounts.iter().any(|m| own.configured_at.iter().any(|c| m.target.starts_with(c)));
        let says = format!("`{}` ({image}) is opened by {}: nothing replaces what its image brings along", service.name, own.opens);
        return (!has(own.replaced_by)).then_some(Unlocked { at: service.at, says, unasked: false, configured: mounted || whole });
    }
    let engine = service.engine?;
    let (_, variables, words) = UNASKED.iter().find(|(e, ..)| *e == engine)?;
    let told = service.entrypoint.iter().chain(&service.command).flat_map(|c| &c.value).any(|w| words.iter().any(|t| w.contains(t)));
    let configured = service.mounts.iter().any(|m| m.target.ends_with(".conf") || m.target.contains("/etc/"));
    let says = format!("`{}` ({image}) asks for no password", service.name);
    (!told && !has(variables)).then_some(Unlocked { at: service.at, says, unasked: true, configured: configured || whole })
}

/// Whether nothing but its neighbours on one host reaches a service.
pub(super) fn within_host(service: &Service) -> bool {
    let open = |reach: Reach| matches!(reach, Reach::Public | Reach::Private | Reach::Unresolved);
    service.runtime == Runtime::Compose && !service.exposed && !service.ports.iter().any(|p| open(p.reach))
}

/// The value of a variable, where the repository decides it.
fn literal(value: &ValueSource) -> Option<&str> {
    match value {
        ValueSource::Literal(text) | ValueSource::EnvFile { value: text, .. } => Some(text),
        ValueSource::Interpolated { resolved, .. } => resolved.as_deref(),
        _ => None,
    }
}
