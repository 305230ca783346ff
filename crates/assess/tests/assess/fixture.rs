//! A system in which every control is met, and ways to spoil it.

use std::collections::BTreeMap;

use plimsoll_assess::{Date, Input, Judged, Policy, assemble};
use plimsoll_base::{
    Assessment, CATALOGUE, Evidence, FileId, Gap, Grade, Judgement, ListedProblem, Location, Place, Question, Severity, Span, SubjectId,
    SubjectOfAssessment, SystemView, Tier, Verdict,
};

/// What to assess.
#[derive(Clone)]
pub struct Case {
    pub judged: BTreeMap<&'static str, Result<Judgement, String>>,
    pub policy: String,
    pub tier: Option<Tier>,
    pub today: &'static str,
    pub floor: Tier,
    pub assessable: bool,
    /// Whether the controls answer in the opposite order.
    pub reversed: bool,
}

impl Case {
    pub fn all_met() -> Self {
        let judged = CATALOGUE.iter().map(|a| (a.id, Ok(met()))).collect();
        Self { judged, policy: String::new(), tier: None, today: "2026-11-20", floor: Tier::Prototype, assessable: true, reversed: false }
    }
    pub fn with(mut self, id: &str, judgement: Judgement) -> Self {
        self.judged.insert(known(id), Ok(judgement));
        self
    }
    pub fn without(mut self, id: &str) -> Self {
        self.judged.remove(known(id));
        self
    }
    pub fn failing(mut self, id: &str, text: &str) -> Self {
        self.judged.insert(known(id), Err(text.into()));
        self
    }
    pub fn every(mut self, pick: impl Fn(&plimsoll_base::About) -> bool, judgement: fn() -> Judgement) -> Self {
        for about in CATALOGUE.iter().filter(|a| pick(a)) {
            self = self.with(about.id, judgement());
        }
        self
    }
    pub fn policy(mut self, text: impl Into<String>) -> Self {
        self.policy = text.into();
        self
    }
    pub fn tier(mut self, tier: Tier) -> Self {
        self.tier = Some(tier);
        self
    }
    pub fn today(mut self, today: &'static str) -> Self {
        self.today = today;
        self
    }
    pub fn assess(&self) -> Assessment {
        let policy = Policy::parse(&self.policy).expect("a sound policy");
        let about = |id| plimsoll_base::about(id).expect("in the catalogue");
        let mut judged: Vec<_> = self.judged.iter().map(|(id, outcome)| Judged { about: about(id), outcome: outcome.clone() }).collect();
        if self.reversed {
            judged.reverse();
        }
        assemble(Input {
            judged,
            policy: &policy,
            tier: self.tier,
            today: Date::parse(self.today).expect("a date"),
            place: &|at: &Location| Place {
                path: format!("file{}.yml", at.file.0),
                line: at.span.map(|s| s.start),
                column: at.span.map(|_| 1),
                end_line: at.span.map(|s| s.end),
            },
            system: SystemView::default(),
            subject: SubjectOfAssessment { name: "folder".into(), system: None, revision: None, dirty: None, files: 3, bytes: 9 },
            problems: vec![ListedProblem { path: "z.yml".into(), line: Some(1), says: "cannot be read".into() }],
            floor: (self.floor, vec!["takes payments".into()]),
            assessable: self.assessable,
        })
    }
}

/// The id as the catalogue holds it.
pub fn known(id: &str) -> &'static str {
    plimsoll_base::about(id).unwrap_or_else(|| panic!("{id} is not in the catalogue")).id
}

fn at(line: u32) -> Location {
    Location::at(FileId(1), Span { start: line, end: line })
}

pub fn seen() -> Evidence {
    Evidence::seen(at(7), "it is there", Grade::Active)
}
pub fn absent() -> Evidence {
    Evidence::sought("it", vec![])
}

/// A gap that rests on absence.
pub fn gap(kind: &'static str, subject: &str) -> Gap {
    let mut gap = Gap::new(kind, format!("{subject} lacks it"), absent());
    gap.subject = SubjectId(subject.into());
    gap
}
/// A gap that was seen.
pub fn seen_gap(kind: &'static str, subject: &str) -> Gap {
    let mut gap = gap(kind, subject);
    gap.proof = Evidence::noted(at(12), "it is broken here").into();
    gap
}
pub fn critical(gap: Gap) -> Gap {
    gap.severity(Severity::Critical)
}

