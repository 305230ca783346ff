//! The one law of combination: what several subjects' met, gaps and doubts add up to.

use crate::{About, Evidence, Gap, Grade, Judgement, Proof, Question, Severity, SubjectId, Verdict};

/// What is judged: a service, a datastore, a pipeline, the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The stable name.
    pub id: SubjectId,
    /// Whether the internet reaches it; a gap on such a subject of a critical control makes the control unmet.
    pub exposed: bool,
}

impl Subject {
    /// A subject that the internet does not reach, as far as is known.
    pub fn named(id: impl Into<String>) -> Self {
        Self { id: SubjectId(id.into()), exposed: false }
    }
    /// The system as a whole.
    pub fn system() -> Self {
        Self::named("system")
    }
    /// With the internet in front of it.
    pub fn exposed(mut self, exposed: bool) -> Self {
        self.exposed = exposed;
        self
    }
}

#[derive(Debug)]
struct Account {
    subject: Subject,
    met: Vec<Evidence>,
    gaps: Vec<Gap>,
    doubts: Vec<Question>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Met,
    Partial,
    Gap,
    Doubt,
}

/// Collects what a control finds per subject and combines it, once, in the same way for every control.
#[derive(Debug)]
pub struct Tally {
    about: &'static About,
    accounts: Vec<Account>,
    not_applicable: Vec<Evidence>,
    summary: Option<String>,
}

impl Tally {
    /// An empty tally for a control.
    pub fn new(about: &'static About) -> Self {
        Self { about, accounts: Vec::new(), not_applicable: Vec::new(), summary: None }
    }

    fn account(&mut self, subject: &Subject) -> &mut Account {
        let at = self.accounts.iter().position(|a| a.subject.id == subject.id).unwrap_or_else(|| {
            self.accounts.push(Account { subject: subject.clone(), met: vec![], gaps: vec![], doubts: vec![] });
            self.accounts.len() - 1
        });
        &mut self.accounts[at]
    }

    /// Evidence that the subject has the capability, or a part of it.
    pub fn met(&mut self, subject: &Subject, evidence: Evidence) {
        self.account(subject).met.push(evidence);
    }

    /// Something that keeps the subject from having it. Beside `met` evidence the subject is partial, alone it is unmet.
    pub fn gap(&mut self, subject: &Subject, mut gap: Gap) {
        gap.subject = subject.id.clone();
        let account = self.account(subject);
        // A second gap of the same kind on one subject would share its key: its proof joins the first.
        match account.gaps.iter_mut().find(|g| g.kind == gap.kind) {
            Some(first) => first.proof.rest.extend(gap.proof.iter().cloned()),
            None => account.gaps.push(gap),
        }
    }

    /// Something that could not be seen.
    pub fn doubt(&mut self, subject: &Subject, question: Question) {
        let doubts = &mut self.account(subject).doubts;
        if !doubts.contains(&question) {
            doubts.push(question);
        }
    }

    /// Why the need is absent for something; cited when no subject is left.
    pub fn not_applicable(&mut self, why: Evidence) {
        self.not_applicable.push(why);
    }

    /// Replaces the summary that the tally would write.
    pub fn summary(&mut self, says: impl Into<String>) {
        self.summary = Some(says.into());
    }

