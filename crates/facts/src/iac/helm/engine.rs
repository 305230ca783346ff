//! Walks through templates and prints them. What is not known prints a sign of its own, and what only the unknown decides is printed in doubt.

use std::collections::HashMap;
use std::rc::Rc;

use plimsoll_base::{Location, Span};

use super::datum::{Datum, Is};
use super::parse::parse;
use super::text::{CLOSE, Mark, OPEN, Text};
use super::tree::{Block, Node, Pipeline, Source, Stretch, Template, Term};

/// How deep templates include each other, blocks counted.
const MAX_DEPTH: usize = 120;
/// Nodes walked through for one release; beyond it everything is unknown.
const MAX_STEPS: u32 = 300_000;
/// Bytes printed for one release, those of included templates counted.
const MAX_BYTES: usize = 24 << 20;
/// Rounds of one `range`.
const MAX_ROUNDS: usize = 1_000;

/// The templates of a release by name.
pub(super) type Defines = HashMap<Rc<str>, Rc<Block>>;

/// A release being rendered.
pub(super) struct Engine<'a> {
    pub(super) defines: Defines,
    /// The text of a file of the chart, for `.Files`.
    pub(super) file: &'a dyn Fn(&str) -> Option<String>,
    /// The release's name, for helpers that are missing here.
    pub(super) release: String,
    /// What the template says at each place that is unknown.
    pub(super) unknown: Vec<String>,
    /// The first thing that a template refuses with `fail`.
    pub(super) refused: Option<(Location, String)>,
    /// Functions and templates that are not there.
    pub(super) missing: Option<(Location, String)>,
    steps: u32,
    bytes: usize,
    depth: usize,
    doubt: usize,
    variables: Vec<(Rc<str>, Datum)>,
    /// Where the variables of the template begin that is walked through.
    scope: usize,
    here: Option<Location>,
}

/// How a list of nodes ends.
#[derive(Clone, Copy, PartialEq)]
enum Flow {
    On,
    Break,
    Continue,
}

impl<'a> Engine<'a> {
    pub(super) fn new(defines: Defines, file: &'a dyn Fn(&str) -> Option<String>, release: &str) -> Self {
        Self {
            defines,
            file,
            release: release.to_owned(),
            unknown: Vec::new(),
            refused: None,
            missing: None,
            steps: 0,
            bytes: 0,
            depth: 0,
            doubt: 0,
            variables: Vec::new(),
            scope: 0,
            here: None,
        }
    }

    /// What a template prints with this dot.
    pub(super) fn render(&mut self, template: &Template, dot: &Datum) -> Text {
        self.block(&template.body, dot)
    }

    /// Whether the work for one release was too much.
    pub(super) fn exhausted(&self) -> bool {
        self.steps >= MAX_STEPS || self.bytes >= MAX_BYTES
    }

    fn block(&mut self, block: &Rc<Block>, dot: &Datum) -> Text {
        let mut out = Text::default();
        if self.depth >= MAX_DEPTH {
            return self.sign("templates that include each other too deep");
        }
        let before = (self.scope, self.variables.len(), self.here);
        self.scope = self.variables.len();
        self.variables.push(("".into(), dot.clone()));
        self.depth += 1;
        self.nodes(&block.nodes, &block.source, dot, &mut out);
        self.depth -= 1;
        self.variables.truncate(before.1);
        (self.scope, self.here) = (before.0, before.2);
        self.bytes += out.text.len();
        out
    }

    /// The named template as text; none where it is not there.
    pub(super) fn named(&mut self, name: &str, dot: &Datum) -> Option<Text> {
        let block = Rc::clone(self.defines.get(name)?);
        Some(self.block(&block, dot))
    }

    /// A text that is itself a template.
    pub(super) fn embedded(&mut self, text: &Datum, dot: &Datum) -> Datum {
        let Is::Text(inner) = &text.is else { return text.clone() };
        if !inner.text.contains("{{") {
            return text.clone();
        }
        let at = text.at.or(self.here);
        let Some(at) = at.filter(|_| !inner.is_open() && inner.text.len() < 64 * 1024) else { return Datum::UNKNOWN };
        let source = Source { file: at.file, text: inner.text.as_str().into(), embedded: true };
        let Some(template) = parse(source) else { return Datum::UNKNOWN };
        self.defines.extend(template.defines);
        let mut printed = self.block(&template.body, dot);
        printed.marks.clear();
        Datum { is: Is::Text(Rc::new(printed)), at: Some(at) }
    }

    /// Notes what a chart asks for and is not there.
    pub(super) fn misses(&mut self, what: &str) {
        if let (None, Some(at)) = (&self.missing, self.here) {
            self.missing = Some((at, what.to_owned()));
        }
    }
    /// Notes that a chart refuses its values.
    pub(super) fn refuses(&mut self, why: &str) {
        if let (None, Some(at), 0) = (&self.refused, self.here, self.doubt) {
            self.refused = Some((at, why.to_owned()));
        }
    }

