//! Who answers for what is missing. An acceptance never makes a control met; it moves it from "stops the launch" to "someone bears it".
//!
//! A waiver covers gaps and doubts alike. An attestation covers doubts, and gaps that rest on absence alone: what was seen, no one can attest away.
//! That holds per gap and not per control, since otherwise the loss of a supporting place (partial becomes unmet) could make an attestation apply.

use plimsoll_base::{Accepted, Evidence, Gap, Judgement, Location, Verdict};

use crate::{Cover, Date, Exception, Kind};

/// An exception that lapses within so many days is announced.
const NOTICE: i64 = 14;

/// What the exceptions of one control cover.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coverage<'p> {
    /// For each gap of the verdict, whether someone answers for it.
    pub gaps: Vec<bool>,
    /// Whether nothing is left that nobody answers for. Never true of a control that is met or not applicable.
    pub complete: bool,
    /// The exceptions that cover something.
    pub by: Vec<&'p Exception>,
    /// The exceptions that have lapsed.
    pub lapsed: Vec<&'p Exception>,
    /// What the reader of the policy must know, each with the exception it concerns.
    pub notes: Vec<(&'p Exception, Note)>,
}

/// Something to tell about an exception.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Note {
    /// It no longer holds.
    Lapsed,
    /// It ends in so many days.
    Lapses(i64),
    /// It covers nothing; the reason.
    Unused(&'static str),
    /// It would override what was seen there.
    Contradicted(Location, String),
}

impl<'p> Coverage<'p> {
    /// Applies the exceptions of one control, in the order of the file.
    pub fn of(judgement: &Judgement, exceptions: impl Iterator<Item = &'p Exception>, today: Date) -> Self {
        let gaps = judgement.verdict.gaps();
        let mut coverage = Self { gaps: vec![false; gaps.len()], ..Self::default() };
        let mut doubts: Vec<(&str, bool)> = Vec::new();
        for (subject, word) in &judgement.subjects {
            if *word == "unknown" && !doubts.iter().any(|(name, _)| *name == subject.0) {
                doubts.push((&subject.0, false));
            }
        }
        let mut whole = false;
        for exception in exceptions {
            if !exception.holds_on(today) {
                coverage.lapsed.push(exception);
                coverage.notes.push((exception, Note::Lapsed));
                continue;
            }
            match reach(judgement, &doubts, exception) {
                Err(note) => coverage.notes.push((exception, note)),
                Ok(reach) => {
                    reach.gaps.iter().for_each(|i| coverage.gaps[*i] = true);
                    reach.doubts.iter().for_each(|i| doubts[*i].1 = true);
                    whole |= exception.cover == Cover::Control;
                    coverage.by.push(exception);
                    let days = today.days_until(exception.expires);
                    if days <= NOTICE {
                        coverage.notes.push((exception, Note::Lapses(days)));
                    }
                }
            }
        }
        let doubted = match &judgement.verdict {
            _ if whole => false,
            _ if !doubts.is_empty() => doubts.iter().any(|(_, covered)| !covered),
            Verdict::Unknown(_) => true,
            // Questions without a doubtful subject belong to the subjects of the gaps, where subjects are named at all.
            verdict => judgement.subjects.is_empty() && !verdict.questions().is_empty(),
        };
        coverage.complete = !coverage.by.is_empty() && !doubted && coverage.gaps.iter().all(|covered| *covered);
        coverage
    }

    /// The acceptance for the reader: all owners, the earliest end, all reasons.
    pub fn accepted(&self) -> Option<Accepted> {
        let until = self.by.iter().map(|e| e.expires).min()?;
        let each = |text: fn(&Exception) -> &str| {
            let mut parts: Vec<&str> = Vec::new();
            for part in self.by.iter().map(|e| text(e)) {
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
            parts
        };
        let mut why = each(|e| &e.reason).join("; ");
        let links: Vec<&str> = self.by.iter().filter_map(|e| e.evidence.as_deref()).collect();
        if !links.is_empty() {
            why = format!("{why} ({})", links.join(", "));
        }
        Some(Accepted { by: each(|e| &e.owner).join(", "), until: until.to_string(), why })
    }

    /// `waived`, `attested`, or both.
    pub fn word(&self) -> &'static str {
        let waived = self.by.iter().any(|e| e.kind == Kind::Waive);
        let attested = self.by.iter().any(|e| e.kind == Kind::Attest);
        match (waived, attested) {
            (true, true) => "waived and attested",
            (false, true) => "attested",
            _ => "waived",
        }
    }
}

/// Which gaps and doubts an exception covers, by their index.
struct Reach {
    gaps: Vec<usize>,
    doubts: Vec<usize>,
}

fn reach(judgement: &Judgement, doubts: &[(&str, bool)], exception: &Exception) -> Result<Reach, Note> {
    let verdict = &judgement.verdict;
    match verdict {
        Verdict::Met(_) => return Err(Note::Unused("the control is met")),
        Verdict::NotApplicable(_) => return Err(Note::Unused("the control is not applicable")),
        _ => {}
    }
    let named = |gap: &Gap| match &exception.cover {
        Cover::Control => true,
        Cover::Gap(key) => gap.key() == *key,
        Cover::Subject(name) => gap.subject.0 == *name,
    };
    let doubted = |subject: &str| match &exception.cover {
        Cover::Control => true,
        Cover::Gap(_) => false,
        Cover::Subject(name) => subject == name,
    };
    let reach = Reach {
        gaps: verdict.gaps().iter().enumerate().filter(|(_, g)| named(g)).map(|(i, _)| i).collect(),
        doubts: doubts.iter().enumerate().filter(|(_, (s, _))| doubted(s)).map(|(i, _)| i).collect(),
    };
    if exception.kind == Kind::Attest {
        let seen = reach.gaps.iter().flat_map(|i| verdict.gaps()[*i].proof.iter()).find_map(|e| match e {
            Evidence::Seen { at, says, .. } => Some((*at, says.clone())),
            Evidence::Sought { .. } => None,
        });
        if let Some((at, says)) = seen {
            return Err(Note::Contradicted(at, says));
        }
    }
    if reach.gaps.is_empty() && reach.doubts.is_empty() && exception.cover != Cover::Control {
        return Err(Note::Unused(match exception.cover {
            Cover::Gap(_) => "the control has no gap of that key",
            _ => "the control has neither gap nor doubt at that subject",
        }));
    }
    Ok(reach)
}
