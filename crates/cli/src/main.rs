//! The front door: arguments, configuration, exit codes, printing. Only this room prints, writes, reads the clock or ends the process.
#![allow(clippy::disallowed_methods, reason = "this is the room that may")]

mod arguments;
mod catalogue;
mod failure;
mod output;
mod self_test;
mod verdict;

use std::io::Write as _;
use std::panic::catch_unwind;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use arguments::{Arguments, Command};
use failure::Failure;

/// The program failed; no verdict was given.
const INTERNAL: u8 = 70;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // A crash must never look like a verdict, and must never end with 0.
    std::panic::set_hook(Box::new(|_| {}));
    let code = match catch_unwind(|| dispatch(arguments)) {
        Ok(Ok(code)) => code,
        Ok(Err(Failure::Output(error))) if error.kind() == std::io::ErrorKind::BrokenPipe => 0,
        Ok(Err(failure)) => {
            say(&format!("plimsoll: {failure}"));
            failure.exit_code()
        }
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
            say(&format!("plimsoll: internal error: {}; no verdict was given. Please report this.", text.unwrap_or_default()));
            INTERNAL
        }
    };
    ExitCode::from(code)
}

/// Writes a line to standard error; a closed one is no reason to fail.
fn say(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

fn dispatch(arguments: Arguments) -> Result<u8, Failure> {
    match arguments.command.unwrap_or(Command::Assess(arguments.assess)) {
        Command::Assess(args) => verdict::assess(&args),
        Command::Map(args) => verdict::map(&args),
        Command::Controls(args) => catalogue::controls(&args),
        Command::Explain(args) => catalogue::explain(&args),
        Command::SelfTest => self_test::run(),
        Command::Completions { shell } => {
            // Made in memory first: the generator panics where it cannot write.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "plimsoll", &mut script);
            std::io::stdout().write_all(&script)?;
            Ok(0)
        }
        Command::Man => {
            clap_mangen::Man::new(Arguments::command()).render(&mut std::io::stdout())?;
            Ok(0)
        }
    }
}
