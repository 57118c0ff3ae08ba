//! What signing in leaves behind: mailed links, invitations and sessions. Only hashes of what a
//! person or a browser holds are stored. When they are good is decided in `ops`.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::person::{EmailAddress, PersonId};
use crate::domain::words::SignInWay;
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::{invitations, sessions, sign_in_links};

/// A mailed link, as stored.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = sign_in_links)]
pub struct LinkRow {
    pub hash: String,
    pub email: String,
    pub browser_hash: String,
    pub code_hash: String,
    pub wrong_codes: i32,
    pub onward: String,
    pub made_at: NaiveDateTime,
    pub used_at: Option<NaiveDateTime>,
    pub trusted: bool,
}

pub fn add_link(c: &mut Conn, row: &LinkRow) -> Result<(), Error> {
    diesel::insert_into(sign_in_links::table).values(row).execute(c)?;
    Ok(())
}

pub fn link(c: &mut Conn, hash: &str) -> Result<Option<LinkRow>, Error> {
    Ok(sign_in_links::table.find(hash).select(LinkRow::as_select()).first(c).optional()?)
}

pub fn use_link(c: &mut Conn, hash: &str, now: Stamp) -> Result<(), Error> {
    diesel::update(sign_in_links::table.find(hash)).set(sign_in_links::used_at.eq(now.naive())).execute(c)?;
    Ok(())
}

/// One more wrong code for this link.
pub fn count_wrong_code(c: &mut Conn, hash: &str) -> Result<(), Error> {
    let row = sign_in_links::table.find(hash);
    diesel::update(row).set(sign_in_links::wrong_codes.eq(sign_in_links::wrong_codes + 1)).execute(c)?;
    Ok(())
}

/// How many links this address asked for since then.
pub fn links_since(c: &mut Conn, email: &EmailAddress, since: Stamp) -> Result<i64, Error> {
    let recent = sign_in_links::table
        .filter(sign_in_links::email.eq(email.as_str()))
        .filter(sign_in_links::made_at.gt(since.naive()));
    Ok(recent.count().get_result(c)?)
}

pub fn add_invitation(c: &mut Conn, hash: &str, person: &PersonId, now: Stamp) -> Result<(), Error> {
    let row =
        (invitations::hash.eq(hash), invitations::person_id.eq(person.as_str()), invitations::made_at.eq(now.naive()));
    diesel::insert_into(invitations::table).values(row).execute(c)?;
    Ok(())
}

/// An invitation, as stored.
pub struct Invitation {
    pub hash: String,
    pub person: PersonId,
    pub made_at: Stamp,
    pub used: bool,
}

pub fn invitation(c: &mut Conn, hash: &str) -> Result<Option<Invitation>, Error> {
    let found: Option<InvitationRow> = invitations::table.find(hash).first(c).optional()?;
    Ok(found.map(read_invitation))
}

/// The invitations made after then that nobody has used, newest first.
pub fn invitations_since(c: &mut Conn, since: Stamp) -> Result<Vec<Invitation>, Error> {
    let rows: Vec<InvitationRow> = invitations::table
        .filter(invitations::used_at.is_null())
        .filter(invitations::made_at.gt(since.naive()))
        .order(invitations::made_at.desc())
        .load(c)?;
    Ok(rows.into_iter().map(read_invitation).collect())
}

type InvitationRow = (String, String, NaiveDateTime, Option<NaiveDateTime>);

fn read_invitation((hash, person, made_at, used_at): InvitationRow) -> Invitation {
    let (person, made_at) = (PersonId::from_text(person), Stamp::from_naive(made_at));
    Invitation { hash, person, made_at, used: used_at.is_some() }
}

pub fn end_invitation(c: &mut Conn, hash: &str) -> Result<(), Error> {
    diesel::delete(invitations::table.find(hash)).execute(c)?;
    Ok(())
}

pub fn end_invitations_of(c: &mut Conn, person: &PersonId) -> Result<(), Error> {
    diesel::delete(invitations::table.filter(invitations::person_id.eq(person.as_str()))).execute(c)?;
    Ok(())
}