    /// The sign that stands for something unknown.
    pub(super) fn sign(&mut self, says: &str) -> Text {
        self.unknown.push(says.to_owned());
        Text::plain(format!("{OPEN}{}{CLOSE}", self.unknown.len() - 1))
    }

    fn place(&self, source: &Source, at: Stretch) -> Location {
        if source.embedded { Location::whole(source.file) } else { Location::at(source.file, Span::new(at.0, at.1)) }
    }

    fn mark(&self, source: &Source, at: Stretch, exact: bool) -> Mark {
        Mark { start: 0, at: self.place(source, at), exact: exact && !source.embedded, value: None, doubt: self.doubt > 0 }
    }

    fn nodes(&mut self, nodes: &[Node], source: &Source, dot: &Datum, out: &mut Text) -> Flow {
        let before = self.variables.len();
        let mut flow = Flow::On;
        for node in nodes {
            self.steps += 1;
            if self.exhausted() {
                break;
            }
            flow = self.node(node, source, dot, out);
            if flow != Flow::On {
                break;
            }
        }
        self.variables.truncate(before);
        flow
    }

    fn node(&mut self, node: &Node, source: &Source, dot: &Datum, out: &mut Text) -> Flow {
        match node {
            Node::Text(at) => {
                let mark = self.mark(source, *at, true);
                out.push(&source.text[at.0..at.1], mark);
            }
            Node::Print(pipeline) => {
                let value = self.pipeline(pipeline, source, dot);
                self.print(&value, source, pipeline.at, out);
            }
            Node::Assign { name, declares, pipeline } => {
                let mut value = self.pipeline(pipeline, source, dot);
                let old = self.variables[self.scope..].iter().rposition(|(n, _)| n == name).map(|i| i + self.scope);
                match old.filter(|_| !declares) {
                    Some(i) => {
                        // What is assigned only perhaps may be either.
                        if self.doubt > 0 {
                            value = Datum::UNKNOWN;
                        }
                        self.variables[i].1 = value;
                    }
                    None => self.variables.push((Rc::clone(name), value)),
                }
            }
            Node::If { arms, otherwise } => return self.condition(arms, otherwise, source, dot, out),
            Node::With { name, pipeline, body, otherwise } => {
                let value = self.pipeline(pipeline, source, dot);
                let before = self.variables.len();
                self.variables.extend(name.clone().map(|n| (n, value.clone())));
                let flow = match value.truth() {
                    Some(true) => self.nested(body, source, &value, out, false),
                    Some(false) => self.nested(otherwise, source, dot, out, false),
                    None => self.nested(body, source, &value, out, true),
                };
                self.variables.truncate(before);
                return flow;
            }
            Node::Range { key, value, pipeline, body, otherwise } => {
                self.range((key.as_ref(), value.as_ref()), pipeline, (body, otherwise), source, dot, out);
            }
            Node::Call { name, argument, at } => {
                let dot = argument.as_ref().map_or(Datum::NIL, |a| self.pipeline(a, source, dot));
                self.here = Some(self.place(source, *at));
                match self.named(name, &dot) {
                    Some(text) => {
                        let mark = self.mark(source, *at, false);
                        out.append(&text, 0, text.text.len(), &mark);
                    }
                    None => {
                        self.misses(&format!("the template `{name}`"));
                        self.print(&Datum::UNKNOWN, source, *at, out);
                    }
                }
            }
            Node::Break => return Flow::Break,
            Node::Continue => return Flow::Continue,
        }
        Flow::On
    }

    fn nested(&mut self, nodes: &[Node], source: &Source, dot: &Datum, out: &mut Text, doubt: bool) -> Flow {
        if self.depth >= MAX_DEPTH {
            return Flow::On;
        }
        self.depth += 1;
        self.doubt += usize::from(doubt);
        let flow = self.nodes(nodes, source, dot, out);
        self.doubt -= usize::from(doubt);
        self.depth -= 1;
        // Whether a loop ends here is not known: it is taken to go on.
        if doubt { Flow::On } else { flow }
    }

    /// Of branches that are not decided the first that prints something is printed, in doubt.
    fn condition(&mut self, arms: &[(Pipeline, Vec<Node>)], otherwise: &[Node], source: &Source, dot: &Datum, out: &mut Text) -> Flow {
        let mut doubt = false;
        for (test, body) in arms {
            let holds = self.pipeline(test, source, dot).truth();
            if holds == Some(false) {
                continue;
            }
            doubt |= holds.is_none();
            let before = out.text.len();
            let flow = self.nested(body, source, dot, out, doubt);
            let printed = !out.text[before.min(out.text.len())..].trim().is_empty();
            if holds == Some(true) || printed {
                return flow;
            }
        }
        self.nested(otherwise, source, dot, out, doubt)
    }

