//! What is held about a person: read, taken away as a file, erased. For whom is decided in `ops/held.rs`.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::{Data, Path};
use minijinja::context;
use minijinja::value::{Serde, Value};
use url::form_urlencoded;

use crate::app::App;
use crate::domain::person::PersonId;
use crate::http::admin::{MOST_NAMED, administrator};
use crate::http::page::{page_with, see_other};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use crate::ops::held::{self, About};

pub async fn page(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let about = About::Person(PersonId::from_text(id.as_str()));
    let held = held::export(&app.db, &app.clock, visitor.actor.clone(), about).await?;
    let mut facts = Vec::new();
    let mut lists = Vec::new();
    for (heading, value) in held.as_object().into_iter().flatten() {
        let heading = heading.replace('_', " ");
        match value {
            serde_json::Value::Array(rows) => lists.push((heading, rows.iter().map(in_words).collect::<Vec<_>>())),
            other => facts.push((heading, plain(other))),
        }
    }
    let own = context! {
        id => id.as_str(),
        email => held["email"].as_str(),
        facts => Value::from(Serde(&facts)),
        lists => Value::from(Serde(&lists)),
    };
    page_with(StatusCode::OK, &app, &visitor, "admin_held.html", own)
}

/// A row as one line: `at: …; deed: …`.
fn in_words(row: &serde_json::Value) -> String {
    let said = row.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null() && **value != "");
    said.map(|(key, value)| format!("{}: {}", key.replace('_', " "), plain(value))).collect::<Vec<_>>().join("; ")
}

fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => "none".to_owned(),
        serde_json::Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        serde_json::Value::Array(all) => all.iter().map(plain).collect::<Vec<_>>().join(", "),
        serde_json::Value::Number(_) | serde_json::Value::Object(_) => value.to_string(),
    }
}

pub async fn file(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let about = About::Person(PersonId::from_text(id.into_inner()));
    let held = held::export(&app.db, &app.clock, visitor.actor, about).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"held.json\""))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(format!("{held:#}")))
}

pub async fn erase(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let about = About::Person(PersonId::from_text(id.into_inner()));
    let left = held::erase(&app.db, &app.clock, visitor.actor, about).await?;
    let mut query = form_urlencoded::Serializer::new("done=erased".to_owned());
    query.extend_pairs(left.iter().take(MOST_NAMED).map(|service| ("left", service.id.as_str())));
    see_other(&format!("/admin/people?{}", query.finish()))
}
