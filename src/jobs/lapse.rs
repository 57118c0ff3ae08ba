//! Looks whether a day has ended what was said to last until then, on the board, which knows every
//! service without asking the database. What that undoes is an act of `ops`.

use std::sync::Arc;

use crate::app::App;
use crate::ops::{Refused, lapse};

/// Goes round once; how many services it concerned. A server that was away at midnight does it when
/// it comes back.
pub async fn round(app: &Arc<App>) -> Result<usize, Refused> {
    let zone = app.config.timezone;
    let today = zone.day(app.clock.now());
    let due = app.board.current().lapsing(today);
    if due.is_empty() {
        return Ok(0);
    }
    lapse::run(&app.db, &app.clock, zone, due).await
}
