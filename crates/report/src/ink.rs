//! Tones and marks. A tone only underlines what a mark and a word already say.

use anstyle::{AnsiColor, Style};

use crate::escape;

/// How text is meant; the colour follows from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    #[default]
    Plain,
    Strong,
    Faint,
    Good,
    Bad,
    Warn,
    Doubt,
    Name,
}

impl Tone {
    pub fn style(self) -> Style {
        let plain = Style::new();
        match self {
            Tone::Plain => plain,
            Tone::Strong => plain.bold(),
            Tone::Faint => plain.dimmed(),
            Tone::Good => AnsiColor::Green.on_default().bold(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
            Tone::Warn => AnsiColor::Yellow.on_default().bold(),
            Tone::Doubt => AnsiColor::Magenta.on_default().bold(),
            Tone::Name => AnsiColor::Cyan.on_default(),
        }
    }
}

/// A sign before a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Met,
    Partial,
    Unmet,
    Unknown,
    NotApplicable,
}

impl Mark {
    /// The mark of a verdict's word.
    pub fn of(verdict: &str) -> Self {
        match verdict {
            "met" => Mark::Met,
            "partial" | "accepted" => Mark::Partial,
            "unmet" => Mark::Unmet,
            "not-applicable" => Mark::NotApplicable,
            _ => Mark::Unknown,
        }
    }
    pub fn tone(self) -> Tone {
        match self {
            Mark::Met => Tone::Good,
            Mark::Partial => Tone::Warn,
            Mark::Unmet => Tone::Bad,
            Mark::Unknown => Tone::Doubt,
            Mark::NotApplicable => Tone::Faint,
        }
    }
}

/// What the terminal can show.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ink {
    pub colour: bool,
    pub ascii: bool,
}

impl Ink {
    pub fn mark(self, mark: Mark) -> &'static str {
        match (mark, self.ascii) {
            (Mark::Met, false) => "✓",
            (Mark::Met, true) => "+",
            (Mark::Unmet, false) => "✗",
            (Mark::Unmet, true) => "x",
            (Mark::Partial, _) => "!",
            (Mark::Unknown, _) => "?",
            (Mark::NotApplicable, false) => "·",
            (Mark::NotApplicable, true) => "-",
        }
    }
    pub fn ellipsis(self) -> &'static str {
        if self.ascii { "..." } else { "…" }
    }
    /// The text as it will stand on the screen: escaped, and in ASCII where nothing else is shown.
    pub fn clean(self, text: &str) -> String {
        let text = escape::visible(text);
        if self.ascii { escape::ascii(&text).into_owned() } else { text.into_owned() }
    }
}
