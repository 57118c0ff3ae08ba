//! `berth alert`: alerts made, listed and ended by who runs the service.

use anyhow::anyhow;
use serde_json::json;

use crate::cli::{Context, WrongUsage};
use crate::domain::actor::Actor;
use crate::domain::alert::{AlertAsked, AlertId};
use crate::domain::invalid::Invalid;
use crate::domain::person::EmailAddress;
use crate::domain::words::AlertChannel;
use crate::ops::alert_link::By;
use crate::ops::{Refused, change_alert, make_alert};
use crate::store::{alerts, people};

/// Alerts: saved filters that notify someone
#[derive(clap::Subcommand)]
pub enum Alert {
    Create(Create),
    List(List),
    End(End),
}

/// Makes an alert for an address, confirmed already
#[derive(clap::Args)]
pub struct Create {
    /// Email address
    email: String,
    /// What its reader calls it
    #[arg(long)]
    name: String,
    /// What to watch, such as "vacant=1&bed_type=general_nursing&authority=E10000014"
    #[arg(long, value_name = "QUERY")]
    filter: String,
    /// push, mail (at once), daily or weekly; repeats
    #[arg(long = "channel", value_name = "CHANNEL", required = true)]
    channels: Vec<String>,
    /// The local hour of its digests, 0 to 23
    #[arg(long, value_name = "HOUR")]
    at_hour: Option<u32>,
}

/// Lists the alerts of an address
#[derive(clap::Args)]
pub struct List {
    /// Email address
    email: String,
}

/// Ends an alert, by the id that `berth alert list` shows
#[derive(clap::Args)]
pub struct End {
    id: String,
}

impl Alert {
    pub async fn run(self, context: Context) -> anyhow::Result<()> {
        match self {
            Self::Create(create) => create.run(context).await,
            Self::List(list) => list.run(context).await,
            Self::End(end) => end.run(context).await,
        }
    }
}

fn address(typed: &str) -> Result<EmailAddress, WrongUsage> {
    EmailAddress::parse(typed).ok_or_else(|| WrongUsage(format!("{typed:?} is not an email address")))
}

impl Create {
    async fn run(self, context: Context) -> anyhow::Result<()> {
        let email = address(&self.email)?;
        let channels: Vec<&str> = self.channels.iter().flat_map(|words| words.split(',')).collect();
        if let Some(wrong) = channels.iter().find(|word| AlertChannel::parse(word).is_none()) {
            let choices = AlertChannel::choices();
            return Err(WrongUsage(format!("{wrong:?} is not a channel; choose one of {choices}")).into());
        }
        let body = json!({
            "name": self.name, "query": self.filter, "channels": channels, "email": email, "hour": self.at_hour,
        });
        let asked = AlertAsked::parse_new(&body).map_err(|invalid: Invalid| WrongUsage(invalid.to_string()))?;
        let app = context.app()?;
        let actor = Actor::system("command line");
        match make_alert::run(&app.db, &app.clock, actor, asked, app.config.digest_hour).await {
            Ok(alert) => say!("{}", alert.id),
            Err(Refused::Invalid(invalid)) => return Err(WrongUsage(invalid.to_string()).into()),
            Err(refused) => return Err(anyhow!("{refused}")),
        }
        Ok(())
    }
}

impl List {
    async fn run(self, context: Context) -> anyhow::Result<()> {
        let email = address(&self.email)?;
        let app = context.app()?;
        let found = app.db.read(move |c| {
            let mut found = alerts::of_email(c, &email)?;
            if let Some(person) = people::by_email(c, &email)? {
                found.extend(alerts::of_person(c, &person.id)?);
            }
            Ok::<_, crate::store::Error>(found)
        });
        for alert in found.await? {
            let channels: Vec<&str> = alert.channels.iter().map(|channel| channel.word()).collect();
            say!("{}  {}  {}  {}  {}", alert.id, alert.state.word(), channels.join(","), alert.name, alert.query);
        }
        Ok(())
    }
}

impl End {
    async fn run(self, context: Context) -> anyhow::Result<()> {
        let app = context.app()?;
        let by = By::from(Actor::system("command line"));
        match change_alert::end(&app.db, &app.clock, by, AlertId::from_text(&self.id)).await {
            Ok(alert) => say!("ended {:?}", alert.name),
            Err(Refused::NotFound) => return Err(anyhow!("there is no alert with the id {}", self.id)),
            Err(refused) => return Err(anyhow!("{refused}")),
        }
        Ok(())
    }
}
