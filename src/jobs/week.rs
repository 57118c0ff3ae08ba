//! The weekly mail to who keeps services: made once for a person and a local week, on Monday at the hour
//! they chose, in one transaction with the mark that says so. What it says is not decided here.

use std::sync::Arc;

use anyhow::anyhow;
use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::base::stamp::Stamp;
use crate::board::Snapshot;
use crate::domain::care_service::CareService;
use crate::domain::digest::{Cadence, Period};
use crate::domain::person::{EmailAddress, Person, PersonId, Target};
use crate::domain::words::Role;
use crate::jobs::digest::LANE;
use crate::jobs::{Ending, Job, mail, row};
use crate::notify::letter::Words;
use crate::notify::week_letter;
use crate::ops::service_week::{Counted, Week};
use crate::store::conn::Conn;
use crate::store::jobs::Claimed;
use crate::store::week_letters::Wish;
use crate::store::{Error, jobs, people, restore, stopped, week_letters};

/// So many letters are written, and put into the table, together.
const TOGETHER: usize = 100;
/// A server that was away at the hour makes them late; later than this the week is old news.
const LATEST: Duration = Duration::days(2);

/// A letter, written when it was made: what it says is what was true then.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WeekMail {
    person: PersonId,
    to: EmailAddress,
    words: Words,
    at: Stamp,
}

impl Job for WeekMail {
    const NAME: &'static str = "week";

    async fn run(&self, app: &Arc<App>, claimed: &Claimed) -> anyhow::Result<Ending> {
        let (person, to) = (self.person.clone(), self.to.clone());
        let wanted = app.db.read(move |c| {
            let is_there = people::by_email(c, &to)?.is_some_and(|found| found.id == person);
            let is_stopped = week_letters::of_person(c, &person)?.0.stopped || stopped::get(c, &to)?.is_some();
            Ok::<_, Error>(is_there && !is_stopped)
        });
        if !wanted.await? {
            return Ok(Ending::DONE);
        }
        let list = week_letter::list(app.author(), &self.person);
        let mut letter = mail::letter(claimed, &self.to, self.words.clone(), Some(list));
        letter.date = self.at;
        Ok(mail::send(app, &letter).await)
    }
}

/// Somebody whose weekly mail was not made yet.
#[derive(Clone, Debug)]
pub struct Due {
    person: Person,
    period: Period,
}

/// A letter that could be sent.
#[derive(Clone, Debug)]
pub struct Draft {
    pub to: EmailAddress,
    pub words: Words,
    due: Due,
}

/// Whose hour has come, and not more than two days ago.
pub async fn due(app: &Arc<App>, now: Stamp) -> Result<Vec<Due>, Error> {
    let (zone, usual) = (app.config.timezone, app.config.digest_hour);
    not_made(app, move |wish, restored| {
        let hour = wish.hour.unwrap_or(usual);
        let period = Period::last_due(Cadence::Weekly, now, zone, hour);
        let due_at = period.due_at(zone, hour);
        // Data that came back from a backup do not know what was sent since it was made.
        let may_be_sent = restored.is_some_and(|restored| due_at <= restored);
        (now.since(due_at) <= LATEST && !may_be_sent).then_some(period)
    })
    .await
}

/// The same for the local week of this moment, whatever the hour.
pub async fn of_now(app: &Arc<App>, at: Stamp) -> Result<Vec<Due>, Error> {
    let period = Period::of(Cadence::Weekly, app.config.timezone.day(at));
    not_made(app, move |_, _| Some(period)).await
}

async fn not_made(
    app: &Arc<App>,
    period: impl Fn(&Wish, Option<Stamp>) -> Option<Period> + Send + 'static,
) -> Result<Vec<Due>, Error> {
    app.db
        .read(move |c| {
            let (kept, restored) = (week_letters::all(c)?, restore::restored_at(c)?);
            let mut due = Vec::new();
            for person in people::all(c)?.into_iter().filter(keeps_something) {
                let (wish, made) = kept.get(&person.id).cloned().unwrap_or_default();
                let Some(period) = period(&wish, restored).filter(|_| !wish.stopped) else { continue };
                if made.is_none_or(|made| made < period.text()) {
                    due.push(Due { person, period });
                }
            }
            Ok(due)
        })
        .await
}

