//! The finished assessment: plain data, serialised as the JSON contract says. `report` needs nothing else.

use serde::Serialize;

use crate::{Grade, Severity, SystemView, Tier};

/// More expected controls of high severity unmet than this stop a launch by their number (`rule/too-many-open`).
pub const OPEN_ALLOWED: usize = 10;

/// The verdict on the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Every blocker met, nothing high open.
    Go,
    /// Every blocker met or accepted; the conditions are listed.
    ConditionalGo,
    /// A blocker could not be judged.
    Unproven,
    /// A blocker is unmet.
    NoGo,
    /// No service of its own and no deployment was found.
    NotAssessable,
}

impl Decision {
    /// As people write it.
    pub fn word(self) -> &'static str {
        match self {
            Decision::Go => "GO",
            Decision::ConditionalGo => "CONDITIONAL GO",
            Decision::Unproven => "UNPROVEN",
            Decision::NoGo => "NO-GO",
            Decision::NotAssessable => "NOT ASSESSABLE",
        }
    }
    /// The exit code of the process: 0, 10, 11 or 12.
    pub fn exit_code(self) -> u8 {
        match self {
            Decision::Go | Decision::ConditionalGo => 0,
            Decision::NoGo => 10,
            Decision::Unproven => 11,
            Decision::NotAssessable => 12,
        }
    }
}

/// Everything that was found, judged and counted.
#[derive(Clone, Debug, Serialize)]
pub struct Assessment {
    /// Version of this shape.
    pub schema_version: u32,
    /// Who assessed.
    pub tool: Tool,
    /// What was assessed.
    pub subject: SubjectOfAssessment,
    /// How much it must bear.
    pub tier: TierChoice,
    /// The verdict.
    pub verdict: Decision,
    /// What stops the launch, the worst first.
    pub blockers: Vec<Blocker>,
    /// What the launch is conditional on.
    pub conditions: Vec<Condition>,
    /// The score as an interval.
    pub score: Score,
    /// The score by area.
    pub areas: Vec<AreaScore>,
    /// Every control of the catalogue, in its order.
    pub controls: Vec<Answer>,
    /// Controls that this version cannot judge.
    pub not_judged: Vec<String>,
    /// The model of the system.
    pub system: SystemView,
    /// What could not be read.
    pub problems: Vec<ListedProblem>,
    /// The terms of the score, for `--arithmetic`; not part of the JSON contract.
    #[serde(skip)]
    pub arithmetic: Arithmetic,
}

/// The tool's identity.
#[derive(Clone, Debug, Serialize)]
pub struct Tool {
    /// `plimsoll`.
    pub name: String,
    /// The program's version.
    pub version: String,
    /// The date of the rules.
    pub ruleset: String,
}

/// What was assessed.
#[derive(Clone, Debug, Serialize)]
pub struct SubjectOfAssessment {
    /// The directory's name, or the configured one.
    pub name: String,
    /// The system's name, where several are configured.
    pub system: Option<String>,
    /// The commit, where the repository tracks the path.
    pub revision: Option<String>,
    /// Whether the work tree differs from it.
    pub dirty: Option<bool>,
    /// Files in the tree.
    pub files: u32,
    /// Their bytes.
    pub bytes: u64,
}

/// The tier and where it comes from.
#[derive(Clone, Debug, Serialize)]
pub struct TierChoice {
    /// The tier.
    pub name: Tier,
    /// `default`, `flag` or `config`.
    pub source: &'static str,
    /// The least that what was found suggests.
    pub inferred_floor: Tier,
    /// Why.
    pub reasons: Vec<String>,
}

/// A blocker that is not met.
#[derive(Clone, Debug, Serialize)]
pub struct Blocker {
    /// The control, or a rule's id such as `rule/too-many-open`.
    pub control: String,
    /// The gap, if one gap alone blocks.
    pub gap: Option<String>,
    /// One sentence.
    pub why: String,
}

/// A condition of a launch.
#[derive(Clone, Debug, Serialize)]
pub struct Condition {
    /// The control; none for a condition about the policy.
    pub control: Option<String>,
    /// One sentence.
    pub why: String,
}

/// The score as an interval.
#[derive(Clone, Debug, Serialize)]
pub struct Score {
    /// Unknown counted as missing; rounded down.
    pub floor: u32,
    /// Unknown counted as there; rounded up.
    pub ceiling: u32,
    /// Decided weight over applicable weight, 0 to 1, two decimals.
    pub coverage: f64,
    /// `A+`, `A` … `F`, `?`.
    pub grade: String,
    /// What capped the grade.
    pub caps: Vec<Cap>,
}

