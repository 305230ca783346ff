//! Patterns of Next's middleware: `path-to-regexp` with expressions that look ahead, as `/((?!api|_next/static).*)`.
//!
//! Source of the forms: Next's documentation of `matcher`. Bounded: a pattern that needs more steps than allowed takes nothing.

/// Steps that one question may take.
const MAX_STEPS: u32 = 20_000;

/// Groups within one another.
const MAX_NESTING: u32 = 16;

/// Whether a pattern takes a path. None where the pattern has a form that is not read here.
pub(super) fn takes(pattern: &str, path: &str) -> Option<bool> {
    let characters: Vec<char> = pattern.chars().collect();
    let mut parser = Parser { text: &characters, at: 0, depth: 0, expression: false };
    let node = parser.alternatives()?;
    if parser.at != characters.len() {
        return None;
    }
    let text: Vec<char> = path.chars().collect();
    let mut steps = MAX_STEPS;
    Some(run(&node, &text, 0, &mut steps, &mut |end| end == text.len()))
}

/// Ways through a text, one sequence of parts each.
type Alternatives = Vec<Vec<Part>>;

struct Part {
    what: What,
    least: u32,
    most: u32,
}

enum What {
    Character(char),
    Any,
    Class(Vec<(char, char)>, bool),
    Group(Alternatives),
    /// What follows matches (`true`) or does not.
    Ahead(Alternatives, bool),
    End,
}

