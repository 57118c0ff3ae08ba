//! Reads the log for alerts that are told at once: for each change, which alerts it has brought to
//! match, and for each of these the rows by which it is told. A cursor in the same transaction as
//! those rows makes it once, on however many nodes this runs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tracing::warn;

use crate::app::App;
use crate::base::stamp::Stamp;
use crate::domain::alert::{Alert, AlertId, DeviceId};
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::change::{Change, ChangeKind};
use crate::domain::freshness::Moment;
use crate::domain::words::AlertChannel;
use crate::jobs::alert_index::{AlertIndex, Watch};
use crate::jobs::alert_mail::{self, AlertMail, Match};
use crate::jobs::push::{self, Push};
use crate::jobs::row;
use crate::ops::Refused;
use crate::store::conn::Conn;
use crate::store::notices::{self, Telling};
use crate::store::{Error, alerts, changes, devices, jobs, places};

/// So many entries of the log are looked at together.
const BATCH: i64 = 500;
/// A cursor without news behind it is written down this often only; what is read twice is
/// compared twice, and found not to matter twice.
const WRITE_DOWN_EVERY: i64 = 1000;

/// Follows the log, with every alert in memory.
#[derive(Default)]
pub struct Follower {
    index: AlertIndex,
    version: i64,
    /// How far this one has read; the cursor says how far is surely told.
    position: i64,
}

/// What one look at the data finds.
struct Look {
    cursor: i64,
    version: i64,
    alerts: Vec<(Alert, Option<Watch>)>,
    /// The last entry that was looked at.
    last: i64,
    changes: Vec<Change>,
    before: HashMap<i64, CareService>,
    /// The notifications that tell of services with a change.
    telling: Vec<Telling>,
}

/// The alerts to be told, each with the changes that concern it.
type News = BTreeMap<AlertId, (Arc<Watch>, Vec<Match>)>;
/// The notifications that tell of a place that is gone.
type Outdated = BTreeSet<(AlertId, DeviceId)>;

impl Follower {
    /// Looks at the next part of the log. Whether there may be more.
    pub async fn step(&mut self, app: &Arc<App>) -> Result<bool, Error> {
        let (version, position, anybody) = (self.version, self.position, !self.index.is_empty());
        let shown_since = app.clock.now().minus(push::SHOWN_FOR);
        let look = app.db.read(move |c| look(c, version, position, anybody, shown_since)).await?;
        self.version = look.version;
        for (alert, watch) in look.alerts {
            match watch {
                Some(watch) => self.index.put(watch),
                None => self.index.remove(&alert.id),
            }
        }
        let last = look.last;
        if last == look.cursor.max(position) {
            return Ok(false);
        }
        let more = look.changes.len() as i64 == BATCH;
        let outdated = self.outdated(app, &look.changes, look.telling);
        let news = self.news(app, &look.changes, look.before);
        if news.is_empty() && outdated.is_empty() && last - look.cursor < WRITE_DOWN_EVERY {
            self.position = last;
            return Ok(more);
        }
        let told = tell(app, (news, outdated), look.cursor, last).await?;
        if told {
            self.position = last;
        }
        Ok(more || !told)
    }

    /// Writes down how far this one has read, so that the log behind it may be forgotten.
    pub async fn write_down(&self, app: &Arc<App>) -> Result<(), Error> {
        let position = self.position;
        app.db
            .write(move |c| {
                if changes::cursor(c, alerts::CURSOR)? < position {
                    changes::set_cursor(c, alerts::CURSOR, position)
                } else {
                    Ok(())
                }
            })
            .await
    }

    /// The notifications that tell of a service which, after its last change here, matches no more.
    fn outdated(&self, app: &App, changes: &[Change], telling: Vec<Telling>) -> Outdated {
        let last: HashMap<&CareServiceId, &Change> =
            changes.iter().map(|change| (&change.service.id, change)).collect();
        let is_outdated = |telling: &Telling| {
            let (Some(watch), Some(change)) = (self.index.get(&telling.alert), last.get(&telling.service)) else {
                return false;
            };
            let moment = Moment { now: change.at, limits: app.config.freshness_limits() };
            !watch.filter.matches(&change.service, &moment)
        };
        telling.into_iter().filter(is_outdated).map(|telling| (telling.alert, telling.device)).collect()
    }

