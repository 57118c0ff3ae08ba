//! Whether the process is alive, and whether it is able to serve. Its figures are in `metrics/`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use actix_web::HttpResponse;
use actix_web::web::Data;

use crate::app::App;
use crate::http::problem::Problem;
use crate::store::changes;

/// Alive: it answers.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// Able to serve: the database answers and the board follows it, and nobody has told it to stop.
pub async fn ready(app: Data<Arc<App>>) -> Result<HttpResponse, Problem> {
    if app.is_leaving.load(Ordering::Relaxed) {
        return Err(Problem::leaving());
    }
    let last = app.db.read(changes::last_seq).await?;
    Ok(HttpResponse::Ok()
        .json(serde_json::json!({ "ready": true, "seq": app.board.current().seq(), "last_seq": last })))
}
