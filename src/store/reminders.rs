//! What reminders are made from: how fast figures change, when managers want to be asked, who was
//! reminded of what, and who wants no reminders. When one is due is decided in `domain/reminder.rs`.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::care_service::CareServiceId;
use crate::domain::pace::Pace;
use crate::domain::person::PersonId;
use crate::domain::reminder::Wishes;
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::{paces, reminder_stops, reminder_wishes, reminders};
use crate::store::services::{from_json, to_json};

/// A reminder that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub person: PersonId,
    pub day: NaiveDate,
    pub at: Stamp,
}

/// How fast the figures of each service change; those that told nothing yet are not there.
pub fn paces(c: &mut Conn) -> Result<HashMap<CareServiceId, Pace>, Error> {
    let rows: Vec<(String, f64, f64)> =
        paces::table.select((paces::service_id, paces::changes, paces::days)).load(c)?;
    Ok(rows.into_iter().map(|(id, changes, days)| (CareServiceId::from_text(id), Pace { changes, days })).collect())
}

pub fn put_pace(c: &mut Conn, service: &CareServiceId, pace: Pace) -> Result<(), Error> {
    let values = (paces::changes.eq(pace.changes), paces::days.eq(pace.days));
    if diesel::update(paces::table.find(service.as_str())).set(values).execute(c)? == 0 {
        let row = (paces::service_id.eq(service.as_str()), paces::changes.eq(pace.changes), paces::days.eq(pace.days));
        diesel::insert_into(paces::table).values(row).execute(c)?;
    }
    Ok(())
}

/// The wishes of a service's managers; the usual ones where they chose none.
pub fn wishes(c: &mut Conn, service: &CareServiceId) -> Result<Wishes, Error> {
    let row = reminder_wishes::table.find(service.as_str()).select(reminder_wishes::wishes);
    let found: Option<String> = row.first(c).optional()?;
    found.map_or(Ok(Wishes::default()), |text| from_json("reminder_wishes.wishes", &text))
}

/// All wishes that were chosen.
pub fn all_wishes(c: &mut Conn) -> Result<HashMap<CareServiceId, Wishes>, Error> {
    let columns = (reminder_wishes::service_id, reminder_wishes::wishes);
    let rows: Vec<(String, String)> = reminder_wishes::table.select(columns).load(c)?;
    let read =
        |(id, text): (String, String)| Ok((CareServiceId::from_text(id), from_json("reminder_wishes.wishes", &text)?));
    rows.into_iter().map(read).collect()
}

pub fn put_wishes(c: &mut Conn, service: &CareServiceId, wishes: &Wishes) -> Result<(), Error> {
    let text = to_json(wishes)?;
    let target = reminder_wishes::table.find(service.as_str());
    if diesel::update(target).set(reminder_wishes::wishes.eq(&text)).execute(c)? == 0 {
        let row = (reminder_wishes::service_id.eq(service.as_str()), reminder_wishes::wishes.eq(&text));
        diesel::insert_into(reminder_wishes::table).values(row).execute(c)?;
    }
    Ok(())
}

/// Every reminder that is still known, by service.
pub fn all(c: &mut Conn) -> Result<HashMap<CareServiceId, Vec<Made>>, Error> {
    type Row = (String, String, String, NaiveDateTime);
    let columns = (reminders::service_id, reminders::day, reminders::person_id, reminders::made_at);
    let rows: Vec<Row> = reminders::table.select(columns).load(c)?;
    let mut all: HashMap<CareServiceId, Vec<Made>> = HashMap::new();
    for (service, day, person, at) in rows {
        let day = day.parse().map_err(|e| Error::Broken(format!("cannot read the day {day:?} of reminders: {e}")))?;
        let made = Made { person: PersonId::from_text(person), day, at: Stamp::from_naive(at) };
        all.entry(CareServiceId::from_text(service)).or_default().push(made);
    }
    Ok(all)
}

/// Who has been reminded of anything on this day, and of which services.
pub fn on(c: &mut Conn, day: NaiveDate) -> Result<(HashSet<PersonId>, HashSet<CareServiceId>), Error> {
    let today = reminders::table.filter(reminders::day.eq(day.to_string()));
    let rows: Vec<(String, String)> = today.select((reminders::person_id, reminders::service_id)).load(c)?;
    let people = rows.iter().map(|(person, _)| PersonId::from_text(person)).collect();
    Ok((people, rows.into_iter().map(|(_, service)| CareServiceId::from_text(service)).collect()))
}

pub fn add(c: &mut Conn, service: &CareServiceId, day: NaiveDate, person: &PersonId, now: Stamp) -> Result<(), Error> {
    let row = (
        reminders::service_id.eq(service.as_str()),
        reminders::day.eq(day.to_string()),
        reminders::person_id.eq(person.as_str()),
        reminders::made_at.eq(now.naive()),
    );
    diesel::insert_into(reminders::table).values(row).execute(c)?;
    Ok(())
}

/// Forgets reminders made before then.
pub fn prune(c: &mut Conn, before: Stamp) -> Result<usize, Error> {
    Ok(diesel::delete(reminders::table.filter(reminders::made_at.lt(before.naive()))).execute(c)?)
}

/// The people who want no reminders.
pub fn stopped(c: &mut Conn) -> Result<BTreeSet<PersonId>, Error> {
    let ids: Vec<String> = reminder_stops::table.select(reminder_stops::person_id).load(c)?;
    Ok(ids.into_iter().map(PersonId::from_text).collect())
}

pub fn is_stopped(c: &mut Conn, person: &PersonId) -> Result<bool, Error> {
    let row = reminder_stops::table.find(person.as_str()).select(reminder_stops::person_id);
    Ok(row.first::<String>(c).optional()?.is_some())
}

/// No reminders for this person any more. Once more changes nothing.
pub fn stop(c: &mut Conn, person: &PersonId, now: Stamp) -> Result<(), Error> {
    if !is_stopped(c, person)? {
        let row = (reminder_stops::person_id.eq(person.as_str()), reminder_stops::made_at.eq(now.naive()));
        diesel::insert_into(reminder_stops::table).values(row).execute(c)?;
    }
    Ok(())
}

/// Reminders for this person again.
pub fn start(c: &mut Conn, person: &PersonId) -> Result<(), Error> {
    diesel::delete(reminder_stops::table.find(person.as_str())).execute(c)?;
    Ok(())
}
