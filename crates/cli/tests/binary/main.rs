//! The real binary, as a user and a pipeline meet it.
#![allow(clippy::disallowed_methods, reason = "tests make trees on disk and run the binary")]

mod acceptance;
mod architecture;
#[path = "../../../report/tests/report/checker.rs"]
mod checker;
mod front_door;
mod hostile;
mod metamorphic;
mod mutations;
mod places;
mod rules;
mod systems;
mod tree;
