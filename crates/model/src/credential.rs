//! What the facts about a credential mean beside the system that it belongs to.

use plimsoll_facts::Format;
use plimsoll_facts::repository::{Credential, Strength};

use crate::system::System;

/// Names of keys with which a server signs or encrypts its own sessions, cookies and tokens.
const SIGNING: &[&str] = &[
    "secret_key",
    "secretkey",
    "secret_key_base",
    "app_secret",
    "app_key",
    "jwt_secret",
    "jwt_secret_key",
    "jwt_key",
    "jwtsecret",
    "jwt_refresh_secret",
    "refresh_secret",
    "refresh_token_secret",
    "access_token_secret",
    "token_secret",
    "session_secret",
    "session_key",
    "cookie_secret",
    "cookie_key",
    "auth_secret",
    "auth_key",
    "nextauth_secret",
    "signing_key",
    "signing_secret",
    "encryption_key",
];
/// Whose keys are issued by somebody else: a stand-in for one of those opens nothing.
const ISSUED: &[&str] = &[
    "aws",
    "s3",
    "access",
    "stripe",
    "razorpay",
    "paypal",
    "client",
    "webhook",
    "recaptcha",
    "hcaptcha",
    "turnstile",
    "captcha",
    "oauth",
    "google",
    "github",
    "gitlab",
    "slack",
    "twilio",
    "minio",
    "facebook",
    "apple",
    "azure",
    "langfuse",
    "clerk",
    "r2",
    "spaces",
    "openai",
    "aliyun",
    "tencent",
    "cloudinary",
    "plaid",
    "pusher",
    "twitter",
    "linkedin",
    "line",
    "wechat",
    "kakao",
    "k8s",
    "kubernetes",
    "consumer",
    "discord",
    "algolia",
    "mailgun",
    "sendgrid",
    "license",
    "upload",
    "storage",
    "shopify",
    "zoom",
    "supabase",
    "firebase",
];
/// Words that only say where a setting lives.
const HOLDERS: &[&str] = &[
    "app", "config", "settings", "django", "flask", "self", "process", "env", "os", "environ", "default", "my", "server", "backend", "api",
    "options", "spring", "security", "web",
];

/// Whether the value signs or encrypts what the server itself hands out, so that whoever knows it can forge that.
pub fn is_signing_key(credential: &Credential) -> bool {
    let finding = &credential.finding;
    let named = |name: &str, holders_only: bool| {
        let lower = snake(name);
        SIGNING.iter().any(|s| {
            let Some(before) = lower.strip_suffix(s) else { return false };
            let words = || before.split('_').filter(|w| !w.is_empty());
            (before.is_empty() || before.ends_with('_'))
                && !words().any(|w| ISSUED.contains(&w))
                && (!holders_only || words().all(|w| HOLDERS.contains(&w)))
        })
    };
    // The name of a variable with a default is a name of the configuration; a mere assignment must bear exactly such a name.
    match &finding.default_of {
        Some(variable) => named(variable, false) || finding.key.as_deref().is_some_and(|k| named(k, true)),
        None => finding.key.as_deref().is_some_and(|k| named(k, true)),
    }
}

/// `JwtSecret`, `app.secret-key` as `jwt_secret`, `app_secret_key`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    for c in name.chars() {
        if c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            out.push('_');
        }
        out.push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
        before = c;
    }
    out
}

/// Whether a host means the machine itself, or stands in for one.
pub fn is_local_host(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    matches!(name.as_str(), "localhost" | "127" | "0" | "host" | "hostname" | "server" | "example" | "your-host" | "ip" | "")
        || name.starts_with("127.")
        || name.starts_with("0.0.0.0")
        || name.starts_with("host.docker")
        || name.contains('$')
        || name.contains('{')
        || name.contains('%')
        || name.contains('<')
}

/// Whether a host can be reached from elsewhere: a public name or address.
pub fn is_remote_host(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    let private = ["10.", "192.168.", "172.16.", "127.", "0."].iter().any(|p| name.starts_with(p));
    let inner = [".local", ".internal", ".cluster", ".svc", ".test", ".localhost", ".invalid"].iter().any(|e| name.ends_with(e));
    name.contains('.') && !private && !inner && !name.contains("example.") && !is_local_host(host) && !name.ends_with(".example")
}

impl System {
    /// Whether a host is the name of a service that runs here.
    pub fn names_a_service(&self, host: &str) -> bool {
        let name = host.split(':').next().unwrap_or(host);
        self.services().iter().any(|s| s.name == name)
    }

    /// Files that may hold credentials or settings and could not be read, by size or by what they hold.
    pub fn unread(&self) -> impl Iterator<Item = &crate::Held> {
        self.files().iter().filter(|f| {
            let configuration = matches!(
                f.format,
                Format::Yaml
                    | Format::Toml
                    | Format::Dotenv
                    | Format::Properties
                    | Format::Hcl
                    | Format::Ini
                    | Format::Conf
                    | Format::Dockerfile
                    | Format::Shell
                    | Format::Xml
                    | Format::KeyMaterial
            );
            let oversize = f.size > plimsoll_facts::MAX_FILE_BYTES;
            let dropped = f.bytes.is_none() && f.size > 0 && f.size <= plimsoll_facts::KEPT_BYTES;
            let pointer = f.bytes.as_deref().is_some_and(|b| b.starts_with(b"version https://git-lfs.github.com/spec/"));
            f.product() && (configuration && (oversize || dropped || pointer) || oversize && matches!(f.format, Format::Source(_)))
        })
    }
}

/// Whether a credential is a password: of an account or in a connection.
pub fn is_password(credential: &Credential) -> bool {
    credential.finding.strength == Strength::Dsn || credential.finding.rule == "assigned-password"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_local_remote_or_neither() {
        for host in ["localhost:5432", "127.0.0.1", "host:5432", "${HOST}", "%s:%s", "host.docker.internal"] {
            assert!(is_local_host(host), "{host}");
        }
        for host in ["db.acme-corp.com:5432", "34.120.7.9"] {
            assert!(is_remote_host(host) && !is_local_host(host), "{host}");
        }
        for host in ["db:5432", "postgres", "db.internal", "10.0.0.4", "db.example.com"] {
            assert!(!is_remote_host(host), "{host}");
        }
    }

    #[test]
    fn names_are_compared_by_words() {
        assert_eq!(snake("process.env.JWT_SECRET"), "process_env_jwt_secret");
        assert_eq!(snake("jwtSecretKey"), "jwt_secret_key");
    }
}
