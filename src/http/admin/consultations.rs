//! The pages on which administrators open consultations, read what was answered, and say what was heard.
//! Whose they are is decided in `ops`.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use chrono::Days;
use minijinja::context;
use minijinja::value::{Serde, Value};
use url::form_urlencoded;

use crate::app::App;
use crate::domain::authority::AuthorityCode;
use crate::domain::consultation::{Answers, Consultation, ConsultationId, Content, Question, Typed};
use crate::domain::invalid::Invalid;
use crate::feed::answers_csv;
use crate::guide::html;
use crate::http::admin::{administrator, invite};
use crate::http::consultations::row;
use crate::http::page::{FieldError, page, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::telling::today;
use crate::http::visitor::Visitor;
use crate::ops::edit_consultation::{self, Edit};
use crate::ops::{Refused, read_consultation};

/// Answers in words that one reads on a screen; all of them are in the file.
const MOST_SHOWN: usize = 200;
/// How long a new one runs unless somebody says otherwise: six weeks.
const USUAL_DAYS: u64 = 42;
/// The id in the address of the form of a new one.
const NEW: &str = "new";

pub async fn list(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let all = read_consultation::all(&app.db, visitor.actor.clone()).await?;
    let rows = all.iter().map(|(own, count)| context! { answered => *count, ..row(&app, own) });
    page(&app, &visitor, "admin_consultations.html", context! { rows => rows.collect::<Vec<_>>() })
}

/// What the form is about, and what is in it.
struct Form<'a> {
    /// `None` for a new one.
    own: Option<&'a Consultation>,
    authority: &'a str,
    based_on: i64,
    typed: &'a Typed,
}

impl Form<'_> {
    fn page(&self, app: &App, visitor: &Visitor, status: StatusCode, own: Value) -> Result<HttpResponse, Problem> {
        let row = self.own.map_or_else(|| context! { id => NEW, phase => "ahead" }, |known| row(app, known));
        let always = context! {
            is_new => self.own.is_none(),
            authority_code => self.authority,
            authorities => Value::from(Serde(&invite::authorities(&app.board.current(), &visitor.actor))),
            based_on => self.based_on,
            form => Value::from(Serde(self.typed)),
            errors => Vec::<Value>::new(),
            ..row
        };
        page_with(status, app, visitor, "admin_consultation.html", context! { ..own, ..always })
    }

    fn refused(&self, app: &App, visitor: &Visitor, invalid: &Invalid) -> Result<HttpResponse, Problem> {
        let errors = invalid.mistakes().iter().map(|one| FieldError::new(one.pointer.as_str(), one.detail.as_str()));
        let own = context! { errors => Value::from(Serde(errors.collect::<Vec<_>>())) };
        self.page(app, visitor, StatusCode::UNPROCESSABLE_ENTITY, own)
    }
}

pub async fn edit(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    if id.as_str() == NEW {
        let day = today(&app);
        let until = day.checked_add_days(Days::new(USUAL_DAYS)).unwrap_or(day);
        let typed = Typed { opens_on: day.to_string(), ends_on: until.to_string(), ..Typed::default() };
        let form = Form { own: None, authority: "", based_on: 0, typed: &typed };
        return form.page(&app, &visitor, StatusCode::OK, context! {});
    }
    let (own, _) = read_consultation::look(&app.db, visitor.actor.clone(), ConsultationId::from_text(&*id)).await?;
    let saved = match request.query_string() {
        "saved=yes" => context! { notice => context! { text => "Saved." } },
        "closed=yes" => context! { notice => context! { text => "Ended. Nobody can answer any more." } },
        _ => context! {},
    };
    let typed = own.content.typed();
    let form = Form { own: Some(&own), authority: own.authority.as_str(), based_on: own.version, typed: &typed };
    form.page(&app, &visitor, StatusCode::OK, saved)
}

