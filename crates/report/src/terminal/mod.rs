//! The assessment for a person at a terminal: one screen that says what stands in the way, and on demand the ledger of everything.

mod blockers;
mod evidence;
mod header;
mod ledger;
mod screen;

use std::io;

pub(crate) use evidence::place;
pub(crate) use header::percent;

use plimsoll_base::Assessment;

use crate::arithmetic;
use crate::digest::Digest;
use crate::ink::Ink;
use crate::sheet::Sheet;

/// How to print.
#[derive(Clone, Debug)]
pub struct TerminalOptions {
    /// Columns.
    pub width: usize,
    /// Rows that the first screen may use, the prompt's among them.
    pub height: usize,
    /// Whether to colour; a mark and a word always say the same.
    pub colour: bool,
    /// Whether only ASCII can be shown.
    pub ascii: bool,
    /// Whether to print every control after the first screen.
    pub all: bool,
    /// Whether to print how the score comes about.
    pub arithmetic: bool,
    /// Controls (`area/name`) or areas to print; all where it is empty. It filters what is printed, never what was judged.
    pub only: Vec<String>,
    /// A digest of the policy, where there is one, to be printed with the verdict.
    pub policy_hash: Option<String>,
}

impl Default for TerminalOptions {
    fn default() -> Self {
        Self { width: 80, height: 24, colour: false, ascii: false, all: false, arithmetic: false, only: Vec::new(), policy_hash: None }
    }
}

impl TerminalOptions {
    pub(crate) fn sheet(&self) -> Sheet {
        Sheet::new(Ink { colour: self.colour, ascii: self.ascii }, self.width)
    }
    /// Whether a control is to be printed.
    pub(crate) fn wants(&self, control: &str) -> bool {
        self.only.is_empty()
            || self.only.iter().any(|o| o == control || control.strip_prefix(o.as_str()).is_some_and(|rest| rest.starts_with('/')))
    }
}

/// Writes the assessment.
///
/// # Errors
/// Only those of the writer.
pub fn render(assessment: &Assessment, options: &TerminalOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let digest = Digest::of(assessment);
    let mut sheet = options.sheet();
    if options.only.is_empty() {
        screen::first(&mut sheet, assessment, &digest, options);
    } else {
        header::heading(&mut sheet, assessment);
        ledger::controls(&mut sheet, assessment, &digest, options);
    }
    if options.all {
        if options.only.is_empty() {
            ledger::controls(&mut sheet, assessment, &digest, options);
        }
        ledger::remainder(&mut sheet, assessment, options);
    }
    if options.arithmetic {
        arithmetic::explain(&mut sheet, assessment, options.all);
    }
    sheet.write(out)
}
