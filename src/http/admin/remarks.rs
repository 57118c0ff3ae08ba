//! Settling what readers say is wrong with a listing, from the administrators' list of it.
//! Who may is decided in `ops`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Deserialize;

use crate::app::App;
use crate::domain::care_service::CareServiceId;
use crate::domain::remark::Settling;
use crate::http::admin::{List, administrator, list_page};
use crate::http::page::{FieldError, see_other};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use crate::ops::settle_remarks;

#[derive(Deserialize)]
pub struct Settled {
    #[serde(default)]
    until: String,
    #[serde(default)]
    answer: String,
}

pub async fn settle(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    request: HttpRequest,
    form: Form<Settled>,
) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let id = CareServiceId::from_text(id.into_inner());
    let settling = match Settling::parse(id.clone(), &form.until, &form.answer) {
        Ok(settling) => settling,
        Err(invalid) => {
            let errors = invalid.mistakes().iter().map(|one| FieldError::new(&one.pointer, &one.detail));
            let own = context! {
                errors => Value::from(Serde(errors.collect::<Vec<_>>())),
                typed => context! { id => id.as_str(), answer => form.answer.as_str() },
            };
            return list_page(&app, &visitor, List::Remarks, &request, (StatusCode::UNPROCESSABLE_ENTITY, own)).await;
        }
    };
    settle_remarks::run(&app.db, &app.clock, visitor.actor, settling).await?;
    see_other("/admin/remarks?done=yes")
}
