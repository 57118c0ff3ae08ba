//! Figures of many services from one file, in the browser: every change and every mistake first, then
//! all of it or nothing, and nothing at all if anything has changed since.

use std::fmt::Write as _;

use berth::domain::capacity::Capacity;
use berth::domain::care_service::ProviderId;
use berth::domain::person::Target;
use berth::domain::words::{BedType, Role, Source};
use chrono::Duration;
use reqwest::{Client, StatusCode};
use tokio::test;

use crate::support::homes::{add, bed, care_home, confirmed, nursing, tell};
use crate::support::html::{Page, ask, get, post, set, value};
use crate::support::manager::{bed as numbers, stored};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

const BULK: &str = "/update/bulk";
const PUBLISH: &str = "/update/bulk/publish";
const HEAD: &str = "service_id,bed_type,maximum,occupied,reserved,accepting,reason,earliest_admission,note";

/// Three homes of one provider with ten beds each, two accepting, one of another, and the group's manager.
async fn begin(home: &Home) -> (Server, Client) {
    let mut homes = vec![];
    for (id, name) in [("1-1", "Alder House"), ("1-2", "Beech House"), ("1-3", "Cedar House"), ("1-9", "Other House")] {
        let mut home = care_home(id, name);
        home.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 7, 2)]);
        if id == "1-9" {
            home.facts.provider = None;
        }
        homes.push(home);
    }
    add(&home.db(), stamp(BEGIN), homes);
    let server = Server::start(home);
    let group = group(&server).await;
    (server, group)
}

async fn group(server: &Server) -> Client {
    let provider = Target::Provider(ProviderId::from_text("1-900"));
    server.browser("group@example.org", Role::GroupManager, vec![provider]).await
}

/// Sends a file as a browser does.
async fn upload(server: &Server, who: &Client, name: &str, content: &[u8]) -> Page {
    let page = get(who, &server.at(BULK)).await;
    let fields = if page.status == StatusCode::OK { page.form(BULK) } else { Vec::new() };
    let token = format!(
        "--X\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\n{}\r\n",
        value(&fields, "form_token")
    );
    let head = format!("{token}--X\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.csv\"\r\n\r\n");
    let body = [head.as_bytes(), content, b"\r\n--X--\r\n"].concat();
    let request = who.post(server.at(BULK)).header("Content-Type", "multipart/form-data; boundary=X");
    ask(request.header("Origin", &server.url).body(body)).await
}

fn file(rows: &[&str]) -> Vec<u8> {
    [&[HEAD], rows].concat().join("\r\n").into_bytes()
}

#[test(flavor = "multi_thread")]
async fn a_file_is_shown_first_and_then_published_whole() {
    for home in Home::on_each() {
        let (server, group) = begin(&home).await;
        let content = file(&[
            "1-1,general_nursing,10,8,1,1,,,",
            "1-2,general_nursing,10,7,1,2,,,",
            "1-3,general_nursing,12,9,0,3,,2026-12-24,Two new",
        ]);
        let preview = upload(&server, &group, "file", &content).await;
        assert_eq!(preview.status, StatusCode::OK, "{}", preview.text());
        assert!(preview.says("3 lines read: 2 services would change, 1 would stay as it is."), "{}", preview.text());
        assert!(preview.says("general_nursing permanent: accepting 2 → 1, occupied 7 → 8"), "{}", preview.text());
        assert_eq!(stored(&home, "1-1").version, 1, "it is only looked at");
        let sent = post(&group, &server.at(PUBLISH), &preview.form(PUBLISH)).await;
        assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/update/bulk?published=2&confirmed=0"));
        assert!(get(&group, &server.at(sent.location())).await.says("Published: the figures of 2 services."));
        let versions = ["1-1", "1-2", "1-3"].map(|id| stored(&home, id).version);
        assert_eq!(versions, [2, 1, 2]);
        let cedar = stored(&home, "1-3");
        assert_eq!((numbers(&cedar, 0), cedar.source), ((12, 9, 0, 3), Some(Source::Csv)));
        assert_eq!(cedar.confirmed_by.as_deref(), Some("group_manager"));
        let again = post(&group, &server.at(PUBLISH), &preview.form(PUBLISH)).await;
        assert_eq!(again.location(), "/update/bulk?published=0", "pressed twice is done once");
        assert_eq!(stored(&home, "1-1").version, 2);
        let pasted = upload(&server, &group, "pasted", &content).await;
        assert!(pasted.says("0 services would change, 3 would stay"), "{}", pasted.text());
    }
}

#[test(flavor = "multi_thread")]
async fn what_was_downloaded_comes_in_again_and_changes_nothing() {
    let home = Home::on_sqlite();
    let (server, group) = begin(&home).await;
    let answer = group.get(server.at("/update/bulk/capacity.csv")).send().await.unwrap();
    assert_eq!(answer.headers()["Cache-Control"], "no-store");
    let content = answer.bytes().await.unwrap();
    assert!(!String::from_utf8_lossy(&content).contains("Other House"), "only one's own");
    let preview = upload(&server, &group, "file", &content).await;
    assert!(preview.says("3 lines read: 0 services would change, 3 would stay as they are."), "{}", preview.text());
    assert_eq!(stored(&home, "1-1").version, 1, "looking changes nothing");
}

