//! Pages explain and prove: their cases are executed here, and their form is checked.
//!
//! `UPDATE=1 cargo test -p plimsoll-controls` rewrites the `verdict` blocks; read the difference before you commit it.

mod cases;
mod credentials;
mod form;
mod listing;
