//! Bicep files and the expressions in ARM templates as trees. What is not understood is passed over to the next declaration.

use plimsoll_base::Span;

pub(super) use super::tree::{Declaration, Entry, Expr, Kind, Part, Role};

/// Expressions within expressions.
const MAX_NESTING: usize = 64;

/// Every declaration of a file.
pub(super) fn declarations(text: &str) -> Vec<Declaration> {
    let mut parser = Parser { text, at: 0, nesting: 0 };
    let mut found = Vec::new();
    while parser.at < text.len() {
        parser.gap(true);
        let before = parser.at;
        if let Some(declaration) = parser.declaration() {
            found.push(declaration);
        }
        if parser.at == before {
            parser.line();
        }
    }
    found
}

/// An expression alone, as ARM templates write it within brackets.
pub(super) fn expression(text: &str) -> Expr {
    Parser { text, at: 0, nesting: 0 }.expr()
}

/// Where in a text the reading is.
pub(super) struct Parser<'t> {
    text: &'t str,
    pub(super) at: usize,
    nesting: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }
    pub(super) fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }
    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }
    /// Blanks and comments, and line ends where they mean nothing.
    pub(super) fn gap(&mut self, lines: bool) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches(|c: char| if lines { c.is_whitespace() } else { c == ' ' || c == '\t' }).len();
            self.at += blank;
            if self.rest().starts_with("//") {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else if self.rest().starts_with("/*") {
                self.at += self.rest().find("*/").map_or(self.rest().len(), |e| e + 2);
            } else if blank == 0 {
                return;
            }
        }
    }
    fn line(&mut self) {
        self.at += self.rest().find('\n').map_or(self.rest().len(), |e| e + 1);
    }
    pub(super) fn word(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let word = &rest[..end];
        let starts = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        self.at += if starts { end } else { 0 };
        starts.then_some(word)
    }
    pub(super) fn span(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    pub(super) fn declaration(&mut self) -> Option<Declaration> {
        while self.eat("@") {
            // A decorator says nothing that is needed here.
            self.expr();
            self.gap(true);
        }
        let start = self.at;
        let role = match self.word()? {
            "param" => Role::Parameter,
            "var" => Role::Variable,
            "resource" => Role::Resource,
            "module" => Role::Module,
            "output" => Role::Output,
            _ => {
                self.line();
                return None;
            }
        };
        self.gap(false);
        let name = self.word()?.to_owned();
        self.gap(false);
        let mut kind = String::new();
        let mut existing = false;
        if matches!(role, Role::Resource | Role::Module) {
            if let Kind::Text(parts) = self.expr().kind
                && let [Part::Plain(text)] = parts.as_slice()
            {
                kind.clone_from(text);
            }
            self.gap(false);
            let here = self.at;
            existing = self.word() == Some("existing");
            if !existing {
                self.at = here;
            }
        } else {
            // A type, up to the value or the end of the line.
            let rest = self.rest();
            let stop = rest.find(['=', '\n']).unwrap_or(rest.len());
            // An object type takes several lines and has no default.
            if rest[..stop].trim_end().ends_with('{') {
                self.at += stop;
                return Some(Declaration { role, name, head: self.span(start), kind, existing, value: None });
            }
            self.at += stop;
        }
        self.gap(false);
        let head = Span::new(start, self.at);
        let value = if self.eat("=") {
            self.gap(false);
            Some(self.expr())
        } else {
            None
        };
        Some(Declaration { role, name, head, kind, existing, value })
    }

    pub(super) fn expr(&mut self) -> Expr {
        let start = self.at;
        self.nesting += 1;
        let found = if self.nesting > MAX_NESTING {
            self.line();
            Expr { kind: Kind::Other, span: self.span(start) }
        } else {
            self.choice()
        };
        self.nesting -= 1;
        found
    }

    fn choice(&mut self) -> Expr {
        let start = self.at;
        let condition = self.binary(0);
        let here = self.at;
        self.gap(true);
        if !self.rest().starts_with("??") && self.rest().starts_with('?') && !self.rest().starts_with("?.") {
            self.at += 1;
            self.gap(true);
            let then = self.expr();
            self.gap(true);
            if self.eat(":") {
                self.gap(true);
                let other = self.expr();
                let kind = Kind::Choice(Box::new(condition), Box::new(then), Box::new(other));
                return Expr { kind, span: self.span(start) };
            }
            return Expr { kind: Kind::Other, span: self.span(start) };
        }
        self.at = here;
        condition
    }

    fn binary(&mut self, level: usize) -> Expr {
        const LEVELS: &[&[&str]] =
            &[&["??"], &["||"], &["&&"], &["==", "!=", "=~", "!~"], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let start = self.at;
        let mut left = self.binary(level + 1);
        // Each round makes the tree one level deeper.
        for _ in 0..MAX_NESTING {
            let here = self.at;
            self.gap(false);
            let comment = self.rest().starts_with("//") || self.rest().starts_with("/*");
            let Some(operator) = operators.iter().find(|o| !comment && self.rest().starts_with(**o)) else {
                self.at = here;
                break;
            };
            self.at += operator.len();
            self.gap(true);
            let right = self.binary(level + 1);
            left = Expr { kind: Kind::Binary(operator, Box::new(left), Box::new(right)), span: self.span(start) };
        }
        left
    }

    fn unary(&mut self) -> Expr {
        let start = self.at;
        if self.rest().starts_with('!') && !self.rest().starts_with("!=") {
            self.at += 1;
            self.gap(false);
            let inner = self.expr_of(Self::unary);
            return Expr { kind: Kind::Not(Box::new(inner)), span: self.span(start) };
        }
        if self.eat("-") {
            let inner = self.expr_of(Self::unary);
            return Expr { kind: Kind::Negative(Box::new(inner)), span: self.span(start) };
        }
        let mut found = self.primary();
        for _ in 0..MAX_NESTING {
            let optional = self.rest().starts_with(".?") || self.rest().starts_with("?.");
            if optional || self.rest().starts_with('.') && !self.rest().starts_with("..") || self.rest().starts_with("::") {
                let here = self.at;
                self.at += if optional || self.rest().starts_with("::") { 2 } else { 1 };
                let Some(name) = self.word().map(str::to_owned) else {
                    self.at = here;
                    break;
                };
                if self.eat("(") {
                    // A method of a resource, such as `listKeys`.
                    let arguments = self.list(')');
                    found = Expr { kind: Kind::Call(name, arguments), span: self.span(start) };
                } else {
                    found = Expr { kind: Kind::Access(Box::new(found), name), span: self.span(start) };
                }
            } else if self.eat("[") {
                self.eat("?");
                self.gap(true);
                let index = self.expr();
                self.gap(true);
                self.eat("]");
                found = Expr { kind: Kind::Index(Box::new(found), Box::new(index)), span: self.span(start) };
            } else if self.rest().starts_with('!') && !self.rest().starts_with("!=") && !self.rest().starts_with("!~") {
                // The promise that something is not null.
                self.at += 1;
            } else {
                break;
            }
        }
        found
    }

    fn expr_of(&mut self, inner: fn(&mut Self) -> Expr) -> Expr {
        self.nesting += 1;
        let start = self.at;
        let found = if self.nesting > MAX_NESTING {
            self.line();
            Expr { kind: Kind::Other, span: self.span(start) }
        } else {
            inner(self)
        };
        self.nesting -= 1;
        found
    }

    fn primary(&mut self) -> Expr {
        let start = self.at;
        let kind = match self.next() {
            Some('\'') => self.quoted(),
            Some('{') => self.object(),
            Some('[') => self.array(),
            Some('(') => {
                self.at += 1;
                self.gap(true);
                let inner = self.expr();
                self.gap(true);
                self.eat(")");
                inner.kind
            }
            Some(c) if c.is_ascii_digit() => {
                let rest = self.rest();
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
                self.at += end;
                Kind::Literal(rest[..end].to_owned())
            }
            _ => match self.word() {
                Some("true") => Kind::Literal("true".into()),
                Some("false") => Kind::Literal("false".into()),
                Some("null") => Kind::Null,
                Some("if") => {
                    self.gap(false);
                    let condition = self.expr_of(Self::primary);
                    self.gap(false);
                    let body = self.expr();
                    Kind::If(Box::new(condition), Box::new(body))
                }
                Some(name) => {
                    let name = name.to_owned();
                    if self.eat("(") { Kind::Call(name, self.list(')')) } else { Kind::Name(name) }
                }
                None => Kind::Other,
            },
        };
        Expr { kind, span: self.span(start) }
    }
}
