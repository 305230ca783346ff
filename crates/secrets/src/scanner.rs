//! One pass of an automaton over the bytes; a keyword found leads to bounded work around it, and to nothing else.

use crate::checks::{self, Jwt};
use crate::finding::{Candidate, Finding, Strength};
use crate::formats::{COMMON, Check, Format};
use crate::formats_more::MORE;
use crate::kind::Kind;
use crate::literal::Line;
use crate::{assignment, base64, dsn, mask, names, placeholder, private_key, surroundings, value};
use memchr::{memchr, memmem, memrchr};
use plimsoll_base::{Span, Words};
use regex::bytes::{Regex, RegexBuilder};
use std::sync::{LazyLock, OnceLock};

/// Lines longer than this are data or minified code: only formats and URLs are read there.
const LONG_LINE: usize = 4096;
/// No format without spaces is shorter: where fewer of its characters stand around a keyword, no pattern has to be tried.
const SHORTEST: usize = 20;

/// What a keyword leads to.
#[derive(Clone, Copy)]
enum Lead {
    Format(usize),
    Url,
    PrivateKey,
    PuttyKey,
    Name,
}

/// The compiled rules; build it once and share it.
pub struct Scanner {
    keywords: Words,
    leads: Vec<Lead>,
    formats: Vec<(&'static Format, OnceLock<Regex>)>,
}

impl std::fmt::Debug for Scanner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Scanner({} formats)", self.formats.len())
    }
}

impl Default for Scanner {
    fn default() -> Self {
        Self::new()
    }
}

impl Scanner {
    /// The one of this process, compiled at its first use.
    pub fn shared() -> &'static Self {
        static SHARED_SCANNER: LazyLock<Scanner> = LazyLock::new(Scanner::new);
        &SHARED_SCANNER
    }

    /// Builds the automaton of the keywords; each pattern is compiled when the first keyword leads to it.
    pub fn new() -> Self {
        let formats: Vec<(&'static Format, OnceLock<Regex>)> = COMMON.iter().chain(MORE).map(|f| (f, OnceLock::new())).collect();
        let mut patterns: Vec<&str> = Vec::new();
        let mut leads = Vec::new();
        for (index, (format, _)) in formats.iter().enumerate() {
            for keyword in format.keywords {
                patterns.push(keyword);
                leads.push(Lead::Format(index));
            }
        }
        for (keyword, lead) in [("://", Lead::Url), ("private key", Lead::PrivateKey), ("putty-user-key-file-", Lead::PuttyKey)] {
            patterns.push(keyword);
            leads.push(lead);
        }
        for keyword in names::KEYWORDS {
            patterns.push(keyword);
            leads.push(Lead::Name);
        }
        Self { keywords: Words::new(patterns), leads, formats }
    }
}

fn compile(pattern: &str) -> Regex {
    RegexBuilder::new(pattern).unicode(false).build().expect("every row of the table is compiled by a test")
}

/// All candidates in `text`, in the order of their places. The path decides only how values are read.
pub fn scan(path: &str, text: &[u8], scanner: &Scanner) -> Vec<Finding> {
    // Whole files that are ciphertext.
    if text.starts_with(b"$ANSIBLE_VAULT;")
        || text.starts_with(b"\0GITCRYPT\0")
        || text.starts_with(b"age-encryption.org/v1")
        || text.starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----")
    {
        return Vec::new();
    }
    let kind = Kind::of(path);
    let mut pass = Pass { scanner, text, kind, line: 0..0, long: false, last_name: 0, found: Vec::new() };
    for hit in scanner.keywords.hits(text) {
        pass.follow(scanner.leads[hit.word], hit.start, hit.end);
    }
    for candidate in &mut pass.found {
        if candidate.strength != Strength::Assigned {
            surroundings::name(text, candidate);
        }
    }
    let found = strongest(pass.found);
    found.into_iter().map(|candidate| finish(text, kind, candidate)).collect()
}

struct Pass<'s, 't> {
    scanner: &'s Scanner,
    text: &'t [u8],
    kind: Kind,
    /// The line of the last hit, so that a line with many hits is measured once.
    line: std::ops::Range<usize>,
    long: bool,
    /// Where the last name read ends: two words of one name are read once.
    last_name: usize,
    found: Vec<Candidate>,
}

