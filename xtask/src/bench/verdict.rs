//! Whether a count is within its limit.

use super::table::Limit;

/// By how much a count may exceed what was recorded: what is left to chance.
pub const SLACK: f64 = 0.03;
/// Allocations are not left to chance. One more in two operations is too many, however many there are.
const ALLOCATIONS_SLACK: f64 = 0.5;

/// What one operation takes: the difference of a long run and a short one, by how much longer that was.
pub fn per_operation(short: (u64, u64), long: (u64, u64), each: u64) -> Option<f64> {
    let ((short_runs, short), (long_runs, long)) = (short, long);
    let runs = long_runs.checked_sub(short_runs)?.checked_mul(each).filter(|runs| *runs > 0)?;
    Some(float(long.checked_sub(short)?) / float(runs))
}

/// Whether `count` is within `limit`, `other` being that of the program beside it.
pub fn is_within(count: f64, other: Option<f64>, limit: Limit) -> bool {
    measure(count, other, limit) <= value(limit) * (1.0 + SLACK)
}

/// Whether it is so far below that the limit is to be lowered.
pub fn is_far_below(count: f64, other: Option<f64>, limit: Limit) -> bool {
    measure(count, other, limit) < value(limit) * (1.0 - SLACK)
}

/// Whether it meets a goal, which has no slack.
pub fn is_met(count: f64, other: Option<f64>, goal: Limit) -> bool {
    measure(count, other, goal) <= value(goal)
}

pub fn are_allocations_within(count: f64, limit: f64) -> bool {
    count <= limit + (limit * SLACK).min(ALLOCATIONS_SLACK).max(0.02)
}

/// The count in the unit of the limit. Without the other program no ratio is within its limit.
fn measure(count: f64, other: Option<f64>, limit: Limit) -> f64 {
    match limit {
        Limit::Ratio(_) => other.filter(|other| *other > 0.0).map_or(f64::INFINITY, |other| count / other),
        Limit::Thousand(_) => count / 1000.0,
    }
}

fn value(limit: Limit) -> f64 {
    match limit {
        Limit::Ratio(value) | Limit::Thousand(value) => value,
    }
}

#[expect(clippy::cast_precision_loss, reason = "no count has so many digits")]
pub fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_runs_have_falls_out() {
        assert_eq!(per_operation((20, 1_000_000), (220, 11_000_000), 1), Some(50_000.0));
        assert_eq!(per_operation((1, 10), (3, 410), 100), Some(2.0));
        // Neither a run that is no longer, nor one that is longer and took less.
        assert_eq!(per_operation((20, 10), (20, 20), 1), None);
        assert_eq!(per_operation((20, 10), (10, 20), 1), None);
        assert_eq!(per_operation((10, 20), (20, 10), 1), None);
    }

    #[test]
    fn a_ratio_has_three_percent_and_no_more() {
        let limit = Limit::Ratio(2.0);
        assert!(is_within(206.0, Some(100.0), limit));
        assert!(!is_within(207.0, Some(100.0), limit));
        assert!(!is_within(1.0, None, limit));
        assert!(is_far_below(193.0, Some(100.0), limit));
        assert!(!is_far_below(195.0, Some(100.0), limit));
    }

    #[test]
    fn a_count_has_three_percent_and_no_more() {
        assert!(is_within(10_300.0, None, Limit::Thousand(10.0)));
        assert!(!is_within(10_301.0, None, Limit::Thousand(10.0)));
    }

    #[test]
    fn one_more_allocation_is_too_many() {
        assert!(are_allocations_within(132.4, 132.0));
        assert!(!are_allocations_within(133.0, 132.0));
        assert!(!are_allocations_within(1.0, 0.0));
    }

    #[test]
    fn a_goal_has_no_slack() {
        assert!(is_met(110.0, Some(100.0), Limit::Ratio(1.1)));
        assert!(!is_met(110.5, Some(100.0), Limit::Ratio(1.1)));
    }
}
