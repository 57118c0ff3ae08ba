//! The saved alerts. Every writing gives the alert the next version, so that who keeps alerts in
//! memory reads only what has changed. Who may change one is decided in `ops`.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::alert::{Alert, AlertId, AlertState, QuietHours};
use crate::domain::digest::Cadence;
use crate::domain::person::{EmailAddress, Person, PersonId};
use crate::domain::words::AlertChannel;
use crate::store::conn::Conn;
use crate::store::schema::alerts;
use crate::store::{Error, changes, people};

/// The cursor that says how far the log has been compared with the alerts.
pub const CURSOR: &str = "alerts";
/// The counter of versions, kept as a reader's cursor is.
const VERSIONS: &str = "alert-versions";

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = alerts)]
#[diesel(treat_none_as_default_value = false)]
#[diesel(treat_none_as_null = true)]
struct AlertRow {
    id: String,
    person_id: Option<String>,
    email: Option<String>,
    name: String,
    query: String,
    channels: String,
    state: String,
    hour: i32,
    quiet_from: Option<i32>,
    quiet_until: Option<i32>,
    paused_until: Option<NaiveDateTime>,
    made_at: NaiveDateTime,
    active_at: Option<NaiveDateTime>,
    version: i64,
    further: bool,
    until_placed: bool,
    heartbeat: bool,
}

impl AlertRow {
    fn of(alert: &Alert, version: i64) -> Self {
        let channels: Vec<&str> = alert.channels.iter().map(|channel| channel.word()).collect();
        let hour = |hour: u32| i32::try_from(hour).unwrap_or(0);
        Self {
            id: alert.id.as_str().to_owned(),
            person_id: alert.person.as_ref().map(|id| id.as_str().to_owned()),
            email: alert.email.as_ref().map(|email| email.as_str().to_owned()),
            name: alert.name.clone(),
            query: alert.query.clone(),
            channels: channels.join(" "),
            state: alert.state.word().to_owned(),
            hour: hour(alert.hour),
            quiet_from: alert.quiet.map(|quiet| hour(quiet.from)),
            quiet_until: alert.quiet.map(|quiet| hour(quiet.until)),
            paused_until: alert.paused_until.map(Stamp::naive),
            made_at: alert.made_at.naive(),
            active_at: alert.active_at.map(Stamp::naive),
            version,
            further: alert.further,
            until_placed: alert.until_placed,
            heartbeat: alert.heartbeat,
        }
    }

    fn read(self) -> Result<Alert, Error> {
        let unreadable = |what: &str| Error::Broken(format!("the {what} of alert {} cannot be read", self.id));
        let channels = self.channels.split(' ').map(AlertChannel::parse).collect::<Option<Vec<_>>>();
        let email = self.email.as_deref().map(|email| EmailAddress::parse(email).ok_or_else(|| unreadable("address")));
        let quiet = self.quiet_from.zip(self.quiet_until);
        Ok(Alert {
            channels: channels.ok_or_else(|| unreadable("channels"))?,
            email: email.transpose()?,
            state: AlertState::parse(&self.state).ok_or_else(|| unreadable("state"))?,
            quiet: quiet.map(|(from, until)| QuietHours { from: from.unsigned_abs(), until: until.unsigned_abs() }),
            person: self.person_id.map(PersonId::from_text),
            hour: self.hour.unsigned_abs(),
            paused_until: self.paused_until.map(Stamp::from_naive),
            made_at: Stamp::from_naive(self.made_at),
            active_at: self.active_at.map(Stamp::from_naive),
            further: self.further,
            until_placed: self.until_placed,
            heartbeat: self.heartbeat,
            name: self.name,
            query: self.query,
            id: AlertId::from_text(self.id),
        })
    }
}

fn read_all(rows: Vec<AlertRow>) -> Result<Vec<Alert>, Error> {
    rows.into_iter().map(AlertRow::read).collect()
}

