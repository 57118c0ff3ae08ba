//! The figures of this process and of its data, for Prometheus: is it fresh, is it live, is it
//! delivering. What each is for, and what to do about it, is said in `docs/reference/metrics.md`.

mod process;
mod stored;

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Data;

use crate::app::App;
use crate::base::exposition::{CONTENT_TYPE, Exposition, Kind};
use crate::base::measure::Spread;
use crate::domain::words::Freshness;
use crate::http::requests::Requests;

/// An hour, six, a day, three, a week, two, a month.
const AGES: &[f64] = &[3600.0, 21_600.0, 86_400.0, 259_200.0, 604_800.0, 1_209_600.0, 2_592_000.0];

/// Answers while the database is away too: that is when they are looked at.
pub async fn metrics(app: Data<Arc<App>>, requests: Data<Requests>) -> HttpResponse {
    let stored = stored::read(&app).await;
    let mut all = Exposition::default();
    fresh(&mut all, &app);
    live(&mut all, &app);
    stored::tell(&mut all, &app, stored.as_ref());
    delivered(&mut all, &app);
    app.db.tell(&mut all);
    requests.tell(&mut all);
    process::tell(&mut all, &app);
    HttpResponse::Ok().content_type(CONTENT_TYPE).body(all.into_text())
}

/// The figures of one authority, by their age.
struct Figures {
    name: String,
    by_freshness: [u64; Freshness::ALL.len()],
    age: Spread,
}

fn fresh(all: &mut Exposition, app: &App) {
    let (board, moment) = (app.board.current(), app.moment());
    let mut authorities: BTreeMap<&str, Figures> = BTreeMap::new();
    for service in board.all() {
        let authority = &service.facts.authority;
        let figures = authorities.entry(authority.code.as_str()).or_insert_with(|| Figures {
            name: authority.name.clone(),
            by_freshness: Default::default(),
            age: Spread::new(AGES),
        });
        let freshness = service.capacity.freshness(&moment);
        for (count, _) in figures.by_freshness.iter_mut().zip(Freshness::ALL).filter(|(_, known)| **known == freshness)
        {
            *count += 1;
        }
        if let Some(confirmed_at) = service.capacity.confirmed_at {
            figures.age.take((moment.now.since(confirmed_at).num_milliseconds().max(0) as f64) / 1000.0);
        }
    }
    let mut services =
        all.metric("berth_services", Kind::Gauge, "Care services on the register, by the age of their figures.");
    for (at, freshness) in Freshness::ALL.iter().enumerate() {
        let count = authorities.values().map(|figures| figures.by_freshness[at]).sum();
        services.counts(&[("freshness", &freshness.to_string())], count);
    }
    let about = "The same by authority.";
    let mut services = all.metric("berth_authority_services", Kind::Gauge, about);
    for (code, figures) in &authorities {
        for (freshness, count) in Freshness::ALL.iter().zip(figures.by_freshness) {
            let labels = [("authority", *code), ("name", &figures.name), ("freshness", &freshness.to_string())];
            services.counts(&labels, count);
        }
    }
    let about = "How old figures are now, by authority; services that never told any are left out.";
    let mut ages = all.metric("berth_figures_age_seconds", Kind::Histogram, about);
    for (code, figures) in &authorities {
        ages.spreads(&[("authority", *code)], &figures.age);
    }
}

fn live(all: &mut Exposition, app: &App) {
    let census = app.live.hub.census();
    let sockets = app.live.sockets() as u64;
    let shown = app.board.current().seq();
    all.metric("berth_board_seq", Kind::Gauge, "The last entry of the log that this process shows.")
        .is(&[], shown as f64);
    all.metric("berth_live_seq", Kind::Gauge, "The last entry handed to those who watch.").is(&[], census.seq as f64);
    all.metric("berth_watchers", Kind::Gauge, "Who follows the live stream of this process.")
        .counts(&[], census.watchers as u64);
    // A watcher is in the census a moment before its socket is open, and a moment longer.
    let events = (census.watchers as u64).saturating_sub(sockets);
    all.metric("berth_streams", Kind::Gauge, "The same by transport.")
        .counts(&[("transport", "websocket")], sockets)
        .counts(&[("transport", "events")], events);
    all.metric("berth_stream_filters", Kind::Gauge, "Different filters that somebody watches by.")
        .counts(&[], census.groups as u64);
    app.live.figures.tell(all);
}

/// How the work of this process ended.
fn delivered(all: &mut Exposition, app: &App) {
    let about = "Work that this process has done, put off or given up, by kind.";
    let mut jobs = all.metric("berth_jobs_total", Kind::Counter, about);
    for ((job, ended), count) in app.work_ended.read() {
        jobs.counts(&[("job", &job), ("ended", ended)], count);
    }
}