    fn range(
        &mut self,
        names: (Option<&Rc<str>>, Option<&Rc<str>>),
        pipeline: &Pipeline,
        (body, otherwise): (&[Node], &[Node]),
        source: &Source,
        dot: &Datum,
        out: &mut Text,
    ) {
        let over = self.pipeline(pipeline, source, dot);
        let int = |i: usize| Datum::from(Is::Int(i64::try_from(i).unwrap_or(0)));
        let rounds: Vec<(Datum, Datum)> = match &over.is {
            Is::List(items) => items.iter().enumerate().map(|(i, v)| (int(i), v.clone())).take(MAX_ROUNDS).collect(),
            Is::Map(fields) => {
                let fields = fields.borrow();
                fields.iter().map(|(k, v)| (Datum::text(&**k), v.clone())).take(MAX_ROUNDS).collect()
            }
            Is::Int(n) => (0..usize::try_from(*n).unwrap_or(0).min(MAX_ROUNDS)).map(|i| (int(i), int(i))).collect(),
            Is::Unknown => vec![(Datum::UNKNOWN, Datum::UNKNOWN)],
            _ => Vec::new(),
        };
        if rounds.is_empty() {
            self.nested(otherwise, source, dot, out, false);
        }
        for (key, value) in rounds {
            let before = self.variables.len();
            self.variables.extend(names.0.map(|n| (Rc::clone(n), key.clone())));
            self.variables.extend(names.1.map(|n| (Rc::clone(n), value.clone())));
            let flow = self.nested(body, source, &value, out, over.is_unknown());
            self.variables.truncate(before);
            if flow == Flow::Break || self.exhausted() {
                break;
            }
        }
    }

    /// Prints what an action came to.
    fn print(&mut self, value: &Datum, source: &Source, at: Stretch, out: &mut Text) {
        let mut mark = self.mark(source, at, false);
        mark.value = value.at;
        match &value.is {
            Is::Text(text) if text.marks.is_empty() => out.push(&text.text, mark),
            // One line is said by the action that prints it, unless one value says it.
            Is::Text(text) if !text.text.trim_end().contains('\n') => {
                mark.value = text.single().or(value.at);
                out.push(&text.text, mark);
            }
            Is::Text(text) => out.append(text, 0, text.text.len(), &mark),
            _ => match value.printed() {
                Some(text) => out.push(&text, mark),
                None => {
                    let sign = self.sign(&source.text[at.0..at.1]);
                    out.push(&sign.text, mark);
                }
            },
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, source: &Source, dot: &Datum) -> Datum {
        let mut piped: Option<Datum> = None;
        self.depth += 1;
        for command in &pipeline.commands {
            self.steps += 1;
            piped = Some(if self.depth > MAX_DEPTH || self.exhausted() {
                Datum::UNKNOWN
            } else {
                self.command(command, piped, pipeline, source, dot)
            });
        }
        self.depth -= 1;
        piped.unwrap_or(Datum::NIL)
    }

    fn command(&mut self, terms: &[Term], piped: Option<Datum>, pipeline: &Pipeline, source: &Source, dot: &Datum) -> Datum {
        let Some((first, rest)) = terms.split_first() else { return Datum::NIL };
        let name = match first {
            Term::Function(name) => Rc::clone(name),
            // A method takes what stands behind it: `.Files.Get "x"`.
            Term::Field(path) | Term::Variable(_, path) | Term::Group(_, path)
                if (!rest.is_empty() || piped.is_some()) && !path.is_empty() =>
            {
                let (method, above) = (&path[path.len() - 1], &path[..path.len() - 1]);
                let base = match first {
                    Term::Variable(name, _) => self.variable(name),
                    Term::Group(inner, _) => self.pipeline(inner, source, dot),
                    _ => dot.clone(),
                };
                let object = follow(base, above);
                let mut args: Vec<Datum> = rest.iter().map(|t| self.term(t, source, dot)).collect();
                args.extend(piped);
                return self.method(&object, method, &args);
            }
            _ => return self.term(first, source, dot),
        };
        let mut args: Vec<Datum> = rest.iter().map(|t| self.term(t, source, dot)).collect();
        args.extend(piped);
        self.here = Some(self.place(source, pipeline.at));
        self.call(&name, &args, dot)
    }

    fn term(&mut self, term: &Term, source: &Source, dot: &Datum) -> Datum {
        match term {
            Term::Nil => Datum::NIL,
            Term::Bool(b) => Datum::bool(*b),
            Term::Int(n) => Is::Int(*n).into(),
            Term::Float(n) => Is::Float(*n).into(),
            Term::Text(text) => Datum::text(&**text),
            Term::Dot => dot.clone(),
            Term::Field(path) => follow(dot.clone(), path),
            Term::Variable(name, path) => follow(self.variable(name), path),
            Term::Group(inner, path) => follow(self.pipeline(inner, source, dot), path),
            Term::Function(name) => {
                self.here = Some(self.place(source, (0, 0)));
                self.call(name, &[], dot)
            }
        }
    }

    fn variable(&self, name: &str) -> Datum {
        let own = self.variables[self.scope..].iter().rev().find(|(n, _)| **n == *name);
        own.map_or(Datum::UNKNOWN, |(_, value)| value.clone())
    }
}

fn follow(base: Datum, path: &[Rc<str>]) -> Datum {
    path.iter().fold(base, |value, name| value.get(name))
}
