//! Values that stand in for a secret, and values that everybody guesses.

use memchr::memmem;

/// Words that only stand-ins hold. Compared in lower case.
const STAND_INS: &[&str] = &[
    "your-",
    "your_",
    "your ",
    "<your",
    "yoursecret",
    "yourpassword",
    "yourkey",
    "yourtoken",
    "yourapi",
    "youraccess",
    "changeme",
    "change-me",
    "change_me",
    "change-this",
    "change_this",
    "changethis",
    "changeit",
    "change-in-prod",
    "change_in_prod",
    "change-it",
    "change_it",
    "placeholder",
    "replace",
    "example",
    "sample",
    "dummy",
    "insert",
    "todo",
    "fixme",
    "xxxx",
    "****",
    "....",
    "redacted",
    "put-",
    "put_",
    "enter-",
    "enter_",
    "fill-",
    "fill_",
    "not-a-real",
    "notarealkey",
    "not-real",
    "fake",
    "-here",
    "_here",
    "here>",
    "goeshere",
    "goes-here",
    "my-api-key",
    "my_api_key",
    "my-token",
    "my-password",
    "my-secret-",
    "my_secret_",
    "mysecretkey",
    "foobar",
    "lorem",
    "to-be-",
    "to_be_",
    "tbd",
    "mock",
    "deadbeef",
    "secret-key-for",
    "not-for-production",
    "do-not-use",
    "generate-",
    "generate_",
    "openssl rand",
    "some-secret",
    "some_secret",
    "abcdefgh",
    "abcdef123456",
    "1234567890abcdef",
    "super-secret",
    "supersecret",
    "super_secret",
    "override",
    "dev-secret",
    "dev_secret",
    "insecure",
    "ci-only",
    "test-only",
    "for-testing",
    "for_testing",
    "local-dev",
    "unsafe",
    "32-char",
    "32char",
    "min-32",
    "minimum-32",
    "chars-long",
    "characters-long",
];

/// Whole values that only stand in.
const WHOLE: &[&str] = &[
    "...",
    "…",
    "xxx",
    "***",
    "yyy",
    "zzz",
    "foo",
    "bar",
    "baz",
    "none",
    "n/a",
    "na",
    "abc",
    "tbd",
    "blah",
    "string",
    "value",
    "key",
    "changeme",
    "something",
    "token",
];

/// Values that an attacker tries first.
const GUESSES: &[&str] = &[
    "admin",
    "administrator",
    "root",
    "toor",
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "mongo",
    "mongodb",
    "redis",
    "redispass",
    "rabbit",
    "rabbitmq",
    "guest",
    "user",
    "username",
    "test",
    "testing",
    "password",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "passwd",
    "pass",
    "pwd",
    "secret",
    "secretkey",
    "secret-key",
    "secret_key",
    "mysecret",
    "my-secret",
    "my_secret",
    "supersecret",
    "super-secret",
    "super_secret",
    "changeme",
    "change-me",
    "change_me",
    "changeit",
    "changethis",
    "default",
    "dev",
    "develop",
    "development",
    "local",
    "localhost",
    "demo",
    "docker",
    "letmein",
    "welcome",
    "qwerty",
    "abc123",
    "iloveyou",
    "minio",
    "minioadmin",
    "minio123",
    "grafana",
    "elastic",
    "kibana",
    "opensearch",
    "oracle",
    "sa",
    "app",
    "application",
    "django",
    "flask",
    "rails",
    "laravel",
    "keycloak",
    "airflow",
    "superset",
    "jwtsecret",
    "jwt-secret",
    "jwt_secret",
    "jwt",
    "token",
    "key",
    "api",
    "hello",
    "foo",
    "bar",
    "example",
    "sample",
    "temp",
    "tmp",
    "staging",
    "prod",
    "production",
    "public",
    "private",
    "master",
    "manager",
    "operator",
    "service",
    "server",
    "database",
    "db",
    "dbpass",
    "dbpassword",
    "wordpress",
    "drupal",
    "joomla",
    "nginx",
    "tomcat",
    "s3cret",
    "s3cr3t",
    "pa55word",
    "dragon",
    "monkey",
    "backend",
    "changeonfirstlogin",
    "insecure",
    "supersecretkey",
    "mysecretkey",
    "mypassword",
    "devsecret",
    "dev-secret",
    "dev_secret",
    "devpassword",
    "dev-password",
    "dev_password",
    "localpassword",
    "keyboard cat",
];

