//! A guide made for one reader: as a file with a few words on its first page, or as a mail that leads to
//! it. Neither the words nor the address are kept.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_SECURITY_POLICY};
use actix_web::web::{self, Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use url::form_urlencoded;

use crate::app::App;
use crate::domain::filter::Filter;
use crate::domain::guide_note::{LONGEST, Note};
use crate::domain::invalid::Invalid;
use crate::domain::person::EmailAddress;
use crate::domain::words::GuideKind;
use crate::guide::workshop::{Asked, File, Format};
use crate::http::filter_form::address;
use crate::http::filtering;
use crate::http::guide::{about, policy};
use crate::http::limits::ChangeLimit;
use crate::http::page::{FieldError, see_other};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use crate::ops::Refused;
use crate::ops::send_guide::{self, Sending};

/// The formats of a file for one reader.
const FORMATS: [Format; 3] = [Format::Pdf, Format::LargePrintPdf, Format::Html];

/// The form as it was typed.
#[derive(Default)]
pub struct Typed {
    query: String,
    note: String,
    email: String,
    format: String,
    is_mail: bool,
}

impl Typed {
    fn read(body: &[u8]) -> Self {
        let mut typed = Self::default();
        for (key, value) in form_urlencoded::parse(body).into_owned() {
            match key.as_str() {
                "query" => typed.query = value,
                "note" => typed.note = value,
                "email" => typed.email = value.trim().to_owned(),
                "format" => typed.format = value,
                "act" => typed.is_mail = value == "mail",
                _ => {}
            }
        }
        typed
    }

    /// What the form on the page of a guide takes.
    pub fn shown(&self, errors: &[FieldError]) -> Value {
        let formats: Vec<(&str, &str)> = FORMATS.iter().map(|format| (format.word(), format.label())).collect();
        let format = if self.format.is_empty() { Format::Pdf.word() } else { &self.format };
        context! {
            for_you => context! { note => self.note.as_str(), email => self.email.as_str(), format },
            formats => Value::from(Serde(&formats)),
            longest_note => LONGEST,
            for_you_errors => Value::from(Serde(errors)),
        }
    }
}

pub async fn make(
    app: Data<Arc<App>>,
    limit: Data<ChangeLimit>,
    visitor: Visitor,
    request: HttpRequest,
    name: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let kind = GuideKind::parse(&name).ok_or_else(Problem::not_found)?;
    let typed = Typed::read(&body);
    let filter = filtering::from_query(&app, &typed.query, &[]).await?;
    let mut errors = Vec::new();
    let note = Note::parse(&typed.note, visitor.actor.is_signed_in()).unwrap_or_else(|invalid| {
        errors.extend(beside_fields(&invalid));
        Note::default()
    });
    let email = EmailAddress::parse(&typed.email);
    if typed.is_mail && email.is_none() {
        errors.push(FieldError::new("email", "Enter an email address in the right form, like name@example.org"));
    }
    match email.filter(|_| typed.is_mail && errors.is_empty()) {
        Some(to) => {
            limit.check_mail(&app, &request, &visitor, &to)?;
            let query = filter.query();
            let sending = Sending { to, kind, query: query.clone(), note };
            match send_guide::run(&app.db, &app.clock, visitor.actor.clone(), sending).await {
                Ok(()) => {
                    let sent = if query.is_empty() { "sent=yes".to_owned() } else { format!("{query}&sent=yes") };
                    return see_other(&address(&format!("/guides/{kind}"), &sent));
                }
                Err(Refused::Invalid(invalid)) => errors.extend(beside_fields(&invalid)),
                Err(other) => return Err(other.into()),
            }
        }
        None if errors.is_empty() => return file(&app, kind, &typed.format, filter, note).await,
        None => {}
    }
    about(&app, &visitor, kind, &typed.query, (StatusCode::UNPROCESSABLE_ENTITY, typed.shown(&errors))).await
}

fn beside_fields(invalid: &Invalid) -> Vec<FieldError> {
    invalid
        .mistakes()
        .iter()
        .map(|one| FieldError::new(one.pointer.as_str(), one.detail.trim_end_matches('.')))
        .collect()
}

async fn file(
    app: &Data<Arc<App>>,
    kind: GuideKind,
    format: &str,
    filter: Filter,
    note: Note,
) -> Result<HttpResponse, Problem> {
    let format = FORMATS.into_iter().find(|known| known.word() == format).unwrap_or(Format::Pdf);
    let (workshop, asked) = (app.clone(), Asked { kind, format, filter });
    let made =
        web::block(move || workshop.guides.make_for(&asked, note.text(), &workshop.board.current(), workshop.moment()));
    let made: File = made.await.map_err(|gone| Problem::broken(&gone))??;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store")).content_type(format.media_type());
    match format {
        Format::Html | Format::Text | Format::EasyRead => answer.insert_header((CONTENT_SECURITY_POLICY, policy(app))),
        Format::Pdf | Format::LargePrintPdf => {
            let disposition = format!("inline; filename=\"guide-{kind}-for-you.{}\"", format.ending());
            answer.insert_header((CONTENT_DISPOSITION, disposition)).insert_header((CONTENT_ENCODING, "identity"))
        }
    };
    Ok(answer.body(made.bytes))
}
