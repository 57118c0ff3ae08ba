//! Browsers that take notifications: our key for them, and their subscriptions.
//! What is sent, and when, is the jobs' business.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::app::App;
use crate::domain::invalid::{Invalid, Mistakes};
use crate::http::api_services::{self, answer};
use crate::http::problem::Problem;
use crate::http::visitor::{self, Visitor};
use crate::notify::push::Target;
use crate::ops::subscribe_device::{self, Subscription};

pub async fn key(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    answer(&visitor.actor, &json!({ "key": app.pusher.public_key() }))
}

/// Keeps what the browser's `PushSubscription` says of itself.
pub async fn subscribe(
    app: Data<Arc<App>>,
    visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let target = read(&api_services::json(&body)?).map_err(|invalid| Problem::unprocessable(&invalid))?;
    if let Err(why) = app.pusher.check(&target).await {
        return Err(Problem::unprocessable(&Invalid::one("/endpoint", "not_usable", why)));
    }
    let subscription = Subscription {
        endpoint: target.endpoint,
        p256dh: target.p256dh,
        auth: target.auth,
        device: visitor::device(&request),
    };
    let id = subscribe_device::run(&app.db, &app.clock, visitor.actor.clone(), subscription).await?;
    let mut made = answer(&visitor.actor, &json!({ "id": id.as_str() }))?;
    *made.status_mut() = StatusCode::CREATED;
    Ok(made)
}

/// Forgets a browser, named by its endpoint.
pub async fn forget(app: Data<Arc<App>>, visitor: Visitor, body: Bytes) -> Result<HttpResponse, Problem> {
    subscribe_device::forget(&app.db, &app.clock, visitor.actor, endpoint(&body)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sends a browser, named by its endpoint, a test.
pub async fn test(app: Data<Arc<App>>, body: Bytes) -> Result<HttpResponse, Problem> {
    subscribe_device::test_endpoint(&app.db, &app.clock, endpoint(&body)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn endpoint(body: &Bytes) -> Result<String, Problem> {
    let body = api_services::json(body)?;
    let endpoint = body.get("endpoint").and_then(Value::as_str).map(str::to_owned);
    endpoint.ok_or_else(|| {
        Problem::unprocessable(&Invalid::one("/endpoint", "required", "Say which: { \"endpoint\": … }."))
    })
}

fn read(body: &Value) -> Result<Target, Invalid> {
    let mut mistakes = Mistakes::default();
    let mut text = |pointer: &str| {
        let found = body.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty() && text.len() <= 2000);
        if found.is_none() {
            mistakes.add(pointer, "required", "Send the browser's own PushSubscription as JSON.");
        }
        found.unwrap_or_default().to_owned()
    };
    let target = Target { endpoint: text("/endpoint"), p256dh: text("/keys/p256dh"), auth: text("/keys/auth") };
    mistakes.or(target)
}
