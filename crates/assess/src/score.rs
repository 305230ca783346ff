//! The score as an interval: unknown counts as missing in the floor and as there in the ceiling, and never leaves the denominator.
//!
//! An acceptance earns nothing: credit 0 in floor and ceiling. It decides nothing either: an accepted unknown stays undecided in the coverage,
//! so that coverage cannot be bought with attestations.

use plimsoll_base::{AreaScore, Arithmetic, Verdict};

use crate::standing::{Standing, State};

/// The terms of a sum. Weights are multiples of 2.5 and credits halves of them, so every sum is exact.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sum {
    pub weight: f64,
    pub floor: f64,
    pub ceiling: f64,
    pub decided: f64,
}

impl Sum {
    /// Over the controls that count and apply.
    pub fn of<'s, 'p: 's>(standings: impl IntoIterator<Item = &'s Standing<'p>>) -> Self {
        let mut sum = Self::default();
        for standing in standings.into_iter().filter(|s| s.applicable()) {
            let (floor, ceiling) = credits(standing);
            let weight = standing.about.severity.weight();
            sum.weight += weight;
            sum.floor += weight * floor;
            sum.ceiling += weight * ceiling;
            if !matches!(standing.judgement.verdict, Verdict::Unknown(_)) {
                sum.decided += weight;
            }
        }
        sum
    }

    /// The floor in percent, rounded down; 0 where nothing applies.
    pub fn floor_points(&self) -> u32 {
        self.percent(self.floor).floor() as u32
    }

    /// The ceiling in percent, rounded up; 0 where nothing applies.
    pub fn ceiling_points(&self) -> u32 {
        self.percent(self.ceiling).ceil() as u32
    }

    /// Decided weight over applicable weight, rounded down to two decimals so that it never shows a threshold that was not reached.
    pub fn coverage(&self) -> f64 {
        self.percent(self.decided).floor() / 100.0
    }

    /// Whether the floor reaches so many percent. Both products are exact, so nothing is lost to a division.
    pub fn floor_reaches(&self, percent: f64) -> bool {
        self.weight > 0.0 && self.floor * 100.0 >= self.weight * percent
    }

    /// Whether the coverage reaches so many percent.
    pub fn coverage_reaches(&self, percent: f64) -> bool {
        self.weight > 0.0 && self.decided * 100.0 >= self.weight * percent
    }

    fn percent(&self, part: f64) -> f64 {
        if self.weight > 0.0 { part * 100.0 / self.weight } else { 0.0 }
    }
}

/// Credit in the floor and in the ceiling.
fn credits(standing: &Standing<'_>) -> (f64, f64) {
    if standing.state() == State::Accepted {
        return (0.0, 0.0);
    }
    match standing.judgement.verdict {
        Verdict::Met(_) => (1.0, 1.0),
        Verdict::Partial { .. } => (0.5, 0.5),
        Verdict::Unknown(_) => (0.0, 1.0),
        Verdict::Unmet { .. } | Verdict::NotApplicable(_) => (0.0, 0.0),
    }
}

/// The areas in which something counts, in the order of the catalogue.
pub(crate) fn areas(standings: &[Standing<'_>]) -> Vec<AreaScore> {
    let mut names: Vec<&str> = Vec::new();
    for standing in standings.iter().filter(|s| s.counted()) {
        if !names.contains(&standing.about.area()) {
            names.push(standing.about.area());
        }
    }
    names
        .into_iter()
        .map(|name| {
            let members: Vec<_> = standings.iter().filter(|s| s.counted() && s.about.area() == name).collect();
            let sum = Sum::of(members.iter().copied());
            let count = |word: &str| members.iter().filter(|s| s.judgement.verdict.word() == word).count() as u32;
            AreaScore {
                id: name.into(),
                floor: sum.floor_points(),
                ceiling: sum.ceiling_points(),
                coverage: sum.coverage(),
                met: count("met"),
                partial: count("partial"),
                unmet: count("unmet"),
                unknown: count("unknown"),
                not_applicable: count("not-applicable"),
            }
        })
        .collect()
}

/// The terms as they are printed on demand.
pub(crate) fn arithmetic(standings: &[Standing<'_>]) -> Arithmetic {
    let sum = Sum::of(standings);
    let mut arithmetic =
        Arithmetic { weight: sum.weight, floor: sum.floor, ceiling: sum.ceiling, decided: sum.decided, ..Arithmetic::default() };
    for standing in standings {
        let id = standing.about.id.to_owned();
        if let Some(why) = &standing.left_out {
            arithmetic.left_out.push((id, why.clone()));
        } else if !standing.applicable() {
            arithmetic.left_out.push((id, format!("not applicable: {}", standing.sentence())));
        } else {
            let (floor, ceiling) = credits(standing);
            arithmetic.terms.push((id, standing.about.severity.weight(), floor, ceiling));
        }
    }
    arithmetic
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(weight: f64, part: f64) -> Sum {
        Sum { weight, floor: part, ceiling: part, decided: part }
    }

    #[test]
    fn a_threshold_that_is_reached_exactly_counts_for_every_weight() {
        for n in 1..400 {
            let weight = f64::from(n) * 50.0;
            for percent in [40.0, 50.0, 55.0, 70.0, 85.0] {
                let part = weight / 100.0 * percent;
                let exact = sum(weight, part);
                assert!(exact.floor_reaches(percent) && exact.coverage_reaches(percent));
                assert_eq!((exact.floor_points(), exact.ceiling_points()), (percent as u32, percent as u32));
                assert_eq!(exact.coverage(), percent / 100.0);
                let short = sum(weight, part - 1.25);
                assert!(!short.floor_reaches(percent) && !short.coverage_reaches(percent));
                assert!(short.floor_points() < percent as u32 && short.coverage() < percent / 100.0);
            }
        }
    }

    #[test]
    fn nothing_reaches_nothing() {
        let nothing = Sum::default();
        assert!(!nothing.floor_reaches(0.0) && !nothing.coverage_reaches(0.0));
        assert_eq!((nothing.floor_points(), nothing.ceiling_points(), nothing.coverage()), (0, 0, 0.0));
    }
}
