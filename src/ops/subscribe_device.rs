//! A browser that takes notifications: as it subscribes, and as it takes that back.
//! Where it may be reached is checked by who sends, again at each connection.

use serde::{Deserialize, Serialize};

use crate::base::clock::Clock;
use crate::base::stamp::Stamp;
use crate::domain::actor::{Actor, Who};
use crate::domain::alert::DeviceId;
use crate::domain::audit::Did;
use crate::domain::person::PersonId;
use crate::domain::words::Deed;
use crate::ops::{Refused, audit};
use crate::store::conn::Conn;
use crate::store::devices::{self, Device};
use crate::store::jobs::{self, NewJob};
use crate::store::{Db, Error};

/// The job that sends a test; `jobs/` delivers it.
pub const TEST_JOB: &str = "push_test";

/// What the job needs to send a test.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PushTest {
    pub device: DeviceId,
}

/// A browser's own words, already read.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
    /// What the browser calls itself.
    pub device: String,
}

/// Keeps a subscription: a signed-in person's alerts with notifications now reach this browser.
pub async fn run(db: &Db, clock: &Clock, actor: Actor, subscription: Subscription) -> Result<DeviceId, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let Subscription { endpoint, p256dh, auth, device } = subscription;
        let person = person(&actor);
        let device = device.chars().take(200).collect();
        let id = DeviceId::fresh(now);
        let id = devices::put(c, &Device { id, person, endpoint, p256dh, auth, device, made_at: now, used_at: None })?;
        audit::record(c, now, &actor, Did::new(Deed::DeviceAdded).saying(id.as_str()))?;
        Ok(id)
    })
    .await
}

/// Forgets a subscription. Its endpoint is a secret of the browser, so naming it is right enough.
pub async fn forget(db: &Db, clock: &Clock, actor: Actor, endpoint: String) -> Result<(), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let device = devices::by_endpoint(c, &endpoint)?.ok_or(Error::NotFound)?;
        devices::delete(c, &device.id)?;
        audit::record(c, clock.now(), &actor, Did::new(Deed::DeviceForgotten).saying(device.id.as_str()))
    })
    .await
}

/// Forgets one of one's own browsers.
pub async fn remove(db: &Db, clock: &Clock, actor: Actor, id: DeviceId) -> Result<(), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let device = own(c, &actor, &id)?;
        devices::delete(c, &device.id)?;
        audit::record(c, clock.now(), &actor, Did::new(Deed::DeviceForgotten).saying(device.id.as_str()))
    })
    .await
}

/// Sends one of one's own browsers a test.
pub async fn test(db: &Db, clock: &Clock, actor: Actor, id: DeviceId) -> Result<(), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let device = own(c, &actor, &id)?;
        enqueue_test(c, &device, clock.now())
    })
    .await
}

/// The same for the browser that knows this endpoint, signed in or not.
pub async fn test_endpoint(db: &Db, clock: &Clock, endpoint: String) -> Result<(), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let device = devices::by_endpoint(c, &endpoint)?.ok_or(Error::NotFound)?;
        enqueue_test(c, &device, clock.now())
    })
    .await
}

/// One at a time: a second click while the first is on its way sends nothing more.
fn enqueue_test(c: &mut Conn, device: &Device, now: Stamp) -> Result<(), Refused> {
    let key = format!("test {}", device.id);
    if jobs::is_waiting(c, &key)? {
        return Ok(());
    }
    let payload =
        serde_json::to_string(&PushTest { device: device.id.clone() }).map_err(|e| Error::Broken(e.to_string()))?;
    let lane = device.lane();
    jobs::enqueue(c, &NewJob { name: TEST_JOB, payload, lane: &lane, order: Some((key, 0)), run_at: now }, now)?;
    Ok(())
}

fn own(c: &mut Conn, actor: &Actor, id: &DeviceId) -> Result<Device, Refused> {
    let device = devices::get(c, id)?.filter(|device| device.person.is_some() && device.person == person(actor));
    device.ok_or(Refused::NotFound)
}

fn person(actor: &Actor) -> Option<PersonId> {
    match &actor.who {
        Who::Person(id) => Some(id.clone()),
        Who::Public | Who::Token(_) | Who::System => None,
    }
}
