//! Sessions of signed-in browsers, and who a session or a bearer token is.
//! How a browser comes to have one is in `sign_in.rs`.

use std::net::IpAddr;

use chrono::Duration;

use crate::base::clock::Clock;
use crate::base::secret::Secret;
use crate::base::stamp::Stamp;
use crate::domain::actor::{Actor, Whence};
use crate::domain::audit::Did;
use crate::domain::person::{Person, PersonId};
use crate::domain::words::{Deed, Role, SignInWay};
use crate::ops::{Refused, audit};
use crate::store::conn::Conn;
use crate::store::sign_in::{self, Session};
use crate::store::tokens::Token;
use crate::store::{Db, passkeys, people, tokens};

/// A working day: what is left open in the evening is closed in the morning.
const IDLE: Duration = Duration::hours(12);
/// A manager who said that the device is their own confirms figures at least this often, or is late.
const IDLE_TRUSTED: Duration = Duration::days(30);
/// However much it is used, a session ends then: once a week shows that staff still work there, and
/// four times a year that a manager still reads their mail.
const LONGEST: Duration = Duration::days(7);
const LONGEST_TRUSTED: Duration = Duration::days(90);
/// Who changes how they sign in must have signed in so lately: a browser left alone is no key.
const FRESH_FOR: Duration = Duration::minutes(30);
/// "Last used" is written so often at the most, so that reading a page is not a write.
const SEEN_EVERY: Duration = Duration::minutes(5);

/// Which browser is signing in.
#[derive(Clone, Debug, Default)]
pub struct NewSession {
    /// What the browser calls itself, for the list of devices.
    pub device: String,
    pub address: Option<IpAddr>,
    /// Whether they say that the device is their own.
    pub trusted: bool,
    /// The session (by its hash) that this browser had until now: it ends.
    pub replaces: Option<String>,
}

/// By what people can sign in here, as far as it decides what a mailed link is worth.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ways {
    pub single_sign_on: bool,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub person: Person,
    pub actor: Actor,
    pub session: Session,
}

/// Begins a session; the secret goes into the browser's cookie.
pub(super) fn begin(
    c: &mut Conn,
    person: &PersonId,
    way: SignInWay,
    new: &NewSession,
    now: Stamp,
) -> Result<Secret, Refused> {
    if let Some(before) = &new.replaces {
        sign_in::end_session(c, before)?;
    }
    let secret = Secret::fresh();
    let session = Session {
        hash: secret.hash(),
        person: person.clone(),
        device: new.device.chars().take(200).collect(),
        made_at: now,
        seen_at: now,
        way,
        trusted: new.trusted,
    };
    sign_in::add_session(c, &session)?;
    let grants = people::get(c, person)?.grants;
    let whence = Whence { address: new.address, session: Some(session.mark()) };
    let actor = Actor::person(person.clone(), &grants).acting_from(whence);
    let concerned = audit::concerned_by(c, &grants)?;
    audit::record(c, now, &actor, Did::new(Deed::SignedIn).to(person).concerning(concerned).saying(way.word()))?;
    Ok(secret)
}

/// Whether this way is enough for this person: who has rights over others needs more than a mailbox
/// as soon as there is more. An invitation comes from somebody who may give those rights.
pub(super) fn is_enough(c: &mut Conn, person: &Person, way: SignInWay, ways: Ways) -> Result<bool, Refused> {
    match way {
        SignInWay::Invitation | SignInWay::Passkey | SignInWay::SingleSignOn => Ok(true),
        SignInWay::Link if !person.administers() => Ok(true),
        SignInWay::Link => Ok(!ways.single_sign_on && passkeys::of_person(c, &person.id)?.is_empty()),
    }
}

/// Whether this session is young enough to change how its person signs in.
pub fn is_fresh(session: &Session, now: Stamp) -> bool {
    now.apart(session.made_at) < FRESH_FOR
}

