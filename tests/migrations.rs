//! New releases and old data: a migration that is killed anywhere leaves the old schema or the new, and the
//! next start goes on; the release before runs on the schema of the one after, as it must while nodes are
//! renewed one after the other. Cuts of the power on SQLite are in `power_cut.rs`.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use berth::store::changes;
use berth::store::conn::DatabaseUrl;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};

use crate::support::command::berth;
use crate::support::homes::{add, care_home};
use crate::support::{BEGIN, Home, stamp};
use crate::tidy::source::tracked;
use crate::trial::cluster::Cluster;
use crate::trial::node::Node;
use crate::trial::report::log;
use crate::trial::writer::put;
use crate::trial::{Data, Stage};

/// So many of the newest migrations are new to the data.
const NEW: usize = 6;

fn migrations() -> FileBasedMigrations {
    FileBasedMigrations::from_path(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations")).unwrap()
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn count(c: &mut PgConnection, query: &str) -> i64 {
    sql_query(query).get_result::<Count>(c).unwrap().count
}

/// A process that stands at the end of each migration: it cannot write down that it has run it, while
/// somebody else looks at that table and does not go on.
#[test]
fn a_migration_that_is_killed_at_any_step_leaves_old_or_new_and_the_next_start_goes_on() {
    let Some(home) = Home::on_postgres() else { return };
    add(&home.db(), stamp(BEGIN), (0..5).map(|n| care_home(&format!("1-{n}"), "Alder House")).collect());
    let mut c = PgConnection::establish(&home.database_url).unwrap();
    let applied = "SELECT count(*) AS count FROM __diesel_schema_migrations";
    let tables = "SELECT count(*) AS count FROM information_schema.columns WHERE table_schema = 'public'";
    let all = count(&mut c, applied);
    // The size of the schema after each number of migrations.
    let mut sizes = vec![(all, count(&mut c, tables))];
    for _ in 0..NEW {
        c.revert_last_migration(migrations()).unwrap();
        sizes.push((count(&mut c, applied), count(&mut c, tables)));
    }
    while let Some((done, size)) = sizes.pop().filter(|(done, _)| *done < all) {
        let mut other = PgConnection::establish(&home.database_url).unwrap();
        let held = other.transaction(|other| {
            sql_query("LOCK TABLE __diesel_schema_migrations IN SHARE MODE").execute(other)?;
            let mut program = Command::new(env!("CARGO_BIN_EXE_berth"))
                .arg("migrate")
                .env("BERTH_DATA_DIR", home.folder.path())
                .env("BERTH_DATABASE_URL", &home.database_url)
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            let waiting = "SELECT count(*) AS count FROM pg_locks JOIN pg_database ON pg_database.oid = database \
                           WHERE NOT granted AND datname = current_database()";
            while count(other, waiting) == 0 {
                assert!(program.try_wait().unwrap().is_none(), "it ended before it was killed");
                std::thread::yield_now();
            }
            program.kill().unwrap();
            program.wait().unwrap();
            QueryResult::Ok(())
        });
        held.unwrap();
        // The database itself notices when it next says something to the process that is gone.
        let gone = "SELECT count(*) AS count FROM pg_stat_activity WHERE datname = current_database()";
        drop(other);
        while count(&mut c, gone) > 1 {
            std::thread::yield_now();
        }
        let left = (count(&mut c, applied), count(&mut c, tables));
        assert_eq!(left, (done, size), "nothing of the migration that was killed");
        c.run_next_migration(migrations()).unwrap();
    }
    assert_eq!(berth(&home, &["check"]).code, 0);
    let db = home.db();
    assert_eq!(db.read_now(changes::missing).unwrap(), 0);
    assert_eq!(db.read_now(changes::last_seq).unwrap(), 5);
}

/// The text of every migration, the first one's first.
fn texts() -> Vec<(String, String)> {
    let files = tracked(|path| path.starts_with("migrations/") && path.ends_with("up.sql"));
    files.into_iter().map(|file| (file.path, file.text)).collect()
}

/// What the next release may do to the schema: two columns more in every table, and one more table.
pub fn widen(url: &str) {
    let mut c = DatabaseUrl::parse(url).unwrap().connect().unwrap();
    let texts = texts();
    let tables = texts.iter().flat_map(|(_, text)| text.split("CREATE TABLE ").skip(1));
    let tables: Vec<&str> = tables.filter_map(|rest| rest.split([' ', '(']).next()).collect();
    assert!(tables.len() > 30, "the tables were not found");
    for table in tables {
        let (may, must) = ("next_word TEXT", "next_number BIGINT NOT NULL DEFAULT 0");
        for column in [may, must] {
            c.batch_execute(&format!("ALTER TABLE {table} ADD COLUMN {column}")).unwrap();
        }
    }
    c.batch_execute(
        "CREATE TABLE next_things (id TEXT NOT NULL PRIMARY KEY);
         INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000000')",
    )
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn this_release_goes_on_while_and_after_the_next_one_widens_the_schema() {
    for data in [Some(Data::sqlite()), Cluster::start().map(Data::postgres)].into_iter().flatten() {
        let token = data.fill(2).await;
        let mut node = Node::start(&data.folder, &data.url);
        let stage = Stage::new(std::slice::from_ref(&node), token);
        put(&stage, 0, "before", 1).await;
        widen(&data.url);
        put(&stage, 1, "under the eyes of the server", 1).await;
        node.end();
        node.start_again(&data.folder, &data.url);
        put(&stage, 0, "by a server that starts on it", 0).await;
        let said: Vec<String> = log(&stage).await.into_iter().map(|entry| entry.note).collect();
        let marks = ["", "", "before", "under the eyes of the server", "by a server that starts on it"];
        assert_eq!(said, marks);
    }
}

#[test]
fn a_migration_takes_nothing_away_and_asks_nothing_of_who_does_not_know_it() {
    let wrong = |text: &str| {
        let statements = text.split(';').map(|statement| statement.to_uppercase().replace('\n', " "));
        let is_wrong = |statement: &String| {
            let takes =
                ["DROP ", "RENAME ", "ALTER COLUMN", "SET NOT NULL"].iter().any(|word| statement.contains(word));
            let asks =
                statement.contains("ADD COLUMN") && statement.contains("NOT NULL") && !statement.contains("DEFAULT");
            takes || asks
        };
        statements.filter(is_wrong).count()
    };
    let texts = texts();
    assert!(texts.len() > NEW, "the migrations were not found");
    for (path, text) in texts {
        assert_eq!(wrong(&text), 0, "{path}: the release before must run on it (migrations/README.md)");
    }
    assert_eq!(wrong("DROP TABLE a; ALTER TABLE b RENAME c TO d;"), 2);
    assert_eq!(wrong("ALTER TABLE a ADD COLUMN b TEXT NOT NULL;"), 1);
    assert_eq!(wrong("ALTER TABLE a ADD COLUMN b TEXT; ALTER TABLE a ADD COLUMN c TEXT NOT NULL DEFAULT '';"), 0);
}
