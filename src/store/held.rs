//! Everything that is held about one person or one address, and taking it away. A test holds the lists
//! of tables here against the schema, so that no new table with a person in it is forgotten.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::{Value, json};

use crate::base::stamp::Stamp;
use crate::domain::actor::Who;
use crate::domain::alert::{Alert, AlertId, AlertState};
use crate::domain::claim::Claim;
use crate::domain::person::{EmailAddress, PersonId};
use crate::store::conn::Conn;
use crate::store::schema::{
    alerts as alert_rows, enquiries, grants, identities, invitations, jobs, people, reminder_stops, reminders,
    sign_in_links,
};
use crate::store::{Error, alerts, audit, claims, devices, passkeys, shortlists, sign_in, stopped, week_letters};

/// Tables whose rows go with the person of their `person_id`.
pub const GO_WITH_THE_PERSON: &[&str] = &[
    "grants",
    "invitations",
    "sessions",
    "passkeys",
    "identities",
    "reminders",
    "reminder_stops",
    "shortlists",
    "week_letters",
];
/// Tables whose rows go with the address in `email`.
pub const GO_WITH_THE_ADDRESS: &[&str] = &["sign_in_links", "claims", "stopped_addresses"];
/// Tables that name people and are seen to by themselves: alerts end first, so that who keeps them in
/// memory hears of it; devices take what reached them along; the audit stays, without a name.
pub const SEEN_TO: &[&str] = &["people", "alerts", "push_subscriptions", "audit"];

/// Whom it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whom {
    /// `None` for an address of somebody who never was given a role.
    pub person: Option<PersonId>,
    pub email: EmailAddress,
}

fn at(naive: NaiveDateTime) -> Value {
    Stamp::from_naive(naive).to_string().into()
}

/// All that is held, as JSON by heading.
pub fn all(c: &mut Conn, whom: &Whom) -> Result<Value, Error> {
    let mut held = json!({ "email": whom.email.as_str() });
    if let Some(person) = &whom.person {
        of_person(c, person, &mut held)?;
    }
    let links: Vec<(NaiveDateTime, Option<NaiveDateTime>, String)> = sign_in_links::table
        .filter(sign_in_links::email.eq(whom.email.as_str()))
        .order(sign_in_links::made_at)
        .select((sign_in_links::made_at, sign_in_links::used_at, sign_in_links::onward))
        .load(c)?;
    let link = |(made, used, onward): (NaiveDateTime, Option<NaiveDateTime>, String)| json!({ "asked_at": at(made), "used_at": used.map(at), "onward": onward });
    held["sign_in_links"] = links.into_iter().map(link).collect();
    let made = all_alerts(c, whom)?;
    let alert = |alert: &Alert| {
        let channels: Vec<&str> = alert.channels.iter().map(|channel| channel.word()).collect();
        json!({
            "name": alert.name, "query": alert.query, "channels": channels, "state": alert.state.word(),
            "made_at": alert.made_at,
        })
    };
    held["alerts"] = made.iter().map(alert).collect();
    let claim = |claim: Claim| {
        json!({
            "service_id": claim.service.as_str(), "words": claim.words, "state": claim.state.word(),
            "made_at": claim.made_at,
        })
    };
    held["claims"] = claims::of_email(c, &whom.email)?.into_iter().map(claim).collect();
    let refused = stopped::get(c, &whom.email)?;
    held["refused_mail"] = refused.map_or(Value::Null, |stopped| json!({ "reason": stopped.reason, "at": stopped.at }));
    held["letters_waiting"] = letters(c, &whom.email)?.len().into();
    Ok(held)
}

