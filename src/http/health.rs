//! Whether the process is alive, whether it is able to serve, and its figures for Prometheus.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Data;

use crate::app::App;
use crate::domain::words::Freshness;
use crate::http::problem::Problem;
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
    let (last, (waiting, given_up)) =
        app.db.read(|c| Ok::<_, store::Error>((changes::last_seq(c)?, jobs::counts(c)?))).await?;
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
    say("berth_jobs_waiting", "gauge", "Work that waits, mails and notifications included.", &plain(waiting));
    say("berth_jobs_given_up", "gauge", "Work that was given up after days of trying.", &plain(given_up));
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}
