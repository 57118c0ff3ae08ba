//! Has work that failed done again at once.

use crate::base::clock::Clock;
use crate::domain::actor::Actor;
use crate::ops::Refused;
use crate::store::Db;
use crate::store::jobs::{self, JobId};

pub async fn run(db: &Db, clock: &Clock, actor: Actor, id: JobId) -> Result<(), Refused> {
    if !actor.is_operator() {
        return Err(Refused::NotAllowed);
    }
    let clock = clock.clone();
    db.write(move |c| Ok(jobs::run_now(c, &id, clock.now())?)).await
}
