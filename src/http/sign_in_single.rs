//! A council's single sign-on: sending a browser there, and taking it back. Whether what comes back is
//! genuine is decided in `identity/oidc.rs`; whatever is wrong with it signs nobody in and gets a page.

use std::sync::Arc;

use actix_web::cookie::time::Duration as CookieAge;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use serde::Deserialize;
use tracing::warn;

use crate::app::App;
use crate::base::secret::Secret;
use crate::http::limits::SignInLimit;
use crate::http::page::{page_with, see_other};
use crate::http::problem::Problem;
use crate::http::sign_in::{Onward, cookie, cookie_name, keep, new_session, safe_onward, signed_in};
use crate::http::visitor::{self, Visitor};
use crate::identity::oidc::{SingleSignOn, Trouble};
use crate::ops::ceremony::{self, Kind};
use crate::ops::{Refused, sign_in_single};

/// Knows the browser again that was sent away.
pub const COOKIE: &str = "__Host-berth-sso";

pub async fn begin(
    app: Data<Arc<App>>,
    limit: Data<SignInLimit>,
    visitor: Visitor,
    request: HttpRequest,
    onward: Query<Onward>,
) -> Result<HttpResponse, Problem> {
    limit.check(&app, &request)?;
    let state = Secret::fresh();
    let begun = match provider(&app)?.begin(&app.clock, &state, &safe_onward(onward.next.as_deref())).await {
        Ok(begun) => begun,
        Err(trouble) => return not_signed_in(&app, &visitor, Why::of(&trouble)),
    };
    // A second tab goes on with the cookie of the first.
    let name = cookie_name(&app, COOKIE);
    let browser = visitor::cookie(request.headers(), name).map_or_else(Secret::fresh, Secret::from_text);
    ceremony::begin(&app.db, &app.clock, Kind::SingleSignOn, &state, browser.hash(), begun.state).await?;
    let mut answer = see_other(begun.address.as_str())?;
    keep(&mut answer, &cookie(&app, name, &browser, CookieAge::minutes(ceremony::GOOD_FOR.num_minutes())))?;
    Ok(answer)
}

/// What the provider sends a browser back with.
#[derive(Deserialize)]
pub struct Back {
    code: Option<String>,
    #[serde(default)]
    state: String,
    error: Option<String>,
    /// RFC 9207: who it is that sends it back.
    iss: Option<String>,
}

pub async fn back(
    app: Data<Arc<App>>,
    limit: Data<SignInLimit>,
    visitor: Visitor,
    request: HttpRequest,
    back: Query<Back>,
) -> Result<HttpResponse, Problem> {
    limit.check(&app, &request)?;
    match prove(&app, &visitor, &request, back.into_inner()).await? {
        Ok((session, onward)) => signed_in(&app, &session, &onward),
        Err(why) => not_signed_in(&app, &visitor, why),
    }
}

async fn prove(
    app: &App,
    visitor: &Visitor,
    request: &HttpRequest,
    back: Back,
) -> Result<Result<(Secret, String), Why>, Problem> {
    let provider = provider(app)?;
    let Some(browser) = visitor::cookie(request.headers(), cookie_name(app, COOKIE)).map(Secret::from_text) else {
        return Ok(Err(Why::NoCookie));
    };
    let state = Secret::from_text(back.state);
    let kept = match ceremony::take(&app.db, &app.clock, Kind::SingleSignOn, &state, browser.hash()).await {
        Err(Refused::Ended) => return Ok(Err(Why::Ended)),
        other => other?,
    };
    if back.iss.is_some_and(|issuer| !provider.is(&issuer)) {
        return Ok(Err(Why::Unproven));
    }
    let (None, Some(code)) = (&back.error, back.code) else {
        warn!("the single sign-on signed nobody in: {}", back.error.as_deref().unwrap_or("it sent no code"));
        return Ok(Err(Why::Refused));
    };
    let (vouched, onward) = match provider.finish(&app.clock, &kept, code).await {
        Ok(vouched) => vouched,
        Err(trouble) => return Ok(Err(Why::of(&trouble))),
    };
    let new = new_session(app, request, visitor, false);
    match sign_in_single::run(&app.db, &app.clock, vouched, new).await {
        Err(Refused::NotAllowed) => Ok(Err(Why::Unknown)),
        other => Ok(Ok((other?, onward))),
    }
}

fn provider(app: &App) -> Result<&SingleSignOn, Problem> {
    app.single_sign_on.as_ref().ok_or_else(Problem::not_found)
}

/// Why nobody was signed in, as people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Away,
    Unproven,
    Refused,
    Ended,
    NoCookie,
    Unknown,
}

impl Why {
    fn of(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::Away(why) => {
                warn!("the single sign-on cannot be used: {why}");
                Self::Away
            }
            Trouble::Unproven(why) => {
                warn!("the single sign-on did not prove who somebody is: {why}");
                Self::Unproven
            }
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Away => StatusCode::SERVICE_UNAVAILABLE,
            Self::Ended => StatusCode::GONE,
            Self::Unproven | Self::Refused | Self::NoCookie | Self::Unknown => StatusCode::FORBIDDEN,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Away => "away",
            Self::Unproven => "unproven",
            Self::Refused => "refused",
            Self::Ended => "ended",
            Self::NoCookie => "no_cookie",
            Self::Unknown => "unknown",
        }
    }
}

fn not_signed_in(app: &App, visitor: &Visitor, why: Why) -> Result<HttpResponse, Problem> {
    let name = app.config.oidc.as_ref().map_or("", |oidc| oidc.name.as_str());
    page_with(why.status(), app, visitor, "sign_in_single.html", context! { why => why.word(), sign_on => name })
}
