//! What must hold of every assessment: thousands of systems, drawn by a small generator with fixed seeds.

use plimsoll_base::{Assessment, CATALOGUE, Decision, Judgement, Tier, Verdict};

use crate::fixture::*;

/// Steele and Vigna's SplitMix64: enough for drawing cases, and the same on every machine.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
    fn judgement(&mut self) -> Judgement {
        match self.below(9) {
            0 => partial(),
            1 => partial_by(vec![seen_gap("dormant", "api"), gap("missing", "db")]),
            2 => unmet(),
            3 => unmet_by(vec![seen_gap("broken", "api")]),
            4 => unknown(),
            5 => not_applicable(),
            6 => unmet_beside_doubt(vec![gap("missing", "api")], "db"),
            _ => met(),
        }
    }
    /// A system of some quality, with a few exceptions.
    fn case(&mut self) -> Case {
        let mut case = Case::all_met().tier(Tier::ALL[self.below(4)]);
        let spoilt = [4, 15, 139][self.below(3)];
        for _ in 0..spoilt {
            let id = CATALOGUE[self.below(CATALOGUE.len())].id;
            case = match self.below(12) {
                0 => case.without(id),
                1 => case.failing(id, "it broke"),
                _ => {
                    let judgement = self.judgement();
                    case.with(id, judgement)
                }
            };
        }
        if self.below(3) == 0 {
            let kind = (0..139).map(|i| CATALOGUE[i].id).filter(|_| self.below(4) == 0).collect::<Vec<_>>();
            let text: Vec<String> = kind
                .iter()
                .map(|id| {
                    let word = ["waive", "attest"][self.below(2)];
                    let rest = ["", "scope = \"api\"", "gap = \"missing@db\"", "expires = 2026-01-01"][self.below(4)];
                    exception(word, id, rest)
                })
                .collect();
            case = case.policy(text.concat());
        }
        case.assessable = self.below(12) != 0;
        case
    }
}

fn verdict_rank(a: &Assessment) -> u8 {
    match a.verdict {
        Decision::NoGo => 0,
        Decision::Unproven => 1,
        Decision::ConditionalGo => 2,
        Decision::Go => 3,
        Decision::NotAssessable => 4,
    }
}

/// No grade is no better than the worst one.
fn grade_rank(a: &Assessment) -> u8 {
    match a.score.grade.as_str() {
        "?" | "F" => 0,
        "D" => 1,
        "C" => 2,
        "B" => 3,
        "A" => 4,
        "A+" => 5,
        other => panic!("no grade: {other}"),
    }
}

fn never_better(before: &Assessment, after: &Assessment, what: &str) {
    assert!(after.arithmetic.floor <= before.arithmetic.floor, "the floor rose: {what}");
    assert!(grade_rank(after) <= grade_rank(before), "the grade rose from {} to {}: {what}", before.score.grade, after.score.grade);
    assert!(verdict_rank(after) <= verdict_rank(before), "the verdict rose from {:?} to {:?}: {what}", before.verdict, after.verdict);
}

/// What is left of a judgement when its support is taken away: its gaps stay.
fn without_support(judgement: &Judgement, draw: &mut Draw) -> Option<Judgement> {
    match &judgement.verdict {
        Verdict::Met(_) => Some(match draw.below(4) {
            0 => partial(),
            1 => unmet(),
            2 => unmet_beside_doubt(vec![gap("missing", "api")], "db"),
            _ => unknown(),
        }),
        Verdict::Partial { gaps, .. } => Some(match draw.below(2) {
            0 => unmet_by(gaps.clone()),
            _ => unmet_beside_doubt(gaps.clone(), "cache"),
        }),
        _ => None,
    }
}

