//! Figures of many services from one file: everything it would change and everything that is wrong
//! with it first, then all of it or nothing. Between the two the server keeps nothing: the page
//! carries the file. How a file is read is decided in `import/capacity.rs`.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::sync::Arc;

use actix_multipart::{Multipart, MultipartError};
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::TryStreamExt;
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;
use url::form_urlencoded;

use crate::app::App;
use crate::base::secret;
use crate::base::text;
use crate::domain::capacity::CapacityUpdate;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::view::View;
use crate::domain::words;
use crate::feed::csv::CapacityCsv;
use crate::http::page::{FieldError, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::telling;
use crate::http::visitor::Visitor;
use crate::import::capacity::{CapacityFile, Plan};
use crate::import::source::{Source, is_archive};
use crate::ops::update_capacity::{self, Telling};
use crate::ops::{Condition, Refused};

/// All of it is below this.
pub const PATH: &str = "/update/bulk";
/// Ten thousand lines with a note each are two megabytes.
const LARGEST_FILE: usize = 8 << 20;
/// The file, once more as text, with its wrapping.
pub const LARGEST_UPLOAD: usize = 2 * LARGEST_FILE;
/// A third of the speed for a tenth less would not be worth it.
const COMPRESSION: i32 = 3;

pub async fn page(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let visitor = allowed(visitor)?;
    let counted = |wanted: &str| {
        let found = form_urlencoded::parse(request.query_string().as_bytes()).find(|(key, _)| key == wanted);
        found.and_then(|(_, count)| count.parse::<u64>().ok())
    };
    let services = |count| text::count(count, "service", "services");
    let said = match (counted("published"), counted("confirmed").unwrap_or_default()) {
        (None, _) => None,
        (Some(0), 0) => Some("The figures of this file are published already.".to_owned()),
        (Some(0), right) => Some(format!("Confirmed: the figures of {}.", services(right))),
        (Some(new), 0) => Some(format!("Published: the figures of {}.", services(new))),
        (Some(new), right) => {
            Some(format!("Published: the figures of {}; confirmed: those of {}.", services(new), services(right)))
        }
    };
    let own = said.map_or_else(|| context! {}, |text| context! { notice => context! { text => text } });
    page_of(&app, &visitor, StatusCode::OK, &[], own)
}

/// The present figures of all services that are theirs, in the columns that come in again.
pub async fn download(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let visitor = allowed(visitor)?;
    let mut out = Vec::new();
    let mut csv = CapacityCsv::new(&mut out, View::Staff).map_err(|e| Problem::broken(&e))?;
    for service in app.board.current().all().filter(|service| visitor.actor.may_update(service)) {
        csv.write(service).map_err(|e| Problem::broken(&e))?;
    }
    csv.finish().map_err(|e| Problem::broken(&e))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"capacity.csv\""))
        .insert_header(("Cache-Control", "no-store"))
        .content_type("text/csv; charset=utf-8")
        .body(out))
}

/// What the file would do. Nothing is written.
pub async fn preview(app: Data<Arc<App>>, visitor: Visitor, upload: Multipart) -> Result<HttpResponse, Problem> {
    let visitor = allowed(visitor)?;
    let file = match uploaded(upload).await {
        Ok(file) => file,
        Err(why) => return refused(&app, &visitor, why),
    };
    let previewed = match Previewed::of(&app, &visitor, file).await {
        Ok(previewed) => previewed,
        Err(why) => return refused(&app, &visitor, why),
    };
    previewed.page(&app, &visitor, "", false)
}

