//! The only place that asks the machine what time it is.
//! Everything else is handed a `Clock`, so that a test can set the time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::{Duration, Utc};

use crate::base::stamp::Stamp;

/// A clock, cheap to clone. Either the machine's, or one that a test moves by hand.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    System,
    Set(Arc<Mutex<Stamp>>),
}

impl Clock {
    pub fn set_at(stamp: Stamp) -> Self {
        Self::Set(Arc::new(Mutex::new(stamp)))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one door to the machine's clock")]
    pub fn now(&self) -> Stamp {
        match self {
            Self::System => Stamp::new(Utc::now()),
            Self::Set(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Moves a set clock; the machine's own clock is not ours to move, so it stays.
    pub fn advance(&self, span: Duration) {
        if let Self::Set(at) = self {
            let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
            *at = at.plus(span);
        }
    }
}

/// For pauses of milliseconds, which no calendar and no test sets: it never goes back.
pub fn stopwatch() -> Instant {
    Instant::now()
}
