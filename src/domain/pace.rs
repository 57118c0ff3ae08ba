//! How fast a service's figures change, learnt from what it tells, and when they are then probably
//! wrong. A gamma-Poisson model, explained in `docs/explanation/reminders.md`. It decides on no mail.

/// Before a service has told anything, its own rate is believed to be its kind's with the weight of
/// so many days: two weeks of a home's own telling outweigh what others do.
pub const PRIOR_DAYS: f64 = 14.0;
/// A change in five days, before any service of a kind has told anything.
const USUAL_RATE: f64 = 0.2;
/// What the guess above is worth against all services of a kind together: soon nothing.
const USUAL_DAYS: f64 = 30.0;
/// What was seen so many days ago counts half: homes change their ways, a year has its seasons.
const HALF_LIFE_DAYS: f64 = 60.0;

/// Changes of figures seen, over days looked at; both fade with time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    pub changes: f64,
    pub days: f64,
}

/// What is believed of a service of some kind before it has told anything: changes a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior(f64);

impl Default for Prior {
    fn default() -> Self {
        Self(USUAL_RATE)
    }
}

impl Prior {
    /// From what all services of a kind have told.
    pub fn of(paces: impl IntoIterator<Item = Pace>) -> Self {
        let start = Pace { changes: USUAL_RATE * USUAL_DAYS, days: USUAL_DAYS };
        let sum = paces
            .into_iter()
            .fold(start, |sum, pace| Pace { changes: sum.changes + pace.changes, days: sum.days + pace.days });
        Self(sum.changes / sum.days)
    }
}

impl Pace {
    /// With one more telling: after `gap` days the figures had changed, or had not.
    pub fn told(self, gap: f64, changed: bool) -> Self {
        let gap = gap.max(0.0);
        let kept = 0.5_f64.powf(gap / HALF_LIFE_DAYS);
        let changes = if changed { at_least_one(self.rate(Prior::default()) * gap) } else { 0.0 };
        Self { changes: self.changes * kept + changes, days: self.days * kept + gap }
    }

    /// Changes a day, as far as is known.
    pub fn rate(self, prior: Prior) -> f64 {
        let (changes, days) = self.with(prior);
        changes / days
    }

    /// How likely it is that figures have changed so many days after they were told.
    pub fn chance_of_change(self, prior: Prior, days: f64) -> f64 {
        let (shape, rate) = self.with(prior);
        1.0 - (rate / (rate + days.max(0.0))).powf(shape)
    }

    /// After how many days that chance passes `threshold`, which is between 0 and 1.
    pub fn days_until(self, prior: Prior, threshold: f64) -> f64 {
        let (shape, rate) = self.with(prior);
        rate * ((1.0 - threshold).powf(-1.0 / shape) - 1.0)
    }

    /// Shape and rate of the gamma distribution of the changes a day.
    fn with(self, prior: Prior) -> (f64, f64) {
        (prior.0 * PRIOR_DAYS + self.changes, PRIOR_DAYS + self.days)
    }
}

/// How many changes a Poisson process of this mean has had, where it had at least one: who tells
/// after a long silence tells of more than one change, and counting one would take the home for a
/// slow one, remind it ever later, and never find out.
fn at_least_one(mean: f64) -> f64 {
    if mean < 1e-6 { 1.0 } else { mean / (1.0 - (-mean).exp()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after(tellings: &[(f64, bool)]) -> Pace {
        tellings.iter().fold(Pace::default(), |pace, (gap, changed)| pace.told(*gap, *changed))
    }

    #[test]
    fn a_home_of_which_nothing_is_known_is_asked_as_its_kind_is() {
        let days = Pace::default().days_until(Prior::default(), 0.5);
        assert!((3.8..4.0).contains(&days), "{days}");
        let quick = Prior::of([Pace { changes: 900.0, days: 1000.0 }]);
        assert!(Pace::default().days_until(quick, 0.5) < 1.0);
    }

    #[test]
    fn who_changes_often_is_asked_sooner_than_who_confirms() {
        let often = after(&[(1.0, true); 20]).days_until(Prior::default(), 0.5);
        let seldom = after(&[(1.0, false); 20]).days_until(Prior::default(), 0.5);
        assert!(often < 1.5 && seldom > 7.0, "{often} {seldom}");
    }

    #[test]
    fn a_home_that_always_tells_late_is_not_taken_for_a_slow_one() {
        let late = after(&[(10.0, true); 12]).rate(Prior::default());
        assert!(late > 0.13, "one change in ten days would be 0.1: {late}");
    }

    #[test]
    fn old_habits_fade() {
        let slow = [(5.0, false); 30];
        let changed_its_ways = [slow.as_slice(), &[(1.0, true); 60]].concat();
        assert!(after(&changed_its_ways).days_until(Prior::default(), 0.5) < 2.0);
    }

    proptest! {
        #[test]
        fn the_moment_found_is_the_one_at_which_the_chance_passes_the_threshold(
            tellings in prop::collection::vec((0.0..30.0_f64, any::<bool>()), 0..40),
            rate in 0.01..3.0_f64,
            threshold in 0.05..0.95_f64,
        ) {
            let (pace, prior) = (after(&tellings), Prior(rate));
            let days = pace.days_until(prior, threshold);
            prop_assert!(days.is_finite() && days > 0.0);
            prop_assert!((pace.chance_of_change(prior, days) - threshold).abs() < 1e-6);
            prop_assert!(pace.chance_of_change(prior, days * 2.0) >= threshold);
            prop_assert!(pace.told(1.0, true).days_until(prior, threshold) <= pace.told(1.0, false).days_until(prior, threshold));
        }
    }
}
