//! Claims of people who say that they manage a service. Who decides about one is said in `ops`.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::care_service::CareServiceId;
use crate::domain::claim::{Claim, ClaimId, ClaimState};
use crate::domain::person::EmailAddress;
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::claims;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = claims)]
struct ClaimRow {
    id: String,
    service_id: String,
    email: String,
    words: String,
    state: String,
    made_at: NaiveDateTime,
}

impl ClaimRow {
    fn read(self) -> Result<Claim, Error> {
        let unreadable = |what: &str| Error::Broken(format!("the {what} of claim {} cannot be read", self.id));
        Ok(Claim {
            email: EmailAddress::parse(&self.email).ok_or_else(|| unreadable("address"))?,
            state: ClaimState::parse(&self.state).ok_or_else(|| unreadable("state"))?,
            service: CareServiceId::from_text(self.service_id),
            words: self.words,
            made_at: Stamp::from_naive(self.made_at),
            id: ClaimId::from_text(self.id),
        })
    }
}

pub fn add(c: &mut Conn, claim: &Claim) -> Result<(), Error> {
    let row = ClaimRow {
        id: claim.id.as_str().to_owned(),
        service_id: claim.service.as_str().to_owned(),
        email: claim.email.as_str().to_owned(),
        words: claim.words.clone(),
        state: claim.state.word().to_owned(),
        made_at: claim.made_at.naive(),
    };
    diesel::insert_into(claims::table).values(&row).execute(c)?;
    Ok(())
}

pub fn get(c: &mut Conn, id: &ClaimId) -> Result<Claim, Error> {
    claims::table.find(id.as_str()).select(ClaimRow::as_select()).first(c).map_err(Error::from)?.read()
}

pub fn set_state(c: &mut Conn, id: &ClaimId, state: ClaimState) -> Result<(), Error> {
    diesel::update(claims::table.find(id.as_str())).set(claims::state.eq(state.word())).execute(c)?;
    Ok(())
}

/// The claims that wait for a decision, the longest waiting first.
pub fn waiting(c: &mut Conn) -> Result<Vec<Claim>, Error> {
    let waiting = claims::table.filter(claims::state.eq(ClaimState::Waits.word())).order(claims::made_at);
    let rows: Vec<ClaimRow> = waiting.select(ClaimRow::as_select()).load(c)?;
    rows.into_iter().map(ClaimRow::read).collect()
}

/// Everything that was claimed with this address.
pub fn of_email(c: &mut Conn, email: &EmailAddress) -> Result<Vec<Claim>, Error> {
    let theirs = claims::table.filter(claims::email.eq(email.as_str())).order(claims::made_at);
    let rows: Vec<ClaimRow> = theirs.select(ClaimRow::as_select()).load(c)?;
    rows.into_iter().map(ClaimRow::read).collect()
}

/// How many claims this address made since then.
pub fn made_since(c: &mut Conn, email: &EmailAddress, since: Stamp) -> Result<i64, Error> {
    let theirs = claims::table.filter(claims::email.eq(email.as_str()));
    Ok(theirs.filter(claims::made_at.gt(since.naive())).count().get_result(c)?)
}

/// Forgets the claims of this address.
pub fn delete_of_email(c: &mut Conn, email: &EmailAddress) -> Result<usize, Error> {
    Ok(diesel::delete(claims::table.filter(claims::email.eq(email.as_str()))).execute(c)?)
}

/// Forgets claims that nobody confirmed, and those made before then that were decided.
pub fn prune(c: &mut Conn, asked_before: Stamp, decided_before: Stamp) -> Result<usize, Error> {
    let asked = claims::state.eq(ClaimState::Asked.word()).and(claims::made_at.lt(asked_before.naive()));
    let decided = claims::state.ne(ClaimState::Waits.word()).and(claims::made_at.lt(decided_before.naive()));
    Ok(diesel::delete(claims::table.filter(asked.or(decided))).execute(c)?)
}