/// A cap on the grade.
#[derive(Clone, Debug, Serialize)]
pub struct Cap {
    /// The rule's id.
    pub rule: String,
    /// The best grade it leaves.
    pub grade: String,
    /// The control that triggers it.
    pub control: Option<String>,
}

/// An area's score.
#[derive(Clone, Debug, Serialize)]
pub struct AreaScore {
    /// The area.
    pub id: String,
    /// As for the whole.
    pub floor: u32,
    /// As for the whole.
    pub ceiling: u32,
    /// As for the whole.
    pub coverage: f64,
    /// Controls met.
    pub met: u32,
    /// Controls partial.
    pub partial: u32,
    /// Controls unmet.
    pub unmet: u32,
    /// Controls unknown.
    pub unknown: u32,
    /// Controls not applicable.
    pub not_applicable: u32,
}

/// One control's answer.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// `area/name`.
    pub id: String,
    /// True when met.
    pub title: String,
    /// The control's own.
    pub severity: Severity,
    /// Whether it blocks at the tier.
    pub blocking: bool,
    /// Whether it counts at the tier.
    pub counted: bool,
    /// Who answers for it, if someone does.
    pub accepted: Option<Accepted>,
    /// `met`, `partial`, `unmet`, `unknown`, `not-applicable`.
    pub verdict: String,
    /// The weakest subject's best grade.
    pub grade: Option<Grade>,
    /// One sentence.
    pub summary: String,
    /// Each subject with its verdict.
    pub subjects: Vec<SubjectVerdict>,
    /// What the verdict cites.
    pub evidence: Vec<EvidenceView>,
    /// What is missing.
    pub gaps: Vec<GapView>,
    /// What could not be seen.
    pub questions: Vec<QuestionView>,
    /// Hours to close it, from and to; zero when nothing is to be done.
    pub effort_hours: [f64; 2],
}

/// Who answers for a gap.
#[derive(Clone, Debug, Serialize)]
pub struct Accepted {
    /// The owner.
    pub by: String,
    /// The date until which it holds, `YYYY-MM-DD`.
    pub until: String,
    /// The reason.
    pub why: String,
}

/// A subject and its verdict.
#[derive(Clone, Debug, Serialize)]
pub struct SubjectVerdict {
    /// Its stable name.
    pub name: String,
    /// The verdict's word.
    pub verdict: String,
}

/// Evidence with its place resolved.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum EvidenceView {
    /// A place and what it says.
    Seen {
        /// Relative to the root.
        path: String,
        /// From 1; none for the whole file.
        line: Option<u32>,
        /// From 1, in characters.
        column: Option<u32>,
        /// The last line.
        end_line: Option<u32>,
        /// What it says.
        says: String,
        /// How strongly it shows the capability.
        grade: Option<Grade>,
    },
    /// What was looked for in vain.
    Sought {
        /// What.
        what: String,
        /// Where.
        within: Vec<ScopeView>,
    },
}

/// Where something was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScopeView {
    /// A glob or a path.
    pub glob: String,
    /// How many files it matched.
    pub files: u32,
}

/// A gap with its places resolved.
#[derive(Clone, Debug, Serialize)]
pub struct GapView {
    /// `kind@subject`.
    pub key: String,
    /// The gap's own severity.
    pub severity: Severity,
    /// True of the system as it stands.
    pub says: String,
    /// What happens because of it.
    pub consequence: String,
    /// The control whose gap causes this one.
    pub follows: Option<String>,
    /// Hours, from and to.
    pub effort_hours: [f64; 2],
    /// What proves it.
    pub evidence: Vec<EvidenceView>,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuestionView {
    /// What is missing.
    pub missing: String,
    /// How to settle it.
    pub settle: String,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ListedProblem {
    /// The file.
    pub path: String,
    /// The line, if one is meant.
    pub line: Option<u32>,
    /// What, and what it means for the result.
    pub says: String,
}

/// The terms of the score.
#[derive(Clone, Debug, Default)]
pub struct Arithmetic {
    /// One line per counted and applicable control: id, weight, credit in the floor, credit in the ceiling.
    pub terms: Vec<(String, f64, f64, f64)>,
    /// Applicable weight.
    pub weight: f64,
    /// Sum of floor credits.
    pub floor: f64,
    /// Sum of ceiling credits.
    pub ceiling: f64,
    /// Decided weight.
    pub decided: f64,
    /// Controls left out of the sum, each with its reason.
    pub left_out: Vec<(String, String)>,
}