    /// Whether no subject was judged so far.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// Combines. `otherwise` proves that the need is absent when there is no subject and nothing was said before.
    pub fn finish(mut self, otherwise: impl FnOnce() -> Evidence) -> Judgement {
        self.below_proof_is_a_gap();
        if self.accounts.is_empty() {
            let proof = Proof::from_list(std::mem::take(&mut self.not_applicable)).unwrap_or_else(|| otherwise().into());
            let summary = self.summary.unwrap_or_else(|| says(&proof.first));
            return Judgement { verdict: Verdict::NotApplicable(proof), grade: None, subjects: vec![], summary };
        }
        let states: Vec<State> = self.accounts.iter().map(Account::state).collect();
        let subjects = self.accounts.iter().zip(&states).map(|(a, s)| (a.subject.id.clone(), s.word())).collect();
        let count = |s: State| states.iter().filter(|x| **x == s).count();
        let holding = count(State::Met) + count(State::Partial);
        let lacking = count(State::Partial) + count(State::Gap);
        let decisive = self.about.severity == Severity::Critical
            && self.accounts.iter().zip(&states).any(|(a, s)| *s == State::Gap && a.subject.exposed);
        let grade = self.grade();
        let total = self.accounts.len();
        let mut met = Vec::new();
        let mut gaps = Vec::new();
        let mut doubts: Vec<Question> = Vec::new();
        for account in self.accounts {
            met.extend(account.met);
            gaps.extend(account.gaps);
            for q in account.doubts {
                if !doubts.contains(&q) {
                    doubts.push(q);
                }
            }
        }
        gaps.sort_by_key(|gap| std::cmp::Reverse(gap.severity));
        let (verdict, summary) = if lacking > 0 && holding > 0 && !decisive {
            let holds = Proof::from_list(met);
            let lead = gaps.first().map(|g| g.says.clone()).unwrap_or_default();
            let summary = if total > 1 { format!("{} of {total}: {}", count(State::Met), named(&gaps)) } else { lead };
            match holds {
                Some(holds) => (Verdict::Partial { holds, gaps, questions: doubts }, summary),
                None => (Verdict::Unmet { gaps, questions: doubts }, summary),
            }
        } else if lacking > 0 {
            let summary = named(&gaps);
            (Verdict::Unmet { gaps, questions: doubts }, summary)
        } else if !doubts.is_empty() {
            let lead = doubts.first().map(|q| q.missing.clone()).unwrap_or_default();
            let summary = if holding > 0 { format!("{holding} of {total} seen; not seen: {lead}") } else { lead };
            (Verdict::Unknown(doubts), summary)
        } else {
            match Proof::from_list(met) {
                Some(proof) => {
                    let summary = if total > 1 { format!("all {total}: {}", says(&proof.first)) } else { says(&proof.first) };
                    (Verdict::Met(proof), summary)
                }
                None => (
                    Verdict::Unknown(vec![Question::new("no evidence was given", "report this as a defect of the control")]),
                    String::new(),
                ),
            }
        };
        let grade = if matches!(verdict, Verdict::Met(_) | Verdict::Partial { .. }) { grade } else { None };
        Judgement { verdict, grade, subjects, summary: self.summary.unwrap_or(summary) }
    }

    /// Evidence below the grade at which the control is proven makes a subject at most partial.
    fn below_proof_is_a_gap(&mut self) {
        let Some(needed) = self.about.proven_at else { return };
        for account in &mut self.accounts {
            let ungraded = account.met.iter().any(|e| e.grade().is_none());
            let best = account.met.iter().filter_map(Evidence::grade).max();
            let (Some(best), false, true) = (best, ungraded, account.gaps.is_empty()) else { continue };
            if best < needed {
                let proof = account.met.first().cloned();
                let text = format!("{} only: not shown to be {}", best.word(), needed.word());
                if let Some(proof) = proof {
                    let mut gap = Gap::new("dormant", text, proof);
                    gap.subject = account.subject.id.clone();
                    account.gaps.push(gap);
                }
            }
        }
    }

    /// The minimum over the subjects of their best evidence.
    fn grade(&self) -> Option<Grade> {
        self.accounts.iter().filter(|a| !a.met.is_empty()).filter_map(|a| a.met.iter().filter_map(Evidence::grade).max()).min()
    }
}

impl Account {
    fn state(&self) -> State {
        match (self.met.is_empty(), self.gaps.is_empty(), self.doubts.is_empty()) {
            (false, false, _) => State::Partial,
            (true, false, _) => State::Gap,
            (_, true, false) => State::Doubt,
            (_, true, true) => State::Met,
        }
    }
}

