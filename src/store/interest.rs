//! How often people met each service, by local day. What is counted is decided elsewhere.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::domain::care_service::CareServiceId;
use crate::domain::interest::Interest;
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::service_days;

/// A service and its counts.
const COLUMNS: (service_days::service_id, service_days::found, service_days::seen, service_days::seen_full) =
    (service_days::service_id, service_days::found, service_days::seen, service_days::seen_full);

/// Adds to what was counted of a service on this day.
pub fn add(c: &mut Conn, day: NaiveDate, service: &CareServiceId, more: Interest) -> Result<(), Error> {
    let day = day.to_string();
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let (found, seen, seen_full) = (whole(more.found), whole(more.seen), whole(more.seen_full));
    let values = (
        service_days::found.eq(service_days::found + found),
        service_days::seen.eq(service_days::seen + seen),
        service_days::seen_full.eq(service_days::seen_full + seen_full),
    );
    if diesel::update(service_days::table.find((&day, service.as_str()))).set(values).execute(c)? == 0 {
        let row = (
            service_days::day.eq(&day),
            service_days::service_id.eq(service.as_str()),
            service_days::found.eq(found),
            service_days::seen.eq(seen),
            service_days::seen_full.eq(seen_full),
        );
        diesel::insert_into(service_days::table).values(row).execute(c)?;
    }
    Ok(())
}

/// What was counted from this day on, of every service that anybody met.
pub fn since(c: &mut Conn, from: NaiveDate) -> Result<HashMap<CareServiceId, Interest>, Error> {
    summed(service_days::table.filter(service_days::day.ge(from.to_string())).select(COLUMNS).load(c)?)
}

fn summed(rows: Vec<(String, i64, i64, i64)>) -> Result<HashMap<CareServiceId, Interest>, Error> {
    let mut all: HashMap<CareServiceId, Interest> = HashMap::new();
    for (id, found, seen, seen_full) in rows {
        let day =
            Interest { found: found.unsigned_abs(), seen: seen.unsigned_abs(), seen_full: seen_full.unsigned_abs() };
        let sum = all.entry(CareServiceId::from_text(id)).or_default();
        *sum = sum.plus(day);
    }
    Ok(all)
}

/// What was counted from this day on until before the other, of every service that anybody met.
pub fn between(c: &mut Conn, (from, until): (NaiveDate, NaiveDate)) -> Result<HashMap<CareServiceId, Interest>, Error> {
    let days = service_days::table.filter(service_days::day.ge(from.to_string()));
    summed(days.filter(service_days::day.lt(until.to_string())).select(COLUMNS).load(c)?)
}

/// Forgets days before this one.
pub fn prune(c: &mut Conn, before: NaiveDate) -> Result<usize, Error> {
    Ok(diesel::delete(service_days::table.filter(service_days::day.lt(before.to_string()))).execute(c)?)
}
