//! Calls, chains of members and calls, and the calls that take in modules.

use oxc_allocator::Vec as ArenaVec;
use oxc_ast::ast::{
    Argument as Handed, CallExpression, ChainElement, ComputedMemberExpression, Expression, ImportExpression, NewExpression,
    PrivateFieldExpression, StaticMemberExpression, TaggedTemplateExpression,
};
use plimsoll_base::Span;

use super::{Lowering, MAX_CHAIN, expressions::inner, literals::private};
use crate::{Argument, Call, CallId, Form, Import, ImportKind, Kind, Text, Value};

/// One step of a chain.
pub(super) enum Link<'a> {
    Call(&'a CallExpression<'a>),
    Member(&'a StaticMemberExpression<'a>),
    Index(&'a ComputedMemberExpression<'a>),
    Private(&'a PrivateFieldExpression<'a>),
}

impl<'a> Lowering<'a> {
    /// `a.b().c[d]`: nested to the left as deep as it is long, so it is not walked by recursion.
    pub(super) fn chain(&mut self, expression: &'a Expression<'a>) -> Value {
        let start = self.links.len();
        let first = self.collect(expression);
        let leading = self.links.iter().skip(start).rev().take_while(|l| !matches!(l, Link::Call(_))).count();
        let levels = if leading > MAX_CHAIN { 0 } else { leading as u32 };
        self.depth += levels;
        let mut value = self.value(first);
        self.depth -= levels;
        let mut members = 0;
        while self.links.len() > start {
            let Some(link) = self.links.pop() else { break };
            members = if matches!(link, Link::Call(_)) { 0 } else { members + 1 };
            value = match link {
                Link::Call(call) => self.call(call, value),
                Link::Member(member) => {
                    let at = self.span(member.span);
                    self.member(value, Text::new(member.property.name), at)
                }
                Link::Private(member) => {
                    let at = self.span(member.span);
                    self.member(value, private(&member.field.name), at)
                }
                Link::Index(member) => {
                    let at = self.span(member.span);
                    let index = self.value(&member.expression);
                    match index.kind {
                        Kind::Text(name) => self.member(value, name, at),
                        _ => Value::new(at, Kind::Index(Box::new(value), Some(Box::new(index)))),
                    }
                }
            };
            if members > MAX_CHAIN {
                value.kind = Kind::Other;
            }
        }
        value
    }

    /// Puts the steps of a chain aside, the last first, and gives what the chain starts with.
    fn collect(&mut self, expression: &'a Expression<'a>) -> &'a Expression<'a> {
        let mut at = expression;
        loop {
            at = match inner(at) {
                Expression::CallExpression(call) => {
                    self.links.push(Link::Call(call));
                    &call.callee
                }
                Expression::StaticMemberExpression(member) => {
                    self.links.push(Link::Member(member));
                    &member.object
                }
                Expression::ComputedMemberExpression(member) => {
                    self.links.push(Link::Index(member));
                    &member.object
                }
                Expression::PrivateFieldExpression(member) => {
                    self.links.push(Link::Private(member));
                    &member.object
                }
                Expression::ChainExpression(chain) => match &chain.expression {
                    ChainElement::CallExpression(call) => {
                        self.links.push(Link::Call(call));
                        &call.callee
                    }
                    ChainElement::TSNonNullExpression(e) => &e.expression,
                    ChainElement::StaticMemberExpression(member) => {
                        self.links.push(Link::Member(member));
                        &member.object
                    }
                    ChainElement::ComputedMemberExpression(member) => {
                        self.links.push(Link::Index(member));
                        &member.object
                    }
                    ChainElement::PrivateFieldExpression(member) => {
                        self.links.push(Link::Private(member));
                        &member.object
                    }
                },
                first => return first,
            }
        }
    }

