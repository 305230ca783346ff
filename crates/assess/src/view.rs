//! From what a control answered, with byte spans, to what a reader sees, with lines and columns.

use plimsoll_base::{
    Answer, Effort, Evidence, EvidenceView, GapView, Location, Place, QuestionView, Scope, ScopeView, SubjectVerdict, Verdict,
};

use crate::standing::Standing;

/// Resolves a location to a path, a line and a column.
pub(crate) type Resolve<'a> = dyn Fn(&Location) -> Place + 'a;

/// One control's answer.
pub(crate) fn answer(standing: &Standing<'_>, place: &Resolve<'_>) -> Answer {
    let (about, judgement) = (standing.about, &standing.judgement);
    let verdict = &judgement.verdict;
    Answer {
        id: about.id.into(),
        title: about.title.into(),
        severity: about.severity,
        blocking: standing.blocking,
        counted: standing.counted(),
        // In part accepted is not accepted: the rest is still open, and the conditions say who answers for which part.
        accepted: standing.coverage.accepted().filter(|_| standing.coverage.complete),
        verdict: verdict.word().into(),
        grade: judgement.grade,
        summary: judgement.summary.clone(),
        subjects: judgement.subjects.iter().map(|(id, word)| SubjectVerdict { name: id.0.clone(), verdict: (*word).into() }).collect(),
        evidence: verdict.proof().into_iter().flat_map(|p| p.iter()).map(|e| evidence(e, place)).collect(),
        gaps: verdict
            .gaps()
            .iter()
            .map(|gap| GapView {
                key: gap.key(),
                severity: standing.severity_of(gap),
                says: gap.says.clone(),
                consequence: gap.consequence.clone(),
                follows: gap.follows.map(str::to_owned),
                effort_hours: hours(gap.effort.unwrap_or(about.effort)),
                evidence: gap.proof.iter().map(|e| evidence(e, place)).collect(),
            })
            .collect(),
        questions: verdict.questions().iter().map(|q| QuestionView { missing: q.missing.clone(), settle: q.settle.clone() }).collect(),
        effort_hours: effort(standing),
    }
}

/// The control's own effort, once, however many subjects lack it; the sum of the gaps' where each of them states its own.
fn effort(standing: &Standing<'_>) -> [f64; 2] {
    let own = standing.about.effort;
    match &standing.judgement.verdict {
        Verdict::Met(_) | Verdict::NotApplicable(_) => [0.0, 0.0],
        // It may turn out to be there.
        Verdict::Unknown(_) => [0.0, own.1],
        verdict => {
            let stated: Option<Vec<Effort>> = verdict.gaps().iter().map(|g| g.effort).collect();
            match stated {
                Some(list) => list.iter().fold([0.0, 0.0], |[from, to], e| [from + e.0, to + e.1]),
                None => hours(own),
            }
        }
    }
}

fn hours(effort: Effort) -> [f64; 2] {
    [effort.0, effort.1]
}

fn evidence(evidence: &Evidence, place: &Resolve<'_>) -> EvidenceView {
    match evidence {
        Evidence::Seen { at, says, grade } => {
            let Place { path, line, column, end_line } = place(at);
            EvidenceView::Seen { path, line, column, end_line, says: says.clone(), grade: *grade }
        }
        Evidence::Sought { what, within } => EvidenceView::Sought {
            what: what.clone(),
            within: within.iter().map(|Scope { glob, files }| ScopeView { glob: glob.clone(), files: *files }).collect(),
        },
    }
}
