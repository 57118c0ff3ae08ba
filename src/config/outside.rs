//! What this process is told by its environment besides the settings. No file sets these, and `berth
//! config` does not show them.

use std::time::Duration;

use crate::base::secret::Secret;

/// The bearer token of `berth watch`.
pub fn watch_token() -> Option<Secret> {
    std::env::var("BERTH_TOKEN").ok().filter(|token| !token.is_empty()).map(Secret::from_text)
}

/// How systemd wants to hear of the server it started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supervised {
    pub socket: String,
    /// It ends a server that says nothing for so long.
    pub watchdog: Option<Duration>,
}

pub fn supervised() -> Option<Supervised> {
    let own = std::process::id().to_string();
    let meant_for_us = std::env::var("WATCHDOG_PID").ok().is_none_or(|id| id == own);
    let micros = std::env::var("WATCHDOG_USEC").ok().filter(|_| meant_for_us);
    let watchdog = micros.and_then(|text| text.parse().ok()).map(Duration::from_micros);
    Some(Supervised { socket: std::env::var("NOTIFY_SOCKET").ok()?, watchdog })
}
