//! Functions, lambdas, classes and imports.

use std::{collections::HashSet, mem};

use plimsoll_base::Span;
use ruff_python_ast as ast;

use super::{Reader, at, index, span};
use crate::{Class, ClassId, Function, FunctionId, ImportKind, Kind, OutcomeKind, Parameter, Text, Value};

/// Where the reader stood before it entered the body of a function.
struct Outside {
    function: FunctionId,
    class: Option<ClassId>,
    branch: Option<crate::BranchId>,
    outer: HashSet<Text>,
    typing: bool,
}

impl Reader<'_> {
    pub(super) fn function(&mut self, node: &mut ast::StmtFunctionDef) {
        let decorators = self.decorators(&mut node.decorator_list);
        self.type_parameters(node.type_params.as_deref_mut());
        let parameters = self.parameters(&mut node.parameters);
        let returns = node.returns.as_mut().map(|r| self.annotated(r));
        let outside = self.enter_function(Function {
            name: Text::new(node.name.as_str()),
            parameters,
            decorators,
            returns,
            parent: Some(self.function),
            class: self.class,
            branch: self.branch,
            is_async: node.is_async,
            directives: Vec::new(),
            at: span(node.range),
            name_at: at(&node.name),
        });
        self.block(&mut node.body);
        self.leave_function(outside);
    }
    /// A lambda: a function of one outcome.
    pub(super) fn lambda(&mut self, node: &mut ast::ExprLambda, name: &str) -> Kind {
        let parameters = node.parameters.as_mut().map(|p| self.parameters(p)).unwrap_or_default();
        let place = span(node.range);
        let id = FunctionId(index(self.module.functions.len()));
        let outside = self.enter_function(Function {
            name: Text::new(name),
            parameters,
            decorators: Vec::new(),
            returns: None,
            parent: Some(self.function),
            class: None,
            branch: self.branch,
            is_async: false,
            directives: Vec::new(),
            at: place,
            name_at: place,
        });
        let annotation = mem::replace(&mut self.annotation, false);
        let value = self.expression(&mut node.body);
        let place = value.span;
        self.outcome(OutcomeKind::Return, Some(value), place);
        self.annotation = annotation;
        self.leave_function(outside);
        Kind::Function(id)
    }
    fn enter_function(&mut self, function: Function) -> Outside {
        let id = FunctionId(index(self.module.functions.len()));
        self.module.functions.push(function);
        Outside {
            function: mem::replace(&mut self.function, id),
            class: self.class.take(),
            branch: self.branch.take(),
            outer: mem::take(&mut self.outer),
            typing: mem::replace(&mut self.typing, false),
        }
    }
    fn leave_function(&mut self, outside: Outside) {
        Outside { function: self.function, class: self.class, branch: self.branch, outer: self.outer, typing: self.typing } = outside;
    }

    pub(super) fn class(&mut self, node: &mut ast::StmtClassDef) {
        let decorators = self.decorators(&mut node.decorator_list);
        self.type_parameters(node.type_params.as_deref_mut());
        let mut bases = Vec::new();
        if let Some(arguments) = &mut node.arguments {
            bases = arguments.args.iter_mut().map(|base| self.annotated(base)).collect();
            for keyword in &mut arguments.keywords {
                self.calls_in(&mut keyword.value);
            }
        }
        let id = ClassId(index(self.module.classes.len()));
        self.module.classes.push(Class {
            name: Text::new(node.name.as_str()),
            bases,
            decorators,
            fields: Vec::new(),
            function: self.function,
            class: self.class,
            branch: self.branch,
            at: span(node.range),
            name_at: at(&node.name),
        });
        let around = self.class.replace(id);
        self.block(&mut node.body);
        self.class = around;
    }

    fn decorators(&mut self, decorators: &mut [ast::Decorator]) -> Vec<Value> {
        decorators.iter_mut().map(|d| self.expression(&mut d.expression)).collect()
    }
    /// Parameters in the order of the text; the first starred one stands between the plain and the keyword ones.
    fn parameters(&mut self, parameters: &mut ast::Parameters) -> Vec<Parameter> {
        let plain = parameters.posonlyargs.iter_mut().chain(&mut parameters.args);
        let mut read: Vec<Parameter> = plain.map(|p| self.parameter(span(p.range), &mut p.parameter, p.default.as_deref_mut())).collect();
        if let Some(starred) = &mut parameters.vararg {
            read.push(self.parameter(span(starred.range), starred, None));
        }
        for keyword in &mut parameters.kwonlyargs {
            read.push(self.parameter(span(keyword.range), &mut keyword.parameter, keyword.default.as_deref_mut()));
        }
        if let Some(starred) = &mut parameters.kwarg {
            read.push(self.parameter(span(starred.range), starred, None));
        }
        read
    }
    fn parameter(&mut self, at: Span, node: &mut ast::Parameter, default: Option<&mut ast::Expr>) -> Parameter {
        let name = Text::new(node.name.as_str());
        let annotation = node.annotation.as_mut().map(|a| self.annotated(a));
        let default = default.map(|d| self.named(d, &name));
        Parameter { name, parts: Vec::new(), default, annotation, decorators: Vec::new(), at }
    }
    /// `[T: Bound = Default]`: nothing of them is kept, but all is passed through.
    pub(super) fn type_parameters(&mut self, parameters: Option<&mut ast::TypeParams>) {
        let Some(parameters) = parameters else { return };
        for parameter in &mut parameters.type_params {
            let (bound, default) = match parameter {
                ast::TypeParam::TypeVar(t) => (t.bound.as_mut(), t.default.as_mut()),
                ast::TypeParam::ParamSpec(t) => (None, t.default.as_mut()),
                ast::TypeParam::TypeVarTuple(t) => (None, t.default.as_mut()),
            };
            for part in bound.into_iter().chain(default) {
                self.annotated(part);
            }
        }
    }

    /// `import a, b.c as d`.
    pub(super) fn imports(&mut self, node: &ast::StmtImport) {
        for alias in &node.names {
            let local = alias.asname.as_ref().unwrap_or(&alias.name);
            let (module, local) = (Text::new(alias.name.as_str()), Text::new(local.as_str()));
            self.import(module, Some("*"), Some(local), self.import_kind(), span(node.range));
        }
    }
    /// `from ..a import b, c as d`, `from a import *`.
    pub(super) fn imports_from(&mut self, node: &ast::StmtImportFrom) {
        let dots = ".".repeat(usize::try_from(node.level).unwrap_or_default().min(64));
        let module = dots + node.module.as_ref().map_or("", |m| m.as_str());
        for alias in &node.names {
            let local = alias.asname.as_ref().unwrap_or(&alias.name);
            self.import(
                Text::new(&module),
                Some(alias.name.as_str()),
                Some(Text::new(local.as_str())),
                self.import_kind(),
                span(node.range),
            );
        }
    }
    fn import_kind(&self) -> ImportKind {
        if self.typing { ImportKind::Types } else { ImportKind::Static }
    }
}
