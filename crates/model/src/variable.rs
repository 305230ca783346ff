//! What a variable carries, told by its name and, where it is written, by its value.

use plimsoll_facts::repository::{is_placeholder, names_a_secret};

/// Names whose value is a connection that usually holds a password.
const CONNECTIONS: &[&str] = &[
    "database_url",
    "db_url",
    "postgres_url",
    "postgresql_url",
    "pg_url",
    "mysql_url",
    "mongo_url",
    "mongodb_url",
    "mongo_uri",
    "mongodb_uri",
    "database_uri",
    "db_uri",
    "amqp_url",
    "rabbitmq_url",
    "broker_url",
    "connection_string",
    "connectionstring",
    "database_dsn",
    "db_dsn",
    "dsn",
    "direct_url",
    "defaultconnection",
];
/// Prefixes with which build tools ship a variable to browsers.
const SHIPPED: &[&str] =
    &["NEXT_PUBLIC_", "VITE_", "REACT_APP_", "PUBLIC_", "NUXT_PUBLIC_", "EXPO_PUBLIC_", "GATSBY_", "VUE_APP_", "NG_APP_"];

/// Whether the value that belongs to a name must be kept secret. Identifiers (client id, region, bucket, publishable key) need not.
pub fn is_sensitive(name: &str) -> bool {
    let lower = name.to_ascii_lowercase().replace(['.', '-', ':'], "_");
    // A file's path is no secret; the variable says where the secret lies.
    if is_shipped_to_clients(name) || lower.ends_with("_file") || lower.ends_with("_path") || lower.contains("sentry_dsn") {
        return false;
    }
    names_a_secret(name) || is_connection(&lower) || consumer_key(&lower)
}

/// Whether a build tool ships the variable to every browser.
pub fn is_shipped_to_clients(name: &str) -> bool {
    SHIPPED.iter().any(|p| name.starts_with(p))
}

/// Whether a literal given to a sensitive name is one that opens something: neither empty nor a switch, and a connection only with a password in it.
pub fn opens(name: &str, value: &str) -> bool {
    let value = value.trim();
    if value.is_empty()
        || matches!(value.to_ascii_lowercase().as_str(), "true" | "false" | "null" | "none" | "0" | "1" | "yes" | "no" | "disabled")
    {
        return false;
    }
    if holds_password(value) {
        return true;
    }
    let lower = name.to_ascii_lowercase().replace(['.', '-', ':'], "_");
    // A stand-in for a key that somebody else issues opens nothing; a password is whatever the declaration names.
    if is_stand_in(value) && !lower.contains("pass") && !lower.contains("pwd") && !lower.contains("secret_key") && !lower.contains("jwt") {
        return false;
    }
    if names_a_secret(name) || consumer_key(&lower) {
        // A path or an address is where the secret is, not the secret.
        return !value.starts_with('/') && !value.starts_with("http://") && !value.starts_with("https://") && !value.starts_with("arn:");
    }
    false
}

/// Whether a text holds a URL or a connection string with a literal password.
pub fn holds_password(value: &str) -> bool {
    let url = value
        .split_once("://")
        .and_then(|(_, rest)| rest.split(['/', '?']).next()?.rsplit_once('@'))
        .and_then(|(user, _)| user.split_once(':'));
    if let Some((_, password)) = url {
        return !password.is_empty() && !password.contains('$') && !password.contains('{');
    }
    let lower = value.to_ascii_lowercase();
    ["password=", "pwd="]
        .iter()
        .any(|key| lower.split(';').any(|part| part.trim().strip_prefix(key).is_some_and(|v| !v.is_empty() && !v.contains("${"))))
}

/// Whether a value stands in for one that is still to be filled in.
pub fn is_stand_in(value: &str) -> bool {
    is_placeholder(value.as_bytes())
}

fn is_connection(lower: &str) -> bool {
    CONNECTIONS.iter().any(|c| lower.strip_suffix(*c).is_some_and(|before| before.is_empty() || before.ends_with('_')))
        || lower.starts_with("connectionstrings__")
}

/// OAuth 1's `CONSUMER_KEY` is one half of a pair that is only given to the application itself.
fn consumer_key(lower: &str) -> bool {
    lower.ends_with("consumer_key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_secrets_from_identifiers() {
        for name in [
            "POSTGRES_PASSWORD",
            "JWT_SECRET",
            "OPENAI_API_KEY",
            "DATABASE_URL",
            "GROQ_API_KEY",
            "spring.datasource.password",
            "ConnectionStrings__Default",
            "TWITTER_CONSUMER_KEY",
            "APP_MONGO_URI",
        ] {
            assert!(is_sensitive(name), "{name}");
        }
        for name in [
            "AWS_REGION",
            "S3_BUCKET",
            "COGNITO_CLIENT_ID",
            "STRIPE_PUBLISHABLE_KEY",
            "NEXT_PUBLIC_API_KEY",
            "POSTGRES_PASSWORD_FILE",
            "POSTGRES_USER",
            "SENTRY_DSN",
            "NEXTAUTH_URL",
            "TABLE_NAME",
            "PASSWORD_MIN_LENGTH",
        ] {
            assert!(!is_sensitive(name), "{name}");
        }
    }

    #[test]
    fn only_what_opens_something_counts_as_a_literal() {
        assert!(opens("POSTGRES_PASSWORD", "postgres"));
        assert!(opens("DATABASE_URL", "postgres://u:pw@db/x"));
        assert!(opens("ConnectionStrings__Default", "Server=db;User=sa;Password=x1;"));
        assert!(!opens("DATABASE_URL", "sqlite:///app.db"));
        assert!(!opens("DATABASE_URL", "postgres://db/x"));
        assert!(!opens("DATABASE_URL", "postgres://u:${PW}@db/x"));
        assert!(!opens("API_TOKEN", ""));
        assert!(!opens("GITHUB_TOKEN", "/run/secrets/token"));
    }
}
