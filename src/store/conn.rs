//! One connection type over both databases, and the few things they do not do alike.
//! The only file that asks which of the two it has.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel::sql_query;
use diesel::sql_types::BigInt;

use crate::base::disk;
use crate::store::Error;

/// A connection to either database. Queries are written once and run on both.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    Sqlite(SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(PgConnection),
}

/// Runs one query body, compiled once for each database: for what every update and every look at the log asks.
/// Through the enum, Diesel writes a query's text anew for each of its passes, though it is prepared already.
/// Or two, where what is soonest on one is slow on the other.
macro_rules! on_each {
    ($conn:expr, $c:ident => $query:expr) => {
        on_each!($conn, $c => $query, $query)
    };
    ($conn:expr, $c:ident => $sqlite:expr, $postgres:expr) => {
        match $conn {
            $crate::store::conn::Conn::Sqlite($c) => $sqlite,
            #[cfg(feature = "postgres")]
            $crate::store::conn::Conn::Postgres($c) => $postgres,
        }
    };
}
pub(super) use on_each;

/// Inserts many rows: one by one where a statement costs nothing but itself, together where it goes to a server and back.
macro_rules! insert_all {
    ($conn:expr, $table:expr, $rows:expr) => {
        $rows.chunks($crate::store::conn::MOST_ROWS).try_for_each(|rows| {
            $crate::store::conn::on_each!(
                $conn,
                c => rows.iter().try_for_each(|row| diesel::insert_into($table).values(row).execute(c).map(drop)),
                diesel::insert_into($table).values(rows).execute(c).map(drop)
            )
        })
    };
}
pub(super) use insert_all;

/// So many rows one statement looks up or writes at the most: a database takes some ten thousand values with one.
pub(super) const MOST_ROWS: usize = 1000;
/// How long another process may hold the file of SQLite before we give up, in milliseconds.
const BUSY_TIMEOUT_MS: u32 = 10_000;
/// So many pages of SQLite's log, 16 MB, are taken over into its file together: most of them are the same few.
const CHECKPOINT_PAGES: u32 = 4000;

/// Where the data is, as the setting says.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    Sqlite(PathBuf),
    Postgres(String),
}

