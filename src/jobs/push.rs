//! Brings the notification of an alert on one browser up to what is true: more is told, what is gone
//! is taken back, and nothing is sent where it says so already. A browser that is there no more is
//! forgotten.

use std::sync::Arc;

use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::base::stamp::Stamp;
use crate::domain::alert::{AlertId, DeviceId};
use crate::domain::change::Change;
use crate::domain::freshness::Moment;
use crate::jobs::alert_mail::{Match, Told};
use crate::jobs::{Act, Ending, Job, row};
use crate::notify::alert_letter;
use crate::notify::push::{Notice, Target};
use crate::ops::Refused;
use crate::ops::subscribe_device::{PushTest, TEST_JOB};
use crate::store::conn::Conn;
use crate::store::devices::{self, Device};
use crate::store::jobs::{self, Claimed};
use crate::store::notices::{self, Shown};
use crate::store::{Error, services};

/// For so long a push service keeps a notification, and it is worth taking back.
pub const SHOWN_FOR: Duration = Duration::hours(1);

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Push {
    pub alert: AlertId,
    pub device: DeviceId,
    /// What is new; nothing where something told is gone.
    pub matches: Vec<Match>,
}

/// Puts it into the table, behind what is on its way to the same browser for the same alert.
pub fn enqueue(
    c: &mut Conn,
    push: Push,
    device: &Device,
    seq: i64,
    (run_at, now): (Stamp, Stamp),
) -> Result<(), Error> {
    let order = Some((format!("push {} {}", push.alert, device.id), seq));
    jobs::enqueue(c, &row(&push, &device.lane(), order, run_at)?, now)?;
    Ok(())
}

/// All there is to know, read in one state of the data.
struct Found {
    told: Told,
    device: Device,
    shown: Vec<Shown>,
    standing: Vec<Shown>,
    /// Of what is told: gone since.
    gone: Vec<Change>,
    /// The last entries of the services told of, as they were read.
    last_seqs: Vec<i64>,
}

impl Found {
    fn read(c: &mut Conn, push: &Push, made_at: Stamp, moment: &Moment) -> Result<Option<Self>, Refused> {
        let shown = notices::shown(c, &push.alert, &push.device, moment.now.minus(SHOWN_FOR))?;
        let matches = newest(&shown, &push.matches);
        let Some(mut told) = Told::read(c, &push.alert, &matches, made_at)? else { return Ok(None) };
        let Some(device) = devices::get(c, &push.device)? else { return Ok(None) };
        let (mut standing, mut changes, mut gone, mut last_seqs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (found, change) in matches.into_iter().zip(told.changes) {
            let now = services::get(c, &found.service)?;
            last_seqs.push(now.last_seq);
            if told.filter.matches(&now.service, moment) {
                let before = shown.iter().find(|one| one.seq == found.seq);
                let at = before.map_or(moment.now, |before| before.at);
                standing.push(Shown { service: found.service, seq: found.seq, at });
                changes.push(change);
            } else {
                gone.push(change);
            }
        }
        told.changes = changes;
        Ok(Some(Self { told, device, shown, standing, gone, last_seqs }))
    }

    /// What the browser is to show now. `None` where it shows that already, or nothing.
    fn notice(&self, app: &App) -> Option<Notice> {
        let is_shown = |one: &Shown| self.shown.iter().any(|shown| shown.seq == one.seq);
        if !self.standing.iter().all(is_shown) {
            return Some(alert_letter::notice(app.author(), &self.told.news()));
        }
        if self.standing.len() == self.shown.len() {
            return None;
        }
        if self.standing.is_empty() {
            return Some(alert_letter::taken_back(app.author(), &self.told.news_of(&self.gone)));
        }
        Some(Notice { silent: true, ..alert_letter::notice(app.author(), &self.told.news()) })
    }

    /// Writes down what is shown, and looks again if something has changed meanwhile.
    fn delivered(self, now: Stamp) -> Act {
        Box::new(move |c| {
            let (alert, device) = (&self.told.alert.id, &self.device);
            notices::show(c, alert, &device.id, &self.standing)?;
            devices::mark_used(c, &device.id, now)?;
            let mut latest = Vec::new();
            for one in self.standing.iter().map(|one| &one.service).chain(self.gone.iter().map(|one| &one.service.id)) {
                latest.push(services::get(c, one)?.last_seq);
            }
            let newest = latest.iter().max().copied().unwrap_or_default();
            if latest.iter().any(|seq| !self.last_seqs.contains(seq)) {
                let again = Push { alert: alert.clone(), device: device.id.clone(), matches: Vec::new() };
                enqueue(c, again, device, newest, (now, now))?;
            }
            Ok(())
        })
    }
}

/// What was shown and what is new, each service by its newest change, oldest first.
fn newest(shown: &[Shown], matches: &[Match]) -> Vec<Match> {
    let shown = shown.iter().map(|one| Match { seq: one.seq, service: one.service.clone() });
    let mut all: Vec<Match> = shown.chain(matches.iter().cloned()).collect();
    all.sort_by(|one, other| (&one.service, other.seq).cmp(&(&other.service, one.seq)));
    all.dedup_by(|one, other| one.service == other.service);
    all.sort_by_key(|one| one.seq);
    all
}

impl Job for Push {
    const NAME: &'static str = "push";

    async fn run(&self, app: &Arc<App>, claimed: &Claimed) -> anyhow::Result<Ending> {
        let (push, made_at, moment) = (self.clone(), claimed.made_at, app.moment());
        let found = app.db.read(move |c| Found::read(c, &push, made_at, &moment)).await?;
        let Some((found, notice)) = found.and_then(|found| found.notice(app).map(|notice| (found, notice))) else {
            return Ok(Ending::DONE);
        };
        let ending = send(app, &found.device, &notice).await;
        Ok(match ending {
            Ending::Done(_) => Ending::Done(Some(found.delivered(app.clock.now()))),
            other @ (Ending::Later { .. } | Ending::NotYet { .. } | Ending::GivenUp { .. }) => other,
        })
    }
}

impl Job for PushTest {
    const NAME: &'static str = TEST_JOB;

    async fn run(&self, app: &Arc<App>, _: &Claimed) -> anyhow::Result<Ending> {
        let id = self.device.clone();
        let Some(device) = app.db.read(move |c| devices::get(c, &id)).await? else { return Ok(Ending::DONE) };
        send_once(app, device, &alert_letter::test_notice(app.author())).await
    }
}

/// Sends what is replaced by nothing, and writes down that the browser took it.
pub async fn send_once(app: &App, device: Device, notice: &Notice) -> anyhow::Result<Ending> {
    let ending = send(app, &device, notice).await;
    let now = app.clock.now();
    Ok(match ending {
        Ending::Done(_) => Ending::Done(Some(Box::new(move |c| devices::mark_used(c, &device.id, now)))),
        other @ (Ending::Later { .. } | Ending::NotYet { .. } | Ending::GivenUp { .. }) => other,
    })
}

async fn send(app: &App, device: &Device, notice: &Notice) -> Ending {
    let Device { id, endpoint, p256dh, auth, .. } = device.clone();
    let outcome = app.pusher.send(&Target { endpoint, p256dh, auth }, notice, app.clock.now()).await;
    Ending::of(outcome, |_| -> Act { Box::new(move |c| devices::delete(c, &id)) })
}
