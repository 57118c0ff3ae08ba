//! `berth person`: makes a person known and prints a link that signs one browser in; shows and erases
//! what is held about somebody.

use anyhow::anyhow;

use crate::cli::{Context, WrongUsage};
use crate::domain::actor::Actor;
use crate::domain::authority::AuthorityCode;
use crate::domain::care_service::CareServiceId;
use crate::domain::person::{EmailAddress, Target};
use crate::domain::words::Role;
use crate::ops::Refused;
use crate::ops::held::{self, About};
use crate::ops::invite::{self, Invitation};
use crate::store::services;

/// Who it was, in the audit.
const COMMAND_LINE: &str = "command line";

/// People who sign in
#[derive(clap::Subcommand)]
pub enum Person {
    Invite(Invite),
    Export(Export),
    Erase(Erase),
}

/// Prints all that is held about a person or an address, as JSON
#[derive(clap::Args)]
pub struct Export {
    /// Email address
    email: String,
}

/// Takes away all that is held about a person or an address; what they did stays, without a name
#[derive(clap::Args)]
pub struct Erase {
    /// Email address
    email: String,
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
            Self::Export(export) => export.run(context).await,
            Self::Erase(erase) => erase.run(context).await,
        }
    }
}

impl Export {
    async fn run(self, context: Context) -> anyhow::Result<()> {
        let about = About::Address(address(&self.email)?);
        let db = context.db()?;
        let held = held::export(&db, &context.clock, Actor::system(COMMAND_LINE), about).await;
        say!("{}", serde_json::to_string_pretty(&held.map_err(|refused| anyhow!("{refused}"))?)?);
        Ok(())
    }
}

impl Erase {
    async fn run(self, context: Context) -> anyhow::Result<()> {
        let email = address(&self.email)?;
        let db = context.db()?;
        let about = About::Address(email.clone());
        let left = held::erase(&db, &context.clock, Actor::system(COMMAND_LINE), about).await;
        for service in left.map_err(|refused| anyhow!("{refused}"))? {
            say!("{} ({}) has no manager any more", service.name, service.id);
        }
        say!("{email} is erased; copies of the database made before still know them");
        Ok(())
    }
}

fn address(typed: &str) -> Result<EmailAddress, WrongUsage> {
    EmailAddress::parse(typed).ok_or_else(|| WrongUsage(format!("{typed:?} is not an email address")))
}

impl Invite {
    async fn run(self, context: Context) -> anyhow::Result<()> {
        let email = address(&self.email)?;
        let role = Role::parse(&self.role)
            .ok_or_else(|| WrongUsage(format!("{:?} is not a role; choose one of {}", self.role, Role::choices())))?;
        let mut targets = authority_targets(&self.authorities)?;
        let app = context.app()?;
        for id in &self.services {
            targets.push(service_target(&app.db, role, id)?);
        }
        let invitation = Invitation { email, role, targets };
        let (_, link) = invite::run(&app.db, &app.clock, Actor::system(COMMAND_LINE), invitation)
            .await
            .map_err(|refused| anyhow!("{refused}"))?;
        say!("{}", app.config.link(&format!("sign-in/{}", link.reveal())));
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