fn keeps_something(person: &Person) -> bool {
    person.grants.iter().any(|grant| matches!(grant.role, Role::Manager | Role::GroupManager))
}

/// Makes the letters that have something to say, and marks the week as made for everybody.
pub async fn make(app: &Arc<App>, due: Vec<Due>, at: Stamp) -> anyhow::Result<Vec<Draft>> {
    let mut made = Vec::new();
    for some in due.chunks(TOGETHER) {
        let drafts = drafts(app, some.to_vec(), at).await?;
        let (clock, some) = (app.clock.clone(), some.to_vec());
        let written = app.db.write(move |c| write(c, &some, drafts, (at, clock.now())));
        made.extend(written.await?);
    }
    Ok(made)
}

/// What would be sent.
pub async fn drafts(app: &Arc<App>, due: Vec<Due>, at: Stamp) -> anyhow::Result<Vec<Draft>> {
    let worker = app.clone();
    let drafted = app.db.read(move |c| {
        let snapshot = worker.board.current();
        let mut counted: Option<(Period, Counted)> = None;
        let mut drafts = Vec::new();
        for due in due {
            if stopped::get(c, &due.person.email)?.is_some() {
                continue;
            }
            // Nearly always the same week for all.
            if counted.as_ref().is_none_or(|(period, _)| *period != due.period) {
                let zone = worker.config.timezone;
                counted = Some((due.period, Counted::read(c, zone, due.period.first_day())?));
            }
            let Some((_, counted)) = &counted else { continue };
            let mut weeks = Vec::new();
            for service in kept(&snapshot, &due.person) {
                weeks.push(counted.of(c, &service)?);
            }
            weeks.sort_by_key(|week| std::cmp::Reverse(week.says_something()));
            if weeks.iter().any(Week::says_something) {
                let written = week_letter::write(worker.author(), &due.person.id, &weeks, at);
                let words = written.map_err(Error::Broken)?;
                drafts.push(Draft { to: due.person.email.clone(), words, due });
            }
        }
        Ok::<_, Error>(drafts)
    });
    drafted.await.map_err(|error| anyhow!("{error}"))
}

/// The services on the register whose figures somebody keeps, by name.
fn kept(snapshot: &Snapshot, person: &Person) -> Vec<Arc<CareService>> {
    let mut found: Vec<Arc<CareService>> = Vec::new();
    for grant in person.grants.iter().filter(|grant| matches!(grant.role, Role::Manager | Role::GroupManager)) {
        match &grant.target {
            Target::Service(id) => found.extend(snapshot.get(id).cloned()),
            target @ (Target::All | Target::Provider(_) | Target::Authority(_)) => {
                found.extend(snapshot.all().filter(|service| target.covers(service)).cloned());
            }
        }
    }
    found.retain(|service| service.left_at.is_none());
    found.sort_by(|one, other| (&one.facts.name, &one.id).cmp(&(&other.facts.name, &other.id)));
    found.dedup_by(|one, other| one.id == other.id);
    found
}

/// What another node has made meanwhile is not made again.
fn write(c: &mut Conn, due: &[Due], drafts: Vec<Draft>, (at, now): (Stamp, Stamp)) -> Result<Vec<Draft>, Error> {
    let mut others = Vec::new();
    for due in due {
        match week_letters::make(c, &due.person.id, due.period, at) {
            Ok(()) => {}
            Err(Error::Conflict) => others.push(due.person.id.clone()),
            Err(error) => return Err(error),
        }
    }
    let own: Vec<Draft> = drafts.into_iter().filter(|draft| !others.contains(&draft.due.person.id)).collect();
    for draft in &own {
        let person = draft.due.person.id.clone();
        let job = WeekMail { person, to: draft.to.clone(), words: draft.words.clone(), at };
        jobs::enqueue(c, &row(&job, LANE, None, now)?, now)?;
    }
    Ok(own)
}
