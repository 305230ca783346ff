//! Builds assessments by hand, so that the renderers are tested without the rest of the program.

use plimsoll_base::{
    Accepted, Answer, AreaScore, Arithmetic, Assessment, Blocker, CATALOGUE, Cap, Condition, Decision, DeploymentView, EvidenceView,
    GapView, Grade, ListedProblem, Place, QuestionView, ScopeView, Score, ServiceView, Severity, SubjectOfAssessment, SubjectVerdict,
    SystemView, Tier, TierChoice, Tool, about,
};

pub fn seen(path: &str, line: u32, says: &str) -> EvidenceView {
    EvidenceView::Seen { path: path.into(), line: Some(line), column: Some(1), end_line: Some(line), says: says.into(), grade: None }
}

pub fn graded(path: &str, line: u32, says: &str, to: Grade) -> EvidenceView {
    EvidenceView::Seen {
        path: path.into(),
        line: Some(line),
        column: Some(3),
        end_line: Some(line + 1),
        says: says.into(),
        grade: Some(to),
    }
}

pub fn sought(what: &str, within: &[(&str, u32)]) -> EvidenceView {
    let within = within.iter().map(|(glob, files)| ScopeView { glob: (*glob).into(), files: *files }).collect();
    EvidenceView::Sought { what: what.into(), within }
}

pub fn gap(key: &str, says: &str, consequence: &str, evidence: Vec<EvidenceView>) -> GapView {
    GapView {
        key: key.into(),
        severity: Severity::High,
        says: says.into(),
        consequence: consequence.into(),
        follows: None,
        effort_hours: [1.0, 2.0],
        evidence,
    }
}

pub fn place(path: &str, line: u32) -> Option<Place> {
    Some(Place { path: path.into(), line: Some(line), column: Some(1), end_line: Some(line) })
}

pub struct Builder(pub Assessment);

impl Builder {
    /// Every control of the catalogue met at a place, at the tier production.
    pub fn new(name: &str, verdict: Decision) -> Self {
        let controls = CATALOGUE
            .iter()
            .map(|about| Answer {
                id: about.id.into(),
                title: about.title.into(),
                severity: about.severity,
                blocking: about.blocks_at(Tier::Production),
                counted: about.counts_at(Tier::Production),
                accepted: None,
                verdict: "met".into(),
                grade: Some(Grade::Active),
                summary: format!("{} as wanted", about.id.split('/').nth(1).unwrap_or_default().replace('-', " ")),
                subjects: vec![SubjectVerdict { name: "system".into(), verdict: "met".into() }],
                evidence: vec![graded("docker-compose.prod.yml", 12, "services.backend", Grade::Active)],
                gaps: vec![],
                questions: vec![],
                effort_hours: [0.0, 0.0],
            })
            .collect();
        Self(Assessment {
            schema_version: 1,
            tool: Tool { name: "plimsoll".into(), version: "0.1.0".into(), ruleset: "2026.11".into() },
            subject: SubjectOfAssessment {
                name: name.into(),
                system: None,
                revision: Some("4f2a9c1e0b7d".into()),
                dirty: Some(true),
                files: 93,
                bytes: 1_390_000,
            },
            tier: TierChoice {
                name: Tier::Production,
                source: "default",
                inferred_floor: Tier::Production,
                reasons: vec!["people sign up with an e-mail address".into()],
            },
            verdict,
            blockers: vec![],
            conditions: vec![],
            score: Score { floor: 90, ceiling: 90, coverage: 1.0, grade: "A".into(), caps: vec![] },
            areas: vec![],
            controls,
            not_judged: vec![],
            system: SystemView::default(),
            problems: vec![],
            arithmetic: Arithmetic::default(),
        })
    }

    pub fn answer(&mut self, id: &str) -> &mut Answer {
        self.0.controls.iter_mut().find(|a| a.id == id).unwrap_or_else(|| panic!("{id} is in the catalogue"))
    }

    fn set(&mut self, id: &str, verdict: &str, summary: &str) -> &mut Answer {
        let effort = about(id).map(|a| a.effort).unwrap();
        let answer = self.answer(id);
        answer.verdict = verdict.into();
        answer.summary = summary.into();
        answer.grade = None;
        answer.evidence.clear();
        answer.effort_hours = [effort.0, effort.1];
        answer.subjects[0].verdict = if verdict == "not-applicable" { "met".into() } else { verdict.into() };
        answer
    }

    pub fn unmet(mut self, id: &str, gaps: Vec<GapView>) -> Self {
        let summary = gaps[0].says.clone();
        self.set(id, "unmet", &summary).gaps = gaps;
        self
    }

    /// Unmet, and a blocker.
    pub fn stops(mut self, id: &str, gaps: Vec<GapView>) -> Self {
        let (why, gap) = (gaps[0].says.clone(), (gaps.len() == 1).then(|| gaps[0].key.clone()));
        self = self.unmet(id, gaps);
        self.0.blockers.push(Blocker { control: id.into(), gap, why });
        self
    }

    pub fn partial(mut self, id: &str, holds: EvidenceView, gaps: Vec<GapView>) -> Self {
        let summary = gaps[0].says.clone();
        let answer = self.set(id, "partial", &summary);
        answer.evidence = vec![holds];
        answer.gaps = gaps;
        answer.grade = Some(Grade::Declared);
        self
    }

