//! The single rooms that a home lists, on a page of their own: most homes have none to list, and who
//! does changes them far less often than numbers. What a room must be is decided in `domain/room.rs`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde_json::{Map, Value as Json, json};

use crate::app::App;
use crate::domain::capacity::CapacityUpdate;
use crate::domain::care_service::CareService;
use crate::domain::invalid::{Invalid, Mistake, Mistakes};
use crate::domain::room::{self, Room};
use crate::domain::words::Kind;
use crate::http::filter_form;
use crate::http::kept;
use crate::http::page::{FieldError, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::service::left_page;
use crate::http::telling;
use crate::http::update::form::{PERSONAL, TypedForm, TypedLine};
use crate::http::update::mistakes::not_a_date;
use crate::http::update::typed::number;
use crate::http::update::way::{self, Way};
use crate::http::visitor::Visitor;
use crate::ops::{self, Refused};

/// What a room may have, as the form names it.
const FLAGS: [&str; 5] = ["en_suite", "wheelchair", "hoist", "couples", "pets"];

pub async fn edit(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let service = Way::Own.service(&app, &visitor, &id)?;
    if let Some(left_at) = service.left_at {
        return left_page(&app, &visitor, &service, left_at);
    }
    let typed = TypedForm {
        version: Some(service.capacity.version),
        lines: service.capacity.rooms.iter().map(of_room).chain([TypedLine::default()]).collect(),
        ..TypedForm::default()
    };
    Form { service: &service, typed: &typed, errors: &[], is_stale: false }.page(&app, &visitor, StatusCode::OK)
}

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
    let mut typed = TypedForm::read(&body);
    if typed.press.is_some() {
        typed.lines.push(TypedLine::default());
        let form = Form { service: &service, typed: &typed, errors: &[], is_stale: false };
        return form.page(&app, &visitor, StatusCode::OK);
    }
    let rooms = match read(&typed, &service) {
        Ok(rooms) => rooms,
        Err(errors) => {
            let form = Form { service: &service, typed: &typed, errors: &errors, is_stale: false };
            return form.page(&app, &visitor, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let version = Some(typed.version.unwrap_or(-1));
    let telling = way::told_by_form(&visitor, Way::Own, &service, version, &request, &body);
    match ops::list_rooms::run(&app.db, &app.clock, telling, rooms).await {
        Ok(told) => {
            telling::shown(&app, told.seq).await;
            see_other(&format!("/services/{}?published={}", service.id, told.service.capacity.version))
        }
        Err(Refused::Stale(version)) => {
            let service = way::stored(&app, &service.id).await?;
            let typed = TypedForm { version: Some(version), ..typed };
            let form = Form { service: &service, typed: &typed, errors: &[], is_stale: true };
            form.page(&app, &visitor, StatusCode::PRECONDITION_FAILED)
        }
        Err(other) => Err(other.into()),
    }
}

fn of_room(room: &Room) -> TypedLine {
    let mut line = TypedLine::default().with_date("free_from", room.free_from);
    line.put("name", room.name.as_str());
    line.put("bed_type", room.bed_type.map_or("", |bed_type| bed_type.word()));
    line.put("floor", room.floor.map_or(String::new(), |floor| floor.to_string()));
    let has = [room.en_suite, room.wheelchair, room.hoist, room.couples, room.pets];
    FLAGS.into_iter().zip(has).filter(|(_, has)| *has).for_each(|(flag, _)| line.put(flag, "yes"));
    line
}

/// The rooms, or every mistake beside its field. Blank ones and those taken away do not count.
fn read(typed: &TypedForm, service: &CareService) -> Result<Vec<Room>, Vec<FieldError>> {
    let counted: Vec<(usize, &TypedLine)> =
        typed.lines.iter().enumerate().filter(|(_, line)| !line.is_removed() && !line.is_empty()).collect();
    let body = json!({ "rooms": counted.iter().map(|(_, line)| room_json(line)).collect::<Vec<_>>() });
    let rooms = room::parse(&body).and_then(|rooms| {
        if typed.is_checked() {
            return Ok(rooms);
        }
        let update = CapacityUpdate { rooms: Some(rooms), ..CapacityUpdate::of(service.capacity.status, Vec::new()) };
        let mut mistakes = Mistakes::default();
        update.looks_personal(&service.capacity).into_iter().for_each(|(at, why)| mistakes.add(at, PERSONAL, why));
        mistakes.or(update.rooms.unwrap_or_default())
    });
    rooms.map_err(|invalid: Invalid| invalid.mistakes().iter().map(|mistake| beside(mistake, &counted)).collect())
}

fn room_json(line: &TypedLine) -> Json {
    let mut map = Map::new();
    for key in ["name", "bed_type"] {
        map.insert(key.to_owned(), Some(line.text(key)).filter(|text| !text.is_empty()).into());
    }
    let floor = line.text("floor");
    let read =
        if floor.starts_with('-') { floor.parse::<i64>().map_or(floor.into(), Json::from) } else { number(floor) };
    map.insert("floor".to_owned(), if floor.is_empty() { Json::Null } else { read });
    FLAGS.iter().for_each(|flag| drop(map.insert((*flag).to_owned(), (!line.text(flag).is_empty()).into())));
    map.extend(line.date("free_from").map(|day| ("free_from".to_owned(), day)));
    Json::Object(map)
}

fn beside(mistake: &Mistake, counted: &[(usize, &TypedLine)]) -> FieldError {
    let mut parts = mistake.pointer.trim_start_matches("/rooms/").split('/');
    let line = parts.next().and_then(|index| counted.get(index.parse::<usize>().ok()?));
    let (Some((at, line)), Some(key)) = (line, parts.next()) else {
        return FieldError::new("", mistake.detail.trim_end_matches('.'));
    };
    let text = match mistake.code {
        "not_a_date" => not_a_date(key, line.date_parts(key)),
        _ => mistake.detail.trim_end_matches('.').to_owned(),
    };
    FieldError { kind: mistake.code, ..FieldError::new(format!("lines-{at}-{key}"), text) }
}

struct Form<'a> {
    service: &'a Arc<CareService>,
    typed: &'a TypedForm,
    errors: &'a [FieldError],
    is_stale: bool,
}

impl Form<'_> {
    fn page(&self, app: &App, visitor: &Visitor, status: StatusCode) -> Result<HttpResponse, Problem> {
        if self.service.facts.kind != Kind::CareHome {
            return Err(Problem::not_found());
        }
        let own = context! {
            service => filter_form::json(self.service, visitor, &app.moment(), None),
            version => self.typed.version,
            rooms => Value::from_iter(self.typed.lines.iter().map(|line| line.shown_room(&FLAGS))),
            is_stale => self.is_stale,
            personal => self.typed.is_checked() || self.errors.iter().any(|error| error.kind == PERSONAL),
            checked => self.typed.is_checked(),
            errors => Value::from(Serde(self.errors)),
        };
        page_with(status, app, visitor, "update_rooms.html", own)
    }
}
