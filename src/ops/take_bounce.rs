//! Stops an address that a mail service reports as undeliverable. Who may report is checked where
//! the report comes in, by its secret.

use crate::base::clock::Clock;
use crate::domain::bounce::Bounce;
use crate::ops::Refused;
use crate::store::{Db, stopped};

pub async fn run(db: &Db, clock: &Clock, bounce: Bounce) -> Result<(), Refused> {
    let clock = clock.clone();
    db.write(move |c| Ok(stopped::stop(c, &bounce.email, &bounce.reason, clock.now())?)).await
}
