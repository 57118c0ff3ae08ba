//! "Set up my beds": a service names its lines once, and from then on touches numbers only. Nothing
//! is published here: what was named goes on to the form, where the numbers are filled in.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};

use crate::app::App;
use crate::domain::care_service::CareService;
use crate::domain::place;
use crate::domain::words::{BedType, Gender, Kind, Stay, TimeOfDay};
use crate::http::filter_form::json;
use crate::http::kept;
use crate::http::page::{FieldError, page_with};
use crate::http::problem::Problem;
use crate::http::service::left_page;
use crate::http::update::form::{TypedForm, TypedLine};
use crate::http::update::way::{self, Way};
use crate::http::visitor::Visitor;

/// The lines as they are named now, with room for others.
pub async fn edit(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let service = Way::Own.service(&app, &visitor, &id)?;
    if let Some(left_at) = service.left_at {
        return left_page(&app, &visitor, &service, left_at);
    }
    setup_page(&app, &visitor, &service, StatusCode::OK, &with_room(TypedForm::of(&service), &service), &[])
}

/// The lines as they were named; on to their numbers.
pub async fn submit(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    if !visitor.actor.is_signed_in() {
        return kept::sign_in_first(&app, &visitor, request.path(), &body);
    }
    let service = Way::Own.service(&app, &visitor, &id)?;
    if let Some(left_at) = service.left_at {
        return left_page(&app, &visitor, &service, left_at);
    }
    let typed = TypedForm::read(&body);
    match named(&typed, &service) {
        Ok(form) => way::set_up_page(&app, &visitor, &service, &form),
        Err(errors) => setup_page(&app, &visitor, &service, StatusCode::UNPROCESSABLE_ENTITY, &typed, &errors),
    }
}

/// With a line for each bed type that has none yet, and one for whatever else.
fn with_room(form: TypedForm, service: &CareService) -> TypedForm {
    let mut form = TypedForm { lines: form.lines.into_iter().filter(|line| !line.is_new()).collect(), ..form };
    if service.facts.kind == Kind::HomeCare {
        return form;
    }
    let known: Vec<String> = form.lines.iter().map(|line| line.text("bed_type").to_owned()).collect();
    for bed_type in BedType::ALL.iter().filter(|bed_type| !known.iter().any(|word| word == bed_type.word())) {
        form.lines.push(new_line(bed_type.word()));
    }
    form.lines.push(new_line(""));
    form
}

fn new_line(bed_type: &str) -> TypedLine {
    let mut line = TypedLine::default();
    let fields =
        [("is_new", "yes"), ("bed_type", bed_type), ("stay", Stay::Permanent.word()), ("gender", Gender::Any.word())];
    fields.into_iter().for_each(|(key, value)| line.put(key, value));
    line
}

/// The form with the lines that were named: new ones only where somebody said how many beds, or for
/// which districts and times.
fn named(typed: &TypedForm, service: &CareService) -> Result<TypedForm, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut lines = Vec::new();
    for (at, line) in typed.lines.iter().enumerate() {
        if line.is_new() && line.text("maximum").is_empty() {
            continue;
        }
        if service.facts.kind == Kind::CareHome && line.text("bed_type").is_empty() {
            errors.push(FieldError::new(format!("lines-{at}-bed_type"), "Choose a bed type"));
        }
        let mut line = line.clone();
        if line.is_new() {
            line.forget("is_new");
            line.put("reserved", "0");
        }
        lines.push(line);
    }
    if service.facts.kind == Kind::HomeCare {
        rounds(typed, &mut lines).unwrap_or_else(|error| errors.push(error));
    }
    if lines.is_empty() && errors.is_empty() {
        let (field, text) = match service.facts.kind {
            Kind::CareHome => ("lines-0-maximum", "Say how many beds you have of one type at least"),
            Kind::HomeCare => ("areas", "Enter the postcode districts that you visit, such as SO22 SO23"),
        };
        errors.push(FieldError::new(field, text));
    }
    if errors.is_empty() { Ok(TypedForm { lines, ..typed.clone() }) } else { Err(errors) }
}

/// A line for each district and time of day that there is none for yet.
fn rounds(typed: &TypedForm, lines: &mut Vec<TypedLine>) -> Result<(), FieldError> {
    let areas = typed.head.text("areas").to_uppercase();
    let areas: Vec<&str> = areas.split([' ', ',', ';']).filter(|area| !area.is_empty()).collect();
    if let Some(wrong) = areas.iter().find(|area| !place::is_district(area)) {
        return Err(FieldError::new("areas", format!("{wrong} is no postcode district such as SO23")));
    }
    let times: Vec<&str> = typed.head.texts("times").filter(|word| TimeOfDay::parse(word).is_some()).collect();
    if !areas.is_empty() && times.is_empty() {
        return Err(FieldError::new("times", "Choose at what times of day you visit them"));
    }
    for (area, time) in areas.iter().flat_map(|area| times.iter().map(move |time| (area, time))) {
        let mut line = TypedLine::default();
        line.put("area", *area);
        line.put("time_of_day", *time);
        if !lines.iter().any(|known| known.key() == line.key()) {
            lines.push(line);
        }
    }
    Ok(())
}

fn setup_page(
    app: &App,
    visitor: &Visitor,
    service: &Arc<CareService>,
    status: StatusCode,
    typed: &TypedForm,
    errors: &[FieldError],
) -> Result<HttpResponse, Problem> {
    let own = context! {
        service => json(service, visitor, &app.moment(), None),
        form => typed.shown(service.facts.kind),
        areas => typed.head.text("areas"),
        times => Value::from(Serde(&typed.head.texts("times").collect::<Vec<_>>())),
        errors => Value::from(Serde(errors)),
    };
    page_with(status, app, visitor, "update_beds.html", own)
}
