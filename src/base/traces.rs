//! Traces for OpenTelemetry: spans go to a collector from a thread of their own, so that a collector that is
//! slow or away costs nobody anything but its own spans. The only file that names its libraries. Which
//! spans there are is said where they begin; an address, a name or a search is in none of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TracerProvider;
use opentelemetry::{Key, Value};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;
use tracing::{Level, Span, info, info_span, warn};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

/// A request that is answered: for the log too, where it tells of requests.
pub const REQUEST: &str = "berth::request";
/// What a request waits for: for traces alone.
pub const WITHIN: &str = "berth::within";

/// A collector that does not answer in this time has lost what it was sent.
const PATIENCE: Duration = Duration::from_secs(10);
/// At the end, what has not been sent gets so long.
const PATIENCE_AT_THE_END: Duration = Duration::from_secs(3);

/// Spans on their way to a collector.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// To the collector at this address. How many are sampled, and with which headers they travel, the
    /// library reads from its own variables (`OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS` and others).
    pub fn to(collector: &str) -> Result<Self, String> {
        let client = reqwest::Client::builder().timeout(PATIENCE).build().map_err(|e| e.to_string())?;
        let sender = Sender { client, runtime: Handle::current(), is_failing: AtomicBool::new(false) };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(sender)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", collector.trim_end_matches('/')))
            .with_timeout(PATIENCE)
            .build()
            .map_err(|e| format!("traces cannot be sent to {collector}: {e}"))?;
        // The library's own name for who has none is `unknown_service`.
        let named = |name: Value| !name.as_str().starts_with("unknown_service");
        let is_named = Resource::builder().build().get(&Key::from_static_str("service.name")).is_some_and(named);
        let resource = Resource::builder();
        let resource = if is_named { resource } else { resource.with_service_name("berth") }.build();
        Ok(Self(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build()))
    }

    /// What hears the spans.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let ours = Targets::new().with_target(REQUEST, Level::INFO).with_target(WITHIN, Level::INFO);
        OpenTelemetryLayer::new(self.0.tracer("berth"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_level(false)
            .with_tracked_inactivity(false)
            .with_filter(ours)
    }

    /// Sends what is still here, but not for long.
    pub async fn end(self) {
        let ended = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(PATIENCE_AT_THE_END)).await;
        if !matches!(ended, Ok(Ok(()))) {
            warn!("the last traces could not be sent");
        }
    }
}

/// A span within the current one, where there is one and somebody hears it.
pub fn within(name: &'static str) -> Span {
    if !tracing::enabled!(target: WITHIN, Level::INFO) || Span::current().is_none() {
        return Span::none();
    }
    info_span!(target: WITHIN, "within", otel.name = name)
}

/// Says in which trace a span belongs, by the `traceparent` and `tracestate` that came with a request
/// (W3C Trace Context). What cannot be read begins a trace of its own.
pub fn go_on(span: &Span, header: &dyn Fn(&str) -> Option<String>) {
    const NAMES: [&str; 2] = ["traceparent", "tracestate"];
    let came = NAMES.map(|name| header(name).unwrap_or_default());
    if !came[0].is_empty() {
        // Refused only where nobody hears the span.
        drop(span.set_parent(TraceContextPropagator::new().extract(&Came(NAMES, came))));
    }
}

struct Came([&'static str; 2], [String; 2]);

impl Extractor for Came {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().position(|name| *name == key).map(|at| self.1[at].as_str())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.to_vec()
    }
}

/// Sends through the HTTP client that everything else here uses, on the runtime of the server.
#[derive(Debug)]
struct Sender {
    client: reqwest::Client,
    runtime: Handle,
    is_failing: AtomicBool,
}

impl Sender {
    fn said_ill(&self, why: &dyn std::fmt::Display) {
        if !self.is_failing.swap(true, Ordering::Relaxed) {
            warn!("traces cannot be sent, and those of this time are lost: {why}");
        }
    }

    fn said_well(&self) {
        if self.is_failing.swap(false, Ordering::Relaxed) {
            info!("traces are sent again");
        }
    }
}

impl HttpClient for Sender {
    fn send_bytes<'a, 'b>(&'a self, request: Request<Bytes>) -> BoxFuture<'b, Result<Response<Bytes>, HttpError>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let sent = self.runtime.spawn(send(self.client.clone(), request)).await?;
            match &sent {
                Ok(answer) if answer.status().is_success() => self.said_well(),
                Ok(answer) => self.said_ill(&answer.status()),
                Err(error) => self.said_ill(error),
            }
            sent
        })
    }
}

async fn send(client: reqwest::Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let mut came = client.execute(request.try_into()?).await.map_err(reqwest::Error::without_url)?;
    let mut answer = Response::builder().status(came.status());
    if let Some(headers) = answer.headers_mut() {
        std::mem::swap(headers, came.headers_mut());
    }
    Ok(answer.body(came.bytes().await?)?)
}
