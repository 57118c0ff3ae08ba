//! What readers of the county have said: that something is wrong with a few listings, and what its largest
//! council asks them just now. Nothing of it is from anybody.

use chrono::Duration;

use crate::base::stamp::Stamp;
use crate::demo::county::County;
use crate::domain::consultation::{Consultation, ConsultationId, Content, Question};
use crate::domain::remark::{Remark, RemarkId};
use crate::domain::words::{Kind, Wrong};
use crate::ops::Refused;
use crate::store::conn::Conn;
use crate::store::{consultations, remarks};

const SAID: [(usize, Wrong, Option<&str>, i64); 4] = [
    (0, Wrong::Fee, Some("They told me on the phone that it is dearer now"), 30),
    (0, Wrong::Fee, None, 9),
    (0, Wrong::Contact, Some("The number rings at a shop"), 5),
    (1, Wrong::Other, Some("The picture of the entrance is of another house"), 26),
];
const ABOUT: &str = "Every week we make guides to care homes and to care at home. We want to know whether they help:\n\n\
                     - whether you find what you look for\n- what is missing\n\nIt takes about two minutes.";

/// Writes it, in the transaction that is open.
pub fn write(c: &mut Conn, county: &County, now: Stamp) -> Result<(), Refused> {
    let homes = county.services.iter().filter(|service| service.facts.kind == Kind::CareHome);
    let homes: Vec<_> = homes.take(2).collect();
    for (which, wrong, words, hours) in SAID {
        let (Some(home), made_at) = (homes.get(which), now.minus(Duration::hours(hours))) else { continue };
        let (service, words) = (home.id.clone(), words.map(str::to_owned));
        remarks::add(c, &Remark { id: RemarkId::fresh(made_at), service, wrong, words, made_at })?;
    }
    let Some(first) = county.services.first() else { return Ok(()) };
    let question = |text: &str, choices: &[&str]| Question {
        text: text.to_owned(),
        choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
    };
    let day = |days: i64| now.plus(Duration::days(days)).utc().date_naive();
    let content = Content {
        title: "What should our guides to care say?".to_owned(),
        about: ABOUT.to_owned(),
        questions: vec![
            question("How do you read a guide?", &["On paper", "On a phone or computer", "Somebody reads it to me"]),
            question("Did you find what you were looking for?", &["Yes", "Partly", "No"]),
            question("What is missing?", &[]),
        ],
        opens_on: day(-10),
        ends_on: day(32),
        heard: None,
    };
    let authority = first.facts.authority.code.clone();
    let made_at = now.minus(Duration::days(11));
    let asked =
        Consultation { id: ConsultationId::fresh(made_at), authority, version: 1, content, closed_at: None, made_at };
    Ok(consultations::put(c, &asked)?)
}
