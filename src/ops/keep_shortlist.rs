//! Staff keep a shortlist under a case reference, and find it again on another day or device. A list
//! without a reference is nobody's business: the browser keeps it.

use crate::base::clock::Clock;
use crate::domain::actor::{Actor, Who};
use crate::domain::enquiry::check_reference;
use crate::domain::invalid::Invalid;
use crate::domain::person::PersonId;
use crate::domain::shortlist::Shortlist;
use crate::ops::Refused;
use crate::store::Db;
use crate::store::shortlists::{self, Kept};

/// More cases than somebody works on at a time.
const MOST_CASES: usize = 100;

fn staff(actor: &Actor) -> Result<PersonId, Refused> {
    match &actor.who {
        Who::Person(id) if actor.is_staff() => Ok(id.clone()),
        Who::Person(_) | Who::Public | Who::Token(_) | Who::System => Err(Refused::NotAllowed),
    }
}

/// Keeps the list under its case; the reference as it is kept.
pub async fn run(db: &Db, clock: &Clock, actor: Actor, list: Shortlist) -> Result<String, Refused> {
    let person = staff(&actor)?;
    let wanted = || Invalid::one("/case_reference", "required", "Enter a case reference.");
    let case = check_reference(&list.case.unwrap_or_default())?.ok_or_else(wanted)?;
    let kept = Kept { case: case.clone(), services: list.services, changed_at: clock.now() };
    db.write(move |c| {
        let known = shortlists::of_person(c, &person)?;
        if known.len() >= MOST_CASES && !known.iter().any(|other| other.case == kept.case) {
            let detail = format!("You keep {MOST_CASES} lists already. Remove one that is done with.");
            return Err(Invalid::one("/case_reference", "too_many", detail).into());
        }
        shortlists::put(c, &person, &kept)?;
        Ok(case)
    })
    .await
}

/// One's own lists, the last changed first.
pub async fn all(db: &Db, actor: Actor) -> Result<Vec<Kept>, Refused> {
    let person = staff(&actor)?;
    db.read(move |c| Ok(shortlists::of_person(c, &person)?)).await
}

/// Forgets the list of a case of one's own.
pub async fn forget(db: &Db, actor: Actor, case: String) -> Result<(), Refused> {
    let person = staff(&actor)?;
    db.write(move |c| Ok(shortlists::delete(c, &person, &case)?)).await
}
