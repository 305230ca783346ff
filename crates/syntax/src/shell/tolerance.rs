//! Whose failure counts: the rules of `errexit`, and-or lists and conditions, applied to ranges of commands.

use super::{Connector, ShellCommand};

/// A range of commands by their index.
type Range = (usize, usize);

/// A condition of an `if` with the commands it guards.
pub(super) struct Arm {
    pub condition: (usize, usize),
    pub negated: bool,
    pub body: (usize, usize),
}

/// A pipeline in an and-or list.
struct Item {
    range: Range,
    connector: Connector,
    negated: bool,
}

/// An and-or list while it is read.
pub(super) struct List {
    items: Vec<Item>,
    next: Connector,
    /// Where the pipeline begins that is being read, and the part of it.
    start: usize,
    part: usize,
    end: usize,
    filled: bool,
    piped: bool,
    is_test: bool,
    connector_of_item: Connector,
    kept: Vec<Range>,
    /// What is read now is under `!`.
    pub negated: bool,
    /// What is read now runs only if something before it says so.
    pub conditional: bool,
}

impl List {
    pub(super) fn new(start: usize, next: Connector) -> Self {
        Self {
            items: Vec::new(),
            next,
            start,
            part: start,
            end: start,
            filled: false,
            piped: false,
            is_test: false,
            connector_of_item: Connector::Sequence,
            kept: Vec::new(),
            negated: false,
            conditional: false,
        }
    }

    /// What the next command stands behind.
    pub(super) fn connector(&self) -> Connector {
        if self.piped { Connector::Pipe } else { self.next }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty() && !self.filled && !self.negated
    }

    /// An operator stands before the line's end: the list goes on.
    pub(super) fn wants_more(&self) -> bool {
        (!self.items.is_empty() && !self.filled) || self.piped
    }

    /// A command or a closed block, up to the command of that index.
    pub(super) fn add(&mut self, end: usize) {
        self.end = end;
        self.filled = true;
        self.piped = false;
        self.is_test = false;
    }

    /// `((…))`, a test without a command.
    pub(super) fn add_test(&mut self) {
        self.filled = true;
        self.piped = false;
        self.is_test = true;
    }

    pub(super) fn negate(&mut self) {
        self.negated = !self.negated;
    }

    pub(super) fn pipe(&mut self, tolerance: &mut Tolerance, now: usize, pipefail: bool) {
        tolerance.keep_last(&mut self.kept);
        if !pipefail {
            tolerance.tolerate(self.part, now);
        }
        self.part = now;
        self.piped = true;
    }

    pub(super) fn connect(&mut self, connector: Connector, tolerance: &mut Tolerance, commands: &[ShellCommand]) {
        let tests = self.is_test || commands[self.start..self.end].last().is_some_and(ShellCommand::is_test);
        self.conditional |= connector == Connector::Or || (self.filled && tests);
        tolerance.keep_last(&mut self.kept);
        self.end_item();
        self.next = connector;
        self.connector_of_item = connector;
        self.start = commands.len();
        self.part = self.start;
        self.end = self.start;
    }

    fn end_item(&mut self) {
        self.items.push(Item { range: (self.start, self.end), connector: self.connector_of_item, negated: self.negated });
        self.filled = false;
        self.piped = false;
        self.negated = false;
        self.is_test = false;
    }

    pub(super) fn background(&mut self, tolerance: &mut Tolerance, now: usize) {
        let start = self.items.first().map_or(self.start, |item| item.range.0);
        tolerance.background.push((start, now));
        tolerance.tolerate(start, now);
    }

    /// Decides about each pipeline once the whole list is known.
    pub(super) fn finish(mut self, tolerance: &mut Tolerance, commands: &[ShellCommand], errexit: bool) {
        if self.filled {
            self.end_item();
        }
        let (Some(first), Some(last)) = (self.items.first(), self.items.last()) else { return };
        tolerance.last_list_negated = self.items.len() == 1 && first.negated;
        tolerance.restore_last(self.kept);
        if !errexit {
            tolerance.last.push((first.range.0, last.range.1));
        }
        let mut rescued = false;
        let mut and_follows = false;
        for item in self.items.iter().rev() {
            if rescued {
                tolerance.tolerate(item.range.0, item.range.1);
            } else if errexit && (and_follows || item.negated) {
                // Its failure ends the list, but only a list that comes last takes the script with it.
                tolerance.last.push(item.range);
            }
            rescued |= item.connector == Connector::Or && tolerance.always_succeeds(item.range, commands);
            and_follows = item.connector == Connector::And;
        }
    }
}

