//! What an administrator looks at: the people, claims, invitations and tokens of their own authorities, and,
//! for operators, the work that waits. It changes nothing.

use std::collections::BTreeMap;

use chrono::Duration;

use crate::base::clock::Clock;
use crate::base::stamp::Stamp;
use crate::domain::actor::Actor;
use crate::domain::care_service::CareService;
use crate::domain::claim::Claim;
use crate::domain::person::{Grant, Person};
use crate::domain::remark::Remark;
use crate::ops::invite::GOOD_FOR;
use crate::ops::{Refused, keepers, reach};
use crate::store::conn::Conn;
use crate::store::jobs::{self, LaneCounts, Waiting};
use crate::store::stopped::{self, Stopped};
use crate::store::tokens::{self, Token};
use crate::store::{Db, claims, people, remarks, services, sign_in};

/// Rows of work on the page; more than this is a fault whose first rows tell what it is.
const MOST_JOBS: i64 = 500;
/// Work that was done is summed over these days.
const DONE_FOR: Duration = Duration::days(7);

/// A person, as far as who looks may know.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    pub person: Person,
    /// Those of their grants that who looks administers.
    pub grants: Vec<Grant>,
    pub seen_at: Option<Stamp>,
}

/// An invitation that still works.
#[derive(Clone, Debug, PartialEq)]
pub struct Open {
    pub known: Known,
    /// Of the link: enough to withdraw it, not to use it.
    pub hash: String,
    pub expires_at: Stamp,
}

/// Somebody who asks to manage a service, and whether it has managers, who are asked first.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    pub claim: Claim,
    pub service: CareService,
    pub has_managers: bool,
}

/// A service of whose listing readers say that something is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Remarked {
    pub service: CareService,
    /// What stands of it, oldest first.
    pub remarks: Vec<Remark>,
    /// When and with which words something was last settled.
    pub settled: Option<(Stamp, String)>,
}

/// What waits to be delivered, lane by lane, and how much of each kind was done lately.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delivery {
    pub lanes: Vec<LaneCounts>,
    pub done: BTreeMap<String, i64>,
}

/// Everything they may look at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    pub people: Vec<Known>,
    pub invitations: Vec<Open>,
    pub tokens: Vec<Token>,
    /// Who asks to manage a service of theirs.
    pub claims: Vec<Claimed>,
    /// What readers say is wrong with listings of theirs.
    pub remarks: Vec<Remarked>,
    /// Addresses of people in reach that take no mail; an operator's are all.
    pub stopped: Vec<Stopped>,
    /// `None` for who is no operator.
    pub delivery: Option<Delivery>,
    /// `None` for who is no operator.
    pub jobs: Option<Vec<Waiting>>,
}

pub async fn look(db: &Db, clock: &Clock, actor: Actor) -> Result<Overview, Refused> {
    if !actor.may_administer_some() {
        return Err(Refused::NotAllowed);
    }
    let now = clock.now();
    db.read(move |c| {
        let mut overview = Overview { people: people(c, &actor)?, ..Overview::default() };
        for invitation in sign_in::invitations_since(c, now.minus(GOOD_FOR))? {
            let known = overview.people.iter().find(|known| known.person.id == invitation.person);
            overview.invitations.extend(known.map(|known| Open {
                known: known.clone(),
                hash: invitation.hash,
                expires_at: invitation.made_at.plus(GOOD_FOR),
            }));
        }
        for token in tokens::all(c)?.into_iter().filter(|token| token.revoked_at.is_none()) {
            if reach::administers_all(c, &actor, &token.targets)? {
                overview.tokens.push(token);
            }
        }
        let is_theirs = |one: &Stopped| overview.people.iter().any(|known| known.person.email.as_str() == one.email);
        let stopped = stopped::all(c)?.into_iter().filter(|one| actor.is_operator() || is_theirs(one)).collect();
        overview.stopped = stopped;
        for claim in claims::waiting(c)? {
            let service = services::get(c, &claim.service)?.service;
            if actor.may_administer_service(&service) {
                let has_managers = !keepers::managers(c, &service)?.is_empty();
                overview.claims.push(Claimed { claim, service, has_managers });
            }
        }
        overview.remarks = remarked(c, &actor)?;
        if actor.is_operator() {
            overview.jobs = Some(jobs::all(c, MOST_JOBS)?);
            let done = jobs::done_since(c, now.minus(DONE_FOR))?;
            overview.delivery = Some(Delivery { lanes: jobs::lanes(c)?, done });
        }
        Ok(overview)
    })
    .await
}

/// What stands, by service, the longest waiting first.
fn remarked(c: &mut Conn, actor: &Actor) -> Result<Vec<Remarked>, Refused> {
    let mut found: Vec<Remarked> = Vec::new();
    for remark in remarks::unsettled(c)? {
        let known = found.iter_mut().find(|known| known.service.id == remark.service);
        let of_service = match known {
            Some(known) => known,
            None => {
                let service = services::get(c, &remark.service)?.service;
                if !actor.may_administer_service(&service) || service.left_at.is_some() {
                    continue;
                }
                let settled = remarks::last_settled(c, &service.id)?;
                found.push(Remarked { service, remarks: Vec::new(), settled });
                let Some(new) = found.last_mut() else { continue };
                new
            }
        };
        if remark.stands(&of_service.service.capacity) {
            of_service.remarks.push(remark);
        }
    }
    found.retain(|remarked| !remarked.remarks.is_empty());
    Ok(found)
}

/// Those of whom at least one grant is in reach; who has none is an operator's to see.
fn people(c: &mut Conn, actor: &Actor) -> Result<Vec<Known>, Refused> {
    let mut found = Vec::new();
    for person in people::all(c)? {
        let grants = reach::administered(c, actor, &person.grants)?;
        if grants.is_empty() && !(person.grants.is_empty() && actor.is_operator()) {
            continue;
        }
        let seen_at = sign_in::sessions_of(c, &person.id)?.iter().map(|session| session.seen_at).max();
        found.push(Known { person, grants, seen_at });
    }
    Ok(found)
}
