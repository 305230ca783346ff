//! `controls` and `explain`: the catalogue for people.

use std::io::Write as _;

use plimsoll_base::{About, CATALOGUE, about};
use plimsoll_report::controls::Row;

use crate::arguments::{Controls, Explain, OutputFormat};
use crate::failure::Failure;
use crate::output;

pub(crate) fn controls(args: &Controls) -> Result<u8, Failure> {
    for asked in &args.only {
        known(asked)?;
    }
    let mut options = output::options(&args.print);
    options.only.clone_from(&args.only);
    let wanted = |id: &str| args.only.is_empty() || args.only.iter().any(|o| o == id || id.split('/').next() == Some(o));
    let rows: Vec<Row<'_>> =
        CATALOGUE.iter().filter(|a| wanted(a.id)).map(|about| Row { about, judged: plimsoll_controls::find(about.id).is_some() }).collect();
    let mut out = output::stdout();
    match args.format {
        OutputFormat::Terminal => plimsoll_report::controls::list(&rows, &options, &mut out)?,
        OutputFormat::Json => plimsoll_report::controls::json(&rows, &mut out)?,
    }
    out.flush()?;
    Ok(0)
}

pub(crate) fn explain(args: &Explain) -> Result<u8, Failure> {
    let about = about(&args.control).ok_or_else(|| no_such(&args.control))?;
    let options = output::options(&args.print);
    let mut out = output::stdout();
    let unjudged;
    let page = match plimsoll_controls::find(about.id) {
        Some(control) => control.page,
        None => {
            unjudged = not_judged(about);
            &unjudged
        }
    };
    plimsoll_report::explain::render(page, about, &options, &mut out)?;
    out.flush()?;
    Ok(0)
}

fn not_judged(about: &About) -> String {
    format!(
        "# {}\n\nThis version cannot judge this control: it counts as unknown{}. Judge it by hand, and attest it:\n\n```plimsoll.toml\n[[attest]]\ncontrol = \"{}\"\nowner = \"…\"\nreason = \"…\"\nevidence = \"…\"\nexpires = …\n```\n",
        about.title,
        about.blocks_from.map(|t| format!(" and, from tier {} on, keeps the verdict at UNPROVEN at best", t.word())).unwrap_or_default(),
        about.id
    )
}

/// A control or an area of the catalogue.
pub(crate) fn known(asked: &str) -> Result<(), Failure> {
    if CATALOGUE.iter().any(|a| a.id == asked || a.area() == asked) { Ok(()) } else { Err(no_such(asked)) }
}

fn no_such(asked: &str) -> Failure {
    let close = CATALOGUE.iter().map(|a| (strsim::normalized_damerau_levenshtein(asked, a.id), a.id));
    let by_name = CATALOGUE.iter().map(|a| (strsim::normalized_damerau_levenshtein(asked, a.id.split('/').nth(1).unwrap_or(a.id)), a.id));
    let best = close.chain(by_name).max_by(|a, b| a.0.total_cmp(&b.0));
    Failure::NoSuchControl { asked: asked.to_owned(), nearest: best.filter(|(score, _)| *score > 0.5).map(|(_, id)| id.to_owned()) }
}
