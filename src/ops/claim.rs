//! Somebody says that they manage a listed service: asks, and confirms their address. Then it waits
//! for the service's present managers, or for its authority where there are none. What they decide is
//! in `decide_claim.rs`.

use chrono::Duration;

use crate::base::clock::Clock;
use crate::domain::care_service::CareService;
use crate::domain::claim::{Claim, ClaimId, ClaimState, NewClaim};
use crate::ops::claim_link::Held;
use crate::ops::people_mail::{self, Named, News};
use crate::ops::{Refused, keepers};
use crate::store::conn::Conn;
use crate::store::{Db, claims, services};

/// The mail that asks to confirm is good for a week.
pub const GOOD_FOR: Duration = Duration::days(7);
/// So many claims an address makes in an hour, so that nobody's mailbox is flooded.
const MOST_ASKED: i64 = 5;
const ASKED_WITHIN: Duration = Duration::hours(1);

/// Asks for a service. Whether the address is known here is told to nobody.
pub async fn ask(db: &Db, clock: &Clock, new: NewClaim) -> Result<(), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let service = listed(c, &new)?;
        if claims::made_since(c, &new.email, now.minus(ASKED_WITHIN))? >= MOST_ASKED {
            return Err(Refused::TooMany);
        }
        let NewClaim { service: id, email, words } = new;
        let claim =
            Claim { id: ClaimId::fresh(now), service: id, email, words, state: ClaimState::Asked, made_at: now };
        claims::add(c, &claim)?;
        let news = News::ConfirmClaim { service: Named::of(&service), claim: claim.id };
        people_mail::enqueue(c, now, &claim.email, news)
    })
    .await
}

/// Whether anybody manages the service already. Not who.
pub async fn has_managers(db: &Db, service: CareService) -> Result<bool, Refused> {
    db.read(move |c| Ok(!keepers::managers(c, &service)?.is_empty())).await
}

fn listed(c: &mut Conn, new: &NewClaim) -> Result<CareService, Refused> {
    let service = services::get(c, &new.service)?.service;
    if service.left_at.is_some() { Err(Refused::NotFound) } else { Ok(service) }
}

/// A claim and its service, for who holds its link.
pub async fn look(db: &Db, held: Held) -> Result<(Claim, CareService), Refused> {
    db.read(move |c| {
        let claim = claims::get(c, held.claim()).map_err(|_| Refused::Ended)?;
        let service = services::get(c, &claim.service)?.service;
        Ok((claim, service))
    })
    .await
}

/// The address is theirs: now it waits, and who decides is written to. Once more changes nothing.
pub async fn confirm(db: &Db, clock: &Clock, held: Held) -> Result<(Claim, CareService), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let claim = claims::get(c, held.claim()).map_err(|_| Refused::Ended)?;
        let service = services::get(c, &claim.service)?.service;
        if claim.state != ClaimState::Asked {
            return Ok((claim, service));
        }
        if now.since(claim.made_at) >= GOOD_FOR {
            return Err(Refused::Ended);
        }
        claims::set_state(c, &claim.id, ClaimState::Waits)?;
        for person in keepers::who_decides(c, &service)?.into_iter().filter(|person| person.email != claim.email) {
            people_mail::enqueue(c, now, &person.email, News::ClaimWaits { service: Named::of(&service) })?;
        }
        Ok((Claim { state: ClaimState::Waits, ..claim }, service))
    })
    .await
}
