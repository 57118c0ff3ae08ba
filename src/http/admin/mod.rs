//! The administrators' pages: the figures, one list at a time, an invitation by form.
//! Whom and what somebody administers is decided in `ops`.

pub mod audit;
pub mod consultations;
pub mod guide_figure;
pub mod guides;
pub mod held;
mod invite;
pub mod mail;
pub mod remarks;
mod rows;

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use url::form_urlencoded;

use crate::app::App;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::filter::Filter;
use crate::domain::person::{PersonId, TokenId};
use crate::domain::reminder::Rules;
use crate::domain::words::Freshness;
use crate::http::admin::invite::TypedInvitation;
use crate::http::admin::rows::Names;
use crate::http::filter_form::{Part, json};
use crate::http::page::{page_with, see_other};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use crate::ops::administer::{self, Overview};
use crate::ops::late_services::{self, Late};
use crate::ops::{create_token, remove_person, retry_job, withdraw_invitation};
use crate::store::jobs::JobId;

pub use invite::submit as invite;

/// Rows are looked through, so more of them fit than on a page that is read.
const ROWS_A_PAGE: usize = 50;

/// A person may have managed more services than a sentence names.
const MOST_NAMED: usize = 5;

/// What a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Services,
    Late,
    Claims,
    Remarks,
    People,
    Invitations,
    Tokens,
    Stopped,
    Jobs,
}

impl List {
    const ALL: [Self; 9] = [
        Self::Services,
        Self::Late,
        Self::Claims,
        Self::Remarks,
        Self::People,
        Self::Invitations,
        Self::Tokens,
        Self::Stopped,
        Self::Jobs,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Services => "services",
            Self::Late => "late",
            Self::Claims => "claims",
            Self::Remarks => "remarks",
            Self::People => "people",
            Self::Invitations => "invitations",
            Self::Tokens => "tokens",
            Self::Stopped => "stopped",
            Self::Jobs => "jobs",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Services => "Services",
            Self::Late => "Late services",
            Self::Claims => "Requests to manage a service",
            Self::Remarks => "What readers say is wrong",
            Self::People => "People",
            Self::Invitations => "Invitations",
            Self::Tokens => "Tokens for programs",
            Self::Stopped => "Addresses that take no mail",
            Self::Jobs => "Work waiting",
        }
    }
}

/// Everything an administrator's page is made of.
struct Seen {
    overview: Overview,
    services: Vec<Arc<CareService>>,
    late: Vec<Late>,
}

impl Seen {
    async fn by(app: &App, visitor: &Visitor) -> Result<Self, Problem> {
        let overview = administer::look(&app.db, &app.clock, visitor.actor.clone()).await?;
        let moment = app.moment();
        let all = app.board.current().matching(&Filter::default(), &moment);
        let mut services = all.clone();
        services.retain(|service| visitor.actor.may_administer_service(service));
        let late = late_services::run(&app.db, Rules::of(moment.limits), moment.now, all, services.clone()).await?;
        Ok(Self { overview, services, late })
    }

    /// How many there are; `None` for a list that is not theirs to look at.
    fn count(&self, list: List) -> Option<usize> {
        match list {
            List::Services => Some(self.services.len()),
            List::Late => Some(self.late.len()),
            List::Claims => Some(self.overview.claims.len()),
            List::Remarks => Some(self.overview.remarks.len()),
            List::People => Some(self.overview.people.len()),
            List::Invitations => Some(self.overview.invitations.len()),
            List::Tokens => Some(self.overview.tokens.len()),
            List::Stopped => Some(self.overview.stopped.len()),
            List::Jobs => self.overview.jobs.as_ref().map(Vec::len),
        }
    }

    fn rows(&self, app: &App, visitor: &Visitor, list: List) -> Vec<Value> {
        let (board, moment) = (app.board.current(), app.moment());
        let names = Names { board: &board, moment: &moment };
        let overview = &self.overview;
        match list {
            List::Services => self.services.iter().map(|service| json(service, visitor, &moment, None)).collect(),
            List::Late => self.late.iter().map(|late| rows::late(visitor, &moment, late)).collect(),
            List::Claims => overview.claims.iter().map(|claimed| rows::claim(claimed, visitor, &moment)).collect(),
            List::Remarks => overview.remarks.iter().map(|said| rows::remarked(said, visitor, &moment)).collect(),
            List::People => overview.people.iter().map(|known| rows::person(&names, known)).collect(),
            List::Invitations => overview.invitations.iter().map(|open| rows::invitation(&names, open)).collect(),
            List::Tokens => overview.tokens.iter().map(|token| rows::token(&names, token)).collect(),
            List::Stopped => overview.stopped.iter().map(rows::stopped).collect(),
            List::Jobs => overview.jobs.iter().flatten().map(rows::job).collect(),
        }
    }

