//! The public search page. What matches and in which order, the board decides.

use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;

use crate::app::App;
use crate::domain::interest::Interest;
use crate::http::beside;
use crate::http::filter_form::{self, results};
use crate::http::page::{page, page_with};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;

const PATH: &str = "/search";
/// As many as are read before the next page is asked for.
const SERVICES_A_PAGE: usize = 20;

pub async fn search(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked = filter_form::read(&app, request.query_string(), &[]).await?;
    let snapshot = app.board.current();
    let form = asked.context(&snapshot, PATH);
    match &asked.filter {
        Err(_) => page_with(StatusCode::BAD_REQUEST, &app, &visitor, "search.html", form),
        Ok(filter) => {
            let moment = app.moment();
            let found = results(&snapshot, &visitor, filter, &moment, (PATH, asked.number, SERVICES_A_PAGE));
            let beside = beside::results(&snapshot, &visitor, filter, &moment, (PATH, found.total, found.last));
            if request.method() == Method::GET {
                let others = found.shown.iter().filter(|service| !visitor.actor.may_update(service));
                let day = app.config.timezone.day(app.clock.now());
                app.interest.count(day, others.map(|service| &service.id), Interest::FOUND);
            }
            page(&app, &visitor, "search.html", context! { ..beside, ..context! { ..found.context, ..form } })
        }
    }
}
