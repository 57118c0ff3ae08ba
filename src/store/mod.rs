//! The only floor that knows Diesel: tables, queries, the write lane and the readers' pool.
//! It holds no rule of the service; what an act may do is decided in `ops`.

mod acts;
pub mod alerts;
pub mod audit;
pub mod boundaries;
pub mod ceremonies;
pub mod changes;
pub mod claims;
pub mod conn;
pub mod consultations;
pub mod devices;
pub mod digests;
pub mod enquiries;
mod figures;
mod fixed;
pub mod guide_texts;
pub mod held;
pub mod idempotency;
pub mod identities;
pub mod interest;
pub mod jobs;
mod known_tokens;
mod lane;
mod migrate;
pub mod notices;
pub mod passkeys;
pub mod people;
pub mod places;
pub mod remarks;
pub mod reminders;
pub mod restore;
mod schema;
mod schema_voices;
pub mod services;
pub mod settings;
pub mod shortlists;
pub mod sign_in;
pub mod statistics;
pub mod stopped;
pub mod tellings;
pub mod tokens;
pub mod week_letters;

use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::Pool;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use tokio::sync::{Semaphore, oneshot, watch};
use tracing::Instrument;

use crate::base::disk;
use crate::base::exposition::Exposition;
use crate::base::traces;
use crate::domain::care_service::CareServiceId;
use crate::store::acts::Deed;
use crate::store::conn::{Conn, DatabaseUrl, Readers};
use crate::store::figures::Figures;
use crate::store::known_tokens::KnownTokens;
use crate::store::lane::Lane;
use crate::store::tellings::Tellings;

/// Searches need no database and updates have their own lane, so few readers go far.
const READERS: u32 = 8;
/// Longer than any sound query; past it the database counts as away.
const READER_PATIENCE: Duration = Duration::from_secs(10);

/// Why the store could not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    NotFound,
    /// Somebody else was first: a key that must be unique is taken.
    Conflict,
    /// The database cannot be reached, is locked, full or read-only: later may be better.
    Unavailable(String),
    /// A fault of ours: a query, a row that cannot be read.
    Broken(String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such row"),
            Self::Conflict => f.write_str("there is one already"),
            Self::Unavailable(why) | Self::Broken(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Self::Conflict,
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, info) => {
                Self::Unavailable(info.message().to_owned())
            }
            DieselError::DatabaseError(_, info) if is_passing(info.message()) => {
                Self::Unavailable(info.message().to_owned())
            }
            other => Self::Broken(other.to_string()),
        }
    }
}

/// Faults of the machine, not of ours: they heal without a new release.
fn is_passing(message: &str) -> bool {
    const PASSING: [&str; 12] = [
        "database is locked",
        "database or disk is full",
        "No space left",
        "readonly database",
        "disk I/O error",
        "unable to open database",
        "server closed the connection",
        "no connection to the server",
        "terminating connection",
        "canceling statement due to lock timeout",
        "the database system is",
        "could not",
    ];
    PASSING.iter().any(|passing| message.contains(passing))
}

/// The database: many readers, one lane of writers.
#[derive(Clone)]
pub struct Db {
    url: DatabaseUrl,
    readers: Pool<Readers>,
    /// As many as there are readers: whoever waits for one waits without a thread.
    turns: Arc<Semaphore>,
    known_tokens: Arc<KnownTokens>,
    lane: Lane,
    hint: watch::Receiver<u64>,
    figures: Arc<Figures>,
}

/// What opening did to the schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    pub migrations_run: Vec<String>,
    /// The copy of the file that was made before.
    pub copy: Option<PathBuf>,
}

impl Db {
    /// Opens the database and brings its schema up to date, after a copy of it on SQLite.
    pub fn open(url: &DatabaseUrl) -> Result<(Self, Opened), Error> {
        if let DatabaseUrl::Sqlite(path) = url
            && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
        {
            disk::make_folder(folder).map_err(|e| {
                Error::Unavailable(format!("cannot make the folder {} for the database: {e}", folder.display()))
            })?;
        }
        let mut conn = url.connect()?;
        let opened = migrate::run(url, &mut conn)?;
        let (counter, hint) = watch::channel(0);
        let readers = Pool::builder()
            .max_size(READERS)
            .min_idle(Some(1))
            .connection_timeout(READER_PATIENCE)
            // A file is there or not; a server may have gone meanwhile.
            .test_on_check_out(url.is_remote())
            .error_handler(Box::new(diesel::r2d2::NopErrorHandler))
            .build_unchecked(Readers(url.clone()));
        let figures = Arc::new(Figures::default());
        let lane = Lane::start(url.clone(), conn, counter, Arc::clone(&figures))?;
        let turns = Arc::new(Semaphore::new(READERS as usize));
        Ok((Self { url: url.clone(), readers, turns, known_tokens: Arc::default(), lane, hint, figures }, opened))
    }

    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// How much this process has written, and how long that took.
    pub fn tell(&self, all: &mut Exposition) {
        self.figures.tell(all);
    }

    /// Changes after each commit of this process: a hint to look at the log, nothing more.
    pub fn hint(&self) -> watch::Receiver<u64> {
        self.hint.clone()
    }

    /// Reads one state of the data, off the async threads.
    pub async fn read<T, E>(&self, look: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let turn = tokio::time::timeout(READER_PATIENCE, self.turns.acquire()).await;
        let _turn = turn.map_err(|_| E::from(Error::Unavailable("the database is too slow".to_owned())))?;
        let db = self.clone();
        let done = tokio::task::spawn_blocking(move || db.read_now(look)).instrument(traces::within("read")).await;
        done.unwrap_or_else(|_| Err(E::from(Error::Broken("a look-up panicked".to_owned()))))
    }

    /// The same on this thread: for the command line and for threads of our own.
    pub fn read_now<T, E: From<Error>>(&self, look: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        let mut conn =
            self.readers.get().map_err(|e| Error::Unavailable(format!("the database does not answer: {e}")))?;
        conn.batch_execute("BEGIN").map_err(Error::from)?;
        let seen = look(&mut conn);
        conn.batch_execute("ROLLBACK").map_err(Error::from)?;
        seen
    }

    /// One act, one transaction. `Ok` means: on disk.
    pub async fn write<T, E>(&self, act: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.queue(Deed::Any(Some(Box::new(act)))).await
    }

    /// The same for an act that tells the capacity of this service and does nothing else: it is
    /// written together with others that wait. It may run twice, and counts once.
    pub async fn tell_capacity<T, E>(
        &self,
        id: CareServiceId,
        act: impl Fn(&mut Tellings) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.queue(Deed::Telling(id, Box::new(act))).await
    }

    async fn queue<T, E>(&self, deed: Deed<T, E>) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        // Whoever asked may have gone; what was committed stays committed.
        self.lane.push(deed, |outcome| drop(reply.send(outcome)));
        answer.instrument(traces::within("commit")).await.unwrap_or_else(|_| Err(E::from(lane_ended())))
    }

    /// The same, waited for on this thread: for the command line and for threads of our own.
    pub fn write_now<T, E>(&self, act: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = mpsc::channel();
        self.lane.push(Deed::Any(Some(Box::new(act))), move |outcome| drop(reply.send(outcome)));
        answer.recv().unwrap_or_else(|_| Err(E::from(lane_ended())))
    }
}

fn lane_ended() -> Error {
    Error::Unavailable("the write lane has ended; start Berth again".to_owned())
}
