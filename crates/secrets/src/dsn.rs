//! URLs that carry a user name and a password.

use crate::Strength;
use crate::finding::Candidate;

/// The longest authority that is read.
const LONGEST: usize = 300;

/// The password in the URL whose `://` stands at `hit`.
pub(crate) fn read(text: &[u8], hit: usize) -> Option<Candidate> {
    let scheme_start = text[hit.saturating_sub(24)..hit]
        .iter()
        .rposition(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-')))
        .map_or(hit.saturating_sub(24), |p| hit.saturating_sub(24) + p + 1);
    // A hyphen before the scheme belongs to `${URL:-redis://…}`.
    let scheme_start = scheme_start + text[scheme_start..hit].iter().position(u8::is_ascii_alphabetic)?;
    let scheme = text[scheme_start..hit].to_ascii_lowercase();
    let start = hit + 3;
    let limit = text.len().min(start + LONGEST);
    let ends = |b: &u8| {
        b.is_ascii_whitespace()
            || b.is_ascii_control()
            || matches!(b, b'/' | b'?' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b',' | b';')
    };
    let authority = &text[start..start + text[start..limit].iter().position(ends).unwrap_or(limit - start)];
    let at = authority.iter().rposition(|&b| b == b'@')?;
    let (userinfo, host) = (&authority[..at], &authority[at + 1..]);
    // Braces, brackets and percent signs without two digits belong to templates and patterns: the password is decided elsewhere.
    if host.is_empty() || userinfo.iter().any(|b| b"{}[]()^|$".contains(b)) || has_format_sign(userinfo) {
        return None;
    }
    let host_text: String = String::from_utf8_lossy(host.strip_suffix(b")").unwrap_or(host)).chars().take(120).collect();
    let web = scheme.starts_with(b"http");
    let Some(colon) = userinfo.iter().position(|&b| b == b':') else {
        return sentry(userinfo, &host_text, web, start);
    };
    let password = &userinfo[colon + 1..];
    // `git@host:path`-like remains and ports are not passwords; `user:pass@host` in prose is marked by the caller's judgement of the value.
    if password.is_empty() || password == b"***" || scheme.ends_with(b"mailto") || scheme == b"file" {
        return None;
    }
    if userinfo[..colon].len() == 32 && web && host_text.contains("sentry") {
        return None;
    }
    let what = match scheme.split(|&b| b == b'+').next().unwrap_or(&scheme) {
        b"postgres" | b"postgresql" | b"psql" | b"asyncpg" => "a PostgreSQL URL with its password",
        b"mysql" | b"mariadb" | b"mysql2" => "a MySQL URL with its password",
        b"mongodb" => "a MongoDB URL with its password",
        b"redis" | b"rediss" | b"valkey" => "a Redis URL with its password",
        b"amqp" | b"amqps" => "an AMQP URL with its password",
        b"http" | b"https" => "a web URL with a password",
        b"smtp" | b"smtps" => "an SMTP URL with its password",
        b"mssql" | b"sqlserver" => "an SQL Server URL with its password",
        _ => "a URL with its password",
    };
    let value_start = start + colon + 1;
    let mut found = Candidate::new("dsn-password", what, value_start, value_start + password.len(), Strength::Dsn);
    found.literal = scheme_start;
    found.host = Some(host_text);
    // The user's own name is the first guess.
    found.weak = password.eq_ignore_ascii_case(&userinfo[..colon]);
    // PASSWORD, DB_PASS: a name in capitals where the value goes.
    found.placeholder = password.iter().all(|b| b.is_ascii_uppercase() || *b == b'_') && password.len() > 2;
    Some(found)
}

/// A Sentry DSN names a project and is shipped to browsers; it only lets its holder send events.
fn sentry(user: &[u8], host: &str, web: bool, start: usize) -> Option<Candidate> {
    let is_key = user.len() == 32 && user.iter().all(|b| b.is_ascii_hexdigit());
    if !(web && is_key && host.contains("sentry")) {
        return None;
    }
    Some(Candidate {
        public_identifier: true,
        host: Some(host.to_string()),
        ..Candidate::new("sentry-dsn", "a Sentry DSN", start, start + user.len(), Strength::Loose)
    })
}

fn has_format_sign(text: &[u8]) -> bool {
    text.iter().enumerate().any(|(i, &b)| b == b'%' && !text.get(i + 1..i + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)))
}
