//! Templates of Go's `text/template`, parsed. What does not parse gives none, and is read with its actions hidden instead.

use std::rc::Rc;

use super::lex::{Piece, Token, pieces, tokens};
use super::tree::{Block, Node, Pipeline, Source, Stretch, Template, Term};

/// How deep blocks and parentheses may nest.
const MAX_DEPTH: usize = 48;

/// The template of a source; none where it is not understood.
pub(super) fn parse(source: Source) -> Option<Template> {
    let source = Rc::new(source);
    let pieces = pieces(&source.text)?;
    let mut parser = Parser { source: Rc::clone(&source), pieces: pieces.into_iter(), defines: Vec::new() };
    let (nodes, end) = parser.nodes(0)?;
    matches!(end, Stop::Text).then_some(())?;
    Some(Template { body: Rc::new(Block { source, nodes }), defines: parser.defines })
}

struct Parser {
    source: Rc<Source>,
    pieces: std::vec::IntoIter<Piece>,
    defines: Vec<(Rc<str>, Rc<Block>)>,
}

/// What ends a list of nodes.
enum Stop {
    Text,
    /// `end`.
    Closed,
    /// `else`, with what stands after it.
    Else(Vec<Token>, Stretch),
}

impl Parser {
    fn nodes(&mut self, depth: usize) -> Option<(Vec<Node>, Stop)> {
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.next() {
            let (at, inner) = match piece {
                Piece::Text(stretch) => {
                    nodes.push(Node::Text(stretch));
                    continue;
                }
                Piece::Action(at, inner) => (at, inner),
            };
            let mut words = tokens(&self.source.text[inner.0..inner.1])?;
            let Some(first) = words.first() else { continue };
            let keyword = match first {
                Token::Word(word) => word.to_string(),
                _ => String::new(),
            };
            if depth > MAX_DEPTH {
                return None;
            }
            match keyword.as_str() {
                "end" => return Some((nodes, Stop::Closed)),
                "else" => {
                    words.remove(0);
                    return Some((nodes, Stop::Else(words, at)));
                }
                "if" => {
                    words.remove(0);
                    let (names, mut words) = named(words);
                    if let Some(name) = names.first() {
                        // `if $x := …`: the variable is set, then asked.
                        nodes.push(Node::Assign { name: Rc::clone(name), declares: true, pipeline: pipeline(&words, at)? });
                        words = vec![Token::Variable(Rc::clone(name), Vec::new())];
                    }
                    nodes.push(self.condition(&words, at, depth)?);
                }
                "with" => {
                    words.remove(0);
                    let (mut names, words) = named(words);
                    let (body, otherwise) = self.body(depth)?;
                    nodes.push(Node::With { name: names.pop(), pipeline: pipeline(&words, at)?, body, otherwise });
                }
                "range" => {
                    words.remove(0);
                    let (mut names, words) = named(words);
                    let (body, otherwise) = self.body(depth)?;
                    let value = names.pop();
                    nodes.push(Node::Range { key: names.pop(), value, pipeline: pipeline(&words, at)?, body, otherwise });
                }
                "define" | "block" => {
                    let Some(Token::Text(name)) = words.get(1).cloned() else { return None };
                    let (body, end) = self.nodes(depth + 1)?;
                    matches!(end, Stop::Closed).then_some(())?;
                    self.defines.push((Rc::clone(&name), Rc::new(Block { source: Rc::clone(&self.source), nodes: body })));
                    if keyword == "block" {
                        nodes.push(Node::Call { name, argument: argument(&words[2..], at)?, at });
                    }
                }
                "template" => {
                    let Some(Token::Text(name)) = words.get(1).cloned() else { return None };
                    nodes.push(Node::Call { name, argument: argument(&words[2..], at)?, at });
                }
                "break" => nodes.push(Node::Break),
                "continue" => nodes.push(Node::Continue),
                _ => match (&words[0], words.get(1)) {
                    (Token::Variable(name, fields), Some(sign @ (Token::Declare | Token::Assign))) if fields.is_empty() => {
                        let declares = *sign == Token::Declare;
                        nodes.push(Node::Assign { name: Rc::clone(name), declares, pipeline: pipeline(&words[2..], at)? });
                    }
                    _ => nodes.push(Node::Print(pipeline(&words, at)?)),
                },
            }
        }
        Some((nodes, Stop::Text))
    }

