//! What an assessment amounts to for a reader: which blockers stand, which are doubts, what follows from what, what would come next.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_base::{Answer, Assessment, GapView, OPEN_ALLOWED, Severity};

/// The words with which the assessment begins the reason of a blocker that is a doubt.
const NOT_SHOWN: &str = "not shown: ";

/// A blocker that is known not to be met.
#[derive(Clone, Debug)]
pub(crate) struct Stop<'a> {
    pub control: &'a str,
    pub why: &'a str,
    /// The gaps that stop; none for a rule.
    pub gaps: Vec<&'a GapView>,
    pub effort: [f64; 2],
    /// Blockers that are there because of this one.
    pub causes: Vec<&'a str>,
    /// What a rule counts: the grave controls that are unmet and do not block by themselves.
    pub counts: Vec<&'a str>,
}

/// A blocker that could not be judged from what was read.
#[derive(Clone, Debug)]
pub(crate) struct Doubt<'a> {
    pub control: &'a str,
    pub missing: &'a str,
    pub settle: &'a str,
}

/// The assessment, sorted for a reader.
pub(crate) struct Digest<'a> {
    answers: BTreeMap<&'a str, &'a Answer>,
    unjudged: BTreeSet<&'a str>,
    /// The worst first, without those that are folded under their cause.
    pub stops: Vec<Stop<'a>>,
    /// How many blockers are known not to be met, with those that are folded.
    pub stop_count: usize,
    pub doubts: Vec<Doubt<'a>>,
    /// Blockers that this version cannot judge.
    pub beyond: Vec<&'a str>,
    /// Blockers whose mending leaves something that was not seen.
    pub half_seen: Vec<&'a str>,
    /// Blockers whose mending leaves lesser gaps.
    pub half_mended: usize,
}

impl<'a> Digest<'a> {
    pub fn of(assessment: &'a Assessment) -> Self {
        let mut digest = Digest {
            answers: assessment.controls.iter().map(|a| (a.id.as_str(), a)).collect(),
            unjudged: assessment.not_judged.iter().map(String::as_str).collect(),
            stops: Vec::new(),
            stop_count: 0,
            doubts: Vec::new(),
            beyond: Vec::new(),
            half_seen: Vec::new(),
            half_mended: 0,
        };
        for blocker in &assessment.blockers {
            let id = blocker.control.as_str();
            let answer = digest.answers.get(id).copied();
            if digest.unjudged.contains(id) {
                digest.beyond.push(id);
            } else if blocker.why.starts_with(NOT_SHOWN) || answer.is_some_and(|a| a.verdict == "unknown") {
                let said = blocker.why.strip_prefix(NOT_SHOWN).unwrap_or(&blocker.why);
                let question = answer.and_then(|a| a.questions.first());
                digest.doubts.push(Doubt {
                    control: id,
                    missing: question.map_or(said, |q| &q.missing),
                    settle: question.map_or("", |q| &q.settle),
                });
            } else {
                digest.stop(id, &blocker.why, blocker.gap.as_deref(), answer);
            }
        }
        digest.stop_count = digest.stops.len();
        digest.count(assessment);
        digest.fold();
        digest
    }

    fn stop(&mut self, control: &'a str, why: &'a str, key: Option<&str>, answer: Option<&'a Answer>) {
        let all: &[GapView] = answer.map_or(&[], |a| &a.gaps);
        let gaps: Vec<&GapView> = match key {
            Some(key) => all.iter().filter(|g| g.key == key).collect(),
            None => all.iter().collect(),
        };
        let partial = answer.is_some_and(|a| a.verdict == "partial");
        let effort = match (gaps.as_slice(), answer) {
            ([one], Some(_)) if all.len() > 1 => one.effort_hours,
            (_, Some(answer)) => answer.effort_hours,
            _ => [0.0, 0.0],
        };
        if answer.is_some_and(|a| !a.questions.is_empty()) {
            self.half_seen.push(control);
        }
        if partial && gaps.len() < all.len() {
            self.half_mended += 1;
        }
        self.stops.push(Stop { control, why, gaps, effort, causes: Vec::new(), counts: Vec::new() });
    }

    fn count(&mut self, assessment: &'a Assessment) {
        let blocking: BTreeSet<&str> = assessment.blockers.iter().map(|b| b.control.as_str()).collect();
        let grave = |a: &&Answer| a.counted && a.severity >= Severity::High && a.verdict == "unmet" && a.accepted.is_none();
        let counted: Vec<&str> =
            assessment.controls.iter().filter(grave).map(|a| a.id.as_str()).filter(|id| !blocking.contains(id)).collect();
        // With the blockers mended, the easiest of the others suffice to come down to what the rule bears.
        let mut efforts: Vec<[f64; 2]> = counted.iter().filter_map(|id| self.answers.get(id)).map(|a| a.effort_hours).collect();
        efforts.sort_by(|a, b| a[1].total_cmp(&b[1]));
        let enough = efforts.iter().take(counted.len().saturating_sub(OPEN_ALLOWED)).fold([0.0, 0.0], |[a, b], e| [a + e[0], b + e[1]]);
        for stop in self.stops.iter_mut().filter(|s| s.control == "rule/too-many-open") {
            stop.counts.clone_from(&counted);
            stop.effort = enough;
        }
    }

