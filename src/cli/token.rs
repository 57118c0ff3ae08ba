//! `berth token create`: a bearer token for a program, printed once.

use anyhow::anyhow;

use crate::cli::person::authority_targets;
use crate::cli::{Context, WrongUsage};
use crate::domain::actor::Actor;
use crate::domain::care_service::CareServiceId;
use crate::domain::person::Target;
use crate::domain::words::Scope;
use crate::ops::create_token::{self, NewToken};

/// Bearer tokens of programs
#[derive(clap::Subcommand)]
pub enum Token {
    Create(Create),
}

/// Makes a token and prints it, once, on the last line
#[derive(clap::Args)]
pub struct Create {
    /// What the token is for, shown to administrators
    #[arg(long)]
    name: String,
    /// capacity:write, staff:read or admin; repeats
    #[arg(long = "scope", required = true)]
    scopes: Vec<String>,
    /// A service, by its id; repeats
    #[arg(long = "service", value_name = "ID")]
    services: Vec<String>,
    /// An authority, by its code; repeats
    #[arg(long = "authority", value_name = "CODE")]
    authorities: Vec<String>,
    /// For every service and authority
    #[arg(long, conflicts_with_all = ["services", "authorities"])]
    all: bool,
}

impl Token {
    pub async fn run(self, context: Context) -> anyhow::Result<()> {
        match self {
            Self::Create(create) => create.run(context).await,
        }
    }
}

impl Create {
    async fn run(self, context: Context) -> anyhow::Result<()> {
        let scope = |word: &String| {
            let wrong = || WrongUsage(format!("{word:?} is not a scope; choose one of {}", Scope::choices()));
            Scope::parse(word).ok_or_else(wrong)
        };
        let scopes = self.scopes.iter().map(scope).collect::<Result<Vec<_>, _>>()?;
        let mut targets = authority_targets(&self.authorities)?;
        targets.extend(self.services.iter().map(|id| Target::Service(CareServiceId::from_text(id))));
        targets.extend(self.all.then_some(Target::All));
        if targets.is_empty() {
            return Err(
                WrongUsage("say for what the token is: --service ID, --authority CODE or --all".to_owned()).into()
            );
        }
        let app = context.app()?;
        let new = NewToken { name: self.name, scopes, targets, expires_at: None };
        let (_, secret) = create_token::run(&app.db, &app.clock, Actor::system("command line"), new)
            .await
            .map_err(|refused| anyhow!("{refused}"))?;
        say!("{}", secret.reveal());
        Ok(())
    }
}
