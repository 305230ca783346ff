//! Bicep files and the expressions in ARM templates as trees. What is not understood is passed over to the next declaration.

use plimsoll_base::Span;

/// Expressions within expressions.
const MAX_NESTING: usize = 64;

/// An expression with its bytes.
#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Null,
    /// A number or a boolean as written.
    Literal(String),
    /// Text and insertions in turn.
    Text(Vec<Part>),
    Array(Vec<Expr>),
    Object(Vec<Entry>, Vec<Declaration>),
    Name(String),
    Call(String, Vec<Expr>),
    Access(Box<Expr>, String),
    Index(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Choice(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `[for name in list: body]`
    For(String, Box<Expr>, Box<Expr>),
    /// `if (condition) body`
    If(Box<Expr>, Box<Expr>),
    /// Something that is not understood.
    Other,
}

/// A part of a text.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Plain(String),
    Inserted(Expr),
}

/// A property of an object.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) value: Expr,
}

/// What a file declares.
#[derive(Clone, Debug)]
pub(super) struct Declaration {
    pub(super) role: Role,
    pub(super) name: String,
    /// From the word to the end of the line.
    pub(super) head: Span,
    /// The type of a resource, the path of a module.
    pub(super) kind: String,
    pub(super) existing: bool,
    pub(super) value: Option<Expr>,
}

/// What a declaration declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Parameter,
    Variable,
    Resource,
    Module,
    Output,
}

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

struct Parser<'t> {
    text: &'t str,
    at: usize,
    nesting: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }
    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }
    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }
    /// Blanks and comments, and line ends where they mean nothing.
    fn gap(&mut self, lines: bool) {
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
    fn word(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let word = &rest[..end];
        let starts = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        self.at += if starts { end } else { 0 };
        starts.then_some(word)
    }
    fn span(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    fn declaration(&mut self) -> Option<Declaration> {
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

    fn expr(&mut self) -> Expr {
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

    fn list(&mut self, close: char) -> Vec<Expr> {
        let mut items = Vec::new();
        loop {
            self.gap(true);
            if self.eat(",") {
                continue;
            }
            match self.next() {
                None => return items,
                Some(c) if c == close => {
                    self.at += c.len_utf8();
                    return items;
                }
                _ => {}
            }
            let before = self.at;
            items.push(self.expr());
            if self.at == before {
                self.at += self.next().map_or(0, char::len_utf8);
            }
        }
    }

    fn array(&mut self) -> Kind {
        self.at += 1;
        self.gap(true);
        let here = self.at;
        if self.word() == Some("for") {
            self.gap(true);
            let name = if self.eat("(") {
                let names = self.list(')');
                match names.first().map(|n| &n.kind) {
                    Some(Kind::Name(name)) => name.clone(),
                    _ => String::new(),
                }
            } else {
                self.word().unwrap_or_default().to_owned()
            };
            self.gap(true);
            let _in = self.word();
            self.gap(true);
            let list = self.expr();
            self.gap(true);
            self.eat(":");
            self.gap(true);
            let body = self.expr();
            self.gap(true);
            self.eat("]");
            return Kind::For(name, Box::new(list), Box::new(body));
        }
        self.at = here;
        Kind::Array(self.list(']'))
    }

    fn object(&mut self) -> Kind {
        self.at += 1;
        let mut entries = Vec::new();
        let mut children = Vec::new();
        loop {
            self.gap(true);
            if self.eat("}") || self.next().is_none() {
                return Kind::Object(entries, children);
            }
            if self.eat(",") {
                continue;
            }
            let start = self.at;
            if self.rest().starts_with('@') || self.rest().starts_with("resource ") {
                if let Some(child) = self.declaration() {
                    children.push(child);
                }
            } else {
                let name = match self.next() {
                    Some('\'') => match self.quoted() {
                        Kind::Text(parts) => parts
                            .iter()
                            .map(|p| match p {
                                Part::Plain(text) => text.as_str(),
                                Part::Inserted(_) => "*",
                            })
                            .collect(),
                        _ => String::new(),
                    },
                    _ => self.word().unwrap_or_default().to_owned(),
                };
                self.gap(false);
                if !name.is_empty() && self.eat(":") {
                    self.gap(true);
                    let value = self.expr();
                    entries.push(Entry { name, span: self.span(start), value });
                }
            }
            if self.at == start {
                self.at += self.next().map_or(0, char::len_utf8);
            }
        }
    }

    fn quoted(&mut self) -> Kind {
        if self.eat("'''") {
            let end = self.rest().find("'''").unwrap_or(self.rest().len());
            let text = self.rest()[..end].to_owned();
            self.at += (end + 3).min(self.rest().len());
            return Kind::Text(vec![Part::Plain(text)]);
        }
        self.at += 1;
        let mut parts = Vec::new();
        let mut plain = String::new();
        while let Some(c) = self.next() {
            if self.eat("${") {
                if !plain.is_empty() {
                    parts.push(Part::Plain(std::mem::take(&mut plain)));
                }
                self.gap(true);
                parts.push(Part::Inserted(self.expr()));
                self.gap(true);
                self.eat("}");
                continue;
            }
            self.at += c.len_utf8();
            match c {
                // ARM doubles its quotes.
                '\'' if self.rest().starts_with('\'') => {
                    self.at += 1;
                    plain.push('\'');
                }
                '\'' | '\n' => break,
                '\\' => {
                    if let Some(next) = self.next() {
                        self.at += next.len_utf8();
                        plain.push(match next {
                            'n' => '\n',
                            't' => '\t',
                            other => other,
                        });
                    }
                }
                other => plain.push(other),
            }
        }
        if !plain.is_empty() || parts.is_empty() {
            parts.push(Part::Plain(plain));
        }
        Kind::Text(parts)
    }
}
