//! The one timer of all watchers: turns the wheel of heartbeats, and asks now and then whether the
//! sign-ins by which somebody watches still hold. It knows neither clock nor database.

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::live::group::Pass;
use crate::live::hub::Hub;

/// Who signs out is signed out everywhere within five seconds, looking included.
const ASK_EVERY: Duration = Duration::from_secs(4);

/// Never ends by itself. `ended` says which of these sign-ins no longer hold.
pub async fn run<F>(hub: Arc<Hub>, ended: impl Fn(HashSet<Pass>) -> F)
where
    F: Future<Output = HashSet<Pass>>,
{
    let mut seconds = every(Duration::from_secs(1));
    let mut asks = every(ASK_EVERY);
    let beating = async {
        loop {
            seconds.tick().await;
            hub.tick();
        }
    };
    let asking = async {
        loop {
            asks.tick().await;
            let passes = hub.passes();
            if !passes.is_empty() {
                hub.sign_out(&ended(passes).await);
            }
        }
    };
    // Apart, so that a slow answer delays no heartbeat.
    tokio::join!(beating, asking);
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
