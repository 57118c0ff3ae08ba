//! The page of one's own account: where one is signed in, and one's passkeys. What may be changed, and by
//! whom, is decided in `ops`.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Deserialize;
use serde_json::json;
use tracing::warn;

use crate::app::App;
use crate::base::secret::Secret;
use crate::domain::device;
use crate::domain::invalid::Invalid;
use crate::domain::person::PasskeyId;
use crate::http::page::{FieldError, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::sign_in_passkey::{answer, ask_browser, passkeys, refused, told};
use crate::http::visitor::Visitor;
use crate::ops::account::{self, Account};
use crate::ops::ceremony::{self, Kind};
use crate::ops::sign_in_session::is_fresh;
use crate::ops::{Refused, add_passkey, end_session, remove_passkey, rename_passkey};

const AGAIN: &str = "You signed in a while ago. Sign in again, then add the passkey.";

pub async fn account(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    show(&app, visitor, StatusCode::OK, &[]).await
}

async fn show(app: &App, visitor: Visitor, status: StatusCode, errors: &[FieldError]) -> Result<HttpResponse, Problem> {
    let (actor, signed_in) = visitor.clone().person()?;
    let account = account::look(&app.db, &app.clock, app.ways(), actor).await?;
    let own = context! {
        sessions => sessions(&account, &signed_in.session.hash),
        passkeys => theirs(&account),
        can_add => app.passkeys.is_some(),
        is_fresh => is_fresh(&signed_in.session, app.clock.now()),
        administers => signed_in.person.administers(),
        errors => Value::from(Serde(errors)),
    };
    page_with(status, app, &visitor, "account.html", own)
}

fn sessions(account: &Account, this: &str) -> Vec<Value> {
    let row = |session: &crate::store::sign_in::Session| {
        context! {
            id => session.hash.as_str(),
            device => device::in_words(&session.device),
            way => session.way.word(),
            seen_at => session.seen_at.to_string(),
            made_at => session.made_at.to_string(),
            is_this => session.hash == this,
        }
    };
    account.sessions.iter().map(row).collect()
}

fn theirs(account: &Account) -> Vec<Value> {
    let row = |passkey: &crate::store::passkeys::Passkey| {
        let used_at = passkey.used_at.map(|at| at.to_string());
        let (id, name, made_at) = (passkey.id.as_str(), passkey.name.as_str(), passkey.made_at.to_string());
        context! { id => id, name => name, made_at => made_at, used_at => used_at }
    };
    account.passkeys.iter().map(row).collect()
}

pub async fn end_one(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let (actor, _) = visitor.person()?;
    end_session::one(&app.db, &app.clock, actor, id.into_inner()).await?;
    see_other("/account")
}

pub async fn end_others(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let (actor, signed_in) = visitor.person()?;
    end_session::others(&app.db, &app.clock, actor, signed_in.session.hash).await?;
    see_other("/account")
}

/// Begins to add a passkey: what the browser is to ask its authenticator.
pub async fn begin_passkey(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let (actor, signed_in) = visitor.person()?;
    if !is_fresh(&signed_in.session, app.clock.now()) {
        return refused(StatusCode::FORBIDDEN, AGAIN);
    }
    let account = account::look(&app.db, &app.clock, app.ways(), actor).await?;
    let begun = passkeys(&app)?.begin_adding(&signed_in.person, &account.passkeys);
    let bound_to = signed_in.person.id.as_str().to_owned();
    ask_browser(&app, Kind::AddPasskey, bound_to, begun.map_err(|e| Problem::broken(&e))?).await
}

/// What the script sends when the authenticator has made one.
#[derive(Deserialize)]
pub struct Made {
    ceremony: String,
    answer: String,
    name: String,
}

/// Adds the passkey that the authenticator made.
pub async fn add_passkey(app: Data<Arc<App>>, visitor: Visitor, form: Form<Made>) -> Result<HttpResponse, Problem> {
    let (actor, signed_in) = visitor.person()?;
    let secret = Secret::from_text(form.ceremony.as_str());
    let bound_to = signed_in.person.id.as_str().to_owned();
    let state = match ceremony::take(&app.db, &app.clock, Kind::AddPasskey, &secret, bound_to).await {
        Err(Refused::Ended) => return refused(StatusCode::GONE, "That took too long. Try again."),
        other => other?,
    };
    let typed = form.name.trim();
    let name = if typed.is_empty() { device::in_words(&signed_in.session.device) } else { typed.to_owned() };
    let new = match passkeys(&app)?.finish_adding(&state, answer(&form.answer), name) {
        Ok(new) => new,
        Err(why) => {
            warn!("a passkey could not be added: {why}");
            return refused(StatusCode::UNPROCESSABLE_ENTITY, "This device's answer cannot be used. Try again.");
        }
    };
    match add_passkey::run(&app.db, &app.clock, actor, signed_in.session, new).await {
        Ok(()) => Ok(told(StatusCode::CREATED, &json!({ "onward": "/account" }))),
        Err(Refused::Invalid(invalid)) => refused(StatusCode::UNPROCESSABLE_ENTITY, &invalid.to_string()),
        Err(Refused::SignInAgain) => refused(StatusCode::FORBIDDEN, AGAIN),
        Err(other) => Err(other.into()),
    }
}

#[derive(Deserialize)]
pub struct NameForm {
    #[serde(default)]
    name: String,
}

pub async fn rename_passkey(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    form: Form<NameForm>,
) -> Result<HttpResponse, Problem> {
    let (actor, _) = visitor.clone().person()?;
    let id = id.into_inner();
    match rename_passkey::run(&app.db, actor, PasskeyId::from_text(id.as_str()), form.into_inner().name).await {
        Err(Refused::Invalid(invalid)) => {
            show(&app, visitor, StatusCode::UNPROCESSABLE_ENTITY, &beside(&format!("name-{id}"), &invalid)).await
        }
        other => other.map_err(Problem::from).and_then(|()| see_other("/account")),
    }
}

fn beside(field: &str, invalid: &Invalid) -> Vec<FieldError> {
    invalid.mistakes().iter().map(|mistake| FieldError::new(field, mistake.detail.as_str())).collect()
}

pub async fn remove_passkey(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let (actor, signed_in) = visitor.person()?;
    let id = PasskeyId::from_text(id.into_inner());
    match remove_passkey::run(&app.db, &app.clock, actor, signed_in.session, id).await {
        Err(Refused::SignInAgain) => see_other("/sign-in?next=/account"),
        other => other.map_err(Problem::from).and_then(|()| see_other("/account")),
    }
}
