//! What frameworks make of code: one file per framework, each giving its part of the [`Wiring`](super::Wiring).

mod aiohttp;
mod django;
mod fastapi;
mod flask;
mod hub;
mod python;
mod script;
mod tasks;

#[cfg(test)]
mod tests;

use super::{Code, Wiring};

/// Everything that the frameworks in use wire.
pub fn wiring(code: &Code) -> Wiring {
    let mut wiring = Wiring::default();
    let python = python::Python::new(code);
    fastapi::wire(&python, &mut wiring);
    flask::wire(&python, &mut wiring);
    aiohttp::wire(&python, &mut wiring);
    django::wire(&python, &mut wiring);
    tasks::wire(&python, &mut wiring);
    script::wire(code, &mut wiring);
    wiring.routes.sort_by_key(|r| r.at);
    wiring.mounted.sort_by_key(|m| m.guard.at);
    wiring.tasks.sort_by_key(|t| t.at);
    wiring.schedules.sort_by_key(|s| s.at);
    wiring
}
