//! How old a figure is, in the four words of the service. Where the limits come from is not its business.

use chrono::Duration;

use crate::base::stamp::Stamp;
use crate::domain::words::Freshness;

/// Until when a figure is fresh, and until when it is ageing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreshnessLimits {
    pub fresh_under: Duration,
    pub ageing_under: Duration,
}

impl Default for FreshnessLimits {
    fn default() -> Self {
        Self { fresh_under: Duration::hours(24), ageing_under: Duration::days(7) }
    }
}

/// The moment at which figures are looked at, with the limits of the deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub now: Stamp,
    pub limits: FreshnessLimits,
}

impl Moment {
    pub fn at(now: Stamp) -> Self {
        Self { now, limits: FreshnessLimits::default() }
    }

    pub fn freshness(&self, confirmed_at: Option<Stamp>) -> Freshness {
        match confirmed_at.map(|at| self.now.since(at)) {
            None => Freshness::Never,
            Some(age) if age < self.limits.fresh_under => Freshness::Fresh,
            Some(age) if age < self.limits.ageing_under => Freshness::Ageing,
            Some(_) => Freshness::Stale,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_fresh_for_a_day_and_ageing_for_a_week() {
        let then = Stamp::parse("2026-11-22T09:30:00Z").unwrap();
        for (age, word) in [
            (Duration::zero(), Freshness::Fresh),
            (Duration::hours(24) - Duration::seconds(1), Freshness::Fresh),
            (Duration::hours(24), Freshness::Ageing),
            (Duration::days(7) - Duration::seconds(1), Freshness::Ageing),
            (Duration::days(7), Freshness::Stale),
        ] {
            assert_eq!(Moment::at(then.plus(age)).freshness(Some(then)), word);
        }
        assert_eq!(Moment::at(then).freshness(None), Freshness::Never);
        assert_eq!(Moment::at(then.minus(Duration::hours(1))).freshness(Some(then)), Freshness::Fresh);
    }
}