/// Whose session this is, if it is still good.
pub async fn of_cookie(db: &Db, clock: &Clock, ways: Ways, secret: Secret) -> Result<Option<SignedIn>, Refused> {
    let now = clock.now();
    let found = db.read(move |c| find(c, &secret.hash(), ways, now)).await?;
    if let Some(signed_in) = &found
        && now.apart(signed_in.session.seen_at) >= SEEN_EVERY
    {
        let hash = signed_in.session.hash.clone();
        db.write(move |c| Ok::<_, Refused>(sign_in::see_session(c, &hash, now)?)).await?;
    }
    Ok(found)
}

/// A sign-in by the hash of its secret, for who looks again whether it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignIn {
    Session(String),
    Token(String),
}

impl SignIn {
    pub fn text(&self) -> String {
        match self {
            Self::Session(hash) => format!("session:{hash}"),
            Self::Token(hash) => format!("token:{hash}"),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("session", hash) => Some(Self::Session(hash.to_owned())),
            ("token", hash) => Some(Self::Token(hash.to_owned())),
            _ => None,
        }
    }
}

/// Those of these sign-ins that still hold, each with who it is. Looking does not keep one alive.
pub async fn still(db: &Db, clock: &Clock, ways: Ways, sign_ins: Vec<SignIn>) -> Result<Vec<(SignIn, Actor)>, Refused> {
    let now = clock.now();
    let look = move |c: &mut Conn| {
        let mut still = Vec::new();
        for sign_in in sign_ins {
            let actor = match &sign_in {
                SignIn::Session(hash) => find(c, hash, ways, now)?.map(|signed_in| signed_in.actor),
                SignIn::Token(hash) => tokens::by_hash(c, hash)?.filter(|token| is_good(token, now)).map(token_actor),
            };
            still.extend(actor.map(|actor| (sign_in, actor)));
        }
        Ok(still)
    };
    db.read(look).await
}

/// Ends a session.
pub async fn end(db: &Db, hash: String) -> Result<(), Refused> {
    db.write(move |c| Ok(sign_in::end_session(c, &hash)?)).await
}

/// Who a bearer token is, if it is good.
pub async fn of_token(db: &Db, clock: &Clock, secret: Secret) -> Result<Option<Actor>, Refused> {
    let now = clock.now();
    let hash = secret.hash();
    let Some(token) = db.token(hash).await?.filter(|token| is_good(token, now)) else { return Ok(None) };
    if token.used_at.is_none_or(|at| now.since(at) >= SEEN_EVERY) {
        let id = token.id.clone();
        db.write(move |c| Ok::<_, Refused>(tokens::see(c, &id, now)?)).await?;
        db.forget_tokens();
    }
    Ok(Some(token_actor(token)))
}

fn is_good(token: &Token, now: Stamp) -> bool {
    token.revoked_at.is_none() && token.expires_at.is_none_or(|at| now < at)
}

fn token_actor(token: Token) -> Actor {
    Actor::token(token.id, &token.name, &token.scopes, &token.targets)
}

fn find(c: &mut Conn, hash: &str, ways: Ways, now: Stamp) -> Result<Option<SignedIn>, Refused> {
    let Some(session) = sign_in::session(c, hash)? else { return Ok(None) };
    let person = people::get(c, &session.person)?;
    if !holds(&session, &person, now) || !is_enough(c, &person, session.way, ways)? {
        return Ok(None);
    }
    let actor = Actor::person(person.id.clone(), &person.grants);
    Ok(Some(SignedIn { person, actor, session }))
}

/// Whether a session is within its limits, also for a clock that jumped.
pub(super) fn holds(session: &Session, person: &Person, now: Stamp) -> bool {
    let only_own = person.grants.iter().all(|grant| matches!(grant.role, Role::Manager | Role::GroupManager));
    let (idle, longest) = if only_own && session.trusted { (IDLE_TRUSTED, LONGEST_TRUSTED) } else { (IDLE, LONGEST) };
    now.apart(session.seen_at) < idle && now.apart(session.made_at) < longest
}
