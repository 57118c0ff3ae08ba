//! Whether the process is alive, whether it is able to serve, and its figures for Prometheus.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono::Duration;

use crate::app::App;
use crate::domain::words::Freshness;
use crate::http::problem::Problem;
use crate::store::conn::Conn;
use crate::store::jobs::LaneCounts;
use crate::store::{self, changes, jobs};

/// Alive: it answers.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// Able to serve: the database answers and the board follows it.
pub async fn ready(app: Data<Arc<App>>) -> Result<HttpResponse, Problem> {
    let last = app.db.read(changes::last_seq).await?;
    Ok(HttpResponse::Ok()
        .json(serde_json::json!({ "ready": true, "seq": app.board.current().seq(), "last_seq": last })))
}

/// How many services have figures of each age, how far the board is, what waits to be sent.
pub async fn metrics(app: Data<Arc<App>>) -> Result<HttpResponse, Problem> {
    let now = app.clock.now();
    let read = move |c: &mut Conn| {
        let done = jobs::done_since(c, now.minus(Duration::days(1)))?;
        Ok::<_, store::Error>((changes::last_seq(c)?, jobs::counts(c)?, jobs::lanes(c)?, done))
    };
    let (last, (waiting, given_up), lanes, done) = app.db.read(read).await?;
    let snapshot = app.board.current();
    let moment = app.moment();
    let services = snapshot.matching(&crate::domain::filter::Filter::default(), &moment);
    let mut text = String::new();
    let mut say = |name: &str, kind: &str, help: &str, lines: &[(String, u64)]| {
        text += &format!("# HELP {name} {help}\n# TYPE {name} {kind}\n");
        for (labels, value) in lines {
            text += &format!("{name}{labels} {value}\n");
        }
    };
    let with =
        |fresh: &Freshness| services.iter().filter(|service| service.capacity.freshness(&moment) == *fresh).count();
    let by_age: Vec<(String, u64)> =
        Freshness::ALL.iter().map(|fresh| (format!("{{freshness=\"{fresh}\"}}"), with(fresh) as u64)).collect();
    let plain = |value: i64| [(String::new(), value.unsigned_abs())];
    say("berth_services", "gauge", "Care services on the register, by the age of their figures.", &by_age);
    say("berth_log_seq", "counter", "The last entry of the log.", &plain(last));
    say("berth_board_seq", "counter", "The last entry that this process shows.", &plain(snapshot.seq()));
    let watchers = app.live.hub.census().watchers as u64;
    say("berth_watchers", "gauge", "Who follows the live stream of this process.", &[(String::new(), watchers)]);
    say("berth_jobs_waiting", "gauge", "Work that waits, mails and notifications included.", &plain(waiting));
    say("berth_jobs_given_up", "gauge", "Work that was given up after days of trying.", &plain(given_up));
    let by_lane = |of: fn(&LaneCounts) -> i64| -> Vec<(String, u64)> {
        lanes.iter().map(|lane| (format!("{{lane=\"{}\"}}", lane.lane), of(lane).unsigned_abs())).collect()
    };
    say("berth_lane_waiting", "gauge", "Messages that wait, by channel.", &by_lane(|lane| lane.waiting));
    say("berth_lane_failing", "gauge", "Of these, how many have failed before.", &by_lane(|lane| lane.failing));
    say("berth_lane_given_up", "gauge", "Messages that were given up, by channel.", &by_lane(|lane| lane.given_up));
    let age = |lane: &LaneCounts| lane.oldest.map_or(0, |oldest| now.since(oldest).num_seconds().unsigned_abs());
    let ages: Vec<(String, u64)> =
        lanes.iter().map(|lane| (format!("{{lane=\"{}\"}}", lane.lane), age(lane))).collect();
    say("berth_lane_oldest_seconds", "gauge", "How long the oldest message of a channel has waited.", &ages);
    let done: Vec<(String, u64)> =
        done.iter().map(|(name, done)| (format!("{{job=\"{name}\"}}"), done.unsigned_abs())).collect();
    say("berth_jobs_done_2d", "gauge", "Work done yesterday and today (UTC), by kind.", &done);
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}
