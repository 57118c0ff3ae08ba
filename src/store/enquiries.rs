//! Enquiries, the services they ask, and the places that are kept. Whether somebody may ask, answer
//! or see one is decided in `ops`; which place is moved on a line, too.

use std::collections::HashMap;

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::care_service::CareServiceId;
use crate::domain::enquiry::{Asked, Enquiry, EnquiryId, Need, NewEnquiry};
use crate::domain::words::{Answer, EnquiryKind, Hold};
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::{enquiries, enquiry_services};
use crate::store::services::{from_json, to_json};

/// As many as a query names at once, under the least that a database allows.
const MOST_IDS: usize = 10_000;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = enquiries)]
#[diesel(treat_none_as_default_value = false)]
struct EnquiryRow {
    id: String,
    asked_by: String,
    kind: String,
    need: String,
    case_reference: Option<String>,
    made_at: NaiveDateTime,
    withdrawn_at: Option<NaiveDateTime>,
    turn: i64,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = enquiry_services)]
#[diesel(treat_none_as_default_value = false)]
#[diesel(treat_none_as_null = true)]
struct AskedRow {
    enquiry_id: String,
    service_id: String,
    answer: Option<String>,
    held_until: Option<NaiveDateTime>,
    answered_at: Option<NaiveDateTime>,
    hold: Option<String>,
    first_answered_at: Option<NaiveDateTime>,
}

impl AskedRow {
    fn of(enquiry: &EnquiryId, asked: &Asked) -> Self {
        Self {
            enquiry_id: enquiry.as_str().to_owned(),
            service_id: asked.service.as_str().to_owned(),
            answer: asked.answer.map(|answer| answer.word().to_owned()),
            held_until: asked.held_until.map(Stamp::naive),
            answered_at: asked.answered_at.map(Stamp::naive),
            hold: asked.hold.map(|hold| hold.word().to_owned()),
            first_answered_at: asked.first_answered_at.map(Stamp::naive),
        }
    }

    fn read(self) -> Result<Asked, Error> {
        Ok(Asked {
            answer: self.answer.map(|word| known(Answer::parse(&word), &word)).transpose()?,
            hold: self.hold.map(|word| known(Hold::parse(&word), &word)).transpose()?,
            held_until: self.held_until.map(Stamp::from_naive),
            answered_at: self.answered_at.map(Stamp::from_naive),
            first_answered_at: self.first_answered_at.map(Stamp::from_naive),
            service: CareServiceId::from_text(self.service_id),
        })
    }
}

fn known<T>(read: Option<T>, word: &str) -> Result<T, Error> {
    read.ok_or_else(|| Error::Broken(format!("an enquiry holds the unknown word {word:?}")))
}

pub fn add(c: &mut Conn, new: &NewEnquiry, asked_by: &str, now: Stamp) -> Result<EnquiryId, Error> {
    let id = EnquiryId::fresh(now);
    let row = EnquiryRow {
        id: id.as_str().to_owned(),
        asked_by: asked_by.to_owned(),
        kind: new.kind.word().to_owned(),
        need: to_json(&new.need)?,
        case_reference: new.case_reference.clone(),
        made_at: now.naive(),
        withdrawn_at: None,
        turn: next_turn(c)?,
    };
    diesel::insert_into(enquiries::table).values(&row).execute(c)?;
    for service in &new.services {
        let row = AskedRow::of(&id, &Asked::unanswered(service.clone()));
        diesel::insert_into(enquiry_services::table).values(&row).execute(c)?;
    }
    Ok(id)
}

pub fn get(c: &mut Conn, id: &EnquiryId) -> Result<Enquiry, Error> {
    let row: EnquiryRow = enquiries::table.find(id.as_str()).select(EnquiryRow::as_select()).first(c)?;
    read_all(c, vec![row])?.pop().ok_or(Error::NotFound)
}

