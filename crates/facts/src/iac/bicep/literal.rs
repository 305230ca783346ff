//! Texts, arrays and objects of Bicep.

use super::parse::{Entry, Expr, Kind, Parser, Part};

impl Parser<'_> {
    pub(super) fn list(&mut self, close: char) -> Vec<Expr> {
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

    pub(super) fn array(&mut self) -> Kind {
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

    pub(super) fn object(&mut self) -> Kind {
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

    pub(super) fn quoted(&mut self) -> Kind {
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
