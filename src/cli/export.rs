//! `berth export`: services, capacity or the log as CSV or JSON, with all that staff may see.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use crate::cli::Context;
use crate::domain::care_service::CareService;
use crate::domain::change::Change;
use crate::domain::freshness::Moment;
use crate::domain::view::{ServiceJson, View};
use crate::feed::csv::{CapacityCsv, ChangesCsv, ServicesCsv};
use crate::store::{Db, changes, services};

/// The log is read in parts, so that a long one fits in memory.
const CHANGES_AT_ONCE: i64 = 1_000;

/// Writes services, capacity or the log of changes, as staff see them
#[derive(clap::Args)]
pub struct Export {
    what: What,
    /// The form
    #[arg(long, default_value = "csv")]
    format: Format,
    /// Writes to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    Services,
    Capacity,
    Changes,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Csv,
    Json,
}

impl Export {
    pub fn run(self, context: Context) -> anyhow::Result<()> {
        let db = context.db()?;
        let moment = Moment { now: context.clock.now(), limits: context.config.freshness_limits() };
        let Some(path) = &self.out else {
            return self.write(&db, &moment, &mut BufWriter::new(io::stdout().lock()));
        };
        let unfinished = beside(path);
        let written = File::create(&unfinished).map_err(anyhow::Error::from).and_then(|file| {
            let mut out = BufWriter::new(file);
            self.write(&db, &moment, &mut out)?;
            out.into_inner()?.sync_all()?;
            Ok(std::fs::rename(&unfinished, path)?)
        });
        written.with_context(|| format!("cannot write {}", path.display()))
    }

    fn write(&self, db: &Db, moment: &Moment, out: &mut impl Write) -> anyhow::Result<()> {
        match (self.what, self.format) {
            (What::Services, Format::Csv) => {
                let mut csv = ServicesCsv::new(&mut *out, View::Staff, *moment)?;
                registered(db)?.iter().try_for_each(|service| csv.write(service))?;
                csv.finish()?;
            }
            (What::Capacity, Format::Csv) => {
                let mut csv = CapacityCsv::new(&mut *out, View::Staff)?;
                registered(db)?.iter().try_for_each(|service| csv.write(service))?;
                csv.finish()?;
            }
            (What::Changes, Format::Csv) => {
                let mut csv = ChangesCsv::new(&mut *out, View::Staff)?;
                each_change(db, |change| csv.write(change))?;
                csv.finish()?;
            }
            (What::Services, Format::Json) => {
                let mut list = JsonList::new(&mut *out);
                let all = registered(db)?;
                all.iter().try_for_each(|service| list.item(&ServiceJson::new(service, View::Staff, moment)))?;
                list.end()?;
            }
            (What::Capacity, Format::Json) => {
                let mut list = JsonList::new(&mut *out);
                registered(db)?.iter().try_for_each(|service| {
                    let whole = ServiceJson::new(service, View::Staff, moment);
                    list.item(&json!({ "id": whole.id, "name": whole.name, "capacity": whole.capacity }))
                })?;
                list.end()?;
            }
            (What::Changes, Format::Json) => {
                let mut list = JsonList::new(&mut *out);
                each_change(db, |change| {
                    let service = ServiceJson::new(&change.service, View::Staff, moment);
                    let (kind, actor) = (change.kind.word(), &change.actor);
                    list.item(&json!({
                        "seq": change.seq, "at": change.at, "kind": kind, "actor": actor, "service": service,
                    }))
                })?;
                list.end()?;
            }
        }
        Ok(out.flush()?)
    }
}

/// The services on the register, in the order of their ids.
fn registered(db: &Db) -> anyhow::Result<Vec<CareService>> {
    let all = db.read_now(services::all)?;
    let mut registered: Vec<CareService> =
        all.into_iter().map(|stored| stored.service).filter(|service| service.left_at.is_none()).collect();
    registered.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(registered)
}

fn each_change(db: &Db, mut act: impl FnMut(&Change) -> io::Result<()>) -> anyhow::Result<()> {
    let mut seq = 0;
    loop {
        let part = db.read_now(|c| changes::after(c, seq, CHANGES_AT_ONCE))?;
        let Some(last) = part.last() else { return Ok(()) };
        seq = last.seq;
        part.iter().try_for_each(&mut act)?;
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".unfinished");
    PathBuf::from(name)
}

/// A JSON array written item by item.
struct JsonList<W> {
    out: W,
    is_begun: bool,
}

impl<W: Write> JsonList<W> {
    fn new(out: W) -> Self {
        Self { out, is_begun: false }
    }

    fn item(&mut self, item: &impl serde::Serialize) -> io::Result<()> {
        self.out.write_all(if self.is_begun { b",\n" } else { b"[\n" })?;
        self.is_begun = true;
        Ok(serde_json::to_writer(&mut self.out, item)?)
    }

    fn end(mut self) -> io::Result<()> {
        self.out.write_all(if self.is_begun { b"\n]\n" } else { b"[]\n" })
    }
}
