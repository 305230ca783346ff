//! Frameworks of JavaScript and TypeScript.

mod chain;
mod context;
mod express;
mod files;
mod hono;
mod koa;
mod nest;
mod next;
mod order;
mod paths;
mod stack;
mod svelte;

#[cfg(test)]
mod tests;

use crate::code::{Code, Wiring};

/// Everything that they wire.
pub(super) fn wire(code: &Code, wiring: &mut Wiring) {
    let script = context::Script { code };
    express::wire(script, wiring);
    koa::wire(script, wiring);
    hono::wire(script, wiring);
    nest::wire(script, wiring);
    next::wire(script, wiring);
    svelte::wire(script, wiring);
}
