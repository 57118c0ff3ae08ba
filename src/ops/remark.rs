//! A reader says that something is wrong with a listing. Whoever they are, signed in or not, it is not
//! asked and not written down. Who hears of it is decided in `tell_remarks.rs`.

use chrono::Duration;

use crate::base::clock::Clock;
use crate::base::secret;
use crate::domain::remark::{NewRemark, Remark, RemarkId};
use crate::ops::Refused;
use crate::store::{Db, remarks, services};

/// More than so many about one service in a day tell its council nothing new: somebody is playing.
const MOST_IN_A_DAY: i64 = 100;

pub async fn run(db: &Db, clock: &Clock, new: NewRemark) -> Result<(), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        if services::get(c, &new.service)?.service.left_at.is_some() {
            return Err(Refused::NotFound);
        }
        if remarks::made_since(c, &new.service, now.minus(Duration::days(1)))? >= MOST_IN_A_DAY {
            return Err(Refused::TooMany);
        }
        for wrong in new.wrong {
            // A form that is sent twice makes the same ids.
            let id = if new.form.is_empty() {
                RemarkId::fresh(now)
            } else {
                RemarkId::from_text(secret::hash(format!("{} {} {wrong}", new.service, new.form).as_bytes()))
            };
            if !remarks::is_known(c, &id)? {
                let (service, words) = (new.service.clone(), new.words.clone());
                remarks::add(c, &Remark { id, service, wrong, words, made_at: now })?;
            }
        }
        Ok(())
    })
    .await
}
