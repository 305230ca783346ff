//! What frameworks make of code: one file per framework, each giving its part of the [`Wiring`](super::Wiring).

use super::{Code, Wiring};

/// Everything that the frameworks in use wire.
pub fn wiring(code: &Code) -> Wiring {
    let _ = code;
    Wiring::default()
}
