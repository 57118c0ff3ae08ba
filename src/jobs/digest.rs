//! Digests: made once for an alert and a local day or week, in one transaction with the row that
//! says so and the mail that carries it. When one is due is decided in `schedule.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::anyhow;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::base::stamp::Stamp;
use crate::board::Snapshot;
use crate::domain::actor::Actor;
use crate::domain::alert::{Alert, AlertId, AlertState};
use crate::domain::digest::{Counted, Period};
use crate::domain::freshness::Moment;
use crate::domain::person::EmailAddress;
use crate::guide::workshop::{Asked, Format};
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

/// How many guides may still be made only to say how large they are. A guide that nobody asked for takes a
/// core for a second.
pub struct Guides(AtomicUsize);

impl Default for Guides {
    fn default() -> Self {
        /// Of one round: some minutes of work at the most. Alerts with the same filter share one.
        const MOST_MADE: usize = 200;
        Self(AtomicUsize::new(MOST_MADE))
    }
}

impl Guides {
    /// The size of a guide: as it lies ready, or made for that.
    fn size(&self, app: &App, asked: Asked, board: &Snapshot, moment: Moment) -> Option<usize> {
        if let Some(bytes) = app.guides.size(&asked) {
            return Some(bytes);
        }
        let left = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.ok().and_then(|_| Some(app.guides.make(asked, board, moment).ok()?.bytes.len()))
    }
}

/// Writes the digest of an alert as of this moment. `None` if there is nobody to send it to.
pub async fn draft(
    app: &Arc<App>,
    alert: &Alert,
    period: Period,
    at: Stamp,
    guides: &Arc<Guides>,
) -> anyhow::Result<Option<Draft>> {
    let wanting = alert.clone();
    let read = app.db.read(move |c| {
        let Some(reader) = alerts::reader(c, &wanting)? else { return Ok(None) };
        if stopped::get(c, &reader.email)?.is_some() {
            return Ok(None);
        }
        let before = digests::before(c, &wanting.id, period)?;
        Ok::<_, Refused>(Some((reader, before, places::of_query::<Refused>(c, &wanting.query)?)))
    });
    let Some((reader, before, filter)) = read.await.map_err(|refused| anyhow!("{refused}"))? else { return Ok(None) };
    let (worker, alert, guides) = (app.clone(), alert.clone(), guides.clone());
    let written = tokio::task::spawn_blocking(move || {
        let snapshot = worker.board.current();
        let person = reader.person.as_ref();
        let moment = Moment { now: at, limits: worker.config.freshness_limits() };
        let size = |kind| {
            let asked = Asked { kind, format: Format::Pdf, filter: filter.clone() };
            guides.size(&worker, asked, &snapshot, moment)
        };
        let wanted = Wanted {
            alert: &alert,
            filter: &filter,
            cadence: period.cadence,
            before: before.as_ref(),
            staff: person.is_some_and(|person| Actor::person(person.id.clone(), &person.grants).is_staff()),
            moment,
            size: &size,
        };
        let written = digest::write(worker.author(), &snapshot, &wanted)?;
        let (words, counted) = (written.words, written.counted);
        Ok::<_, String>(Draft { to: reader.email, words, counted, up_to_seq: snapshot.seq() })
    });
    written.await?.map(Some).map_err(|why| anyhow!("{why}"))
}

/// Makes the digest, unless it was made before. The draft, if it is on its way by this call.
pub async fn make(
    app: &Arc<App>,
    alert: &Alert,
    period: Period,
    at: Stamp,
    guides: &Arc<Guides>,
) -> anyhow::Result<Option<Draft>> {
    let Some(draft) = draft(app, alert, period, at, guides).await? else { return Ok(None) };
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
