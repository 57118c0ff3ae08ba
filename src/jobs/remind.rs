//! Every hour, asks the managers of services whose figures are probably wrong by now; and mails the
//! letters. When somebody is to be asked is decided in `domain/reminder.rs`.

use std::sync::Arc;

use anyhow::anyhow;

use crate::app::App;
use crate::base::stamp::Stamp;
use crate::domain::actor::Actor;
use crate::domain::care_service::CareService;
use crate::domain::filter::Filter;
use crate::domain::person::Person;
use crate::domain::reminder::Rules;
use crate::jobs::{Ending, Job, mail};
use crate::notify::reminder::{self, Question};
use crate::ops::remind::{self, Known, ReminderMail};
use crate::ops::{Refused, learn_paces};
use crate::store::conn::Conn;
use crate::store::jobs::Claimed;
use crate::store::{Error, people, reminders, services, stopped};

/// Asks about everything that is to be asked now; how many letters that makes.
pub async fn round(app: &Arc<App>) -> Result<usize, Refused> {
    learn_paces::run(&app.db).await?;
    let moment = app.moment();
    let all = app.board.current().matching(&Filter::default(), &moment);
    remind::run(&app.db, app.config.timezone, Rules::of(moment.limits), moment.now, all).await
}

/// A person and what is still to be asked of them.
struct Asked {
    person: Person,
    questions: Vec<Question>,
}

impl Job for ReminderMail {
    const NAME: &'static str = remind::MAIL_JOB;

    async fn run(&self, app: &Arc<App>, claimed: &Claimed) -> anyhow::Result<Ending> {
        let (job, since, now) = (self.clone(), claimed.made_at, app.clock.now());
        let all = app.board.current().matching(&Filter::default(), &app.moment());
        let asked = app.db.read(move |c| still_asked(c, &job, (since, now), &all)).await?;
        let Some(asked) = asked.filter(|asked| !asked.questions.is_empty()) else { return Ok(Ending::DONE) };
        let author = app.author();
        let words = reminder::write(author, &asked.person, &asked.questions, now).map_err(|e| anyhow!(e))?;
        let list = reminder::list(author, &asked.person.id);
        Ok(mail::send(app, &mail::letter(claimed, &asked.person.email, words, Some(list))).await)
    }
}

/// What nobody has told since the reminder was made, of what is still theirs to tell.
fn still_asked(
    c: &mut Conn,
    job: &ReminderMail,
    (since, now): (Stamp, Stamp),
    all: &[Arc<CareService>],
) -> Result<Option<Asked>, Error> {
    let person = match people::get(c, &job.person) {
        Err(Error::NotFound) => return Ok(None),
        other => other?,
    };
    if reminders::is_stopped(c, &person.id)? || stopped::get(c, &person.email)?.is_some() {
        return Ok(None);
    }
    let actor = Actor::person(person.id.clone(), &person.grants);
    let known = Known::read(c, all)?;
    let mut questions = Vec::new();
    for id in &job.services {
        let service = services::get(c, id)?.service;
        let is_told = service.capacity.confirmed_at.is_some_and(|at| at > since);
        if service.left_at.is_none() && !is_told && actor.may_update(&service) {
            questions.push(Question {
                rate: known.rate(&service),
                is_probably_wrong: known.is_probably_wrong(&service, now),
                unanswered: known.unanswered(&service),
                service,
            });
        }
    }
    Ok(Some(Asked { person, questions }))
}
