//! `berth person invite`: makes a person known and prints a link that signs one browser in.

use anyhow::anyhow;

use crate::cli::{Context, WrongUsage};
use crate::domain::actor::Actor;
use crate::domain::authority::AuthorityCode;
use crate::domain::care_service::CareServiceId;
use crate::domain::person::{EmailAddress, Target};
use crate::domain::words::Role;
use crate::ops::Refused;
use crate::ops::invite::{self, Invitation};
use crate::store::services;

/// People who sign in
#[derive(clap::Subcommand)]
pub enum Person {
    Invite(Invite),
}

/// Gives a person a role and prints a link, good once and for seven days, that signs a browser in
#[derive(clap::Args)]
pub struct Invite {
    /// Email address
    email: String,
    /// manager, group_manager, staff, admin or operator
    #[arg(long)]
    role: String,
    /// A service, by its id; repeats. For a group manager: any service of the provider
    #[arg(long = "service", value_name = "ID")]
    services: Vec<String>,
    /// An authority, by its code; repeats
    #[arg(long = "authority", value_name = "CODE")]
    authorities: Vec<String>,
}

impl Person {
    pub async fn run(self, context: Context) -> anyhow::Result<()> {
        match self {
            Self::Invite(invite) => invite.run(context).await,
        }
    }
}

impl Invite {
    async fn run(self, context: Context) -> anyhow::Result<()> {
        let email = EmailAddress::parse(&self.email)
            .ok_or_else(|| WrongUsage(format!("{:?} is not an email address", self.email)))?;
        let role = Role::parse(&self.role)
            .ok_or_else(|| WrongUsage(format!("{:?} is not a role; choose one of {}", self.role, Role::choices())))?;
        let mut targets = authority_targets(&self.authorities)?;
        let app = context.app()?;
        for id in &self.services {
            targets.push(service_target(&app.db, role, id)?);
        }
        let invitation = Invitation { email, role, targets };
        let (_, link) = invite::run(&app.db, &app.clock, Actor::system("command line"), invitation)
            .await
            .map_err(|refused| anyhow!("{refused}"))?;
        println!("{}", app.config.link(&format!("sign-in/{}", link.reveal())));
        Ok(())
    }
}

/// A manager is for the service itself, a group manager for its provider.
fn service_target(db: &crate::store::Db, role: Role, id: &str) -> anyhow::Result<Target> {
    let id = CareServiceId::from_text(id);
    if role != Role::GroupManager {
        return Ok(Target::Service(id));
    }
    let stored = db
        .read_now(|c| Ok::<_, Refused>(services::get(c, &id)?))
        .map_err(|_| anyhow!("there is no service with the id {id}"))?;
    let provider = stored.service.facts.provider.and_then(|provider| provider.id);
    provider.map(Target::Provider).ok_or_else(|| anyhow!("the register names no provider for {id}"))
}

/// The authorities named on a command line.
pub fn authority_targets(codes: &[String]) -> anyhow::Result<Vec<Target>> {
    let target = |code: &String| {
        let code = AuthorityCode::parse(code);
        code.map(Target::Authority)
    };
    codes
        .iter()
        .map(|code| {
            target(code).ok_or_else(|| {
                WrongUsage(format!("{code:?} is not the code of an authority, such as E10000014")).into()
            })
        })
        .collect()
}
