//! Calls within loops over lists that are written out.

use plimsoll_source::{Declared, Kind, Target, Text};

use super::context::{Scoped, Script};
use crate::code::CallRef;
use crate::code::names::Binding;

impl<'a> Script<'a> {
    /// The arguments of a call as they are each time it runs: once, or for each element of the list that a loop around it goes through, where the arguments
    /// are that element or parts of it: `routes.forEach((r) => app.use(r.path, r.router))`.
    pub(super) fn rounds(self, at: CallRef) -> Vec<Vec<Scoped<'a>>> {
        let written: Vec<Scoped<'a>> = self.code.call(at).arguments.iter().map(|a| self.scoped(at, &a.value)).collect();
        let looped: Vec<Option<Vec<Scoped<'a>>>> = written.iter().map(|a| self.looped(*a)).collect();
        let Some(times) = looped.iter().flatten().map(Vec::len).max() else { return vec![written] };
        let round = |i: usize| written.iter().zip(&looped).map(|(w, l)| l.as_ref().and_then(|l| l.get(i)).copied().unwrap_or(*w)).collect();
        (0..times).map(round).collect()
    }
    /// The values that the variable of a loop, or a member of it, has one after the other.
    fn looped(self, of: Scoped<'a>) -> Option<Vec<Scoped<'a>>> {
        let (name, member) = match &of.value.kind {
            Kind::Name(name) => (name, None),
            Kind::Member(object, member) => match &object.kind {
                Kind::Name(name) => (name, Some(member)),
                _ => return None,
            },
            _ => return None,
        };
        let (list, part) = self.loop_over(of, name)?;
        let part = part.or(member);
        let elements = self.elements(list).into_iter();
        let value = |e: Scoped<'a>| match part {
            None => Some(e),
            Some(part) => {
                let e = self.written(e);
                let element = part.parse().ok().and_then(|i: usize| e.value.list()?.get(i));
                Some(e.with(element.or_else(|| e.value.get(part))?))
            }
        };
        elements.map(value).collect::<Option<Vec<_>>>().filter(|v| !v.is_empty())
    }
    /// The list that a loop goes through whose variable has a name, and which part of an element the name is.
    fn loop_over(self, of: Scoped<'a>, name: &'a str) -> Option<(Scoped<'a>, Option<&'a Text>)> {
        let source = self.code.module(of.module);
        let binding = source.module.enclosing(of.function).find_map(|scope| source.names.of(&source.module, scope, name).next())?;
        let (list, part) = match binding {
            Binding::Parameter(function, 0, part) => {
                let by = source.module.calls.iter().find(|c| {
                    matches!(c.method(), Some("forEach" | "map")) && c.argument(0).is_some_and(|v| v.kind == Kind::Function(function))
                })?;
                let parameter = source.module.function(function)?.parameters.first()?;
                let part = parameter.parts.get(usize::from(part)).map(|(key, _)| key);
                (Scoped { module: of.module, function: by.function, value: by.receiver()? }, part)
            }
            Binding::Assigned(index, part) => {
                let assignment = source.module.assignments.get(index as usize).filter(|a| a.declared == Declared::Bound)?;
                let part = match &assignment.target {
                    Target::Parts(parts) => Some(&parts.get(part as usize)?.0),
                    Target::Name(_) => None,
                    _ => return None,
                };
                (Scoped { module: of.module, function: assignment.function, value: &assignment.value }, part)
            }
            _ => return None,
        };
        self.written(list).value.list().is_some().then_some((list, part))
    }
}
