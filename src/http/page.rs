//! Pages: a template with what every page needs. No handler's own data is known here.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION, VARY};
use minijinja::context;
use minijinja::value::Value;
use serde::Serialize;

use crate::app::App;
use crate::domain::care_service::CareServiceId;
use crate::http::forms;
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;

/// A mistake as a page shows it: in its summary, and beside the field of that name ("" for none).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    pub field: String,
    pub text: String,
    /// The code of the mistake, where a page has more to say to it.
    #[serde(skip)]
    pub kind: &'static str,
}

impl FieldError {
    pub fn new(field: impl Into<String>, text: impl Into<String>) -> Self {
        Self { field: field.into(), text: text.into(), kind: "" }
    }
}

/// A page for this visitor. What signed-in people see is kept nowhere.
pub fn page(app: &App, visitor: &Visitor, template: &str, own: Value) -> Result<HttpResponse, Problem> {
    page_with(StatusCode::OK, app, visitor, template, own)
}

pub fn page_with(
    status: StatusCode,
    app: &App,
    visitor: &Visitor,
    template: &str,
    own: Value,
) -> Result<HttpResponse, Problem> {
    let reading = &visitor.reading;
    let language = app.templates.told(reading.tongue, template, reading.here.as_deref());
    let context = context! { ..own, ..context! { ..language, ..always(app, visitor) } };
    let body = app.templates.render(reading.tongue, template, context).map_err(|e| Problem::broken(&e))?;
    let cache = if visitor.actor.is_signed_in() { "no-store" } else { "no-cache" };
    Ok(HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, cache))
        .insert_header((VARY, "Cookie"))
        .content_type("text/html; charset=utf-8")
        .body(body))
}

/// After a form: the browser goes on with GET.
pub fn see_other(address: &str) -> Result<HttpResponse, Problem> {
    let location = HeaderValue::from_str(address).map_err(|e| Problem::broken(&e))?;
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, location)).insert_header((CACHE_CONTROL, "no-store")).finish())
}

/// The site, and who is looking at it.
fn always(app: &App, visitor: &Visitor) -> Value {
    let who = visitor.signed_in.as_ref().map(|signed_in| {
        context! {
            name => signed_in.person.short_name(),
            email => signed_in.person.email.as_str(),
            roles => signed_in.person.grants.iter().map(|grant| grant.role.word()).collect::<Vec<_>>(),
            is_staff => visitor.actor.is_staff(),
            is_manager => visitor.actor.may_update_some(),
            is_admin => visitor.actor.may_administer_some(),
        }
    });
    let config = &app.config;
    let site = context! {
        name => config.site_name.as_str(),
        colour => app.dress.colour.to_string(),
        style => app.dress.style(),
        logo => app.dress.logo().map(|(src, width, height)| context! { src => src, width => width, height => height }),
        url => config.public_url.as_str().trim_end_matches('/'),
        demo => app.demo,
        practice => app.practice.is_some(),
        run_by => config.run_by.as_str(),
        email => config.help_email.as_str(),
        phone => config.help_phone.as_str(),
    };
    let shortlist: Vec<String> = visitor.shortlist.services.iter().map(CareServiceId::to_string).collect();
    context! { who => who, site => site, shortlist => shortlist, form_token => forms::token(app, visitor) }
}