fn of_person(c: &mut Conn, person: &PersonId, held: &mut Value) -> Result<(), Error> {
    let id = person.as_str();
    held["id"] = id.into();
    let made: NaiveDateTime = people::table.find(id).select(people::made_at).first(c)?;
    held["known_since"] = at(made);
    let roles: Vec<(String, String, NaiveDateTime)> = grants::table
        .filter(grants::person_id.eq(id))
        .order((grants::role, grants::target))
        .select((grants::role, grants::target, grants::made_at))
        .load(c)?;
    let role = |(role, target, made): (String, String, NaiveDateTime)| json!({ "role": role, "for": target, "given_at": at(made) });
    held["roles"] = roles.into_iter().map(role).collect();
    let session = |session: sign_in::Session| json!({ "device": session.device, "began_at": session.made_at, "last_used_at": session.seen_at });
    held["sessions"] = sign_in::sessions_of(c, person)?.into_iter().map(session).collect();
    let sent: Vec<(NaiveDateTime, Option<NaiveDateTime>)> = invitations::table
        .filter(invitations::person_id.eq(id))
        .select((invitations::made_at, invitations::used_at))
        .load(c)?;
    let invitation =
        |(made, used): (NaiveDateTime, Option<NaiveDateTime>)| json!({ "made_at": at(made), "used_at": used.map(at) });
    held["invitations"] = sent.into_iter().map(invitation).collect();
    let passkey = |passkey: passkeys::Passkey| json!({ "name": passkey.name, "made_at": passkey.made_at, "used_at": passkey.used_at });
    held["passkeys"] = passkeys::of_person(c, person)?.into_iter().map(passkey).collect();
    let known: Vec<(String, String, NaiveDateTime)> = identities::table
        .filter(identities::person_id.eq(id))
        .select((identities::issuer, identities::subject, identities::made_at))
        .load(c)?;
    let identity = |(issuer, subject, made): (String, String, NaiveDateTime)| json!({ "issuer": issuer, "subject": subject, "since": at(made) });
    held["single_sign_on"] = known.into_iter().map(identity).collect();
    let device = |device: devices::Device| json!({ "device": device.device, "since": device.made_at });
    held["notifications"] = devices::of_person(c, person)?.into_iter().map(device).collect();
    let asked: Vec<(String, Option<String>, NaiveDateTime)> = enquiries::table
        .filter(enquiries::asked_by.eq(Who::Person(person.clone()).text()))
        .order(enquiries::made_at)
        .select((enquiries::kind, enquiries::case_reference, enquiries::made_at))
        .load(c)?;
    let enquiry = |(kind, case, made): (String, Option<String>, NaiveDateTime)| json!({ "kind": kind, "case_reference": case, "asked_at": at(made) });
    held["enquiries"] = asked.into_iter().map(enquiry).collect();
    let list = |kept: shortlists::Kept| json!({ "case_reference": kept.case, "service_ids": kept.services, "changed_at": kept.changed_at });
    held["shortlists"] = shortlists::of_person(c, person)?.into_iter().map(list).collect();
    let reminded: Vec<(String, String)> = reminders::table
        .filter(reminders::person_id.eq(id))
        .order((reminders::day, reminders::service_id))
        .select((reminders::service_id, reminders::day))
        .load(c)?;
    let reminder = |(service, day): (String, String)| json!({ "service_id": service, "day": day });
    held["reminders"] = reminded.into_iter().map(reminder).collect();
    let no_more: i64 = reminder_stops::table.filter(reminder_stops::person_id.eq(id)).count().get_result(c)?;
    held["wants_no_reminders"] = (no_more > 0).into();
    let (wish, week) = week_letters::of_person(c, person)?;
    held["weekly_mail"] = json!({ "hour": wish.hour, "stopped": wish.stopped, "last_week": week });
    let search = audit::Search { person: Some(person.clone()), ..audit::Search::default() };
    let entry = |entry: crate::domain::audit::Entry| {
        json!({
            "at": entry.at, "by": entry.label, "deed": entry.did.deed.word(), "address": entry.address,
            "session": entry.session, "service_id": entry.did.service, "detail": entry.did.detail,
        })
    };
    held["audit"] = audit::newest(c, None, &search, i64::MAX)?.into_iter().map(entry).collect();
    Ok(())
}

/// Every alert of theirs, those that ended included.
fn all_alerts(c: &mut Conn, whom: &Whom) -> Result<Vec<Alert>, Error> {
    let person = whom.person.as_ref().map_or("", |id| id.as_str());
    let ids: Vec<String> = alert_rows::table
        .filter(alert_rows::person_id.eq(person).or(alert_rows::email.eq(whom.email.as_str())))
        .order(alert_rows::id)
        .select(alert_rows::id)
        .load(c)?;
    ids.into_iter().map(|id| alerts::get(c, &AlertId::from_text(id))).collect()
}

/// The work that waits to write to this address, or was given up.
fn letters(c: &mut Conn, email: &EmailAddress) -> Result<Vec<String>, Error> {
    let rows: Vec<(String, String)> =
        jobs::table.filter(jobs::payload.like("%@%")).select((jobs::id, jobs::payload)).load(c)?;
    let quoted = format!("\"{}\"", email.as_str());
    Ok(rows.into_iter().filter(|(_, payload)| payload.contains(&quoted)).map(|(id, _)| id).collect())
}

/// Takes all of it away; what they did stays in the audit, by a number that is nobody's any more.
pub fn erase(c: &mut Conn, whom: &Whom) -> Result<(), Error> {
    for alert in all_alerts(c, whom)? {
        let name = "(erased)".to_owned();
        alerts::put(c, &Alert { person: None, email: None, name, state: AlertState::Ended, ..alert })?;
    }
    for id in letters(c, &whom.email)? {
        diesel::delete(jobs::table.find(id)).execute(c)?;
    }
    for table in GO_WITH_THE_ADDRESS {
        let query = format!("DELETE FROM {table} WHERE email = $1");
        diesel::sql_query(query).bind::<Text, _>(whom.email.as_str()).execute(c)?;
    }
    let Some(person) = &whom.person else { return Ok(()) };
    for device in devices::of_person(c, person)? {
        devices::delete(c, &device.id)?;
    }
    for table in GO_WITH_THE_PERSON {
        let query = format!("DELETE FROM {table} WHERE person_id = $1");
        diesel::sql_query(query).bind::<Text, _>(person.as_str()).execute(c)?;
    }
    // Answers to a browser that somebody waits for just now.
    let asked = diesel::sql_query("DELETE FROM ceremonies WHERE bound_to = $1");
    asked.bind::<Text, _>(person.as_str()).execute(c)?;
    let keys = diesel::sql_query("DELETE FROM idempotency_keys WHERE actor = $1");
    keys.bind::<Text, _>(Who::Person(person.clone()).text()).execute(c)?;
    audit::forget_whence(c, person)?;
    diesel::delete(people::table.find(person.as_str())).execute(c)?;
    Ok(())
}
