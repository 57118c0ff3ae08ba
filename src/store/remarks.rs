//! What readers say is wrong with listings. Which of it still stands is a rule of `domain/remark.rs`.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::care_service::CareServiceId;
use crate::domain::remark::{Remark, RemarkId};
use crate::domain::words::Wrong;
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema_voices::remarks;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = remarks)]
struct RemarkRow {
    id: String,
    service_id: String,
    wrong: String,
    words: Option<String>,
    made_at: NaiveDateTime,
}

impl RemarkRow {
    fn read(self) -> Result<Remark, Error> {
        let wrong = Wrong::parse(&self.wrong)
            .ok_or_else(|| Error::Broken(format!("what remark {} is about cannot be read", self.id)))?;
        Ok(Remark {
            id: RemarkId::from_text(self.id),
            service: CareServiceId::from_text(self.service_id),
            wrong,
            words: self.words,
            made_at: Stamp::from_naive(self.made_at),
        })
    }
}

fn read_all(rows: Vec<RemarkRow>) -> Result<Vec<Remark>, Error> {
    rows.into_iter().map(RemarkRow::read).collect()
}

pub fn add(c: &mut Conn, remark: &Remark) -> Result<(), Error> {
    let row = RemarkRow {
        id: remark.id.as_str().to_owned(),
        service_id: remark.service.as_str().to_owned(),
        wrong: remark.wrong.word().to_owned(),
        words: remark.words.clone(),
        made_at: remark.made_at.naive(),
    };
    diesel::insert_into(remarks::table).values(&row).execute(c)?;
    Ok(())
}

pub fn is_known(c: &mut Conn, id: &RemarkId) -> Result<bool, Error> {
    let count: i64 = remarks::table.find(id.as_str()).count().get_result(c)?;
    Ok(count > 0)
}

/// How many were made about a service since then, settled or not.
pub fn made_since(c: &mut Conn, service: &CareServiceId, since: Stamp) -> Result<i64, Error> {
    let of_service = remarks::table.filter(remarks::service_id.eq(service.as_str()));
    Ok(of_service.filter(remarks::made_at.gt(since.naive())).count().get_result(c)?)
}

/// All that nobody has settled, oldest first.
pub fn unsettled(c: &mut Conn) -> Result<Vec<Remark>, Error> {
    let open = remarks::table.filter(remarks::settled_at.is_null()).order((remarks::made_at, remarks::id));
    read_all(open.select(RemarkRow::as_select()).load(c)?)
}

/// Those of one service that nobody has settled.
pub fn unsettled_of(c: &mut Conn, service: &CareServiceId) -> Result<Vec<Remark>, Error> {
    let open = remarks::table.filter(remarks::service_id.eq(service.as_str()).and(remarks::settled_at.is_null()));
    read_all(open.order((remarks::made_at, remarks::id)).select(RemarkRow::as_select()).load(c)?)
}

/// Settles what was said of a service until then; how many that were.
pub fn settle(c: &mut Conn, service: &CareServiceId, until: Stamp, answer: &str, now: Stamp) -> Result<usize, Error> {
    let open = remarks::table
        .filter(remarks::service_id.eq(service.as_str()).and(remarks::settled_at.is_null()))
        .filter(remarks::made_at.le(until.naive()));
    let settled = (remarks::settled_at.eq(now.naive()), remarks::answer.eq(answer));
    Ok(diesel::update(open).set(settled).execute(c)?)
}

/// Settles one that has answered itself.
pub fn set_settled(c: &mut Conn, id: &RemarkId, now: Stamp) -> Result<(), Error> {
    diesel::update(remarks::table.find(id.as_str())).set(remarks::settled_at.eq(now.naive())).execute(c)?;
    Ok(())
}

/// When an administrator last settled something said of a service, and with which words.
pub fn last_settled(c: &mut Conn, service: &CareServiceId) -> Result<Option<(Stamp, String)>, Error> {
    let settled = remarks::table.filter(remarks::service_id.eq(service.as_str()).and(remarks::answer.is_not_null()));
    let row: Option<(Option<NaiveDateTime>, Option<String>)> = settled
        .order((remarks::settled_at.desc(), remarks::id.desc()))
        .select((remarks::settled_at, remarks::answer))
        .first(c)
        .optional()?;
    Ok(row.and_then(|(at, answer)| Some((Stamp::from_naive(at?), answer.unwrap_or_default()))))
}

/// Those that nobody has settled, and of which no mail has told yet.
pub fn untold(c: &mut Conn) -> Result<Vec<Remark>, Error> {
    let new = remarks::table.filter(remarks::told_at.is_null().and(remarks::settled_at.is_null()));
    read_all(new.order((remarks::made_at, remarks::id)).select(RemarkRow::as_select()).load(c)?)
}

pub fn set_told(c: &mut Conn, id: &RemarkId, now: Stamp) -> Result<(), Error> {
    diesel::update(remarks::table.find(id.as_str())).set(remarks::told_at.eq(now.naive())).execute(c)?;
    Ok(())
}

/// The services of which mails have told since then.
pub fn told_since(c: &mut Conn, since: Stamp) -> Result<Vec<CareServiceId>, Error> {
    let told = remarks::table.filter(remarks::told_at.ge(since.naive())).select(remarks::service_id).distinct();
    Ok(told.load::<String>(c)?.into_iter().map(CareServiceId::from_text).collect())
}

/// Forgets what was settled before then, and what was made before another time whatever became of it.
pub fn prune(c: &mut Conn, settled_before: Stamp, made_before: Stamp) -> Result<usize, Error> {
    let old = remarks::settled_at.lt(settled_before.naive()).or(remarks::made_at.lt(made_before.naive()));
    Ok(diesel::delete(remarks::table.filter(old)).execute(c)?)
}
