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
        // What is written in place has the name of the constant that it makes: `protectedProcedure`.
        let mut named = String::new();
        for _ in 0..MAX_LINKS {
            let Some(of) = next else { break };
            if let Kind::Name(name) | Kind::Member(_, name) = &of.value.kind {
                named = name.to_string();
            }
            let Some(call) = self.link(of) else { break };
            let method = self.code.call(call).method().unwrap_or_default();
            if matches!(method, "use" | "concat" | "middleware" | "unstable_concat") {
                let mut guards: Vec<Guard> = self.arguments(call).into_iter().map(|a| self.guard(a)).collect();
                guards.iter_mut().filter(|g| g.name.is_empty()).for_each(|g| g.name.clone_from(&named));
                found.push(guards);
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
    fn link(self, of: Scoped<'a>) -> Option<CallRef> {
        self.declared(of).call()
    }
}