impl State {
    fn word(self) -> &'static str {
        match self {
            State::Met => "met",
            State::Partial => "partial",
            State::Gap => "unmet",
            State::Doubt => "unknown",
        }
    }
}

fn says(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Seen { says, .. } => says.clone(),
        Evidence::Sought { what, .. } => {
            let bare = ["a ", "an ", "the "].iter().find_map(|article| what.strip_prefix(article)).unwrap_or(what);
            format!("no {bare}")
        }
    }
}

/// "frontend: the image runs as root; db: …", at most three, each subject once.
fn named(gaps: &[Gap]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for gap in gaps.iter().take(3) {
        parts.push(if gap.subject.0 == "system" { gap.says.clone() } else { format!("{}: {}", gap.subject.0, gap.says) });
    }
    if gaps.len() > 3 {
        parts.push(format!("{} more", gaps.len() - 3));
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FileId, Location, about};

    fn seen(grade: Grade) -> Evidence {
        Evidence::seen(Location::whole(FileId(0)), "it is there", grade)
    }
    fn gap() -> Gap {
        Gap::new("missing", "it is missing", Evidence::sought("it", vec![]))
    }
    fn doubt() -> Question {
        Question::new("it", "look")
    }
    fn tally(id: &str) -> Tally {
        Tally::new(about(id).expect("in the catalogue"))
    }
    fn none() -> Evidence {
        Evidence::sought("a subject", vec![])
    }

    #[test]
    fn all_met_is_met_and_the_grade_is_the_weakest_subjects_best() {
        let mut t = tally("containers/non-root-user");
        t.met(&Subject::named("a"), seen(Grade::Active));
        t.met(&Subject::named("a"), seen(Grade::Declared));
        t.met(&Subject::named("b"), seen(Grade::Exercised));
        let j = t.finish(none);
        assert_eq!((j.verdict.word(), j.grade), ("met", Some(Grade::Active)));
    }

    #[test]
    fn gaps_beside_met_is_partial_and_names_the_bad_one() {
        let mut t = tally("containers/non-root-user");
        t.met(&Subject::named("a"), seen(Grade::Active));
        t.gap(&Subject::named("b"), gap());
        let j = t.finish(none);
        assert_eq!(j.verdict.word(), "partial");
        assert_eq!(j.summary, "1 of 2: b: it is missing");
        assert_eq!(j.verdict.gaps()[0].key(), "missing@b");
    }

    #[test]
    fn a_gap_on_an_exposed_subject_of_a_critical_control_is_unmet() {
        let mut t = tally("identity/authentication");
        t.met(&Subject::named("a"), seen(Grade::Active));
        t.gap(&Subject::named("b").exposed(true), gap());
        assert_eq!(t.finish(none).verdict.word(), "unmet");
    }

    #[test]
    fn gaps_without_met_is_unmet_and_keeps_its_questions() {
        let mut t = tally("containers/non-root-user");
        t.gap(&Subject::named("a"), gap());
        t.doubt(&Subject::named("b"), doubt());
        let j = t.finish(none);
        assert_eq!((j.verdict.word(), j.verdict.questions().len()), ("unmet", 1));
    }

    #[test]
    fn met_beside_doubt_is_unknown_and_never_met() {
        let mut t = tally("containers/non-root-user");
        t.met(&Subject::named("a"), seen(Grade::Active));
        t.doubt(&Subject::named("b"), doubt());
        assert_eq!(t.finish(none).verdict.word(), "unknown");
    }

    #[test]
    fn evidence_below_the_proving_grade_is_at_most_partial() {
        let mut t = tally("containers/non-root-user");
        t.met(&Subject::named("a"), seen(Grade::Declared));
        assert_eq!(t.finish(none).verdict.word(), "partial");
    }

    #[test]
    fn no_subject_is_not_applicable_with_proof() {
        assert_eq!(tally("containers/non-root-user").finish(none).verdict.word(), "not-applicable");
    }
}