/// Whether the value is a stand-in that its reader is meant to replace.
pub fn is_placeholder(value: &[u8]) -> bool {
    let low = value.to_ascii_lowercase();
    if low.is_empty() || WHOLE.iter().any(|w| low == w.as_bytes()) {
        return true;
    }
    if (low.starts_with(b"<") && low.ends_with(b">")) || (low.starts_with(b"[") && low.ends_with(b"]")) {
        return true;
    }
    if low.starts_with(b"your") || memmem::find(&low, b"...").is_some() || memmem::find(&low, "…".as_bytes()).is_some() {
        return true;
    }
    // A machine-made value may hold a short word by chance; a stand-in is made of words, so short marks count only there.
    let random = shape_counts(&low).distinct > 20;
    if STAND_INS.iter().any(|w| (!random || w.len() > 6) && memmem::find(&low, w.as_bytes()).is_some()) {
        return true;
    }
    is_monotonous(&low) && !is_made_for_policy(value)
}

/// `Aa123456!`: a first try with what a rule for passwords asks for. It is taken as it stands, so it stands in for nothing.
fn is_made_for_policy(value: &[u8]) -> bool {
    let has = |class: fn(&u8) -> bool| value.iter().any(class);
    let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit) && has(u8::is_ascii_punctuation);
    mixed && value.len() <= 16 && shape_counts(value).distinct * 4 > value.len() * 3
}

/// Whether anybody guesses the value: a product's default, a first try with digits after it, or a run such as `123456`.
pub fn is_guessable(value: &[u8]) -> bool {
    let low = value.to_ascii_lowercase();
    let bare = low.iter().rposition(|b| !b.is_ascii_digit() && !b"!@#$%_-.".contains(b)).map_or(&low[..0], |last| &low[..=last]);
    if GUESSES.iter().any(|g| low == g.as_bytes() || (bare == g.as_bytes() && low.len() - bare.len() <= 4)) {
        return true;
    }
    // `postgres_password`, `admin-secret`: every part is a first try.
    let parts: Vec<&[u8]> = low.split(|b| b"-_.:@".contains(b)).collect();
    if parts.len() <= 4
        && parts
            .iter()
            .all(|p| GUESSES.iter().any(|g| *p == g.as_bytes()) || (!p.is_empty() && p.len() <= 4 && p.iter().all(u8::is_ascii_digit)))
    {
        return true;
    }
    if is_made_of_guesses(bare) && low.len() - bare.len() <= 5 {
        return true;
    }
    let digits = low.iter().all(u8::is_ascii_digit);
    digits && !low.is_empty() && low.len() <= 12 && (is_run(&low) || low.windows(2).all(|w| w[0] == w[1]))
}

/// `miniosecret`, `mypassword`: first tries written together.
fn is_made_of_guesses(word: &[u8]) -> bool {
    if word.len() < 6 || word.len() > 40 || !word.iter().all(u8::is_ascii_alphabetic) {
        return false;
    }
    const JOINING: &[&str] = &["my", "the", "super", "secure", "strong", "safe", "simple", "clickhouse", "bitnami", "kafka", "admin"];
    // `reached[i]`: the first i letters are such words.
    let mut reached = vec![false; word.len() + 1];
    reached[0] = true;
    for i in 0..word.len() {
        if reached[i] {
            for w in GUESSES.iter().filter(|w| w.len() >= 3).chain(JOINING).filter(|w| word[i..].starts_with(w.as_bytes())) {
                reached[i + w.len()] = true;
            }
        }
    }
    reached[word.len()]
}

/// Zeros, one repeated sign, or a run up or down: no machine makes such a token.
fn is_monotonous(low: &[u8]) -> bool {
    if low.len() < 4 {
        return false;
    }
    let counts = shape_counts(low);
    let sparse = low.len() >= 16 && counts.distinct <= 5;
    let repeated = counts.longest_repeat >= 8 || counts.longest_repeat * 2 > low.len();
    let run = low.len() >= 8 && longest_run(low) * 3 >= low.len() * 2;
    counts.distinct == 1 || sparse || repeated || run
}

fn is_run(low: &[u8]) -> bool {
    longest_run(low) + 1 >= low.len()
}

/// The longest stretch of neighbours that rise by one, `90` and `9a` included.
fn longest_run(low: &[u8]) -> usize {
    let (mut best, mut now) = (1, 1);
    for w in low.windows(2) {
        let next = w[1] == w[0].wrapping_add(1) || (w[0] == b'9' && (w[1] == b'0' || w[1] == b'a')) || (w[0] == b'f' && w[1] == b'0');
        now = if next { now + 1 } else { 1 };
        best = best.max(now);
    }
    best
}

struct Counts {
    distinct: usize,
    longest_repeat: usize,
}

fn shape_counts(low: &[u8]) -> Counts {
    let mut seen = [false; 256];
    let (mut longest, mut now, mut last) = (0, 0, None);
    for &b in low {
        seen[b as usize] = true;
        now = if last == Some(b) { now + 1 } else { 1 };
        longest = longest.max(now);
        last = Some(b);
    }
    Counts { distinct: seen.iter().filter(|s| **s).count(), longest_repeat: longest }
}