/// What somebody asked since then, newest first.
pub fn made_by(c: &mut Conn, asked_by: &str, since: Stamp, limit: i64) -> Result<Vec<Enquiry>, Error> {
    let rows = enquiries::table
        .filter(enquiries::asked_by.eq(asked_by))
        .filter(enquiries::made_at.ge(since.naive()))
        .order((enquiries::made_at.desc(), enquiries::id.desc()))
        .limit(limit)
        .select(EnquiryRow::as_select())
        .load(c)?;
    read_all(c, rows)
}

/// The enquiries that ask one of these services: those since then, and those with a place that it
/// keeps still; newest first.
pub fn asking(c: &mut Conn, services: &[CareServiceId], since: Stamp, limit: i64) -> Result<Vec<EnquiryId>, Error> {
    let mut found: Vec<(NaiveDateTime, String)> = Vec::new();
    for services in services.chunks(MOST_IDS) {
        let ids: Vec<&str> = services.iter().map(CareServiceId::as_str).collect();
        let some: Vec<(NaiveDateTime, String)> = enquiry_services::table
            .inner_join(enquiries::table.on(enquiries::id.eq(enquiry_services::enquiry_id)))
            .filter(enquiry_services::service_id.eq_any(ids))
            .filter(enquiries::made_at.ge(since.naive()).or(enquiry_services::hold.eq(Hold::Held.word())))
            .order((enquiries::made_at.desc(), enquiries::id.desc()))
            .limit(limit)
            .select((enquiries::made_at, enquiries::id))
            .load(c)?;
        found.extend(some);
    }
    found.sort_by(|one, other| other.cmp(one));
    found.dedup();
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found.into_iter().map(|(_, id)| EnquiryId::from_text(id)).collect())
}

/// The rows with the services that each asks.
fn read_all(c: &mut Conn, rows: Vec<EnquiryRow>) -> Result<Vec<Enquiry>, Error> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let all: Vec<AskedRow> = enquiry_services::table
        .filter(enquiry_services::enquiry_id.eq_any(ids))
        .order(enquiry_services::service_id)
        .select(AskedRow::as_select())
        .load(c)?;
    let mut asked: HashMap<String, Vec<Asked>> = HashMap::new();
    for row in all {
        asked.entry(row.enquiry_id.clone()).or_default().push(row.read()?);
    }
    let read = |row: EnquiryRow| {
        Ok(Enquiry {
            kind: known(EnquiryKind::parse(&row.kind), &row.kind)?,
            need: from_json("enquiries.need", &row.need)?,
            asked: asked.remove(&row.id).unwrap_or_default(),
            id: EnquiryId::from_text(row.id),
            asked_by: row.asked_by,
            case_reference: row.case_reference,
            made_at: Stamp::from_naive(row.made_at),
            withdrawn_at: row.withdrawn_at.map(Stamp::from_naive),
        })
    };
    rows.into_iter().map(read).collect()
}

/// Grows with whatever is asked, answered or withdrawn. Writers take turns, so no number is given twice.
pub fn last_turn(c: &mut Conn) -> Result<i64, Error> {
    let last: Option<i64> = enquiries::table.select(diesel::dsl::max(enquiries::turn)).first(c)?;
    Ok(last.unwrap_or(0))
}

fn next_turn(c: &mut Conn) -> Result<i64, Error> {
    Ok(last_turn(c)? + 1)
}

fn take_turn(c: &mut Conn, id: &EnquiryId) -> Result<(), Error> {
    let turn = next_turn(c)?;
    diesel::update(enquiries::table.find(id.as_str())).set(enquiries::turn.eq(turn)).execute(c)?;
    Ok(())
}

/// Writes what one service said and what became of its place.
pub fn put_asked(c: &mut Conn, enquiry: &EnquiryId, asked: &Asked) -> Result<(), Error> {
    let row = AskedRow::of(enquiry, asked);
    let target = enquiry_services::table.find((enquiry.as_str(), asked.service.as_str()));
    diesel::update(target).set(&row).execute(c)?;
    take_turn(c, enquiry)
}

