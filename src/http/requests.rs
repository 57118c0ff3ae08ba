//! Every request that is answered: counted by its route, its status and its time, told to the log and to
//! traces where they are wanted. An address is never kept, since it may hold a link's secret or somebody's
//! search; only its route is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use tracing::field::Empty;
use tracing::{Instrument, Span, info, info_span};

use crate::base::clock::stopwatch;
use crate::base::exposition::{Exposition, Kind};
use crate::base::measure::{Counter, Histogram};
use crate::base::secret;
use crate::base::traces::{self, REQUEST};

/// From what comes out of memory to what a person no longer waits for.
const SECONDS: &[f64] = &[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "other"];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// What is asked for at addresses that are no route of ours.
const NO_ROUTE: &str = "none";

/// The number of a request: in its answer, in the log, and in the trace. Taken over from a proxy that gave one.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST_ID: usize = 64;

/// The requests of this process, whichever worker answered.
#[derive(Debug)]
pub struct Requests {
    /// Begins the numbers of this process, so that no other's are the same.
    mark: String,
    numbered: AtomicU64,
    under_way: AtomicI64,
    /// As many as there are routes: what somebody asks for beside them is counted as one.
    routes: RwLock<HashMap<String, Arc<Route>>>,
}

#[derive(Debug)]
struct Route {
    answered: [[Counter; CLASSES.len()]; METHODS.len()],
    took: Histogram,
}

impl Default for Requests {
    fn default() -> Self {
        let mark = secret::hash(&secret::bytes::<16>()).chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        Self { mark, numbered: AtomicU64::new(0), under_way: AtomicI64::new(0), routes: RwLock::default() }
    }
}

impl Requests {
    /// The number that came with a request, or a new one.
    fn number(&self, came: Option<&HeaderValue>) -> String {
        let is_sound = |id: &&str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
            (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(plain)
        };
        let came = came.and_then(|value| value.to_str().ok()).filter(is_sound);
        let fresh = || format!("{}-{}", self.mark, self.numbered.fetch_add(1, Ordering::Relaxed));
        came.map_or_else(fresh, str::to_owned)
    }

    fn answered(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        let route = self.route(route);
        let method = METHODS.iter().position(|known| *known == method.as_str()).unwrap_or(METHODS.len() - 1);
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1;
        route.answered[method][class].one();
        route.took.seconds(took);
    }

    fn route(&self, name: &str) -> Arc<Route> {
        if let Some(known) = self.routes.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Arc::clone(known);
        }
        let fresh = || Arc::new(Route { answered: Default::default(), took: Histogram::new(SECONDS) });
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(routes.entry(name.to_owned()).or_insert_with(fresh))
    }

    pub fn tell(&self, all: &mut Exposition) {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        let mut routes: Vec<_> = routes.iter().collect();
        routes.sort_unstable_by_key(|(name, _)| *name);
        let mut requests =
            all.metric("berth_http_requests_total", Kind::Counter, "Requests answered, by route and class of status.");
        for (name, route) in &routes {
            for (method, classes) in METHODS.iter().zip(&route.answered) {
                for (class, count) in CLASSES.iter().zip(classes).filter(|(_, count)| count.get() > 0) {
                    requests.counts(&[("route", name), ("method", method), ("status", class)], count.get());
                }
            }
        }
        let mut took =
            all.metric("berth_http_request_seconds", Kind::Histogram, "From a request to its answer's head.");
        for (name, route) in &routes {
            took.spreads(&[("route", name)], &route.took.read());
        }
        let under_way = self.under_way.load(Ordering::Relaxed);
        all.metric("berth_http_requests_in_progress", Kind::Gauge, "Requests not answered yet.")
            .is(&[], under_way as f64);
    }
}

/// Counts a request as under way until it is dropped, answered or not.
struct UnderWay<'a>(&'a AtomicI64);

impl<'a> UnderWay<'a> {
    fn begin(count: &'a AtomicI64) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Around everything else, so that what others refuse counts too.
pub async fn count<B: MessageBody + 'static>(
    requests: Data<Requests>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let begun = stopwatch();
    let _under_way = UnderWay::begin(&requests.under_way);
    let route = request.match_pattern();
    let route = route.as_deref().unwrap_or(NO_ROUTE);
    let method = request.method().clone();
    let id = requests.number(request.headers().get(&REQUEST_ID));
    let span = begin(&request, route, &id);
    let mut answer = next.call(request).instrument(span.clone()).await;
    let status = answer.as_ref().map_or_else(|error| error.as_response_error().status_code(), ServiceResponse::status);
    let took = begun.elapsed();
    requests.answered(route, &method, status, took);
    end(&span, &method, route, &id, status, took);
    if let (Ok(answer), Ok(id)) = (&mut answer, HeaderValue::try_from(id)) {
        answer.headers_mut().insert(REQUEST_ID, id);
    }
    answer
}

/// The request as a span, named as OpenTelemetry names requests.
fn begin(request: &ServiceRequest, route: &str, id: &str) -> Span {
    let method = request.method().as_str();
    let span = info_span!(
        target: REQUEST,
        "request",
        id,
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
    );
    if !span.is_none() {
        traces::go_on(&span, &|name| Some(request.headers().get(name)?.to_str().ok()?.to_owned()));
    }
    span
}

fn end(span: &Span, method: &Method, route: &str, id: &str, status: StatusCode, took: Duration) {
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    let (status, ms) = (status.as_u16(), took.as_micros() as f64 / 1000.0);
    info!(target: REQUEST, id, method = %method, route, status, ms, "{method} {route} {status}");
}
