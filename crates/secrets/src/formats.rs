//! The providers' token formats: what a table row holds, and the rows of code hosts, clouds, payment and messages.
//!
//! A row needs a keyword that stands in every match, so that files without any keyword cost one pass of the automaton and nothing else.

use crate::Strength;

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
    /// Group 1 is the secret, or the whole match where there is no group.
    pub(crate) pattern: &'static str,
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
            pattern,
            strength: Strength::Format,
            check: Check::None,
            public: false,
            announced: false,
            before: 0,
            after: 320,
        }
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

/// The formats that are met most often.
#[rustfmt::skip]
pub(crate) const COMMON: &[Format] = &[
    Format::own("aws-access-key-id", "an AWS access key id", &["akia", "asia", "abia", "acca"], r"A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}").check(Check::AwsPair),
    Format::own("google-api-key", "a Google API key", &["aiza"], r"AIza[A-Za-z0-9_\-]{35}").loose().check(Check::GoogleKey),
    Format::own("digitalocean-token", "a DigitalOcean token", &["dop_v1_"], r"dop_v1_[a-f0-9]{64}"),
    Format::own("cloudflare-origin-ca-key", "a Cloudflare origin CA key", &["v1.0-"], r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}"),
    Format::own("github-token", "a GitHub personal access token", &["ghp_"], r"ghp_[A-Za-z0-9]{36,251}").check(Check::Base62Crc32),
    Format::own("github-fine-grained-token", "a fine-grained GitHub token", &["github_pat_"], r"github_pat_[A-Za-z0-9_]{36,244}"),
    Format::own("github-oauth-token", "a GitHub OAuth token", &["gho_"], r"gho_[A-Za-z0-9]{36}").check(Check::Base62Crc32),
    Format::own("github-app-token", "a GitHub App token", &["ghu_", "ghs_"], r"gh[us]_[A-Za-z0-9]{36}").check(Check::Base62Crc32),
    Format::own("npm-token", "an npm access token", &["npm_"], r"npm_[A-Za-z0-9]{36}").check(Check::Base62Crc32),
    Format::own("slack-webhook", "a Slack webhook URL", &["hooks.slack.com"], r"https://hooks\.slack\.com/services/T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/[A-Za-z0-9]{24}").before(8),
    Format::own("discord-webhook", "a Discord webhook URL", &["discord.com/api/webhooks", "discordapp.com/api/webhooks"], r"https://discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_\-]{60,68}").before(8),
    Format::own("sendgrid-api-key", "a SendGrid API key", &["sg."], r"SG\.[A-Za-z0-9_\-]{15,30}\.[A-Za-z0-9_\-]{30,70}").check(Check::LettersAndDigits),
    Format::own("twilio-api-key-sid", "a Twilio API key", &["sk0", "sk1", "sk2", "sk3", "sk4", "sk5", "sk6", "sk7", "sk8", "sk9", "ska", "skb", "skc", "skd", "ske", "skf"], r"SK[a-f0-9]{32}").loose(),
    Format::own("mailgun-api-key", "a Mailgun API key", &["key-"], r"key-[a-f0-9]{32}"),
    Format::own("fly-token", "a Fly.io token", &["fo1_", "fm1a_", "fm1r_", "fm2_"], r"f(?:o1_[A-Za-z0-9_\-]{43}|m(?:1[ar]|2)_[A-Za-z0-9+/]{100,}={0,3})").after(900),
    Format::own("heroku-api-key", "a Heroku API key", &["hrku-aa"], r"HRKU-AA[A-Za-z0-9_\-]{58}"),
    Format::own("stripe-secret-key", "a live Stripe secret key", &["sk_live_"], r"sk_live_[A-Za-z0-9]{24,}"),
    Format::own("stripe-restricted-key", "a live Stripe restricted key", &["rk_live_"], r"rk_live_[A-Za-z0-9]{24,}"),
    Format::own("stripe-webhook-secret", "a webhook signing secret", &["whsec_"], r"whsec_[A-Za-z0-9]{32,}"),
    Format::own("square-access-token", "a Square access token", &["sq0atp-"], r"sq0atp-[A-Za-z0-9_\-]{22}"),
    Format::own("square-oauth-secret", "a Square OAuth secret", &["sq0csp-"], r"sq0csp-[A-Za-z0-9_\-]{43}"),
];
