//! What an administrator sees of the consultations of their authority: each with how many have
//! answered, and the answers themselves, to be read or taken away as a file.

use crate::base::clock::Clock;
use crate::domain::actor::Actor;
use crate::domain::audit::Did;
use crate::domain::consultation::{Answers, Consultation, ConsultationId};
use crate::domain::person::Target;
use crate::domain::words::Deed;
use crate::ops::edit_consultation::theirs;
use crate::ops::{Refused, audit};
use crate::store::{Db, consultations};

/// Those of their authorities, the latest to end first, with how many have answered each.
pub async fn all(db: &Db, actor: Actor) -> Result<Vec<(Consultation, i64)>, Refused> {
    if !actor.may_administer_some() {
        return Err(Refused::NotAllowed);
    }
    db.read(move |c| {
        let mut found = consultations::all(c)?;
        found.retain(|own| actor.may_administer(&Target::Authority(own.authority.clone())));
        found.into_iter().map(|own| Ok((own.clone(), consultations::count(c, &own.id)?))).collect()
    })
    .await
}

/// One with its answers, oldest first.
pub async fn look(db: &Db, actor: Actor, id: ConsultationId) -> Result<(Consultation, Vec<Answers>), Refused> {
    db.read(move |c| {
        let own = theirs(c, &actor, &id)?;
        let answers = consultations::answers(c, &id)?;
        Ok((own, answers))
    })
    .await
}

/// The same to be taken away as a file, which is written down.
pub async fn take_away(
    db: &Db,
    clock: &Clock,
    actor: Actor,
    id: ConsultationId,
) -> Result<(Consultation, Vec<Answers>), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let own = theirs(c, &actor, &id)?;
        let answers = consultations::answers(c, &id)?;
        let did = Did::new(Deed::AnswersTaken).concerning([own.authority.clone()]);
        audit::record(c, clock.now(), &actor, did.saying(own.content.title.clone()))?;
        Ok((own, answers))
    })
    .await
}
