//! Redirections and heredocs.

use plimsoll_base::Span;

use super::Redirect;
use super::reader::Reader;

impl Reader<'_> {
    /// Redirections of a compound command belong to no command, but their heredocs have bodies.
    pub(super) fn compound_redirects(&mut self) {
        let mut heredocs = Vec::new();
        self.redirects(&mut Vec::new(), &mut heredocs);
        self.heredocs.extend(heredocs.into_iter().map(|(delimiter, dashed)| (usize::MAX, delimiter, dashed)));
    }

    /// Reads redirections at the cursor; whether there was one.
    pub(super) fn redirects(&mut self, into: &mut Vec<Redirect>, heredocs: &mut Vec<(Vec<u8>, bool)>) -> bool {
        let mut any = false;
        loop {
            let before = self.at;
            self.skip_blanks();
            let start = self.at;
            while self.byte(0).is_some_and(|b| b.is_ascii_digit()) {
                self.at += 1;
            }
            if self.byte(0) == Some(b'&') && self.byte(1) == Some(b'>') {
                self.at += 1;
            }
            let Some(bracket @ (b'<' | b'>')) = self.byte(0).filter(|_| self.byte(1) != Some(b'(')) else {
                self.at = before;
                return any;
            };
            self.at += 1;
            while self.byte(0) == Some(bracket) && self.at - start < 8 {
                self.at += 1;
            }
            if matches!(self.byte(0), Some(b'&' | b'|' | b'-')) {
                self.at += 1;
            }
            let operator = String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
            self.skip_blanks();
            let target = self.word(false);
            let dashed = operator.ends_with("<<-");
            if dashed || operator.trim_start_matches(|c: char| c.is_ascii_digit()) == "<<" {
                heredocs.push((target.text.clone().into_bytes(), dashed));
            }
            into.push(Redirect { operator, target: target.text });
            any = true;
        }
    }

    /// Passes over the bodies of the heredocs that the line before announced.
    pub(super) fn skip_heredocs(&mut self) {
        for (index, delimiter, dashed) in std::mem::take(&mut self.heredocs) {
            let start = self.at;
            let mut body_end = self.end;
            while self.at < self.end {
                let line_start = self.at;
                self.skip_line();
                let line = &self.text[line_start..self.at];
                self.at = (self.at + 1).min(self.end);
                let mut line = line.strip_suffix(b"\r").unwrap_or(line);
                while let (true, Some(rest)) = (dashed, line.strip_prefix(b"\t")) {
                    line = rest;
                }
                if line == delimiter {
                    body_end = line_start;
                    break;
                }
            }
            if let Some(command) = self.commands.get_mut(index) {
                command.heredocs.push(Span::new(start, body_end));
            }
        }
    }
}
