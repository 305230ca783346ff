//! From the parser's instruction to ours.

use parse_dockerfile::{
    Command as SyntaxCommand, Flag, FromInstruction, HealthcheckArguments, Instruction as Syntax, JsonOrStringArray, Source,
};
use plimsoll_base::Span;

use super::lines::{Joined, Logical};
use super::model::{Arg, Command, Copy, EnvVar, Healthcheck, Heredoc, InstructionKind, Mount, Run};
use super::scope::Scopes;

/// One instruction on its way through the parser.
pub(super) struct Unit<'a> {
    text: &'a str,
    escape: u8,
    logical: &'a Logical,
    /// The stand-in FROM and the instruction, `<<` masked: its bodies are read already.
    source: String,
    /// Where the instruction begins in the source.
    prefix: usize,
}

impl<'a> Unit<'a> {
    pub(super) fn new(text: &'a str, escape: u8, logical: &'a Logical) -> Self {
        let mut source = String::new();
        if escape != b'\\' {
            source.push_str("# escape=");
            source.push(char::from(escape));
            source.push('\n');
        }
        source.push_str("FROM scratch\n");
        let prefix = source.len();
        let mut at = logical.start;
        for heredoc in &logical.heredocs {
            source.push_str(&text[at..heredoc.operator]);
            source.push_str("::");
            at = heredoc.operator + 2;
        }
        source.push_str(&text[at..logical.end]);
        Self { text, escape, logical, source, prefix }
    }

