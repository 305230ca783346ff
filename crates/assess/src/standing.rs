//! One control as it stands in this assessment: its judgement, whether it counts and blocks, and who answers for it.

use plimsoll_base::{About, Gap, Judgement, Severity, Verdict};

use crate::accept::Coverage;

/// A control with everything that score and verdict ask of it.
#[derive(Clone, Debug)]
pub(crate) struct Standing<'p> {
    pub about: &'static About,
    pub judgement: Judgement,
    /// Why it stays out of the sum; none when it counts. Not-applicable is not among the reasons: such a control counts and leaves.
    pub left_out: Option<String>,
    /// Whether it must be met for GO.
    pub blocking: bool,
    pub coverage: Coverage<'p>,
}

/// What a control amounts to once acceptances are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Met,
    NotApplicable,
    Accepted,
    Partial,
    Unmet,
    Unknown,
}

impl Standing<'_> {
    pub fn counted(&self) -> bool {
        self.left_out.is_none()
    }

    /// Whether its weight is part of the sum.
    pub fn applicable(&self) -> bool {
        self.counted() && !matches!(self.judgement.verdict, Verdict::NotApplicable(_))
    }

    /// At least high.
    pub fn high(&self) -> bool {
        self.about.severity >= Severity::High
    }

    pub fn state(&self) -> State {
        let answered = !self.coverage.gaps.is_empty() && self.coverage.gaps.iter().all(|covered| *covered);
        match &self.judgement.verdict {
            Verdict::Met(_) => State::Met,
            Verdict::NotApplicable(_) => State::NotApplicable,
            _ if self.coverage.complete => State::Accepted,
            Verdict::Partial { .. } => State::Partial,
            // Someone answers for every gap, and for none of the doubts beside them.
            Verdict::Unmet { .. } if answered => State::Unknown,
            Verdict::Unmet { .. } => State::Unmet,
            Verdict::Unknown(_) => State::Unknown,
        }
    }

    /// The gaps that nobody answers for.
    pub fn open_gaps(&self) -> impl Iterator<Item = &Gap> {
        let covered = self.coverage.gaps.iter().copied().chain(std::iter::repeat(false));
        self.judgement.verdict.gaps().iter().zip(covered).filter(|(_, covered)| !covered).map(|(gap, _)| gap)
    }

    /// The control's own for an unmet control, one level lower for a partial one, and never less than its page declares for the kind.
    pub fn severity_of(&self, gap: &Gap) -> Severity {
        let rule = match self.judgement.verdict {
            Verdict::Partial { .. } => self.about.severity.lowered(),
            _ => self.about.severity,
        };
        gap.severity.map_or(rule, |declared| declared.max(rule))
    }

    /// The gaps that stop a launch if the control blocks: all that are open when it is unmet, the critical ones when it is partial.
    pub fn stopping_gaps(&self) -> Vec<&Gap> {
        let state = self.state();
        self.open_gaps()
            .filter(|gap| match state {
                State::Unmet => true,
                State::Partial => self.severity_of(gap) == Severity::Critical,
                _ => false,
            })
            .collect()
    }

    /// Whether it makes the verdict NO-GO.
    pub fn stops(&self) -> bool {
        self.counted() && self.blocking && !self.stopping_gaps().is_empty()
    }

    /// Whether it keeps the verdict at UNPROVEN.
    pub fn unproven(&self) -> bool {
        self.counted() && self.blocking && self.state() == State::Unknown
    }

    /// What stands in the way, in one sentence, with who used to answer for it.
    pub fn sentence(&self) -> String {
        let summary = self.judgement.summary.trim();
        let first = self.open_gaps().next().map(|g| g.says.as_str());
        let question = self.judgement.verdict.questions().first().map(|q| q.missing.as_str());
        let lead = [Some(summary), first, question].into_iter().flatten().find(|s| !s.is_empty()).unwrap_or(self.about.title);
        match self.coverage.lapsed.first() {
            Some(e) => format!("{lead} (the {} of {} lapsed after {})", e.noun(), e.owner, e.expires),
            None => lead.to_owned(),
        }
    }
}
