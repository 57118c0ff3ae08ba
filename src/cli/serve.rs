//! `berth serve`: the server with everything that runs beside it, until it is told to stop.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::{info, warn};

use crate::app::App;
use crate::cli::service_manager::ServiceManager;
use crate::cli::serving::Serving;
use crate::cli::{Context, log, practice};
use crate::demo;
use crate::http::live;
use crate::http::server::{self, ServerHandle};
use crate::jobs::runner::{self, Working};
use crate::live::follow::{self, Following};
use crate::live::pulse;
use crate::store::Db;
use crate::store::conn::DatabaseUrl;

/// Runs the server: pages, API, live stream and background jobs
#[derive(clap::Args)]
pub struct Serve {
    /// A fictional county that keeps changing, in a data folder of its own
    #[arg(long)]
    pub demo: bool,
    /// A copy to practise in, made afresh every night, in a data folder of its own
    #[arg(long, conflicts_with = "demo")]
    pub training: bool,
}

impl Serve {
    pub async fn run(self, context: Context) -> anyhow::Result<()> {
        let traces = log::start(&context.config).map_err(|e| anyhow!(e))?;
        let manager = ServiceManager::find();
        allow_many_files();
        let listen = context.config.listen.clone();
        let listener = TcpListener::bind(&listen).map_err(|e| in_use(&listen, &e))?;
        if self.training {
            return practice::run(context, listener).await;
        }
        let _serving = Serving::together(&context.config)?;
        if self.demo {
            prepare_demo(&context)?;
        }
        let (app, opened) = App::open(context.config, context.clock, self.demo).map_err(|e| anyhow!("{e}"))?;
        if let Some(copy) = &opened.copy {
            info!("a copy of the data was made before the schema changed: {}", copy.display());
        }
        if !crate::web::assets::are_built() {
            return Err(anyhow!(
                "the pages' styles and scripts are not in this binary: run `npm --prefix web run build`, then build again"
            ));
        }
        let mut running = start(&app, listener)?;
        say!("Berth is at {}", app.config.public_url);
        if self.demo {
            tokio::spawn(demo::keeps_changing::run(app.clone()));
            say_demo(&app).await?;
        }
        manager.say("READY=1");
        tokio::select! {
            () = wait_for_the_end() => {}
            () = manager.keep_alive() => {}
        }
        manager.say("STOPPING=1");
        drain(&app, &manager).await;
        info!("stopping: requests under way are finished first");
        let stopped = running.stop().await;
        if let Some(traces) = traces {
            traces.end().await;
        }
        stopped
    }
}

/// Watchers have this long to answer that they are sent away.
const PATIENCE_FOR_WATCHERS: Duration = Duration::from_secs(5);

/// The server and everything that runs beside it.
pub struct Running {
    app: Arc<App>,
    server: ServerHandle,
    /// Brings what is written, here and elsewhere, to the board and to whoever watches.
    _following: Following,
    /// Heartbeats for who watches.
    beating: tokio::task::JoinHandle<()>,
    ended: tokio::task::JoinHandle<std::io::Result<()>>,
    working: Working,
}

/// Starts all of it, on a port that is already bound.
pub fn start(app: &Arc<App>, listener: TcpListener) -> anyhow::Result<Running> {
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let following = follow::start(&app.db, &app.board, &app.live.hub).context("cannot follow the log")?;
    let running = server::start(app, listener, workers).context("cannot start the server")?;
    let asked = Arc::clone(app);
    let beating = tokio::spawn(pulse::run(app.live.hub.clone(), move |passes| live::ended(asked.clone(), passes)));
    Ok(Running {
        app: Arc::clone(app),
        server: running.handle,
        _following: following,
        beating,
        ended: tokio::spawn(running.server),
        working: runner::start(app),
    })
}

impl Running {
    /// Finishes what is under way, then ends.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        self.app.live.close(PATIENCE_FOR_WATCHERS).await;
        self.server.stop(true).await;
        self.working.stop().await;
        (&mut self.ended).await.context("the server was cut off")?.context("the server failed")
    }

    /// Ends without waiting for anybody.
    pub fn stop_at_once(&self) {
        self.beating.abort();
        drop(self.server.stop(false));
    }
}

/// Makes the county, if there is none yet, before anything else looks at the data.
fn prepare_demo(context: &Context) -> anyhow::Result<()> {
    let url = DatabaseUrl::parse(&context.config.database_url).map_err(|e| anyhow!(e))?;
    let (db, _) = Db::open(&url).map_err(|e| anyhow!("{e}"))?;
    match demo::prepare(&db, context.clock.now()).map_err(|refused| anyhow!("{refused}"))? {
        demo::Found::Nothing => info!("a fictional county was made, with a year behind it"),
        demo::Found::County => {}
        demo::Found::OwnData => {
            let shown = url.shown();
            return Err(anyhow!(
                "{shown} holds data of its own, which a demonstration must not touch: choose another --data-dir"
            ));
        }
    }
    Ok(())
}

/// What a visitor of the demonstration needs: how to sign in, and where mail is found.
async fn say_demo(app: &App) -> anyhow::Result<()> {
    say!("Demonstration data: a county that does not exist. Sign in, once with each link, as");
    for person in demo::people::invite(app).await.map_err(|refused| anyhow!("{refused}"))? {
        say!("  {:<17} {}", person.who, person.link);
    }
    if let Some(folder) = app.config.mail_url.strip_prefix("file:") {
        say!("Mail is written to {folder}");
    }
    Ok(())
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

/// Answers everything as before but for `/readyz`, so that a proxy sends nobody here any more.
async fn drain(app: &App, manager: &ServiceManager) {
    app.is_leaving.store(true, Ordering::Relaxed);
    if app.config.drain.is_zero() {
        return;
    }
    info!("stopping in {} seconds: /readyz says so", app.config.drain.as_secs());
    tokio::select! {
        () = tokio::time::sleep(app.config.drain) => {}
        () = manager.keep_alive() => {}
    }
}

/// Ctrl-C, or the SIGTERM of a service manager.
pub(super) async fn wait_for_the_end() {
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

/// A watcher is an open file, and the 1,024 that systems usually begin with are few.
fn allow_many_files() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        warn!("at most {:?} connections at a time: {error}", limit.current);
    }
}
