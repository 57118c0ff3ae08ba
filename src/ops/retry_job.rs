//! Has work that failed done again at once.

use crate::base::clock::Clock;
use crate::domain::actor::Actor;
use crate::domain::audit::Did;
use crate::domain::words::Deed;
use crate::ops::{Refused, audit};
use crate::store::Db;
use crate::store::jobs::{self, JobId};

pub async fn run(db: &Db, clock: &Clock, actor: Actor, id: JobId) -> Result<(), Refused> {
    if !actor.is_operator() {
        return Err(Refused::NotAllowed);
    }
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        jobs::run_now(c, &id, now)?;
        audit::record(c, now, &actor, Did::new(Deed::WorkRetried).saying(id.as_str()))
    })
    .await
}
