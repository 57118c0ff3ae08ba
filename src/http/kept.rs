//! What somebody sent when their session had ended: carried through the sign-in pages in the pages
//! themselves, to be sent again afterwards. The server stores nothing of it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use minijinja::context;
use minijinja::value::{Serde, Value};
use url::form_urlencoded;

use crate::app::App;
use crate::http::forms;
use crate::http::problem::Problem;
use crate::http::sign_in::Asking;
use crate::http::visitor::Visitor;

/// Only forms of these pages are worth it: others are quickly filled in again.
const PAGES: [&str; 2] = ["/update/", "/services/"];

/// A form as it was sent.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Where it was sent to.
    action: String,
    /// URL-encoded, as it was sent.
    body: String,
}

impl Kept {
    /// `None` for what is no form of a page that keeps its forms.
    pub fn new(action: &str, body: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
        let right =
            PAGES.iter().any(|page| action.starts_with(page)) && !action.contains("..") && action.chars().all(plain);
        (right && !body.is_empty()).then(|| Self { action: action.to_owned(), body: body.to_owned() })
    }

    /// The page to which its form belongs.
    fn page(&self) -> &str {
        self.action.strip_suffix("/confirm").unwrap_or(&self.action)
    }

    /// For the templates: as one field to be carried on, and as the fields to be sent again, but for
    /// the token of the session that has ended.
    pub fn shown(&self) -> Value {
        let fields: Vec<(String, String)> = form_urlencoded::parse(self.body.as_bytes())
            .into_owned()
            .filter(|(name, _)| name != forms::FIELD)
            .collect();
        context! { action => self.action.as_str(), body => self.body.as_str(), fields => Value::from(Serde(&fields)) }
    }
}

/// The sign-in page for a form that came without a session.
pub fn sign_in_first(app: &App, visitor: &Visitor, path: &str, body: &[u8]) -> Result<HttpResponse, Problem> {
    let body = String::from_utf8_lossy(body);
    let kept = Kept::new(path, &body).ok_or_else(Problem::not_signed_in)?;
    let asking = Asking { next: kept.page().to_owned(), kept: Some(kept.shown()), ..Asking::default() };
    asking.page(StatusCode::UNAUTHORIZED, app, visitor)
}
