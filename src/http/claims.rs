//! The pages of claims: saying that one manages a listed service, confirming the address by the mailed
//! link, and deciding. Who decides is said in `ops/decide_claim.rs`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Deserialize;

use crate::app::App;
use crate::domain::care_service::CareService;
use crate::domain::claim::{Claim, ClaimId, ClaimState, NewClaim};
use crate::http::limits::SignInLimit;
use crate::http::page::{FieldError, page, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::telling;
use crate::http::visitor::Visitor;
use crate::ops::claim_link::Held;
use crate::ops::{claim, decide_claim};

#[derive(Default, Deserialize)]
pub struct ClaimForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    words: String,
}

pub async fn form(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let service = telling::known(&app, &id)?;
    form_page(&app, &visitor, &service, &ClaimForm::default(), &[]).await
}

pub async fn ask(
    app: Data<Arc<App>>,
    limit: Data<SignInLimit>,
    visitor: Visitor,
    request: HttpRequest,
    id: Path<String>,
    typed: Form<ClaimForm>,
) -> Result<HttpResponse, Problem> {
    limit.check(&app, &request)?;
    let service = telling::known(&app, &id)?;
    let new = match NewClaim::parse(service.id.clone(), &typed.email, &typed.words) {
        Ok(new) => new,
        Err(invalid) => {
            let shown = invalid.mistakes().iter().map(|one| FieldError::new(one.pointer.as_str(), one.detail.as_str()));
            return form_page(&app, &visitor, &service, &typed, &shown.collect::<Vec<_>>()).await;
        }
    };
    let email = new.email.clone();
    claim::ask(&app.db, &app.clock, new).await?;
    let own = context! { email => email.as_str(), name => service.facts.name.as_str() };
    page(&app, &visitor, "claim_asked.html", own)
}

async fn form_page(
    app: &App,
    visitor: &Visitor,
    service: &CareService,
    typed: &ClaimForm,
    errors: &[FieldError],
) -> Result<HttpResponse, Problem> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let own = context! {
        id => service.id.as_str(),
        name => service.facts.name.as_str(),
        has_managers => claim::has_managers(&app.db, service.clone()).await?,
        form => context! { email => typed.email.as_str(), words => typed.words.as_str() },
        errors => Value::from(Serde(errors)),
    };
    page_with(status, app, visitor, "claim.html", own)
}

pub async fn confirm_page(app: Data<Arc<App>>, visitor: Visitor, token: Path<String>) -> Result<HttpResponse, Problem> {
    let held = Held::read(&app.signer, &token)?;
    let (claim, service) = claim::look(&app.db, held).await?;
    linked(&app, &visitor, &claim, &service)
}

pub async fn confirm(app: Data<Arc<App>>, visitor: Visitor, token: Path<String>) -> Result<HttpResponse, Problem> {
    let held = Held::read(&app.signer, &token)?;
    let (claim, service) = claim::confirm(&app.db, &app.clock, held).await?;
    linked(&app, &visitor, &claim, &service)
}

fn linked(app: &App, visitor: &Visitor, claim: &Claim, service: &CareService) -> Result<HttpResponse, Problem> {
    let own = context! {
        name => service.facts.name.as_str(),
        email => claim.email.as_str(),
        done => claim.state != ClaimState::Asked,
        decided => matches!(claim.state, ClaimState::Approved | ClaimState::Refused),
    };
    page(app, visitor, "claim_confirm.html", own)
}

#[derive(Deserialize)]
pub struct Decision {
    #[serde(default)]
    from: String,
}

pub async fn approve(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    form: Form<Decision>,
) -> Result<HttpResponse, Problem> {
    let visitor = visitor.known()?;
    decide_claim::approve(&app.db, &app.clock, visitor.actor, ClaimId::from_text(id.into_inner())).await?;
    back(&form.from)
}

pub async fn refuse(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    form: Form<Decision>,
) -> Result<HttpResponse, Problem> {
    let visitor = visitor.known()?;
    decide_claim::refuse(&app.db, &app.clock, visitor.actor, ClaimId::from_text(id.into_inner())).await?;
    back(&form.from)
}

/// To the list from which it was decided.
fn back(from: &str) -> Result<HttpResponse, Problem> {
    let ours = from.starts_with("/services/") && from.chars().all(|c| c.is_ascii_alphanumeric() || "/-_?=".contains(c));
    see_other(if ours { from } else { "/admin/claims?done=yes" })
}