    /// What every one of the pages takes.
    fn context(&self, app: &App, visitor: &Visitor) -> Value {
        let moment = app.moment();
        let of_age =
            |age: Freshness| self.services.iter().filter(|service| service.capacity.freshness(&moment) == age).count();
        let failing = self.overview.jobs.iter().flatten().filter(|job| rows::state(job) != rows::WAITING).count();
        let lists = List::ALL.into_iter().filter_map(|list| Some((list.word(), list.label(), self.count(list)?)));
        context! {
            lists => Value::from(Serde(&lists.collect::<Vec<_>>())),
            audit => visitor.actor.may_read_audit(),
            delivery => self.overview.delivery.as_ref().map(rows::delivery),
            figures => context! {
                never => of_age(Freshness::Never),
                stale => of_age(Freshness::Stale),
                jobs_failing => failing,
            },
            roles => Value::from(Serde(&invite::roles(&visitor.actor))),
            authorities => Value::from(Serde(&invite::authorities(&app.board.current(), &visitor.actor))),
        }
    }
}

pub async fn front(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    front_page(&app, &visitor, StatusCode::OK, context! { form => TypedInvitation::default().shown() }).await
}

/// The front, with a form as it was typed or a link that was just made.
async fn front_page(app: &App, visitor: &Visitor, status: StatusCode, own: Value) -> Result<HttpResponse, Problem> {
    let seen = Seen::by(app, visitor).await?;
    let always = context! { list => "", rows => Vec::<Value>::new(), errors => Vec::<Value>::new() };
    let own = context! { ..own, ..context! { ..always, ..seen.context(app, visitor) } };
    page_with(status, app, visitor, "admin.html", own)
}

pub async fn list(
    app: Data<Arc<App>>,
    visitor: Visitor,
    word: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let list = List::ALL.into_iter().find(|list| list.word() == word.as_str()).ok_or_else(Problem::not_found)?;
    list_page(&app, &visitor, list, &request, (StatusCode::OK, context! {})).await
}

/// One list, with what else there is to say: a form as it was typed, and what is wrong with it.
async fn list_page(
    app: &App,
    visitor: &Visitor,
    list: List,
    request: &HttpRequest,
    (status, said): (StatusCode, Value),
) -> Result<HttpResponse, Problem> {
    let seen = Seen::by(app, visitor).await?;
    let total = seen.count(list).ok_or_else(Problem::not_found)?;
    let asked = |name: &str| {
        form_urlencoded::parse(request.query_string().as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value)
    };
    let number = asked("page").and_then(|number| number.parse().ok()).filter(|number| *number > 0).unwrap_or(1);
    let part = Part::new(&format!("/admin/{}", list.word()), "", number, total, ROWS_A_PAGE);
    let rows = seen.rows(app, visitor, list).into_iter().skip(part.skipped(ROWS_A_PAGE)).take(ROWS_A_PAGE);
    let mut own = context! {
        list => list.word(),
        rows => rows.collect::<Vec<_>>(),
        page => Value::from(Serde(&part)),
        errors => Vec::<Value>::new(),
        ..seen.context(app, visitor)
    };
    own = context! { ..said, ..own };
    if asked("done").is_some() {
        let erased = list == List::People && asked("done").is_some_and(|word| word == "erased");
        let mut text = if erased { "Erased. Nothing names them any more." } else { done(list) }.to_owned();
        for (_, id) in form_urlencoded::parse(request.query_string().as_bytes()).filter(|(key, _)| key == "left") {
            let left = app.board.current().get(&CareServiceId::from_text(id)).cloned();
            if let Some(left) = left.filter(|service| visitor.actor.may_administer_service(service)) {
                text.push_str(&format!(" {} has no manager any more: invite one.", left.facts.name));
            }
        }
        own = context! { notice => context! { text => text }, ..own };
    }
    page_with(status, app, visitor, "admin.html", own)
}

/// What has been done to a row of this list.
fn done(list: List) -> &'static str {
    match list {
        List::Services | List::Late | List::Stopped => "Done.",
        List::Claims => "Decided. We have written to them.",
        List::Remarks => "Settled.",
        List::People => "Removed. They are signed out everywhere.",
        List::Invitations => "Withdrawn. The link does not work any more.",
        List::Tokens => "Revoked. The token does not work any more.",
        List::Jobs => "It is tried again now.",
    }
}

pub async fn remove_person(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let left = remove_person::run(&app.db, &app.clock, visitor.actor, PersonId::from_text(id.into_inner())).await?;
    let mut query = form_urlencoded::Serializer::new("done=yes".to_owned());
    query.extend_pairs(left.iter().take(MOST_NAMED).map(|service| ("left", service.id.as_str())));
    see_other(&format!("/admin/people?{}", query.finish()))
}

pub async fn withdraw(app: Data<Arc<App>>, visitor: Visitor, hash: Path<String>) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    withdraw_invitation::run(&app.db, &app.clock, visitor.actor, hash.into_inner()).await?;
    see_other("/admin/invitations?done=yes")
}

pub async fn revoke_token(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    create_token::revoke(&app.db, &app.clock, visitor.actor, TokenId::from_text(id.into_inner())).await?;
    see_other("/admin/tokens?done=yes")
}

pub async fn retry(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    retry_job::run(&app.db, &app.clock, visitor.actor, JobId::from_text(id.into_inner())).await?;
    see_other("/admin/jobs?done=yes")
}

fn administrator(visitor: Visitor) -> Result<Visitor, Problem> {
    let known = visitor.known()?;
    if known.actor.may_administer_some() { Ok(known) } else { Err(Problem::not_allowed()) }
}