/// Writes an alert, whether or not there was one.
pub fn put(c: &mut Conn, alert: &Alert) -> Result<(), Error> {
    let version = changes::cursor(c, VERSIONS)? + 1;
    changes::set_cursor(c, VERSIONS, version)?;
    let row = AlertRow::of(alert, version);
    if diesel::update(alerts::table.find(&row.id)).set(&row).execute(c)? == 0 {
        diesel::insert_into(alerts::table).values(&row).execute(c)?;
    }
    Ok(())
}

pub fn get(c: &mut Conn, id: &AlertId) -> Result<Alert, Error> {
    alerts::table.find(id.as_str()).select(AlertRow::as_select()).first(c).map_err(Error::from)?.read()
}

/// The alerts of a person, newest first, those that ended left out.
pub fn of_person(c: &mut Conn, person: &PersonId) -> Result<Vec<Alert>, Error> {
    let alive = alerts::table.filter(alerts::state.ne(AlertState::Ended.word()));
    read_all(
        alive
            .filter(alerts::person_id.eq(person.as_str()))
            .order(alerts::id.desc())
            .select(AlertRow::as_select())
            .load(c)?,
    )
}

/// The same of an address that belongs to nobody who signs in.
pub fn of_email(c: &mut Conn, email: &EmailAddress) -> Result<Vec<Alert>, Error> {
    let alive = alerts::table.filter(alerts::state.ne(AlertState::Ended.word()));
    read_all(
        alive
            .filter(alerts::email.eq(email.as_str()))
            .order(alerts::id.desc())
            .select(AlertRow::as_select())
            .load(c)?,
    )
}

/// Every alert written after this version, and the version now.
pub fn changed_after(c: &mut Conn, version: i64) -> Result<(Vec<Alert>, i64), Error> {
    let now = changes::cursor(c, VERSIONS)?;
    if now == version {
        return Ok((Vec::new(), now));
    }
    let changed = alerts::table.filter(alerts::version.gt(version)).order(alerts::version);
    Ok((read_all(changed.select(AlertRow::as_select()).load(c)?)?, now))
}

/// The active alerts that want a digest of this cadence, in the order of their ids.
pub fn wanting(c: &mut Conn, cadence: Cadence) -> Result<Vec<Alert>, Error> {
    let active = alerts::table.filter(alerts::state.eq(AlertState::Active.word()));
    let wanting = active.filter(alerts::channels.like(format!("%{}%", cadence.channel().word())));
    read_all(wanting.order(alerts::id).select(AlertRow::as_select()).load(c)?)
}

/// To whom the mails of an alert go: the person or the bare address. `None` if neither is there any more.
pub fn reader(c: &mut Conn, alert: &Alert) -> Result<Option<Reader>, Error> {
    match (&alert.person, &alert.email) {
        (Some(id), _) => match people::get(c, id) {
            Ok(person) => Ok(Some(Reader { email: person.email.clone(), person: Some(person) })),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        },
        (None, Some(email)) => Ok(Some(Reader { email: email.clone(), person: None })),
        (None, None) => Ok(None),
    }
}

/// Who reads what an alert sends.
#[derive(Clone, Debug, PartialEq)]
pub struct Reader {
    pub email: EmailAddress,
    pub person: Option<Person>,
}

/// How many alerts of this address were made since then and still wait to be confirmed.
pub fn asked_since(c: &mut Conn, email: &EmailAddress, since: Stamp) -> Result<i64, Error> {
    let asked = alerts::table.filter(alerts::state.eq(AlertState::Asked.word()));
    let recent = asked.filter(alerts::email.eq(email.as_str())).filter(alerts::made_at.gt(since.naive()));
    Ok(recent.count().get_result(c)?)
}

/// Forgets alerts that nobody confirmed, or that ended, and were made before then.
pub fn prune(c: &mut Conn, asked_before: Stamp, ended_before: Stamp) -> Result<usize, Error> {
    let asked = alerts::state.eq(AlertState::Asked.word()).and(alerts::made_at.lt(asked_before.naive()));
    let ended = alerts::state.eq(AlertState::Ended.word()).and(alerts::active_at.lt(ended_before.naive()));
    Ok(diesel::delete(alerts::table.filter(asked.or(ended))).execute(c)?)
}
