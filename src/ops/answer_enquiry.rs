//! What a service says to an enquiry. "Yes" to a hold keeps a place; another answer gives it back. Who
//! hears of the answer is in `enquiry_news.rs`.

use crate::base::clock::Clock;
use crate::base::stamp::Stamp;
use crate::domain::actor::Actor;
use crate::domain::audit::Did;
use crate::domain::care_service::CareServiceId;
use crate::domain::enquiry::{Asked, Enquiry, EnquiryId, NewAnswer, USUAL_HOLD};
use crate::domain::invalid::Invalid;
use crate::domain::words::{Answer, Deed, EnquiryKind, Hold, Source};
use crate::ops::ask::{Seen, seen_by};
use crate::ops::{Refused, audit, enquiry_news, hold};
use crate::store::conn::Conn;
use crate::store::{Db, enquiries, services};

/// Who answers what, for which service, and by what way.
#[derive(Clone, Debug)]
pub struct Answering {
    pub actor: Actor,
    pub enquiry: EnquiryId,
    pub service: CareServiceId,
    pub source: Source,
}

pub async fn run(db: &Db, clock: &Clock, answering: Answering, new: NewAnswer) -> Result<Seen, Refused> {
    let clock = clock.clone();
    db.write(move |c| act(c, clock.now(), &answering, &new)).await
}

/// In a transaction that is open already.
pub(super) fn act(c: &mut Conn, now: Stamp, answering: &Answering, new: &NewAnswer) -> Result<Seen, Refused> {
    let Answering { actor, enquiry: id, service, .. } = answering;
    let mut enquiry = seen_by(c, actor, id)?.enquiry;
    let at = enquiry.asked.iter().position(|asked| asked.service == *service).ok_or(Refused::NotFound)?;
    let before = enquiry.asked.swap_remove(at);
    let stored = services::get(c, service)?;
    if stored.service.left_at.is_some() {
        return Err(Refused::NotFound);
    }
    if !actor.may_update(&stored.service) {
        return Err(Refused::NotAllowed);
    }
    if enquiry.withdrawn_at.is_some() {
        return Err(Invalid::one("/answer", "withdrawn", "The enquiry was withdrawn: it needs no answer.").into());
    }
    let after = answered(c, now, answering, (&enquiry, &before), new)?;
    enquiries::put_asked(c, id, &after)?;
    if (after.answer, after.hold, after.held_until) != (before.answer, before.hold, before.held_until) {
        enquiry_news::tell_asker(c, now, &enquiry, service)?;
    }
    let detail = format!("{}: {id}", new.answer);
    audit::record(c, now, actor, Did::on(Deed::EnquiryAnswered, &stored.service).saying(detail))?;
    seen_by(c, actor, id)
}

/// How the service stands to the enquiry then; its place is kept or given back.
fn answered(
    c: &mut Conn,
    now: Stamp,
    answering: &Answering,
    (enquiry, before): (&Enquiry, &Asked),
    new: &NewAnswer,
) -> Result<Asked, Refused> {
    let Answering { actor, service, source, .. } = answering;
    let first_answered_at = before.first_answered_at.or(Some(now));
    let after = Asked { answer: Some(new.answer), answered_at: Some(now), first_answered_at, ..before.clone() };
    let wanted = enquiry.kind == EnquiryKind::Hold && new.answer == Answer::Yes;
    Ok(match (before.hold == Some(Hold::Held), wanted) {
        (true, false) => {
            hold::give_back(c, now, &actor.label, service, &enquiry.need)?;
            Asked { held_until: None, hold: Some(Hold::Withdrawn), ..after }
        }
        (is_held, true) => {
            if !is_held {
                hold::keep(c, now, (actor, *source), service, &enquiry.need)?;
            }
            let until = new.until.unwrap_or_else(|| now.plus(USUAL_HOLD));
            Asked { held_until: Some(until), hold: Some(Hold::Held), ..after }
        }
        (false, false) => after,
    })
}
