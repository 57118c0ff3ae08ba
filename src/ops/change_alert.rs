//! What happens to an alert after it was made: confirmed, changed, ended, started again.
//! Each is one act; by whose right is said by `By`.

use crate::base::clock::Clock;
use crate::domain::alert::{Alert, AlertAsked, AlertId, AlertState};
use crate::domain::audit::Did;
use crate::domain::words::Deed;
use crate::ops::alert_link::{By, Held};
use crate::ops::make_alert::{in_query, reach};
use crate::ops::{Refused, audit};
use crate::store::conn::Conn;
use crate::store::{Db, alerts, places};

/// Starts an alert whose address was asked. Once more changes nothing; an ended one stays ended.
pub async fn confirm(db: &Db, clock: &Clock, held: Held) -> Result<Alert, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let alert = alerts::get(c, held.alert())?;
        match alert.state {
            AlertState::Active => Ok(alert),
            AlertState::Ended => Err(Refused::Ended),
            AlertState::Asked => {
                let alert = Alert { state: AlertState::Active, active_at: Some(clock.now()), ..alert };
                alerts::put(c, &alert)?;
                Ok(alert)
            }
        }
    })
    .await
}

/// Changes what is asked, and leaves the rest. What it watches and how often it tells count from now.
pub async fn change(db: &Db, clock: &Clock, by: By, id: AlertId, asked: AlertAsked) -> Result<Alert, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let before = of(c, &by, &id)?;
        if before.state == AlertState::Ended {
            return Err(Refused::NotFound);
        }
        let query = match asked.filter {
            Some(filter) => places::resolve::<Refused>(c, filter).map_err(in_query)?.query(),
            None => before.query.clone(),
        };
        let mut after = Alert {
            name: asked.name.unwrap_or_else(|| before.name.clone()),
            query,
            channels: asked.channels.unwrap_or_else(|| before.channels.clone()),
            hour: asked.hour.unwrap_or(before.hour),
            quiet: asked.quiet.unwrap_or(before.quiet),
            paused_until: asked.paused_until.unwrap_or(before.paused_until),
            further: asked.further.unwrap_or(before.further),
            until_placed: asked.until_placed.unwrap_or(before.until_placed),
            heartbeat: asked.heartbeat.unwrap_or(before.heartbeat),
            ..before.clone()
        };
        let as_before = (&after.query, &after.channels, after.hour) == (&before.query, &before.channels, before.hour);
        if after.state == AlertState::Active && !as_before {
            after.active_at = Some(clock.now());
        }
        alerts::put(c, &after)?;
        if let Some(endpoint) = &asked.push_endpoint {
            reach(c, &after, endpoint)?;
        }
        audit::record(c, clock.now(), &by.actor(), Did::new(Deed::AlertChanged).saying(after.id.as_str()))?;
        Ok(after)
    })
    .await
}

/// Ends an alert: nothing more is sent. Ending it again changes nothing.
pub async fn end(db: &Db, clock: &Clock, by: By, id: AlertId) -> Result<Alert, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let alert = of(c, &by, &id)?;
        if alert.state == AlertState::Ended {
            return Ok(alert);
        }
        let alert = Alert { state: AlertState::Ended, ..alert };
        alerts::put(c, &alert)?;
        audit::record(c, clock.now(), &by.actor(), Did::new(Deed::AlertEnded).saying(alert.id.as_str()))?;
        Ok(alert)
    })
    .await
}

/// An alert, for who may know of it.
pub async fn get(db: &Db, by: By, id: AlertId) -> Result<Alert, Refused> {
    db.read(move |c| of(c, &by, &id)).await
}

fn of(c: &mut Conn, by: &By, id: &AlertId) -> Result<Alert, Refused> {
    let alert = alerts::get(c, id)?;
    by.check(&alert)?;
    Ok(alert)
}
