//! The first page: what this is, and the ways in. What it counts, the board knows.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::Data;
use minijinja::context;
use minijinja::value::Value;
use tokio::time::timeout;
use tracing::warn;

use crate::app::App;
use crate::board::Page;
use crate::domain::consultation::Phase;
use crate::domain::filter::Filter;
use crate::domain::words::Freshness;
use crate::http::consultations;
use crate::http::page::page;
use crate::http::problem::Problem;
use crate::http::telling::today;
use crate::http::visitor::Visitor;
use crate::ops::answer_consultation;

/// The start page waits no longer than this for what it can do without.
const PATIENCE: Duration = Duration::from_millis(500);

pub async fn home(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let snapshot = app.board.current();
    let authorities = snapshot.authorities();
    let fresh = Filter { fresh: Some(Freshness::Fresh), ..Filter::default() };
    let confirmed_today = snapshot.search(&fresh, &app.moment(), &Page { limit: 0, cursor: None }).total;
    let services: usize = authorities.iter().map(|counts| counts.care_homes + counts.home_care).sum();
    let figures = context! {
        services => services,
        vacant_beds => authorities.iter().map(|counts| counts.vacancies).sum::<u64>(),
        confirmed_today => confirmed_today,
    };
    let asked = open_consultations(&app).await;
    page(&app, &visitor, "home.html", context! { figures => figures, asked => asked })
}

/// The consultations that are open. While the database is away there are none to show: all else here is in
/// memory, and nobody is to wait for this.
async fn open_consultations(app: &App) -> Vec<Value> {
    let day = today(app);
    match timeout(PATIENCE, answer_consultation::all(&app.db, day)).await {
        Ok(Ok(all)) => {
            let open = all.iter().filter(|own| own.phase(day) == Phase::Open);
            open.map(|own| consultations::row(app, own)).collect()
        }
        Ok(Err(refused)) => {
            warn!("the start page does without its consultations: {refused}");
            Vec::new()
        }
        Err(_elapsed) => {
            warn!("the start page does without its consultations: the database does not answer");
            Vec::new()
        }
    }
}