/// All of what was previewed, or nothing.
pub async fn publish(app: Data<Arc<App>>, visitor: Visitor, body: Bytes) -> Result<HttpResponse, Problem> {
    let visitor = allowed(visitor)?;
    let fields: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let Some(file) = unpacked(field("file")) else {
        return refused(&app, &visitor, "The page did not carry the file whole: choose it again".to_owned());
    };
    let (checked, confirms) = (!field("personal_ok").is_empty(), !field("confirm").is_empty());
    let previewed = match Previewed::of(&app, &visitor, file).await {
        Ok(previewed) => previewed,
        Err(why) => return refused(&app, &visitor, why),
    };
    let plan = &previewed.plan;
    if plan.updates.is_empty() && plan.mistakes.is_empty() && !confirms {
        return see_other("/update/bulk?published=0");
    }
    const CHANGED: &str = "Nothing was published: figures of these services have changed since the preview. \
         Here is what the file would do now.";
    if previewed.versions() != field("versions") {
        return previewed.page(&app, &visitor, CHANGED, checked);
    }
    if !plan.mistakes.is_empty() || (previewed.warns() && !checked) {
        return previewed.page(&app, &visitor, "", checked);
    }
    let new = plan.updates.len();
    let (updated, confirmed) = previewed.tellings(&visitor, confirms);
    match update_capacity::run_all(&app.db, &app.clock, updated, confirmed).await {
        Ok(told) => {
            let last = told.iter().map(|told| told.seq).max().unwrap_or_default();
            telling::shown(&app, last).await;
            see_other(&format!("/update/bulk?published={new}&confirmed={}", told.len() - new))
        }
        Err(Refused::Stale(_)) => {
            // The board may not have it yet: what is shown comes with the next preview.
            refused(&app, &visitor, "Nothing was published: figures of these services have changed just now".to_owned())
        }
        Err(other) => Err(other.into()),
    }
}

/// A file with what it would do just now.
struct Previewed {
    file: Vec<u8>,
    plan: Plan,
}

impl Previewed {
    async fn of(app: &Data<Arc<App>>, visitor: &Visitor, file: Vec<u8>) -> Result<Self, String> {
        if is_archive(&file) {
            return Err("This file is compressed: unpack it, then choose the CSV file in it".to_owned());
        }
        let (snapshot, actor, today) = (app.board.current(), visitor.actor.clone(), telling::today(app));
        let read = web::block(move || {
            let source = Source::of_bytes("The file", file.clone()).map_err(|why| why.to_string())?;
            let read = CapacityFile::read(source, None).map_err(|why| why.to_string())?;
            let own = |id: &CareServiceId| snapshot.get(id).filter(|service| actor.may_update(service)).cloned();
            let known: HashMap<CareServiceId, CareService> =
                read.ids().filter_map(|id| Some((id.clone(), CareService::clone(&*own(id)?)))).collect();
            Ok(Self { plan: read.plan(&known, today), file })
        });
        read.await.unwrap_or_else(|_| Err("The server is stopping: try again in a moment".to_owned()))
    }

    /// The figures that the file was compared with: what was looked at is what may be published.
    fn versions(&self) -> String {
        let versions: BTreeMap<&str, i64> =
            self.plan.updates.iter().map(|planned| (planned.id.as_str(), planned.version)).collect();
        let pairs: Vec<String> = versions.into_iter().map(|(id, version)| format!("{id}={version}")).collect();
        secret::hash(pairs.join("\n").as_bytes())
    }

    fn warns(&self) -> bool {
        self.plan.updates.iter().any(|planned| !planned.warnings.is_empty())
    }

    /// What it tells that is new, and what it says is still right if that is meant.
    fn tellings(self, visitor: &Visitor, confirms: bool) -> (Vec<(Telling, CapacityUpdate)>, Vec<Telling>) {
        let telling = |id, version| Telling {
            actor: visitor.actor.clone(),
            id,
            source: words::Source::Csv,
            condition: Condition::version(version),
        };
        let updates = self.plan.updates.into_iter();
        let updated = updates.map(|planned| (telling(planned.id, planned.version), planned.update)).collect();
        let unchanged = self.plan.unchanged.into_iter().filter(|_| confirms);
        (updated, unchanged.map(|(id, version)| telling(id, version)).collect())
    }

