//! Private keys in their armour: PEM, OpenSSH, PGP, PuTTY. A header without a body is a label that a parser compares, not a key.

use crate::finding::Candidate;
use crate::{Strength, base64};
use memchr::memmem;

/// How far the end of a key is sought; a 16384-bit RSA key in PEM stays under it.
const LONGEST: usize = 16 * 1024;

/// The key whose header holds the keyword `private key` at `hit`.
pub(crate) fn read(text: &[u8], hit: usize) -> Option<Candidate> {
    let floor = hit.saturating_sub(32);
    let start = floor + memmem::rfind(&text[floor..hit], b"-----BEGIN ")?;
    let label_end = hit + b"PRIVATE KEY".len();
    let header_end = [b"-----".as_slice(), b" BLOCK-----"]
        .iter()
        .find(|tail| text.get(label_end..).is_some_and(|t| t.starts_with(tail)))
        .map(|tail| label_end + tail.len())?;
    let label = text.get(start + 11..header_end - 5)?;
    // `(?:RSA |EC )?PRIVATE KEY`: a pattern that looks for keys.
    if !label.iter().all(|b| b.is_ascii_uppercase() || *b == b' ') {
        return None;
    }
    let limit = text.len().min(header_end + LONGEST);
    let body = &text[header_end..limit];
    // The next header of any kind ends the body, so that a key without an end does not reach into its neighbour.
    let stop = memmem::find(body, b"-----").unwrap_or(body.len().min(4096));
    let body = &body[..stop];
    let run = longest_base64_run(body);
    let (rule, what) = match label {
        _ if label.starts_with(b"PGP") => ("pgp-private-key", "a PGP private key"),
        _ if label.starts_with(b"OPENSSH") => ("ssh-private-key", "an SSH private key"),
        _ if is_service_account(text, start) => ("gcp-service-account-key", "a Google Cloud service account key"),
        _ => ("private-key", "a private key"),
    };
    let mut found = Candidate::new(rule, what, start, header_end + stop, Strength::Format);
    found.prefix = 4;
    if run.iter().filter(|b| **b != b'=').count() < 40 {
        // `MIIE...`, `<key>` or YOUR_KEY between the lines: shown to be filled in. Nothing at all: a label.
        let filler = [b"...".as_slice(), b"<", b"your", b"YOUR", b"xxx", b"XXX", b"\xe2\x80\xa6"]
            .iter()
            .any(|f| memmem::find(&body[..body.len().min(200)], f).is_some());
        let closed = text.get(header_end + stop..).is_some_and(|t| t.starts_with(b"-----END "));
        if !(filler && closed && body.len() < 400) {
            return None;
        }
        found.placeholder = true;
        return Some(found);
    }
    // Dots belong to no armour, and no key repeats one sign for long: the body is abridged or made up.
    found.placeholder = memmem::find(body, b"...").is_some()
        || body.chunk_by(|a, b| a == b).any(|same| same.len() >= 20 && same[0].is_ascii_alphanumeric());
    let encrypted = label.starts_with(b"ENCRYPTED")
        || memmem::find(&body[..body.len().min(200)], b"ENCRYPTED").is_some()
        || (label.starts_with(b"OPENSSH")
            && base64::decode(&run[..40]).is_some_and(|raw| raw.starts_with(b"openssh-key-v1\0") && raw.get(19..23) != Some(b"none")));
    if encrypted {
        found.strength = Strength::Loose;
        found.what = "an encrypted private key";
        found.rule = "encrypted-private-key";
    }
    Some(found)
}

/// The fields of the JSON file that Google hands out stand before its `private_key`.
fn is_service_account(text: &[u8], start: usize) -> bool {
    memmem::find(&text[start.saturating_sub(400)..start], b"\"service_account\"").is_some()
}

/// The longest stretch of base64; signs that only fill its end, or rule a line in a comment, do not count.
fn longest_base64_run(body: &[u8]) -> &[u8] {
    let filled = |run: &[u8]| run.iter().rposition(|b| *b != b'=').map_or(0, |last| last + 1);
    let runs = body.split(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')));
    runs.max_by_key(|run| filled(run)).unwrap_or(&[])
}

/// The PuTTY key whose first line begins at `hit`.
pub(crate) fn read_putty(text: &[u8], hit: usize) -> Option<Candidate> {
    let body = &text[hit..text.len().min(hit + LONGEST)];
    let private = memmem::find(body, b"Private-Lines:")?;
    let end = memmem::find(&body[private..], b"Private-MAC:").map_or(private, |p| private + p);
    let plain = memmem::find(&body[..private], b"Encryption: none").is_some();
    let (rule, what, strength) = if plain {
        ("ssh-private-key", "an SSH private key in PuTTY's form", Strength::Format)
    } else {
        ("encrypted-private-key", "an encrypted private key", Strength::Loose)
    };
    Some(Candidate { prefix: 4, ..Candidate::new(rule, what, hit, hit + end, strength) })
}
