//! Expressions that nest too deeply to be kept: taken apart without recursion, so that the calls in them are found and no stack overflows.

use std::mem;

use ruff_python_ast::{self as ast, Expr};

use super::{Reader, at};
use crate::{Argument, Call, Form, Kind, Text, Value};

impl Reader<'_> {
    /// Takes an expression apart. Its calls are kept with the last name of what is called and with arguments that are literals.
    pub(super) fn deep(&mut self, expr: Expr) {
        let first = self.module.calls.len();
        let mut pending = vec![expr];
        while let Some(expr) = pending.pop() {
            if let Expr::Call(call) = &expr {
                self.shallow(call);
            }
            parts(expr, &mut pending);
        }
        // Outer calls and later ones came first.
        if let Some(found) = self.module.calls.get_mut(first..) {
            found.reverse();
        }
    }
    fn shallow(&mut self, call: &ast::ExprCall) {
        let callee = match &*call.func {
            Expr::Name(name) => Kind::Name(Text::new(name.id.as_str())),
            Expr::Attribute(member) => {
                let of = match &*member.value {
                    Expr::Name(name) => Kind::Name(Text::new(name.id.as_str())),
                    _ => Kind::Other,
                };
                Kind::Member(Box::new(Value::new(at(&*member.value), of)), Text::new(member.attr.as_str()))
            }
            _ => Kind::Other,
        };
        let positional = call.arguments.args.iter().map(|value| Argument { name: None, value: literal(value) });
        let named = call.arguments.keywords.iter().map(|k| match &k.arg {
            Some(name) => Argument { name: Some(Text::new(name.as_str())), value: literal(&k.value) },
            None => Argument { name: None, value: spread(&k.value) },
        });
        let arguments = positional.chain(named).collect();
        self.module.calls.push(Call {
            callee: Value::new(at(&*call.func), callee),
            arguments,
            form: Form::Plain,
            awaited: false,
            dropped: false,
            context: false,
            function: self.function,
            branch: self.branch,
            at: at(call),
        });
    }
}

fn literal(expr: &Expr) -> Value {
    let kind = match expr {
        Expr::StringLiteral(text) => Kind::Text(Text::new(text.value.to_str())),
        Expr::BooleanLiteral(value) => Kind::Bool(value.value),
        Expr::NoneLiteral(_) => Kind::Nothing,
        Expr::Name(name) => Kind::Name(Text::new(name.id.as_str())),
        Expr::Starred(_) => return spread(expr),
        _ => Kind::Other,
    };
    Value::new(at(expr), kind)
}

fn spread(expr: &Expr) -> Value {
    Value::new(at(expr), Kind::Spread(Box::new(Value::new(at(expr), Kind::Other))))
}

/// The expressions directly within one, in the order of the text.
fn parts(expr: Expr, into: &mut Vec<Expr>) {
    match expr {
        Expr::BoolOp(node) => into.extend(node.values),
        Expr::Named(node) => into.extend([*node.target, *node.value]),
        Expr::BinOp(node) => into.extend([*node.left, *node.right]),
        Expr::UnaryOp(node) => into.push(*node.operand),
        Expr::Lambda(node) => {
            if let Some(mut parameters) = node.parameters {
                let lists = [&mut parameters.posonlyargs, &mut parameters.args, &mut parameters.kwonlyargs];
                into.extend(lists.into_iter().flatten().filter_map(|p| p.default.take()).map(|d| *d));
            }
            into.push(*node.body);
        }
        Expr::If(node) => into.extend([*node.body, *node.test, *node.orelse]),
        Expr::Dict(node) => into.extend(node.items.into_iter().flat_map(|item| item.key.into_iter().chain([item.value]))),
        Expr::Set(node) => into.extend(node.elts),
        Expr::List(node) => into.extend(node.elts),
        Expr::Tuple(node) => into.extend(node.elts),
        Expr::ListComp(node) => {
            into.push(*node.elt);
            loops(node.generators, into);
        }
        Expr::SetComp(node) => {
            into.push(*node.elt);
            loops(node.generators, into);
        }
        Expr::Generator(node) => {
            into.push(*node.elt);
            loops(node.generators, into);
        }
        Expr::DictComp(node) => {
            into.extend(node.key.map(|key| *key));
            into.push(*node.value);
            loops(node.generators, into);
        }
        Expr::Await(node) => into.push(*node.value),
        Expr::Yield(node) => into.extend(node.value.map(|value| *value)),
        Expr::YieldFrom(node) => into.push(*node.value),
        Expr::Compare(node) => {
            into.push(*node.left);
            into.extend(node.comparators);
        }
        Expr::Call(node) => {
            into.push(*node.func);
            into.extend(node.arguments.args);
            into.extend(node.arguments.keywords.into_iter().map(|k| k.value));
        }
        Expr::FString(mut node) => {
            for part in &mut node.value {
                if let ast::FStringPart::FString(text) = part {
                    interpolated(&mut text.elements, into);
                }
            }
        }
        Expr::TString(mut node) => {
            for text in node.value.iter_mut() {
                interpolated(&mut text.elements, into);
            }
        }
        Expr::Attribute(node) => into.push(*node.value),
        Expr::Subscript(node) => into.extend([*node.value, *node.slice]),
        Expr::Starred(node) => into.push(*node.value),
        Expr::Slice(node) => into.extend([node.lower, node.upper, node.step].into_iter().flatten().map(|part| *part)),
        Expr::StringLiteral(_)
        | Expr::BytesLiteral(_)
        | Expr::NumberLiteral(_)
        | Expr::BooleanLiteral(_)
        | Expr::NoneLiteral(_)
        | Expr::EllipsisLiteral(_)
        | Expr::Name(_)
        | Expr::IpyEscapeCommand(_) => {}
    }
}

fn loops(loops: Vec<ast::Comprehension>, into: &mut Vec<Expr>) {
    for each in loops {
        into.extend([each.target, each.iter]);
        into.extend(each.ifs);
    }
}

/// The values in a text; formats nest by brackets, whose depth is bounded before anything is parsed.
fn interpolated(elements: &mut ast::InterpolatedStringElements, into: &mut Vec<Expr>) {
    for element in elements {
        if let ast::InterpolatedStringElement::Interpolation(value) = element {
            into.push(mem::replace(&mut *value.expression, Expr::NoneLiteral(ast::ExprNoneLiteral::default())));
            if let Some(format) = &mut value.format_spec {
                interpolated(&mut format.elements, into);
            }
        }
    }
}
