//! What a token says about itself once it is opened: checksums, JWT payloads, values out of the documentation.

use crate::base64;
use memchr::memmem;

/// Whether the last six characters of a GitHub or npm token are the base-62 CRC-32 of the thirty before them.
pub(crate) fn base62_crc32(token: &[u8]) -> Option<bool> {
    let body = &token[token.iter().position(|&b| b == b'_')? + 1..];
    if body.len() != 36 {
        return None;
    }
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = crc32(&body[..30]);
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    Some(digits == body[30..])
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &b| (0..8).fold(crc ^ u32::from(b), |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 }))
}

/// What the payload of a JWT tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Jwt {
    /// Supabase's key that passes every row-level rule.
    ServiceRole,
    /// Supabase's key for browsers.
    Anonymous,
    /// The sample of jwt.io and its kind.
    Sample,
    /// Any other.
    Other,
}

/// Reads the payload; none where the three parts are not a JWT.
pub(crate) fn jwt(token: &[u8]) -> Option<Jwt> {
    let mut parts = token.split(|&b| b == b'.');
    let header = base64::decode(parts.next()?)?;
    let payload = base64::decode(parts.next()?)?;
    parts.next().filter(|s| !s.is_empty())?;
    let says = |text: &[u8], needle: &str| memmem::find(text, needle.as_bytes()).is_some();
    if !says(&header, "\"alg\"") || !payload.starts_with(b"{") {
        return None;
    }
    let compact: Vec<u8> = payload.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    Some(if says(&compact, "\"role\":\"service_role\"") {
        // The demo keys of the self-hosting guide are the same for everybody, and open every installation that kept them: no sample.
        Jwt::ServiceRole
    } else if says(&compact, "\"role\":\"anon\"") {
        Jwt::Anonymous
    } else if says(&compact, "\"sub\":\"1234567890\"") || says(&compact, "JohnDoe") {
        Jwt::Sample
    } else {
        Jwt::Other
    })
}

/// Whether the value is one that the provider's own documentation prints.
pub(crate) fn is_documented_example(value: &[u8]) -> bool {
    // AWS ends its sample keys so: AKIAIOSFODNN7EXAMPLE and the secret that goes with it.
    value.ends_with(b"EXAMPLE") || value.ends_with(b"EXAMPLEKEY")
        // The test keys that Stripe shows to readers who are not signed in; a longer key that begins alike is somebody's own.
        || value.ends_with(b"4eC39HqLyjWDarjtT1zdp7dc")
        || value.ends_with(b"BQokikJOvBiI2HlWgH4olfQ2")
        || value.starts_with(b"TYooMQauvdEDq54NiTphI7jx")
        || memmem::find(value, b"T00000000/B00000000/").is_some()
        // The client of RFC 6749 and the user of RFC 7617, in base64.
        || value.starts_with(b"czZCaGRSa3F0Mz")
        || value.starts_with(b"QWxhZGRpbjpvcGVu")
        // GitHub's documentation shows this one for checksums.
        || memmem::find(value, b"16C7e42F292c6912E7710c838347Ae178B4a").is_some()
        // The development account of the Azure storage emulator.
        || value.starts_with(b"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq")
}
