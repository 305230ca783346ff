//! `assess` and `map`: from a path to the verdict, the printing and the exit code.

use std::io::Write as _;

use plimsoll_assess::{Date, Policy, Request, run};
use plimsoll_base::Assessment;
use plimsoll_discover::{Options, Tree};
use plimsoll_report::Format;

use crate::arguments::{Assess, Map, MapFormat, OutputFormat, Tree as TreeArguments};
use crate::failure::Failure;
use crate::{catalogue, output};

/// Parsers bound their nesting, but real depth needs more than a worker's default stack of 2 MiB.
const STACK: usize = 16 << 20;

pub(crate) fn assess(args: &Assess) -> Result<u8, Failure> {
    for asked in &args.control {
        catalogue::known(asked)?;
    }
    for path in &args.output {
        output::format_of(path)?;
    }
    let (assessment, policy) = judge(&args.tree)?;
    let mut options = output::options(&args.print);
    options.all = args.all;
    options.arithmetic = args.arithmetic;
    options.only.clone_from(&args.control);
    options.policy_hash = policy.hash;
    let format = match args.format {
        OutputFormat::Terminal => Format::Terminal,
        OutputFormat::Json => Format::Json,
    };
    for path in &args.output {
        output::write(&assessment, path, &options)?;
    }
    let mut out = output::stdout();
    // The exit code is the verdict, also for a reader who has seen enough: `assess | head` must not pass where `assess` does not.
    output::unless_closed(output::render(&assessment, format, &options, &mut out).and_then(|()| out.flush()))?;
    Ok(if args.exit_zero { 0 } else { assessment.verdict.exit_code() })
}

pub(crate) fn map(args: &Map) -> Result<u8, Failure> {
    let (assessment, _) = judge(&args.tree)?;
    let options = output::options(&args.print);
    let mut out = output::stdout();
    match args.format {
        MapFormat::Text => plimsoll_report::map::text(&assessment, &options, &mut out)?,
        MapFormat::Mermaid => plimsoll_report::map::mermaid(&assessment, &mut out)?,
        MapFormat::Json => plimsoll_report::map::json(&assessment, &mut out)?,
    }
    out.flush()?;
    Ok(0)
}

fn judge(args: &TreeArguments) -> Result<(Assessment, Policy), Failure> {
    let mut pool = rayon::ThreadPoolBuilder::new().stack_size(STACK);
    if let Some(threads) = args.threads {
        pool = pool.num_threads(threads.max(1));
    }
    let pool = pool.build().map_err(|e| std::io::Error::other(e.to_string()))?;
    pool.install(|| {
        let tree = Tree::open(&args.path, &Options::default())?;
        let policy = policy(&tree)?;
        let request = Request { policy: &policy, tier: args.tier, today: args.today.unwrap_or_else(today) };
        let assessment = run(tree, &request);
        Ok((assessment, policy))
    })
}

fn policy(tree: &Tree) -> Result<Policy, Failure> {
    let Some(file) = tree.find(Policy::FILE) else {
        // A policy that is there and cannot be read may ask for more than the default does.
        return tree.absent_though_there(Policy::FILE).map_or_else(|| Ok(Policy::default()), |why| Err(Failure::PolicyUnread(why)));
    };
    let bytes = tree.read(file.id).map_err(|e| Failure::PolicyUnread(e.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| Failure::PolicyUnread("it is not UTF-8".into()))?;
    Policy::parse(&text).map_err(Failure::Policy)
}

/// The system's date, in UTC so that every machine of a pipeline agrees.
fn today() -> Date {
    let now = time::OffsetDateTime::now_utc().date();
    let parsed = Date::parse(&format!("{:04}-{:02}-{:02}", now.year(), u8::from(now.month()), now.day()));
    parsed.expect("the calendar of the clock is the calendar of the policy")
}
