//! Whether a name says that a secret stands behind it. The last words decide: `DB_PASSWORD` does, `password_field` does not.

/// What a name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    Password,
    Secret,
    Token,
    Key,
}

impl Promise {
    /// Rule and noun phrase.
    pub(crate) fn rule(self) -> (&'static str, &'static str) {
        match self {
            Self::Password => ("assigned-password", "a literal password"),
            Self::Secret => ("assigned-secret", "a literal secret"),
            Self::Token => ("assigned-token", "a literal token"),
            Self::Key => ("assigned-key", "a literal key"),
        }
    }
}

/// The parts that begin every name worth reading, in lower case; each name found is then judged by [`promise`].
pub(crate) const KEYWORDS: &[&str] = &["pass", "pwd", "secret", "token", "key", "credential", "auth", "salt"];

/// Words that change nothing when they come last.
const TAILS: &[&str] = &[
    "default",
    "value",
    "val",
    "prod",
    "production",
    "staging",
    "dev",
    "plain",
    "plaintext",
    "raw",
    "fallback",
    "str",
    "b64",
    "base64",
    "current",
    "primary",
    "secondary",
    "old",
    "new",
];

/// Words before `key` that make it a secret one.
const KEYED: &[&str] = &[
    "secret",
    "api",
    "access",
    "private",
    "signing",
    "sign",
    "encryption",
    "encrypt",
    "auth",
    "authentication",
    "authorization",
    "master",
    "session",
    "jwt",
    "app",
    "account",
    "admin",
    "hmac",
    "crypto",
    "cipher",
    "aes",
    "fernet",
    "service",
    "license",
    "shared",
    "root",
    "webhook",
    "role",
    "server",
    "signature",
    "encrypting",
    "decryption",
    "ssh",
    "deploy",
    "deployment",
    "integration",
    "rsa",
    "openai",
    "anthropic",
    "stripe",
    "sendgrid",
    "mailgun",
];

/// First words that ask a question about the secret or name a limit on it.
const QUESTIONS: &[&str] = &[
    "is",
    "has",
    "no",
    "use",
    "uses",
    "show",
    "hide",
    "enable",
    "enabled",
    "disable",
    "allow",
    "require",
    "required",
    "requires",
    "validate",
    "min",
    "max",
    "num",
    "count",
    "invalid",
    "missing",
    "wrong",
    "incorrect",
    "bad",
    "expired",
    "forgot",
    "verify",
    "check",
    "supports",
    "display",
    "masked",
    "redacted",
    "change",
    "reset",
    "existing",
];

/// Words before `token` that make it part of a grammar, a page or a language model.
const NOT_BEARER: &[&str] = &[
    "next",
    "page",
    "sync",
    "continuation",
    "csrf",
    "xsrf",
    "pad",
    "eos",
    "bos",
    "unk",
    "cls",
    "sep",
    "mask",
    "start",
    "end",
    "stop",
    "special",
    "id",
    "lex",
    "parse",
    "close",
    "open",
    "cancellation",
    "cancel",
    "the",
    "a",
    "first",
    "last",
    "prev",
    "previous",
    "input",
    "output",
    "limit",
    "confirmation",
    "client",
    "request",
    "idempotency",
    "sequence",
    "starting",
];

/// What the name promises; none where it names no secret.
pub(crate) fn promise(name: &[u8]) -> Option<Promise> {
    let words = words(name);
    let mut end = words.len();
    while end > 1 && (TAILS.contains(&words[end - 1].as_str()) || words[end - 1].bytes().all(|b| b.is_ascii_digit())) {
        end -= 1;
    }
    let last = words.get(end.checked_sub(1)?)?.trim_end_matches(|c: char| c.is_ascii_digit());
    let before = end.checked_sub(2).map_or("", |i| words[i].as_str());
    if words.len() > 1 && QUESTIONS.contains(&words[0].as_str()) {
        return None;
    }
    if words.windows(2).any(|w| w[0] == "public" && w[1] == "key")
        || (matches!(before, "existing" | "pull" | "tls" | "from") && last.starts_with("secret"))
    {
        return None;
    }
    if before == "public" || before == "publishable" || before == "site" {
        return None;
    }
    match last {
        "password" | "passwd" | "passphrase" | "pwd" | "passcode" | "requirepass" | "masterauth" | "pgpassword" => Some(Promise::Password),
        "pass"
            if !matches!(
                before,
                "" | "proxy" | "first" | "second" | "single" | "by" | "render" | "compiler" | "one" | "status" | "health" | "check"
            ) =>
        {
            Some(Promise::Password)
        }
        "hash" if before == "password" && words.iter().any(|w| w == "get") => Some(Promise::Password),
        "secret" | "secrets" | "credential" | "credentials" => Some(Promise::Secret),
        "salt"
            if name == b"SALT"
                || matches!(
                    before,
                    "password" | "hash" | "secret" | "cookie" | "session" | "encryption" | "signing" | "api" | "auth" | "hashids"
                ) =>
        {
            Some(Promise::Secret)
        }
        "token" if !NOT_BEARER.contains(&before) => Some(Promise::Token),
        "key" if KEYED.contains(&before) || (before == "storage" && words[0] == "azure") => Some(Promise::Key),
        "apikey" | "apikeys" | "secretkey" | "accesskey" | "privatekey" | "authkey" | "signingkey" | "encryptionkey" | "masterkey" => {
            Some(Promise::Key)
        }
        "keys" if matches!(before, "secret" | "api") => Some(Promise::Key),
        "auth" if matches!(before, "basic" | "redis") => Some(Promise::Password),
        _ if last.len() > 8 && (last.ends_with("password") || last.ends_with("passwd")) => Some(Promise::Password),
        _ if last.len() > 6 && last.ends_with("secret") && !last.ends_with("nosecret") => Some(Promise::Secret),
        _ if last.len() > 6 && (last.ends_with("authtoken") || last.ends_with("accesstoken") || last.ends_with("apitoken")) => {
            Some(Promise::Token)
        }
        _ if last.len() > 7
            && (last.ends_with("apikey") || last.ends_with("secretkey") || last.ends_with("accesskey") || last.ends_with("privatekey")) =>
        {
            Some(Promise::Key)
        }
        _ => None,
    }
}

/// Whether the name says that a secret stands behind it: `DB_PASSWORD` does, `PASSWORD_MIN_LENGTH` and `CLIENT_ID` do not.
pub fn names_a_secret(name: &str) -> bool {
    promise(name.as_bytes()).is_some()
}

/// Whether the name's prefix makes a build tool ship the value to browsers.
pub(crate) fn is_client_exposed(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    ["NEXT_PUBLIC_", "VITE_", "REACT_APP_", "PUBLIC_", "NUXT_PUBLIC_", "EXPO_PUBLIC_", "GATSBY_", "VUE_APP_", "NG_APP_"]
        .iter()
        .any(|p| last.starts_with(p))
}

/// The words of a name in lower case, split at signs and at humps.
pub(crate) fn words(name: &[u8]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (i, &b) in name.iter().enumerate() {
        if !b.is_ascii_alphanumeric() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        let after_lower = i > 0 && (name[i - 1].is_ascii_lowercase() || name[i - 1].is_ascii_digit());
        let starts_hump = i > 0 && name[i - 1].is_ascii_uppercase() && name.get(i + 1).is_some_and(u8::is_ascii_lowercase);
        if b.is_ascii_uppercase() && (after_lower || starts_hump) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.push(b.to_ascii_lowercase() as char);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}
