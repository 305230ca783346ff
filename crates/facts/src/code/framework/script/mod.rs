//! Frameworks of JavaScript and TypeScript.

mod context;
mod express;
mod order;
mod paths;
mod stack;

#[cfg(test)]
mod tests;

use crate::code::{Code, Wiring};

/// Everything that they wire.
pub(super) fn wire(code: &Code, wiring: &mut Wiring) {
    let script = context::Script { code };
    express::wire(script, wiring);
}
