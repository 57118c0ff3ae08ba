//! What a service says to an enquiry. "Yes" to a hold keeps a place; another answer gives it back.

use crate::base::clock::Clock;
use crate::domain::actor::Actor;
use crate::domain::audit::Did;
use crate::domain::care_service::CareServiceId;
use crate::domain::enquiry::{Asked, EnquiryId, NewAnswer, USUAL_HOLD};
use crate::domain::invalid::Invalid;
use crate::domain::words::{Answer, Deed, EnquiryKind, Hold};
use crate::ops::ask::{Seen, seen_by};
use crate::ops::{Refused, audit, hold};
use crate::store::{Db, enquiries, services};

pub async fn run(
    db: &Db,
    clock: &Clock,
    actor: Actor,
    id: EnquiryId,
    service: CareServiceId,
    new: NewAnswer,
) -> Result<Seen, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let enquiry = seen_by(c, &actor, &id)?.enquiry;
        let before = enquiry.asked.into_iter().find(|asked| asked.service == service).ok_or(Refused::NotFound)?;
        let stored = services::get(c, &service)?;
        if stored.service.left_at.is_some() {
            return Err(Refused::NotFound);
        }
        if !actor.may_update(&stored.service) {
            return Err(Refused::NotAllowed);
        }
        if enquiry.withdrawn_at.is_some() {
            return Err(Invalid::one("/answer", "withdrawn", "The enquiry was withdrawn: it needs no answer.").into());
        }
        let mut after = Asked { answer: Some(new.answer), answered_at: Some(now), ..before.clone() };
        let wanted = enquiry.kind == EnquiryKind::Hold && new.answer == Answer::Yes;
        match (before.hold == Some(Hold::Held), wanted) {
            (true, false) => {
                hold::give_back(c, now, &actor.label, &service, &enquiry.need)?;
                after = Asked { held_until: None, hold: Some(Hold::Withdrawn), ..after };
            }
            (is_held, true) => {
                if !is_held {
                    hold::keep(c, now, &actor, &service, &enquiry.need)?;
                }
                let until = new.until.unwrap_or_else(|| now.plus(USUAL_HOLD));
                after = Asked { held_until: Some(until), hold: Some(Hold::Held), ..after };
            }
            (false, false) => {}
        }
        enquiries::put_asked(c, &id, &after)?;
        let detail = format!("{}: {id}", new.answer);
        audit::record(c, now, &actor, Did::on(Deed::EnquiryAnswered, &stored.service).saying(detail))?;
        seen_by(c, &actor, &id)
    })
    .await
}