pub fn withdraw(c: &mut Conn, id: &EnquiryId, now: Stamp) -> Result<(), Error> {
    diesel::update(enquiries::table.find(id.as_str())).set(enquiries::withdrawn_at.eq(now.naive())).execute(c)?;
    take_turn(c, id)
}

/// The enquiries with a place that is kept beyond its time.
pub fn with_lapsed_holds(c: &mut Conn, now: Stamp, limit: i64) -> Result<Vec<EnquiryId>, Error> {
    let ids: Vec<String> = enquiry_services::table
        .filter(enquiry_services::hold.eq(Hold::Held.word()))
        .filter(enquiry_services::held_until.le(now.naive()))
        .order((enquiry_services::held_until, enquiry_services::enquiry_id))
        .select(enquiry_services::enquiry_id)
        .limit(limit)
        .load(c)?;
    Ok(ids.into_iter().map(EnquiryId::from_text).collect())
}

/// What is needed of the places that a service keeps just now.
pub fn held_at(c: &mut Conn, service: &CareServiceId) -> Result<Vec<Need>, Error> {
    let needs: Vec<String> = enquiry_services::table
        .inner_join(enquiries::table.on(enquiries::id.eq(enquiry_services::enquiry_id)))
        .filter(enquiry_services::service_id.eq(service.as_str()))
        .filter(enquiry_services::hold.eq(Hold::Held.word()))
        .select(enquiries::need)
        .load(c)?;
    needs.iter().map(|need| from_json("enquiries.need", need)).collect()
}

/// When the next place that is kept comes to its time.
pub fn next_lapse(c: &mut Conn) -> Result<Option<Stamp>, Error> {
    let next: Option<NaiveDateTime> = enquiry_services::table
        .filter(enquiry_services::hold.eq(Hold::Held.word()))
        .select(diesel::dsl::min(enquiry_services::held_until))
        .first(c)?;
    Ok(next.map(Stamp::from_naive))
}

/// How many enquiries have asked a service from then on until before then.
pub fn count_between(c: &mut Conn, service: &CareServiceId, (from, until): (Stamp, Stamp)) -> Result<u64, Error> {
    Ok(count_since(c, service, from)?.saturating_sub(count_since(c, service, until)?))
}

/// How many enquiries have asked a service since then.
pub fn count_since(c: &mut Conn, service: &CareServiceId, since: Stamp) -> Result<u64, Error> {
    let asked = enquiry_services::table
        .inner_join(enquiries::table.on(enquiries::id.eq(enquiry_services::enquiry_id)))
        .filter(enquiry_services::service_id.eq(service.as_str()))
        .filter(enquiries::made_at.ge(since.naive()));
    let count: i64 = asked.count().get_result(c)?;
    Ok(count.unsigned_abs())
}

/// Who was asked from then to then, or how often this one was, and how long the first answer took.
pub fn answer_times(
    c: &mut Conn,
    only: Option<&CareServiceId>,
    (from, until): (Stamp, Stamp),
) -> Result<Vec<(CareServiceId, Option<Duration>)>, Error> {
    let mut asked = enquiry_services::table
        .inner_join(enquiries::table.on(enquiries::id.eq(enquiry_services::enquiry_id)))
        .filter(enquiries::made_at.ge(from.naive()))
        .filter(enquiries::made_at.lt(until.naive()))
        .select((enquiry_services::service_id, enquiries::made_at, enquiry_services::first_answered_at))
        .into_boxed();
    if let Some(id) = only {
        asked = asked.filter(enquiry_services::service_id.eq(id.as_str()));
    }
    let rows: Vec<(String, NaiveDateTime, Option<NaiveDateTime>)> = asked.load(c)?;
    let took = |(id, made, answered): (String, NaiveDateTime, Option<NaiveDateTime>)| {
        (CareServiceId::from_text(id), answered.map(|answered| answered - made))
    };
    Ok(rows.into_iter().map(took).collect())
}
