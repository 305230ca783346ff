//! Calls, what awaits them, and comprehensions.

use std::{iter::Peekable, mem};

use plimsoll_base::Span;
use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::Ranged;

use super::{Reader, at, index, span};
use crate::{Argument, Call, CallId, Declared, Form, Import, ImportKind, Kind, Text, Value, When};

impl Reader<'_> {
    pub(super) fn call(&mut self, call: &mut ast::ExprCall) -> Kind {
        let place = at(call);
        let annotation = mem::replace(&mut self.annotation, false);
        let callee = self.expression(&mut call.func);
        let arguments = self.arguments(&mut call.arguments);
        self.annotation = annotation;
        self.import_by_call(&callee, &arguments, place);
        let id = CallId(index(self.module.calls.len()));
        self.module.calls.push(Call {
            callee,
            arguments,
            form: Form::Plain,
            awaited: false,
            dropped: false,
            context: false,
            function: self.function,
            branch: self.branch,
            at: place,
        });
        Kind::Call(id)
    }
    /// Arguments in the order of the text: `*x` may follow a keyword.
    fn arguments(&mut self, arguments: &mut ast::Arguments) -> Vec<Argument> {
        let mut read = Vec::with_capacity(arguments.args.len() + arguments.keywords.len());
        let mut keywords = arguments.keywords.iter_mut().peekable();
        for argument in &mut arguments.args {
            self.keywords(&mut keywords, Some(argument), &mut read);
            read.push(Argument { name: None, value: self.expression(argument) });
        }
        self.keywords(&mut keywords, None, &mut read);
        read
    }
    /// The keyword arguments that stand before a positional one.
    fn keywords<'a>(
        &mut self,
        keywords: &mut Peekable<impl Iterator<Item = &'a mut ast::Keyword>>,
        before: Option<&Expr>,
        read: &mut Vec<Argument>,
    ) {
        while let Some(keyword) = keywords.next_if(|k| before.is_none_or(|b| k.start() < b.start())) {
            let value = self.expression(&mut keyword.value);
            read.push(match &keyword.arg {
                Some(name) => Argument { name: Some(Text::new(name.as_str())), value },
                None => Argument { name: None, value: Value::new(span(keyword.range), Kind::Spread(Box::new(value))) },
            });
        }
    }
    /// `importlib.import_module("x")`, `__import__("x")`.
    fn import_by_call(&mut self, callee: &Value, arguments: &[Argument], at: Span) {
        let imports = match &callee.kind {
            Kind::Name(name) => name == "import_module" || name == "__import__",
            Kind::Member(of, name) => name == "import_module" && matches!(&of.kind, Kind::Name(of) if of == "importlib"),
            _ => false,
        };
        let module = arguments.first().filter(|a| a.name.as_deref().is_none_or(|n| n == "name")).and_then(|a| a.value.text());
        if let (true, Some(module)) = (imports, module) {
            let module = Text::new(module);
            self.import(module, Some("*"), None, ImportKind::Dynamic, at);
        }
    }
    pub(super) fn import(&mut self, module: Text, name: Option<&str>, local: Option<Text>, kind: ImportKind, at: Span) {
        let name = name.map(Text::new);
        self.module.imports.push(Import { module, name, local, kind, function: self.function, branch: self.branch, at });
    }
    /// Marks the call that a value is.
    pub(super) fn mark_call(&mut self, value: &Value, marks: impl FnOnce(&mut Call)) {
        if let Kind::Call(id) = value.kind
            && let Some(call) = self.module.calls.get_mut(id.0 as usize)
        {
            marks(call);
        }
    }
    pub(super) fn awaited(&mut self, node: &mut ast::ExprAwait) -> Kind {
        let value = self.expression(&mut node.value);
        self.mark_call(&value, |call| call.awaited = true);
        value.kind
    }
    /// A comprehension or generator: a loop for each `for`, a test for each `if`, what it makes innermost. The first iterable stands outside.
    pub(super) fn comprehension(&mut self, makes: &mut [&mut Box<Expr>], loops: &mut [ast::Comprehension], at_all: Span) -> Kind {
        let around = self.branch;
        let annotation = mem::replace(&mut self.annotation, false);
        let mut entered = Vec::with_capacity(loops.len());
        for each in loops.iter() {
            let outside = self.branch;
            let inside = self.enter(When::Loop, at_all);
            let tests: Vec<_> = each.ifs.iter().map(|test| self.enter(When::Loop, at(test))).collect();
            entered.push((outside, inside, tests));
        }
        for make in makes {
            self.calls_in(make);
        }
        for (each, (outside, inside, tests)) in loops.iter_mut().zip(entered) {
            self.branch = outside;
            let over = self.expression(&mut each.iter);
            self.branch = Some(inside);
            self.assign(&mut each.target, over, Declared::Bound, span(each.range));
            for (test, branch) in each.ifs.iter_mut().zip(tests) {
                let value = self.expression(test);
                self.explain(branch, When::Test(value, true));
                self.branch = Some(branch);
            }
        }
        self.branch = around;
        self.annotation = annotation;
        Kind::Other
    }
}
