//! An administrator opens a consultation of their authority, changes its words, or ends it early. Once
//! somebody has answered, its questions stay as they are: answers belong to them by their order.

use crate::base::clock::Clock;
use crate::domain::actor::Actor;
use crate::domain::audit::Did;
use crate::domain::authority::AuthorityCode;
use crate::domain::consultation::{Consultation, ConsultationId, Content};
use crate::domain::invalid::Invalid;
use crate::domain::person::Target;
use crate::domain::words::Deed;
use crate::ops::{Refused, audit};
use crate::store::conn::Conn;
use crate::store::{Db, consultations};

/// What somebody wrote who read version `based_on`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// `None` for a new one.
    pub id: Option<ConsultationId>,
    /// Of a new one; it stays.
    pub authority: AuthorityCode,
    pub based_on: i64,
    pub content: Content,
}

pub async fn run(db: &Db, clock: &Clock, actor: Actor, edit: Edit) -> Result<Consultation, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let before = edit.id.map(|id| theirs(c, &actor, &id)).transpose()?;
        let changed = match before {
            None => Consultation {
                id: ConsultationId::fresh(now),
                authority: edit.authority,
                version: 1,
                content: edit.content,
                closed_at: None,
                made_at: now,
            },
            Some(before) => {
                if before.version != edit.based_on {
                    return Err(Refused::Stale(before.version));
                }
                if before.content.questions != edit.content.questions && consultations::count(c, &before.id)? > 0 {
                    let detail = "Somebody has answered these questions already, so they stay as they are";
                    return Err(Invalid::one("questions", "answered", detail).into());
                }
                Consultation { version: before.version + 1, content: edit.content, ..before }
            }
        };
        if !actor.may_administer(&Target::Authority(changed.authority.clone())) {
            return Err(Refused::NotAllowed);
        }
        consultations::put(c, &changed)?;
        let did = Did::new(Deed::ConsultationChanged).concerning([changed.authority.clone()]);
        audit::record(c, now, &actor, did.saying(changed.content.title.clone()))?;
        Ok(changed)
    })
    .await
}

/// Ends it today, whatever its last day was. Pressed twice, it is done once.
pub async fn close(db: &Db, clock: &Clock, actor: Actor, id: ConsultationId) -> Result<(), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let before = theirs(c, &actor, &id)?;
        if before.closed_at.is_some() {
            return Ok(());
        }
        let did = Did::new(Deed::ConsultationClosed).concerning([before.authority.clone()]);
        let did = did.saying(before.content.title.clone());
        let version = before.version + 1;
        consultations::put(c, &Consultation { closed_at: Some(now), version, ..before })?;
        audit::record(c, now, &actor, did)
    })
    .await
}

/// One that is theirs to administer; another is not theirs to know of as an administrator.
pub(super) fn theirs(c: &mut Conn, actor: &Actor, id: &ConsultationId) -> Result<Consultation, Refused> {
    let found = consultations::get(c, id)?;
    let may = actor.may_administer(&Target::Authority(found.authority.clone()));
    if may { Ok(found) } else { Err(Refused::NotAllowed) }
}