    fn condition(&mut self, words: &[Token], at: Stretch, depth: usize) -> Option<Node> {
        let mut arms = Vec::new();
        let mut test = pipeline(words, at)?;
        loop {
            let (body, end) = self.nodes(depth + 1)?;
            arms.push((test, body));
            match end {
                Stop::Text => return None,
                Stop::Closed => return Some(Node::If { arms, otherwise: Vec::new() }),
                Stop::Else(words, _) if words.is_empty() => {
                    let (otherwise, end) = self.nodes(depth + 1)?;
                    matches!(end, Stop::Closed).then_some(())?;
                    return Some(Node::If { arms, otherwise });
                }
                Stop::Else(words, at) => match words.first() {
                    Some(Token::Word(word)) if &**word == "if" => test = pipeline(&words[1..], at)?,
                    _ => return None,
                },
            }
        }
    }

    /// The body of a `with` or `range`, and its `else`.
    fn body(&mut self, depth: usize) -> Option<(Vec<Node>, Vec<Node>)> {
        let (body, end) = self.nodes(depth + 1)?;
        match end {
            Stop::Closed => Some((body, Vec::new())),
            Stop::Else(words, at) => {
                let otherwise = match words.first() {
                    None => {
                        let (otherwise, end) = self.nodes(depth + 1)?;
                        matches!(end, Stop::Closed).then_some(())?;
                        otherwise
                    }
                    Some(Token::Word(word)) if &**word == "if" => vec![self.condition(&words[1..], at, depth + 1)?],
                    Some(Token::Word(word)) if &**word == "with" && depth < MAX_DEPTH => {
                        let (mut names, words) = named(words[1..].to_vec());
                        let (body, otherwise) = self.body(depth + 1)?;
                        vec![Node::With { name: names.pop(), pipeline: pipeline(&words, at)?, body, otherwise }]
                    }
                    _ => return None,
                };
                Some((body, otherwise))
            }
            Stop::Text => None,
        }
    }
}

/// `$a, $b := rest` as the names and the rest.
fn named(words: Vec<Token>) -> (Vec<Rc<str>>, Vec<Token>) {
    let Some(sign) = words.iter().position(|w| matches!(w, Token::Declare | Token::Assign)) else { return (Vec::new(), words) };
    let names = words[..sign].iter().filter_map(|w| match w {
        Token::Variable(name, _) => Some(Rc::clone(name)),
        _ => None,
    });
    (names.collect(), words[sign + 1..].to_vec())
}

fn argument(words: &[Token], at: Stretch) -> Option<Option<Pipeline>> {
    if words.is_empty() { Some(None) } else { pipeline(words, at).map(Some) }
}

fn pipeline(words: &[Token], at: Stretch) -> Option<Pipeline> {
    let mut rest = words.iter();
    let (found, closed) = commands(&mut rest, at, 0)?;
    closed.is_none().then_some(found)
}

/// Commands up to the end or a closing parenthesis, with the fields that stand behind it.
fn commands(words: &mut std::slice::Iter<'_, Token>, at: Stretch, depth: usize) -> Option<(Pipeline, Option<Vec<Rc<str>>>)> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut all: Vec<Vec<Term>> = vec![Vec::new()];
    let mut closed = None;
    while let Some(word) = words.next() {
        let term = match word {
            Token::Pipe => {
                all.push(Vec::new());
                continue;
            }
            Token::Close(fields) => {
                closed = Some(fields.clone());
                break;
            }
            Token::Open => {
                let (inner, fields) = commands(words, at, depth + 1)?;
                Term::Group(Box::new(inner), fields?)
            }
            Token::Text(text) => Term::Text(Rc::clone(text)),
            Token::Field(fields) if fields.is_empty() => Term::Dot,
            Token::Field(fields) => Term::Field(fields.clone()),
            Token::Variable(name, fields) => Term::Variable(Rc::clone(name), fields.clone()),
            Token::Number(text) => number(text)?,
            Token::Word(word) => match &**word {
                "nil" => Term::Nil,
                "true" => Term::Bool(true),
                "false" => Term::Bool(false),
                _ => Term::Function(Rc::clone(word)),
            },
            Token::Comma | Token::Declare | Token::Assign => return None,
        };
        all.last_mut()?.push(term);
    }
    if all.iter().any(Vec::is_empty) {
        return None;
    }
    Some((Pipeline { commands: all, at }, closed))
}

fn number(text: &str) -> Option<Term> {
    let plain = text.replace('_', "");
    let (sign, digits) = plain.strip_prefix('-').map_or((1, plain.as_str()), |d| (-1, d));
    if let Some(hex) = digits.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok().map(|n| Term::Int(sign * n));
    }
    if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()) {
        return i64::from_str_radix(digits, 8).ok().map(|n| Term::Int(sign * n));
    }
    if let Ok(n) = plain.trim_start_matches('+').parse() {
        return Some(Term::Int(n));
    }
    plain.parse().ok().map(Term::Float)
}
