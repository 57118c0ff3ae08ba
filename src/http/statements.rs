//! What a public service owes its readers: who runs it, the accessibility statement, the privacy notice,
//! the list of cookies, and a page for when there is no connection. Their words are in the templates.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Data;
use minijinja::context;

use crate::app::App;
use crate::http::languages;
use crate::http::page::page;
use crate::http::problem::Problem;
use crate::http::sign_in::{ASKING_COOKIE, cookie_name};
use crate::http::sign_in_single;
use crate::http::visitor::{Visitor, session_cookie_name, shortlist_cookie_name};
use crate::ops::ceremony;
use crate::ops::sign_in::GOOD_FOR;

pub async fn contact(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    page(&app, &visitor, "contact.html", context! {})
}

/// Kept by the service worker, so it is the same for everybody, whoever asks.
pub async fn offline(app: Data<Arc<App>>) -> Result<HttpResponse, Problem> {
    page(&app, &Visitor::public(), "offline.html", context! {})
}

pub async fn accessibility(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    page(&app, &visitor, "accessibility.html", context! {})
}

pub async fn privacy(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    page(&app, &visitor, "privacy.html", context! {})
}

pub async fn cookies(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let session = context! {
        name => session_cookie_name(app.config.is_https()),
        purpose => "Keeps you signed in. Set only when you sign in.",
        until => "you sign out; it ends by itself after 12 hours without use (30 days for managers who ticked “Keep me signed in for 30 days”)",
    };
    let asked = context! {
        name => cookie_name(&app, ASKING_COOKIE),
        purpose => "Knows the browser in which you asked for a sign-in link, so that the link signs in no other.",
        until => format!("{} minutes after you asked", GOOD_FOR.num_minutes()),
    };
    let sent_away = context! {
        name => cookie_name(&app, sign_in_single::COOKIE),
        purpose => "Knows the browser again that went to a council's own sign-on. Set only on the way there.",
        until => format!("{} minutes after you went", ceremony::GOOD_FOR.num_minutes()),
    };
    let shortlist = context! {
        name => shortlist_cookie_name(app.config.is_https()),
        purpose => "Keeps the services that you chose to compare. Set only when you press “Add to shortlist”.",
        until => "you close the browser",
    };
    let language = context! {
        name => languages::cookie_name(app.config.is_https()),
        purpose => "Keeps the language that you chose. Set only when you choose one.",
        until => "a year later",
    };
    let mut cookies = vec![session, asked, shortlist];
    cookies.extend(app.templates.has_languages().then_some(language));
    cookies.extend(app.config.oidc.is_some().then_some(sent_away));
    page(&app, &visitor, "cookies.html", context! { cookies => cookies })
}
