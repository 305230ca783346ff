//! Lists, pipelines and compound commands. One pass; only substitutions recurse, to a bounded depth.

use plimsoll_base::Span;

use super::tolerance::{Arm, List, Tolerance};
use super::words::is_name;
use super::{Connector, ShellCommand, Strictness};

/// Deepest nesting of `sh -c '…'` that is read.
const MAX_SCRIPTS: usize = 4;

/// Where a script within the text ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// At the end of the readable text.
    End,
    /// At the `)` that closes a substitution.
    Parenthesis,
}

/// A compound command that is open.
pub(super) enum Shape {
    Subshell { outer: Strictness },
    Brace,
    If { arms: Vec<Arm>, part: usize, in_body: bool },
    Loop { condition: usize, in_body: bool, tests: bool },
    Case,
}

/// A compound command with the list around it.
pub(super) struct Block {
    pub shape: Shape,
    pub function: bool,
    /// Something outside decides whether it runs.
    pub conditional: bool,
    /// The list that the compound command is a part of.
    pub list: List,
    /// What came last in branches that are closed already.
    pub last_of_branches: Vec<(usize, usize)>,
}

pub(super) struct Reader<'a> {
    pub text: &'a [u8],
    pub at: usize,
    pub end: usize,
    pub depth: usize,
    pub last_double_quote: Option<usize>,
    pub last_backtick: Option<usize>,
    /// How many bytes may still be looked through for the end of `((…))`, so that nesting stays linear.
    pub arithmetic_budget: usize,
    pub commands: Vec<ShellCommand>,
    pub tolerance: Tolerance,
    pub mode: Strictness,
    pub heredocs: Vec<(usize, Vec<u8>, bool)>,
    pub functions: usize,
}

/// Reads a whole text; `scripts` counts the `sh -c` around it.
pub(super) fn read(text: &str, strictness: Strictness, scripts: usize) -> Vec<ShellCommand> {
    let bytes = text.as_bytes();
    let mut reader = Reader {
        text: bytes,
        at: 0,
        end: bytes.len(),
        depth: 0,
        last_double_quote: memchr::memrchr(b'"', bytes),
        last_backtick: memchr::memrchr(b'`', bytes),
        arithmetic_budget: bytes.len().saturating_mul(8),
        commands: Vec::new(),
        tolerance: Tolerance::default(),
        mode: strictness,
        heredocs: Vec::new(),
        functions: 0,
    };
    if text.starts_with("#!") {
        let line = text.lines().next().unwrap_or_default();
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        reader.set_options(&words[1..]);
    }
    reader.script(Stop::End);
    let mut commands = reader.tolerance.apply(reader.commands);
    commands.sort_by_key(|command| command.span.start);
    with_inner_scripts(commands, scripts)
}

/// A command that is split into words already.
pub(super) fn from_words(words: Vec<String>, span: Span) -> Vec<ShellCommand> {
    let command = ShellCommand {
        words,
        assignments: Vec::new(),
        redirects: Vec::new(),
        heredocs: Vec::new(),
        span,
        after: Connector::Start,
        tolerated: false,
        conditional: false,
        negated: false,
        background: false,
        substituted: false,
        in_function: false,
    };
    with_inner_scripts(vec![command], 0)
}

/// Lists the commands of `sh -c '…'` behind it, at its place.
fn with_inner_scripts(commands: Vec<ShellCommand>, scripts: usize) -> Vec<ShellCommand> {
    if scripts >= MAX_SCRIPTS || !commands.iter().any(|command| command.inner_script().is_some()) {
        return commands;
    }
    let mut all = Vec::with_capacity(commands.len() * 2);
    for outer in commands {
        let Some((script, strictness)) = outer.inner_script() else {
            all.push(outer);
            continue;
        };
        let inner = read(script, strictness, scripts + 1);
        let (span, outer_marks) = (outer.span, outer.clone());
        all.push(outer);
        all.extend(inner.into_iter().map(|command| ShellCommand {
            span,
            heredocs: Vec::new(),
            tolerated: command.tolerated || outer_marks.tolerated,
            conditional: command.conditional || outer_marks.conditional,
            background: command.background || outer_marks.background,
            substituted: command.substituted || outer_marks.substituted,
            in_function: command.in_function || outer_marks.in_function,
            ..command
        }));
    }
    all
}

