//! The public search page, as a list, a table or a map. What matches and in which order, the board decides.

use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::Value;

use crate::app::App;
use crate::domain::interest::Interest;
use crate::domain::invalid::Invalid;
use crate::http::filter_form::{self, Results, address, results};
use crate::http::page::{page, page_with};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use crate::http::{beside, map};
use crate::store::boundaries;

/// The key by which a view is asked for.
const VIEW: &str = "view";
/// As many as are read before the next page is asked for.
const SERVICES_A_PAGE: usize = 20;

/// How results are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    List,
    Table,
    Map,
}

impl View {
    const ALL: [View; 3] = [View::List, View::Table, View::Map];

    fn word(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Table => "table",
            Self::Map => "map",
        }
    }

    /// The page in this view. A list is what everybody sees first.
    fn path(self) -> &'static str {
        match self {
            Self::List => "/search",
            Self::Table => "/search?view=table",
            Self::Map => "/search?view=map",
        }
    }

    fn parse(word: Option<&str>) -> Result<Self, Problem> {
        let Some(word) = word else { return Ok(Self::List) };
        let wrong = || Invalid::one(VIEW, "bad_value", format!("{word:?} is no view. It must be list, table or map."));
        let found = Self::ALL.into_iter().find(|view| view.word() == word);
        found.ok_or_else(|| Problem::bad_request(&wrong()))
    }

    /// The same address in each view.
    fn all(self, query: &str) -> Value {
        let one = |view: View| context! { word => view.word(), href => address(view.path(), query), is_current => view == self };
        Self::ALL.into_iter().map(one).collect()
    }
}

pub async fn search(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked = filter_form::read(&app, request.query_string(), &[VIEW, map::AT]).await?;
    let view = View::parse(asked.own(VIEW))?;
    let snapshot = app.board.current();
    let form = context! { view => view.word(), ..asked.context(&snapshot, view.path()) };
    let Ok(filter) = &asked.filter else {
        return page_with(StatusCode::BAD_REQUEST, &app, &visitor, "search.html", form);
    };
    let moment = app.moment();
    let found = results(&snapshot, &visitor, filter, &moment, (view.path(), asked.number, SERVICES_A_PAGE));
    let last = found.last || view == View::Map;
    let beside = beside::results(&snapshot, &visitor, filter, &moment, (view.path(), found.total, last));
    let drawn = match view {
        View::Map => {
            let outlines = app.db.read(boundaries::all).await?;
            map::context(&snapshot, &visitor, filter, &moment, &outlines, (view.path(), asked.own(map::AT)))
        }
        View::List | View::Table => {
            count_found(&app, &visitor, &request, &found);
            Value::from(())
        }
    };
    let own = context! { views => view.all(&filter.query()), drawn => drawn };
    page(
        &app,
        &visitor,
        "search.html",
        context! { ..own, ..context! { ..beside, ..context! { ..found.context, ..form } } },
    )
}

/// Who was shown to somebody who does not run them.
fn count_found(app: &App, visitor: &Visitor, request: &HttpRequest, found: &Results) {
    if request.method() != Method::GET {
        return;
    }
    let others = found.shown.iter().filter(|service| !visitor.actor.may_update(service));
    let day = app.config.timezone.day(app.clock.now());
    app.interest.count(day, others.map(|service| &service.id), Interest::FOUND);
}
