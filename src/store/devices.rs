//! Browsers that take notifications, as they subscribed, and which alerts of people who do not sign
//! in reach which of them. Sending is elsewhere.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::alert::{Alert, AlertId, DeviceId};
use crate::domain::person::PersonId;
use crate::store::conn::Conn;
use crate::store::schema::{alert_devices, push_subscriptions};
use crate::store::{Error, notices};

/// A browser as it subscribed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    pub id: DeviceId,
    pub person: Option<PersonId>,
    /// The address at its push service: whoever knows it may send, so it is never shown.
    pub endpoint: String,
    /// Base64url, as the browser gave them.
    pub p256dh: String,
    pub auth: String,
    /// What the browser calls itself, for the list of devices.
    pub device: String,
    pub made_at: Stamp,
    /// When a push service last took something for it.
    pub used_at: Option<Stamp>,
}

impl Device {
    /// The host that takes its messages: each has a lane of its own among the jobs, so that one that
    /// is away delays nobody else's notifications.
    pub fn lane(&self) -> String {
        let host = url::Url::parse(&self.endpoint).ok().and_then(|url| url.host_str().map(str::to_owned));
        format!("push {}", host.unwrap_or_default())
    }
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = push_subscriptions)]
#[diesel(treat_none_as_default_value = false)]
#[diesel(treat_none_as_null = true)]
struct DeviceRow {
    id: String,
    person_id: Option<String>,
    endpoint: String,
    p256dh: String,
    auth: String,
    device: String,
    made_at: NaiveDateTime,
    used_at: Option<NaiveDateTime>,
}

impl DeviceRow {
    fn read(self) -> Device {
        Device {
            id: DeviceId::from_text(self.id),
            person: self.person_id.map(PersonId::from_text),
            endpoint: self.endpoint,
            p256dh: self.p256dh,
            auth: self.auth,
            device: self.device,
            made_at: Stamp::from_naive(self.made_at),
            used_at: self.used_at.map(Stamp::from_naive),
        }
    }
}

/// Writes a browser's subscription. One that subscribes again keeps its id, with its new keys.
pub fn put(c: &mut Conn, device: &Device) -> Result<DeviceId, Error> {
    let known: Option<String> = push_subscriptions::table
        .filter(push_subscriptions::endpoint.eq(&device.endpoint))
        .select(push_subscriptions::id)
        .first(c)
        .optional()?;
    let row = DeviceRow {
        id: known.clone().unwrap_or_else(|| device.id.as_str().to_owned()),
        person_id: device.person.as_ref().map(|id| id.as_str().to_owned()),
        endpoint: device.endpoint.clone(),
        p256dh: device.p256dh.clone(),
        auth: device.auth.clone(),
        device: device.device.clone(),
        made_at: device.made_at.naive(),
        used_at: device.used_at.map(Stamp::naive),
    };
    match known {
        Some(id) => diesel::update(push_subscriptions::table.find(id)).set(&row).execute(c)?,
        None => diesel::insert_into(push_subscriptions::table).values(&row).execute(c)?,
    };
    Ok(DeviceId::from_text(row.id))
}

pub fn get(c: &mut Conn, id: &DeviceId) -> Result<Option<Device>, Error> {
    let found = push_subscriptions::table.find(id.as_str()).select(DeviceRow::as_select());
    Ok(found.first(c).optional()?.map(DeviceRow::read))
}

/// The browsers of a person, newest first.
pub fn of_person(c: &mut Conn, person: &PersonId) -> Result<Vec<Device>, Error> {
    let rows: Vec<DeviceRow> = push_subscriptions::table
        .filter(push_subscriptions::person_id.eq(person.as_str()))
        .order(push_subscriptions::id.desc())
        .select(DeviceRow::as_select())
        .load(c)?;
    Ok(rows.into_iter().map(DeviceRow::read).collect())
}

/// The browsers that an alert reaches: all of its person's, or those it was told.
pub fn reached_by(c: &mut Conn, alert: &Alert) -> Result<Vec<Device>, Error> {
    if let Some(person) = &alert.person {
        return of_person(c, person);
    }
    let rows: Vec<DeviceRow> = push_subscriptions::table
        .filter(
            push_subscriptions::id.eq_any(
                alert_devices::table
                    .filter(alert_devices::alert_id.eq(alert.id.as_str()))
                    .select(alert_devices::subscription_id),
            ),
        )
        .order(push_subscriptions::id)
        .select(DeviceRow::as_select())
        .load(c)?;
    Ok(rows.into_iter().map(DeviceRow::read).collect())
}

/// Lets an alert reach a browser, once.
pub fn reach(c: &mut Conn, alert: &AlertId, device: &DeviceId) -> Result<(), Error> {
    let key = (alert.as_str(), device.as_str());
    if alert_devices::table.find(key).select(alert_devices::alert_id).first::<String>(c).optional()?.is_none() {
        let row = (alert_devices::alert_id.eq(key.0), alert_devices::subscription_id.eq(key.1));
        diesel::insert_into(alert_devices::table).values(row).execute(c)?;
    }
    Ok(())
}

/// A push service took something for this browser.
pub fn mark_used(c: &mut Conn, id: &DeviceId, now: Stamp) -> Result<(), Error> {
    diesel::update(push_subscriptions::table.find(id.as_str()))
        .set(push_subscriptions::used_at.eq(now.naive()))
        .execute(c)?;
    Ok(())
}

/// Forgets a browser, and that alerts reached it. Nothing happens if it is forgotten already.
pub fn delete(c: &mut Conn, id: &DeviceId) -> Result<(), Error> {
    notices::forget(c, id)?;
    diesel::delete(alert_devices::table.filter(alert_devices::subscription_id.eq(id.as_str()))).execute(c)?;
    diesel::delete(push_subscriptions::table.find(id.as_str())).execute(c)?;
    Ok(())
}

/// The browser that subscribed with this endpoint.
pub fn by_endpoint(c: &mut Conn, endpoint: &str) -> Result<Option<Device>, Error> {
    let found = push_subscriptions::table.filter(push_subscriptions::endpoint.eq(endpoint));
    Ok(found.select(DeviceRow::as_select()).first(c).optional()?.map(DeviceRow::read))
}
