//! Vendor support at the date of the ruleset, never of the clock: the same tree gives the same verdict until the rules change.

use plimsoll_facts::packages::{self, is_known};

/// The date of the table of ends of life, with which every version is compared: year, month, day.
const RULESET_DATE: (u16, u8, u8) = (2026, 11, 20);
/// Less than this many months left is too little to plan an upgrade.
const SOON: u16 = 6;

/// What is known of a version's support.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Support {
    /// It ended on that day, `YYYY-MM-DD`.
    Ended(String),
    /// It ends within six months.
    EndsSoon(String),
    /// It lasts until that day.
    Until(String),
    /// It is supported, and no end was announced at the date of the ruleset.
    Open,
    /// The product is known, but the text names no version of it.
    Unversioned,
    /// The product or version is not in the table.
    Unknown,
}

/// The support of a product's version.
pub fn support(product: &str, version: &str) -> Support {
    if version.is_empty() {
        return if is_known(product) { Support::Unversioned } else { Support::Unknown };
    }
    let end = match packages::support(product, version) {
        Some(packages::Support::Ends(end)) => end,
        Some(packages::Support::Open { .. }) => return Support::Open,
        None => return Support::Unknown,
    };
    let (year, month, day) = end.ends;
    let date = format!("{year:04}-{month:02}-{day:02}");
    let (now_year, now_month, now_day) = RULESET_DATE;
    let limit_month = now_month as u16 + SOON;
    let limit = (now_year + (limit_month - 1) / 12, ((limit_month - 1) % 12 + 1) as u8, now_day);
    if (year, month, day) < RULESET_DATE {
        Support::Ended(date)
    } else if (year, month, day) < limit {
        Support::EndsSoon(date)
    } else {
        Support::Until(date)
    }
}