/// Collects the ranges whose failure does not count.
#[derive(Default)]
pub(super) struct Tolerance {
    ranges: Vec<Range>,
    background: Vec<Range>,
    /// What came last: its failure counts only if nothing follows.
    pub last: Vec<Range>,
    /// The list that ended last was one negated pipeline.
    pub last_list_negated: bool,
    /// `exit 1` and the like, and bare `exit`, by index.
    failing_exits: Vec<usize>,
    bare_exits: Vec<usize>,
    /// Ranges whose status is looked at by the command of that index, stored under that name or none.
    examined: Vec<(Range, usize, Option<String>)>,
}

impl Tolerance {
    pub(super) fn tolerate(&mut self, start: usize, end: usize) {
        if start < end {
            self.ranges.push((start, end));
        }
    }

    /// Sets aside what came last, for a place where something follows without coming after it.
    pub(super) fn keep_last(&mut self, aside: &mut Vec<Range>) {
        join(aside, std::mem::take(&mut self.last));
    }

    pub(super) fn restore_last(&mut self, aside: Vec<Range>) {
        join(&mut self.last, aside);
    }

    /// Another command is read: what came last so far does so no more, unless the command looks at its status.
    pub(super) fn next_command(&mut self, index: usize, command: &ShellCommand) {
        for range in std::mem::take(&mut self.last) {
            let stored = command.assignments.iter().find(|(_, value)| value.contains("$?")).map(|(name, _)| name.clone());
            if stored.is_some() || (command.decides_by_words() && command.words.iter().any(|word| word.contains("$?"))) {
                self.examined.push((range, index, stored));
            } else {
                self.tolerate(range.0, range.1);
            }
        }
        match command.words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["exit" | "return"] => self.bare_exits.push(index),
            ["exit" | "return", "0", ..] => {}
            ["exit" | "return", ..] | ["false"] => self.failing_exits.push(index),
            _ => {}
        }
    }

    fn fails_within(&self, (start, end): Range) -> bool {
        self.failing_exits.get(self.failing_exits.partition_point(|at| *at < start)).is_some_and(|at| *at < end)
    }

    /// Whether a fallback behind `||` cannot fail.
    fn always_succeeds(&self, range: Range, commands: &[ShellCommand]) -> bool {
        let Some(last) = commands[range.0..range.1].last() else { return false };
        let Some(program) = last.words.first() else { return false };
        let bare = self.bare_exits.get(self.bare_exits.partition_point(|at| *at < range.0)).is_some_and(|at| *at < range.1);
        matches!(program.as_str(), "true" | ":" | "echo" | "printf" | "exit" | "return") && !bare && !self.fails_within(range)
    }

    /// A condition counts if a failing exit hangs on its failure.
    pub(super) fn conditions(&mut self, arms: &[Arm], end: usize) {
        for arm in arms {
            let on_failure = if arm.negated { arm.body } else { (arm.body.1, end) };
            if !self.fails_within(on_failure) {
                self.tolerate(arm.condition.0, arm.condition.1);
            }
        }
    }

    /// Writes the marks into the commands.
    pub(super) fn apply(mut self, mut commands: Vec<ShellCommand>) -> Vec<ShellCommand> {
        for (range, index, name) in std::mem::take(&mut self.examined) {
            let counts = match name {
                None => {
                    let exits = commands[index].words.first().is_some_and(|word| word == "exit" || word == "return");
                    exits || self.fails_within((index, commands.len()))
                }
                Some(name) => {
                    let (plain, braced) = (format!("${name}"), format!("${{{name}}}"));
                    let uses = |c: &ShellCommand| c.decides_by_words() && c.words.iter().any(|w| w.contains(&plain) || w.contains(&braced));
                    // The place is near: looking further would cost the square of the length.
                    commands[index..].iter().take(64).any(uses) && self.fails_within((index, commands.len()))
                }
            };
            if !counts {
                self.tolerate(range.0, range.1);
            }
        }
        mark(&mut commands, &self.ranges, |command| command.tolerated = true);
        mark(&mut commands, &self.background, |command| command.background = true);
        commands
    }
}

/// Appends the shorter to the longer, so that handing ranges outward through many blocks stays cheap.
fn join(into: &mut Vec<Range>, mut other: Vec<Range>) {
    if other.len() > into.len() {
        std::mem::swap(into, &mut other);
    }
    into.append(&mut other);
}

fn mark(commands: &mut [ShellCommand], ranges: &[Range], set: impl Fn(&mut ShellCommand)) {
    let mut changes = vec![0i64; commands.len() + 1];
    for (start, end) in ranges {
        changes[*start] += 1;
        changes[(*end).min(commands.len())] -= 1;
    }
    let mut depth = 0;
    for (command, change) in commands.iter_mut().zip(changes) {
        depth += change;
        if depth > 0 {
            set(command);
        }
    }
}
