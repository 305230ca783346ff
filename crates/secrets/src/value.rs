//! Whether a literal behind a secret's name can be a credential, and what it looks like.

use crate::Shape;
use crate::kind::Kind;
use crate::names;
use crate::placeholder::{is_guessable, is_placeholder};

/// Shannon entropy in bits per byte.
pub(crate) fn entropy(value: &[u8]) -> f32 {
    let mut counts = [0u32; 256];
    for &b in value {
        counts[b as usize] += 1;
    }
    let n = value.len() as f32;
    counts.iter().filter(|c| **c > 0).map(|&c| c as f32 / n).map(|p| -p * p.log2()).sum()
}

/// What the value looks like.
pub(crate) fn shape(value: &[u8]) -> Shape {
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let entropy = entropy(value);
    // Letters change case inside random text; words change it at most once per part.
    // Parts of a compound are words; a key that has signs in it still has long stretches without.
    let stretch = value.split(|b| b"-_.:/".contains(b)).map(<[u8]>::len).max().unwrap_or(0);
    let flips = value.windows(2).filter(|w| w[0].is_ascii_lowercase() && w[1].is_ascii_uppercase()).count();
    let turns = value.windows(2).filter(|w| w[0].is_ascii_digit() != w[1].is_ascii_digit()).count();
    if value.len() >= 16
        && entropy >= 3.0
        && stretch >= 10
        && ((digits >= 2 && turns >= 3) || (digits == 0 && flips * 5 >= value.len() && letters > 12))
    {
        return Shape::Random;
    }
    if digits > 0 || value.iter().any(|b| b"!@#$%^&*+=?~".contains(b)) { Shape::Mixed } else { Shape::Words }
}

/// Words of schemas, types and switches that stand where a value would.
const VOCABULARY: &[&str] = &[
    "string",
    "str",
    "text",
    "bytes",
    "int",
    "integer",
    "number",
    "bool",
    "boolean",
    "object",
    "any",
    "null",
    "nil",
    "none",
    "undefined",
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "required",
    "optional",
    "write",
    "read",
    "auto",
    "hidden",
    "basic",
    "bearer",
    "oauth",
    "oauth2",
    "jwt",
    "header",
    "cookie",
    "body",
    "query",
    "varchar",
    "file",
    "env",
    "self",
    "disabled",
    "enabled",
    "always",
    "never",
    "float",
    "date",
    "char",
    "email",
    "username",
    "default",
    "generic",
    "opaque",
    "unset",
    "empty",
    "prompt",
    "md5",
    "sha256",
    "scram-sha-256",
    "inherit",
    "input",
    "uuid",
    "binary",
    "array",
    "list",
    "dict",
    "map",
    "function",
    "unknown",
    "n/a",
    "secretstr",
    "option",
    "omit",
    "include",
    "same-origin",
    "current-password",
    "new-password",
    "one-time-code",
    "numeric",
    "plain",
    "plaintext",
    "secure",
    "sensitive",
    "vault",
    "aws",
    "gcp",
    "local",
    "session",
    "redacted",
    "blob",
    "longtext",
    "authorization",
    "rs256",
    "hs256",
];

