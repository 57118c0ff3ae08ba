//! Where a mail service reports what it could not deliver, with the secret of the settings as bearer
//! token. Without a secret there is nothing here.

use std::sync::Arc;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::base::secret;
use crate::domain::bounce::Bounce;
use crate::http::api_services::json;
use crate::http::problem::Problem;
use crate::http::visitor;
use crate::ops::take_bounce;

pub async fn take(app: Data<Arc<App>>, request: HttpRequest, body: Bytes) -> Result<HttpResponse, Problem> {
    let own = app.config.mail.bounce_secret.as_ref().ok_or_else(Problem::not_found)?;
    let sent = visitor::bearer(request.headers()).flatten().ok_or_else(Problem::not_signed_in)?;
    if !secret::same(own.reveal(), sent.reveal()) {
        return Err(Problem::not_signed_in());
    }
    let bounce = Bounce::parse(&json(&body)?).map_err(|invalid| Problem::unprocessable(&invalid))?;
    if let Some(bounce) = bounce {
        take_bounce::run(&app.db, &app.clock, bounce).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}