fn judgement(verdict: Verdict, subjects: &[(&str, &'static str)], summary: &str) -> Judgement {
    let grade = matches!(verdict, Verdict::Met(_) | Verdict::Partial { .. }).then_some(Grade::Active);
    let subjects = subjects.iter().map(|(s, w)| (SubjectId((*s).into()), *w)).collect();
    Judgement { verdict, grade, subjects, summary: summary.into() }
}
pub fn met() -> Judgement {
    judgement(Verdict::Met(seen().into()), &[("api", "met")], "it is there")
}
pub fn observed() -> Judgement {
    Judgement { grade: Some(Grade::Observed), ..met() }
}
pub fn not_applicable() -> Judgement {
    judgement(Verdict::NotApplicable(absent().into()), &[], "there is no such thing")
}
pub fn unknown() -> Judgement {
    judgement(Verdict::Unknown(vec![Question::new("the edge", "probe it")]), &[("api", "unknown")], "the edge is not described")
}
/// Unknown at several subjects.
pub fn unknown_at(subjects: &[&str]) -> Judgement {
    let words: Vec<_> = subjects.iter().map(|s| (*s, "unknown")).collect();
    judgement(Verdict::Unknown(vec![Question::new("the edge", "probe it")]), &words, "the edge is not described")
}
pub fn unmet_by(gaps: Vec<Gap>) -> Judgement {
    let subjects: Vec<(String, &'static str)> = gaps.iter().map(|g| (g.subject.0.clone(), "unmet")).collect();
    let words: Vec<_> = subjects.iter().map(|(s, w)| (s.as_str(), *w)).collect();
    judgement(Verdict::Unmet { gaps, questions: vec![] }, &words, "it is missing")
}
/// Unmet, and in doubt at one more subject.
pub fn unmet_beside_doubt(gaps: Vec<Gap>, doubtful: &str) -> Judgement {
    let mut judgement = unmet_by(gaps);
    if let Verdict::Unmet { questions, .. } = &mut judgement.verdict {
        questions.push(Question::new("the other one", "look"));
    }
    judgement.subjects.push((SubjectId(doubtful.into()), "unknown"));
    judgement
}
pub fn partial_by(gaps: Vec<Gap>) -> Judgement {
    let subjects: Vec<(String, &'static str)> = gaps.iter().map(|g| (g.subject.0.clone(), "partial")).collect();
    let words: Vec<_> = subjects.iter().map(|(s, w)| (s.as_str(), *w)).collect();
    judgement(Verdict::Partial { holds: seen().into(), gaps, questions: vec![] }, &words, "half of it is there")
}
pub fn unmet() -> Judgement {
    unmet_by(vec![gap("missing", "api")])
}
pub fn partial() -> Judgement {
    partial_by(vec![gap("dormant", "api")])
}

/// A `[[waive]]` or `[[attest]]`, with further lines.
pub fn exception(kind: &str, control: &str, rest: &str) -> String {
    let expires = if rest.contains("expires") { "" } else { "expires = 2027-06-30\n" };
    format!("[[{kind}]]\ncontrol = \"{control}\"\nowner = \"ops\"\nreason = \"we bear it\"\n{expires}{rest}\n")
}

/// What a control answered.
pub fn answer<'a>(assessment: &'a Assessment, id: &str) -> &'a plimsoll_base::Answer {
    assessment.controls.iter().find(|c| c.id == id).unwrap_or_else(|| panic!("{id} is not answered"))
}
/// The ids of the blockers.
pub fn blockers(assessment: &Assessment) -> Vec<&str> {
    assessment.blockers.iter().map(|b| b.control.as_str()).collect()
}
/// The controls of the conditions; `policy` for a condition without one.
pub fn conditions(assessment: &Assessment) -> Vec<&str> {
    assessment.conditions.iter().map(|c| c.control.as_deref().unwrap_or("policy")).collect()
}
/// The rules of the caps with their grades.
pub fn caps(assessment: &Assessment) -> Vec<(&str, &str)> {
    assessment.score.caps.iter().map(|c| (c.rule.as_str(), c.grade.as_str())).collect()
}
/// What is listed about the policy.
pub fn policy_notes(assessment: &Assessment) -> Vec<&str> {
    assessment.problems.iter().filter(|p| p.path == "plimsoll.toml").map(|p| p.says.as_str()).collect()
}
