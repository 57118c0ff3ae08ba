//! How often one client address, or one person, may try: signing in, and changing anything. Programs
//! with a token are not slowed down: their token can be revoked. What one mailbox gets is limited in
//! `ops`.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest, ResponseError};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::app::App;
use crate::base::secret;
use crate::domain::actor::Who;
use crate::domain::person::{EmailAddress, PersonId};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;

const QUARTER_HOUR: Duration = Duration::from_secs(15 * 60);
/// So many tries to sign in at once, and as many again over a quarter of an hour: twenty people behind
/// one address sign in twice each, a guesser gets nowhere.
const SIGN_IN_TRIES: NonZeroU32 = NonZeroU32::new(50).expect("50 is not 0");
/// More than all readers behind one address of a county's libraries ask for: alerts, claims.
const CHANGES_BY_STRANGERS: NonZeroU32 = NonZeroU32::new(1000).expect("1000 is not 0");
/// Nobody presses three buttons a second for a quarter of an hour.
const CHANGES_BY_A_PERSON: NonZeroU32 = NonZeroU32::new(3000).expect("3000 is not 0");
/// Guides mailed by one network of strangers, by one person, and to one mailbox: so that nobody floods
/// somebody's mailbox, or sends circulars in the council's name.
const MAILS_BY_STRANGERS: NonZeroU32 = NonZeroU32::new(10).expect("10 is not 0");
const MAILS_BY_A_PERSON: NonZeroU32 = NonZeroU32::new(60).expect("60 is not 0");
const MAILS_TO_A_MAILBOX: NonZeroU32 = NonZeroU32::new(5).expect("5 is not 0");
/// What one network or person says to a council, of listings and in consultations: more than a reading room notices, less
/// than a prank needs.
const VOICES: NonZeroU32 = NonZeroU32::new(20).expect("20 is not 0");
/// Past so many keys those that have been quiet are forgotten.
const MANY_KEYS: usize = 10_000;

/// So many at once, and as many again over a quarter of an hour, by key.
struct PerQuarterHour<K: Clone + Hash + Eq>(DefaultKeyedRateLimiter<K>);

impl<K: Clone + Hash + Eq> PerQuarterHour<K> {
    fn of(most: NonZeroU32) -> Self {
        let quota = Quota::with_period(QUARTER_HOUR / most.get()).map(|quota| quota.allow_burst(most));
        Self(RateLimiter::keyed(quota.unwrap_or(Quota::per_minute(most))))
    }

    /// Counts one, or says how long to wait.
    fn check(&self, key: &K) -> Result<(), Problem> {
        if self.0.len() > MANY_KEYS {
            self.0.retain_recent();
        }
        self.0.check_key(key).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now()).as_secs();
            Problem::too_many(u32::try_from(wait).unwrap_or(u32::MAX).max(1))
        })
    }
}

/// Tries to sign in of every client address.
pub struct SignInLimit(PerQuarterHour<IpAddr>);

impl Default for SignInLimit {
    fn default() -> Self {
        Self(PerQuarterHour::of(SIGN_IN_TRIES))
    }
}

impl SignInLimit {
    pub fn check(&self, app: &App, request: &HttpRequest) -> Result<(), Problem> {
        client_address(app, request).map_or(Ok(()), |address| self.0.check(&network(address)))
    }
}

/// Changes by every client address that is not signed in, and by every person.
pub struct ChangeLimit {
    strangers: PerQuarterHour<IpAddr>,
    people: PerQuarterHour<PersonId>,
    mails_by_strangers: PerQuarterHour<IpAddr>,
    mails_by_people: PerQuarterHour<Who>,
    /// By a hash of the address, which is kept for no longer than it counts.
    mails_to: PerQuarterHour<String>,
    voices_of_strangers: PerQuarterHour<IpAddr>,
    voices_of_people: PerQuarterHour<Who>,
}

impl Default for ChangeLimit {
    fn default() -> Self {
        Self {
            strangers: PerQuarterHour::of(CHANGES_BY_STRANGERS),
            people: PerQuarterHour::of(CHANGES_BY_A_PERSON),
            mails_by_strangers: PerQuarterHour::of(MAILS_BY_STRANGERS),
            mails_by_people: PerQuarterHour::of(MAILS_BY_A_PERSON),
            mails_to: PerQuarterHour::of(MAILS_TO_A_MAILBOX),
            voices_of_strangers: PerQuarterHour::of(VOICES),
            voices_of_people: PerQuarterHour::of(VOICES),
        }
    }
}

