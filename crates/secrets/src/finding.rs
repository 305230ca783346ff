//! What is known of one candidate.

use plimsoll_base::Span;

/// How sure it is that the value is a credential, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// A provider's documented and specific token format, or an unencrypted private key.
    Format,
    /// A URL or a connection string with a password.
    Dsn,
    /// The provider's own format for its test mode: it opens nothing of value.
    Test,
    /// A known form that does not prove a usable credential by itself: a Google API key, a JWT, an encrypted private key.
    Loose,
    /// A literal assigned to a name that says "secret".
    Assigned,
}

/// What the value looks like; it helps to judge an assigned literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// Made by a machine: long, mixed, of high entropy.
    Random,
    /// Letters with digits or signs, as people make passwords.
    Mixed,
    /// Words, perhaps joined by hyphens or dots.
    Words,
}

/// A candidate credential. It holds the place of the value and facts about it, never the value.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The readable name of the rule: `aws-access-key-id`, `private-key`, `dsn-password`, `assigned-password`.
    pub rule: &'static str,
    /// A noun phrase with its article: "an AWS access key id".
    pub what: &'static str,
    /// The bytes of the secret value itself.
    pub span: Span,
    /// The name it is assigned to, as written.
    pub key: Option<String>,
    /// The value, masked; the only form of it that may be shown.
    pub masked: String,
    /// How sure it is that this is a credential.
    pub strength: Strength,
    /// What the value looks like.
    pub shape: Shape,
    /// Shannon entropy of the value in bits per byte.
    pub entropy: f32,
    /// The value is a stand-in to be replaced (`YOUR_…`, `changeme`, `xxx`). As the default of a signing key it is nevertheless usable by anyone who reads it.
    pub placeholder: bool,
    /// The value is one that anybody guesses: `postgres`, `admin123`, `secret`.
    pub weak: bool,
    /// The provider's documentation shows this very value; it opens nothing.
    pub documented_example: bool,
    /// Made to be public: a publishable key, a site key, a Sentry DSN.
    pub public_identifier: bool,
    /// The name's prefix (`NEXT_PUBLIC_`, `VITE_` …) makes the build tool ship the value to every browser.
    pub client_exposed: bool,
    /// The line starts as a comment.
    pub in_comment: bool,
    /// The value is what stands in when this variable is unset: `os.getenv("SECRET_KEY", "…")`, `${DB_PASSWORD:-…}`.
    pub default_of: Option<String>,
    /// The host of a URL with a password, with its port.
    pub host: Option<String>,
    /// Whether the token's own checksum is right, where the format has one: a token with a wrong one cannot be live.
    pub checksum: Option<bool>,
}

/// A candidate before its value is judged: a place and what the rule knows.
pub(crate) struct Candidate {
    pub(crate) rule: &'static str,
    pub(crate) what: &'static str,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) strength: Strength,
    /// Where the literal begins that holds the value: the scheme of a URL.
    pub(crate) literal: usize,
    /// Bytes at the start of the value that name the format, not the secret.
    pub(crate) prefix: usize,
    pub(crate) key: Option<String>,
    pub(crate) default_of: Option<String>,
    pub(crate) host: Option<String>,
    pub(crate) checksum: Option<bool>,
    pub(crate) public_identifier: bool,
    /// Decided by the reader of the candidate, beside what the value itself says.
    pub(crate) placeholder: bool,
    /// Guessable for a reason beside the value itself.
    pub(crate) weak: bool,
    /// The value belongs to the provider's documentation.
    pub(crate) documented_example: bool,
}

impl Candidate {
    /// A candidate about which nothing further is known.
    pub(crate) fn new(rule: &'static str, what: &'static str, start: usize, end: usize, strength: Strength) -> Self {
        Self {
            rule,
            what,
            start,
            end,
            strength,
            literal: start,
            prefix: 0,
            key: None,
            default_of: None,
            host: None,
            checksum: None,
            public_identifier: false,
            placeholder: false,
            weak: false,
            documented_example: false,
        }
    }
}
