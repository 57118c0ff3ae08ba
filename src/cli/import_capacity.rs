//! `berth import capacity`: new figures for many services from one file, all of them or none.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use anyhow::anyhow;
use serde_json::json;

use crate::base::text;
use crate::cli::Context;
use crate::cli::import::{date_order, grouped};
use crate::domain::actor::Actor;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::words;
use crate::import::capacity::{CapacityFile, Plan};
use crate::import::source::Source;
use crate::ops::update_capacity::{self, Telling};
use crate::ops::{Condition, Refused};
use crate::store::{Db, services};

/// Reads new capacity for many services, in the columns of `berth export capacity`: all of it or nothing
#[derive(clap::Args)]
pub struct ImportCapacity {
    /// CSV, plain or .gz or .zst
    file: PathBuf,
    /// Says what would change, and changes nothing
    #[arg(long)]
    dry_run: bool,
    /// Whether 06/05/2020 begins with the day (dmy) or the month (mdy); otherwise the file tells
    #[arg(long, value_name = "dmy|mdy")]
    date_order: Option<String>,
    /// Prints the summary as JSON
    #[arg(long)]
    json: bool,
}

impl ImportCapacity {
    pub async fn run(self, context: Context) -> anyhow::Result<()> {
        let order = date_order(self.date_order.as_deref())?;
        let file = Source::open(&self.file).and_then(|source| CapacityFile::read(source, order))?;
        let db = context.db()?;
        let known = known(&db, file.ids().cloned().collect())?;
        let plan = file.plan(&known, context.config.timezone.day(context.clock.now()));
        for planned in &plan.updates {
            eprintln!("{} {}: {}", planned.id, planned.name, planned.changes.join("; "));
        }
        let name = self.file.display();
        for mistake in &plan.mistakes {
            eprintln!("{name} line {}: {}", mistake.line, mistake.detail);
        }
        if !plan.mistakes.is_empty() {
            let mistakes = text::count(plan.mistakes.len() as u64, "mistake", "mistakes");
            return Err(anyhow!("nothing was imported: {name} has {mistakes}, listed above"));
        }
        let (rows_read, changed, unchanged) = (plan.rows_read, plan.updates.len(), plan.unchanged.len());
        if !self.dry_run {
            write(&db, &context, plan).await?;
        }
        if self.json {
            let summary = json!({
                "rows_read": rows_read, "changed": changed, "unchanged": unchanged, "dry_run": self.dry_run,
            });
            say!("{summary}");
            return Ok(());
        }
        let would = if self.dry_run { "would be " } else { "" };
        say!(
            "{} read; care services: {would}{} changed, {} unchanged",
            text::count(rows_read as u64, "row", "rows"),
            grouped(changed),
            grouped(unchanged)
        );
        Ok(())
    }
}

fn known(db: &Db, ids: HashSet<CareServiceId>) -> anyhow::Result<HashMap<CareServiceId, CareService>> {
    let all = db.read_now(services::all)?;
    let named = all.into_iter().map(|stored| stored.service).filter(|service| ids.contains(&service.id));
    Ok(named.map(|service| (service.id.clone(), service)).collect())
}

async fn write(db: &Db, context: &Context, plan: Plan) -> anyhow::Result<()> {
    let actor = Actor::system("import");
    let telling = |id, version| Telling {
        actor: actor.clone(),
        id,
        source: words::Source::Csv,
        condition: Condition::version(version),
    };
    let all = plan.updates.into_iter().map(|planned| (telling(planned.id, planned.version), planned.update)).collect();
    match update_capacity::run_all(db, &context.clock, all, Vec::new()).await {
        Ok(_) => Ok(()),
        Err(Refused::Stale(_)) => {
            Err(anyhow!("nothing was imported: figures of a service in the file were updated meanwhile; run it again"))
        }
        Err(refused) => Err(anyhow!("nothing was imported: {refused}")),
    }
}