#[test(flavor = "multi_thread")]
async fn figures_of_a_file_that_are_still_right_are_confirmed_by_who_says_so() {
    for home in Home::on_each() {
        let (server, group) = begin(&home).await;
        let content = group.get(server.at("/update/bulk/capacity.csv")).send().await.unwrap().bytes().await.unwrap();
        let told_at = stored(&home, "1-1").changed_at;
        home.clock.advance(Duration::days(3));
        let preview = upload(&server, &group, "file", &content).await;
        let done = post(&group, &server.at(PUBLISH), &preview.form(PUBLISH)).await;
        assert_eq!(done.location(), "/update/bulk?published=0&confirmed=3");
        assert!(get(&group, &server.at(done.location())).await.says("Confirmed: the figures of 3 services."));
        let capacity = stored(&home, "1-1");
        assert_eq!((capacity.version, capacity.confirmed_at), (2, Some(home.clock.now())));
        assert_eq!(capacity.changed_at, told_at, "nothing has changed");

        let changed = file(&["1-1,general_nursing,10,8,1,1,,,", "1-2,general_nursing,10,7,1,2,,,"]);
        let preview = upload(&server, &group, "file", &changed).await;
        let done = post(&group, &server.at(PUBLISH), &preview.form(PUBLISH)).await;
        assert_eq!(done.location(), "/update/bulk?published=1&confirmed=0");
        assert_eq!(stored(&home, "1-2").version, 2, "what nobody says to be right is not confirmed");

        let changed = file(&["1-1,general_nursing,10,9,1,0,,,", "1-2,general_nursing,10,7,1,2,,,"]);
        let preview = upload(&server, &group, "file", &changed).await;
        assert!(preview.says("The figures of the other 1 service are still right"), "{}", preview.text());
        let mut fields = preview.form(PUBLISH);
        set(&mut fields, "confirm", "yes");
        let done = post(&group, &server.at(PUBLISH), &fields).await;
        assert!(
            get(&group, &server.at(done.location())).await.says("figures of 1 service; confirmed: those of 1 service")
        );
        assert_eq!(["1-1", "1-2", "1-3"].map(|id| stored(&home, id).version), [4, 3, 2]);
    }
}

#[test(flavor = "multi_thread")]
async fn every_mistake_has_its_line_and_column_and_nothing_can_be_published() {
    let home = Home::on_sqlite();
    let (server, group) = begin(&home).await;
    let content = file(&[
        "1-1,general_nursing,10,8,1,-1,,,",
        "1-1,dementia_nursing,4,1.5,0,99999,,soon,",
        "1-2,general_nursing,10,,1,2,,,",
        "1-2,general_nursing,1,1,0,0,,,",
        "1-3,general_nursing,10,3,1,2,,,",
        "1-9,general_nursing,10,8,1,1,,,",
        ",general_nursing,10,8,1,1,,,",
    ]);
    let preview = upload(&server, &group, "file", &content).await;
    assert_eq!(preview.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = preview.text();
    for row in [
        "2 accepting Accepting must be a whole number from 0 to 9999.",
        "3 occupied Occupied must be a whole number",
        "3 accepting Accepting must be a whole number",
        "3 earliest_admission Earliest admission must be a real date",
        "4 occupied Enter occupied",
        "6 reason 4 places are neither occupied, reserved nor accepting. Say why",
        "7 service_id No care service has the id \"1-9\", or it is not yours.",
        "8 service_id Say \"service_id\": whose figures these are.",
    ] {
        assert!(text.contains(row), "{row} in {text}");
    }
    assert!(preview.title().starts_with("Error: ") && !preview.actions().contains(&PUBLISH.to_owned()));
    let twice = file(&["1-1,general_nursing,10,8,1,1,,,", "1-1,general_nursing,10,8,1,1,,,"]);
    let preview = upload(&server, &group, "file", &twice).await;
    assert!(preview.says("3 bed_type There is a line for the same thing above"), "{}", preview.text());
}

#[test(flavor = "multi_thread")]
async fn nothing_is_published_if_anything_has_changed_since_the_preview() {
    for home in Home::on_each() {
        let (server, group) = begin(&home).await;
        let content = file(&[
            "1-1,general_nursing,10,8,1,1,,,",
            "1-2,general_nursing,10,7,1,2,,,",
            "1-3,general_nursing,10,9,1,0,,,",
        ]);
        let preview = upload(&server, &group, "file", &content).await;
        // Beech House would have stayed as it was: now the file would change it, and nobody has looked at that.
        let seq = tell(&server.app.db, "1-2", 5);
        server.app.board.reach(seq).await;
        let late = post(&group, &server.at(PUBLISH), &preview.form(PUBLISH)).await;
        assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
        assert!(late.says("Nothing was published: figures of these services have changed since the preview."));
        assert!(late.says("3 services would change"), "{}", late.text());
        assert_eq!(["1-1", "1-3"].map(|id| stored(&home, id).version), [1, 1]);
        let sent = post(&group, &server.at(PUBLISH), &late.form(PUBLISH)).await;
        assert_eq!(sent.location(), "/update/bulk?published=3&confirmed=0");
    }
}

#[test(flavor = "multi_thread")]
async fn files_as_spreadsheets_save_them_are_read() {
    let home = Home::on_sqlite();
    let (server, group) = begin(&home).await;
    let rows = ["1-1;general_nursing;10;8;1;1;;30/11/2026;Caf\u{e9} \u{2013} upstairs"];
    let semicolons = [HEAD.replace(',', ";").as_str(), rows[0]].join("\r\n");
    let windows = windows_1252(&semicolons);
    let with_mark = [&[0xef, 0xbb, 0xbf], semicolons.as_bytes()].concat();
    let tabs = semicolons.replace(';', "\t").replace("30/11/2026", "30 November 2026");
    for content in [windows, with_mark, tabs.into_bytes()] {
        let preview = upload(&server, &group, "file", &content).await;
        assert!(preview.says("earliest_admission nothing → 2026-11-30"), "{}", preview.text());
        assert!(preview.says("note nothing → Café – upstairs"), "{}", preview.text());
    }
    for (content, words) in [
        (b"PK\x03\x04workbook".as_slice(), "is a spreadsheet or zip archive"),
        (&[0x1f, 0x8b, 8, 0], "unpack it"),
        (b"  \r\n", "Choose a file, or paste its lines"),
        (b"name,beds\nAlder,3", "service_id"),
    ] {
        let refused = upload(&server, &group, "file", content).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.error_at("file").contains(words), "{words} in {:?}", refused.summary());
    }
}

