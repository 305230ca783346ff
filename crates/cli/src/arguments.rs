//! The command line: names are a contract, so each stands here once with its help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use plimsoll_base::Tier;

/// Tells from a repository whether a system is safe to put into production, and proves every word.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, max_term_width = 100, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    /// What to do; without a command the path is assessed.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) assess: Assess,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judges a repository and prints the verdict (the default)
    #[command(after_help = EXIT_CODES)]
    Assess(Assess),
    /// Shows the system that the repository describes: services, stores, edges, pipelines, deployments
    Map(Map),
    /// Lists the controls of the catalogue
    Controls(Controls),
    /// Explains a control: what it asks, how it is decided, how to close its gaps
    Explain(Explain),
    /// Runs systems that are known to be bad, and fails if one of them passes
    SelfTest,
    /// Prints completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Prints the manual page
    Man,
}

const EXIT_CODES: &str = "Exit codes: 0 GO or CONDITIONAL GO, 10 NO-GO, 11 UNPROVEN, 12 NOT ASSESSABLE, 2 usage, 70 internal error.";

#[derive(Debug, Args)]
pub(crate) struct Tree {
    /// The folder that holds the repository
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// How much the system must bear; overrides plimsoll.toml
    #[arg(long, value_name = "TIER", value_parser = tier)]
    pub(crate) tier: Option<Tier>,
    /// Judge exceptions as of this date instead of the system's
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub(crate) today: Option<plimsoll_assess::Date>,
    /// Work on this many threads; the result is the same with any number
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct Assess {
    #[command(flatten)]
    pub(crate) tree: Tree,
    /// What standard output holds
    #[arg(long, value_enum, default_value_t = OutputFormat::Terminal)]
    pub(crate) format: OutputFormat,
    /// Write a rendering to a file as well, its format from the extension (.json, .txt); may be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,
    /// Print every control after the first screen
    #[arg(long)]
    pub(crate) all: bool,
    /// Print how the score comes about
    #[arg(long)]
    pub(crate) arithmetic: bool,
    /// Print only this control or area; everything is judged all the same
    #[arg(long, value_name = "CONTROL")]
    pub(crate) control: Vec<String>,
    /// End with 0 whatever the verdict; usage and internal errors keep their codes
    #[arg(long)]
    pub(crate) exit_zero: bool,
    #[command(flatten)]
    pub(crate) print: Print,
}

#[derive(Debug, Args)]
pub(crate) struct Print {
    /// When to colour
    #[arg(long, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub(crate) color: Colour,
    /// Print only ASCII characters of our own
    #[arg(long)]
    pub(crate) ascii: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Map {
    #[command(flatten)]
    pub(crate) tree: Tree,
    /// What to write
    #[arg(long, value_enum, default_value_t = MapFormat::Text)]
    pub(crate) format: MapFormat,
    #[command(flatten)]
    pub(crate) print: Print,
}

#[derive(Debug, Args)]
pub(crate) struct Controls {
    /// Only this control or area
    pub(crate) only: Vec<String>,
    /// What to write
    #[arg(long, value_enum, default_value_t = OutputFormat::Terminal)]
    pub(crate) format: OutputFormat,
    #[command(flatten)]
    pub(crate) print: Print,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// `area/name`
    pub(crate) control: String,
    #[command(flatten)]
    pub(crate) print: Print,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people
    Terminal,
    /// For machines
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MapFormat {
    /// For people
    Text,
    /// A diagram that code hosts draw
    Mermaid,
    /// For machines
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

fn tier(word: &str) -> Result<Tier, String> {
    let known = Tier::ALL.iter().find(|t| t.word() == word);
    known.copied().ok_or_else(|| "one of prototype, internal, production, critical".to_owned())
}

fn date(text: &str) -> Result<plimsoll_assess::Date, String> {
    plimsoll_assess::Date::parse(text).ok_or_else(|| "a date is written YYYY-MM-DD, and must be one of the calendar".to_owned())
}
