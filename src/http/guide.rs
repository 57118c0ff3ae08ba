//! The guides on the web: a page about both, a page about each with its filter, and the files
//! themselves. What stands in them is made in `guide/`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG, IF_NONE_MATCH,
};
use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::Value;
use url::form_urlencoded;

use crate::app::App;
use crate::base::text;
use crate::domain::filter::Filter;
use crate::domain::words::GuideKind;
use crate::guide::html::style_source;
use crate::guide::workshop::{Asked, File, Format};
use crate::http::filter_form::{self, address};
use crate::http::filtering;
use crate::http::guide_for::Typed;
use crate::http::page::{page, page_with};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;

/// The key of the page after a guide was sent.
const SENT: &str = "sent";

pub async fn both(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let guide =
        |kind: &GuideKind| Ok(context! { kind => kind.word(), files => files(&app, *kind, &Filter::default())? });
    let guides = GuideKind::ALL.iter().map(guide).collect::<Result<Vec<Value>, Problem>>()?;
    page(&app, &visitor, "guides.html", context! { guides })
}

/// `residential` is the page about a guide, `residential.pdf` and the like are its files.
pub async fn one(
    app: Data<Arc<App>>,
    visitor: Visitor,
    name: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    for kind in GuideKind::ALL.iter().copied() {
        match name.strip_prefix(kind.word()) {
            Some("") => {
                let own = Typed::default().shown(&[]);
                return about(&app, &visitor, kind, request.query_string(), (StatusCode::OK, own)).await;
            }
            Some(rest) => {
                let format = Format::ALL.into_iter().find(|format| rest.strip_prefix('.') == Some(format.ending()));
                if let Some(format) = format {
                    return file(&app, kind, format, &request).await;
                }
            }
            None => {}
        }
    }
    Err(Problem::not_found())
}

/// The page about a guide, with the form for one reader as it is or as it was typed.
pub async fn about(
    app: &Data<Arc<App>>,
    visitor: &Visitor,
    kind: GuideKind,
    query: &str,
    (status, for_you): (StatusCode, Value),
) -> Result<HttpResponse, Problem> {
    let path = format!("/guides/{kind}");
    let asked = filter_form::read(app, query, &[SENT]).await?;
    let form = asked.context(&app.board.current(), &path);
    let sent = form_urlencoded::parse(query.as_bytes()).any(|(key, _)| key == SENT);
    let about = context! { kind => kind.word(), path => path.as_str(), sent => sent, ..for_you };
    let Ok(filter) = &asked.filter else {
        let own = context! { ..about, ..form };
        return page_with(StatusCode::BAD_REQUEST, app, visitor, "guide.html", own);
    };
    let guide = make(app, Asked { kind, format: Format::Html, filter: filter.clone() }).await?;
    let query = filter.query();
    let to_read = address(&format!("{path}.html"), &query);
    let chapters =
        guide.chapters.iter().map(|(title, anchor)| context! { title, href => format!("{to_read}#{anchor}") });
    let own = context! {
        link => app.config.link(address(&path, &query).trim_start_matches('/')),
        summary => guide.summary.as_str(),
        made_at => guide.made_at.to_string(),
        chapters => Value::from_iter(chapters),
        index => format!("{to_read}#index"),
        to_read,
        files => files(app, kind, filter)?,
    };
    page_with(status, app, visitor, "guide.html", context! { ..own, ..about, ..form })
}

async fn file(
    app: &Data<Arc<App>>,
    kind: GuideKind,
    format: Format,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    let filter = filtering::from_query(app, request.query_string(), &[]).await?;
    let guide = make(app, Asked { kind, format, filter }).await?;
    let tag = format!("\"{}\"", guide.tag);
    let known = request.headers().get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).unwrap_or_default();
    let is_known = known.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag);
    let status = if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let mut answer = HttpResponse::build(status);
    answer.insert_header((ETAG, tag)).insert_header((CACHE_CONTROL, "no-cache"));
    if is_known {
        return Ok(answer.finish());
    }
    match format {
        Format::Pdf | Format::LargePrintPdf => {
            let day = app.config.timezone.day(guide.made_at);
            let disposition = format!("inline; filename=\"guide-{kind}-{day}.{}\"", format.ending());
            // A PDF is compressed within; doing it again costs time and gains nothing.
            answer.insert_header((CONTENT_DISPOSITION, disposition)).insert_header((CONTENT_ENCODING, "identity"));
        }
        Format::Html | Format::EasyRead => {
            answer.insert_header((CONTENT_SECURITY_POLICY, policy(app)));
        }
        Format::Text => {}
    }
    Ok(answer.content_type(format.media_type()).body(guide.bytes.clone()))
}

/// What the page of a guide may do: show itself with its own style.
pub fn policy(app: &App) -> String {
    format!(
        "default-src 'self'; style-src {}; base-uri 'self'; form-action 'self'; object-src 'none'; \
         frame-ancestors 'none'",
        style_source(app.config.site_colour)
    )
}

/// Makes the guide away from the threads that answer requests.
async fn make(app: &Data<Arc<App>>, asked: Asked) -> Result<Arc<File>, Problem> {
    let app = app.clone();
    let made = web::block(move || app.guides.make(asked, &app.board.current(), app.moment())).await;
    Ok(made.map_err(|gone| Problem::broken(&gone))??)
}

/// The files of a guide, each with its size if it is known already; Easy Read where somebody has written it.
fn files(app: &App, kind: GuideKind, filter: &Filter) -> Result<Value, Problem> {
    let file = |format: Format| {
        let asked = Asked { kind, format, filter: filter.clone() };
        let size = app.guides.size(&asked).map(text::megabytes);
        let href = address(&format!("/guides/{kind}.{}", format.ending()), &filter.query());
        context! { href, text => format.label(), size => size.unwrap_or_default() }
    };
    let easy = Asked { kind, format: Format::EasyRead, filter: filter.clone() };
    let has_easy_read = app.guides.has_easy_read(&easy, &app.board.current())?;
    let formats = [Format::Pdf, Format::LargePrintPdf, Format::Text].into_iter();
    Ok(formats.chain(has_easy_read.then_some(Format::EasyRead)).map(file).collect())
}