pub async fn save(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let sent: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let text = |name: &str| sent.get(name).cloned().unwrap_or_default();
    let typed = Typed {
        title: text("title"),
        about: text("about"),
        questions: text("questions"),
        opens_on: text("opens_on"),
        ends_on: text("ends_on"),
        heard: text("heard"),
    };
    let known = if id.as_str() == NEW {
        None
    } else {
        let look = read_consultation::look(&app.db, visitor.actor.clone(), ConsultationId::from_text(&*id));
        Some(look.await?.0)
    };
    let authority = known.as_ref().map_or_else(|| text("authority"), |own| own.authority.to_string());
    let based_on = text("based_on").parse().unwrap_or(0);
    let form = Form { own: known.as_ref(), authority: &authority, based_on, typed: &typed };
    let (code, content) = match (AuthorityCode::parse(&authority), readable(&typed)) {
        (Some(code), Ok(content)) => (code, content),
        (None, _) => {
            let invalid = Invalid::one("authority", "required", "Choose the council that asks");
            return form.refused(&app, &visitor, &invalid);
        }
        (_, Err(invalid)) => return form.refused(&app, &visitor, &invalid),
    };
    if text("act") == "preview" {
        let shown = |words: &str| html::words(words).map(Value::from_safe_string).map_err(|why| Problem::broken(&why));
        let heard = content.heard.as_deref().map(shown).transpose()?;
        let own = context! { preview => context! { about => shown(&content.about)?, heard => heard } };
        return form.page(&app, &visitor, StatusCode::OK, own);
    }
    let edit = Edit { id: known.as_ref().map(|own| own.id.clone()), authority: code, based_on, content };
    match edit_consultation::run(&app.db, &app.clock, visitor.actor.clone(), edit).await {
        Ok(saved) => see_other(&format!("/admin/consultations/{}?saved=yes", saved.id)),
        Err(Refused::Invalid(invalid)) => form.refused(&app, &visitor, &invalid),
        Err(Refused::Stale(now)) => {
            let detail = "Somebody saved other words meanwhile. Yours are still here; to put them in place of theirs, save again";
            let form = Form { based_on: now, ..form };
            form.refused(&app, &visitor, &Invalid::one("", "stale", detail))
        }
        Err(other) => Err(other.into()),
    }
}

/// What was typed, if its Markdown can be read too.
fn readable(typed: &Typed) -> Result<Content, Invalid> {
    let content = Content::parse(typed)?;
    for (field, words) in [("about", Some(&content.about)), ("heard", content.heard.as_ref())] {
        if let Some(Err(why)) = words.map(|words| html::words(words)) {
            return Err(Invalid::one(field, "bad_value", why));
        }
    }
    Ok(content)
}

pub async fn close(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let id = ConsultationId::from_text(id.into_inner());
    edit_consultation::close(&app.db, &app.clock, visitor.actor, id.clone()).await?;
    see_other(&format!("/admin/consultations/{id}?closed=yes"))
}

pub async fn answers(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let id = ConsultationId::from_text(id.into_inner());
    let (own, answers) = read_consultation::look(&app.db, visitor.actor.clone(), id).await?;
    let questions = own.content.questions.iter().enumerate();
    let shown = questions.map(|(number, question)| answered(question, number, &answers)).collect::<Vec<_>>();
    let own = context! { answered => answers.len(), questions => shown, ..row(&app, &own) };
    page(&app, &visitor, "admin_answers.html", own)
}

/// One question: how often each choice was ticked, or what was written.
fn answered(question: &Question, number: usize, answers: &[Answers]) -> Value {
    let given = || answers.iter().filter_map(|one| one.answers.get(number)).filter(|answer| !answer.is_empty());
    let total = given().count();
    let choices = question.choices.iter().map(|choice| {
        let count = given().filter(|answer| *answer == choice).count();
        context! { text => choice, count => count, percent => (count * 100 + total / 2).checked_div(total).unwrap_or(0) }
    });
    let in_words = question.choices.is_empty();
    context! {
        text => question.text.as_str(),
        total => total,
        choices => choices.collect::<Vec<_>>(),
        words => if in_words { given().take(MOST_SHOWN).cloned().collect::<Vec<_>>() } else { Vec::new() },
        more => if in_words { total.saturating_sub(MOST_SHOWN) } else { 0 },
    }
}

pub async fn file(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let id = ConsultationId::from_text(id.into_inner());
    let (own, answers) = read_consultation::take_away(&app.db, &app.clock, visitor.actor, id).await?;
    let mut body = Vec::new();
    answers_csv::write(&mut body, &own, &answers).map_err(|e| Problem::broken(&e))?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"answers.csv\""))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(body))
}
