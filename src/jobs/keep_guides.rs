//! Makes guides again in the background when their data has changed, so that the next reader does not wait
//! for it: those of all services that somebody has asked for. How they are made, `guide/` knows.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::error;

use crate::app::App;
use crate::guide::workshop::Trouble;

/// Changes come all day: they are gathered for so long, since a PDF takes a core for seconds.
const EVERY: Duration = Duration::from_secs(60);

/// Goes on until it is stopped.
pub async fn keep(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        tokio::select! {
            _ = stop.changed() => return,
            () = sleep(EVERY) => {}
        }
        let workshop = app.clone();
        let made = spawn_blocking(move || workshop.guides.refresh(&workshop.board.current(), workshop.moment())).await;
        match made {
            Ok(Ok(()) | Err(Trouble::Busy | Trouble::TooLong(_))) => {}
            Ok(Err(Trouble::Broken(why))) => {
                error!("the guides could not be made again, and will be tried again: {why}")
            }
            Err(gone) => error!("the guides could not be made again, and will be tried again: {gone}"),
        }
    }
}
