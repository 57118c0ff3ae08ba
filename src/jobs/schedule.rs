//! Which digests are due: by the local hour that each alert and person chose, across clock changes. A
//! server that was away at the hour makes them late, once. How they read is not decided here.

use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};
use std::sync::Arc;

use tracing::warn;

use crate::app::App;
use crate::base::stamp::Stamp;
use crate::domain::alert::{Alert, AlertId};
use crate::domain::digest::{Cadence, Period};
use crate::jobs::digest::{self, Draft};
use crate::jobs::week;
use crate::store::{Error, alerts, digests, restore};

/// A digest with its alert and period.
pub struct Due {
    pub alert: Alert,
    pub period: Period,
}

/// Makes every digest and weekly mail that has become due and was not made. Whether all could be.
pub async fn round(app: &Arc<App>) -> anyhow::Result<bool> {
    let now = app.clock.now();
    let mut all_made = true;
    let guides = Arc::default();
    for cadence in Cadence::ALL {
        for due in due(app, cadence, now).await? {
            if let Err(error) = digest::make(app, &due.alert, due.period, now, &guides).await {
                warn!(alert.id = %due.alert.id, "a {} digest could not be made: {error:#}", cadence.word());
                all_made = false;
            }
        }
    }
    let weeks = week::due(app, now).await?;
    if let Err(error) = week::make(app, weeks, now).await {
        warn!("the weekly mails of who keeps services could not be made: {error:#}");
        all_made = false;
    }
    Ok(all_made)
}

/// What the hour has made due: not what it was before the alert began, nor what a later digest has
/// overtaken.
async fn due(app: &Arc<App>, cadence: Cadence, now: Stamp) -> Result<Vec<Due>, Error> {
    let zone = app.config.timezone;
    app.db
        .read(move |c| {
            let restored = restore::restored_at(c)?;
            let mut made: HashMap<String, HashSet<AlertId>> = HashMap::new();
            let mut due = Vec::new();
            for alert in alerts::wanting(c, cadence)? {
                let period = Period::last_due(cadence, now, zone, alert.hour);
                let due_at = period.due_at(zone, alert.hour);
                let began_before = alert.active_at.is_some_and(|since| since <= due_at);
                // Data that came back from a backup do not know what was sent since it was made.
                let may_be_sent = restored.is_some_and(|restored| due_at <= restored);
                if !began_before || may_be_sent || !alert.tells_of(now) {
                    continue;
                }
                let made = match made.entry(period.text()) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(unknown) => unknown.insert(digests::made_since(c, period)?),
                };
                if !made.contains(&alert.id) {
                    due.push(Due { alert, period });
                }
            }
            Ok(due)
        })
        .await
}

/// The digests of the local day or week of this moment that were not made, whatever the hour.
pub async fn of_now(app: &Arc<App>, cadence: Cadence, at: Stamp) -> Result<Vec<Due>, Error> {
    let period = Period::of(cadence, app.config.timezone.day(at));
    app.db
        .read(move |c| {
            let mut due = Vec::new();
            for alert in alerts::wanting(c, cadence)? {
                if !alert.is_paused(at) && !digests::is_made(c, &alert.id, period)? {
                    due.push(Due { alert, period });
                }
            }
            Ok(due)
        })
        .await
}

/// Makes those digests; the ones that have something to say.
pub async fn make_all(app: &Arc<App>, due: Vec<Due>, at: Stamp) -> anyhow::Result<Vec<Draft>> {
    let (mut made, guides) = (Vec::new(), Arc::default());
    for due in due {
        made.extend(digest::make(app, &due.alert, due.period, at, &guides).await?);
    }
    Ok(made)
}
