//! What a Dockerfile says, as plain data.

use plimsoll_base::Span;

use super::lines::Joined;
use crate::{ShellCommand, Strictness, shell_with};

/// A Dockerfile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dockerfile {
    /// The ARGs before the first FROM.
    pub args: Vec<Arg>,
    /// The stages in their order.
    pub stages: Vec<Stage>,
    /// The escape character, if a directive names it.
    pub escape: Option<char>,
    /// The syntax directive, such as `docker/dockerfile:1`.
    pub syntax: Option<String>,
}

/// A build argument.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    /// Its name.
    pub name: String,
    /// Its default, expanded; in a stage that of the global ARG of the same name if it has none of its own.
    pub default: Option<String>,
    /// The name with its default.
    pub span: Span,
}

/// One stage, from its FROM to the next.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The name behind AS, as written.
    pub name: Option<String>,
    /// Its place among the stages.
    pub index: usize,
    /// What it builds upon.
    pub from: From,
    /// Its instructions, FROM left out.
    pub instructions: Vec<Instruction>,
    /// From its FROM to the end of its last instruction.
    pub span: Span,
}

/// A FROM.
#[derive(Clone, Debug, PartialEq)]
pub struct From {
    /// The image as written.
    pub raw: String,
    /// The image with ARGs replaced by their defaults; none where one has no default or a template decides.
    pub image: Option<String>,
    /// The earlier stage that it names.
    pub stage: Option<usize>,
    /// The platform, expanded as far as possible.
    pub platform: Option<String>,
    /// The instruction.
    pub span: Span,
}

/// An instruction of a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Instruction {
    /// From the keyword to the end, heredoc bodies included.
    pub span: Span,
    /// What it says.
    pub kind: InstructionKind,
}

/// What an instruction says. Values are expanded with ARG and ENV where Docker does so; what cannot be resolved keeps its `$X`.
#[derive(Clone, Debug, PartialEq)]
pub enum InstructionKind {
    /// RUN.
    Run(Run),
    /// CMD.
    Cmd(Command),
    /// ENTRYPOINT.
    Entrypoint(Command),
    /// COPY and ADD.
    Copy(Copy),
    /// USER.
    User(String),
    /// WORKDIR, as written; see [`Dockerfile::effective_workdir`].
    Workdir(String),
    /// ENV.
    Env(Vec<EnvVar>),
    /// ARG.
    Arg(Vec<Arg>),
    /// EXPOSE: `8080`, `53/udp`, `8000-8010`.
    Expose(Vec<String>),
    /// VOLUME.
    Volume(Vec<String>),
    /// HEALTHCHECK.
    Healthcheck(Healthcheck),
    /// LABEL.
    Label(Vec<(String, String)>),
    /// SHELL.
    Shell(Vec<String>),
    /// STOPSIGNAL.
    StopSignal(String),
    /// ONBUILD: the instruction behind it, lines joined.
    OnBuild(String),
    /// MAINTAINER.
    Maintainer(String),
    /// What was not understood, as written.
    Unknown(String),
}

/// A variable of ENV.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvVar {
    /// Its name.
    pub name: String,
    /// Its value, expanded, quotes removed.
    pub value: String,
    /// The name with its value.
    pub span: Span,
}

/// A RUN.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The command; of a heredoc its first line.
    pub command: Command,
    /// `--mount` options.
    pub mounts: Vec<Mount>,
    /// `--network`.
    pub network: Option<String>,
    /// `--security`.
    pub security: Option<String>,
    /// Heredocs with their bodies.
    pub heredocs: Vec<Heredoc>,
}

/// A `--mount` option of RUN.
#[derive(Clone, Debug, PartialEq)]
pub struct Mount {
    /// `cache`, `secret`, `bind` (the default), `ssh` or `tmpfs`.
    pub kind: String,
    /// The other settings as written.
    pub options: Vec<(String, String)>,
}

impl Mount {
    /// The value of a setting.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.options.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// A heredoc.
#[derive(Clone, Debug, PartialEq)]
pub struct Heredoc {
    /// The word that ends it.
    pub delimiter: String,
    /// Its text as written.
    pub body: String,
    /// Where the body stands.
    pub span: Span,
    /// Variables are replaced: the delimiter is not quoted.
    pub expands: bool,
}

/// A COPY or ADD.
#[derive(Clone, Debug, PartialEq)]
pub struct Copy {
    /// It is an ADD, which also fetches addresses and unpacks archives.
    pub add: bool,
    /// The sources; of a heredoc its delimiter with `<<`.
    pub sources: Vec<String>,
    /// Where to.
    pub dest: String,
    /// `--from`, as written.
    pub from: Option<String>,
    /// The earlier stage that `--from` names.
    pub from_stage: Option<usize>,
    /// `--chown`.
    pub chown: Option<String>,
    /// `--chmod`.
    pub chmod: Option<String>,
    /// A source is a heredoc.
    pub heredoc: bool,
}

/// HEALTHCHECK.
#[derive(Clone, Debug, PartialEq)]
pub enum Healthcheck {
    /// NONE: an inherited check is switched off.
    None,
    /// A check.
    Check {
        /// What is run.
        command: Command,
        /// `--interval`, as written.
        interval: Option<String>,
        /// `--timeout`, as written.
        timeout: Option<String>,
        /// `--start-period`, as written.
        start_period: Option<String>,
        /// `--retries`, as written.
        retries: Option<String>,
    },
}

/// A command in one of its two forms.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Text for a shell, lines joined.
    Shell(Joined),
    /// A list of words for the kernel.
    Exec {
        /// The words.
        words: Vec<String>,
        /// The list.
        span: Span,
    },
}

impl Command {
    /// The command as one text; the words of the exec form with spaces between them.
    pub fn text(&self) -> String {
        match self {
            Self::Shell(joined) => joined.text.clone(),
            Self::Exec { words, .. } => words.join(" "),
        }
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Shell(joined) => joined.span(Span::new(0, joined.text.len())),
            Self::Exec { span, .. } => *span,
        }
    }

    /// The commands that it runs, with their places in the file. Of the exec form it is the list itself, and what `sh -c` would read of it.
    pub fn shell_commands(&self) -> Vec<ShellCommand> {
        match self {
            Self::Shell(joined) => {
                let mut commands = shell_with(&joined.text, Strictness::PLAIN);
                for command in &mut commands {
                    command.span = joined.span(command.span);
                }
                commands
            }
            Self::Exec { words, span } => ShellCommand::from_words(words.clone(), *span),
        }
    }
}

impl Run {
    /// The commands that it runs, with their places in the file: those of its line, or those of the heredoc that a shell reads.
    pub fn shell_commands(&self) -> Vec<ShellCommand> {
        let mut commands = self.command.shell_commands();
        let [heredoc, ..] = self.heredocs.as_slice() else { return commands };
        let words = commands.first().map_or(&[][..], |command| command.effective());
        let reads = match words {
            [] => heredoc.body.lines().next().is_none_or(|line| !line.starts_with("#!") || line.contains("sh")),
            [program, options @ ..] => {
                matches!(program.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash")) && options.iter().all(|o| o.starts_with('-'))
            }
        };
        if reads {
            let strict = words.iter().skip(1).any(|option| option.contains('e'));
            commands.retain(|command| !command.words.is_empty());
            let inner = shell_with(&heredoc.body, Strictness { errexit: strict, ..Strictness::PLAIN });
            commands.extend(inner.into_iter().map(|command| ShellCommand { span: command.span.shifted(heredoc.span.start), ..command }));
        }
        commands
    }
}
