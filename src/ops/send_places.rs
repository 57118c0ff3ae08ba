//! Sends somebody a few services, by mail or text message. Where it goes is kept in the row of the work
//! and nowhere else, and goes with it: nothing remembers who was written to.

use serde::{Deserialize, Serialize};

use crate::base::clock::Clock;
use crate::base::stamp::Stamp;
use crate::domain::actor::Actor;
use crate::domain::care_service::CareServiceId;
use crate::domain::invalid::Invalid;
use crate::domain::mobile::Mobile;
use crate::domain::person::EmailAddress;
use crate::domain::shortlist::MOST;
use crate::ops::Refused;
use crate::ops::make_alert::ASKED_FOR_LANE;
use crate::store::conn::Conn;
use crate::store::jobs::{self, NewJob};
use crate::store::{Db, Error, services};

pub const MAIL_JOB: &str = "places_mail";
pub const TEXT_JOB: &str = "places_text";
/// Text messages do not wait for mail.
const TEXT_LANE: &str = "text";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacesMail {
    pub to: EmailAddress,
    pub services: Vec<CareServiceId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacesText {
    pub to: Mobile,
    pub services: Vec<CareServiceId>,
}

/// By mail: anybody may, to an address that they type.
pub async fn by_mail(db: &Db, clock: &Clock, to: EmailAddress, ids: Vec<CareServiceId>) -> Result<(), Refused> {
    let now = clock.now();
    db.write(move |c| {
        let services = listed(c, ids)?;
        put(c, now, (MAIL_JOB, ASKED_FOR_LANE), &PlacesMail { to, services })
    })
    .await
}

/// By text message: staff, since each costs the council.
pub async fn by_text(db: &Db, clock: &Clock, actor: Actor, to: Mobile, ids: Vec<CareServiceId>) -> Result<(), Refused> {
    if !actor.is_staff() {
        return Err(Refused::NotAllowed);
    }
    let now = clock.now();
    db.write(move |c| {
        let services = listed(c, ids)?;
        put(c, now, (TEXT_JOB, TEXT_LANE), &PlacesText { to, services })
    })
    .await
}

/// Those of them that are on the register.
fn listed(c: &mut Conn, ids: Vec<CareServiceId>) -> Result<Vec<CareServiceId>, Refused> {
    let mut listed = Vec::new();
    for id in ids.into_iter().take(MOST) {
        match services::get(c, &id) {
            Ok(stored) if stored.service.left_at.is_none() => listed.push(id),
            Ok(_) | Err(Error::NotFound) => {}
            Err(other) => return Err(other.into()),
        }
    }
    let nothing = || Invalid::one("", "nothing", "There is no service to send.");
    if listed.is_empty() { Err(nothing().into()) } else { Ok(listed) }
}

fn put(c: &mut Conn, now: Stamp, (name, lane): (&str, &str), job: &impl Serialize) -> Result<(), Refused> {
    let payload = serde_json::to_string(job).map_err(|e| Error::Broken(format!("cannot write a job: {e}")))?;
    jobs::enqueue(c, &NewJob { name, payload, lane, order: None, run_at: now }, now)?;
    Ok(())
}
