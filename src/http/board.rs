//! The staff's live board as a page. What changes it afterwards is the live stream, which goes on
//! from the moment at which the rows were true.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;

use crate::app::App;
use crate::http::beside;
use crate::http::filter_form::{self, results};
use crate::http::page::{page, page_with};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;

const PATH: &str = "/board";
/// A district fits on one page; more rows than this nobody watches at once.
const SERVICES_A_PAGE: usize = 100;

pub async fn board(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let visitor = visitor.staff()?;
    let asked = filter_form::read(&app, request.query_string(), &[]).await?;
    let snapshot = app.board.current();
    let form = asked.context(&snapshot, PATH);
    let Ok(filter) = &asked.filter else {
        return page_with(StatusCode::BAD_REQUEST, &app, &visitor, "board.html", form);
    };
    let moment = app.moment();
    let found = results(&snapshot, &visitor, filter, &moment, (PATH, asked.number, SERVICES_A_PAGE));
    let beside = beside::results(&snapshot, &visitor, filter, &moment, (PATH, found.total, found.last));
    let here = context! { after => format!("{}.{}", app.epoch, snapshot.seq()), now => moment.now.to_string(), stale_after => moment.limits.ageing_under.num_seconds() };
    page(
        &app,
        &visitor,
        "board.html",
        context! { ..here, ..context! { ..beside, ..context! { ..found.context, ..form } } },
    )
}
