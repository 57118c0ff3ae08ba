//! A browser that takes notifications: as it subscribes, and as it takes that back.
//! Where it may be reached is checked by who sends, again at each connection.

use crate::base::clock::Clock;
use crate::domain::actor::{Actor, Who};
use crate::domain::alert::DeviceId;
use crate::domain::audit::Did;
use crate::domain::person::PersonId;
use crate::domain::words::Deed;
use crate::ops::{Refused, audit};
use crate::store::devices::{self, Device};
use crate::store::{Db, Error};

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
        let id = devices::put(c, &Device { id, person, endpoint, p256dh, auth, device, made_at: now })?;
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

fn person(actor: &Actor) -> Option<PersonId> {
    match &actor.who {
        Who::Person(id) => Some(id.clone()),
        Who::Public | Who::Token(_) | Who::System => None,
    }
}
