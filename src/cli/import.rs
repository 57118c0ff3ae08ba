//! `berth import`: brings files in. This file holds the register; postcodes and capacity have theirs.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use serde_json::json;

use crate::base::text;
use crate::cli::import_boundaries::ImportBoundaries;
use crate::cli::import_capacity::ImportCapacity;
use crate::cli::import_postcodes::ImportPostcodes;
use crate::cli::{Context, WrongUsage, progress};
use crate::domain::authority::{self, AuthorityCode};
use crate::domain::care_service::CareServiceId;
use crate::import::cqc::{self, Reading, Wanted};
use crate::import::dates::DateOrder;
use crate::import::refusal::{Refusal, Reject};
use crate::import::source::Source;
use crate::ops::apply_import::{self, Complete, Register, Tally};

/// More than a screen of rejected rows helps nobody; `--rejects` has them all.
const REJECTS_SHOWN: usize = 20;

/// Brings files in: a register, postcodes, capacity, boundaries
#[derive(clap::Subcommand)]
pub enum Import {
    Cqc(ImportCqc),
    Postcodes(ImportPostcodes),
    Capacity(ImportCapacity),
    Boundaries(ImportBoundaries),
}

/// Reads files of the CQC register: care directory, locations, ratings; CSV, plain or .gz or .zst
#[derive(clap::Args)]
pub struct ImportCqc {
    /// The files; what one does not say of a service, another may
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Only services of this authority, by its code such as E10000014; repeats
    #[arg(long = "authority", value_name = "CODE", value_delimiter = ',')]
    authorities: Vec<String>,
    /// Says what would change, and changes nothing
    #[arg(long)]
    dry_run: bool,
    /// Writes every row that was not taken, with line and reason, to this CSV file
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// The files are the whole register of their authorities: services that are absent have left
    #[arg(long)]
    complete: bool,
    /// Whether 06/05/2020 begins with the day (dmy) or the month (mdy); otherwise the file tells
    #[arg(long, value_name = "dmy|mdy")]
    date_order: Option<String>,
    /// Prints the summary as JSON
    #[arg(long)]
    json: bool,
}

impl Import {
    pub async fn run(self, context: Context) -> anyhow::Result<()> {
        match self {
            Self::Cqc(verb) => verb.run(context).await,
            Self::Postcodes(verb) => verb.run(context).await,
            Self::Capacity(verb) => verb.run(context).await,
            Self::Boundaries(verb) => verb.run(context).await,
        }
    }
}

impl ImportCqc {
    async fn run(self, context: Context) -> anyhow::Result<()> {
        let (files, wanted) = self.wanted()?;
        spare(&files, self.rejects.as_deref())?;
        let mut reading = Reading::default();
        let mut refusals = Vec::new();
        for file in &files {
            match read(file, &wanted) {
                Ok(found) => reading.join(found),
                Err(refusal) => refusals.push(refusal.to_string()),
            }
        }
        if !refusals.is_empty() {
            return Err(anyhow!("nothing was imported: {}", refusals.join("; ")));
        }
        report(&reading.rejects, self.rejects.as_deref())?;
        let (rows_read, out_of_scope, elsewhere) = (reading.rows_read, reading.out_of_scope, reading.elsewhere);
        let rejected = reading.rejects.len();
        let db = context.db()?;
        let register =
            Register { complete: self.complete.then(|| complete(&reading)).flatten(), entries: reading.entries };
        let plan = apply_import::plan(&db, register).await?;
        let tally = if self.dry_run {
            plan.tally
        } else {
            let bar = progress::over_count(plan.size(), "writing services");
            let tally = apply_import::run(&db, &context.clock, plan, |done| bar.set_position(done as u64)).await?;
            bar.finish_and_clear();
            tally
        };
        let Tally { added, changed, unchanged, left } = tally;
        if self.json {
            let summary = json!({
                "files": files.len(), "rows_read": rows_read, "out_of_scope": out_of_scope,
                "other_authorities": elsewhere, "rejected": rejected,
                "added": added, "changed": changed, "unchanged": unchanged, "left": left, "dry_run": self.dry_run,
            });
            say!("{summary}");
            return Ok(());
        }
        let rows = |count: u64| text::count(count, "row", "rows");
        say!("{} read: {} out of scope, {} rejected", rows(rows_read), rows(out_of_scope), rows(rejected as u64));
        let (would, counts) = if self.dry_run { ("would be ", "") } else { ("", "") };
        say!(
            "care services{counts}: {would}{} added, {} changed, {} left; {} unchanged",
            grouped(added),
            grouped(changed),
            grouped(left),
            grouped(unchanged)
        );
        Ok(())
    }

