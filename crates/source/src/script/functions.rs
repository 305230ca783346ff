//! Functions, arrows and their parameters.

use oxc_ast::ast::{
    ArrowFunctionBody, ArrowFunctionExpression, BindingPattern, FormalParameter, FormalParameters, FunctionBody, TSThisParameter,
};
use oxc_span::GetSpan;
use plimsoll_base::Span;

use super::{Lowering, Named, function_at, patterns::with_default};
use crate::{BranchId, ClassId, Function, FunctionId, Outcome, OutcomeKind, Parameter, Text, Value};

/// Where the walk was before it went into a function.
struct Outside {
    function: FunctionId,
    branch: Option<BranchId>,
    conditions: u32,
}

impl<'a> Lowering<'a> {
    /// A function with a body; one without is a signature and gives none.
    pub(super) fn function(
        &mut self,
        function: &'a oxc_ast::ast::Function<'a>,
        name: Named<'_>,
        at: Span,
        class: Option<ClassId>,
        decorators: Vec<Value>,
    ) -> Option<FunctionId> {
        let body = function.body.as_ref()?;
        let own = function.id.as_ref().map(|id| (id.name.as_str(), self.span(id.span)));
        let (id, outside) = self.enter(own.or(name), at, class, function.r#async, decorators);
        let parameters = self.parameters(&function.params, function.this_param.as_deref());
        let returns = function.return_type.as_ref().map(|t| self.annotation(&t.type_annotation));
        self.describe(id, parameters, returns);
        self.body(id, body);
        self.leave(outside);
        Some(id)
    }

    pub(super) fn arrow(&mut self, arrow: &'a ArrowFunctionExpression<'a>, name: Named<'_>, class: Option<ClassId>) -> FunctionId {
        let (id, outside) = self.enter(name, self.span(arrow.span), class, arrow.r#async, Vec::new());
        let parameters = self.parameters(&arrow.params, None);
        let returns = arrow.return_type.as_ref().map(|t| self.annotation(&t.type_annotation));
        self.describe(id, parameters, returns);
        match &arrow.body {
            ArrowFunctionBody::FunctionBody(body) => self.body(id, body),
            body => {
                let expression = body.to_expression();
                let value = self.value(expression);
                self.outcome(OutcomeKind::Return, Some(value), self.span(expression.span()));
            }
        }
        self.leave(outside);
        id
    }

    fn enter(
        &mut self,
        name: Named<'_>,
        at: Span,
        class: Option<ClassId>,
        is_async: bool,
        decorators: Vec<Value>,
    ) -> (FunctionId, Outside) {
        let id = FunctionId(self.module.functions.len() as u32);
        let (name, name_at) = name.map_or((Text::const_new(""), at), |(name, at)| (Text::new(name), at));
        let (parent, branch) = (Some(self.function), self.branch);
        self.module.functions.push(Function { name, name_at, parent, branch, class, is_async, decorators, ..function_at(at) });
        let outside = Outside { function: self.function, branch: self.branch.take(), conditions: std::mem::take(&mut self.conditions) };
        self.function = id;
        (id, outside)
    }

    fn leave(&mut self, outside: Outside) {
        self.function = outside.function;
        self.branch = outside.branch;
        self.conditions = outside.conditions;
    }

    fn describe(&mut self, id: FunctionId, parameters: Vec<Parameter>, returns: Option<Value>) {
        if let Some(function) = self.module.functions.get_mut(id.0 as usize) {
            function.parameters = parameters;
            function.returns = returns;
        }
    }

    fn body(&mut self, id: FunctionId, body: &'a FunctionBody<'a>) {
        if !body.directives.is_empty()
            && let Some(function) = self.module.functions.get_mut(id.0 as usize)
        {
            function.directives = body.directives.iter().map(|d| Text::new(d.directive)).collect();
        }
        self.statements(&body.statements, body.span.end);
    }

    pub(super) fn outcome(&mut self, kind: OutcomeKind, value: Option<Value>, at: Span) {
        self.module.outcomes.push(Outcome { kind, value, function: self.function, branch: self.branch, at });
    }

    fn parameters(&mut self, parameters: &'a FormalParameters<'a>, this: Option<&'a TSThisParameter<'a>>) -> Vec<Parameter> {
        let mut found = Vec::with_capacity(parameters.items.len() + usize::from(parameters.rest.is_some()) + usize::from(this.is_some()));
        if let Some(this) = this {
            let annotation = this.type_annotation.as_ref().map(|t| self.annotation(&t.type_annotation));
            let (name, at) = (Text::const_new("this"), self.span(this.span));
            found.push(Parameter { name, parts: Vec::new(), default: None, annotation, decorators: Vec::new(), at });
        }
        for parameter in &parameters.items {
            found.push(self.parameter(parameter));
        }
        if let Some(rest) = &parameters.rest {
            let decorators = rest.decorators.iter().map(|d| self.value(&d.expression)).collect();
            let annotation = rest.type_annotation.as_ref().map(|t| self.annotation(&t.type_annotation));
            let (name, parts) = self.bound(&rest.rest.argument);
            found.push(Parameter { name, parts, default: None, annotation, decorators, at: self.span(rest.span) });
        }
        found
    }

    fn parameter(&mut self, parameter: &'a FormalParameter<'a>) -> Parameter {
        let decorators = parameter.decorators.iter().map(|d| self.value(&d.expression)).collect();
        let (pattern, inline) = with_default(&parameter.pattern);
        let (name, parts) = self.bound(pattern);
        let named = (!name.is_empty()).then(|| (name.as_str(), self.span(pattern.span())));
        let default = parameter.initializer.as_deref().or(inline).map(|d| self.named(d, named));
        let annotation = parameter.type_annotation.as_ref().map(|t| self.annotation(&t.type_annotation));
        Parameter { name, parts, default, annotation, decorators, at: self.span(parameter.span) }
    }

    /// The name of a parameter, or the names that its pattern gives.
    fn bound(&mut self, pattern: &'a BindingPattern<'a>) -> (Text, Vec<(Text, Text)>) {
        match pattern {
            BindingPattern::BindingIdentifier(name) => (Text::new(name.name), Vec::new()),
            BindingPattern::ObjectPattern(object) => {
                let mut parts = Vec::with_capacity(object.properties.len());
                self.deeper(object.span, |l| l.parts(object, "", &mut parts, None));
                (Text::default(), parts)
            }
            BindingPattern::AssignmentPattern(with_default) => {
                self.effects(Some(&with_default.right));
                self.deeper(with_default.span, |l| l.bound(&with_default.left)).unwrap_or_default()
            }
            BindingPattern::ArrayPattern(array) => {
                let mut parts = Vec::with_capacity(array.elements.len());
                for (index, element) in array.elements.iter().enumerate() {
                    if let Some(element) = element {
                        let key = index.to_string();
                        self.within(element, &key, &mut parts, None);
                    }
                }
                (Text::default(), parts)
            }
        }
    }
}
