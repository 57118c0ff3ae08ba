//! Signing in with a passkey: the two requests of `web/scripts/passkey.ts`, answered in JSON. Whether a passkey is
//! right is decided in `identity/passkey.rs`; without scripts the mailed link stays.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::warn;

use crate::app::App;
use crate::base::secret::Secret;
use crate::http::forms;
use crate::http::limits::SignInLimit;
use crate::http::problem::Problem;
use crate::http::sign_in::{keep_session, new_session, safe_onward};
use crate::http::visitor::{self, Visitor};
use crate::identity::passkey::{Begun, Passkeys, Wrong};
use crate::ops::ceremony::{self, Kind};
use crate::ops::{Refused, sign_in_passkey};
use crate::store::passkeys::Passkey;

pub async fn begin(
    app: Data<Arc<App>>,
    limit: Data<SignInLimit>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    limit.check(&app, &request)?;
    let begun = passkeys(&app)?.begin_using().map_err(|e| Problem::broken(&e))?;
    ask_browser(&app, Kind::UsePasskey, String::new(), begun).await
}

/// What the script sends when the authenticator has answered.
#[derive(Deserialize)]
pub struct Used {
    ceremony: String,
    answer: String,
    trusted: Option<String>,
    next: Option<String>,
}

pub async fn finish(
    app: Data<Arc<App>>,
    visitor: Visitor,
    request: HttpRequest,
    form: Form<Used>,
) -> Result<HttpResponse, Problem> {
    let secret = Secret::from_text(form.ceremony.as_str());
    let state = match ceremony::take(&app.db, &app.clock, Kind::UsePasskey, &secret, String::new()).await {
        Err(Refused::Ended) => return refused(StatusCode::GONE, "That took too long. Try again."),
        other => other?,
    };
    let (passkey, after) = match check(&app, &state, answer(&form.answer)).await? {
        Ok(right) => right,
        Err(why) => {
            warn!("a passkey was not taken: {why}");
            return refused(StatusCode::FORBIDDEN, "That passkey does not work here. Sign in with a link instead.");
        }
    };
    let new = new_session(&app, &request, &visitor, form.trusted.is_some());
    let session = sign_in_passkey::run(&app.db, &app.clock, passkey, after, new).await?;
    // What was typed before, in this page, can be sent with it.
    let form_token = forms::token(&app, &visitor::of_session(&app, session.clone()).await?);
    let content = json!({ "onward": safe_onward(form.next.as_deref()), "form_token": form_token });
    let mut answer = told(StatusCode::OK, &content);
    keep_session(&app, &mut answer, &session)?;
    Ok(answer)
}

/// The passkey that was used, and its credential as it is to be kept; or why it was not taken.
async fn check(app: &App, state: &str, answer: Value) -> Result<Result<(Passkey, String), Wrong>, Problem> {
    let passkeys = passkeys(app)?;
    let Some(id) = passkeys.named(&answer) else { return Ok(Err("it names none".to_owned())) };
    let passkey = match sign_in_passkey::find(&app.db, id).await {
        Err(Refused::NotFound) => return Ok(Err("nobody has registered it".to_owned())),
        other => other?,
    };
    Ok(passkeys.finish_using(state, answer, &passkey).map(|after| (passkey, after)))
}

/// What the authenticator said, as the browser writes it.
pub fn answer(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

pub fn passkeys(app: &App) -> Result<&Passkeys, Problem> {
    app.passkeys.as_ref().ok_or_else(Problem::not_found)
}

/// Tells the browser what to ask its authenticator, and keeps what its answer is compared with.
pub async fn ask_browser(app: &App, kind: Kind, bound_to: String, begun: Begun) -> Result<HttpResponse, Problem> {
    let secret = Secret::fresh();
    ceremony::begin(&app.db, &app.clock, kind, &secret, bound_to, begun.state).await?;
    Ok(told(StatusCode::OK, &json!({ "ceremony": secret.reveal(), "options": begun.options })))
}

/// An answer for the script, which shows the sentence.
pub fn refused(status: StatusCode, sentence: &str) -> Result<HttpResponse, Problem> {
    Ok(told(status, &json!({ "problem": sentence })))
}

pub fn told(status: StatusCode, content: &Value) -> HttpResponse {
    let mut answer = HttpResponse::build(status);
    answer.insert_header((CACHE_CONTROL, "no-store")).content_type("application/json").body(content.to_string())
}