    /// As written, without heredoc bodies.
    pub(super) fn raw(&self) -> &'a str {
        &self.text[self.logical.start..self.logical.end]
    }

    pub(super) fn parse(&self) -> Result<Syntax<'_>, String> {
        let mut instructions = parse_dockerfile::parse_iter(&self.source).map_err(|error| reason(&error))?;
        match instructions.nth(1) {
            Some(parsed) => parsed.map_err(|error| reason(&error)),
            None => Err("empty".to_owned()),
        }
    }

    /// Where a byte of the source stands in the file.
    fn offset(&self, at: usize) -> usize {
        at.saturating_sub(self.prefix) + self.logical.start
    }

    fn span(&self, range: &std::ops::Range<usize>) -> Span {
        Span::new(self.offset(range.start), self.offset(range.end))
    }

    pub(super) fn from(&self, from: &FromInstruction<'_>) -> (String, Option<String>, Option<String>) {
        let name = from.as_.as_ref().map(|(_, name)| name.value.to_string());
        (from.image.value.to_string(), name, flag(&from.options, "platform"))
    }

    pub(super) fn convert(&self, syntax: Syntax<'_>, scopes: &mut Scopes) -> InstructionKind {
        let expand = |text: &str| scopes.here(text).text;
        match syntax {
            Syntax::Run(run) => InstructionKind::Run(Run {
                command: self.command(&run.arguments),
                mounts: run
                    .options
                    .iter()
                    .filter(|f| f.name.value == "mount")
                    .filter_map(|f| f.value.as_ref())
                    .map(|v| mount(&v.value))
                    .collect(),
                network: flag(&run.options, "network"),
                security: flag(&run.options, "security"),
                heredocs: self.heredocs(),
            }),
            Syntax::Cmd(cmd) => InstructionKind::Cmd(self.command(&cmd.arguments)),
            Syntax::Entrypoint(entrypoint) => InstructionKind::Entrypoint(self.command(&entrypoint.arguments)),
            Syntax::Copy(copy) => self.copy(false, &copy.options, &copy.src, &copy.dest.value, &expand, scopes),
            Syntax::Add(add) => self.copy(true, &add.options, &add.src, &add.dest.value, &expand, scopes),
            Syntax::User(user) => InstructionKind::User(expand(&user.arguments.value)),
            Syntax::Workdir(workdir) => InstructionKind::Workdir(expand(&workdir.arguments.value)),
            Syntax::Stopsignal(signal) => InstructionKind::StopSignal(expand(&signal.arguments.value)),
            Syntax::Expose(expose) => InstructionKind::Expose(expose.arguments.iter().map(|port| expand(&port.value)).collect()),
            Syntax::Volume(volume) => InstructionKind::Volume(match &volume.arguments {
                JsonOrStringArray::Json(list) => list.value.iter().map(|path| expand(&path.value)).collect(),
                JsonOrStringArray::String(list) => list.iter().map(|path| expand(&path.value)).collect(),
            }),
            Syntax::Shell(shell) => InstructionKind::Shell(shell.arguments.iter().map(|word| word.value.to_string()).collect()),
            Syntax::Maintainer(_) => InstructionKind::Maintainer(self.arguments().text),
            Syntax::Onbuild(_) => InstructionKind::OnBuild(self.arguments().text),
            Syntax::Healthcheck(check) => InstructionKind::Healthcheck(match &check.arguments {
                HealthcheckArguments::Cmd { arguments, .. } => Healthcheck::Check {
                    command: self.command(arguments),
                    interval: flag(&check.options, "interval"),
                    timeout: flag(&check.options, "timeout"),
                    start_period: flag(&check.options, "start-period"),
                    retries: flag(&check.options, "retries"),
                },
                _ => Healthcheck::None,
            }),
            Syntax::Label(_) => {
                InstructionKind::Label(self.pairs().into_iter().map(|(name, value, _)| (expand(&name), expand(&value))).collect())
            }
            Syntax::Env(_) => {
                // All values of one instruction see the variables as they were before it.
                let values: Vec<_> = self.pairs().into_iter().map(|(name, value, span)| (name, scopes.here(&value), span)).collect();
                let mut variables = Vec::with_capacity(values.len());
                for (name, value, span) in values {
                    variables.push(EnvVar { name: name.clone(), value: value.text.clone(), span });
                    scopes.set(&name, value);
                }
                InstructionKind::Env(variables)
            }
            Syntax::Arg(_) => {
                let arguments = self.arguments();
                let words = words(&arguments.text, char::from(self.escape));
                InstructionKind::Arg(words.into_iter().map(|(start, end)| self.arg(&arguments, start, end, scopes)).collect())
            }
            _ => InstructionKind::Unknown(self.raw().to_owned()),
        }
    }

    fn arg(&self, arguments: &Joined, start: usize, end: usize, scopes: &mut Scopes) -> Arg {
        let word = &arguments.text[start..end];
        let (name, default) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(scopes.here(value))));
        let default = scopes.declare(name, default);
        Arg { name: name.to_owned(), default, span: arguments.span(Span::new(start, end)) }
    }

    fn copy(
        &self,
        add: bool,
        options: &[Flag<'_>],
        sources: &[Source<'_>],
        dest: &str,
        expand: &dyn Fn(&str) -> String,
        scopes: &Scopes,
    ) -> InstructionKind {
        let mut heredoc = false;
        let sources = sources
            .iter()
            .map(|source| match source {
                Source::Path(path) => {
                    let masked = self.logical.heredocs.iter().find(|found| found.operator == self.offset(path.span.start));
                    heredoc |= masked.is_some();
                    masked.map_or_else(|| expand(&path.value), |found| format!("<<{}", found.delimiter))
                }
                _ => String::new(),
            })
            .collect();
        let from = flag(options, "from");
        // A stage copies from earlier ones only.
        let from_stage = from
            .as_deref()
            .and_then(|name| scopes.stage_named(name).or_else(|| name.parse().ok()))
            .filter(|index: &usize| index + 1 < scopes.count());
        InstructionKind::Copy(Copy {
            add,
            sources,
            dest: expand(dest),
            from,
            from_stage,
            chown: flag(options, "chown").map(|text| expand(&text)),
            chmod: flag(options, "chmod").map(|text| expand(&text)),
            heredoc,
        })
    }

    fn heredocs(&self) -> Vec<Heredoc> {
        let found = self.logical.heredocs.iter();
        found
            .map(|heredoc| Heredoc {
                delimiter: heredoc.delimiter.clone(),
                body: self.text[heredoc.body.range()].to_owned(),
                span: heredoc.body,
                expands: heredoc.expands,
            })
            .collect()
    }

    fn command(&self, command: &SyntaxCommand<'_>) -> Command {
        match command {
            SyntaxCommand::Exec(list) => {
                Command::Exec { words: list.value.iter().map(|word| word.value.to_string()).collect(), span: self.span(&list.span) }
            }
            SyntaxCommand::Shell(text) => {
                let span = self.span(&text.span);
                Command::Shell(Joined::new(&self.text[span.range()], span.start as usize, self.escape))
            }
            _ => Command::Shell(self.arguments()),
        }
    }

    /// What stands behind the keyword, lines joined.
    fn arguments(&self) -> Joined {
        let joined = &self.logical.joined;
        let keyword = joined.text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(joined.text.len());
        let blank = joined.text[keyword..].len() - joined.text[keyword..].trim_start().len();
        joined.from(keyword + blank)
    }

    /// The pairs of ENV and LABEL, quotes still in them, each with its place.
    fn pairs(&self) -> Vec<(String, String, Span)> {
        let arguments = self.arguments();
        let text = &arguments.text;
        let words = words(text, char::from(self.escape));
        let Some((start, end)) = words.first().copied() else { return Vec::new() };
        if !text[start..end].contains('=') {
            // The old form: one name, and the rest of the line is its value.
            let span = arguments.span(Span::new(start, text.len()));
            return vec![(text[start..end].to_owned(), text[end..].trim_start().to_owned(), span)];
        }
        words
            .into_iter()
            .map(|(start, end)| {
                let (name, value) = text[start..end].split_once('=').unwrap_or((&text[start..end], ""));
                (name.to_owned(), value.to_owned(), arguments.span(Span::new(start, end)))
            })
            .collect()
    }
}

/// Words at white space outside of quotes.
fn words(text: &str, escape: char) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let (mut start, mut quote) = (None, None);
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c.is_whitespace() && quote.is_none() {
            found.extend(start.take().map(|start| (start, at)));
            continue;
        }
        start.get_or_insert(at);
        if c == escape && quote != Some('\'') {
            chars.next();
        } else if quote == Some(c) {
            quote = None;
        } else if quote.is_none() && matches!(c, '"' | '\'') {
            quote = Some(c);
        }
    }
    found.extend(start.map(|start| (start, text.len())));
    found
}

fn flag(options: &[Flag<'_>], name: &str) -> Option<String> {
    options.iter().find(|option| option.name.value == name).and_then(|option| option.value.as_ref()).map(|value| value.value.to_string())
}

fn mount(text: &str) -> Mount {
    let mut kind = "bind".to_owned();
    let mut options = Vec::new();
    for setting in text.split(',') {
        let (key, value) = setting.split_once('=').unwrap_or((setting, ""));
        match key {
            "type" => kind = value.to_owned(),
            _ => options.push((key.to_owned(), value.to_owned())),
        }
    }
    Mount { kind, options }
}

/// The parser's reason without its line and column, which count from the stand-in.
fn reason(error: &parse_dockerfile::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}