impl Pass<'_, '_> {
    fn follow(&mut self, lead: Lead, start: usize, end: usize) {
        match lead {
            Lead::Format(index) => self.format(index, start),
            Lead::Url => self.found.extend(dsn::read(self.text, start)),
            Lead::PrivateKey => self.found.extend(private_key::read(self.text, start)),
            Lead::PuttyKey => self.found.extend(private_key::read_putty(self.text, start)),
            Lead::Name => {
                if self.kind == Kind::Lock || end <= self.last_name {
                    return;
                }
                self.measure(start);
                if self.long {
                    return;
                }
                let line = Line { text: self.text, start: self.line.start, end: self.line.end, kind: self.kind };
                let (from, to) = assignment::name_at(&line, start);
                self.last_name = to.max(end);
                self.found.extend(assignment::read(&line, from, to));
            }
        }
    }

    /// Finds the line around `at`, if it is not the one known.
    fn measure(&mut self, at: usize) {
        if self.line.contains(&at) {
            return;
        }
        let floor = at.saturating_sub(LONG_LINE);
        let start = memrchr(b'\n', &self.text[floor..at]).map(|p| floor + p + 1).or((floor == 0).then_some(0));
        let end = memchr(b'\n', &self.text[at..]).map_or(self.text.len(), |p| at + p);
        self.long = start.is_none_or(|start| end - start > LONG_LINE);
        self.line = start.unwrap_or(floor)..end;
    }

    fn format(&mut self, index: usize, hit: usize) {
        let (format, regex) = &self.scanner.formats[index];
        if !format.announced && format.check != Check::BasicPair && !self.dense(hit, format.before) {
            return;
        }
        let regex = regex.get_or_init(|| compile(format.pattern));
        let from = hit.saturating_sub(format.before);
        let to = self.text.len().min(hit + format.after);
        // The window begins here, so that the `\n` of an escape is no letter before the token; what joins is looked at below.
        let Some(captures) = regex.captures(&self.text[from..to]) else { return };
        let (Some(whole), Some(group)) = (captures.get(0), captures.get(1).or(captures.get(0))) else { return };
        // A match further on belongs to a later keyword, save where the keyword only announces it.
        if from + whole.start() > hit && !format.announced {
            return;
        }
        let (start, mut end) = (from + group.start(), from + group.end());
        while end > start && matches!(self.text[end - 1], b'.' | b'-') {
            end -= 1;
        }
        let joined = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        let led = group.start() == whole.start()
            && start > 0
            && (joined(self.text.get(start - 1)) && !self.escaped(start) || self.text[start - 1] == b'-');
        if led || joined(self.text.get(end)) {
            return;
        }
        let mut candidate = Candidate::new(format.rule, format.what, start, end, format.strength);
        candidate.public_identifier = format.public;
        candidate.prefix = if start == hit { format.keywords.iter().map(|k| k.len()).max().unwrap_or(0).min(end - start) } else { 0 };
        if self.examine(format, &mut candidate) {
            self.found.push(candidate);
        }
    }

    /// Whether as many characters of tokens stand around a keyword, without anything between them, as the shortest token has.
    fn dense(&self, hit: usize, before: usize) -> bool {
        let token = |b: &&u8| b.is_ascii_alphanumeric() || b"_-.=+/:@$~".contains(b);
        let behind = self.text[hit..].iter().take(SHORTEST).take_while(token).count();
        let ahead = self.text[hit.saturating_sub(before)..hit].iter().rev().take_while(token).count();
        behind + ahead >= SHORTEST
    }

    /// `\n`, `\t` before a token in source text are no letters.
    fn escaped(&self, start: usize) -> bool {
        start >= 2 && self.text[start - 2] == b'\\' && matches!(self.text[start - 1], b'n' | b't' | b'r')
    }

