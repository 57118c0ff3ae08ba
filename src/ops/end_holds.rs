//! Places that are kept no longer: the asker withdrew, or their time ran out. Either way they are
//! given back by themselves.

use crate::base::clock::Clock;
use crate::base::stamp::Stamp;
use crate::domain::actor::Actor;
use crate::domain::audit::Did;
use crate::domain::enquiry::{Asked, Enquiry, EnquiryId};
use crate::domain::words::{Deed, Hold};
use crate::ops::ask::{Seen, seen_by};
use crate::ops::tell::account;
use crate::ops::{Refused, audit, hold};
use crate::store::conn::Conn;
use crate::store::{Db, enquiries, services};

/// So many at once, so that no writer waits long.
const MOST_AT_ONCE: i64 = 100;
/// Who it was, in the log.
const TIME: &str = "time";

/// The asker, or who administers every service that was asked, needs it no longer.
pub async fn withdraw(db: &Db, clock: &Clock, actor: Actor, id: EnquiryId) -> Result<Seen, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let enquiry = seen_by(c, &actor, &id)?.enquiry;
        let mut asked = Vec::new();
        for one in &enquiry.asked {
            asked.push(services::get(c, &one.service)?.service);
        }
        if enquiry.asked_by != account(&actor) && !asked.iter().all(|service| actor.may_administer_service(service)) {
            return Err(Refused::NotAllowed);
        }
        if enquiry.withdrawn_at.is_none() {
            enquiries::withdraw(c, &id, now)?;
            end(c, now, &enquiry, &actor.label, Hold::Withdrawn, |_| true)?;
            for service in &asked {
                audit::record(c, now, &actor, Did::on(Deed::EnquiryWithdrawn, service).saying(id.as_str()))?;
            }
        }
        seen_by(c, &actor, &id)
    })
    .await
}

/// Gives back what has been kept beyond its time; how many enquiries had such a place.
pub async fn lapse(db: &Db, clock: &Clock) -> Result<usize, Refused> {
    let mut lapsed = 0;
    loop {
        let now = clock.now();
        let some = db
            .write(move |c| {
                let ids = enquiries::with_lapsed_holds(c, now, MOST_AT_ONCE)?;
                for id in &ids {
                    let enquiry = enquiries::get(c, id)?;
                    end(c, now, &enquiry, TIME, Hold::Lapsed, |asked| asked.held_until.is_some_and(|at| at <= now))?;
                }
                Ok::<_, Refused>(ids.len())
            })
            .await?;
        if some == 0 {
            return Ok(lapsed);
        }
        lapsed += some;
    }
}

fn end(
    c: &mut Conn,
    now: Stamp,
    enquiry: &Enquiry,
    label: &str,
    how: Hold,
    which: impl Fn(&Asked) -> bool,
) -> Result<(), Refused> {
    for asked in enquiry.asked.iter().filter(|asked| asked.hold == Some(Hold::Held) && which(asked)) {
        hold::give_back(c, now, label, &asked.service, &enquiry.need)?;
        enquiries::put_asked(c, &enquiry.id, &Asked { hold: Some(how), ..asked.clone() })?;
    }
    Ok(())
}
