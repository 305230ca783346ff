//! Pages explain and prove: their cases are executed here, and their form is checked.
//!
//! `UPDATE=1 cargo test -p plimsoll-controls` rewrites the `verdict` blocks; read the difference before you commit it.
#![allow(clippy::disallowed_methods, reason = "the cases are read from the pages on disk, and rewritten when asked")]

mod cases;
mod credentials;
mod form;
mod listing;
