//! `berth import postcodes`: where postcodes lie, and services put on the map by them.

use std::path::PathBuf;

use anyhow::anyhow;
use serde_json::json;

use crate::base::text;
use crate::cli::import::{grouped, report, spare};
use crate::cli::{Context, progress};
use crate::import::postcodes::{self, Reading};
use crate::import::source::Source;
use crate::ops::locate_services;
use crate::ops::put_postcodes::{self, Tally};

/// Reads files of postcodes or postcode districts with latitude and longitude; CSV, plain or .gz or .zst
#[derive(clap::Args)]
pub struct ImportPostcodes {
    /// The files, with the headings postcode (or outcode), lat and lon
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Says what would change, and changes nothing
    #[arg(long)]
    dry_run: bool,
    /// Writes every row that was not taken, with line and reason, to this CSV file
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Prints the summary as JSON
    #[arg(long)]
    json: bool,
}

impl ImportPostcodes {
    pub async fn run(self, context: Context) -> anyhow::Result<()> {
        spare(&self.files, self.rejects.as_deref())?;
        let mut reading = Reading::default();
        let mut refusals = Vec::new();
        for file in &self.files {
            let bar = progress::over_file(file);
            let read = Source::open(file)
                .and_then(|source| postcodes::read(source, &mut reading, |bytes| bar.set_position(bytes)));
            bar.finish_and_clear();
            refusals.extend(read.err().map(|refusal| refusal.to_string()));
        }
        if !refusals.is_empty() {
            return Err(anyhow!("nothing was imported: {}", refusals.join("; ")));
        }
        report(&reading.rejects, self.rejects.as_deref())?;
        let (rows_read, nowhere, rejected) = (reading.rows_read, reading.nowhere, reading.rejects.len());
        let postcodes: usize = reading.districts.values().map(|told| told.units.len()).sum();
        let db = context.db()?;
        let (tally, located) = if self.dry_run {
            (put_postcodes::plan(&db, reading.districts).await?, 0)
        } else {
            let bar = progress::over_count(reading.districts.len(), "writing districts");
            let tally = put_postcodes::run(&db, reading.districts, |done| bar.set_position(done as u64)).await?;
            bar.finish_and_clear();
            (tally, locate_services::run(&db, &context.clock).await?)
        };
        let Tally { added, changed, unchanged } = tally;
        if self.json {
            let summary = json!({
                "files": self.files.len(), "rows_read": rows_read, "rejected": rejected, "without_place": nowhere,
                "postcodes": postcodes, "added": added, "changed": changed, "unchanged": unchanged,
                "services_located": located, "dry_run": self.dry_run,
            });
            say!("{summary}");
            return Ok(());
        }
        say!(
            "{} read, {} rejected, {} without a place: {}",
            text::count(rows_read, "row", "rows"),
            grouped(rejected),
            text::grouped(nowhere),
            text::count(postcodes as u64, "postcode", "postcodes"),
        );
        say!(
            "postcode districts: {}{} added, {} changed, {} unchanged; {} put on the map",
            if self.dry_run { "would be " } else { "" },
            grouped(added),
            grouped(changed),
            grouped(unchanged),
            text::count(located as u64, "care service", "care services"),
        );
        Ok(())
    }
}