impl Reader<'_> {
    /// The byte `ahead` of the cursor within the readable text.
    pub(super) fn byte(&self, ahead: usize) -> Option<u8> {
        (self.at + ahead < self.end).then(|| self.text[self.at + ahead])
    }

    /// Passes over a backslash that continues the line.
    pub(super) fn skip_continuation(&mut self) -> bool {
        let length = match (self.byte(0), self.byte(1), self.byte(2)) {
            (Some(b'\\'), Some(b'\n'), _) => 2,
            (Some(b'\\'), Some(b'\r'), Some(b'\n')) => 3,
            _ => return false,
        };
        self.at += length;
        true
    }

    /// Between words, a backtick at the line's end continues it in PowerShell.
    fn skip_backtick_continuation(&mut self) -> bool {
        let length = match (self.byte(0), self.byte(1), self.byte(2)) {
            (Some(b'`'), Some(b'\n'), _) => 2,
            (Some(b'`'), Some(b'\r'), Some(b'\n')) => 3,
            _ => return false,
        };
        self.at += length;
        true
    }

    /// To the end of the line, before its newline.
    pub(super) fn skip_line(&mut self) {
        let rest = &self.text[self.at..self.end];
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    }

    pub(super) fn skip_blanks(&mut self) {
        while let Some(byte) = self.byte(0) {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if self.skip_continuation() => {}
                b'`' if self.skip_backtick_continuation() => {}
                _ => return,
            }
        }
    }

    /// Reads a substitution with marks of its own.
    pub(super) fn nested(&mut self, stop: Stop) {
        let first = self.commands.len();
        let mode = self.mode;
        let last = std::mem::take(&mut self.tolerance.last);
        self.depth += 1;
        self.script(stop);
        self.depth -= 1;
        self.tolerance.last = last;
        self.mode = mode;
        for command in &mut self.commands[first..] {
            command.substituted = true;
        }
    }

    /// Reads commands up to the stop; blocks that are still open close there.
    fn script(&mut self, stop: Stop) {
        let mut blocks: Vec<Block> = Vec::new();
        let mut list = List::new(self.commands.len(), Connector::Start);
        let mut subshells = 0usize;
        let mut function_follows = false;
        loop {
            self.skip_blanks();
            let Some(byte) = self.byte(0) else { break };
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.skip_heredocs();
                    if !list.wants_more() {
                        self.finish(&mut list);
                    }
                }
                b'#' => self.skip_line(),
                b';' => {
                    let arm_ends = matches!(self.byte(1), Some(b';' | b'&'));
                    self.at += if arm_ends { 2 } else { 1 };
                    self.finish(&mut list);
                    if arm_ends && matches!(blocks.last(), Some(Block { shape: Shape::Case, .. })) {
                        self.close_branch(blocks.last_mut());
                        self.skip_pattern();
                    }
                }
                b'&' if self.byte(1) == Some(b'&') => {
                    self.at += 2;
                    list.connect(Connector::And, &mut self.tolerance, &self.commands);
                }
                b'&' if self.byte(1) != Some(b'>') => {
                    self.at += 1;
                    list.background(&mut self.tolerance, self.commands.len());
                    self.finish(&mut list);
                }
                b'|' if self.byte(1) == Some(b'|') => {
                    self.at += 2;
                    list.connect(Connector::Or, &mut self.tolerance, &self.commands);
                }
                b'|' => {
                    self.at += if self.byte(1) == Some(b'&') { 2 } else { 1 };
                    list.pipe(&mut self.tolerance, self.commands.len(), self.mode.pipefail);
                }
                b'(' => {
                    if self.byte(1) == Some(b'(') && self.skip_arithmetic(0) {
                        list.add_test();
                        continue;
                    }
                    self.at += 1;
                    subshells += 1;
                    let function = std::mem::take(&mut function_follows);
                    self.open(&mut blocks, &mut list, Shape::Subshell { outer: self.mode }, function);
                }
                b')' => {
                    if subshells == 0 && stop == Stop::Parenthesis {
                        break;
                    }
                    self.at += 1;
                    while subshells > 0 {
                        let closed_subshell = matches!(blocks.last(), Some(Block { shape: Shape::Subshell { .. }, .. }));
                        self.close(&mut blocks, &mut list);
                        if closed_subshell {
                            subshells -= 1;
                            break;
                        }
                    }
                    self.compound_redirects();
                }
                _ => self.command(&mut blocks, &mut list, &mut function_follows),
            }
        }
        while !blocks.is_empty() {
            self.close(&mut blocks, &mut list);
        }
        self.finish(&mut list);
        if stop == Stop::End && self.depth == 0 {
            self.skip_heredocs();
        }
    }

    /// Ends an and-or list: decides whose failure counts.
    pub(super) fn finish(&mut self, list: &mut List) {
        if list.is_empty() {
            return;
        }
        let next = List::new(self.commands.len(), Connector::Sequence);
        std::mem::replace(list, next).finish(&mut self.tolerance, &self.commands, self.mode.errexit);
    }

    pub(super) fn open(&mut self, blocks: &mut Vec<Block>, list: &mut List, shape: Shape, function: bool) {
        self.functions += usize::from(function);
        let conditional = list.conditional
            || blocks.last().is_some_and(Block::decides)
            // Without `then` it is another language's `if (…) { … }`.
            || (matches!(shape, Shape::Brace) && matches!(blocks.last(), Some(Block { shape: Shape::If { .. }, .. })));
        let inner = List::new(self.commands.len(), list.connector());
        blocks.push(Block { shape, function, conditional, list: std::mem::replace(list, inner), last_of_branches: Vec::new() });
    }

    /// A branch ends and another follows: what came last in it still comes last.
    pub(super) fn close_branch(&mut self, block: Option<&mut Block>) {
        if let Some(block) = block {
            self.tolerance.keep_last(&mut block.last_of_branches);
        }
    }

    /// Closes the innermost block, which becomes an item of the list around it.
    pub(super) fn close(&mut self, blocks: &mut Vec<Block>, list: &mut List) {
        self.finish(list);
        let Some(mut block) = blocks.pop() else { return };
        let now = self.commands.len();
        match block.shape {
            Shape::Subshell { outer } => self.mode = outer,
            Shape::If { mut arms, in_body, .. } => {
                if in_body && let Some(arm) = arms.last_mut() {
                    arm.body.1 = now;
                }
                self.tolerance.conditions(&arms, now);
            }
            Shape::Brace | Shape::Case | Shape::Loop { .. } => {}
        }
        self.tolerance.restore_last(block.last_of_branches);
        if block.function {
            self.functions -= 1;
            self.tolerance.last.clear();
        }
        block.list.add(now);
        *list = block.list;
    }

    /// Reads what begins with a word: a reserved word, a function or a simple command.
    fn command(&mut self, blocks: &mut Vec<Block>, list: &mut List, function_follows: &mut bool) {
        let before = self.at;
        let inner_from = self.commands.len();
        let first = self.word(false);
        if !first.quoted && self.at > before && self.reserved(&first.text, blocks, list, function_follows) {
            return;
        }
        if self.at > before && !first.quoted && self.byte(0) == Some(b'(') && is_function_name(&first.text) {
            let mut ahead = 1;
            while matches!(self.byte(ahead), Some(b' ' | b'\t')) {
                ahead += 1;
            }
            if self.byte(ahead) == Some(b')') {
                self.at += ahead + 1;
                *function_follows = true;
                return;
            }
        }
        *function_follows = false;
        self.simple(first, inner_from, blocks.last(), list);
        if self.at == before {
            self.at += 1;
        }
    }
}

fn is_function_name(text: &str) -> bool {
    is_name(text) || (!text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b':' | b'.')))
}

impl Block {
    /// Whether something decides if a command within runs.
    pub(super) fn decides(&self) -> bool {
        self.conditional
            || match &self.shape {
                Shape::If { arms, in_body, .. } => *in_body || !arms.is_empty(),
                Shape::Loop { in_body, tests, .. } => *tests && *in_body,
                Shape::Case => true,
                Shape::Subshell { .. } | Shape::Brace => false,
            }
    }
}