    /// `of.name`. Of a module just taken in, it is the name that is taken.
    fn member(&mut self, of: Value, name: Text, at: Span) -> Value {
        if let Some((call, import)) = self.required
            && of.kind == Kind::Call(call)
            && let Some(import) = self.module.imports.get_mut(import)
            && import.name.as_deref() == Some("*")
            && import.local.is_none()
            && (import.kind == ImportKind::Require || self.module.calls.get(call.0 as usize).is_some_and(|c| c.awaited))
        {
            import.name = Some(name.clone());
        }
        Value::new(at, Kind::Member(Box::new(of), name))
    }

    fn call(&mut self, call: &'a CallExpression<'a>, callee: Value) -> Value {
        let arguments = self.arguments(&call.arguments);
        let at = self.span(call.span);
        let required = match (&callee.kind, arguments.first().map(|a| &a.value.kind)) {
            (Kind::Name(name), Some(Kind::Text(module))) if name == "require" => Some(module.clone()),
            _ => None,
        };
        let id = self.record_call(callee, arguments, Form::Plain, at);
        if let Some(module) = required {
            self.take_in(module, ImportKind::Require, id, at);
        }
        Value::new(at, Kind::Call(id))
    }

    /// `new F(x)`.
    pub(super) fn construct(&mut self, new: &'a NewExpression<'a>) -> Kind {
        let callee = self.value(&new.callee);
        let arguments = self.arguments(&new.arguments);
        Kind::Call(self.record_call(callee, arguments, Form::New, self.span(new.span)))
    }

    /// `` sql`…${x}` ``.
    pub(super) fn tagged(&mut self, tagged: &'a TaggedTemplateExpression<'a>) -> Kind {
        let callee = self.value(&tagged.tag);
        let template = self.template(&tagged.quasi);
        let value = Value::new(self.span(tagged.quasi.span), template);
        Kind::Call(self.record_call(callee, vec![Argument { name: None, value }], Form::Tagged, self.span(tagged.span)))
    }

    /// `import(x)`.
    pub(super) fn import_call(&mut self, import: &'a ImportExpression<'a>) -> Kind {
        let at = self.span(import.span);
        let callee = Value::new(Span { start: at.start, end: at.start + "import".len() as u32 }, Kind::Name(Text::const_new("import")));
        let source = self.value(&import.source);
        let module = source.text().map(Text::new);
        let mut arguments = vec![Argument { name: None, value: source }];
        arguments.extend(import.options.as_ref().map(|o| Argument { name: None, value: self.value(o) }));
        let id = self.record_call(callee, arguments, Form::Plain, at);
        if let Some(module) = module {
            self.take_in(module, ImportKind::Dynamic, id, at);
        }
        Kind::Call(id)
    }

    pub(super) fn arguments(&mut self, handed: &'a ArenaVec<'a, Handed<'a>>) -> Vec<Argument> {
        let mut arguments = Vec::with_capacity(handed.len());
        for argument in handed {
            let value = match argument {
                Handed::SpreadElement(spread) => self.spread(&spread.argument, spread.span),
                argument => self.value(argument.to_expression()),
            };
            arguments.push(Argument { name: None, value });
        }
        arguments
    }

    pub(super) fn record_call(&mut self, callee: Value, arguments: Vec<Argument>, form: Form, at: Span) -> CallId {
        let id = CallId(self.module.calls.len() as u32);
        let call = Call {
            callee,
            arguments,
            form,
            awaited: false,
            dropped: false,
            context: false,
            function: self.function,
            branch: self.branch,
            at,
        };
        self.module.calls.push(call);
        id
    }

    /// A call that takes in a module; what it is bound to is learned from what stands around it.
    fn take_in(&mut self, module: Text, kind: ImportKind, call: CallId, at: Span) {
        self.required = Some((call, self.module.imports.len()));
        self.import(module, Some(Text::const_new("*")), None, kind, at);
    }

    pub(super) fn import(&mut self, module: Text, name: Option<Text>, local: Option<Text>, kind: ImportKind, at: Span) {
        self.module.imports.push(Import { module, name, local, kind, function: self.function, branch: self.branch, at });
    }
}
