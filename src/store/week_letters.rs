//! The weekly mail of who keeps services: when they want it, and the last week for which one was made,
//! so that none is made twice. What it says is not its business.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::digest::Period;
use crate::domain::person::PersonId;
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::week_letters;

/// What somebody chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The local hour of Monday; `None` for the usual one.
    pub hour: Option<u32>,
    pub stopped: bool,
}

/// What they chose, and the last week that was made for them, as `Period::text` writes it.
pub type Kept = (Wish, Option<String>);

/// Everybody who chose or was sent something.
pub fn all(c: &mut Conn) -> Result<HashMap<PersonId, Kept>, Error> {
    let columns = (week_letters::person_id, week_letters::hour, week_letters::stopped, week_letters::week);
    let rows: Vec<(String, Option<i32>, bool, Option<String>)> = week_letters::table.select(columns).load(c)?;
    Ok(rows.into_iter().map(|(id, hour, stopped, week)| (PersonId::from_text(id), kept(hour, stopped, week))).collect())
}

pub fn of_person(c: &mut Conn, person: &PersonId) -> Result<Kept, Error> {
    let columns = (week_letters::hour, week_letters::stopped, week_letters::week);
    let row: Option<(Option<i32>, bool, Option<String>)> =
        week_letters::table.find(person.as_str()).select(columns).first(c).optional()?;
    Ok(row.map(|(hour, stopped, week)| kept(hour, stopped, week)).unwrap_or_default())
}

fn kept(hour: Option<i32>, stopped: bool, week: Option<String>) -> Kept {
    (Wish { hour: hour.map(i32::unsigned_abs), stopped }, week)
}

pub fn choose(c: &mut Conn, person: &PersonId, wish: Wish) -> Result<(), Error> {
    let hour = wish.hour.and_then(|hour| i32::try_from(hour).ok());
    let chosen = (week_letters::hour.eq(hour), week_letters::stopped.eq(wish.stopped));
    if diesel::update(week_letters::table.find(person.as_str())).set(chosen).execute(c)? == 0 {
        let row = (
            week_letters::person_id.eq(person.as_str()),
            week_letters::hour.eq(hour),
            week_letters::stopped.eq(wish.stopped),
        );
        diesel::insert_into(week_letters::table).values(row).execute(c)?;
    }
    Ok(())
}

/// Writes down that the mail of this week is made. `Conflict` if it, or a later one, was made before.
pub fn make(c: &mut Conn, person: &PersonId, period: Period, now: Stamp) -> Result<(), Error> {
    let (wish, last) = of_person(c, person)?;
    if last.is_some_and(|last| last >= period.text()) {
        return Err(Error::Conflict);
    }
    // There is a row from now on.
    choose(c, person, wish)?;
    let made = (week_letters::week.eq(period.text()), week_letters::made_at.eq(now.naive()));
    diesel::update(week_letters::table.find(person.as_str())).set(made).execute(c)?;
    Ok(())
}
