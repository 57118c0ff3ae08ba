//! Saves a filter as an alert. A signed-in person's begins at once; anyone else's waits until the
//! address is confirmed by the mail that is enqueued here.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::base::clock::Clock;
use crate::base::stamp::Stamp;
use crate::domain::actor::{Actor, Who};
use crate::domain::alert::{Alert, AlertAsked, AlertId, AlertState};
use crate::domain::audit::Did;
use crate::domain::invalid::Invalid;
use crate::domain::person::{EmailAddress, PersonId};
use crate::domain::words::{AlertChannel, Deed};
use crate::ops::{Refused, audit};
use crate::store::conn::Conn;
use crate::store::jobs::{self, NewJob};
use crate::store::{self, Db, alerts, devices, people, places};

/// Nobody watches more than this, and a program gone wild stops here.
const MOST_ALERTS: usize = 200;
/// So many confirmations an address is asked for in an hour, so that nobody's mailbox is flooded.
const MOST_ASKED: i64 = 5;
const ASKED_WITHIN: Duration = Duration::hours(1);
/// The job that asks an address; `jobs/` delivers it.
pub const CONFIRM_JOB: &str = "confirm_alert_mail";
/// Mails that somebody waits for at a page: signing in, confirming.
pub const ASKED_FOR_LANE: &str = "sign-in";

/// What the job needs to ask an address.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConfirmAlertMail {
    pub alert: AlertId,
}

/// Makes the alert. `hour` is the hour of digests unless another is asked for.
pub async fn run(db: &Db, clock: &Clock, actor: Actor, asked: AlertAsked, hour: u32) -> Result<Alert, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let owner = owner(c, &actor, asked.email.clone())?;
        let alert = alert(c, &owner, &asked, hour, now)?;
        check_limits(c, &alert, now)?;
        alerts::put(c, &alert)?;
        if let Some(endpoint) = &asked.push_endpoint {
            reach(c, &alert, endpoint)?;
        }
        if alert.state == AlertState::Asked {
            ask(c, &alert.id, now)?;
        }
        audit::record(c, now, &actor, Did::new(Deed::AlertMade).saying(alert.id.as_str()))?;
        Ok(alert)
    })
    .await
}

/// To whom an alert belongs, and whether the address is known to be theirs.
struct Owner {
    person: Option<PersonId>,
    email: Option<EmailAddress>,
    confirmed: bool,
}

fn owner(c: &mut Conn, actor: &Actor, email: Option<EmailAddress>) -> Result<Owner, Refused> {
    let needed = || Invalid::one("/email", "required", "Enter your email address, so that you can confirm the alert.");
    match &actor.who {
        Who::Person(id) => {
            let own = people::get(c, id)?.email;
            if email.is_some_and(|email| email != own) {
                let detail = format!("Your alerts go to {own}. Leave the address out, or sign in with the other one.");
                return Err(Invalid::one("/email", "not_yours", detail).into());
            }
            Ok(Owner { person: Some(id.clone()), email: None, confirmed: true })
        }
        Who::System => {
            let email = email.ok_or_else(needed)?;
            let known = people::by_email(c, &email)?.map(|person| person.id);
            Ok(Owner { email: known.is_none().then_some(email), person: known, confirmed: true })
        }
        Who::Public | Who::Token(_) => {
            Ok(Owner { person: None, email: Some(email.ok_or_else(needed)?), confirmed: false })
        }
    }
}

fn alert(c: &mut Conn, owner: &Owner, asked: &AlertAsked, hour: u32, now: Stamp) -> Result<Alert, Refused> {
    let incomplete = || Invalid::one("", "required", "An alert needs a name, a filter and a channel.");
    let (Some(name), Some(filter), Some(channels)) = (&asked.name, &asked.filter, &asked.channels) else {
        return Err(incomplete().into());
    };
    Ok(Alert {
        id: AlertId::fresh(now),
        person: owner.person.clone(),
        email: owner.email.clone(),
        name: name.clone(),
        query: places::resolve::<Refused>(c, filter.clone()).map_err(in_query)?.query(),
        channels: channels.clone(),
        state: if owner.confirmed { AlertState::Active } else { AlertState::Asked },
        hour: asked.hour.unwrap_or(hour),
        quiet: asked.quiet.flatten(),
        paused_until: asked.paused_until.flatten(),
        made_at: now,
        active_at: owner.confirmed.then_some(now),
        further: asked.further.unwrap_or(false),
        until_placed: asked.until_placed.unwrap_or(false),
        heartbeat: asked.heartbeat.unwrap_or(false),
    })
}

/// What is wrong with the filter of an alert is wrong with its `query`.
pub(super) fn in_query(refused: Refused) -> Refused {
    match refused {
        Refused::Invalid(invalid) => Invalid::one("/query", "bad_filter", invalid.to_string()).into(),
        other => other,
    }
}

fn check_limits(c: &mut Conn, alert: &Alert, now: Stamp) -> Result<(), Refused> {
    let there = match (&alert.person, &alert.email) {
        (Some(person), _) => alerts::of_person(c, person)?.len(),
        (None, Some(email)) => alerts::of_email(c, email)?.len(),
        (None, None) => 0,
    };
    if there >= MOST_ALERTS {
        let detail = format!("There are {MOST_ALERTS} alerts already. Stop one first.");
        return Err(Invalid::one("", "too_many", detail).into());
    }
    let asked = alert.email.as_ref().filter(|_| alert.state == AlertState::Asked);
    if let Some(email) = asked
        && alerts::asked_since(c, email, now.minus(ASKED_WITHIN))? >= MOST_ASKED
    {
        return Err(Refused::TooMany);
    }
    Ok(())
}

/// Lets the alert reach the browser of somebody who is not signed in, if it has subscribed.
pub(super) fn reach(c: &mut Conn, alert: &Alert, endpoint: &str) -> Result<(), Refused> {
    match devices::by_endpoint(c, endpoint)? {
        Some(device) => Ok(devices::reach(c, &alert.id, &device.id)?),
        None if alert.has(AlertChannel::Push) => {
            let detail = "This browser is not known here. Turn its notifications on again.";
            Err(Invalid::one("/push_endpoint", "unknown_device", detail).into())
        }
        None => Ok(()),
    }
}

fn ask(c: &mut Conn, alert: &AlertId, now: Stamp) -> Result<(), Refused> {
    let payload = serde_json::to_string(&ConfirmAlertMail { alert: alert.clone() })
        .map_err(|e| store::Error::Broken(e.to_string()))?;
    jobs::enqueue(c, &NewJob { name: CONFIRM_JOB, payload, lane: ASKED_FOR_LANE, order: None, run_at: now }, now)?;
    Ok(())
}
