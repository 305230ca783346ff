//! How and where renderings go.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;

use anstream::{AutoStream, ColorChoice};
use plimsoll_base::Assessment;
use plimsoll_report::{Format, TerminalOptions};

use crate::arguments::{Colour, Print};
use crate::failure::Failure;

/// Columns where standard output is no terminal: the width that every terminal has.
const NARROW: usize = 80;
/// No line is longer on a wide terminal: longer ones are hard to read.
const WIDE: usize = 120;

/// The options that the terminal and the arguments ask for.
pub(crate) fn options(print: &Print) -> TerminalOptions {
    let stdout = io::stdout();
    let colour = match print.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => AutoStream::choice(&stdout) != ColorChoice::Never,
    };
    let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    let size = if stdout.is_terminal() { terminal_size::terminal_size() } else { None };
    let width = size.map(|(w, _)| w.0 as usize).or(columns).unwrap_or(NARROW).clamp(40, WIDE);
    let height = size.map_or(24, |(_, h)| h.0 as usize).max(24);
    TerminalOptions { width, height, colour, ascii: print.ascii, ..TerminalOptions::default() }
}

/// Locked and buffered standard output.
pub(crate) fn stdout() -> impl Write {
    BufWriter::new(io::stdout().lock())
}

/// A reader who closed the pipe wants no more output; that is no failure.
pub(crate) fn unless_closed(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

/// Writes an assessment in a format.
pub(crate) fn render(assessment: &Assessment, format: Format, options: &TerminalOptions, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Terminal => plimsoll_report::terminal::render(assessment, options, out),
        Format::Json => plimsoll_report::json::render(assessment, out),
    }
}

/// The format that a file's name asks for.
pub(crate) fn format_of(path: &Path) -> Result<Format, Failure> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    Format::of_extension(extension).ok_or_else(|| Failure::NoFormat { path: path.to_owned() })
}

/// Writes an assessment to a file, its format from the extension.
pub(crate) fn write(assessment: &Assessment, path: &Path, options: &TerminalOptions) -> Result<(), Failure> {
    let format = format_of(path)?;
    let failed = |source| Failure::Write { path: path.to_owned(), source };
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    let plain = TerminalOptions { colour: false, all: true, ..options.clone() };
    render(assessment, format, &plain, &mut file).and_then(|()| file.flush()).map_err(failed)
}
