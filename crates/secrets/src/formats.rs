//! The providers' token formats: what a table row holds, and the rows that the `nosecrets-rules` crate gives the pattern for.
//!
//! A row needs a keyword that stands in every match, so that files without any keyword cost one pass of the automaton and nothing else.

use crate::Strength;

/// Where a row's regular expression comes from. Group 1 is the secret, or the whole match where there is no group.
pub(crate) enum Pattern {
    /// The rule of that id in the `nosecrets-rules` crate.
    Shared(&'static str),
    /// Written from the provider's documentation.
    Own(&'static str),
}

/// What is looked at once the pattern has matched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// Nothing more.
    None,
    /// The base-62 CRC-32 in the last six characters.
    Base62Crc32,
    /// The payload of a JWT decides what it is.
    Jwt,
    /// `user:password` in base64.
    BasicPair,
    /// An AWS key id: a secret key may stand near it.
    AwsPair,
    /// Public where the configuration of a Firebase web app stands around it.
    GoogleKey,
    /// The body must hold digits and letters, else it is a word that happens to have the prefix.
    LettersAndDigits,
}

/// A row of the table.
pub(crate) struct Format {
    pub(crate) rule: &'static str,
    pub(crate) what: &'static str,
    /// In lower case; compared without case, the pattern decides.
    pub(crate) keywords: &'static [&'static str],
    pub(crate) pattern: Pattern,
    pub(crate) strength: Strength,
    pub(crate) check: Check,
    pub(crate) public: bool,
    /// The keyword only announces the match, which stands further on.
    pub(crate) announced: bool,
    /// How far before the keyword a match may begin.
    pub(crate) before: usize,
    /// How far after the start of the keyword a match may end.
    pub(crate) after: usize,
}

impl Format {
    /// A row with a pattern of our own that begins with its keyword.
    pub(crate) const fn own(rule: &'static str, what: &'static str, keywords: &'static [&'static str], pattern: &'static str) -> Self {
        Self {
            rule,
            what,
            keywords,
            pattern: Pattern::Own(pattern),
            strength: Strength::Format,
            check: Check::None,
            public: false,
            announced: false,
            before: 0,
            after: 320,
        }
    }
    const fn shared(rule: &'static str, what: &'static str, keywords: &'static [&'static str], id: &'static str) -> Self {
        Self { pattern: Pattern::Shared(id), ..Self::own(rule, what, keywords, "") }
    }
    /// The match may begin up to `n` bytes before the keyword.
    pub(crate) const fn before(self, n: usize) -> Self {
        Self { before: n, ..self }
    }
    /// The match may end up to `n` bytes after the start of the keyword.
    pub(crate) const fn after(self, n: usize) -> Self {
        Self { after: n, ..self }
    }
    /// The match stands within `n` bytes after the keyword, which is no part of it.
    pub(crate) const fn announced(self, n: usize) -> Self {
        Self { announced: true, after: n, ..self }
    }
    /// Not surely a credential.
    pub(crate) const fn loose(self) -> Self {
        Self { strength: Strength::Loose, ..self }
    }
    /// Of the provider's test mode.
    pub(crate) const fn test(self) -> Self {
        Self { strength: Strength::Test, ..self }
    }
    /// Made to be public.
    pub(crate) const fn public(self) -> Self {
        Self { public: true, strength: Strength::Loose, ..self }
    }
    /// With a further check.
    pub(crate) const fn check(self, check: Check) -> Self {
        Self { check, ..self }
    }
}

/// Rows whose pattern is the crate's: exact forms only. Its rules that guess from a word nearby are left to the reader of assignments.
#[rustfmt::skip]
pub(crate) const SHARED: &[Format] = &[
    Format::shared("aws-access-key-id", "an AWS access key id", &["akia", "asia", "abia", "acca"], "aws-access-key").check(Check::AwsPair),
    Format::shared("google-api-key", "a Google API key", &["aiza"], "gcp-api-key").loose().check(Check::GoogleKey),
    Format::shared("digitalocean-token", "a DigitalOcean token", &["dop_v1_"], "digitalocean-token"),
    Format::shared("cloudflare-origin-ca-key", "a Cloudflare origin CA key", &["v1.0-"], "cloudflare-origin-ca-key"),
    Format::shared("github-token", "a GitHub personal access token", &["ghp_"], "github-pat").check(Check::Base62Crc32),
    Format::shared("github-fine-grained-token", "a fine-grained GitHub token", &["github_pat_"], "github-fine-grained-pat"),
    Format::shared("github-oauth-token", "a GitHub OAuth token", &["gho_"], "github-oauth").check(Check::Base62Crc32),
    Format::shared("github-app-token", "a GitHub App token", &["ghu_", "ghs_"], "github-app").check(Check::Base62Crc32),
    Format::shared("npm-token", "an npm access token", &["npm_"], "npm-token").check(Check::Base62Crc32),
    Format::shared("slack-webhook", "a Slack webhook URL", &["hooks.slack.com"], "slack-webhook").before(8),
    Format::shared("discord-webhook", "a Discord webhook URL", &["discord.com/api/webhooks", "discordapp.com/api/webhooks"], "discord-webhook").before(8),
    Format::shared("sendgrid-api-key", "a SendGrid API key", &["sg."], "sendgrid-api-key").check(Check::LettersAndDigits),
    Format::shared("twilio-api-key-sid", "a Twilio API key", &["sk0", "sk1", "sk2", "sk3", "sk4", "sk5", "sk6", "sk7", "sk8", "sk9", "ska", "skb", "skc", "skd", "ske", "skf"], "twilio-api-key").loose(),
    Format::shared("mailgun-api-key", "a Mailgun API key", &["key-"], "mailgun-api-key"),
    Format::shared("fly-token", "a Fly.io token", &["fo1_", "fm1a_", "fm1r_", "fm2_"], "flyio-access-token").after(900),
    Format::shared("heroku-api-key", "a Heroku API key", &["hrku-aa"], "heroku-api-key-v2"),
    Format::shared("stripe-secret-key", "a live Stripe secret key", &["sk_live_"], "stripe-secret-key"),
    Format::shared("stripe-restricted-key", "a live Stripe restricted key", &["rk_live_"], "stripe-restricted-key"),
    Format::shared("stripe-webhook-secret", "a webhook signing secret", &["whsec_"], "stripe-webhook-secret"),
    Format::shared("square-access-token", "a Square access token", &["sq0atp-"], "square-access-token"),
    Format::shared("square-oauth-secret", "a Square OAuth secret", &["sq0csp-"], "square-oauth-secret"),
];
