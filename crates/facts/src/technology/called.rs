//! Signs of technologies in code: calls of which the canonical name is known.

use super::{Capability, index};
use crate::code::{CallRef, Code};

/// A call that shows a technology. Whether a service reaches it is for the model to say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodeSign {
    /// What it shows.
    pub capability: Capability,
    /// The call.
    pub call: CallRef,
    /// The technology: `Sentry`.
    pub technology: &'static str,
    /// The canonical name that is called: `sentry_sdk.init`.
    pub name: &'static str,
}

/// The calls that show technologies, by capability and then in the order of files and text.
pub(crate) fn called(code: &Code) -> Vec<CodeSign> {
    let mut found = Vec::new();
    for (name, hit) in index::calls() {
        let sign = |call: &CallRef| CodeSign { capability: hit.rule().shows, call: *call, technology: index::technology(hit).name, name };
        found.extend(code.calls_of(name).iter().map(sign));
    }
    found.sort();
    found.dedup();
    found
}
