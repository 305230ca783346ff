//! Evidence, gaps, questions and verdicts. A verdict cannot be built without proof, a gap or a question.

use crate::{Effort, Grade, Location, Severity};

/// Where something was looked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scope {
    /// A glob relative to the root, or one file's path.
    pub glob: String,
    /// How many files of the tree it matched.
    pub files: u32,
}

/// What supports a judgement.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// A place and what it says.
    Seen {
        /// The place.
        at: Location,
        /// What it says, in a few words; a secret is masked before it comes here.
        says: String,
        /// None where a grade has no meaning: an open port, a secret.
        grade: Option<Grade>,
    },
    /// Proof of absence: what was looked for in vain, and where.
    Sought {
        /// What was looked for.
        what: String,
        /// Where.
        within: Vec<Scope>,
    },
}

impl Evidence {
    /// Seen at a place, with a grade.
    pub fn seen(at: Location, says: impl Into<String>, grade: Grade) -> Self {
        Evidence::Seen { at, says: says.into(), grade: Some(grade) }
    }
    /// Seen at a place, where a grade has no meaning.
    pub fn noted(at: Location, says: impl Into<String>) -> Self {
        Evidence::Seen { at, says: says.into(), grade: None }
    }
    /// Looked for in vain.
    pub fn sought(what: impl Into<String>, within: Vec<Scope>) -> Self {
        Evidence::Sought { what: what.into(), within }
    }
    /// The grade, where it has one.
    pub fn grade(&self) -> Option<Grade> {
        match self {
            Evidence::Seen { grade, .. } => *grade,
            Evidence::Sought { .. } => None,
        }
    }
}

/// At least one piece of evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// The one that decides.
    pub first: Evidence,
    /// The others.
    pub rest: Vec<Evidence>,
}

impl Proof {
    /// All of it, the deciding one first.
    pub fn iter(&self) -> impl Iterator<Item = &Evidence> {
        std::iter::once(&self.first).chain(&self.rest)
    }
    /// From a list; none if the list is empty.
    pub fn from_list(list: Vec<Evidence>) -> Option<Self> {
        let mut it = list.into_iter();
        let first = it.next()?;
        Some(Self { first, rest: it.collect() })
    }
    /// The best grade among its evidence.
    pub fn grade(&self) -> Option<Grade> {
        self.iter().filter_map(Evidence::grade).max()
    }
}

impl From<Evidence> for Proof {
    fn from(first: Evidence) -> Self {
        Self { first, rest: Vec::new() }
    }
}

/// A stable name of a subject within the model: a service's name, a datastore's name, a pipeline's file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectId(pub String);

/// One thing that keeps a control from being met.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// From the closed list on the control's page.
    pub kind: &'static str,
    /// What it concerns; `system` where it concerns the whole.
    pub subject: SubjectId,
    /// True of the system as it stands: "the image runs as root".
    pub says: String,
    /// What happens because of it, in plain words.
    pub consequence: String,
    /// Set where the control's page declares this kind to be worse than the rule of severities says.
    pub severity: Option<Severity>,
    /// The control whose gap causes this one; it is folded under it in output.
    pub follows: Option<&'static str>,
    /// Where it differs from the control's own effort.
    pub effort: Option<Effort>,
    /// Never empty: what was seen, or what was sought in vain.
    pub proof: Proof,
}

impl Gap {
    /// A gap with what proves it. The subject is set by the tally that takes it.
    pub fn new(kind: &'static str, says: impl Into<String>, proof: impl Into<Proof>) -> Self {
        Self {
            kind,
            subject: SubjectId("system".into()),
            says: says.into(),
            consequence: String::new(),
            severity: None,
            follows: None,
            effort: None,
            proof: proof.into(),
        }
    }
    /// With its consequence in plain words.
    pub fn so(mut self, consequence: impl Into<String>) -> Self {
        self.consequence = consequence.into();
        self
    }
    /// As a consequence of another control's gap.
    pub fn follows(mut self, control: &'static str) -> Self {
        self.follows = Some(control);
        self
    }
    /// With a severity that the control's page declares for this kind.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }
    /// With further evidence.
    pub fn and(mut self, evidence: Evidence) -> Self {
        self.proof.rest.push(evidence);
        self
    }
    /// `kind@subject`, stable from run to run.
    pub fn key(&self) -> String {
        format!("{}@{}", self.kind, self.subject.0)
    }
}

/// What could not be seen, and how to settle it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// What is missing.
    pub missing: String,
    /// A probe, a drill, an attestation, a file to add.
    pub settle: String,
}

impl Question {
    /// A question and the way to settle it.
    pub fn new(missing: impl Into<String>, settle: impl Into<String>) -> Self {
        Self { missing: missing.into(), settle: settle.into() }
    }
}

/// The verdict of one control.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Fully proven.
    Met(Proof),
    /// Something holds, something is missing.
    Partial {
        /// What holds.
        holds: Proof,
        /// What is missing; at least one.
        gaps: Vec<Gap>,
        /// What could not be seen.
        questions: Vec<Question>,
    },
    /// Missing.
    Unmet {
        /// At least one.
        gaps: Vec<Gap>,
        /// What could not be seen.
        questions: Vec<Question>,
    },
    /// Cannot be decided from what was read; at least one question.
    Unknown(Vec<Question>),
    /// The need is absent; the proof says why.
    NotApplicable(Proof),
}

impl Verdict {
    /// The word used in every output.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Met(_) => "met",
            Verdict::Partial { .. } => "partial",
            Verdict::Unmet { .. } => "unmet",
            Verdict::Unknown(_) => "unknown",
            Verdict::NotApplicable(_) => "not-applicable",
        }
    }
    /// Its gaps.
    pub fn gaps(&self) -> &[Gap] {
        match self {
            Verdict::Partial { gaps, .. } | Verdict::Unmet { gaps, .. } => gaps,
            _ => &[],
        }
    }
    /// Its questions.
    pub fn questions(&self) -> &[Question] {
        match self {
            Verdict::Partial { questions, .. } | Verdict::Unmet { questions, .. } | Verdict::Unknown(questions) => questions,
            _ => &[],
        }
    }
    /// What it cites in support of itself.
    pub fn proof(&self) -> Option<&Proof> {
        match self {
            Verdict::Met(p) | Verdict::Partial { holds: p, .. } | Verdict::NotApplicable(p) => Some(p),
            _ => None,
        }
    }
}

/// What a control answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The combined verdict.
    pub verdict: Verdict,
    /// The grade: the minimum over the subjects of their best evidence.
    pub grade: Option<Grade>,
    /// Each subject with its own verdict's word, in the model's order.
    pub subjects: Vec<(SubjectId, &'static str)>,
    /// One sentence.
    pub summary: String,
}