#[test]
fn losing_support_never_raises_floor_grade_or_verdict() {
    let mut draw = Draw(1);
    let mut changed = 0;
    for _ in 0..300 {
        let case = draw.case();
        let before = case.assess();
        for _ in 0..6 {
            let id = CATALOGUE[draw.below(CATALOGUE.len())].id;
            let Some(Ok(judgement)) = case.judged.get(id) else {
                continue;
            };
            let Some(worse) = without_support(judgement, &mut draw) else {
                continue;
            };
            changed += 1;
            let what = format!("{id} from {} to {}", judgement.verdict.word(), worse.verdict.word());
            never_better(&before, &case.clone().with(id, worse).assess(), &what);
        }
    }
    assert!(changed > 500, "the law was tried {changed} times");
}

#[test]
fn not_knowing_never_raises_the_floor_nor_lowers_the_ceiling() {
    let mut draw = Draw(2);
    for _ in 0..300 {
        let mut case = draw.case();
        case.policy.clear();
        let before = case.assess();
        let about = &CATALOGUE[draw.below(CATALOGUE.len())];
        if matches!(case.judged.get(about.id), Some(Ok(j)) if j.verdict.word() == "not-applicable") {
            continue;
        }
        for after in [case.clone().with(about.id, unknown()), case.clone().without(about.id), case.clone().failing(about.id, "it broke")] {
            let after = after.assess();
            assert!(after.arithmetic.floor <= before.arithmetic.floor, "{}", about.id);
            assert!(after.arithmetic.ceiling >= before.arithmetic.ceiling, "{}", about.id);
            assert_eq!(after.arithmetic.weight, before.arithmetic.weight, "unknown never leaves the denominator");
            assert!(after.score.coverage <= before.score.coverage);
        }
    }
}

#[test]
fn accepting_never_raises_the_score_and_never_makes_met() {
    let mut draw = Draw(3);
    for _ in 0..200 {
        let mut case = draw.case();
        let with = case.assess();
        case.policy.clear();
        let without = case.assess();
        assert!(with.arithmetic.floor <= without.arithmetic.floor);
        assert_eq!(with.score.coverage, without.score.coverage);
        for (a, b) in with.controls.iter().zip(&without.controls) {
            assert_eq!((&a.verdict, a.gaps.len()), (&b.verdict, b.gaps.len()));
            assert!(a.accepted.is_none() || matches!(a.verdict.as_str(), "partial" | "unmet" | "unknown"));
        }
        if with.controls.iter().any(|c| c.counted && c.accepted.is_some()) {
            assert!(grade_rank(&with) <= 3 && with.verdict != Decision::Go);
        }
    }
}

#[test]
fn the_numbers_fit_together() {
    let mut draw = Draw(4);
    for _ in 0..200 {
        let a = draw.case().assess();
        assert!(a.score.floor <= a.score.ceiling && a.score.ceiling <= 100);
        assert!((0.0..=1.0).contains(&a.score.coverage));
        assert_eq!(a.controls.len(), CATALOGUE.len());
        assert_eq!(a.arithmetic.terms.len() + a.arithmetic.left_out.len(), CATALOGUE.len());
        let sums = a.arithmetic.terms.iter().fold((0.0, 0.0, 0.0), |s, t| (s.0 + t.1, s.1 + t.1 * t.2, s.2 + t.1 * t.3));
        assert_eq!(sums, (a.arithmetic.weight, a.arithmetic.floor, a.arithmetic.ceiling));
        let members: u32 = a.areas.iter().map(|x| x.met + x.partial + x.unmet + x.unknown + x.not_applicable).sum();
        assert_eq!(members as usize, a.controls.iter().filter(|c| c.counted).count());
        let stopped = matches!(a.verdict, Decision::NoGo | Decision::Unproven);
        assert_eq!(stopped, !a.blockers.is_empty());
        for blocker in &a.blockers {
            assert!(!blocker.why.is_empty());
            assert!(a.conditions.iter().all(|c| c.control.as_ref() != Some(&blocker.control)), "a blocker is no condition");
        }
    }
}

#[test]
fn the_same_input_gives_the_same_assessment_in_any_order_of_the_answers() {
    let mut draw = Draw(5);
    for _ in 0..30 {
        let case = draw.case();
        let reversed = Case { reversed: true, ..case.clone() };
        assert_eq!(format!("{:?}", case.assess()), format!("{:?}", reversed.assess()));
    }
}
