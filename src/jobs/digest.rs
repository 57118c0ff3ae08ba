//! Digests: made once for an alert and a local day or week, in one transaction with the row that
//! says so and the mail that carries it. When one is due is decided in `schedule.rs`.

use std::sync::Arc;

use anyhow::anyhow;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::base::stamp::Stamp;
use crate::domain::actor::Actor;
use crate::domain::alert::{Alert, AlertId, AlertState};
use crate::domain::digest::{Counted, Period};
use crate::domain::freshness::Moment;
use crate::domain::person::EmailAddress;
use crate::jobs::{Ending, Job, mail, row};
use crate::notify::digest::{self, Wanted};
use crate::notify::letter::Words;
use crate::ops::Refused;
use crate::store::jobs::Claimed;
use crate::store::{Error, alerts, digests, jobs, places, stopped};

/// The lane of digests.
pub const LANE: &str = "digest";

/// A digest, written when it was made: what it says is what was true then.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DigestMail {
    alert: AlertId,
    to: EmailAddress,
    words: Words,
    /// The moment it is for, which is its date.
    at: Stamp,
}

impl Job for DigestMail {
    const NAME: &'static str = "digest";

    async fn run(&self, app: &Arc<App>, claimed: &Claimed) -> anyhow::Result<Ending> {
        let (id, to) = (self.alert.clone(), self.to.clone());
        let wanted = app.db.read(move |c| match alerts::get(c, &id) {
            Ok(alert) => Ok(alert.state == AlertState::Active && stopped::get(c, &to)?.is_none()),
            Err(Error::NotFound) => Ok(false),
            Err(error) => Err(error),
        });
        if !wanted.await? {
            return Ok(Ending::DONE);
        }
        let mut letter = mail::letter(claimed, &self.to, self.words.clone(), Some(app.author().list(&self.alert)));
        letter.date = self.at;
        Ok(mail::send(app, &letter).await)
    }
}

/// A digest that could be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub to: EmailAddress,
    /// `None` where there is nothing to say.
    pub words: Option<Words>,
    counted: Counted,
    up_to_seq: i64,
}

/// Writes the digest of an alert as of this moment. `None` if there is nobody to send it to.
pub async fn draft(app: &Arc<App>, alert: &Alert, period: Period, at: Stamp) -> anyhow::Result<Option<Draft>> {
    let (worker, alert) = (app.clone(), alert.clone());
    let drafted = app.db.read(move |c| {
        let Some(reader) = alerts::reader(c, &alert)? else { return Ok(None) };
        if stopped::get(c, &reader.email)?.is_some() {
            return Ok(None);
        }
        let before = digests::before(c, &alert.id, period)?;
        let filter = places::of_query::<Refused>(c, &alert.query)?;
        let person = reader.person.as_ref();
        let wanted = Wanted {
            alert: &alert,
            filter: &filter,
            cadence: period.cadence,
            before: before.as_ref(),
            staff: person.is_some_and(|person| Actor::person(person.id.clone(), &person.grants).is_staff()),
            moment: Moment { now: at, limits: worker.config.freshness_limits() },
        };
        let snapshot = worker.board.current();
        let written = digest::write(worker.author(), &snapshot, &wanted).map_err(Error::Broken)?;
        let (words, counted) = (written.words, written.counted);
        Ok::<_, Refused>(Some(Draft { to: reader.email, words, counted, up_to_seq: snapshot.seq() }))
    });
    drafted.await.map_err(|refused| anyhow!("{refused}"))
}

/// Makes the digest, unless it was made before. The draft, if it is on its way by this call.
pub async fn make(app: &Arc<App>, alert: &Alert, period: Period, at: Stamp) -> anyhow::Result<Option<Draft>> {
    let Some(draft) = draft(app, alert, period, at).await? else { return Ok(None) };
    let (clock, id, made) = (app.clock.clone(), alert.id.clone(), draft.clone());
    let written = app.db.write(move |c| {
        digests::add(c, &id, period, made.up_to_seq, &made.counted, at)?;
        let Some(words) = made.words else { return Ok(false) };
        let now = clock.now();
        let order = Some((format!("digest {id}"), made.up_to_seq));
        let job = DigestMail { alert: id, to: made.to, words, at };
        jobs::enqueue(c, &row(&job, LANE, order, now)?, now)?;
        Ok(true)
    });
    match written.await {
        Ok(sent) => Ok(sent.then_some(draft)),
        Err(Error::Conflict) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
