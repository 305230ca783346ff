//! Frameworks of JavaScript and TypeScript: one file each, on what [`context`] and [`stack`] share.

mod astro;
mod chain;
mod context;
mod express;
mod fastify;
mod files;
mod hono;
mod hosted;
mod koa;
mod nest;
mod next;
mod nuxt;
mod order;
mod paths;
mod queues;
mod remix;
mod schedules;
mod servers;
mod sockets;
mod stack;
mod svelte;
mod trpc;

#[cfg(test)]
mod tests;

use crate::code::{Code, Wiring};

/// Everything that they wire.
pub(super) fn wire(code: &Code, wiring: &mut Wiring) {
    let script = context::Script { code };
    express::wire(script, wiring);
    fastify::wire(script, wiring);
    koa::wire(script, wiring);
    hono::wire(script, wiring);
    nest::wire(script, wiring);
    next::wire(script, wiring);
    svelte::wire(script, wiring);
    remix::wire(script, wiring);
    nuxt::wire(script, wiring);
    astro::wire(script, wiring);
    trpc::wire(script, wiring);
    servers::wire(script, wiring);
    hosted::wire(script, wiring);
    sockets::wire(script, wiring);
    queues::wire(script, wiring);
    schedules::wire(script, wiring);
}
