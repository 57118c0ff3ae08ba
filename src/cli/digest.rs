//! `berth digest send`: the digests of a day or week and the weekly mails of who keeps services, made
//! and sent now, each at most once however often this runs, here or on the server.

use std::sync::Arc;

use anyhow::anyhow;

use crate::app::App;
use crate::base::stamp::Stamp;
use crate::base::text;
use crate::cli::{Context, WrongUsage};
use crate::domain::digest::Cadence;
use crate::jobs::digest::{self, Draft, LANE};
use crate::jobs::{runner, schedule, week};

/// Daily and weekly emails about filters
#[derive(clap::Subcommand)]
pub enum Digest {
    Send(Send),
}

/// Sends the digests of the local day and week that were not sent yet, whatever the hour
#[derive(clap::Args)]
pub struct Send {
    /// Only the weekly ones
    #[arg(long, conflicts_with = "daily")]
    weekly: bool,
    /// Only the daily ones
    #[arg(long)]
    daily: bool,
    /// As if it were then, such as 2026-11-23T07:00:00Z
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Only says what would be sent
    #[arg(long)]
    dry_run: bool,
}

impl Digest {
    pub async fn run(self, context: Context) -> anyhow::Result<()> {
        match self {
            Self::Send(send) => send.run(context).await,
        }
    }
}

impl Send {
    async fn run(self, context: Context) -> anyhow::Result<()> {
        let at = self.at.as_deref().map(|text| {
            Stamp::parse(text).ok_or_else(|| WrongUsage(format!("{text:?} is not a time such as 2026-11-23T07:00:00Z")))
        });
        let at = at.transpose()?.unwrap_or_else(|| context.clock.now());
        let app = context.app()?;
        let mut count = 0;
        for cadence in self.cadences() {
            let due = schedule::of_now(&app, cadence, at).await?;
            let drafts =
                if self.dry_run { drafts(&app, due, at).await? } else { schedule::make_all(&app, due, at).await? };
            for draft in drafts {
                if let Some(words) = &draft.words {
                    say!("{} to {}: {}", cadence.word(), draft.to, words.subject);
                    count += 1;
                }
            }
            if cadence == Cadence::Weekly {
                let due = week::of_now(&app, at).await?;
                let weeks =
                    if self.dry_run { week::drafts(&app, due, at).await? } else { week::make(&app, due, at).await? };
                for draft in weeks {
                    say!("week of services to {}: {}", draft.to, draft.words.subject);
                    count += 1;
                }
            }
        }
        let digests = text::count(count, "digest", "digests");
        if self.dry_run {
            say!("{digests} would be sent");
            return Ok(());
        }
        match runner::drain(&app, LANE).await? {
            (0, _) => say!("{digests} sent"),
            (waiting, why) => {
                let why = why.unwrap_or_else(|| "no reason was given".to_owned());
                return Err(anyhow!("{digests} made; {waiting} could not be sent and will be tried again: {why}"));
            }
        }
        Ok(())
    }

    fn cadences(&self) -> Vec<Cadence> {
        match (self.daily, self.weekly) {
            (true, _) => vec![Cadence::Daily],
            (false, true) => vec![Cadence::Weekly],
            (false, false) => Cadence::ALL.to_vec(),
        }
    }
}

async fn drafts(app: &Arc<App>, due: Vec<schedule::Due>, at: Stamp) -> anyhow::Result<Vec<Draft>> {
    let (mut drafts, guides) = (Vec::new(), Arc::default());
    for due in due {
        drafts.extend(digest::draft(app, &due.alert, due.period, at, &guides).await?);
    }
    Ok(drafts)
}