    /// Puts each blocker all of whose gaps follow from one other blocker under that blocker.
    fn fold(&mut self) {
        let follows: BTreeMap<&str, &str> = self.stops.iter().filter_map(|s| Some((s.control, single_cause(&s.gaps)?))).collect();
        let root = |from: &str| -> Option<&str> {
            let (mut at, mut seen) = (*follows.get(from)?, BTreeSet::from([from]));
            while let Some(next) = follows.get(at) {
                // In a circle nothing is the cause.
                if !seen.insert(at) {
                    return None;
                }
                at = next;
            }
            Some(at)
        };
        let heads: BTreeSet<&str> = self.stops.iter().map(|s| s.control).collect();
        let folded: Vec<(&'a str, String)> =
            self.stops.iter().filter_map(|s| root(s.control).filter(|r| heads.contains(r)).map(|r| (s.control, r.to_owned()))).collect();
        self.stops.retain(|s| !folded.iter().any(|(id, _)| *id == s.control));
        for (id, cause) in folded {
            if let Some(stop) = self.stops.iter_mut().find(|s| s.control == cause) {
                stop.causes.push(id);
            }
        }
    }

    pub fn unjudged(&self, control: &str) -> bool {
        self.unjudged.contains(control)
    }

    /// Hours to mend all that stops. What follows from a cause is mended with it.
    pub fn effort(&self) -> [f64; 2] {
        self.stops.iter().fold([0.0, 0.0], |[from, to], s| [from + s.effort[0], to + s.effort[1]])
    }

    /// Controls that a version can judge, judged unknown, and that do not block.
    pub fn other_unknowns(&self, assessment: &'a Assessment) -> usize {
        let blocking: BTreeSet<&str> = assessment.blockers.iter().map(|b| b.control.as_str()).collect();
        assessment
            .controls
            .iter()
            .filter(|a| a.counted && a.verdict == "unknown" && a.accepted.is_none())
            .filter(|a| !self.unjudged(&a.id) && !blocking.contains(a.id.as_str()))
            .count()
    }

    /// What is strong: met controls, the gravest and best proven first, one of each area before a second.
    pub fn strengths(&self, assessment: &'a Assessment) -> Vec<&'a Answer> {
        let mut met: Vec<&Answer> = assessment.controls.iter().filter(|a| a.counted && a.verdict == "met").collect();
        met.sort_by(|a, b| b.severity.cmp(&a.severity).then(b.grade.cmp(&a.grade)));
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        let mut ranked: Vec<(usize, &Answer)> = met
            .into_iter()
            .map(|answer| {
                let rank = seen.entry(area(&answer.id)).or_default();
                *rank += 1;
                (*rank, answer)
            })
            .collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        ranked.into_iter().map(|(_, answer)| answer).collect()
    }

    /// What comes once everything that stops is mended: the verdict in words and, if doubts remain, what must be shown.
    pub fn outlook(&self, assessment: &Assessment) -> String {
        let mut unseen: Vec<&str> =
            self.doubts.iter().map(|d| d.control).chain(self.half_seen.iter().copied()).chain(self.beyond.iter().copied()).collect();
        unseen.dedup();
        let count = assessment.conditions.len() + self.half_mended;
        let conditions = conditions(count);
        let (alone, then) = match count {
            0 => ("GO".to_owned(), "GO".to_owned()),
            _ => (format!("CONDITIONAL GO with {conditions}"), conditions),
        };
        match unseen.as_slice() {
            [] => alone,
            [one] => format!("UNPROVEN until {one} is shown, then {then}"),
            many => format!("UNPROVEN until {} blockers are shown, then {then}", many.len()),
        }
    }
}

/// `1 condition`, `2 conditions`.
pub(crate) fn conditions(count: usize) -> String {
    if count == 1 { "1 condition".to_owned() } else { format!("{count} conditions") }
}

fn single_cause<'a>(gaps: &[&'a GapView]) -> Option<&'a str> {
    let first = gaps.first()?.follows.as_deref()?;
    gaps.iter().all(|g| g.follows.as_deref() == Some(first)).then_some(first)
}

/// The part of an id before the slash.
pub(crate) fn area(id: &str) -> &str {
    id.split('/').next().unwrap_or(id)
}
