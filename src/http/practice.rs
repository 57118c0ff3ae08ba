//! The pages of a practice copy: whom to practise as by one press, the practice mails, and the operator's
//! button that makes all of it afresh. Anywhere else they are not there.

use std::path::PathBuf;
use std::sync::Arc;

use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::Value;
use serde::Deserialize;

use crate::app::App;
use crate::demo::{people, practice};
use crate::http::page::page;
use crate::http::problem::Problem;
use crate::http::sign_in;
use crate::http::visitor::Visitor;
use crate::notify::postbag::{self, Kept};

/// Who practises looks for the mail of a minute ago.
const MOST_MAILS: usize = 50;

#[derive(Deserialize)]
pub struct Choice {
    role: String,
}

fn folder(app: &App) -> Result<PathBuf, Problem> {
    let is_there = app.practice.is_some();
    is_there.then(|| app.config.data_dir.join("mail")).ok_or_else(Problem::not_found)
}

pub async fn front(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    front_page(&app, &visitor, false)
}

fn front_page(app: &App, visitor: &Visitor, again: bool) -> Result<HttpResponse, Problem> {
    let mails = postbag::newest(&folder(app)?, MOST_MAILS);
    let invited = people::invitations(app).into_iter();
    let people = invited.map(|(who, invitation)| {
        context! { who => who, role => invitation.role.word(), email => invitation.email.as_str() }
    });
    let own = context! {
        people => people.collect::<Vec<_>>(),
        mails => mails.iter().map(mail).collect::<Vec<_>>(),
        is_operator => visitor.actor.is_operator(),
        again => again,
    };
    page(app, visitor, "practice.html", own)
}

fn mail(kept: &Kept) -> Value {
    context! { name => kept.name.as_str(), to => kept.to.as_str(), subject => kept.subject.as_str() }
}

/// The text of one practice mail, its links to be pressed.
pub async fn one(app: Data<Arc<App>>, visitor: Visitor, name: Path<String>) -> Result<HttpResponse, Problem> {
    let kept = postbag::one(&folder(&app)?, &name).ok_or_else(Problem::not_found)?;
    let lines: Vec<String> = kept.text.lines().map(str::to_owned).collect();
    page(&app, &visitor, "practice_mail.html", context! { lines => lines, mail => mail(&kept) })
}

pub async fn sign_in(
    app: Data<Arc<App>>,
    visitor: Visitor,
    request: HttpRequest,
    choice: Form<Choice>,
) -> Result<HttpResponse, Problem> {
    folder(&app)?;
    let new = sign_in::new_session(&app, &request, &visitor, false);
    let session = practice::sign_in(&app, &choice.role, new).await?;
    sign_in::signed_in(&app, &session, "/start")
}

/// Everything is thrown away and made afresh, the session of who asks included.
pub async fn again(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let practice = app.practice.as_ref().ok_or_else(Problem::not_found)?;
    let visitor = visitor.known()?;
    if !visitor.actor.is_operator() {
        return Err(Problem::not_allowed());
    }
    practice.again.notify_one();
    front_page(&app, &visitor, true)
}
