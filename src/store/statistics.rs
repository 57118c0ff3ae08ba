//! The days of authorities that have been counted. Days are kept as `2026-11-22`, which sorts.
//! How they are counted is in `domain/statistics.rs`.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::domain::authority::AuthorityCode;
use crate::domain::statistics::DayOfAuthority;
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::authority_days;
use crate::store::services::{from_json, to_json};

/// Writes a day, or what it was counted as before anew.
pub fn put(c: &mut Conn, row: &DayOfAuthority) -> Result<(), Error> {
    let (day, code, counted) = (row.day.to_string(), row.authority.code.as_str(), to_json(row)?);
    let target = authority_days::table.find((&day, code));
    if diesel::update(target).set(authority_days::counted.eq(&counted)).execute(c)? == 0 {
        let values = (
            authority_days::day.eq(&day),
            authority_days::authority_code.eq(code),
            authority_days::counted.eq(&counted),
        );
        diesel::insert_into(authority_days::table).values(values).execute(c)?;
    }
    Ok(())
}

/// The days from the first to the last, these included, of one authority or of all.
pub fn between(
    c: &mut Conn,
    authority: Option<&AuthorityCode>,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<DayOfAuthority>, Error> {
    let mut query = authority_days::table
        .filter(authority_days::day.between(first.to_string(), last.to_string()))
        .order((authority_days::day, authority_days::authority_code))
        .select(authority_days::counted)
        .into_boxed();
    if let Some(code) = authority {
        query = query.filter(authority_days::authority_code.eq(code.as_str()));
    }
    let rows: Vec<String> = query.load(c)?;
    rows.iter().map(|row| from_json("authority_days.counted", row)).collect()
}

/// The last day that has been counted.
pub fn last_day(c: &mut Conn) -> Result<Option<NaiveDate>, Error> {
    let day: Option<String> = authority_days::table.select(diesel::dsl::max(authority_days::day)).first(c)?;
    let read = |day: String| {
        day.parse().map_err(|e| Error::Broken(format!("cannot read the day {day:?} of authority_days: {e}")))
    };
    day.map(read).transpose()
}