    fn news(&self, app: &App, changes: &[Change], mut before: HashMap<i64, CareService>) -> News {
        let mut latest: HashMap<&CareServiceId, &CareService> = HashMap::new();
        let mut news = News::new();
        for change in changes {
            let kept = before.remove(&change.seq);
            let before = latest.insert(&change.service.id, &change.service).or(kept.as_ref());
            if change.kind == ChangeKind::ServiceLeft {
                continue;
            }
            let moment = Moment { now: change.at, limits: app.config.freshness_limits() };
            for watch in self.index.brought_to_match(before, change, &moment) {
                let found = Match { seq: change.seq, service: change.service.id.clone() };
                news.entry(watch.alert.id.clone()).or_insert_with(|| (watch, Vec::new())).1.push(found);
            }
        }
        news
    }
}

fn look(c: &mut Conn, version: i64, position: i64, anybody: bool, shown_since: Stamp) -> Result<Look, Error> {
    let cursor = changes::cursor(c, alerts::CURSOR)?;
    let (changed, version) = alerts::changed_after(c, version)?;
    let mut alerts = Vec::with_capacity(changed.len());
    for alert in changed {
        let watch = match places::of_query::<Refused>(c, &alert.query) {
            Ok(filter) => Some(Watch { alert: alert.clone(), filter }),
            Err(refused) => {
                warn!(alert.id = %alert.id, "the filter of an alert cannot be used: {refused}");
                None
            }
        };
        alerts.push((alert, watch));
    }
    if !anybody && alerts.is_empty() {
        // There is nobody to be told of the changes, which need not be read.
        let last = changes::last_seq(c)?;
        return Ok(Look {
            cursor,
            version,
            alerts,
            last,
            changes: Vec::new(),
            before: HashMap::new(),
            telling: Vec::new(),
        });
    }
    let changes = changes::after(c, cursor.max(position), BATCH)?;
    let last = changes.last().map_or(cursor.max(position), |change| change.seq);
    let mut before = HashMap::new();
    let mut seen = HashMap::new();
    for change in &changes {
        if seen.insert(&change.service.id, ()).is_none()
            && let Some(service) = changes::before(c, change)?
        {
            before.insert(change.seq, service);
        }
    }
    let telling = notices::telling_of(c, changes.iter().map(|change| &change.service.id), shown_since)?;
    Ok(Look { cursor, version, alerts, last, changes, before, telling })
}

/// Writes the rows and the cursor, unless somebody else has moved it: then nothing, and it is
/// looked again.
async fn tell(app: &Arc<App>, (news, outdated): (News, Outdated), cursor: i64, last: i64) -> Result<bool, Error> {
    let (clock, zone) = (app.clock.clone(), app.config.timezone);
    app.db
        .write(move |c| {
            if changes::cursor(c, alerts::CURSOR)? != cursor {
                return Ok(false);
            }
            let now = clock.now();
            for (alert, device) in outdated {
                let is_told_anyway = news.contains_key(&alert);
                if let Some(device) = devices::get(c, &device)?.filter(|_| !is_told_anyway) {
                    push::enqueue(
                        c,
                        Push { alert, device: device.id.clone(), matches: Vec::new() },
                        &device,
                        last,
                        (now, now),
                    )?;
                }
            }
            for (id, (watch, matches)) in news {
                let run_at = watch.alert.quiet.map_or(now, |quiet| quiet.end_after(now, zone));
                if watch.alert.has(AlertChannel::Mail) {
                    let job = AlertMail { alert: id.clone(), matches: matches.clone() };
                    let order = Some((format!("mail {id}"), last));
                    jobs::enqueue(c, &row(&job, alert_mail::LANE, order, run_at)?, now)?;
                }
                if watch.alert.has(AlertChannel::Push) {
                    for device in devices::reached_by(c, &watch.alert)? {
                        let job = Push { alert: id.clone(), device: device.id.clone(), matches: matches.clone() };
                        push::enqueue(c, job, &device, last, (run_at, now))?;
                    }
                }
            }
            changes::set_cursor(c, alerts::CURSOR, last)?;
            Ok(true)
        })
        .await
}
