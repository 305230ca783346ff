//! Texts with values in them.

use ruff_python_ast as ast;
use ruff_text_size::Ranged;

use super::Reader;
use crate::{Kind, Piece, Text};

impl Reader<'_> {
    /// An f-string, with the plain texts that stand beside it.
    pub(super) fn interpolated(&mut self, text: &mut ast::ExprFString) -> Kind {
        let mut pieces = Vec::new();
        for part in &mut text.value {
            match part {
                ast::FStringPart::Literal(literal) => push_text(&mut pieces, &literal.value),
                ast::FStringPart::FString(text) => self.pieces(&mut text.elements, &mut pieces),
            }
        }
        whole(pieces)
    }
    /// A template string.
    pub(super) fn template(&mut self, text: &mut ast::ExprTString) -> Kind {
        let mut pieces = Vec::new();
        for part in text.value.iter_mut() {
            self.pieces(&mut part.elements, &mut pieces);
        }
        whole(pieces)
    }
    fn pieces(&mut self, elements: &mut ast::InterpolatedStringElements, pieces: &mut Vec<Piece>) {
        for element in elements {
            match element {
                ast::InterpolatedStringElement::Literal(literal) => push_text(pieces, &literal.value),
                ast::InterpolatedStringElement::Interpolation(value) => {
                    if let Some(debug) = &value.debug_text {
                        // `{x=}` writes the expression before its value.
                        push_text(pieces, &[debug.leading(), self.slice(value.expression.range()), debug.trailing()].concat());
                    }
                    let read = self.expression(&mut value.expression);
                    pieces.push(Piece::Value(read));
                    if let Some(format) = &mut value.format_spec {
                        // What a format says is no part of the text, but may call.
                        self.pieces(&mut format.elements, &mut Vec::new());
                    }
                }
            }
        }
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        Some(Piece::Text(before)) => before.push_str(text),
        _ if text.is_empty() => {}
        _ => pieces.push(Piece::Text(Text::new(text))),
    }
}

/// A text without values is a plain one.
fn whole(mut pieces: Vec<Piece>) -> Kind {
    match (pieces.pop(), pieces.is_empty()) {
        (None, _) => Kind::Text(Text::default()),
        (Some(Piece::Text(text)), true) => Kind::Text(text),
        (Some(last), _) => {
            pieces.push(last);
            Kind::Template(pieces)
        }
    }
}
