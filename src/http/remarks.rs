//! "This is wrong": the form on which anybody says what is wrong with a listing. Nothing of who sends it
//! reaches the act behind it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;
use url::form_urlencoded;

use crate::app::App;
use crate::base::secret::Secret;
use crate::domain::care_service::CareService;
use crate::domain::invalid::Invalid;
use crate::domain::remark::{NewRemark, PERSONAL};
use crate::http::limits::ChangeLimit;
use crate::http::page::{FieldError, page, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::telling;
use crate::http::visitor::Visitor;
use crate::ops::remark;

/// The form as it was typed.
#[derive(Default, Serialize)]
struct Typed {
    wrong: Vec<String>,
    words: String,
    checked: bool,
    /// Which showing of the form it is, so that sent twice it counts once.
    form: String,
}

impl Typed {
    fn read(body: &[u8]) -> Self {
        let mut typed = Self::default();
        for (key, value) in form_urlencoded::parse(body) {
            match key.as_ref() {
                "wrong" => typed.wrong.push(value.into_owned()),
                "words" => typed.words = value.into_owned(),
                "personal_ok" => typed.checked = true,
                "form" => typed.form = value.into_owned(),
                _unknown => {}
            }
        }
        typed
    }
}

pub async fn form(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let service = telling::known(&app, &id)?;
    if request.query_string() == "done=yes" {
        return page(&app, &visitor, "remark_sent.html", named(&service));
    }
    let typed = Typed { form: Secret::fresh().reveal().to_owned(), ..Typed::default() };
    form_page(&app, &visitor, &service, &typed, None)
}

pub async fn submit(
    app: Data<Arc<App>>,
    limit: Data<ChangeLimit>,
    visitor: Visitor,
    request: HttpRequest,
    id: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    limit.check_voice(&app, &request, &visitor)?;
    let service = telling::known(&app, &id)?;
    let typed = Typed::read(&body);
    let new = NewRemark::parse(service.id.clone(), &typed.wrong, &typed.words, typed.checked, typed.form.clone());
    match new {
        Ok(new) => remark::run(&app.db, &app.clock, new).await?,
        Err(invalid) => return form_page(&app, &visitor, &service, &typed, Some(&invalid)),
    }
    see_other(&format!("/services/{}/wrong?done=yes", service.id))
}

fn named(service: &CareService) -> Value {
    context! {
        id => service.id.as_str(),
        name => service.facts.name.as_str(),
        authority => service.facts.authority.name.as_str(),
    }
}

fn form_page(
    app: &App,
    visitor: &Visitor,
    service: &CareService,
    typed: &Typed,
    invalid: Option<&Invalid>,
) -> Result<HttpResponse, Problem> {
    let mistakes = invalid.map_or(&[][..], Invalid::mistakes);
    let errors: Vec<FieldError> =
        mistakes.iter().map(|one| FieldError::new(one.pointer.as_str(), one.detail.as_str())).collect();
    let own = context! {
        form => Value::from(Serde(typed)),
        personal => typed.checked || mistakes.iter().any(|one| one.code == PERSONAL),
        errors => Value::from(Serde(errors)),
        ..named(service)
    };
    let status = if mistakes.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page_with(status, app, visitor, "remark.html", own)
}
