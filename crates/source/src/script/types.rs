//! Annotations, as far as names, members, unions, type arguments and literals go.

use oxc_allocator::Vec as ArenaVec;
use oxc_ast::ast::{Expression, TSLiteral, TSQualifiedName, TSType, TSTypeName, TSTypeOperatorOperator};
use oxc_span::GetSpan;

use super::{Lowering, other};
use crate::{Kind, Text, Value};

impl<'a> Lowering<'a> {
    /// A type as a value: `User` a name, `express.Request` a member, `A | B` a list, `Promise<User>` an index, `'a'` a text.
    pub(super) fn annotation(&mut self, written: &'a TSType<'a>) -> Value {
        let at = written.span();
        self.deeper(at, |l| Value::new(l.span(at), l.type_kind(written))).unwrap_or_else(|| other(self.span(at)))
    }

    fn type_kind(&mut self, written: &'a TSType<'a>) -> Kind {
        let name = |name: &'static str| Kind::Name(Text::const_new(name));
        match written {
            TSType::TSTypeReference(reference) => {
                let of = self.type_name(&reference.type_name);
                match &reference.type_arguments {
                    Some(arguments) => {
                        let index = self.type_arguments(&arguments.params, arguments.span);
                        Kind::Index(Box::new(of), Some(Box::new(index)))
                    }
                    None => of.kind,
                }
            }
            TSType::TSUnionType(union) => Kind::List(union.types.iter().map(|t| self.annotation(t)).collect()),
            TSType::TSArrayType(array) => {
                let element = self.annotation(&array.element_type);
                Kind::Index(Box::new(Value::new(self.span(array.span), name("Array"))), Some(Box::new(element)))
            }
            TSType::TSParenthesizedType(within) => self.annotation(&within.type_annotation).kind,
            TSType::TSTypeOperatorType(within) if within.operator == TSTypeOperatorOperator::Readonly => {
                self.annotation(&within.type_annotation).kind
            }
            TSType::TSLiteralType(literal) => self.literal_type(&literal.literal),
            TSType::TSAnyKeyword(_) => name("any"),
            TSType::TSBigIntKeyword(_) => name("bigint"),
            TSType::TSBooleanKeyword(_) => name("boolean"),
            TSType::TSNeverKeyword(_) => name("never"),
            TSType::TSNumberKeyword(_) => name("number"),
            TSType::TSObjectKeyword(_) => name("object"),
            TSType::TSStringKeyword(_) => name("string"),
            TSType::TSSymbolKeyword(_) => name("symbol"),
            TSType::TSUnknownKeyword(_) => name("unknown"),
            TSType::TSVoidKeyword(_) => name("void"),
            TSType::TSThisType(_) => name("this"),
            TSType::TSNullKeyword(_) | TSType::TSUndefinedKeyword(_) => Kind::Nothing,
            _ => Kind::Other,
        }
    }

    fn literal_type(&mut self, literal: &'a TSLiteral<'a>) -> Kind {
        match literal {
            TSLiteral::BooleanLiteral(literal) => Kind::Bool(literal.value),
            TSLiteral::NumericLiteral(literal) if literal.value.is_finite() => Kind::Number(literal.value),
            TSLiteral::StringLiteral(literal) => Kind::Text(Text::new(literal.value)),
            TSLiteral::UnaryExpression(unary) => match &unary.argument {
                Expression::NumericLiteral(number) if number.value.is_finite() => Kind::Number(-number.value),
                _ => Kind::Other,
            },
            _ => Kind::Other,
        }
    }

    /// One type argument, or the list of several.
    fn type_arguments(&mut self, types: &'a ArenaVec<'a, TSType<'a>>, at: oxc_span::Span) -> Value {
        match types.as_slice() {
            [one] => self.annotation(one),
            several => Value::new(self.span(at), Kind::List(several.iter().map(|t| self.annotation(t)).collect())),
        }
    }

    pub(super) fn type_name(&mut self, name: &'a TSTypeName<'a>) -> Value {
        match name {
            TSTypeName::IdentifierReference(name) => Value::new(self.span(name.span), Kind::Name(Text::new(name.name))),
            TSTypeName::QualifiedName(name) => self.qualified(name),
            TSTypeName::ThisExpression(this) => Value::new(self.span(this.span), Kind::Name(Text::const_new("this"))),
        }
    }

    /// `A.B.c`.
    pub(super) fn qualified(&mut self, name: &'a TSQualifiedName<'a>) -> Value {
        let at = self.span(name.span);
        match self.deeper(name.span, |l| l.type_name(&name.left)) {
            Some(of) => Value::new(at, Kind::Member(Box::new(of), Text::new(name.right.name))),
            None => other(at),
        }
    }
}
