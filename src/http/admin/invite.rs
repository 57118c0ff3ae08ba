//! The form of an invitation. Who may invite whom, and to what, is decided in `ops/invite.rs`.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use minijinja::context;
use minijinja::value::{Serde, Value};
use url::form_urlencoded;

use crate::app::App;
use crate::board::Snapshot;
use crate::domain::actor::Actor;
use crate::domain::authority::AuthorityCode;
use crate::domain::care_service::CareServiceId;
use crate::domain::invalid::Mistake;
use crate::domain::person::{EmailAddress, Target};
use crate::domain::words::Role;
use crate::http::admin::{administrator, front_page};
use crate::http::page::FieldError;
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use crate::ops::Refused;
use crate::ops::invite::{self, Invitation};

/// The form as it was typed.
#[derive(Default)]
pub struct TypedInvitation {
    email: String,
    role: String,
    services: String,
    authorities: Vec<String>,
}

impl TypedInvitation {
    fn read(body: &[u8]) -> Self {
        let mut typed = Self::default();
        for (key, value) in form_urlencoded::parse(body).into_owned() {
            match key.as_str() {
                "email" => typed.email = value,
                "role" => typed.role = value,
                "services" => typed.services = value,
                "authorities" => typed.authorities.push(value),
                _ => {}
            }
        }
        typed
    }

    pub fn shown(&self) -> Value {
        context! {
            email => self.email.as_str(),
            role => if self.role.is_empty() { Role::Manager.word() } else { self.role.as_str() },
            services => self.services.as_str(),
            authorities => Value::from(Serde(&self.authorities)),
        }
    }

    /// The invitation, or every mistake in the form.
    fn parse(&self, board: &Snapshot) -> Result<Invitation, Vec<FieldError>> {
        let mut errors = Vec::new();
        let email = EmailAddress::parse(&self.email);
        if email.is_none() {
            errors.push(FieldError::new("email", "Enter an email address in the right form, like name@example.org"));
        }
        let role = Role::parse(&self.role);
        if role.is_none() {
            errors.push(FieldError::new("role", "Choose a role"));
        }
        let mut targets = Vec::new();
        let ids = self.services.split(|c: char| c.is_whitespace() || c == ',').filter(|id| !id.is_empty());
        for id in ids.map(CareServiceId::from_text) {
            match service_target(board, &id, role) {
                Ok(target) => targets.push(target),
                Err(text) => errors.push(FieldError::new("services", text)),
            }
        }
        for code in &self.authorities {
            match AuthorityCode::parse(code) {
                Some(code) => targets.push(Target::Authority(code)),
                None => errors.push(FieldError::new("authorities", "Choose council areas from the list")),
            }
        }
        match (email, role) {
            (Some(email), Some(role)) if errors.is_empty() => Ok(Invitation { email, role, targets }),
            _ => Err(errors),
        }
    }
}

/// A group manager is for the provider of a service, everybody else for the service itself.
fn service_target(board: &Snapshot, id: &CareServiceId, role: Option<Role>) -> Result<Target, String> {
    let service = board.get(id).filter(|service| service.left_at.is_none());
    let service = service.ok_or_else(|| format!("There is no service with the register number {id}"))?;
    if role != Some(Role::GroupManager) {
        return Ok(Target::Service(id.clone()));
    }
    let provider = service.facts.provider.as_ref().and_then(|provider| provider.id.clone());
    provider.map(Target::Provider).ok_or_else(|| format!("The register names no provider for {id}"))
}

pub async fn submit(app: Data<Arc<App>>, visitor: Visitor, body: Bytes) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let typed = TypedInvitation::read(&body);
    let wrong = |status: StatusCode, errors: &[FieldError]| {
        (status, context! { form => typed.shown(), errors => Value::from(Serde(errors)) })
    };
    let (status, own) = match typed.parse(&app.board.current()) {
        Err(errors) => wrong(StatusCode::UNPROCESSABLE_ENTITY, &errors),
        Ok(invitation) => match invite::or_mail(&app.db, &app.clock, visitor.actor.clone(), invitation.clone()).await {
            Ok(None) => {
                let text = format!(
                    "{} has the role. They have other roles, too, so no link is shown: we have written to them.",
                    invitation.email
                );
                let form = TypedInvitation::default().shown();
                (StatusCode::OK, context! { form => form, notice => context! { text => text } })
            }
            Ok(Some(link)) => {
                let text = format!("{} is invited.", invitation.email);
                let link = app.config.link(&format!("sign-in/{}", link.reveal()));
                let form = TypedInvitation::default().shown();
                (StatusCode::OK, context! { form => form, link => link, notice => context! { text => text } })
            }
            Err(Refused::Invalid(invalid)) => {
                let errors: Vec<_> = invalid.mistakes().iter().map(|one| beside_field(one, invitation.role)).collect();
                wrong(StatusCode::UNPROCESSABLE_ENTITY, &errors)
            }
            Err(Refused::NotAllowed) => {
                let text = "You can give rights for your own council areas and their services only";
                wrong(StatusCode::FORBIDDEN, &[FieldError::new("", text)])
            }
            Err(other) => return Err(other.into()),
        },
    };
    front_page(&app, &visitor, status, own).await
}

/// A mistake that the act itself found, in the words of the form.
fn beside_field(mistake: &Mistake, role: Role) -> FieldError {
    match (mistake.code, role) {
        ("required", Role::Manager | Role::GroupManager) => {
            FieldError::new("services", "Enter the register number of at least one service")
        }
        ("required", Role::Admin | Role::Staff | Role::Operator) => {
            FieldError::new("authorities", "Choose at least one council area")
        }
        _ => FieldError::new("services", mistake.detail.trim_end_matches('.')),
    }
}

/// The roles that they may give.
pub fn roles(actor: &Actor) -> Vec<(&'static str, &'static str)> {
    let may = |role: &&Role| **role != Role::Operator || actor.is_operator();
    Role::ALL.iter().filter(may).map(|role| (role.word(), role.label())).collect()
}

/// The authorities for which they may give them.
pub fn authorities(board: &Snapshot, actor: &Actor) -> Vec<(String, String)> {
    let all = board.authorities().into_iter().map(|counts| counts.authority);
    let theirs = all.filter(|authority| actor.may_administer(&Target::Authority(authority.code.clone())));
    theirs.map(|authority| (authority.code.to_string(), authority.name)).collect()
}