struct Parser<'t> {
    text: &'t [char],
    at: usize,
    depth: u32,
    /// Within parentheses, where the signs of regular expressions count.
    expression: bool,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }
    fn eat(&mut self, word: &str) -> bool {
        let found = word.chars().enumerate().all(|(i, c)| self.text.get(self.at + i) == Some(&c));
        if found {
            self.at += word.chars().count();
        }
        found
    }
    fn alternatives(&mut self) -> Option<Alternatives> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return None;
        }
        let mut all = vec![Vec::new()];
        while let Some(next) = self.peek() {
            match next {
                ')' if self.expression => break,
                '|' if self.expression => {
                    self.at += 1;
                    all.push(Vec::new());
                }
                _ => {
                    let part = self.part()?;
                    all.last_mut()?.push(part);
                }
            }
        }
        self.depth -= 1;
        Some(all)
    }
    fn part(&mut self) -> Option<Part> {
        // `/:path*`: the slash belongs to what is repeated.
        if !self.expression && self.eat("/:") {
            let what = self.parameter()?;
            let whole = What::Group(vec![vec![once(What::Character('/')), once(what)]]);
            return Some(self.times(whole));
        }
        if !self.expression && self.eat(":") {
            let what = self.parameter()?;
            return Some(self.times(what));
        }
        if !self.expression && self.text.get(self.at) == Some(&'/') && self.text.get(self.at + 1) == Some(&'(') {
            // `/(a|b)?` and the like: a slash before an optional group is optional with it.
            let before = self.at;
            self.at += 1;
            let group = self.group()?;
            if matches!(self.peek(), Some('?' | '*')) {
                return Some(self.times(What::Group(vec![vec![once(What::Character('/')), once(group)]])));
            }
            self.at = before + 1;
            return Some(once(What::Character('/')));
        }
        let what = self.atom()?;
        Some(if self.expression || matches!(what, What::Group(_)) { self.times(what) } else { once(what) })
    }
    fn parameter(&mut self) -> Option<What> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_') {
            self.at += 1;
        }
        if self.at == start {
            return None;
        }
        if self.peek() == Some('(') {
            return self.group();
        }
        Some(What::Group(vec![vec![Part { what: What::Class(vec![('/', '/')], false), least: 1, most: u32::MAX }]]))
    }
    fn group(&mut self) -> Option<What> {
        self.at += 1;
        let ahead = if self.eat("?!") {
            Some(false)
        } else if self.eat("?=") {
            Some(true)
        } else {
            self.eat("?:");
            None
        };
        if self.peek() == Some('?') {
            return None;
        }
        let outer = std::mem::replace(&mut self.expression, true);
        let inner = self.alternatives()?;
        self.expression = outer;
        if !self.eat(")") {
            return None;
        }
        Some(match ahead {
            Some(wanted) => What::Ahead(inner, wanted),
            None => What::Group(inner),
        })
    }
    fn atom(&mut self) -> Option<What> {
        let next = self.peek()?;
        if next == '(' {
            return self.group();
        }
        self.at += 1;
        Some(match next {
            '\\' => {
                let escaped = self.peek()?;
                self.at += 1;
                match escaped {
                    'w' => What::Class(vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')], true),
                    'd' => What::Class(vec![('0', '9')], true),
                    'b' | 'B' | 's' | 'S' | 'W' | 'D' => return None,
                    other => What::Character(other),
                }
            }
            '.' if self.expression => What::Any,
            '$' if self.expression => What::End,
            '[' if self.expression => self.class()?,
            '*' | '+' | '?' if self.expression => return None,
            '*' | '{' | '}' => return None,
            other => What::Character(other),
        })
    }
    fn class(&mut self) -> Option<What> {
        let wanted = !self.eat("^");
        let mut ranges = Vec::new();
        loop {
            let mut from = self.peek()?;
            self.at += 1;
            match from {
                ']' => return Some(What::Class(ranges, wanted)),
                '\\' => {
                    from = self.peek()?;
                    self.at += 1;
                    match from {
                        'w' => {
                            ranges.extend([('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')]);
                            continue;
                        }
                        'd' => {
                            ranges.push(('0', '9'));
                            continue;
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
            if self.peek() == Some('-') && self.text.get(self.at + 1).is_some_and(|c| *c != ']') {
                ranges.push((from, self.text[self.at + 1]));
                self.at += 2;
            } else {
                ranges.push((from, from));
            }
        }
    }
    fn times(&mut self, what: What) -> Part {
        let (least, most) = match self.peek() {
            Some('*') => (0, u32::MAX),
            Some('+') => (1, u32::MAX),
            Some('?') => (0, 1),
            _ => return once(what),
        };
        self.at += 1;
        // Reluctant or not: whether there is a way through is the same.
        if self.expression {
            self.eat("?");
        }
        Part { what, least, most }
    }
}

fn once(what: What) -> Part {
    Part { what, least: 1, most: 1 }
}

/// Whether there is a way through from a place that ends where `then` is content.
fn run(all: &Alternatives, text: &[char], at: usize, steps: &mut u32, then: &mut dyn FnMut(usize) -> bool) -> bool {
    let mut found = false;
    for parts in all {
        if sequence(parts, 0, text, at, steps, then) {
            found = true;
            break;
        }
    }
    found
}

fn sequence(parts: &[Part], done: u32, text: &[char], at: usize, steps: &mut u32, then: &mut dyn FnMut(usize) -> bool) -> bool {
    if *steps == 0 {
        return false;
    }
    *steps -= 1;
    let Some((part, rest)) = parts.split_first() else { return then(at) };
    if let Some(next) = single(&part.what, text, at) {
        // One character after the other, without going deeper for each.
        let mut ends = Vec::new();
        let mut next = next;
        let mut count = 0;
        if part.least == 0 {
            ends.push(at);
        }
        while let Some(end) = next {
            count += 1;
            if count >= part.least {
                ends.push(end);
            }
            if count >= part.most {
                break;
            }
            next = single(&part.what, text, end).flatten();
        }
        return ends.into_iter().rev().any(|end| sequence(rest, 0, text, end, steps, then));
    }
    match &part.what {
        What::Ahead(inner, wanted) => {
            let found = run(inner, text, at, steps, &mut |_| true);
            *steps > 0 && found == *wanted && sequence(rest, 0, text, at, steps, then)
        }
        What::End => at == text.len() && sequence(rest, 0, text, at, steps, then),
        What::Group(inner) => {
            if done < part.most {
                // What a round ends at is gathered first, so that rounds do not nest in one another's questions.
                let mut ends: Vec<usize> = Vec::new();
                run(inner, text, at, steps, &mut |end| {
                    if end > at && !ends.contains(&end) {
                        ends.push(end);
                    }
                    false
                });
                let again = part.most > 1;
                for end in ends {
                    let followed = if again { sequence(parts, done + 1, text, end, steps, then) } else { sequence(rest, 0, text, end, steps, then) };
                    if followed {
                        return true;
                    }
                }
                // A round that takes nothing counts as done.
                if done < part.least && run(inner, text, at, steps, &mut |end| end == at) {
                    return sequence(rest, 0, text, at, steps, then);
                }
            }
            done >= part.least && sequence(rest, 0, text, at, steps, then)
        }
        _ => false,
    }
}

/// Where a part that takes one character ends: none inside where it does not take the one at a place. None for other parts.
fn single(what: &What, text: &[char], at: usize) -> Option<Option<usize>> {
    let here = text.get(at).copied();
    let taken = match what {
        What::Character(c) => here.is_some_and(|h| h.eq_ignore_ascii_case(c)),
        What::Any => here.is_some(),
        What::Class(ranges, wanted) => here.is_some_and(|h| ranges.iter().any(|(from, to)| (*from..=*to).contains(&h)) == *wanted),
        _ => return None,
    };
    Some(taken.then_some(at + 1))
}

#[cfg(test)]
mod tests {
    use super::takes;

    #[test]
    fn patterns_of_the_documentation_and_of_the_field() {
        let cases = [
            ("/about", "/about", true),
            ("/about", "/about/x", false),
            ("/about/:path*", "/about", true),
            ("/about/:path*", "/about/a/b", true),
            ("/about/:path+", "/about", false),
            ("/about/:path", "/about/a/b", false),
            ("/api/:function*", "/apis", false),
            ("/((?!api|_next/static|_next/image|favicon.ico).*)", "/api/users", false),
            ("/((?!api|_next/static|_next/image|favicon.ico).*)", "/dashboard/x", true),
            ("/((?!api|_next/static|_next/image|favicon.ico).*)", "/", true),
            ("/((?!api/).*)", "/apis", true),
            ("/((?!.*\\..*|_next).*)", "/users", true),
            ("/((?!.*\\..*|_next).*)", "/logo.png", false),
            ("/(api|trpc)(.*)", "/api/users", true),
            ("/(api|trpc)(.*)", "/other", false),
            ("/((?!_next|[^?]*\\.(?:html?|css|js(?!on)|jpe?g|webp|png|gif|svg|ttf|woff2?|ico|csv|docx?|xlsx?|zip|webmanifest)).*)", "/api/x", true),
            ("/((?!_next|[^?]*\\.(?:html?|css|js(?!on)|jpe?g|webp|png|gif|svg|ttf|woff2?|ico|csv|docx?|xlsx?|zip|webmanifest)).*)", "/a.css", false),
            ("/:locale(en|de)/:path*", "/de/x", true),
            ("/:locale(en|de)/:path*", "/fr/x", false),
            ("/", "/", true),
            ("/", "/x", false),
            ("/dashboard(.*)", "/dashboard", true),
            ("/:path((?!api).*)", "/api/x", false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(takes(pattern, path), Some(expected), "{pattern} {path}");
        }
    }

    #[test]
    fn what_would_run_for_ever_ends() {
        let pattern = "/((a*)*)*b";
        assert_eq!(takes(pattern, &format!("/{}", "a".repeat(200))), Some(false));
        assert_eq!(takes(&"(".repeat(1000), "/"), None);
        assert_eq!(takes("/(?<=a)", "/"), None);
    }
}
