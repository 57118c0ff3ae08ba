//! How often one client address may try to sign in. What an account may do is limited in `ops`.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::HttpRequest;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::app::App;
use crate::http::problem::Problem;

/// So many tries at once, and as many again over a quarter of an hour: twenty people behind one
/// address sign in twice each, a guesser gets nowhere.
const TRIES: NonZeroU32 = NonZeroU32::new(50).expect("50 is not 0");
const REFILL_SECONDS: u64 = 900 / 50;

/// Tries of every client address.
pub struct SignInLimit(DefaultKeyedRateLimiter<IpAddr>);

impl Default for SignInLimit {
    fn default() -> Self {
        let quota = Quota::with_period(Duration::from_secs(REFILL_SECONDS)).map(|quota| quota.allow_burst(TRIES));
        Self(RateLimiter::keyed(quota.unwrap_or(Quota::per_minute(TRIES))))
    }
}

impl SignInLimit {
    /// Counts a try, or says how long to wait.
    pub fn check(&self, app: &App, request: &HttpRequest) -> Result<(), Problem> {
        let Some(address) = client_address(app, request) else { return Ok(()) };
        self.0.retain_recent_when_large();
        self.0.check_key(&address).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now()).as_secs();
            Problem::too_many(u32::try_from(wait).unwrap_or(u32::MAX).max(1))
        })
    }
}

/// Forgets addresses that were quiet, once there are many.
trait RetainWhenLarge {
    fn retain_recent_when_large(&self);
}

impl RetainWhenLarge for DefaultKeyedRateLimiter<IpAddr> {
    fn retain_recent_when_large(&self) {
        const LARGE: usize = 10_000;
        if self.len() > LARGE {
            self.retain_recent();
        }
    }
}

/// The address of the client: the connection's, or what the configured header of our proxy says.
pub fn client_address(app: &App, request: &HttpRequest) -> Option<IpAddr> {
    let Some(name) = &app.config.client_address_header else {
        return request.peer_addr().map(|peer| peer.ip());
    };
    // The last entry is the one our own proxy added.
    let value = request.headers().get(name)?.to_str().ok()?;
    value.rsplit(',').next()?.trim().parse().ok()
}
