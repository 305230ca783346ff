//! Tests. Every token is put together at run time from parts, so that this repository holds none that looks alive.

mod assigned;
mod formats;
mod robust;

use crate::{Finding, Scanner, scan};
use std::sync::LazyLock;

static SCANNER: LazyLock<&Scanner> = LazyLock::new(Scanner::shared);

/// The findings in a file of that name.
fn find(path: &str, text: &str) -> Vec<Finding> {
    scan(path, text.as_bytes(), &SCANNER)
}

/// The one finding in a file of that name.
#[track_caller]
fn one(path: &str, text: &str) -> Finding {
    let mut found = find(path, text);
    assert_eq!(found.len(), 1, "{text:?} gives {found:#?}");
    found.remove(0)
}

#[track_caller]
fn none(path: &str, text: &str) {
    let found = find(path, text);
    assert!(found.is_empty(), "{path}: {text:?} gives {found:#?}");
}

/// `n` characters that no person writes, out of the alphabet.
fn noise(alphabet: &str, n: usize) -> String {
    let signs: Vec<char> = alphabet.chars().collect();
    let mut state = 0x2545_f491_u64;
    (0..n)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            signs[(state >> 33) as usize % signs.len()]
        })
        .collect()
}

const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &str = "0123456789abcdef";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
