//! The real binary, as a user and a pipeline meet it.
#![allow(clippy::disallowed_methods, reason = "tests make trees on disk and run the binary")]

mod architecture;
mod hostile;
mod metamorphic;
mod rules;
mod systems;
mod tree;
