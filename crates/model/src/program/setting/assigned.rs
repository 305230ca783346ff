//! Names that are assigned more than once, each time under a condition: `if ENV == "production": DEBUG = False`.

use plimsoll_facts::code::{
    Assignment, BranchId, Declared, Dialect, FunctionId, FunctionRef, ImportKind, Kind, Module, ModuleId, OutcomeKind, Resolved, Target,
    Value, When,
};

use super::Answer;
use super::evaluate::{Evaluation, same};

impl Evaluation<'_> {
    /// What a name stands for where several assignments compete.
    pub(super) fn assigned(&mut self, value: &Value, scope: FunctionRef) -> Answer {
        let Kind::Name(name) = &value.kind else { return Answer::Unknown };
        let code = self.code;
        let module = &code.module(scope.module).module;
        let here = module.enclosing(scope.function).find(|f| assignments(module, *f, name).next().is_some());
        match here {
            Some(function) => {
                let before = (function == scope.function).then_some(value.span.start);
                self.assigned_in(scope.module, function, name, before)
            }
            None => self.assigned_in(scope.module, FunctionId::BODY, name, None),
        }
    }

    /// What a function of a module, or its body, assigns to a name in the end, or before a place.
    pub(super) fn assigned_in(&mut self, id: ModuleId, function: FunctionId, name: &str, before: Option<u32>) -> Answer {
        let code = self.code;
        let source = code.module(id);
        let scope = FunctionRef { module: id, function };
        let mut last: Option<Answer> = None;
        for assignment in assignments(&source.module, function, name).take(16) {
            // A loop may bring what stands behind to what stands before; constants are not assigned in loops.
            if before.is_some_and(|b| assignment.at.start >= b) {
                break;
            }
            let holds = self.holds(assignment.branch, scope);
            if holds == Some(false) {
                continue;
            }
            let mut found = self.value(&assignment.value, scope);
            if assignment.declared == Declared::Changed {
                found = match (last.take(), found) {
                    (Some(Answer::List(mut all, at)), Answer::List(more, _)) => {
                        all.extend(more);
                        Answer::List(all, at)
                    }
                    _ => Answer::Unknown,
                };
            }
            last = Some(match (holds, last) {
                (Some(true), _) => found,
                (_, Some(known)) if same(&known, &found) => known,
                _ => Answer::Unknown,
            });
        }
        if let Some(found) = last {
            return found;
        }
        if function != FunctionId::BODY {
            return Answer::Unknown;
        }
        // Taken over from another module of settings.
        for (import, resolved) in source.module.imports.iter().zip(&source.imports) {
            let taken = import.local.as_deref() == Some(name) || import.local.as_deref() == Some("*") && source.dialect == Dialect::Python;
            if let Resolved::Module(other) = resolved
                && taken
                && *other != id
                && import.kind != ImportKind::Types
            {
                let inner = import.name.as_deref().filter(|n| *n != "*").unwrap_or(name);
                let found = self.step(|e| e.assigned_in(*other, FunctionId::BODY, inner, None));
                if found != Answer::Unknown {
                    return found;
                }
            }
        }
        Answer::Unknown
    }

    /// Whether a branch runs.
    pub(super) fn holds(&mut self, branch: Option<BranchId>, scope: FunctionRef) -> Option<bool> {
        let code = self.code;
        let mut all = Some(true);
        for around in code.module(scope.module).module.around(branch).take(16) {
            let one = match &around.when {
                When::Test(test, wanted) => self.value(test, scope).truth().map(|t| t == *wanted),
                When::Tried | When::Finally => Some(true),
                When::Caught => Some(false),
                When::Case(subject, Some(with)) => {
                    let (a, b) = (self.value(subject, scope), self.value(with, scope));
                    (a.truth().is_some() && b.truth().is_some()).then(|| same(&a, &b))
                }
                When::Case(_, None) | When::Loop => None,
            };
            match one {
                Some(false) => return Some(false),
                None => all = None,
                Some(true) => {}
            }
        }
        all
    }

    /// What a function of the tree gives back when nothing else decides.
    pub(super) fn returned(&mut self, function: FunctionRef) -> Answer {
        let code = self.code;
        let module = &code.module(function.module).module;
        let outcomes: Vec<_> = module.outcomes.iter().filter(|o| o.function == function.function).take(17).collect();
        if outcomes.len() > 16 || outcomes.iter().any(|o| o.kind == OutcomeKind::Yield) {
            return Answer::Unknown;
        }
        let mut possible: Option<Answer> = None;
        for outcome in outcomes {
            let holds = self.holds(outcome.branch, function);
            if holds == Some(false) || outcome.kind == OutcomeKind::Throw {
                continue;
            }
            let found = match &outcome.value {
                Some(value) => self.value(value, function),
                None => Answer::Nothing(code.location(function.module, outcome.at)),
            };
            match (holds, &possible) {
                (Some(true), None) => return found,
                (Some(true), Some(known)) => return if same(known, &found) { found } else { Answer::Unknown },
                (_, None) => possible = Some(found),
                (_, Some(known)) if same(known, &found) => {}
                _ => return Answer::Unknown,
            }
        }
        possible.unwrap_or(Answer::Unknown)
    }

    /// What Django's settings say under a name.
    pub(super) fn of_settings(&mut self, name: &str) -> Answer {
        match self.program.settings {
            Some(settings) => self.assigned_in(settings, FunctionId::BODY, name, None),
            None => Answer::Unknown,
        }
    }
}

/// The assignments of a function to a name.
fn assignments<'m>(module: &'m Module, function: FunctionId, name: &'m str) -> impl Iterator<Item = &'m Assignment> {
    let named =
        move |a: &&Assignment| a.function == function && a.class.is_none() && matches!(&a.target, Target::Name(n) if n.as_str() == name);
    module.assignments.iter().filter(named).filter(|a| a.declared != Declared::Bound)
}
