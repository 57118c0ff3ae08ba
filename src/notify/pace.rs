//! How fast one domain is written to: a large provider that gets many mails at once takes them for
//! unwanted ones. It knows no mail, only turns.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::Duration as Span;

use crate::base::stamp::Stamp;

/// So much may go at once after a rest.
const AT_ONCE: Span = Span::seconds(1);
/// More domains than this are written to by nobody at the same time; those at rest are forgotten.
const MOST_DOMAINS: usize = 10_000;

/// Turns, domain by domain.
pub struct Pace {
    between: Span,
    domains: Mutex<HashMap<String, Turns>>,
}

struct Turns {
    /// When the next one is due, if all came evenly.
    next: Stamp,
    /// When the last of those that were sent away is to be back.
    back: Stamp,
    /// When a turn was last asked for.
    asked: Stamp,
}

impl Turns {
    fn from(now: Stamp) -> Self {
        Self { next: now, back: now, asked: now }
    }
}

impl Pace {
    pub fn new(a_minute: u32) -> Self {
        let between = Span::microseconds(60_000_000 / i64::from(a_minute.max(1)));
        Self { between, domains: Mutex::default() }
    }

    /// Takes a turn now, or says how long to stay away.
    pub fn turn(&self, domain: &str, now: Stamp) -> Option<Duration> {
        let mut domains = self.domains.lock().unwrap_or_else(PoisonError::into_inner);
        if domains.len() > MOST_DOMAINS {
            domains.retain(|_, turns| turns.back > now || turns.next > now);
        }
        let turns = domains.entry(domain.to_lowercase()).or_insert(Turns::from(now));
        // A clock that was ahead and has been put right: nobody waits until it is there again.
        if turns.asked > now.plus(AT_ONCE) {
            *turns = Turns::from(now);
        }
        turns.asked = now;
        if turns.next <= now.plus(AT_ONCE) {
            turns.next = turns.next.max(now).plus(self.between);
            return None;
        }
        turns.back = turns.back.max(turns.next).plus(self.between);
        Some(turns.back.since(now).to_std().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_holds_what_the_pace_says_and_who_is_sent_away_comes_back_in_turn() {
        let pace = Pace::new(60);
        let begin = Stamp::parse("2026-11-22T09:30:00Z").unwrap();
        let turns: Vec<Option<u64>> =
            (0..5).map(|_| pace.turn("example.org", begin).map(|wait| wait.as_secs())).collect();
        assert_eq!(turns, [None, None, Some(3), Some(4), Some(5)]);
        assert_eq!(pace.turn("EXAMPLE.org", begin), Some(Duration::from_secs(6)));
        assert_eq!(pace.turn("example.com", begin), None, "another domain has turns of its own");
        let ahead = begin.plus(Span::days(1));
        assert_eq!(pace.turn("example.net", ahead), None);
        assert_eq!(pace.turn("example.net", begin), None, "nobody waits for a clock that was wrong");
        let mut sent = 2;
        for second in 1..=60 {
            let now = begin.plus(Span::seconds(second));
            sent += (0..10).filter(|_| pace.turn("example.org", now).is_none()).count();
        }
        assert!((60..=62).contains(&sent), "{sent}");
    }
}