    fn page(&self, app: &App, visitor: &Visitor, said: &str, checked: bool) -> Result<HttpResponse, Problem> {
        let plan = &self.plan;
        let changes = plan.updates.iter().map(|planned| {
            context! {
                id => planned.id.as_str(),
                name => planned.name.as_str(),
                changes => Value::from(Serde(&planned.changes)),
                warnings => Value::from(Serde(&planned.warnings)),
            }
        });
        let mistakes = plan.mistakes.iter().map(|mistake| Row {
            line: mistake.line,
            column: mistake.column.as_deref().unwrap_or_default(),
            detail: &mistake.detail,
        });
        let is_good = plan.mistakes.is_empty();
        let own = context! {
            said => said,
            rows_read => plan.rows_read,
            unchanged => plan.unchanged.len(),
            changes => Value::from_iter(changes),
            mistakes => Value::from(Serde(&mistakes.collect::<Vec<_>>())),
            warns => self.warns(),
            checked => checked,
            file => if is_good { packed(&self.file)? } else { String::new() },
            versions => self.versions(),
        };
        let status = match (is_good, said.is_empty()) {
            (false, _) => StatusCode::UNPROCESSABLE_ENTITY,
            (true, false) => StatusCode::PRECONDITION_FAILED,
            (true, true) => StatusCode::OK,
        };
        page_with(status, app, visitor, "update_bulk_preview.html", own)
    }
}

/// A mistake, for the page.
#[derive(Serialize)]
struct Row<'a> {
    line: u64,
    column: &'a str,
    detail: &'a str,
}

fn allowed(visitor: Visitor) -> Result<Visitor, Problem> {
    let visitor = visitor.known()?;
    if visitor.actor.may_update_some() { Ok(visitor) } else { Err(Problem::not_allowed()) }
}

fn page_of(
    app: &App,
    visitor: &Visitor,
    status: StatusCode,
    errors: &[FieldError],
    own: Value,
) -> Result<HttpResponse, Problem> {
    let always = context! { errors => Value::from(Serde(errors)) };
    page_with(status, app, visitor, "update_bulk.html", context! { ..own, ..always })
}

fn refused(app: &App, visitor: &Visitor, why: String) -> Result<HttpResponse, Problem> {
    let errors = [FieldError::new("file", why)];
    page_of(app, visitor, StatusCode::UNPROCESSABLE_ENTITY, &errors, context! {})
}

/// The file that was chosen, or what was pasted in its place.
async fn uploaded(mut upload: Multipart) -> Result<Vec<u8>, String> {
    let cut_off = |_: MultipartError| "The file did not arrive whole: choose it again".to_owned();
    let (mut file, mut pasted) = (Vec::new(), Vec::new());
    while let Some(mut field) = upload.try_next().await.map_err(cut_off)? {
        let mut ignored = Vec::new();
        let into = match field.name() {
            Some("file") => &mut file,
            Some("pasted") => &mut pasted,
            _ => &mut ignored,
        };
        while let Some(part) = field.try_next().await.map_err(cut_off)? {
            if into.len() + part.len() > LARGEST_FILE {
                let most = LARGEST_FILE >> 20;
                return Err(format!("The file is larger than {most} MB, the most that is taken at once: part it"));
            }
            into.extend_from_slice(&part);
        }
    }
    let chosen = if file.is_empty() { pasted } else { file };
    if chosen.iter().all(u8::is_ascii_whitespace) {
        return Err("Choose a file, or paste its lines".to_owned());
    }
    Ok(chosen)
}

/// The file as the preview carries it.
fn packed(file: &[u8]) -> Result<String, Problem> {
    let small = zstd::encode_all(file, COMPRESSION).map_err(|e| Problem::broken(&e))?;
    Ok(URL_SAFE_NO_PAD.encode(small))
}

/// And back, never more than could have been uploaded.
fn unpacked(text: &str) -> Option<Vec<u8>> {
    let small = URL_SAFE_NO_PAD.decode(text).ok().filter(|small| !small.is_empty())?;
    let mut file = Vec::new();
    let mut reader = zstd::stream::read::Decoder::new(small.as_slice()).ok()?.take(LARGEST_FILE as u64 + 1);
    reader.read_to_end(&mut file).ok()?;
    (file.len() <= LARGEST_FILE).then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_travels_in_the_page_and_what_unpacks_to_too_much_does_not() {
        let file = b"service_id,bed_type\n1-1,\xe9\n".repeat(100);
        assert_eq!(unpacked(&packed(&file).unwrap()), Some(file));
        assert_eq!(unpacked(&packed(&vec![b'x'; LARGEST_FILE + 1]).unwrap()), None);
        for rubbish in ["", "!", "AAAA"] {
            assert_eq!(unpacked(rubbish), None, "{rubbish}");
        }
    }
}