/// Windows-1252, for the characters that stand in the file.
fn windows_1252(text: &str) -> Vec<u8> {
    let byte = |c: char| match c {
        '\u{2013}' => 0x96,
        c => u8::try_from(u32::from(c)).unwrap(),
    };
    text.chars().map(byte).collect()
}

#[test(flavor = "multi_thread")]
async fn ten_thousand_lines_are_previewed_and_published() {
    let home = Home::on_sqlite();
    let types = BedType::ALL;
    let homes = (0..1000).map(|number| {
        let mut home = care_home(&format!("2-{number}"), &format!("Home {number}"));
        home.facts.beds = None;
        let lines = types.iter().map(|bed_type| bed(*bed_type, 10, 7, 2)).collect();
        home.capacity = confirmed(stamp(BEGIN), lines);
        home
    });
    add(&home.db(), stamp(BEGIN), homes.collect());
    let server = Server::start(&home);
    let group = group(&server).await;
    let mut content = format!("{HEAD}\n");
    for number in 0..1000 {
        for bed_type in types {
            let occupied = if *bed_type == BedType::Transitional { 8 } else { 7 };
            writeln!(content, "2-{number},{bed_type},10,{occupied},1,{},,,", 9 - occupied).unwrap();
        }
    }
    let began = std::time::Instant::now();
    let preview = upload(&server, &group, "file", content.as_bytes()).await;
    let seen = began.elapsed();
    assert!(preview.says("10000 lines read: 1000 services would change"), "{}", &preview.text()[..300]);
    let sent = post(&group, &server.at(PUBLISH), &preview.form(PUBLISH)).await;
    println!("10,000 lines: preview after {seen:?}, published after {:?}", began.elapsed());
    assert_eq!(sent.location(), "/update/bulk?published=1000&confirmed=0");
    let capacity: Capacity = stored(&home, "2-999");
    assert_eq!((capacity.version, capacity.vacant()), (2, 19));
}

#[test(flavor = "multi_thread")]
async fn notes_that_look_personal_need_a_look_and_strangers_and_staff_are_kept_out() {
    let home = Home::on_sqlite();
    let (server, group) = begin(&home).await;
    let content = file(&["1-1,general_nursing,10,8,1,1,,,Kept for Mr Example"]);
    let preview = upload(&server, &group, "file", &content).await;
    assert!(preview.says("looks like personal data"), "{}", preview.text());
    let mut fields = preview.form(PUBLISH);
    assert_eq!(post(&group, &server.at(PUBLISH), &fields).await.status, StatusCode::OK, "it is shown again");
    assert_eq!(stored(&home, "1-1").version, 1);
    set(&mut fields, "personal_ok", "yes");
    assert_eq!(post(&group, &server.at(PUBLISH), &fields).await.status, StatusCode::SEE_OTHER);

    let staff = server.browser("staff@example.org", Role::Staff, vec![Target::All]).await;
    assert_eq!(get(&staff, &server.at(BULK)).await.status, StatusCode::FORBIDDEN);
    assert_eq!(upload(&server, &staff, "file", &content).await.status, StatusCode::FORBIDDEN);
    assert_eq!(post(&staff, &server.at(PUBLISH), &fields).await.status, StatusCode::FORBIDDEN);
    assert_eq!(get(&stranger(), &server.at(BULK)).await.location(), "/sign-in?next=%2Fupdate%2Fbulk");
    set(&mut fields, "file", "rubbish");
    assert_eq!(post(&group, &server.at(PUBLISH), &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}
