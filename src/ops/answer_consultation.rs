//! A reader answers a consultation. Whoever they are, signed in or not, it is not asked and not written
//! down; of the time, the day.

use chrono::NaiveDate;

use crate::base::secret;
use crate::domain::consultation::{Answers, Consultation, ConsultationId, NewAnswers, Phase};
use crate::domain::invalid::Invalid;
use crate::ops::Refused;
use crate::store::{Db, consultations};

/// More than a county's readers answer; past it somebody is playing.
const MOST_ANSWERS: i64 = 20_000;

/// Those that are open or over on this day, the latest to end first.
pub async fn all(db: &Db, today: NaiveDate) -> Result<Vec<Consultation>, Refused> {
    db.read(move |c| {
        let mut found = consultations::all(c)?;
        found.retain(|own| own.phase(today) != Phase::Ahead);
        Ok(found)
    })
    .await
}

/// One of those.
pub async fn one(db: &Db, today: NaiveDate, id: ConsultationId) -> Result<Consultation, Refused> {
    let found = db.read(move |c| Ok::<_, Refused>(consultations::get(c, &id)?)).await?;
    if found.phase(today) == Phase::Ahead { Err(Refused::NotFound) } else { Ok(found) }
}

/// Takes the answers, as long as it is open.
pub async fn run(db: &Db, today: NaiveDate, id: ConsultationId, new: NewAnswers) -> Result<(), Refused> {
    db.write(move |c| {
        let found = consultations::get(c, &id)?;
        match found.phase(today) {
            Phase::Ahead => return Err(Refused::NotFound),
            Phase::Over => return Err(Refused::Ended),
            Phase::Open => {}
        }
        if new.answers.len() != found.content.questions.len() {
            let detail = "The questions were changed while you answered them. Open the page again.";
            return Err(Invalid::one("", "changed", detail).into());
        }
        if consultations::count(c, &id)? >= MOST_ANSWERS {
            return Err(Refused::TooMany);
        }
        // An id that tells no time; a form that is sent twice makes the same.
        let form = if new.form.is_empty() { secret::hash(&secret::bytes::<16>()) } else { new.form };
        let own = secret::hash(format!("{id} {form}").as_bytes());
        if !consultations::is_known(c, &own)? {
            consultations::add_answers(c, &own, &id, &Answers { made_on: today, answers: new.answers })?;
        }
        Ok(())
    })
    .await
}
