//! `berth serve --training`: serves the practice copy, throws it away and makes it afresh every night and
//! whenever an operator presses the button, until it is told to stop.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::anyhow;
use tracing::info;

use crate::app::App;
use crate::cli::Context;
use crate::cli::serve::{self, wait_for_the_end};
use crate::cli::serving::Serving;
use crate::demo::{Found, keeps_changing, practice};
use crate::store::Db;
use crate::store::conn::DatabaseUrl;

/// A machine that slept through the night is noticed so soon.
const LOOK_EVERY: Duration = Duration::from_secs(20);

/// Goes on until the process is told to stop.
pub async fn run(context: Context, listener: TcpListener) -> anyhow::Result<()> {
    if let Some(why) = practice::refusal(&context.config) {
        return Err(anyhow!(why));
    }
    // Alone, since what others serve must not be thrown away under them.
    let _serving = Serving::alone(&context.config)?;
    loop {
        prepare(&context)?;
        let (app, _) = App::open_practice(context.config.clone(), context.clock.clone()).map_err(|e| anyhow!("{e}"))?;
        let mut running = serve::start(&app, listener.try_clone()?)?;
        let changing = tokio::spawn(keeps_changing::run(app.clone()));
        say!("The practice copy of Berth is at {}; open it and choose whom to practise as", app.config.public_url);
        let again = tokio::select! {
            () = wait_for_the_end() => false,
            () = asked_for(&app) => true,
            () = night(&app) => true,
        };
        changing.abort();
        info!("stopping: requests under way are finished first");
        running.stop().await?;
        if !again {
            return Ok(());
        }
        practice::throw_away(&context.config).map_err(|e| anyhow!(e))?;
    }
}

fn prepare(context: &Context) -> anyhow::Result<()> {
    let url = DatabaseUrl::parse(&context.config.database_url).map_err(|e| anyhow!(e))?;
    let (db, _) = Db::open(&url).map_err(|e| anyhow!("{e}"))?;
    match practice::prepare(&db, context.clock.now()).map_err(|refused| anyhow!("{refused}"))? {
        Found::Nothing | Found::County => Ok(()),
        Found::OwnData => Err(anyhow!(
            "{} holds data that is no practice copy, which must not be touched: choose another --data-dir",
            url.shown()
        )),
    }
}

async fn asked_for(app: &App) {
    match &app.practice {
        Some(practice) => practice.again.notified().await,
        None => std::future::pending().await,
    }
}

async fn night(app: &App) {
    let next = practice::next_night(app.clock.now(), app.config.timezone);
    while app.clock.now() < next {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