pub fn use_invitation(c: &mut Conn, hash: &str, now: Stamp) -> Result<(), Error> {
    diesel::update(invitations::table.find(hash)).set(invitations::used_at.eq(now.naive())).execute(c)?;
    Ok(())
}

/// A session of a signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub hash: String,
    pub person: PersonId,
    pub device: String,
    pub made_at: Stamp,
    pub seen_at: Stamp,
    pub way: SignInWay,
    /// Whether they said that the device is their own.
    pub trusted: bool,
}

impl Session {
    /// By what the audit knows it: it opens nothing.
    pub fn mark(&self) -> String {
        self.hash.chars().take(10).collect()
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
struct SessionRow {
    hash: String,
    person_id: String,
    device: String,
    made_at: NaiveDateTime,
    seen_at: NaiveDateTime,
    way: String,
    trusted: bool,
}

impl SessionRow {
    fn read(self) -> Result<Session, Error> {
        let unreadable = || Error::Broken(format!("how a session began cannot be read: {:?}", self.way));
        Ok(Session {
            way: SignInWay::parse(&self.way).ok_or_else(unreadable)?,
            hash: self.hash,
            person: PersonId::from_text(self.person_id),
            device: self.device,
            made_at: Stamp::from_naive(self.made_at),
            seen_at: Stamp::from_naive(self.seen_at),
            trusted: self.trusted,
        })
    }
}

pub fn add_session(c: &mut Conn, session: &Session) -> Result<(), Error> {
    let row = SessionRow {
        hash: session.hash.clone(),
        person_id: session.person.as_str().to_owned(),
        device: session.device.clone(),
        made_at: session.made_at.naive(),
        seen_at: session.seen_at.naive(),
        way: session.way.word().to_owned(),
        trusted: session.trusted,
    };
    diesel::insert_into(sessions::table).values(row).execute(c)?;
    Ok(())
}

pub fn session(c: &mut Conn, hash: &str) -> Result<Option<Session>, Error> {
    let found = sessions::table.find(hash).select(SessionRow::as_select()).first(c).optional()?;
    found.map(SessionRow::read).transpose()
}

/// The sessions of a person, latest used first.
pub fn sessions_of(c: &mut Conn, person: &PersonId) -> Result<Vec<Session>, Error> {
    let rows: Vec<SessionRow> = sessions::table
        .filter(sessions::person_id.eq(person.as_str()))
        .order(sessions::seen_at.desc())
        .select(SessionRow::as_select())
        .load(c)?;
    rows.into_iter().map(SessionRow::read).collect()
}

/// From now on it counts as begun in this way.
pub fn strengthen_session(c: &mut Conn, hash: &str, way: SignInWay) -> Result<(), Error> {
    diesel::update(sessions::table.find(hash)).set(sessions::way.eq(way.word())).execute(c)?;
    Ok(())
}

pub fn see_session(c: &mut Conn, hash: &str, now: Stamp) -> Result<(), Error> {
    diesel::update(sessions::table.find(hash)).set(sessions::seen_at.eq(now.naive())).execute(c)?;
    Ok(())
}

pub fn end_session(c: &mut Conn, hash: &str) -> Result<(), Error> {
    diesel::delete(sessions::table.find(hash)).execute(c)?;
    Ok(())
}

pub fn end_sessions_of(c: &mut Conn, person: &PersonId) -> Result<(), Error> {
    diesel::delete(sessions::table.filter(sessions::person_id.eq(person.as_str()))).execute(c)?;
    Ok(())
}

/// Forgets links, invitations and sessions that have been good for nothing since then.
pub fn prune(c: &mut Conn, before: Stamp) -> Result<(), Error> {
    let before = before.naive();
    diesel::delete(sign_in_links::table.filter(sign_in_links::made_at.lt(before))).execute(c)?;
    diesel::delete(invitations::table.filter(invitations::made_at.lt(before))).execute(c)?;
    diesel::delete(sessions::table.filter(sessions::seen_at.lt(before))).execute(c)?;
    Ok(())
}
