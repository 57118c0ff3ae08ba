//! Tells an open page of enquiries that what it shows has changed, as server-sent events. What has
//! changed is not in the event: the page reads itself again, with the rights of who looks.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, ContentEncoding, HeaderName};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::stream::{Stream, unfold};
use tokio::sync::watch;
use tokio::time::{Interval, interval, sleep};

use crate::app::App;
use crate::base::secret;
use crate::domain::actor::Actor;
use crate::domain::enquiry::EnquiryId;
use crate::http::enquiries::own_services;
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use crate::http::{live, query};
use crate::ops::sign_in_session::{self, SignIn};
use crate::ops::{Refused, ask, list_enquiries};

/// A lost reader comes again after this many milliseconds.
const RETRY_MS: u32 = 2000;
/// Other nodes' answers come without a hint now and then; and the server may want to stop.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Much is committed at once: one look serves all of it.
const GATHER: Duration = Duration::from_millis(200);
/// A page knows by it that the stream is alive, and we that the reader may still read.
const BEAT_EVERY: Duration = Duration::from_secs(15);

/// Names a state: another state has another mark.
pub fn mark(state: &impl std::fmt::Debug) -> String {
    secret::hash(format!("{state:?}").as_bytes())
}

/// What a page shows: everything that concerns its reader, or one enquiry.
#[derive(Clone)]
enum Page {
    All,
    One(EnquiryId),
}

struct Watching {
    app: Arc<App>,
    hint: watch::Receiver<u64>,
    sign_in: SignIn,
    page: Page,
    /// What the reader has.
    told: String,
    turn: Option<i64>,
    beat: Interval,
}

pub async fn events(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let visitor = visitor.known()?;
    let text = request.query_string();
    query::only(text, &["id", "mark"])?;
    let sign_in = live::sign_in(request.headers(), &visitor).ok_or_else(Problem::not_signed_in)?;
    let page = query::single(text, "id")?.map_or(Page::All, |id| Page::One(EnquiryId::from_text(&*id)));
    let hint = app.db.hint();
    // What they may not see is refused here, and not by silence.
    present(&app, &visitor.actor, &page).await?;
    let told = query::single(text, "mark")?.unwrap_or_default().to_string();
    let app = Arc::clone(app.get_ref());
    let watching = Watching { app, hint, sign_in, page, told, turn: None, beat: interval(BEAT_EVERY) };
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(ContentEncoding::Identity)
        .insert_header((HeaderName::from_static("x-accel-buffering"), "no"))
        .streaming(said(watching)))
}

/// The mark of what somebody would see now.
async fn present(app: &App, actor: &Actor, page: &Page) -> Result<String, Refused> {
    match page {
        Page::One(id) => Ok(mark(&ask::see(&app.db, actor.clone(), id.clone()).await?)),
        Page::All => {
            let own = own_services(app, actor);
            Ok(mark(&list_enquiries::run(&app.db, &app.clock, actor.clone(), own).await?))
        }
    }
}

fn said(watching: Watching) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let begin = Some((watching, Bytes::from(format!("retry: {RETRY_MS}\n\n"))));
    unfold(begin, |state| async {
        let (mut watching, first) = state?;
        if !first.is_empty() {
            return Some((Ok(first), Some((watching, Bytes::new()))));
        }
        let next = watching.next().await?;
        Some((Ok(next), Some((watching, Bytes::new()))))
    })
}

impl Watching {
    /// What is to be written next; `None` when the server stops, or the right has gone.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.app.live.is_closed() {
                return None;
            }
            match self.changed().await {
                Ok(Some(mark)) => {
                    self.told = mark;
                    return Some(Bytes::from(format!("data: {}\n\n", self.told)));
                }
                Ok(None) => {}
                Err(_) => return None,
            }
            tokio::select! {
                _ = self.beat.tick() => {
                    self.actor().await.ok()?;
                    return Some(Bytes::from_static(b"event: beat\ndata: \n\n"));
                }
                hinted = self.hint.changed() => {
                    // Without a sender the database is closing.
                    hinted.ok()?;
                    sleep(GATHER).await;
                }
                () = sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// The mark of what is there now, if it is another. Most that is committed is no enquiry: one
    /// number tells.
    async fn changed(&mut self) -> Result<Option<String>, Refused> {
        let turn = list_enquiries::turn(&self.app.db).await?;
        if self.turn == Some(turn) {
            return Ok(None);
        }
        let actor = self.actor().await?;
        let mark = present(&self.app, &actor, &self.page).await?;
        self.turn = Some(turn);
        Ok(Some(mark).filter(|mark| *mark != self.told))
    }

    /// Who reads, if they are still signed in.
    async fn actor(&self) -> Result<Actor, Refused> {
        let asked = vec![self.sign_in.clone()];
        let still = sign_in_session::still(&self.app.db, &self.app.clock, self.app.ways(), asked).await?;
        still.into_iter().next().map(|(_, actor)| actor).ok_or(Refused::NotAllowed)
    }
}
