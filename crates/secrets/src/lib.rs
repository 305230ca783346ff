//! Bytes in, candidate credentials out.
//!
//! The room knows what credentials look like: providers' token formats, URLs with a password, names that say "secret" with a literal behind them.
//! It knows nothing of the file's role, of production or of verdicts: it reports facts about each candidate (placeholder, guessable, example of the
//! documentation, public by design) and its callers judge. A finding never holds the value, only its place and a [`mask`] of it.

mod assignment;
mod base64;
mod checks;
mod dsn;
mod finding;
mod formats;
mod formats_more;
mod kind;
mod literal;
mod mask;
mod names;
mod placeholder;
mod private_key;
mod reading;
mod scanner;
mod surroundings;
mod value;

#[cfg(test)]
mod tests;

pub use finding::{Finding, Shape, Strength};
pub use mask::mask;
pub use names::names_a_secret;
pub use placeholder::{is_guessable, is_placeholder};
pub use scanner::{Scanner, scan};
