//! Template actions in YAML (Helm, Jinja): hidden under filler of the same length, so that the rest can be read in place.
//!
//! An action that stands alone on its lines becomes empty lines, which no YAML context minds; any other becomes a word.

/// A text with its template actions hidden.
pub(super) struct Mask {
    /// The text to parse; as long as the original.
    pub(super) text: String,
    hidden: Vec<Hidden>,
}

struct Hidden {
    start: usize,
    end: usize,
    /// It prints something, so that what stands there is known only after rendering.
    prints: bool,
}

/// One action as it stands in the text.
struct Action {
    start: usize,
    end: usize,
    prints: bool,
}

/// Whether a text holds template actions of Helm or Jinja.
pub(super) fn has_actions(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"{{").is_some() || memchr::memmem::find(text, b"{%").is_some()
}

impl Mask {
    /// Hides every action of a text.
    pub(super) fn new(text: &str) -> Self {
        let actions = actions(text.as_bytes());
        let bytes = text.as_bytes();
        let mut masked = bytes.to_vec();
        let mut hidden = Vec::with_capacity(actions.len());
        let mut at = 0;
        while at < actions.len() {
            let run = run_length(bytes, &actions[at..]);
            let (first, last) = (&actions[at], &actions[at + run - 1]);
            match lines_of(bytes, first.start, last.end) {
                Some((start, end)) => {
                    masked[start..end].fill(b'\n');
                    let prints = actions[at..at + run].iter().any(|a| a.prints);
                    hidden.push(Hidden { start: first.start, end: last.end, prints });
                }
                None => {
                    for action in &actions[at..at + run] {
                        masked[action.start..action.end].fill(b'x');
                        hidden.push(Hidden { start: action.start, end: action.end, prints: action.prints });
                    }
                }
            }
            at += run;
        }
        let text = String::from_utf8(masked).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
        Self { text, hidden }
    }

    /// Whether an action lies in a range.
    pub(super) fn touches(&self, start: usize, end: usize) -> bool {
        let next = self.hidden.partition_point(|h| h.end <= start);
        self.hidden.get(next).is_some_and(|h| h.start < end)
    }

    /// The actions that print and that come after an offset, before anything else that is written: they decide what stands there.
    pub(super) fn printed_after(&self, offset: usize) -> Option<(usize, usize)> {
        let end = offset + blank(&self.text.as_bytes()[offset..]);
        let from = self.hidden.partition_point(|h| h.start < offset);
        let to = self.hidden.partition_point(|h| h.start < end);
        let mut printing = self.hidden.get(from..to)?.iter().filter(|h| h.prints);
        let first = printing.next()?;
        Some((first.start, printing.next_back().unwrap_or(first).end))
    }

    /// Everything from the first action that prints to the last, if there is one.
    pub(super) fn printed(&self) -> Option<(usize, usize)> {
        let mut printing = self.hidden.iter().filter(|h| h.prints);
        let first = printing.next()?;
        Some((first.start, printing.next_back().unwrap_or(first).end))
    }
}

/// How many bytes of space and comments a text begins with.
fn blank(bytes: &[u8]) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => {
                at = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n);
            }
            _ => break,
        }
    }
    at
}

/// How many of the actions follow each other with only blanks between them.
fn run_length(bytes: &[u8], actions: &[Action]) -> usize {
    1 + actions.windows(2).take_while(|pair| bytes[pair[0].end..pair[1].start].iter().all(|b| is_blank(*b))).count()
}

/// The whole lines that a range fills, without the last line break; none if other text shares them.
fn lines_of(bytes: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
    let before = bytes[..start].iter().rev().take_while(|b| is_blank(**b)).count();
    let after = bytes[end..].iter().take_while(|b| is_blank(**b) || **b == b'\r').count();
    let (start, end) = (start - before, end + after);
    let opens = start == 0 || bytes[start - 1] == b'\n';
    let closes = end == bytes.len() || bytes[end] == b'\n';
    (opens && closes).then_some((start, end))
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Every action of a text, in order.
fn actions(bytes: &[u8]) -> Vec<Action> {
    const CLOSING: [&[u8]; 3] = [b"}}", b"%}", b"#}"];
    let mut found = Vec::new();
    // A closing sign that was once sought in vain is not sought again: the work stays linear.
    let mut absent = [false; 3];
    let mut at = 0;
    while let Some(open) = memchr::memchr(b'{', &bytes[at..]).map(|n| at + n) {
        at = open + 1;
        let Some(kind) = bytes.get(at).and_then(|b| b"{%#".iter().position(|sign| sign == b)) else { continue };
        if absent[kind] {
            continue;
        }
        let inner = open + 2;
        let skipped = if kind == 0 { literal(&bytes[inner..]) } else { 0 };
        let Some(end) = memchr::memmem::find(&bytes[inner + skipped..], CLOSING[kind]).map(|n| inner + skipped + n) else {
            absent[kind] = true;
            continue;
        };
        found.push(Action { start: open, end: end + 2, prints: kind == 0 && !is_control(&bytes[inner..end]) });
        at = end + 2;
    }
    found
}

/// The length of the string literal or comment that an action begins with: charts print braces by `{{ "}}" }}`.
fn literal(action: &[u8]) -> usize {
    let rest = trimmed(action);
    let start = action.len() - rest.len();
    let end = match rest.first() {
        Some(b'`') => memchr::memchr(b'`', &rest[1..]),
        Some(b'"') => memchr::memchr2(b'"', b'\n', &rest[1..]).filter(|n| rest[n + 1] == b'"'),
        Some(b'/') if rest.starts_with(b"/*") => memchr::memmem::find(rest, b"*/"),
        _ => None,
    };
    end.map_or(0, |n| start + n + 1)
}

/// Whether an action of Go templates steers and prints nothing itself.
fn is_control(action: &[u8]) -> bool {
    let action = trimmed(action);
    let word = action.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    match &action[..word] {
        _ if action.starts_with(b"/*") => true,
        b"if" | b"else" | b"end" | b"range" | b"with" | b"define" | b"break" | b"continue" => true,
        _ => action.starts_with(b"$") && memchr::memmem::find(action, b":=").is_some(),
    }
}

/// Without the trim sign and the space before the first word.
fn trimmed(action: &[u8]) -> &[u8] {
    let action = action.strip_prefix(b"-").unwrap_or(action);
    action.trim_ascii_start()
}
