//! What every way of telling capacity over HTTP shares, API and form alike: who may tell, waiting
//! until it shows, and the warning that refuses nothing. The telling itself is an act of `ops`.

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;

use crate::app::App;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;

/// An answer waits no longer than this for the board to show what it tells.
const BOARD_PATIENCE: Duration = Duration::from_secs(2);

/// A service that is on the register.
pub fn known(app: &App, id: &str) -> Result<Arc<CareService>, Problem> {
    let snapshot = app.board.current();
    let service = snapshot.get(&CareServiceId::from_text(id)).filter(|service| service.left_at.is_none());
    service.cloned().ok_or_else(Problem::not_found)
}

/// A service whose figures this visitor may tell; or 401, 404 or 403, in this order.
pub fn updatable(app: &App, visitor: &Visitor, id: &str) -> Result<Arc<CareService>, Problem> {
    if !visitor.actor.is_signed_in() {
        return Err(Problem::not_signed_in());
    }
    let service = known(app, id)?;
    if visitor.actor.may_update(&service) { Ok(service) } else { Err(Problem::not_allowed()) }
}

/// Waits until this process shows what was just told, so that a reader finds it at once.
pub async fn shown(app: &App, seq: i64) {
    // Past the patience the answer is still true: the update is on disk, and the board will follow.
    drop(tokio::time::timeout(BOARD_PATIENCE, app.board.reach(seq)).await);
}

/// What to look at again, though it was taken.
pub fn warnings(service: &CareService) -> Vec<String> {
    let above = service.above_registered_beds().map(|(maximum, beds)| {
        format!("The maximum adds up to {maximum}, more than the {beds} registered beds. Check it, or tell us if the register is wrong.")
    });
    above.into_iter().chain(service.capacity.looks_personal().into_iter().map(|(_, warning)| warning)).collect()
}

/// The local day of this moment.
pub fn today(app: &App) -> NaiveDate {
    app.config.timezone.day(app.clock.now())
}
