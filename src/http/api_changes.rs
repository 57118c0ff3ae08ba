//! The log of changes for programs that ask rather than watch. The stream is in `live/`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::app::App;
use crate::http::api_services::answer;
use crate::http::problem::Problem;
use crate::http::query;
use crate::http::visitor::Visitor;
use crate::live::protocol::{self, ServerMessage};
use crate::store::{self, changes};

/// Entries in one answer, if nothing else is asked for, and at the most: about a megabyte.
const USUAL_LIMIT: usize = 100;
const MOST_CHANGES: usize = 1000;

#[derive(Serialize)]
struct ChangeList<'a> {
    changes: Vec<ServerMessage<'a>>,
    next_after: i64,
}

/// The entries after a `seq`, each with the state of its time, in the view of who asks.
pub async fn list(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let text = request.query_string();
    query::only(text, &["after", "limit"])?;
    let limit = i64::try_from(query::limit(text, USUAL_LIMIT, MOST_CHANGES)?).unwrap_or(i64::MAX);
    let after = match query::single(text, "after")? {
        None => 0,
        Some(seq) => {
            let seq = seq.parse::<i64>().ok().filter(|seq| *seq >= 0);
            seq.ok_or_else(|| query::bad("after", "\"after\" must be a seq: a whole number of 0 or more."))?
        }
    };
    let read = app.db.read(move |c| Ok::<_, store::Error>((changes::stream(c)?, changes::after(c, after, limit)?)));
    let (stream, found) = read.await?;
    if after + 1 < stream.oldest_seq {
        let oldest = stream.oldest_seq;
        let detail = format!("The log begins at {oldest} now. Read the services again, then go on from their seq.");
        return Err(Problem::new(StatusCode::GONE, "Too long ago", detail));
    }
    let next_after = found.last().map_or(after, |change| change.seq);
    let limits = app.config.freshness_limits();
    let changes =
        found.iter().map(|change| protocol::entry(change, visitor.actor.view(&change.service), limits)).collect();
    answer(&visitor.actor, &ChangeList { changes, next_after })
}