/// Whether the text refers to a value that is decided elsewhere.
pub(crate) fn is_reference(value: &[u8]) -> bool {
    const STARTS: &[&str] = &[
        "$",
        "{{",
        "<%",
        "%(",
        "#{",
        "@Microsoft.",
        "!",
        "process.env",
        "os.environ",
        "os.getenv",
        "System.getenv",
        "import.meta",
        "var.",
        "local.",
        "data.",
        "module.",
        "each.",
        "env(",
        "env.",
        "ENV[",
        "ENV.",
        "secrets.",
        "vault:",
        "arn:",
        "ssm:",
        "secretsmanager:",
        "resolve:",
        "op://",
        "ref+",
        "file:",
        "file(",
        "/run/secrets/",
        "/",
        "./",
        "../",
        "~/",
        "ENC[",
        "ENC(",
        "{cipher}",
        "projects/",
        "keyvault",
        "kms:",
        "Fn::",
        "awskms",
        "gcpkms",
        "http://",
        "https://",
        "random_password.",
        "aws_",
        "google_",
        "azurerm_",
        "config.",
        "settings.",
        "self.",
        "this.",
        "args.",
        "data:",
        "sm://",
        "gcp-secret",
        "k8s:",
        "base64:$",
        "AQICAH",
        "\\",
        "urn:",
        "path:",
        "lookup(",
        "pass:",
        "bao:",
        "sha256:",
        "sha512-",
        "sha1-",
        "sha384-",
    ];
    STARTS.iter().any(|s| value.starts_with(s.as_bytes()))
        || ["${", "{{", "$(", "%{", "<%=", "%s"].iter().any(|s| memchr::memmem::find(value, s.as_bytes()).is_some())
        || (value.starts_with(b"%") && value.ends_with(b"%"))
        // A colour.
        || (matches!(value.len(), 4 | 7 | 9) && value[0] == b'#' && value[1..].iter().all(u8::is_ascii_hexdigit))
        // A pattern to be matched, and MySQL's own hash of a password.
        || value.starts_with(b".*")
        || value.starts_with(b"[^")
        || (value.len() == 41 && value[0] == b'*' && value[1..].iter().all(u8::is_ascii_hexdigit))
        || (value.starts_with(b"{") && value.ends_with(b"}"))
        || (value.starts_with(b"__") && value.ends_with(b"__"))
        // The payload of a SealedSecret begins with the length of its session key.
        || (value.len() > 100 && value.starts_with(b"Ag"))
        // A format sign alone, or a password that a program hashed: crypt and bcrypt forms begin with `$` and are met above.
        || matches!(value, b"%s" | b"%v" | b"%d" | b"{}" | b"?" | b"-" | b"|" | b">" | b"|-" | b">-")
}

/// Whether the literal may be a credential, and then whether it is a stand-in; none where it is a word of a schema, a label for people or a name.
pub(crate) fn judge(value: &[u8], key: &[u8], kind: Kind, is_default: bool, quoted: bool) -> Option<bool> {
    if value.len() < 3 || value.len() > 512 || is_reference(value) || value.iter().any(|b| b.is_ascii_control()) {
        return None;
    }
    let low = value.to_ascii_lowercase();
    if VOCABULARY.iter().any(|w| low == w.as_bytes()) {
        // `default` and `local` are weak secrets where a variable falls back to them, and words of a schema elsewhere.
        return (is_default && is_guessable(value)).then(|| is_placeholder(value));
    }
    // Sentences and labels. A Django key may hold any sign but a blank.
    if value.iter().any(|b| b.is_ascii_whitespace()) || !value.is_ascii() && low.len() < 40 && !is_default {
        let stand_in = is_default && value.len() < 60 && is_placeholder(value);
        return stand_in.then_some(true);
    }
    let last_segment = if kind == Kind::Source { key.rsplit(|b| *b == b'.').next().unwrap_or(key) } else { key };
    let key_words = names::words(last_segment);
    let value_words = names::words(value);
    let last_key = key_words.last().map_or("", String::as_str);
    let shouted_key = !key.iter().any(u8::is_ascii_lowercase);
    if !quoted && kind == Kind::Shell && has_variable(value) {
        return None;
    }
    // A bare name in capitals says what belongs there: `DB_PASSWORD: DB_PASSWORD_VALUE`.
    if !quoted && names::promise(value).is_some() && value.contains(&b'_') && !value.iter().any(u8::is_ascii_lowercase) {
        return Some(true);
    }
    if !shouted_key && is_uuid(value) && !key_words.iter().any(|w| matches!(w.as_str(), "api" | "auth" | "access" | "secret" | "password"))
    {
        return None;
    }
    let weak = is_guessable(value);
    let placeholder = is_placeholder(value);
    let code = matches!(kind, Kind::Source | Kind::Prose) && !is_default;
    if code && echoes(&key_words, &value_words) {
        return None;
    }
    // Signs alone, `---`, stand in for a value; where a variable falls back to them they are the value.
    if value_words.is_empty() {
        return (placeholder || is_default).then_some(true);
    }
    let shape = shape(value);
    // `credentials: include`: a collection's name with a word behind it.
    if shape == Shape::Words && matches!(last_key, "credentials" | "secrets" | "credential") && !weak && !placeholder && !is_default {
        return None;
    }
    if code && last_key != "password" && value.len() <= 8 && value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let pattern =
        matches!(value[0], b'^' | b'[') || ["]{", "]+", "]*", ".*"].iter().any(|p| memchr::memmem::find(value, p.as_bytes()).is_some());
    if code && pattern && last_key != "key" || kind == Kind::Shell && memchr::memmem::find(value, b".*").is_some() {
        return None;
    }
    if code && !weak && !placeholder && (names_a_slot(&key_words, &value_words) || is_error_code(value)) {
        return None;
    }
    if shape == Shape::Words && !is_default && !weak {
        // Names of things rather than things: routes, message keys, header names, CSS classes, identifiers.
        let named = value_words.iter().any(|w| {
            matches!(
                w.as_str(),
                "error"
                    | "invalid"
                    | "required"
                    | "field"
                    | "input"
                    | "form"
                    | "label"
                    | "reset"
                    | "header"
                    | "url"
                    | "name"
                    | "id"
                    | "path"
                    | "type"
                    | "x"
                    | "ref"
                    | "arn"
                    | "file"
            )
        });
        let dotted =
            value.contains(&b'.') || value.contains(&b'/') || value.contains(&b':') || value.contains(&b'(') || value.contains(&b'[');
        if named || (dotted && !placeholder) || (kind == Kind::Prose && !quoted) {
            return None;
        }
        // `Passwort`, `ScimFeatureSupport`: a label in some language or the name of a type.
        let titled = value[0].is_ascii_uppercase()
            && value.iter().any(u8::is_ascii_lowercase)
            && value.iter().all(|b| b.is_ascii_alphabetic() || *b == b'-');
        if titled && !shouted_key && !placeholder {
            return None;
        }
        if kind == Kind::Quoted && last_key == "token" && !placeholder && !shouted_key {
            return None;
        }
        if code {
            // In code a word behind `token` or `key` names a token; behind `secret` or `password` it is one only where it says so.
            let speaks =
                value_words.iter().any(|w| matches!(w.as_str(), "secret" | "password" | "pass" | "admin" | "insecure" | "changeme"));
            let promises =
                matches!(last_key, "password" | "secret" | "passwd" | "pwd") || key_words.iter().any(|w| w == "secret" || w == "signing");
            let shouted = value_words.len() > 1 && value.iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
            // A constant in capitals is a setting: `JWT_SECRET = "elephant"`.
            let setting = shouted_key && value.len() >= 6 && !value_words.iter().any(|w| key_words.contains(w));
            if !(promises && (placeholder || (!shouted && (speaks || setting)))) {
                return None;
            }
        }
    }
    if kind == Kind::Prose && !quoted && value.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    if kind == Kind::Prose && !quoted && !weak && !placeholder && shape != Shape::Random {
        return None;
    }
    if code
        && shape == Shape::Mixed
        && !weak
        && !placeholder
        && (value.contains(&b'(') || value.contains(&b'{') || value.contains(&b'[') || value.contains(&b'/'))
    {
        return None;
    }
    Some(placeholder)
}

