//! Simple commands, and `set`, which changes how failures count.

use plimsoll_base::Span;

use super::ShellCommand;
use super::reader::{Block, Reader};
use super::tolerance::List;
use super::words::Word;

impl Reader<'_> {
    /// Reads a simple command whose first word is read already.
    pub(super) fn simple(&mut self, first: Word, inner_from: usize, block: Option<&Block>, list: &mut List) {
        let start = first.span.start as usize;
        let (mut words, mut assignments, mut redirects, mut heredocs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut word = first;
        let mut end = start;
        loop {
            if word.span.end > word.span.start {
                end = self.at;
                match word.assignment() {
                    Some(pair) if words.is_empty() => assignments.push(pair),
                    _ => words.push(word.text),
                }
            }
            let in_test = words.first().is_some_and(|w| w == "[[") && words.last().is_none_or(|w| w != "]]");
            let before_redirects = self.at;
            self.skip_blanks();
            if !in_test && self.redirects(&mut redirects, &mut heredocs) {
                end = self.at;
            }
            self.skip_blanks();
            let Some(byte) = self.byte(0) else { break };
            if in_test {
                if byte == b'\n' {
                    break;
                }
            } else if matches!(byte, b'\n' | b';' | b'&' | b'|' | b')') {
                break;
            } else if byte == b'#' && self.at > before_redirects {
                self.skip_line();
                break;
            } else if byte == b'(' {
                // No shell grammar has it here; words of other languages do: pass over it.
                self.at += 1;
                word = Word::default();
                continue;
            }
            let before = self.at;
            word = self.word(in_test);
            if self.at == before {
                self.at += 1;
            }
        }
        if end == start && words.is_empty() && assignments.is_empty() && redirects.is_empty() {
            return;
        }
        let index = self.commands.len();
        self.heredocs.extend(heredocs.into_iter().map(|(delimiter, dashed)| (index, delimiter, dashed)));
        self.push(
            ShellCommand {
                words,
                assignments,
                redirects,
                heredocs: Vec::new(),
                span: Span::new(start, end),
                after: list.connector(),
                tolerated: false,
                conditional: list.conditional || block.is_some_and(Block::decides),
                negated: list.negated,
                background: false,
                substituted: false,
                in_function: self.functions > 0,
            },
            inner_from,
            list,
        );
    }

    fn push(&mut self, command: ShellCommand, inner_from: usize, list: &mut List) {
        let index = self.commands.len();
        if inner_from < index && !command.words.is_empty() {
            // The status of a substitution is lost unless it is all that an assignment does.
            self.tolerance.tolerate(inner_from, index);
        }
        self.tolerance.next_command(index, &command);
        if command.words.first().is_some_and(|word| word == "set") {
            self.set_options(&command.words[1..]);
        }
        self.commands.push(command);
        list.add(index + 1);
    }

    /// Follows the arguments of `set`.
    pub(super) fn set_options(&mut self, words: &[String]) {
        let mut named = None;
        for word in words {
            if let Some(on) = named.take() {
                self.set_option(word, on);
                continue;
            }
            let (on, letters) = match word.as_bytes() {
                [b'-', b'-', ..] => return,
                [b'-', letters @ ..] => (true, letters),
                [b'+', letters @ ..] => (false, letters),
                _ => continue,
            };
            if letters.contains(&b'e') {
                self.mode.errexit = on;
            }
            if letters.last() == Some(&b'o') {
                named = Some(on);
            }
        }
    }

    fn set_option(&mut self, name: &str, on: bool) {
        match name {
            "errexit" => self.mode.errexit = on,
            "pipefail" => self.mode.pipefail = on,
            _ => {}
        }
    }
}