impl ChangeLimit {
    /// Counts a mail that a visitor has sent to somebody.
    pub fn check_mail(
        &self,
        app: &App,
        request: &HttpRequest,
        visitor: &Visitor,
        to: &EmailAddress,
    ) -> Result<(), Problem> {
        check(app, request, visitor, (&self.mails_by_strangers, &self.mails_by_people))?;
        self.mails_to.check(&secret::hash(to.as_str().as_bytes()))
    }

    /// Counts what a visitor says to a council.
    pub fn check_voice(&self, app: &App, request: &HttpRequest, visitor: &Visitor) -> Result<(), Problem> {
        check(app, request, visitor, (&self.voices_of_strangers, &self.voices_of_people))
    }
}

/// Counts one of a stranger's network, or of a person.
fn check(
    app: &App,
    request: &HttpRequest,
    visitor: &Visitor,
    (strangers, people): (&PerQuarterHour<IpAddr>, &PerQuarterHour<Who>),
) -> Result<(), Problem> {
    match &visitor.actor.who {
        Who::Public => client_address(app, request).map_or(Ok(()), |address| strangers.check(&network(address))),
        who @ (Who::Person(_) | Who::Token(_) | Who::System) => people.check(who),
    }
}

/// Refuses what comes too often from one who changes something.
pub async fn not_too_often<B: MessageBody + 'static>(
    app: Data<Arc<App>>,
    limit: Data<ChangeLimit>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let checked = match (safe, request.extract::<Visitor>().await) {
        (true, _) => Ok(()),
        (false, Err(problem)) => Err(problem),
        (false, Ok(visitor)) => match &visitor.actor.who {
            Who::Person(id) => limit.people.check(id),
            Who::Public => client_address(&app, request.request())
                .map_or(Ok(()), |address| limit.strangers.check(&network(address))),
            Who::Token(_) | Who::System => Ok(()),
        },
    };
    match checked {
        Ok(()) => Ok(next.call(request).await?.map_into_left_body()),
        Err(problem) => Ok(request.into_response(problem.error_response()).map_into_right_body()),
    }
}

/// The address of the client: the connection's, or what the configured header of our proxy says. A
/// request without that header did not come through the proxy, and counts as its connection.
pub fn client_address(app: &App, request: &HttpRequest) -> Option<IpAddr> {
    let connection = request.peer_addr().map(|peer| peer.ip());
    let Some(name) = &app.config.client_address_header else { return connection };
    // Whoever asks can write entries of their own before that of the proxy: the last entry of the last
    // line is the one that our own proxy added.
    let line = request.headers().get_all(name.as_str()).last().and_then(|value| value.to_str().ok());
    line.and_then(|line| line.rsplit(',').next()).and_then(address).or(connection)
}

/// Reads `192.0.2.7`, `192.0.2.7:1234`, `2001:db8::7`, `[2001:db8::7]:1234`.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bare = || entry.trim_matches(['[', ']']).parse().ok();
    bare().or_else(|| entry.parse::<std::net::SocketAddr>().ok().map(|with_port| with_port.ip()))
}

/// By what an address is counted: of version 6 one subscriber has a whole network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => four.into(),
            None => Ipv6Addr::from(u128::from(six) & !u128::from(u64::MAX)).into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_told_to_wait_when_they_have_used_up_what_a_quarter_of_an_hour_allows() {
        let limit = ChangeLimit::default();
        let (one, other) = (PersonId::from_text("1"), PersonId::from_text("2"));
        for _ in 0..CHANGES_BY_A_PERSON.get() {
            limit.people.check(&one).unwrap();
        }
        let refused = limit.people.check(&one).unwrap_err();
        assert!(refused.status.as_u16() == 429 && refused.retry_after.is_some_and(|seconds| seconds >= 1));
        limit.people.check(&other).unwrap();
    }

    #[test]
    fn an_address_is_read_with_and_without_its_port() {
        for (entry, read) in [
            (" 192.0.2.7 ", Some("192.0.2.7")),
            ("192.0.2.7:1234", Some("192.0.2.7")),
            ("2001:db8::7", Some("2001:db8::7")),
            ("[2001:db8::7]", Some("2001:db8::7")),
            ("[2001:db8::7]:1234", Some("2001:db8::7")),
            ("unknown", None),
            ("", None),
        ] {
            assert_eq!(address(entry).map(|address| address.to_string()).as_deref(), read, "{entry:?}");
        }
    }

    #[test]
    fn one_subscriber_counts_once_however_many_addresses_they_have() {
        let counted = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(counted("2001:db8:1:2::9"), counted("2001:db8:1:2:ffff::"));
        assert_eq!(counted("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(counted("192.0.2.7"), "192.0.2.7");
    }
}
