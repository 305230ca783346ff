//! In which order places of a program run, as far as the text tells.

use plimsoll_source::FunctionId;

use crate::code::{ClassRef, Code, FunctionRef, ModuleId};

/// Functions called within one another that are followed.
const MAX_CALLS: usize = 16;

/// When a place runs: where the functions around it are called, the outermost first, then the place itself. To be compared with others of one program.
pub(super) type Moment = Vec<u32>;

/// The module in whose body a function is called in the end: itself where nothing calls it.
pub(super) fn home(code: &Code, scope: FunctionRef) -> ModuleId {
    climb(code, scope, None, |_| {})
}

/// When a place in a function runs. What runs in other modules runs after the body of the home module, in the order of files.
pub(super) fn moment(code: &Code, home: ModuleId, scope: FunctionRef, position: u32) -> Moment {
    let mut moment = vec![position];
    let root = climb(code, scope, None, |position| moment.push(position));
    moment.push(if root == home { 0 } else { root.0 + 1 });
    moment.reverse();
    moment
}

/// When a place runs within one run of a function, which may stand in functions within that one.
pub(super) fn moment_within(code: &Code, function: FunctionRef, scope: FunctionRef, position: u32) -> Moment {
    let mut moment = vec![position];
    climb(code, scope, Some(function), |position| moment.push(position));
    moment.reverse();
    moment
}

fn climb(code: &Code, scope: FunctionRef, within: Option<FunctionRef>, mut at: impl FnMut(u32)) -> ModuleId {
    let mut scope = scope;
    for _ in 0..MAX_CALLS {
        if scope.function == FunctionId::BODY || Some(scope) == within {
            break;
        }
        let function = code.function(scope);
        let constructed = function.class.filter(|_| function.name == "constructor").map(|class| ClassRef { module: scope.module, class });
        let callers = constructed.map_or_else(|| code.callers(scope), |class| code.instances(class));
        let outside = callers.iter().find(|c| {
            let by = FunctionRef { module: c.module, function: code.call(**c).function };
            !(by.module == scope.module && code.module(by.module).module.enclosing(by.function).any(|f| f == scope.function))
        });
        scope = match outside {
            Some(caller) => {
                let call = code.call(*caller);
                at(call.at.start);
                FunctionRef { module: caller.module, function: call.function }
            }
            // A function that is handed on runs where it is written, or later.
            None => {
                at(function.at.start);
                FunctionRef { module: scope.module, function: function.parent.unwrap_or(FunctionId::BODY) }
            }
        };
    }
    scope.module
}
