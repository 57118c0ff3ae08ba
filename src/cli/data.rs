//! `berth migrate`, `check`, `backup`, `restore`: the data as a whole.

use std::path::PathBuf;

use anyhow::anyhow;
use chrono::Days;

use crate::base::local::day_words;
use crate::cli::serving::Serving;
use crate::cli::{Context, WrongUsage};
use crate::domain::bank_holidays;
use crate::guide::workshop::Workshop;
use crate::store::conn::DatabaseUrl;
use crate::store::{Db, Error, changes, jobs, places, restore, services};

/// So long before the known bank holidays run out, `check` says so.
const HOLIDAYS_AHEAD: Days = Days::new(92);

/// Brings the schema up to date, after a copy of the data on SQLite
#[derive(clap::Args)]
pub struct Migrate {}

/// Examines the installation and says what to mend
#[derive(clap::Args)]
pub struct Check {}

/// Writes a whole copy of the data to a new file, while the server goes on
#[derive(clap::Args)]
pub struct Backup {
    /// The file to make
    file: PathBuf,
}

/// Puts the data of a backup in place of what there is; the server must not be running
#[derive(clap::Args)]
pub struct Restore {
    /// A file that `berth backup` made
    #[arg(required_unless_present = "new_epoch")]
    file: Option<PathBuf>,
    /// Only tell watchers that the data was restored by other means, such as PostgreSQL's own
    #[arg(long, conflicts_with = "file")]
    new_epoch: bool,
}

fn open(context: &Context) -> anyhow::Result<(Db, crate::store::Opened)> {
    let url = DatabaseUrl::parse(&context.config.database_url).map_err(|e| anyhow!(e))?;
    Db::open(&url).map_err(|e| anyhow!("{e}"))
}

impl Migrate {
    pub fn run(self, context: Context) -> anyhow::Result<()> {
        let (db, opened) = open(&context)?;
        if let Some(copy) = &opened.copy {
            say!("copied the data first to {}", copy.display());
        }
        for name in &opened.migrations_run {
            say!("ran {name}");
        }
        say!("{} is up to date", db.url().shown());
        Ok(())
    }
}

impl Check {
    pub fn run(self, context: Context) -> anyhow::Result<()> {
        let config = context.config.clone();
        let (db, _) = open(&context)?;
        let mut advice: Vec<String> = Vec::new();
        let found = db.read_now(|c| {
            Ok::<_, Error>((
                services::all(c)?,
                changes::stream(c)?,
                changes::missing(c)?,
                places::count(c)?,
                jobs::counts(c)?,
            ))
        });
        let (all, stream, missing, districts, (waiting, given_up)) = found.map_err(|e| anyhow!("{e}"))?;
        say!("database: {}", db.url().shown());
        say!("services: {}, postcode districts: {districts}", all.len());
        say!("log: entries {} to {}, epoch {}", stream.oldest_seq, stream.last_seq, stream.epoch);
        say!("work waiting: {waiting}, given up: {given_up}");
        if missing > 0 {
            return Err(anyhow!("the log has {missing} holes: restore a backup, and report this"));
        }
        if let Some(wrong) = all.iter().find(|stored| stored.last_seq > stream.last_seq) {
            return Err(anyhow!(
                "service {} is newer than the log: restore a backup, and report this",
                wrong.service.id
            ));
        }
        if all.is_empty() {
            advice.push("there are no care services: load a register with `berth import cqc FILE`".to_owned());
        }
        if districts == 0 {
            advice.push(
                "no postcode is known, so nobody can search near a place: `berth import postcodes FILE`".to_owned(),
            );
        }
        if given_up > 0 {
            advice.push(format!("{given_up} mails or other work were given up: see the admin pages for the reasons"));
        }
        if !config.is_https()
            && !config.public_url.host_str().is_some_and(|host| host == "127.0.0.1" || host == "localhost")
        {
            advice.push(
                "the public address is not https: sign-in cookies can be stolen; put a proxy with TLS in front"
                    .to_owned(),
            );
        }
        if config.mail_url.starts_with("file:") {
            advice.push("mail goes to a folder, not to people: set BERTH_MAIL_URL to smtp:// or smtps://".to_owned());
        }
        let (today, known_until) = (config.timezone.day(context.clock.now()), bank_holidays::known_until());
        if today + HOLIDAYS_AHEAD > known_until {
            advice.push(format!(
                "bank holidays are known until {} only: install a newer Berth, so that nobody is reminded on one",
                day_words(known_until)
            ));
        }
        advice.extend(Workshop::new(&config, &db, None).advice(context.clock.now()));
        for sentence in &advice {
            say!("advice: {sentence}");
        }
        say!("{}", if advice.is_empty() { "all is well" } else { "it works; see the advice above" });
        Ok(())
    }
}

impl Backup {
    pub fn run(self, context: Context) -> anyhow::Result<()> {
        if self.file.exists() {
            return Err(anyhow!(
                "{} exists already: choose another name, so that no backup is lost",
                self.file.display()
            ));
        }
        let (db, _) = open(&context)?;
        let mut conn = db.url().connect().map_err(|e| anyhow!("{e}"))?;
        match conn.copy_to(&self.file) {
            Some(copied) => copied.map_err(|e| anyhow!("{e}"))?,
            None => return Err(anyhow!("PostgreSQL is backed up with its own tools: pg_dump, or a base backup")),
        }
        say!("wrote {}", self.file.display());
        Ok(())
    }
}

impl Restore {
    pub fn run(self, context: Context) -> anyhow::Result<()> {
        let now = context.clock.now();
        let Some(file) = &self.file else {
            let (db, _) = open(&context)?;
            db.write_now(move |c| restore::begin_afresh(c, now)).map_err(|e| anyhow!("{e}"))?;
            say!("watchers will start afresh");
            return Ok(());
        };
        let url = DatabaseUrl::parse(&context.config.database_url).map_err(|e| anyhow!(e))?;
        let DatabaseUrl::Sqlite(target) = url else {
            return Err(anyhow!("PostgreSQL is restored with its own tools; then run `berth restore --new-epoch`"));
        };
        if !file.is_file() {
            return Err(WrongUsage(format!("there is no file {}", file.display())).into());
        }
        let _alone = Serving::alone(&context.config)?;
        let kept = restore::replace(&target, file, now)
            .map_err(|e| anyhow!("nothing was restored from {}: {e}", file.display()))?;
        if let Some(kept) = kept {
            say!("kept what there was as {}", kept.display());
        }
        say!("restored {} from {}; watchers will start afresh", target.display(), file.display());
        Ok(())
    }
}
