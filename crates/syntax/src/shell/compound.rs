//! Compound commands: reserved words open and close blocks.

use super::reader::{Block, Reader, Shape};
use super::tolerance::{Arm, List};

impl Reader<'_> {
    /// Handles a word in command position if it is reserved.
    pub(super) fn reserved(&mut self, word: &str, blocks: &mut Vec<Block>, list: &mut List, function_follows: &mut bool) -> bool {
        let now = self.commands.len();
        match word {
            "!" => list.negate(),
            "{" => {
                let function = std::mem::take(function_follows);
                self.open(blocks, list, Shape::Brace, function);
            }
            "}" => {
                if !matches!(blocks.last(), Some(Block { shape: Shape::Brace, .. })) {
                    return true;
                }
                self.close(blocks, list);
                self.compound_redirects();
            }
            "if" => self.open(blocks, list, Shape::If { arms: Vec::new(), part: now, in_body: false }, false),
            "then" | "elif" | "else" => {
                self.finish(list);
                if word != "then" {
                    self.close_branch(blocks.last_mut());
                }
                let negated = self.tolerance.last_list_negated;
                let Some(Block { shape: Shape::If { arms, part, in_body }, .. }) = blocks.last_mut() else { return true };
                if word == "then" {
                    arms.push(Arm { condition: (*part, now), negated, body: (now, now) });
                    *in_body = true;
                    self.tolerance.last.clear();
                } else {
                    if *in_body && let Some(arm) = arms.last_mut() {
                        arm.body.1 = now;
                    }
                    *in_body = false;
                }
                *part = now;
            }
            "fi" => {
                if matches!(blocks.last(), Some(Block { shape: Shape::If { .. }, .. })) {
                    self.close(blocks, list);
                    self.compound_redirects();
                }
            }
            "while" | "until" => {
                self.open(blocks, list, Shape::Loop { condition: now, in_body: false, tests: true }, false);
            }
            "for" | "select" => {
                self.open(blocks, list, Shape::Loop { condition: now, in_body: false, tests: false }, false);
                self.skip_words();
            }
            "do" => {
                self.finish(list);
                if let Some(Block { shape: Shape::Loop { condition, in_body, tests }, .. }) = blocks.last_mut() {
                    if *tests {
                        self.tolerance.tolerate(*condition, now);
                        self.tolerance.last.clear();
                    }
                    *in_body = true;
                }
            }
            "done" => {
                if matches!(blocks.last(), Some(Block { shape: Shape::Loop { .. }, .. })) {
                    self.close(blocks, list);
                    self.compound_redirects();
                }
            }
            "case" => {
                self.open(blocks, list, Shape::Case, false);
                self.skip_subject();
                self.skip_pattern();
            }
            "esac" => {
                if matches!(blocks.last(), Some(Block { shape: Shape::Case, .. })) {
                    self.close(blocks, list);
                    self.compound_redirects();
                }
            }
            "function" => {
                self.skip_blanks();
                self.word(false);
                self.skip_blanks();
                if self.byte(0) == Some(b'(') && self.byte(1) == Some(b')') {
                    self.at += 2;
                }
                *function_follows = true;
            }
            _ => return false,
        }
        true
    }

    /// The words of a `for`, up to its `do`.
    fn skip_words(&mut self) {
        loop {
            self.skip_blanks();
            match self.byte(0) {
                None | Some(b'\n' | b';' | b')') => return,
                Some(b'(') if self.byte(1) == Some(b'(') && self.skip_arithmetic(0) => {}
                _ => {
                    let before = self.at;
                    self.word(false);
                    if self.at == before {
                        self.at += 1;
                    }
                }
            }
        }
    }

    /// `case … in`.
    fn skip_subject(&mut self) {
        for _ in 0..2 {
            self.skip_blanks();
            while self.byte(0) == Some(b'\n') {
                self.at += 1;
                self.skip_blanks();
            }
            self.word(false);
        }
    }

    /// The pattern of a case arm with its `)`; stops before `esac`.
    pub(super) fn skip_pattern(&mut self) {
        loop {
            self.skip_blanks();
            match self.byte(0) {
                None => return,
                Some(b')') => {
                    self.at += 1;
                    return;
                }
                Some(b'#') => self.skip_line(),
                Some(b'\n' | b'(' | b'|' | b';' | b'&' | b'<' | b'>') => self.at += 1,
                _ => {
                    let before = self.at;
                    let word = self.word(false);
                    if word.text == "esac" && !word.quoted {
                        self.at = before;
                        return;
                    }
                    if self.at == before {
                        self.at += 1;
                    }
                }
            }
        }
    }
}