impl DatabaseUrl {
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() {
                Err("the database URL names no file: write sqlite:PATH".to_owned())
            } else {
                Ok(Self::Sqlite(PathBuf::from(path)))
            };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return if cfg!(feature = "postgres") {
                Ok(Self::Postgres(text.to_owned()))
            } else {
                Err("this berth was built without PostgreSQL: use sqlite:PATH".to_owned())
            };
        }
        Err(format!(
            "the database URL must begin with sqlite: or postgres://, not {:?}",
            text.split(':').next().unwrap_or_default()
        ))
    }

    /// Whether a server keeps it, to which a connection may be lost.
    pub fn is_remote(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// How large the write-ahead log beside SQLite's file is; `None` on PostgreSQL.
    pub fn wal_bytes(&self) -> Option<u64> {
        match self {
            Self::Sqlite(path) => {
                let mut log = path.clone().into_os_string();
                log.push("-wal");
                Some(std::fs::metadata(log).map_or(0, |file| file.len()))
            }
            Self::Postgres(_) => None,
        }
    }

    /// The same without a password, for logs and the doctor.
    pub fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(url) => match url::Url::parse(url) {
                Ok(mut url) if url.password().is_some() => match url.set_password(Some("hidden")) {
                    Ok(()) => url.to_string(),
                    Err(()) => "postgres://(hidden)".to_owned(),
                },
                Ok(url) => url.to_string(),
                Err(_) => "postgres://(hidden)".to_owned(),
            },
        }
    }

    /// A connection that writes durably.
    pub fn connect(&self) -> Result<Conn, Error> {
        self.open(&format!("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES};"), "")
    }

    /// A connection whose every transaction sees one state of the data.
    fn connect_to_read(&self) -> Result<Conn, Error> {
        // Not mapped into memory: SQLite would map the file anew for every look after a change.
        self.open("PRAGMA synchronous = FULL;", "SET default_transaction_isolation = 'repeatable read'")
    }

    fn open(&self, sqlite: &str, postgres: &str) -> Result<Conn, Error> {
        match self {
            Self::Sqlite(path) => {
                let cannot = |why: String| {
                    Error::Unavailable(format!(
                        "cannot open the database {}: {why}. Check that its folder exists and can be written",
                        path.display()
                    ))
                };
                let mut conn =
                    SqliteConnection::establish(&path.to_string_lossy()).map_err(|e| cannot(e.to_string()))?;
                let pragmas = format!(
                    "PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; \
                     PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864; {sqlite}"
                );
                conn.batch_execute(&pragmas).map_err(|e| cannot(e.to_string()))?;
                Ok(Conn::Sqlite(conn))
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => {
                let cannot = |why: String| {
                    Error::Unavailable(format!(
                        "cannot reach the database {}: {}",
                        self.shown(),
                        why.trim().replace('\n', " ")
                    ))
                };
                let mut conn = PgConnection::establish(url).map_err(|e| cannot(e.to_string()))?;
                let settings = format!("SET TIME ZONE 'UTC'; SET client_min_messages = warning; {postgres}");
                conn.batch_execute(&settings).map_err(|e| cannot(e.to_string()))?;
                Ok(Conn::Postgres(conn))
            }
            #[cfg(not(feature = "postgres"))]
            Self::Postgres(_) => {
                let _ = postgres;
                Err(Error::Unavailable("this berth was built without PostgreSQL".to_owned()))
            }
        }
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

/// On PostgreSQL a node that stops in the middle of its batch, with the lock in its hands, loses it after
/// this long, so that the others go on.
#[cfg(feature = "postgres")]
const SILENT_WRITER_MS: u32 = 4000;
/// A node waits so long for its turn, and once again on a new connection; then it says that it cannot.
#[cfg(feature = "postgres")]
const WAIT_FOR_TURN_MS: u32 = 5000;

impl Conn {
    /// Opens the transaction of a batch of acts and takes the one lock that orders all writers, on
    /// SQLite the file's, on PostgreSQL that of the row of `stream`, so that what an act reads holds
    /// until it commits, on every node.
    pub fn begin_writing(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(c) => c.batch_execute("BEGIN IMMEDIATE"),
            #[cfg(feature = "postgres")]
            Self::Postgres(c) => c.batch_execute(&format!(
                "BEGIN; SET LOCAL lock_timeout = {WAIT_FOR_TURN_MS}; \
                 SET LOCAL idle_in_transaction_session_timeout = {SILENT_WRITER_MS}; \
                 SELECT last_seq FROM stream FOR UPDATE"
            )),
        }
    }

    /// Whether an act needs a savepoint though it is alone in its transaction: PostgreSQL answers the commit of a
    /// transaction in which something failed as if all were well, and keeps nothing of it.
    pub fn needs_savepoints(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => true,
        }
    }

    /// Keeps other processes from changing the schema while we do, until `unlock_schema` or the end of
    /// the connection.
    pub fn lock_schema(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            #[cfg(feature = "postgres")]
            Self::Postgres(c) => c.batch_execute("SELECT pg_advisory_lock(7232001)"),
        }
    }

    pub fn unlock_schema(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            #[cfg(feature = "postgres")]
            Self::Postgres(c) => c.batch_execute("SELECT pg_advisory_unlock(7232001)"),
        }
    }

    /// How large the database is, where it says so.
    pub fn bytes(&mut self) -> Option<i64> {
        #[derive(QueryableByName)]
        struct Size {
            #[diesel(sql_type = BigInt)]
            bytes: i64,
        }
        let size: QueryResult<Size> = match self {
            Self::Sqlite(c) => {
                sql_query("SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()")
                    .get_result(c)
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(c) => sql_query("SELECT pg_database_size(current_database()) AS bytes").get_result(c),
        };
        size.ok().map(|size| size.bytes)
    }

    /// Writes a whole and consistent copy of an SQLite file, while others go on reading and writing. It
    /// has its name once it is whole and on disk, not before. `None` on PostgreSQL, whose own tools do that.
    pub fn copy_to(&mut self, path: &Path) -> Option<Result<(), Error>> {
        match self {
            Self::Sqlite(c) => Some(copy(c, path)),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => None,
        }
    }
}

fn copy(c: &mut SqliteConnection, path: &Path) -> Result<(), Error> {
    let cannot = |e: std::io::Error| Error::Unavailable(format!("cannot write {}: {e}", path.display()));
    let unfinished = disk::beside(path, ".unfinished");
    // What an earlier one left that was killed.
    for end in ["", "-journal"] {
        disk::remove(&disk::beside(&unfinished, end)).map_err(cannot)?;
    }
    c.batch_execute(&format!("VACUUM INTO '{}'", unfinished.to_string_lossy().replace('\'', "''")))?;
    disk::give_name(&unfinished, path).map_err(cannot)
}

/// Makes the pool's connections for reading.
#[derive(Debug)]
pub struct Readers(pub DatabaseUrl);

impl ManageConnection for Readers {
    type Connection = Conn;
    type Error = Error;

    fn connect(&self) -> Result<Conn, Error> {
        self.0.connect_to_read()
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), Error> {
        conn.ping().map_err(Error::from)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        conn.is_broken()
    }
}
