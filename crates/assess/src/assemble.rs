//! Puts the assessment together. Every control of the catalogue is in it, whether or not this version can judge it.

use plimsoll_base::{
    About, Assessment, CATALOGUE, Judgement, ListedProblem, Question, RULESET, Score, SubjectOfAssessment, SystemView, Tier, TierChoice,
    Tool, Verdict,
};

use crate::accept::{Coverage, Note};
use crate::standing::Standing;
use crate::view::{self, Resolve};
use crate::{Cover, Date, Exception, Policy, caps, score, verdict};

/// What a control answered, or why it could not.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The control.
    pub about: &'static About,
    /// Its judgement, or the text of its panic or error.
    pub outcome: Result<Judgement, String>,
}

/// Everything that an assessment is made of.
pub struct Input<'a> {
    /// What the controls answered, in any order.
    pub judged: Vec<Judged>,
    /// What the owners decided.
    pub policy: &'a Policy,
    /// The tier of the command line, which goes before the policy's.
    pub tier: Option<Tier>,
    /// The day against which exceptions are judged.
    pub today: Date,
    /// Resolves byte spans to lines and columns.
    pub place: &'a Resolve<'a>,
    /// The model as data, passed on.
    pub system: SystemView,
    /// What is assessed; the policy's name replaces the one given here.
    pub subject: SubjectOfAssessment,
    /// What could not be read.
    pub problems: Vec<ListedProblem>,
    /// The least tier that what was found suggests, and why.
    pub floor: (Tier, Vec<String>),
    /// Whether there is a service of its own or a deployment.
    pub assessable: bool,
}

/// Scores, caps, decides and lists. Pure: the same input gives the same assessment.
pub fn assemble(input: Input<'_>) -> Assessment {
    let Input { mut judged, policy, tier, today, place, system, mut subject, mut problems, floor, assessable } = input;
    let tier = choose(tier, policy, floor);
    let mut not_judged = Vec::new();
    let mut standings = Vec::with_capacity(CATALOGUE.len());
    for about in CATALOGUE {
        let judgement = match judged.iter().position(|j| j.about.id == about.id) {
            Some(at) => sound(about, judged.swap_remove(at).outcome, &mut problems),
            None => {
                not_judged.push(about.id.to_owned());
                unknown("this version cannot judge it", "judge it by hand and attest it in plimsoll.toml")
            }
        };
        let exceptions = policy.exceptions.iter().filter(|e| e.control == about.id);
        let coverage = Coverage::of(&judgement, exceptions, today);
        problems.extend(coverage.notes.iter().map(|(exception, note)| listed(exception, note, place)));
        let left_out = left_out(about, tier.name, assessable);
        let blocking = left_out.is_none() && about.blocks_at(tier.name);
        standings.push(Standing { about, judgement, left_out, blocking, coverage });
    }
    problems.sort();
    problems.dedup();

    let ruling = verdict::decide(&standings, assessable, &tier, policy.tier_reason.as_deref());
    let sum = score::Sum::of(&standings);
    let (grade, caps) = caps::grade(&standings, &sum, &ruling);
    if let Some(name) = &policy.name {
        subject.name.clone_from(name);
    }
    Assessment {
        schema_version: 1,
        tool: Tool { name: "plimsoll".into(), version: env!("CARGO_PKG_VERSION").into(), ruleset: RULESET.into() },
        subject,
        tier,
        verdict: ruling.decision,
        blockers: ruling.blockers,
        conditions: ruling.conditions,
        score: Score { floor: sum.floor_points(), ceiling: sum.ceiling_points(), coverage: sum.coverage(), grade, caps },
        areas: score::areas(&standings),
        controls: standings.iter().map(|s| view::answer(s, place)).collect(),
        not_judged,
        system,
        problems,
        arithmetic: score::arithmetic(&standings),
    }
}

fn choose(flag: Option<Tier>, policy: &Policy, (inferred_floor, reasons): (Tier, Vec<String>)) -> TierChoice {
    let (name, source) = match (flag, policy.tier) {
        (Some(tier), _) => (tier, "flag"),
        (None, Some(tier)) => (tier, "config"),
        (None, None) => (Tier::Production, "default"),
    };
    TierChoice { name, source, inferred_floor, reasons }
}

/// The judgement, or unknown where the control failed or said nothing that a verdict may rest on.
fn sound(about: &About, outcome: Result<Judgement, String>, problems: &mut Vec<ListedProblem>) -> Judgement {
    let failure = match outcome {
        Ok(judgement) => match flaw(&judgement.verdict) {
            None => return judgement,
            Some(flaw) => flaw.to_owned(),
        },
        Err(text) => text,
    };
    problems.push(ListedProblem { path: ".".into(), line: None, says: format!("{} failed and counts as unknown: {failure}", about.id) });
    unknown(
        "the control failed while it judged",
        "report this as a defect of the program; until it is mended, judge it by hand and attest it in plimsoll.toml",
    )
}

fn flaw(verdict: &Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Partial { gaps, .. } | Verdict::Unmet { gaps, .. } if gaps.is_empty() => Some("a verdict without a gap"),
        Verdict::Unknown(questions) if questions.is_empty() => Some("an unknown without a question"),
        _ => None,
    }
}

fn unknown(missing: &str, settle: &str) -> Judgement {
    Judgement { verdict: Verdict::Unknown(vec![Question::new(missing, settle)]), grade: None, subjects: vec![], summary: missing.into() }
}

/// Why a control stays out of the sum.
fn left_out(about: &About, tier: Tier, assessable: bool) -> Option<String> {
    const OF_A_LIBRARY: [&str; 4] = ["supply-chain", "testing", "quality", "governance"];
    if !assessable && !OF_A_LIBRARY.contains(&about.area()) && about.id != "delivery/versioning-and-changelog" {
        return Some("nothing here runs as a service".into());
    }
    (!about.counts_at(tier)).then(|| format!("expected from tier {} on", about.expected_from.word()))
}

fn listed(exception: &Exception, note: &Note, place: &Resolve<'_>) -> ListedProblem {
    let scope = match &exception.cover {
        Cover::Control => String::new(),
        Cover::Gap(key) => format!(" ({key})"),
        Cover::Subject(name) => format!(" (at {name})"),
    };
    let what = format!("the {} of {}{scope} by {}", exception.noun(), exception.control, exception.owner);
    let says = match note {
        Note::Lapsed => format!("{what} lapsed after {} and no longer applies", exception.expires),
        Note::Lapses(0) => format!("{what} lapses after today"),
        Note::Lapses(1) => format!("{what} lapses after {}, tomorrow", exception.expires),
        Note::Lapses(days) => format!("{what} lapses after {}, in {days} days", exception.expires),
        Note::Unused(why) => format!("{what} is not used: {why}"),
        Note::Contradicted(at, says) => {
            let seen = place(at);
            let line = seen.line.map(|line| format!(":{line}")).unwrap_or_default();
            format!("{what} is not applied, it contradicts what was seen at {}{line}: {says}", seen.path)
        }
    };
    ListedProblem { path: Policy::FILE.into(), line: Some(exception.line), says }
}
