//! Pages: templates with what every page needs, in the words of `web/README.md`.
//! No handler's own data is known here.

use std::sync::OnceLock;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION, VARY};
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use rust_embed::RustEmbed;

use crate::app::App;
use crate::base::local;
use crate::base::stamp::Stamp;
use crate::base::text;
use crate::domain::words::{
    AdmissionStatus, AlertChannel, Band, BedType, CareType, Freshness, Funding, Gender, GuideKind, Kind, Rating,
    Reason, Role, Scope, Source, Stay, TimeOfDay,
};
use crate::http::assets;
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;

#[derive(RustEmbed)]
#[folder = "web/pages"]
#[allow_missing = true]
struct Templates;

/// The templates, read once.
fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_loader(|name| {
            let file = Templates::get(name);
            Ok(file.map(|file| String::from_utf8_lossy(&file.data).into_owned()))
        });
        environment.add_function("asset", |name: &str| format!("/{}", assets::path(name)));
        environment.add_filter("words", |word: &str| words(word));
        environment.add_filter("money", money);
        environment.add_filter("count", |number: u64| text::grouped(number));
        environment.add_filter("miles", |miles: f64| format!("{miles:.1}"));
        environment.add_filter("day", |day: &str| day.parse().map_or_else(|_| day.to_owned(), local::day_words));
        environment
    })
}

/// A page for this visitor, whole.
pub fn render(app: &App, visitor: &Visitor, template: &str, own: Value) -> Result<String, Problem> {
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
        demo => app.demo,
        run_by => config.run_by.as_str(),
        email => config.help_email.as_str(),
        phone => config.help_phone.as_str(),
    };
    let zone = config.timezone;
    let now = app.clock.now();
    let always = context! {
        who => who,
        site => site,
        age => Value::from_function(move |at: &str| said(at, |at| local::age(now, at))),
        when => Value::from_function(move |at: &str| said(at, |at| zone.when(at))),
    };
    let template = environment().get_template(template).map_err(|e| Problem::broken(&detail(&e)))?;
    template.render(context! { ..own, ..always }).map_err(|e| Problem::broken(&detail(&e)))
}

/// A page as an answer. What signed-in people see is kept nowhere.
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
    let body = render(app, visitor, template, own)?;
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

/// A word of any vocabulary as people read it.
pub fn words(word: &str) -> String {
    let labels: [Option<&'static str>; 17] = [
        Kind::parse(word).map(Kind::label),
        CareType::parse(word).map(CareType::label),
        BedType::parse(word).map(BedType::label),
        Stay::parse(word).map(Stay::label),
        Reason::parse(word).map(Reason::label),
        AdmissionStatus::parse(word).map(AdmissionStatus::label),
        Gender::parse(word).map(Gender::label),
        Funding::parse(word).map(Funding::label),
        Band::parse(word).map(Band::label),
        Rating::parse(word).map(Rating::label),
        TimeOfDay::parse(word).map(TimeOfDay::label),
        Freshness::parse(word).map(Freshness::label),
        Source::parse(word).map(Source::label),
        Role::parse(word).map(Role::label),
        Scope::parse(word).map(Scope::label),
        AlertChannel::parse(word).map(AlertChannel::label),
        GuideKind::parse(word).map(GuideKind::label),
    ];
    labels.into_iter().flatten().next().map_or_else(|| word.to_owned(), str::to_owned)
}

/// `£1,250`, or `£1,250.50`.
fn money(pence: u64) -> String {
    match pence % 100 {
        0 => format!("£{}", text::grouped(pence / 100)),
        rest => format!("£{}.{rest:02}", text::grouped(pence / 100)),
    }
}

fn said(text: &str, say: impl Fn(Stamp) -> String) -> String {
    Stamp::parse(text).map_or_else(|| text.to_owned(), say)
}

/// What went wrong in a template, with its cause.
fn detail(error: &minijinja::Error) -> String {
    format!("{error:#}")
}
