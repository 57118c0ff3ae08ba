//! What the notification of an alert on a browser says just now, so that it is replaced when there
//! is more and taken back when the place is gone. It knows nothing of what was only queued.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::alert::{AlertId, DeviceId};
use crate::domain::care_service::CareServiceId;
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::notices_shown;

/// A service that a notification tells of, by the change that brought it to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub service: CareServiceId,
    pub seq: i64,
    pub at: Stamp,
}

/// What a browser was shown of an alert since then, in the order of the services' ids.
pub fn shown(c: &mut Conn, alert: &AlertId, device: &DeviceId, since: Stamp) -> Result<Vec<Shown>, Error> {
    let rows: Vec<(String, i64, NaiveDateTime)> = notices_shown::table
        .filter(notices_shown::alert_id.eq(alert.as_str()))
        .filter(notices_shown::subscription_id.eq(device.as_str()))
        .filter(notices_shown::shown_at.gt(since.naive()))
        .order(notices_shown::service_id)
        .select((notices_shown::service_id, notices_shown::seq, notices_shown::shown_at))
        .load(c)?;
    let read =
        |(service, seq, at)| Shown { service: CareServiceId::from_text(service), seq, at: Stamp::from_naive(at) };
    Ok(rows.into_iter().map(read).collect())
}

/// Writes down what a notification says now, in place of what it said.
pub fn show(c: &mut Conn, alert: &AlertId, device: &DeviceId, shown: &[Shown]) -> Result<(), Error> {
    let before = notices_shown::table
        .filter(notices_shown::alert_id.eq(alert.as_str()))
        .filter(notices_shown::subscription_id.eq(device.as_str()));
    diesel::delete(before).execute(c)?;
    for one in shown {
        let row = (
            notices_shown::alert_id.eq(alert.as_str()),
            notices_shown::subscription_id.eq(device.as_str()),
            notices_shown::service_id.eq(one.service.as_str()),
            notices_shown::seq.eq(one.seq),
            notices_shown::shown_at.eq(one.at.naive()),
        );
        diesel::insert_into(notices_shown::table).values(row).execute(c)?;
    }
    Ok(())
}

/// A notification that tells of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    pub service: CareServiceId,
    pub alert: AlertId,
    pub device: DeviceId,
}

/// The notifications since then that tell of one of these services.
pub fn telling_of<'a>(
    c: &mut Conn,
    services: impl Iterator<Item = &'a CareServiceId>,
    since: Stamp,
) -> Result<Vec<Telling>, Error> {
    let rows: Vec<(String, String, String)> = notices_shown::table
        .filter(notices_shown::service_id.eq_any(services.map(CareServiceId::as_str)))
        .filter(notices_shown::shown_at.gt(since.naive()))
        .order((notices_shown::alert_id, notices_shown::subscription_id, notices_shown::service_id))
        .select((notices_shown::service_id, notices_shown::alert_id, notices_shown::subscription_id))
        .load(c)?;
    let read = |(service, alert, device)| Telling {
        service: CareServiceId::from_text(service),
        alert: AlertId::from_text(alert),
        device: DeviceId::from_text(device),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Forgets all that a browser was shown.
pub(super) fn forget(c: &mut Conn, device: &DeviceId) -> Result<(), Error> {
    diesel::delete(notices_shown::table.filter(notices_shown::subscription_id.eq(device.as_str()))).execute(c)?;
    Ok(())
}

/// Forgets what was shown before then.
pub fn prune(c: &mut Conn, before: Stamp) -> Result<usize, Error> {
    Ok(diesel::delete(notices_shown::table.filter(notices_shown::shown_at.lt(before.naive()))).execute(c)?)
}
