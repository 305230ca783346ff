//! Commands of health probes: what they call, what they ask for, and whether they can say no.

use super::{BuiltImage, copies, holds};

/// The command of a probe, as far as a control asks about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeCommand {
    /// The whole text.
    pub text: String,
    /// The program that is called first.
    pub program: String,
    /// A shell reads it.
    pub shell: bool,
    /// It reports health whatever happens.
    pub cannot_fail: bool,
    /// It opens a connection and asks nothing.
    pub only_connects: bool,
    /// The path that it requests over HTTP.
    pub path: Option<String>,
}

impl ProbeCommand {
    /// Reads the words of a probe; a text for a shell is one word.
    pub fn read(words: &[String]) -> Self {
        const SHELLS: [&str; 8] = ["sh", "/bin/sh", "bash", "/bin/bash", "-c", "-lc", "CMD", "CMD-SHELL"];
        let text = words.join(" ");
        let first = text.split(['|', '&', ';', ' ', '\t', '\n']).find(|w| !w.is_empty() && !SHELLS.contains(w)).unwrap_or_default();
        let program = first.rsplit('/').next().unwrap_or(first).trim_matches(['"', '\'']).to_owned();
        let ends_well = text.trim_end().trim_end_matches(['"', '\'']);
        let cannot_fail = matches!(program.as_str(), "true" | "echo" | ":")
            || program == "exit" && ends_well.ends_with('0')
            || ["|| true", "|| exit 0", "; exit 0", "; true", "|| :"].iter().any(|end| ends_well.ends_with(end));
        Self {
            shell: words.len() == 1 || words.first().is_some_and(|w| SHELLS.contains(&w.as_str())),
            only_connects: matches!(program.as_str(), "nc" | "netcat") || text.contains("/dev/tcp/"),
            path: requested(&text),
            program,
            cannot_fail,
            text,
        }
    }
}

/// The path of the first address in a text.
fn requested(text: &str) -> Option<String> {
    let rest = text.split_once("://")?.1;
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ')' | '|' | ',' | '`' | ';')).unwrap_or(rest.len());
    let address = &rest[..end];
    Some(address.find('/').map_or_else(|| "/".to_owned(), |i| address[i..].to_owned()))
}

impl BuiltImage<'_> {
    /// The tool that a probe calls and that the image certainly does not hold.
    pub fn lacks(&self, probe: &ProbeCommand) -> Option<String> {
        let base = self.base()?;
        if probe.shell && holds(&base, "sh") == Some(false) && !self.brings("sh") {
            return Some("a shell".into());
        }
        let program = probe.program.as_str();
        (holds(&base, program) == Some(false) && !self.brings(program)).then(|| program.to_owned())
    }

    /// Whether the image installs or copies a tool, or may do so out of sight.
    fn brings(&self, program: &str) -> bool {
        let packages: &[&str] = match program {
            "nc" => &["nc", "netcat-openbsd", "netcat-traditional", "netcat", "busybox-extras"],
            "wget" => &["wget", "busybox"],
            "sh" => &["bash", "dash", "busybox"],
            other => &[other],
        };
        let named = |path: &str| path.rsplit('/').next() == Some(program);
        self.system_packages().iter().any(|p| packages.contains(&p.name.as_str()) || p.name.starts_with('$'))
            || self
                .chain()
                .into_iter()
                .flat_map(copies)
                .any(|(c, _)| named(&c.dest) || c.sources.iter().any(|s| named(s)) || c.dest.trim_end_matches('/') == "/bin")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(text: &str) -> ProbeCommand {
        ProbeCommand::read(&[text.to_owned()])
    }

    #[test]
    fn the_program_and_the_path_are_found() {
        let words: Vec<String> = ["curl", "-f", "http://localhost:3000/health?full=1"].iter().map(|w| (*w).to_owned()).collect();
        let read = ProbeCommand::read(&words);
        assert_eq!((read.program.as_str(), read.path.as_deref(), read.shell), ("curl", Some("/health?full=1"), false));
        assert_eq!(probe("/usr/bin/wget -q http://localhost || exit 1").path.as_deref(), Some("/"));
        assert!(probe("nc -z localhost 80").only_connects);
        assert_eq!(probe("").program, "");
    }

    #[test]
    fn a_probe_that_swallows_its_failure_cannot_fail() {
        for text in ["curl -f http://x/health || true", "exit 0", "echo ok", "curl x; exit 0"] {
            assert!(probe(text).cannot_fail, "{text}");
        }
        for text in ["curl -f http://x/health || exit 1", "pg_isready", "exit 1", "test -f /tmp/true"] {
            assert!(!probe(text).cannot_fail, "{text}");
        }
    }
}
