//! Where the server tells what happens: its log on stderr, as text or JSON, and traces to a collector
//! where one is set. What is told is decided where it happens.

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

use crate::base::traces::{REQUEST, Traces, WITHIN};
use crate::config::Config;

/// Begins to tell. What is given is to be ended with the server.
pub fn start(config: &Config) -> Result<Option<Traces>, String> {
    let level = &config.log_level;
    let requests = if config.log_requests { "info" } else { "off" };
    let heard = EnvFilter::new(format!("{level},actix_server=warn,{REQUEST}={requests},{WITHIN}=off"));
    let log = fmt::layer().with_writer(std::io::stderr);
    let log = if config.log_json { log.json().boxed() } else { log.boxed() };
    let traces = config.trace_endpoint.as_deref().map(Traces::to).transpose()?;
    registry().with(log.with_filter(heard)).with(traces.as_ref().map(Traces::layer)).init();
    Ok(traces)
}