/// Whether a word of the shell is put together from a variable.
fn has_variable(value: &[u8]) -> bool {
    value.windows(2).any(|w| w[0] == b'$' && (w[1].is_ascii_alphabetic() || matches!(w[1], b'_' | b'{' | b'(')))
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { *b == b'-' } else { b.is_ascii_hexdigit() })
}

/// `SESSION_KEY = "orderDraft_v2"`: the name under which a page or a cache keeps something, words and a version.
fn names_a_slot(key: &[String], value: &[String]) -> bool {
    const KEEPERS: &[&str] = &["session", "storage", "cache", "store", "state", "query", "draft", "cookie"];
    let kept = matches!(key, [.., keeper, last] if last == "key" && KEEPERS.contains(&keeper.as_str()));
    let version = |word: &str| {
        let digits = word.strip_prefix('v').unwrap_or(word);
        digits.len() <= 2 && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let word = |word: &String| word.len() <= 12 && word.bytes().all(|b| b.is_ascii_alphabetic()) || version(word);
    kept && value.len() > 1 && value.iter().all(word)
}

/// `CONN_1003`: a word in capitals and a short number.
fn is_error_code(value: &[u8]) -> bool {
    let Some(at) = value.iter().rposition(|b| matches!(b, b'_' | b'-')) else { return false };
    let (word, number) = (&value[..at], &value[at + 1..]);
    let number = (3..=5).contains(&number.len()) && number.iter().all(u8::is_ascii_digit);
    number && word.len() <= 12 && word.iter().all(u8::is_ascii_uppercase)
}

/// `PASSWORD = "password"`, `ACCESS_TOKEN: "access_token"`: a constant that repeats its own name, or a part of it.
fn echoes(key: &[String], value: &[String]) -> bool {
    let (key, value): (String, String) = (key.concat(), value.concat());
    !value.is_empty()
        && (key == value || (key.ends_with(&value) && key.len() <= value.len() + 4) || (value.ends_with(&key) && !value.starts_with("my")))
}
