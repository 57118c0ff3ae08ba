//! How often people met a service, and how it compares with others like it. Counts only: who
//! searched or looked is known to nobody.

use chrono::NaiveDate;

/// Over so many local days, today included, a service's page tells how it was met.
pub const DAYS: u64 = 28;
/// Under so many others, a middle value would nearly tell that of one of them.
pub const FEWEST_TO_COMPARE: usize = 5;

/// How often a service was met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// Shown among the results of a search on the public page.
    pub found: u64,
    /// Its own page was opened.
    pub seen: u64,
    /// Of these, while its page said that nothing is free, with figures no older than a week.
    pub seen_full: u64,
}

impl Interest {
    pub const FOUND: Self = Self { found: 1, seen: 0, seen_full: 0 };

    /// A look at the page.
    pub fn look(is_full: bool) -> Self {
        Self { found: 0, seen: 1, seen_full: u64::from(is_full) }
    }

    pub fn plus(self, other: Self) -> Self {
        Self {
            found: self.found + other.found,
            seen: self.seen + other.seen,
            seen_full: self.seen_full + other.seen_full,
        }
    }
}

/// Phone calls that were not made: each enquiry that came through Berth, and half of the looks at a
/// page that said "nothing free" with figures one can rely on. Half, since nobody knows who of them
/// would have phoned.
pub fn calls_saved(interest: Interest, enquiries: u64) -> u64 {
    enquiries + interest.seen_full / 2
}

/// The middle of several numbers; `None` of too few to be nobody's.
pub fn median(mut numbers: Vec<u64>) -> Option<u64> {
    if numbers.len() < FEWEST_TO_COMPARE {
        return None;
    }
    numbers.sort_unstable();
    Some(numbers[numbers.len() / 2])
}

/// The first of the days that are told.
pub fn first_day(today: NaiveDate) -> NaiveDate {
    today - chrono::Days::new(DAYS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_few_is_told_to_nobody() {
        assert_eq!(median(vec![1, 2, 3, 4]), None);
        assert_eq!(median(vec![9, 1, 5, 2, 7]), Some(5));
    }

    #[test]
    fn a_call_is_saved_by_each_enquiry_and_by_every_second_look_at_a_full_home() {
        let interest =
            Interest::FOUND.plus(Interest::look(true)).plus(Interest::look(true)).plus(Interest::look(false));
        assert_eq!(interest, Interest { found: 1, seen: 3, seen_full: 2 });
        assert_eq!(calls_saved(interest, 4), 5);
    }
}
