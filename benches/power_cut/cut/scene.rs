//! What Berth is doing when the power goes: serving, starting for the first time, making a backup, restoring
//! one, bringing its schema up to date; each done once by the real program, with a tape running.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use berth::base::clock::Clock;
use berth::domain::change::ChangeKind;
use berth::store::changes::{self, Record};
use berth::store::conn::DatabaseUrl;
use berth::store::{Db, Error};
use diesel::prelude::*;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use tempfile::TempDir;

use crate::cut::disk::Disk;
use crate::cut::judge::whole;
use crate::cut::tape::{self, Event, Told};
use crate::trial::node::Node;
use crate::trial::{Data, Stage, home, watcher, writer};

const WRITERS: usize = 6;
/// So many homes are known before.
const HOMES: usize = 8;
/// And so many in the backup that is restored.
const HOMES_IN_BACKUP: usize = 5;
/// So many migrations are new to the data that is brought up to date.
const NEW_MIGRATIONS: u64 = 6;
const DATABASE: &str = "berth.db";

/// When the power goes: after so many events, or when all was done.
#[derive(Clone, Copy)]
pub struct Cut {
    pub place: usize,
    pub is_end: bool,
}

/// Says what is wrong with what was left in a folder.
type Judge = Box<dyn Fn(&Path, Cut) -> Result<(), String>>;

pub struct Scene {
    pub name: &'static str,
    pub before: Disk,
    pub tape: Vec<Event>,
    pub told: Vec<Told>,
    /// Where in the folder Berth has its data.
    pub data: &'static str,
    pub judge: Judge,
}

/// The library that keeps the tape.
fn recorder(folder: &Path) -> PathBuf {
    let library = folder.join("recorder.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/power_cut/recorder.c");
    let made = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).args([source, "-ldl"]).status();
    assert!(made.expect("a C compiler").success(), "the recorder does not compile");
    library
}

/// A server under writers and a watcher, killed when so many updates were acknowledged.
pub async fn serving(updates: u64) -> Scene {
    let (filled, data, tools) = (Data::sqlite(), Data::sqlite(), tempfile::tempdir().expect("a folder"));
    let token = filled.fill(WRITERS).await;
    // A copy, so that nobody but the server has it open.
    copy(&filled.url, &data.folder.path().join(DATABASE));
    let before = Disk::holding(data.folder.path());
    let (library, tape) = (recorder(tools.path()), tools.path().join("tape"));
    let own = [
        ("LD_PRELOAD", library.to_string_lossy()),
        ("TAPE_FILE", tape.to_string_lossy()),
        ("TAPE_ROOT", data.folder.path().to_string_lossy()),
    ];
    let own: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, value.as_ref())).collect();
    let mut node = Node::start_with(&data.folder, &data.url, &own);
    let stage = Stage::new(std::slice::from_ref(&node), token);
    let watcher = tokio::spawn(watcher::watch(Arc::clone(&stage), "", 0));
    let writers: Vec<_> = (0..WRITERS).map(|writer| tokio::spawn(writer::write(Arc::clone(&stage), writer))).collect();
    stage.more(updates).await;
    stage.over.send_replace(true);
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.expect("a writer ends"));
    }
    watcher.abort();
    node.kill();

    let tape = tape::read(&tape, data.folder.path());
    let told = tape::told(&tape);
    let missing =
        acknowledged.iter().find(|(mark, seq)| !told.iter().any(|told| told.mark == *mark && told.seq == *seq));
    assert!(missing.is_none(), "{missing:?} is not on the tape: it does not hold what was said");
    let known = told.clone();
    let judge = move |folder: &Path, cut: Cut| {
        let held = whole(&folder.join(DATABASE))?;
        let is_kept = |told: &&Told| {
            let place = usize::try_from(told.seq - 1).unwrap_or(usize::MAX);
            held.marks.get(place).is_some_and(|mark| mark.as_ref() == Some(&told.mark))
        };
        let told: Vec<&Told> = known.iter().filter(|told| told.place <= cut.place).collect();
        let lost: Vec<&Told> = told.iter().copied().filter(|told| !is_kept(told)).collect();
        match lost.first() {
            None => Ok(()),
            Some(first) => {
                Err(format!("{} of {} told are lost, first {} at {}", lost.len(), told.len(), first.mark, first.seq))
            }
        }
    };
    Scene { name: "serving", before, tape, told, data: "", judge: Box::new(judge) }
}

/// A folder of a verb: its data, as a killed process leaves them, in `data`.
struct Place {
    root: TempDir,
    tools: TempDir,
}

impl Place {
    fn empty() -> Self {
        Self { root: tempfile::tempdir().expect("a folder"), tools: tempfile::tempdir().expect("a folder") }
    }

    /// With homes, the last of them only in the write-ahead log.
    async fn filled() -> Self {
        let (place, filled, open) = (Self::empty(), Data::sqlite(), tempfile::tempdir().expect("a folder"));
        filled.fill(HOMES - 1).await;
        copy(&filled.url, &open.path().join(DATABASE));
        let (db, _) = Db::open(&DatabaseUrl::Sqlite(open.path().join(DATABASE))).expect("it opens");
        let now = Clock::default().now();
        let put = db.write_now(move |c| {
            let (service, kind) = (&home(HOMES - 1), ChangeKind::ServiceAdded);
            changes::record(c, &Record { at: now, kind, actor: "trial", service, previous_seq: 0 })
        });
        put.map_err(|e: Error| e.to_string()).expect("it is written");
        std::fs::create_dir(place.data()).expect("a folder");
        for name in [DATABASE, "berth.db-wal"] {
            std::fs::copy(open.path().join(name), place.data().join(name)).expect("the file is there");
        }
        place
    }

    fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// Runs a verb to its end.
    fn play(&self, name: &'static str, words: &[&str], judge: Judge) -> Scene {
        let (before, tape) = (Disk::holding(self.root.path()), self.tools.path().join("tape"));
        let ran = Command::new(env!("CARGO_BIN_EXE_berth"))
            .args(words)
            .env_clear()
            .env("BERTH_DATA_DIR", self.data())
            .env("LD_PRELOAD", recorder(self.tools.path()))
            .env("TAPE_FILE", &tape)
            .env("TAPE_ROOT", self.root.path())
            .current_dir(self.root.path())
            .stdin(Stdio::null())
            .output();
        let ran = ran.expect("the program runs");
        assert!(ran.status.success(), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
        Scene { name, before, tape: tape::read(&tape, self.root.path()), told: Vec::new(), data: "data", judge }
    }
}

/// What is held must be one of these, and at the end the last one.
fn one_of(held: usize, may_be: &[usize], cut: Cut) -> Result<(), String> {
    let is_right = if cut.is_end { may_be.last() == Some(&held) } else { may_be.contains(&held) };
    if is_right { Ok(()) } else { Err(format!("{held} services, not one of {may_be:?}; at the end: {}", cut.is_end)) }
}

/// A file that need not be there before the end, but is never half of it.
fn absent_or_whole(file: &Path, services: usize, cut: Cut) -> Result<(), String> {
    if file.exists() || cut.is_end {
        let held = whole(file).map_err(|why| format!("{}: {why}", file.display()))?;
        return one_of(held.services, &[services], cut);
    }
    Ok(())
}

/// The first start of all, which brings a register in.
pub fn first_start() -> Scene {
    let place = Place::empty();
    let register = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/import/locations.csv");
    let nothing = Box::new(|_: &Path, _: Cut| Ok(()));
    let scene = place.play("first start", &["import", "cqc", register], nothing);
    let services = whole(&place.data().join(DATABASE)).expect("it is whole").services;
    assert!(services > 0, "the register holds nothing");
    let judge = move |folder: &Path, cut: Cut| {
        let file = folder.join("data").join(DATABASE);
        if !file.exists() && !cut.is_end {
            return Ok(());
        }
        one_of(whole(&file)?.services, &[0, services], cut)
    };
    Scene { judge: Box::new(judge), ..scene }
}

/// `berth backup` of data that are in use.
pub async fn backup() -> Scene {
    let place = Place::filled().await;
    let judge = |folder: &Path, cut: Cut| {
        absent_or_whole(&folder.join("copy.db"), HOMES, cut)?;
        one_of(whole(&folder.join("data").join(DATABASE))?.services, &[HOMES], cut)
    };
    place.play("backup", &["backup", "copy.db"], Box::new(judge))
}

/// `berth restore`: before, the data of a server that was killed.
pub async fn restore() -> Scene {
    let (place, filled) = (Place::filled().await, Data::sqlite());
    filled.fill(HOMES_IN_BACKUP).await;
    copy(&filled.url, &place.root.path().join("copy.db"));
    let judge = |folder: &Path, cut: Cut| {
        absent_or_whole(&folder.join("data/berth.db.before-restore"), HOMES, cut)?;
        one_of(whole(&folder.join("data").join(DATABASE))?.services, &[HOMES, HOMES_IN_BACKUP], cut)
    };
    place.play("restore", &["restore", "copy.db"], Box::new(judge))
}

/// `berth migrate` of data that an earlier release has left.
pub async fn migrate() -> Scene {
    let place = Place::filled().await;
    let file = place.data().join(DATABASE);
    let migrations = FileBasedMigrations::from_path(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"));
    let migrations = migrations.expect("the migrations are there");
    let mut conn = SqliteConnection::establish(&file.to_string_lossy()).expect("it opens");
    for _ in 0..NEW_MIGRATIONS {
        conn.revert_last_migration(migrations.clone()).expect("it can be undone");
    }
    drop(conn);
    let judge = |folder: &Path, cut: Cut| {
        let data = folder.join("data");
        let copies = copies_in(&data);
        if cut.is_end && copies.is_empty() {
            return Err("no copy was made first".to_owned());
        }
        copies.iter().try_for_each(|copy| absent_or_whole(copy, HOMES, cut))?;
        one_of(whole(&data.join(DATABASE))?.services, &[HOMES], cut)
    };
    place.play("new schema", &["migrate"], Box::new(judge))
}

/// The copies that were made before the schema changed.
fn copies_in(data: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(data).expect("a folder").filter_map(Result::ok).map(|entry| entry.path());
    let is_copy = |name: &str| {
        name.starts_with("berth.db.before-")
            && !["-wal", "-shm", "-journal", ".unfinished"].iter().any(|end| name.ends_with(end))
    };
    files.filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_copy)).collect()
}

fn copy(url: &str, to: &Path) {
    let url = DatabaseUrl::parse(url).expect("an address of a database");
    let copied = url.connect().expect("it opens").copy_to(to);
    copied.expect("a file").expect("it is copied");
}
