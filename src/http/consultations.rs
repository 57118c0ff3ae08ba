//! Consultations for the public: the list, one with its form while it is open, and what was heard once it
//! is over. Nothing of who sends answers reaches the act behind the form.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use url::form_urlencoded;

use crate::app::App;
use crate::base::secret::Secret;
use crate::domain::authority;
use crate::domain::authority::AuthorityCode;
use crate::domain::consultation::{Consultation, ConsultationId, NewAnswers, PERSONAL, Phase, field};
use crate::domain::invalid::Invalid;
use crate::guide::html;
use crate::http::limits::ChangeLimit;
use crate::http::page::{FieldError, page, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::telling::today;
use crate::http::visitor::Visitor;
use crate::ops::answer_consultation;

/// What was typed, by the name of its field.
type Typed = HashMap<String, String>;

pub async fn list(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let day = today(&app);
    let all = answer_consultation::all(&app.db, day).await?;
    let of = |phase: Phase| -> Vec<Value> {
        all.iter().filter(|own| own.phase(day) == phase).map(|own| row(&app, own)).collect()
    };
    page(&app, &visitor, "consultations.html", context! { open => of(Phase::Open), over => of(Phase::Over) })
}

/// One of a list.
pub fn row(app: &App, own: &Consultation) -> Value {
    context! {
        id => own.id.as_str(),
        title => own.content.title.as_str(),
        authority => name_of(app, &own.authority),
        opens_on => own.content.opens_on.to_string(),
        ends_on => ended_on(app, own).to_string(),
        phase => own.phase(today(app)).word(),
        has_heard => own.content.heard.is_some(),
    }
}

/// Its last day, or that on which somebody ended it.
fn ended_on(app: &App, own: &Consultation) -> chrono::NaiveDate {
    let closed = own.closed_at.map(|at| app.config.timezone.day(at));
    closed.map_or(own.content.ends_on, |day| day.min(own.content.ends_on))
}

pub fn name_of(app: &App, code: &AuthorityCode) -> String {
    let here = app.board.current().authorities().into_iter().map(|counts| counts.authority);
    let known = here.chain(authority::all()).find(|authority| authority.code == *code);
    known.map_or_else(|| code.to_string(), |authority| authority.name)
}

pub async fn one(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let own = answer_consultation::one(&app.db, today(&app), ConsultationId::from_text(id.into_inner())).await?;
    let typed = Typed::from([("form".to_owned(), Secret::fresh().reveal().to_owned())]);
    one_page(&app, &visitor, &own, &typed, None, request.query_string() == "done=yes")
}

pub async fn answer(
    app: Data<Arc<App>>,
    limit: Data<ChangeLimit>,
    visitor: Visitor,
    request: HttpRequest,
    id: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    limit.check_voice(&app, &request, &visitor)?;
    let day = today(&app);
    let own = answer_consultation::one(&app.db, day, ConsultationId::from_text(id.into_inner())).await?;
    let typed: Typed = form_urlencoded::parse(&body).into_owned().collect();
    let sent = |name: &str| typed.get(name).cloned().unwrap_or_default();
    let checked = !sent("personal_ok").is_empty();
    let new = match NewAnswers::parse(&own.content.questions, sent, checked, sent("form")) {
        Ok(new) => new,
        Err(invalid) => return one_page(&app, &visitor, &own, &typed, Some(&invalid), false),
    };
    answer_consultation::run(&app.db, day, own.id.clone(), new).await?;
    see_other(&format!("/consultations/{}?done=yes", own.id))
}

fn one_page(
    app: &App,
    visitor: &Visitor,
    own: &Consultation,
    typed: &Typed,
    invalid: Option<&Invalid>,
    done: bool,
) -> Result<HttpResponse, Problem> {
    let mistakes = invalid.map_or(&[][..], Invalid::mistakes);
    let errors: Vec<FieldError> =
        mistakes.iter().map(|one| FieldError::new(one.pointer.as_str(), one.detail.as_str())).collect();
    let typed_in = |name: &str| typed.get(name).map_or("", String::as_str);
    let questions = own.content.questions.iter().enumerate().map(|(number, question)| {
        let name = field(number);
        let choices: Vec<[&str; 2]> = question.choices.iter().map(|choice| [choice.as_str(); 2]).collect();
        context! {
            typed => typed_in(&name),
            name => name,
            text => question.text.as_str(),
            choices => Value::from(Serde(choices)),
        }
    });
    let checked = !typed_in("personal_ok").is_empty();
    let own_words = context! {
        about => written(&own.content.about)?,
        heard => own.content.heard.as_deref().map(written).transpose()?,
        questions => questions.collect::<Vec<_>>(),
        form => typed_in("form"),
        checked => checked,
        personal => checked || mistakes.iter().any(|one| one.code == PERSONAL),
        done => done,
        errors => Value::from(Serde(errors)),
        ..row(app, own)
    };
    let status = if mistakes.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page_with(status, app, visitor, "consultation.html", own_words)
}

/// Markdown as the guides write it.
fn written(words: &str) -> Result<Value, Problem> {
    html::words(words).map(Value::from_safe_string).map_err(|why| Problem::broken(&why))
}
