//! Signing in by a mailed link: asking for one, opening it, typing its code, accepting an invitation.
//! Only the browser that asked is signed in by the link itself; any other must type the code that
//! the asking page shows, so that a scanner that opens links signs nobody in.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::base::clock::Clock;
use crate::base::secret::{self, Secret};
use crate::base::stamp::Stamp;
use crate::domain::person::{EmailAddress, Person, PersonId};
use crate::domain::words::SignInWay;
use crate::ops::Refused;
use crate::ops::sign_in_session::{begin, is_enough};
use crate::store::conn::Conn;
use crate::store::jobs::{self, NewJob};
use crate::store::sign_in::{self, LinkRow};
use crate::store::{Db, people};

pub use crate::ops::sign_in_session::{NewSession, Ways};

/// A mailed link is good for so long.
pub const GOOD_FOR: Duration = Duration::minutes(10);
/// So many wrong codes end a link: a guess has then one chance in 80,000.
pub const MOST_WRONG_CODES: u32 = 12;
/// So many links an address gets in a quarter of an hour, so that nobody's mailbox is flooded.
const MOST_LINKS: i64 = 10;
const QUARTER_HOUR: Duration = Duration::minutes(15);
/// The job that mails a link; `jobs/` delivers it.
pub const MAIL_JOB: &str = "sign_in_mail";

/// What the job needs to mail a link.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignInMail {
    pub email: EmailAddress,
    pub link: String,
}

/// What the asking browser is given: the code to show, and a secret by which the link knows it again.
pub struct Asked {
    pub code: String,
    pub browser: Secret,
}

/// Asks for a link. The same answer for an address that is known and one that is not.
///
/// `trusted`: they say that the browser that asks is on a device of their own.
pub async fn ask(db: &Db, clock: &Clock, email: EmailAddress, onward: String, trusted: bool) -> Result<Asked, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        if sign_in::links_since(c, &email, now.minus(QUARTER_HOUR))? >= MOST_LINKS {
            return Err(Refused::TooMany);
        }
        let (link, browser, code) = (Secret::fresh(), Secret::fresh(), secret::six_digits());
        let row = LinkRow {
            hash: link.hash(),
            email: email.as_str().to_owned(),
            browser_hash: browser.hash(),
            code_hash: code_hash(&link, &code),
            wrong_codes: 0,
            onward,
            made_at: now.naive(),
            used_at: None,
            trusted,
        };
        sign_in::add_link(c, &row)?;
        if people::by_email(c, &email)?.is_some() {
            let mail = SignInMail { email, link: link.reveal().to_owned() };
            let payload = serde_json::to_string(&mail).map_err(|e| crate::store::Error::Broken(e.to_string()))?;
            jobs::enqueue(c, &NewJob { name: MAIL_JOB, payload, lane: "sign-in", order: None, run_at: now }, now)?;
        }
        Ok(Asked { code, browser })
    })
    .await
}

/// What opening a link says.
pub enum Opened {
    /// This is the browser that asked: it is signed in, and goes on to where it wanted.
    SignedIn { session: Secret, onward: String },
    /// Another browser: it must type the code.
    NeedsCode,
}

/// Opens a link in a browser that holds this secret, or none.
pub async fn open(
    db: &Db,
    clock: &Clock,
    ways: Ways,
    link: Secret,
    browser: Option<Secret>,
    new: NewSession,
) -> Result<Opened, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let row = good_link(c, &link, now)?;
        if !browser.is_some_and(|browser| secret::same(&browser.hash(), &row.browser_hash)) {
            return Ok(Opened::NeedsCode);
        }
        let new = NewSession { trusted: row.trusted, ..new };
        let session = finish(c, &row, ways, &new, now)?;
        Ok(Opened::SignedIn { session, onward: row.onward })
    })
    .await
}

/// Signs in another browser, which typed the code.
pub async fn type_code(
    db: &Db,
    clock: &Clock,
    ways: Ways,
    link: Secret,
    code: String,
    new: NewSession,
) -> Result<(Secret, String), Refused> {
    let clock = clock.clone();
    let typed = db
        .write(move |c| {
            let now = clock.now();
            let row = good_link(c, &link, now)?;
            let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
            if !secret::same(&code_hash(&link, &digits), &row.code_hash) {
                sign_in::count_wrong_code(c, &row.hash)?;
                let wrong = row.wrong_codes.unsigned_abs() + 1;
                return Ok::<_, Refused>(Err(MOST_WRONG_CODES.saturating_sub(wrong)));
            }
            let session = finish(c, &row, ways, &new, now)?;
            Ok(Ok((session, row.onward)))
        })
        .await?;
    // The wrong try had to be committed, so it is an answer inside and a refusal outside.
    match typed {
        Ok(signed_in) => Ok(signed_in),
        Err(0) => Err(Refused::Ended),
        Err(left) => Err(Refused::WrongCode(left)),
    }
}

/// Whose invitation this is, if it is still good. Changes nothing.
pub async fn invitation(db: &Db, clock: &Clock, link: Secret) -> Result<Person, Refused> {
    let clock = clock.clone();
    db.read(move |c| {
        let person = good_invitation(c, &link, clock.now())?;
        Ok(people::get(c, &person)?)
    })
    .await
}

/// Accepts an invitation: signs this browser in.
pub async fn accept(db: &Db, clock: &Clock, link: Secret, new: NewSession) -> Result<Secret, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let person = good_invitation(c, &link, now)?;
        sign_in::use_invitation(c, &link.hash(), now)?;
        begin(c, &person, SignInWay::Invitation, &new, now)
    })
    .await
}

fn good_invitation(c: &mut Conn, link: &Secret, now: Stamp) -> Result<PersonId, Refused> {
    let invitation = sign_in::invitation(c, &link.hash())?.ok_or(Refused::Ended)?;
    if invitation.used || now.apart(invitation.made_at) >= crate::ops::invite::GOOD_FOR {
        return Err(Refused::Ended);
    }
    Ok(invitation.person)
}

fn good_link(c: &mut Conn, link: &Secret, now: Stamp) -> Result<LinkRow, Refused> {
    let row = sign_in::link(c, &link.hash())?.ok_or(Refused::Ended)?;
    let old = now.apart(Stamp::from_naive(row.made_at)) >= GOOD_FOR;
    if old || row.used_at.is_some() || row.wrong_codes.unsigned_abs() >= MOST_WRONG_CODES {
        return Err(Refused::Ended);
    }
    Ok(row)
}

fn finish(c: &mut Conn, row: &LinkRow, ways: Ways, new: &NewSession, now: Stamp) -> Result<Secret, Refused> {
    let email = EmailAddress::parse(&row.email).ok_or(Refused::Ended)?;
    let person = people::by_email(c, &email)?.ok_or(Refused::Ended)?;
    if !is_enough(c, &person, SignInWay::Link, ways)? {
        return Err(Refused::LinkNotEnough);
    }
    sign_in::use_link(c, &row.hash, now)?;
    begin(c, &person.id, SignInWay::Link, new, now)
}

/// A code counts only with its own link.
fn code_hash(link: &Secret, code: &str) -> String {
    secret::hash(format!("{}:{code}", link.reveal()).as_bytes())
}
