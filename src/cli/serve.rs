//! `berth serve`: the server with everything that runs beside it, until it is told to stop.

use std::net::TcpListener;

use anyhow::{Context as _, anyhow};
use tracing::info;

use crate::app::App;
use crate::cli::Context;
use crate::http::server;

/// Runs the server: pages, API, live stream and background jobs
#[derive(clap::Args)]
pub struct Serve {
    /// A fictional county that keeps changing, in a data folder of its own
    #[arg(long)]
    pub demo: bool,
}

impl Serve {
    pub async fn run(self, context: Context) -> anyhow::Result<()> {
        start_log(&context);
        let listen = context.config.listen.clone();
        let listener = TcpListener::bind(&listen).map_err(|e| in_use(&listen, &e))?;
        let (app, opened) = App::open(context.config, context.clock, self.demo).map_err(|e| anyhow!("{e}"))?;
        if let Some(copy) = &opened.copy {
            info!("a copy of the data was made before the schema changed: {}", copy.display());
        }
        if !crate::http::are_built() {
            return Err(anyhow!(
                "the pages' styles and scripts are not in this binary: run `npm --prefix web run build`, then build again"
            ));
        }
        let workers = std::thread::available_parallelism().map_or(2, usize::from);
        let running = server::start(&app, listener, workers).context("cannot start the server")?;
        println!("Berth is at {}", app.config.public_url);
        let stopper = running.handle.clone();
        tokio::spawn(async move {
            wait_for_the_end().await;
            info!("stopping: requests under way are finished first");
            stopper.stop(true).await;
        });
        running.server.await.context("the server failed")
    }
}

fn in_use(listen: &str, error: &std::io::Error) -> anyhow::Error {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            anyhow!(
                "something else already listens on {listen}: stop it, or choose another port with --listen 127.0.0.1:8081"
            )
        }
        std::io::ErrorKind::PermissionDenied => {
            anyhow!("may not listen on {listen}: choose a port of 1024 or more with --listen")
        }
        _ => anyhow!("cannot listen on {listen}: {error}"),
    }
}

/// Ctrl-C, or the SIGTERM of a service manager.
async fn wait_for_the_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(_) => drop(interrupted.await),
    }
}

fn start_log(context: &Context) {
    let filter = tracing_subscriber::EnvFilter::new(format!("{},actix_server=warn", context.config.log_level));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if context.config.log_json { log.json().init() } else { log.init() }
}