    /// The row's further check; false where the text is no credential at all.
    fn examine(&mut self, format: &Format, candidate: &mut Candidate) -> bool {
        let token = &self.text[candidate.start..candidate.end];
        match format.check {
            Check::None => true,
            Check::LettersAndDigits => {
                let body = &token[candidate.prefix.min(token.len())..];
                let stand_in = placeholder::is_placeholder(body);
                // A letter prefix in the midst of base64; a token in a URL follows two slashes.
                let within = match self.text[..candidate.start] {
                    [.., b'/', b'/'] => false,
                    [.., b'/' | b'+'] => true,
                    _ => false,
                };
                stand_in
                    || !within
                        && (body.iter().filter(|b| b.is_ascii_digit()).count() >= 2
                            && body.iter().filter(|b| b.is_ascii_alphabetic()).count() >= 2)
            }
            Check::Base62Crc32 => {
                candidate.checksum = checks::base62_crc32(token);
                true
            }
            Check::Jwt => match checks::jwt(token) {
                None => false,
                Some(Jwt::ServiceRole) => {
                    (candidate.rule, candidate.what, candidate.strength) =
                        ("supabase-service-role-key", "a Supabase service role key", Strength::Format);
                    true
                }
                Some(Jwt::Anonymous) => {
                    (candidate.rule, candidate.what, candidate.public_identifier) =
                        ("supabase-anonymous-key", "a Supabase anonymous key", true);
                    true
                }
                Some(Jwt::Sample) => {
                    candidate.documented_example = true;
                    true
                }
                Some(Jwt::Other) => true,
            },
            Check::BasicPair => base64::decode(token).is_some_and(|pair| {
                let colon = memchr(b':', &pair);
                pair.iter().all(|b| b.is_ascii_graphic()) && colon.is_some_and(|c| c > 0 && c + 1 < pair.len()) && {
                    candidate.placeholder = placeholder::is_placeholder(&pair);
                    true
                }
            }),
            Check::AwsPair => {
                let secret = self.aws_secret(candidate.start, candidate.end);
                self.found.extend(secret);
                true
            }
            Check::GoogleKey => {
                let around = &self.text[candidate.start.saturating_sub(600)..self.text.len().min(candidate.end + 600)];
                candidate.public_identifier = ["authDomain", "messagingSenderId", "AUTH_DOMAIN", "MESSAGING_SENDER_ID"]
                    .iter()
                    .any(|w| memmem::find(around, w.as_bytes()).is_some());
                true
            }
        }
    }

    /// Forty characters of the secret's alphabet near an access key id.
    fn aws_secret(&self, start: usize, end: usize) -> Option<Candidate> {
        let alphabet = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'+');
        for (from, to) in [(end, self.text.len().min(end + 300)), (start.saturating_sub(300), start)] {
            let mut at = from;
            for run in self.text[from..to].split(|b| !alphabet(b)) {
                let (s, e) = (at, at + run.len());
                at = e + 1;
                let closed = e < to || to == self.text.len();
                if run.len() == 40
                    && closed
                    && value::entropy(run) > 4.0
                    && run.iter().any(u8::is_ascii_uppercase)
                    && run.iter().any(u8::is_ascii_lowercase)
                {
                    return Some(Candidate::new("aws-secret-access-key", "an AWS secret access key", s, e, Strength::Format));
                }
            }
        }
        None
    }
}

/// Of candidates that overlap, the strongest stays; its name is completed from the others.
fn strongest(mut found: Vec<Candidate>) -> Vec<Candidate> {
    found.sort_by(|a, b| a.strength.cmp(&b.strength).then(a.start.cmp(&b.start)).then(b.end.cmp(&a.end)).then(a.rule.cmp(b.rule)));
    let mut kept: std::collections::BTreeMap<usize, Candidate> = std::collections::BTreeMap::new();
    for candidate in found {
        // What is kept does not overlap, so only the last that begins before this one's end can touch it.
        let touching = kept.range_mut(..candidate.end).next_back().filter(|(_, k)| k.end > candidate.start);
        match touching {
            Some((_, other)) => {
                other.key = other.key.take().or(candidate.key);
                other.default_of = other.default_of.take().or(candidate.default_of);
            }
            None => {
                kept.insert(candidate.start, candidate);
            }
        }
    }
    kept.into_values().collect()
}

fn finish(text: &[u8], kind: Kind, candidate: Candidate) -> Finding {
    let value = &text[candidate.start..candidate.end];
    let body = value.get(candidate.prefix..).filter(|b| !b.is_empty()).unwrap_or(value);
    let armoured = candidate.rule.ends_with("private-key") || candidate.rule == "gcp-service-account-key";
    let named = candidate.key.as_deref().is_some_and(names::is_client_exposed)
        || candidate.default_of.as_deref().is_some_and(names::is_client_exposed);
    Finding {
        rule: candidate.rule,
        what: candidate.what,
        span: Span::new(candidate.start, candidate.end),
        masked: mask(value, if armoured { 0 } else { candidate.prefix }),
        strength: candidate.strength,
        shape: value::shape(value),
        entropy: value::entropy(value),
        placeholder: candidate.placeholder || (!armoured && placeholder::is_placeholder(body)),
        weak: candidate.weak || placeholder::is_guessable(value),
        documented_example: candidate.documented_example || checks::is_documented_example(value),
        public_identifier: candidate.public_identifier,
        client_exposed: named,
        in_comment: surroundings::in_comment(text, candidate.start, kind),
        key: candidate.key,
        default_of: candidate.default_of,
        host: candidate.host,
        checksum: candidate.checksum,
    }
}
