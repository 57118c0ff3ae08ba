//! The figures that only the database knows: the log, the work that waits, the size. All nodes on one
//! database give the same.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::Duration as Span;
use tokio::time::timeout;
use tracing::warn;

use crate::app::App;
use crate::base::clock::stopwatch;
use crate::base::exposition::{Exposition, Kind};
use crate::base::stamp::Stamp;
use crate::store::Error;
use crate::store::changes::{self, Stream};
use crate::store::conn::Conn;
use crate::store::jobs::{self, LaneCounts, Leases};

/// Prometheus itself waits for ten seconds; what is known without the database should still reach it.
const PATIENCE: Duration = Duration::from_secs(5);
/// Each push service has a lane of its own, and anybody may bring an address: past so many they are one.
const MOST_LANES: usize = 30;

pub struct Stored {
    took: Duration,
    stream: Stream,
    oldest_at: Option<Stamp>,
    counts: (i64, i64),
    lanes: Vec<LaneCounts>,
    leases: Leases,
    done: BTreeMap<String, i64>,
    bytes: Option<i64>,
}

/// `None` where the database does not answer in time.
pub async fn read(app: &Arc<App>) -> Option<Stored> {
    let (now, begun) = (app.clock.now(), stopwatch());
    let look = move |c: &mut Conn| {
        Ok::<_, Error>(Stored {
            stream: changes::stream(c)?,
            oldest_at: changes::oldest_at(c)?,
            counts: jobs::counts(c)?,
            lanes: jobs::lanes(c)?,
            leases: jobs::leases(c, now)?,
            done: jobs::done_since(c, now.minus(Span::days(1)))?,
            bytes: c.bytes(),
            took: begun.elapsed(),
        })
    };
    match timeout(PATIENCE, app.db.read(look)).await {
        Ok(Ok(stored)) => Some(stored),
        Ok(Err(error)) => {
            warn!("the figures of the database could not be read: {error}");
            None
        }
        Err(_) => {
            warn!("the database did not answer in time for its figures");
            None
        }
    }
}

pub fn tell(all: &mut Exposition, app: &App, stored: Option<&Stored>) {
    let database = [("database", if app.db.url().is_remote() { "postgresql" } else { "sqlite" })];
    all.metric("berth_database_up", Kind::Gauge, "Whether the database answered this scrape.")
        .counts(&database, u64::from(stored.is_some()));
    if let Some(bytes) = app.db.url().wal_bytes() {
        all.metric("berth_database_wal_bytes", Kind::Gauge, "Of SQLite's write-ahead log.").counts(&[], bytes);
    }
    let Some(stored) = stored else { return };
    all.metric("berth_database_answer_seconds", Kind::Gauge, "How long it took to read these figures.")
        .is(&[], stored.took.as_secs_f64());
    if let Some(bytes) = stored.bytes {
        all.metric("berth_database_bytes", Kind::Gauge, "How large the database is.").is(&[], bytes as f64);
    }
    log(all, app, stored);
    work(all, app, stored);
}

fn log(all: &mut Exposition, app: &App, stored: &Stored) {
    let stream = &stored.stream;
    let entries = stream.last_seq + 1 - stream.oldest_seq;
    all.metric("berth_log_seq", Kind::Gauge, "The last entry of the log.").is(&[], stream.last_seq as f64);
    all.metric("berth_log_entries", Kind::Gauge, "Entries that the log holds.").is(&[], entries as f64);
    let age = stored.oldest_at.map_or(0.0, |at| age(app, at));
    all.metric("berth_log_oldest_seconds", Kind::Gauge, "How old its oldest entry is.").is(&[], age);
}

fn age(app: &App, at: Stamp) -> f64 {
    app.clock.now().since(at).num_milliseconds().max(0) as f64 / 1000.0
}

fn work(all: &mut Exposition, app: &App, stored: &Stored) {
    let (waiting, given_up) = stored.counts;
    let about = "Work that waits, mails and notifications included.";
    all.metric("berth_jobs_waiting", Kind::Gauge, about).is(&[], waiting as f64);
    let about = "Work that was given up after days of trying.";
    all.metric("berth_jobs_given_up", Kind::Gauge, about).is(&[], given_up as f64);
    all.metric("berth_jobs_leased", Kind::Gauge, "Work that some node is at.").is(&[], stored.leases.held as f64);
    let about = "Work whose node has gone: its lease ended, and nobody has taken it up yet.";
    all.metric("berth_jobs_lease_ended", Kind::Gauge, about).is(&[], stored.leases.ended as f64);
    let lanes = few(&stored.lanes);
    type Of = fn(&App, &LaneCounts) -> f64;
    let by_lane: [(&'static str, &str, Of); 4] = [
        ("berth_lane_waiting", "Messages that wait, by channel.", |_, lane| lane.waiting as f64),
        ("berth_lane_failing", "Of these, how many have failed before.", |_, lane| lane.failing as f64),
        ("berth_lane_given_up", "Messages that were given up, by channel.", |_, lane| lane.given_up as f64),
        ("berth_lane_oldest_seconds", "How long the oldest message of a channel has waited.", |app, lane| {
            lane.oldest.map_or(0.0, |oldest| age(app, oldest))
        }),
    ];
    for (name, about, of) in by_lane {
        let mut metric = all.metric(name, Kind::Gauge, about);
        for lane in &lanes {
            metric.is(&[("lane", &lane.lane)], of(app, lane));
        }
    }
    let mut done = all.metric("berth_jobs_done_2d", Kind::Gauge, "Work done yesterday and today (UTC), by kind.");
    for (job, count) in &stored.done {
        done.is(&[("job", job)], *count as f64);
    }
}

/// Those with most in them by name, the others as one.
fn few(lanes: &[LaneCounts]) -> Vec<LaneCounts> {
    let mut lanes = lanes.to_vec();
    lanes.sort_by_key(|lane| std::cmp::Reverse((lane.waiting + lane.given_up, lane.waiting)));
    let rest = lanes.split_off(lanes.len().min(MOST_LANES));
    let other = rest.into_iter().reduce(|sum, lane| LaneCounts {
        lane: sum.lane,
        waiting: sum.waiting + lane.waiting,
        failing: sum.failing + lane.failing,
        given_up: sum.given_up + lane.given_up,
        oldest: sum.oldest.into_iter().chain(lane.oldest).min(),
    });
    lanes.extend(other.map(|other| LaneCounts { lane: "other".to_owned(), ..other }));
    lanes.sort_by(|one, another| one.lane.cmp(&another.lane));
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_channels_there_are_few_are_told_apart_and_none_is_left_out() {
        let lane = |number: i64| LaneCounts {
            lane: format!("push {number}.example"),
            waiting: number,
            ..LaneCounts::default()
        };
        let lanes: Vec<LaneCounts> = (1..=40).map(lane).collect();
        let told = few(&lanes);
        assert_eq!(told.len(), MOST_LANES + 1);
        assert_eq!(told.iter().map(|lane| lane.waiting).sum::<i64>(), (1..=40).sum::<i64>());
        let other = told.iter().find(|lane| lane.lane == "other").unwrap();
        assert_eq!(other.waiting, (1..=10).sum::<i64>(), "the smallest are one");
        assert_eq!(few(&lanes[..3]), lanes[..3]);
    }
}
