//! The enquiries that concern somebody: what they asked, and what their own services were asked; and
//! how quickly services answer. What an answer does is in `answer_enquiry.rs`.

use std::collections::BTreeMap;

use chrono::Duration;

use crate::base::clock::Clock;
use crate::base::stamp::Stamp;
use crate::domain::actor::Actor;
use crate::domain::answer_time::AnswerTimes;
use crate::domain::care_service::CareServiceId;
use crate::domain::enquiry::Enquiry;
use crate::ops::Refused;
use crate::ops::ask::{Seen, seen_by};
use crate::ops::tell::account;
use crate::store::{Db, enquiries, services};

/// What was asked longer ago concerns nobody today; a place that is still kept does.
pub const SHOWN_FOR: Duration = Duration::days(30);
/// More than somebody reads on a page.
const MOST: i64 = 200;

/// What concerns somebody.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Concerning {
    /// What they asked themselves, newest first.
    pub asked: Vec<Enquiry>,
    /// What services of theirs were asked, newest first, with those services only.
    pub to_answer: Vec<Seen>,
}

/// `services` are those that are theirs as far as is known; it is looked up anew.
pub async fn run(db: &Db, clock: &Clock, actor: Actor, services: Vec<CareServiceId>) -> Result<Concerning, Refused> {
    if !actor.is_staff() && !actor.may_update_some() {
        return Err(Refused::NotAllowed);
    }
    let since = clock.now().minus(SHOWN_FOR);
    db.read(move |c| {
        let asked = match actor.is_staff() {
            true => enquiries::made_by(c, &account(&actor), since, MOST)?,
            false => Vec::new(),
        };
        let mut to_answer = Vec::new();
        for id in enquiries::asking(c, &services, since, MOST)? {
            let mut seen = match seen_by(c, &actor, &id) {
                // Nothing of it is theirs after all.
                Err(Refused::NotFound) => continue,
                other => other?,
            };
            let mut own = Vec::new();
            for asked in seen.enquiry.asked {
                if actor.may_update(&services::get(c, &asked.service)?.service) {
                    own.push(asked);
                }
            }
            if !own.is_empty() {
                seen.enquiry.asked = own;
                to_answer.push(seen);
            }
        }
        Ok(Concerning { asked, to_answer })
    })
    .await
}

/// Grows with whatever is asked, answered or withdrawn.
pub async fn turn(db: &Db) -> Result<i64, Refused> {
    db.read(|c| Ok(enquiries::last_turn(c)?)).await
}

/// How quickly services answer what was asked from then to then, by the name that `group` gives each;
/// for staff. `only` one service, if it is named.
pub async fn answer_times(
    db: &Db,
    actor: Actor,
    span: (Stamp, Stamp),
    only: Option<CareServiceId>,
    group: impl Fn(&CareServiceId) -> Option<String> + Send + 'static,
) -> Result<BTreeMap<String, AnswerTimes>, Refused> {
    if !actor.is_staff() {
        return Err(Refused::NotAllowed);
    }
    db.read(move |c| {
        let mut taken: BTreeMap<String, Vec<Option<Duration>>> = BTreeMap::new();
        for (service, took) in enquiries::answer_times(c, only.as_ref(), span)? {
            if let Some(key) = group(&service) {
                taken.entry(key).or_default().push(took);
            }
        }
        Ok(taken.into_iter().map(|(key, times)| (key, AnswerTimes::of(times))).collect())
    })
    .await
}