    /// The files and what is wanted of them. `--authority A B` puts B among the files: codes are told apart.
    fn wanted(&self) -> Result<(Vec<PathBuf>, Wanted), WrongUsage> {
        let is_codes = |path: &&PathBuf| {
            path.to_str().is_some_and(|text| text.split(',').all(|code| AuthorityCode::parse(code).is_some()))
        };
        let (codes, files): (Vec<&PathBuf>, Vec<&PathBuf>) =
            self.files.iter().partition(|path| !self.authorities.is_empty() && is_codes(path));
        let codes = codes.into_iter().filter_map(|path| path.to_str()).flat_map(|text| text.split(','));
        let mut authorities = BTreeSet::new();
        for text in codes.chain(self.authorities.iter().map(String::as_str)) {
            let known = AuthorityCode::parse(text).filter(|code| authority::by_code(code).is_some());
            authorities.insert(known.ok_or_else(|| {
                WrongUsage(format!("{text:?} is not the code of an authority of England, such as E10000014"))
            })?);
        }
        if files.is_empty() {
            return Err(WrongUsage("name the files to import".to_owned()));
        }
        let wanted = Wanted { authorities, date_order: date_order(self.date_order.as_deref())? };
        Ok((files.into_iter().cloned().collect(), wanted))
    }
}

fn read(file: &Path, wanted: &Wanted) -> Result<Reading, Refusal> {
    let bar = progress::over_file(file);
    let reading = cqc::read(Source::open(file)?, wanted, |bytes| bar.set_position(bytes));
    bar.finish_and_clear();
    reading
}

/// The whole register of the authorities that the files name, unless nobody can tell whom a
/// rejected row is about: then nobody leaves.
fn complete(reading: &Reading) -> Option<Complete> {
    let nameless = reading.rejects.iter().filter(|reject| reject.id.is_none()).count();
    if nameless > 0 {
        eprintln!(
            "berth: {} cannot be read at all, so nobody is marked as having left; mend the file and run this again",
            text::count(nameless as u64, "row", "rows")
        );
        return None;
    }
    let authorities = reading.entries.iter().map(|entry| entry.told.authority.code.clone()).collect();
    let spared: HashSet<CareServiceId> =
        reading.rejects.iter().filter_map(|reject| reject.id.as_ref().map(CareServiceId::from_text)).collect();
    Some(Complete { authorities, spared })
}

pub fn date_order(word: Option<&str>) -> Result<Option<DateOrder>, WrongUsage> {
    let parse = |word| {
        DateOrder::parse(word)
            .ok_or_else(|| WrongUsage(format!("--date-order is dmy (day first) or mdy (month first), not {word:?}")))
    };
    word.map(parse).transpose()
}

/// Whether the rejects would be written over a file that is being read.
pub fn spare(files: &[PathBuf], rejects: Option<&Path>) -> Result<(), WrongUsage> {
    let Some(rejects) = rejects.filter(|path| path.exists()) else { return Ok(()) };
    let is_same = |file: &PathBuf| file.canonicalize().ok() == rejects.canonicalize().ok();
    match files.iter().find(|file| is_same(file)) {
        None => Ok(()),
        Some(file) => Err(WrongUsage(format!("--rejects would overwrite {}; name another file", file.display()))),
    }
}

/// Says which rows were not taken: the first of them here, all of them in a file if one is named.
pub fn report(rejects: &[Reject], file: Option<&Path>) -> anyhow::Result<()> {
    for reject in rejects.iter().take(REJECTS_SHOWN) {
        eprintln!("{} line {}: {}", reject.file, reject.line, reject.fault);
    }
    if let Some(more) = rejects.len().checked_sub(REJECTS_SHOWN).filter(|more| *more > 0) {
        eprintln!("and {} more; --rejects FILE writes them all", text::count(more as u64, "row", "rows"));
    }
    let Some(path) = file else { return Ok(()) };
    write_rejects(rejects, path).with_context(|| format!("nothing was imported: cannot write {}", path.display()))
}

fn write_rejects(rejects: &[Reject], path: &Path) -> anyhow::Result<()> {
    let mut out = csv::Writer::from_path(path)?;
    out.write_record(["file", "line", "id", "reason"])?;
    for reject in rejects {
        let (line, reason) = (reject.line.to_string(), reject.fault.to_string());
        out.write_record([&reject.file, &line, reject.id.as_deref().unwrap_or_default(), &reason])?;
    }
    Ok(out.flush()?)
}

pub fn grouped(count: usize) -> String {
    text::grouped(count as u64)
}
