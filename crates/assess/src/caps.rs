//! From the unrounded floor to the grade, and the rules that cap it. A cap is listed whenever its rule applies, also where the points alone give less.

use plimsoll_base::{Cap, Decision, Grade, Verdict};

use crate::score::Sum;
use crate::standing::Standing;
use crate::verdict::Ruling;

/// A grade of the system; the word `Grade` belongs to evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Letter {
    F,
    D,
    C,
    B,
    A,
    APlus,
}

impl Letter {
    fn word(self) -> &'static str {
        match self {
            Letter::F => "F",
            Letter::D => "D",
            Letter::C => "C",
            Letter::B => "B",
            Letter::A => "A",
            Letter::APlus => "A+",
        }
    }
}

/// The kinds of gaps that no points make good: the control, the kind on its page, the rule.
const FATAL: [(&str, &str, &str); 3] = [
    ("secrets/no-hardcoded-secrets", "live-secret", "rule/live-secret"),
    ("secrets/no-default-credentials", "published-default", "rule/default-credential-published"),
    ("identity/no-auth-bypass", "auth-off", "rule/auth-off"),
];

/// Under this coverage, in percent, no grade is given.
const NO_GRADE: f64 = 50.0;
/// Under this coverage, in percent, the grade is at most B.
const THIN: f64 = 70.0;

/// The grade and every cap that applies, the lowest first.
///
/// Where less than half is decided the grade is `?`, which is no grade and ranks with F; only a cap at F is certain enough to be printed all the same.
pub(crate) fn grade(standings: &[Standing<'_>], sum: &Sum, ruling: &Ruling) -> (String, Vec<Cap>) {
    let mut caps: Vec<(Letter, &str, Option<String>)> = Vec::new();
    for (control, kind, rule) in FATAL {
        // Also where the control does not count, and where someone answers for it: a live secret is live.
        let standing = standings.iter().find(|s| s.about.id == control);
        if standing.is_some_and(|s| s.judgement.verdict.gaps().iter().any(|gap| gap.kind == kind)) {
            caps.push((Letter::F, rule, Some(control.to_owned())));
        }
    }
    let fatal = !caps.is_empty();
    let blocker = ruling.blockers.first().map(|b| b.control.clone()).filter(|id| !id.starts_with("rule/"));
    match ruling.decision {
        Decision::NoGo => caps.push((Letter::D, "rule/no-go", blocker)),
        Decision::Unproven => caps.push((Letter::C, "rule/unproven", blocker)),
        Decision::ConditionalGo => caps.push((Letter::B, "rule/conditional", ruling.conditions.iter().find_map(|c| c.control.clone()))),
        Decision::Go | Decision::NotAssessable => {}
    }
    if let Some(accepted) = standings.iter().find(|s| s.counted() && !s.coverage.by.is_empty()) {
        caps.push((Letter::B, "rule/accepted", Some(accepted.about.id.into())));
    }
    let graded = sum.coverage_reaches(NO_GRADE);
    if graded && !sum.coverage_reaches(THIN) {
        caps.push((Letter::B, "rule/coverage-70", None));
    }
    let ceiling = caps.iter().map(|(letter, ..)| *letter).min().unwrap_or(Letter::APlus);
    let points = points(sum);
    if graded && points == Letter::A && ceiling >= Letter::A {
        match short_of_a_plus(standings, ruling) {
            None => return (Letter::APlus.word().into(), vec![]),
            Some(control) => caps.push((Letter::A, "rule/a-plus", control)),
        }
    }
    let mut listed: Vec<Cap> = Vec::new();
    if !graded {
        listed.push(Cap { rule: "rule/coverage-50".into(), grade: "?".into(), control: None });
    }
    listed.extend(caps.into_iter().map(|(letter, rule, control)| Cap { rule: rule.into(), grade: letter.word().into(), control }));
    listed.sort_by_key(|cap| match cap.grade.as_str() {
        "F" => 0,
        "?" => 1,
        "D" => 2,
        "C" => 3,
        "B" => 4,
        _ => 5,
    });
    let word = match (fatal, graded) {
        (true, _) => "F",
        (_, false) => "?",
        _ => points.min(ceiling).word(),
    };
    (word.into(), listed)
}

/// What the points alone give; A+ is never a matter of points.
fn points(sum: &Sum) -> Letter {
    [(85.0, Letter::A), (70.0, Letter::B), (55.0, Letter::C), (40.0, Letter::D)]
        .into_iter()
        .find(|(percent, _)| sum.floor_reaches(*percent))
        .map_or(Letter::F, |(_, letter)| letter)
}

/// None when the system earns A+: GO, every blocker observed, nothing accepted (an acceptance is a condition, hence never GO). Otherwise the
/// first blocker that was not observed, if one is to blame. Where grades have no meaning (an open port, a secret) a blocker that is met is enough,
/// but not all blockers may be of that sort.
fn short_of_a_plus(standings: &[Standing<'_>], ruling: &Ruling) -> Option<Option<String>> {
    if ruling.decision != Decision::Go {
        return Some(None);
    }
    let blockers: Vec<_> = standings.iter().filter(|s| s.applicable() && s.blocking).collect();
    let observed = |s: &&Standing<'_>| s.judgement.grade == Some(Grade::Observed);
    let enough = |s: &&Standing<'_>| matches!(s.judgement.verdict, Verdict::Met(_)) && (s.about.proven_at.is_none() || observed(s));
    match blockers.iter().copied().find(|s| !enough(s)) {
        Some(short) => Some(Some(short.about.id.into())),
        None if blockers.iter().copied().any(|s| observed(&s)) => None,
        None => Some(None),
    }
}