    pub fn unknown(mut self, id: &str, missing: &str, settle: &str) -> Self {
        let answer = self.set(id, "unknown", missing);
        answer.questions = vec![QuestionView { missing: missing.into(), settle: settle.into() }];
        answer.effort_hours[0] = 0.0;
        self
    }

    /// Unknown, and a blocker.
    pub fn doubted(mut self, id: &str, missing: &str, settle: &str) -> Self {
        self = self.unknown(id, missing, settle);
        self.0.blockers.push(Blocker { control: id.into(), gap: None, why: format!("not shown: {missing}") });
        self
    }

    pub fn not_applicable(mut self, id: &str, why: &str) -> Self {
        let answer = self.set(id, "not-applicable", why);
        answer.effort_hours = [0.0, 0.0];
        answer.evidence = vec![sought(why, &[("**/*", 93)])];
        self
    }

    /// Not judged by this version: unknown, and a blocker where it blocks.
    pub fn beyond(mut self, ids: impl IntoIterator<Item = &'static str>) -> Self {
        for id in ids {
            let (missing, settle) = ("this version cannot judge it", "judge it by hand and attest it in plimsoll.toml");
            self = if self.answer(id).blocking { self.doubted(id, missing, settle) } else { self.unknown(id, missing, settle) };
            self.0.not_judged.push(id.into());
        }
        self
    }

    pub fn accepted(mut self, id: &str, by: &str) -> Self {
        self.answer(id).accepted =
            Some(Accepted { by: by.into(), until: "2027-03-31".into(), why: "read-only preview for ten customers".into() });
        self
    }

    /// A condition for every high or critical control that is open and does not stop the launch, as the assessment would list them.
    pub fn conditions(mut self) -> Self {
        let blocking: Vec<String> = self.0.blockers.iter().map(|b| b.control.clone()).collect();
        let open = |a: &&Answer| a.counted && a.severity >= Severity::High && !matches!(a.verdict.as_str(), "met" | "not-applicable");
        let listed = self.0.controls.iter().filter(open).filter(|a| !blocking.contains(&a.id));
        let list: Vec<Condition> = listed.map(|a| Condition { control: Some(a.id.clone()), why: a.summary.clone() }).collect();
        self.0.conditions.extend(list);
        self
    }

    pub fn problem(mut self, path: &str, line: Option<u32>, says: &str) -> Self {
        self.0.problems.push(ListedProblem { path: path.into(), line, says: says.into() });
        self
    }

    pub fn score(mut self, floor: u32, ceiling: u32, coverage: f64, grade: &str, caps: &[(&str, &str)]) -> Self {
        let caps = caps.iter().map(|(rule, grade)| Cap { rule: (*rule).into(), grade: (*grade).into(), control: None }).collect();
        self.0.score = Score { floor, ceiling, coverage, grade: grade.into(), caps };
        self
    }

    pub fn deployment(mut self, file: &str, kind: &str, services: &[(&str, &str)]) -> Self {
        self.0.system.deployments.push(DeploymentView {
            name: file.into(),
            kind: kind.into(),
            files: vec![file.into()],
            assessed: true,
            reason: "its name says production".into(),
        });
        for (at, (name, kind)) in services.iter().enumerate() {
            self.0.system.services.push(ServiceView {
                name: (*name).into(),
                kind: (*kind).into(),
                image: None,
                build: Some(format!("{name}/Dockerfile")),
                published: vec![],
                at: place(file, 3 + 10 * at as u32),
            });
        }
        self
    }

    /// Fills in the areas and the terms of the score from the controls.
    pub fn build(mut self) -> Assessment {
        let mut areas: Vec<AreaScore> = Vec::new();
        let sum = &mut self.0.arithmetic;
        for answer in &self.0.controls {
            let weight = answer.severity.weight();
            if !answer.counted {
                sum.left_out.push((answer.id.clone(), "expected from tier critical on".into()));
                continue;
            }
            let id = answer.id.split('/').next().unwrap_or_default();
            if areas.last().is_none_or(|a| a.id != id) {
                let (met, partial, unmet, unknown, not_applicable) = (0, 0, 0, 0, 0);
                areas.push(AreaScore {
                    id: id.into(),
                    floor: 50,
                    ceiling: 70,
                    coverage: 0.8,
                    met,
                    partial,
                    unmet,
                    unknown,
                    not_applicable,
                });
            }
            let area = areas.last_mut().unwrap();
            let (count, floor, ceiling) = match answer.verdict.as_str() {
                "met" => (&mut area.met, 1.0, 1.0),
                "partial" => (&mut area.partial, 0.5, 0.5),
                "unmet" => (&mut area.unmet, 0.0, 0.0),
                "unknown" => (&mut area.unknown, 0.0, 1.0),
                _ => (&mut area.not_applicable, 0.0, 0.0),
            };
            *count += 1;
            if answer.verdict == "not-applicable" {
                sum.left_out.push((answer.id.clone(), format!("not applicable: {}", answer.summary)));
                continue;
            }
            sum.terms.push((answer.id.clone(), weight, floor, ceiling));
            sum.weight += weight;
            sum.floor += weight * floor;
            sum.ceiling += weight * ceiling;
            sum.decided += if answer.verdict == "unknown" { 0.0 } else { weight };
        }
        self.0.areas = areas;
        self.0
    }
}
