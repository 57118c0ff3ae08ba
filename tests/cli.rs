//! The one binary, as it is called from a shell: what it prints, and how it ends.

use std::process::{Command, Output};

use berth::store::{changes, jobs, services};

use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::{BEGIN, Home, stamp};

/// The binary with the settings of a home and none of the machine's own.
fn berth(home: &Home) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_berth"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("BERTH_")) {
        command.env_remove(name);
    }
    command.env("BERTH_DATA_DIR", home.folder.path()).env("BERTH_DATABASE_URL", &home.database_url);
    command.current_dir(home.folder.path());
    command
}

fn run(home: &Home, arguments: &[&str]) -> Output {
    berth(home).args(arguments).output().unwrap()
}

fn out(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A failure: its exit code and its one sentence.
fn failure(output: &Output) -> (i32, String) {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(said.trim_end().lines().count(), 1, "more than a sentence: {said}");
    (output.status.code().unwrap(), said)
}

#[test]
fn every_verb_explains_itself() {
    let home = Home::on_sqlite();
    let help = out(&run(&home, &["--help"]));
    let verbs = [
        "serve", "import", "export", "guide", "digest", "alert", "watch", "person", "token", "migrate", "check",
        "backup", "restore", "config",
    ];
    for verb in verbs {
        assert!(help.contains(&format!("\n  {verb}")), "{verb} in {help}");
        assert!(out(&run(&home, &[verb, "--help"])).contains("Usage: berth"), "{verb}");
    }
}

#[test]
fn a_wrong_setting_or_database_ends_with_one_sentence() {
    let home = Home::on_sqlite();
    let mut misspelt = berth(&home);
    misspelt.env("BERTH_LISTN", "x").arg("check");
    let (code, said) = failure(&misspelt.output().unwrap());
    assert_eq!(code, 1);
    assert!(said.contains("BERTH_LISTN"), "{said}");
    for (url, wanted) in [
        ("mysql://x", "sqlite: or postgres://"),
        ("sqlite:/proc/nowhere/berth.db", "/proc/nowhere"),
        ("postgres://nobody@127.0.0.1:1/none", "cannot reach the database"),
    ] {
        let (code, said) = failure(&run(&home, &["check", "--database-url", url]));
        assert_eq!(code, 1, "{url}");
        assert!(said.contains(wanted), "{said}");
    }
    assert_eq!(run(&home, &["frobnicate"]).status.code(), Some(2));
}

#[test]
fn a_port_in_use_is_said_and_another_offered() {
    let home = Home::on_sqlite();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, said) = failure(&run(&home, &["serve", "--listen", &address]));
    assert_eq!(code, 1);
    assert!(said.contains(&address) && said.contains("--listen"), "{said}");
}

#[test]
fn an_invitation_and_a_token_are_printed_and_need_to_say_for_what() {
    for home in Home::on_each() {
        add(&home.db(), stamp(BEGIN), vec![care_home("1-1", "Alder House")]);
        let link = out(&run(&home, &["person", "invite", "ana@example.org", "--role", "manager", "--service", "1-1"]));
        assert!(link.starts_with("http://127.0.0.1:8080/sign-in/"), "{link}");
        let again = out(&run(&home, &["person", "invite", "ana@example.org", "--role", "staff"]));
        assert_ne!(link, again);

        let token =
            out(&run(&home, &["token", "create", "--name", "Rota", "--scope", "capacity:write", "--service", "1-1"]));
        assert!(token.lines().last().unwrap().starts_with("berth_"), "{token}");
        let (code, said) = failure(&run(&home, &["token", "create", "--name", "Rota", "--scope", "capacity:write"]));
        assert_eq!(code, 2);
        assert!(said.contains("--all"), "{said}");
        let (code, said) = failure(&run(&home, &["person", "invite", "ana@example.org", "--role", "king"]));
        assert_eq!((code, said.contains("manager")), (2, true), "{said}");
        let (code, _) =
            failure(&run(&home, &["person", "invite", "ana@example.org", "--role", "manager", "--service", "1-9"]));
        assert_eq!(code, 1);
    }
}

#[test]
fn settings_are_shown_with_their_origin_and_without_secrets() {
    let home = Home::on_sqlite();
    let mut command = berth(&home);
    command.env("BERTH_MAIL_URL", "smtp://user:sesame@127.0.0.1:25").args(["config", "--site-name", "Places"]);
    let shown = out(&command.output().unwrap());
    assert!(shown.contains("BERTH_SITE_NAME = Places\n    from flag"), "{shown}");
    assert!(shown.contains("user:hidden@") && !shown.contains("sesame"), "{shown}");
}

#[test]
fn a_backup_brings_back_what_there_was_with_a_new_epoch_and_no_old_mail() {
    let home = Home::on_sqlite();
    let db = home.db();
    let mut service = care_home("1-1", "Alder House");
    service.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 8, 2)]);
    add(&db, stamp(BEGIN), vec![service.clone()]);
    db.write_now(|c| {
        let job =
            jobs::NewJob { name: "mail", payload: "{}".to_owned(), lane: "mail", order: None, run_at: stamp(BEGIN) };
        jobs::enqueue(c, &job, stamp(BEGIN))
    })
    .unwrap();
    let before = db.read_now(changes::stream).unwrap();
    let file = home.path("backup.db").display().to_string();
    out(&run(&home, &["backup", &file]));
    let (code, said) = failure(&run(&home, &["backup", &file]));
    assert_eq!((code, said.contains("exists already")), (1, true), "{said}");

    add(&db, stamp(BEGIN), vec![care_home("1-2", "Beech House")]);
    out(&run(&home, &["restore", &file]));
    let db = home.db();
    let after = db.read_now(changes::stream).unwrap();
    assert_eq!((after.last_seq, after.oldest_seq), (before.last_seq, before.oldest_seq));
    assert_ne!(after.epoch, before.epoch);
    assert_eq!(db.read_now(services::all).unwrap().len(), 1);
    assert_eq!(db.read_now(|c| services::get(c, &service.id)).unwrap().service, service);
    assert_eq!(db.read_now(jobs::counts).unwrap(), (0, 1));
    assert!(home.path("berth.db.before-restore").exists());
    assert!(out(&run(&home, &["check"])).contains("services: 1"));
}

#[test]
fn what_is_no_backup_is_refused_and_nothing_is_touched() {
    let home = Home::on_sqlite();
    add(&home.db(), stamp(BEGIN), vec![care_home("1-1", "Alder House")]);
    let file = home.path("holiday.jpg");
    std::fs::write(&file, "not a database at all, but long enough to be taken for one").unwrap();
    let (code, said) = failure(&run(&home, &["restore", &file.display().to_string()]));
    assert_eq!((code, said.contains("nothing was restored")), (1, true), "{said}");
    assert_eq!(home.db().read_now(services::all).unwrap().len(), 1);
    assert_eq!(run(&home, &["restore", "nowhere.db"]).status.code(), Some(2));
}

#[test]
fn a_verb_does_its_work_though_nobody_reads_what_it_says() {
    let home = Home::on_sqlite();
    add(&home.db(), stamp(BEGIN), vec![care_home("1-1", "Alder House")]);
    let file = home.path("backup.db").display().to_string();
    for arguments in [&["check"][..], &["backup", &file], &["restore", &file]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = berth(&home).args(arguments).stdout(writer).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&ended.stderr), "", "{arguments:?}");
        assert!(ended.status.success(), "{arguments:?}");
    }
}
