//! What a service told staff on the phone: the same form, marked as such. Who may write it down, and
//! for which services, is decided in `ops`.

use std::sync::Arc;

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::http::kept;
use crate::http::problem::Problem;
use crate::http::update::way::{self, Way};
use crate::http::visitor::Visitor;

pub async fn edit(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    way::edit(&app, &visitor, Way::Phone, &id).await
}

pub async fn submit(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    if !visitor.actor.is_signed_in() {
        return kept::sign_in_first(&app, &visitor, request.path(), &body);
    }
    way::submit(&app, &visitor, Way::Phone, &id, &request, &body).await
}

/// Nothing has changed, they say.
pub async fn confirm(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    if !visitor.actor.is_signed_in() {
        return kept::sign_in_first(&app, &visitor, request.path(), &body);
    }
    way::confirm(&app, &visitor, Way::Phone, &id, &request, &body).await
}
