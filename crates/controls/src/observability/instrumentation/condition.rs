//! Whether a call that is reached is also made in production: the conditions around it and around the calls that lead to it.

use plimsoll_base::Location;
use plimsoll_model::code::{CallRef, FunctionId, FunctionRef, Kind, Operator, Value, When};
use plimsoll_model::{Answer, Asked, Program, Service, System};

/// How many calls are followed back.
const MAX_CALLERS: u32 = 4;

/// What the conditions around a call come to in production.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Made {
    /// It is made, as far as conditions tell.
    Yes,
    /// It is not: where that is said, and why.
    No(Location, String),
    /// A condition is not decided: which, and where.
    Open(Location),
}

/// Variables that a runtime or a platform sets by itself.
const GIVEN: &[&str] =
    &["NODE_ENV", "NEXT_RUNTIME", "NEXT_PHASE", "VERCEL", "VERCEL_ENV", "CI", "AWS_LAMBDA_FUNCTION_NAME", "K_SERVICE", "VITEST"];
/// Names of values that tell where code runs, or whether it ran before.
const RUNTIME: &[&str] = &[
    "browser",
    "dev",
    "building",
    "PROD",
    "DEV",
    "SSR",
    "client",
    "server",
    "isBrowser",
    "isServer",
    "initialized",
    "_initialized",
    "started",
    "TESTING",
];

/// Whether a call is made.
pub(super) fn made(system: &System, service: &Service, program: &Program, at: CallRef) -> Made {
    called(system, service, program, at, 0)
}

fn called(system: &System, service: &Service, program: &Program, at: CallRef, depth: u32) -> Made {
    let code = system.code();
    let call = code.call(at);
    let scope = FunctionRef { module: at.module, function: call.function };
    let mut worst = Made::Yes;
    for branch in code.module(at.module).module.around(call.branch) {
        let When::Test(test, expected) = &branch.when else { continue };
        match truth(system, service, test, scope) {
            Truth::Known(value, ..) if value == *expected => {}
            Truth::Known(_, at, why) => return Made::No(at, why),
            Truth::Runtime => {}
            Truth::Open(at) => worst = Made::Open(at),
        }
    }
    if worst != Made::Yes || call.function == FunctionId::BODY || depth == MAX_CALLERS {
        return worst;
    }
    let callers: Vec<CallRef> = code.callers(scope).iter().copied().filter(|c| program.reaches(code, *c)).collect();
    let mut first = None;
    for caller in callers.into_iter().take(8) {
        match called(system, service, program, caller, depth + 1) {
            Made::Yes => return Made::Yes,
            other => first = first.or(Some(other)),
        }
    }
    first.unwrap_or(Made::Yes)
}

enum Truth {
    Known(bool, Location, String),
    /// It tells where code runs, not how it is set up.
    Runtime,
    Open(Location),
}

fn truth(system: &System, service: &Service, value: &Value, scope: FunctionRef) -> Truth {
    let at = system.code().location(scope.module, value.span);
    match &value.kind {
        Kind::Binary(operator @ (Operator::And | Operator::Or), left, right) => {
            let decides = *operator == Operator::Or;
            let (a, b) = (truth(system, service, left, scope), truth(system, service, right, scope));
            match (a, b) {
                (Truth::Known(v, at, why), _) | (_, Truth::Known(v, at, why)) if v == decides => Truth::Known(v, at, why),
                (Truth::Known(..), other) | (other, Truth::Known(..)) => other,
                (Truth::Open(at), _) | (_, Truth::Open(at)) => Truth::Open(at),
                _ => Truth::Runtime,
            }
        }
        Kind::Not(inner) => match truth(system, service, inner, scope) {
            Truth::Known(v, at, why) => Truth::Known(!v, at, why),
            other => other,
        },
        _ if runtime(value) => Truth::Runtime,
        _ => match system.answer(service, Asked { value, scope }) {
            Answer::Variable { name, .. } if GIVEN.contains(&name.as_str()) => Truth::Runtime,
            Answer::Variable { given: Some(at), name, .. }
                if matches!(value.kind, Kind::Name(_) | Kind::Member(..) | Kind::Call(_) | Kind::Index(..)) =>
            {
                Truth::Known(true, at, format!("{name} is set"))
            }
            Answer::Variable { given: None, name, at } => Truth::Known(false, at, format!("nothing sets {name}, on which it waits")),
            answer => match (answer.truth(), answer.at()) {
                (Some(v), Some(at)) => Truth::Known(v, at, "its condition does not hold in production".to_owned()),
                _ => Truth::Open(at),
            },
        },
    }
}

/// Whether a value tells where code runs.
fn runtime(value: &Value) -> bool {
    value.walk().iter().any(|v| match &v.kind {
        Kind::Name(name) => RUNTIME.contains(&&**name) || &**name == "window" || &**name == "document",
        Kind::Member(_, name) => RUNTIME.contains(&&**name) || GIVEN.contains(&&**name),
        // `typeof window` and its like.
        Kind::Other => true,
        _ => false,
    })
}
