//! Chains of calls that add middleware before the last one names what answers: `procedure.use(auth).input(schema).mutation(handler)`.

use plimsoll_source::Kind;

use super::context::{Scoped, Script};
use crate::code::{CallRef, Guard};

/// Calls of one chain that are followed.
const MAX_LINKS: usize = 48;

impl<'a> Script<'a> {
    /// The middleware that a chain adds before a call of it, in the order in which it runs, and the methods' calls that check what comes in.
    pub(super) fn chained(self, at: CallRef, checks: &[&str]) -> Vec<Guard> {
        let mut found: Vec<Vec<Guard>> = Vec::new();
        let mut next = self.receiver(at);
        for _ in 0..MAX_LINKS {
            let Some(of) = next else { break };
            let Some(call) = self.link(of) else { break };
            let method = self.code.call(call).method().unwrap_or_default();
            if matches!(method, "use" | "concat" | "middleware" | "unstable_concat") {
                found.push(self.arguments(call).into_iter().map(|a| self.guard(a)).collect());
            } else if checks.contains(&method) {
                let argument = self.argument(call, 0);
                found.extend(argument.map(|a| {
                    let name = self.name(a).unwrap_or_else(|| method.to_owned());
                    vec![Guard { name: format!("{method}({name})"), at: self.code.location(a.module, a.value.span), ..self.guard(a) }]
                }));
            }
            next = self.receiver(call);
        }
        found.reverse();
        found.concat()
    }
    /// The names of the tree that a chain starts from, the nearest first: `protectedProcedure`.
    pub(super) fn bases(self, at: CallRef) -> Vec<(String, Scoped<'a>)> {
        let mut found = Vec::new();
        let mut next = self.receiver(at);
        for _ in 0..MAX_LINKS {
            let Some(of) = next else { break };
            if let Kind::Name(name) | Kind::Member(_, name) = &of.value.kind {
                found.push((name.to_string(), of));
            }
            let Some(call) = self.link(of) else { break };
            next = self.receiver(call);
        }
        found
    }
    fn link(self, of: Scoped<'a>) -> Option<CallRef> {
        self.declared(of).call()
    }
}
