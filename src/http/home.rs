//! The first page: what this is, and the ways in. What it counts, the board knows.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Data;
use minijinja::context;
use minijinja::value::Value;

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
    let day = today(&app);
    let mut asked = answer_consultation::all(&app.db, day).await?;
    asked.retain(|own| own.phase(day) == Phase::Open);
    let asked: Vec<Value> = asked.iter().map(|own| consultations::row(&app, own)).collect();
    page(&app, &visitor, "home.html", context! { figures => figures, asked => asked })
}
