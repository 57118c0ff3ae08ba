//! The live stream as watchers see it: real websockets and events of a real server.

use std::collections::BTreeSet;
use std::time::Duration;

use berth::base::secret::Secret;
use berth::domain::care_service::CareServiceId;
use berth::domain::person::Target;
use berth::domain::words::{Role, Scope};
use berth::store::{changes, tokens};
use reqwest::Response;
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::support::homes::{add, care_home, confirmed, nursing, tell, tell_often};
use crate::support::html;
use crate::support::server::{Server, stranger};
use crate::support::watcher::Watcher;
use crate::support::{BEGIN, Home, stamp};

/// A server with two homes: one with a vacancy, one without.
fn begin(home: &Home) -> Server {
    let mut open = care_home("1-1", "Alder House");
    open.capacity = confirmed(stamp(BEGIN), vec![nursing(40, 30, 1)]);
    let mut full = care_home("1-2", "Beech House");
    full.capacity = confirmed(stamp(BEGIN), vec![nursing(40, 40, 0)]);
    add(&home.db(), stamp(BEGIN), vec![open, full]);
    Server::start(home)
}

fn ids(snapshot: &Value) -> Vec<&str> {
    snapshot["services"].as_array().unwrap().iter().map(|service| service["id"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_gets_a_snapshot_then_each_change_that_matches_and_what_is_gone() {
    for home in Home::on_each() {
        let server = begin(&home);
        let mut watcher = Watcher::open(&server, "vacant=1").await;
        let hello = watcher.expect("hello").await;
        assert_eq!((&hello["seq"], &hello["heartbeat_seconds"]), (&json!(2), &json!(25)));
        let snapshot = watcher.expect("snapshot").await;
        assert_eq!((ids(&snapshot), &snapshot["seq"], &snapshot["more"]), (vec!["1-1"], &json!(2), &json!(false)));

        tell(&server.app.db, "1-2", 3);
        let change = watcher.expect("change").await;
        assert_eq!((&change["seq"], &change["kind"]), (&json!(3), &json!("capacity_updated")));
        assert_eq!((&change["service"]["id"], &change["service"]["capacity"]["vacant"]), (&json!("1-2"), &json!(3)));
        assert_eq!(change["at"], BEGIN);

        tell(&server.app.db, "1-2", 0);
        assert_eq!(watcher.expect("gone").await, json!({ "type": "gone", "seq": 4, "id": "1-2" }));
        // What did not match and does not match is nobody's news.
        tell(&server.app.db, "1-2", 0);
        tell(&server.app.db, "1-1", 2);
        assert_eq!(watcher.expect("change").await["seq"], 6);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_writes_arrives_within_a_second() {
    for home in Home::on_each() {
        let server = begin(&home);
        let mut watcher = Watcher::open(&server, "").await;
        watcher.begin().await;
        let other_process = home.db();
        let seq = tell(&other_process, "1-1", 5);
        let change = timeout(Duration::from_secs(1), watcher.expect("change")).await.expect("within a second");
        assert_eq!(change["seq"], seq);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_that_comes_again_misses_nothing_and_gets_nothing_twice() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let mut watcher = Watcher::open(&server, "vacant=1").await;
    let mut place = watcher.begin().await;
    let mut got = Vec::new();
    for round in 0..5_u16 {
        // Gone without a word, as a laptop that is closed.
        drop(watcher);
        tell(&server.app.db, "1-1", round + 1);
        tell(&server.app.db, "1-2", round % 2);
        watcher = Watcher::open(&server, &format!("vacant=1&after={place}")).await;
        let hello = watcher.expect("hello").await;
        tell(&server.app.db, "1-1", 9);
        let last = tell(&server.app.db, "1-1", 10);
        loop {
            let message = watcher.next().await;
            got.push((message["seq"].as_i64().unwrap(), message["type"].as_str().unwrap().to_owned()));
            place = format!("{}.{}", hello["epoch"].as_str().unwrap(), message["seq"]);
            if message["seq"] == last {
                break;
            }
        }
    }
    let due = |seq: i64| match (seq - 3) % 8 {
        1 if seq == 4 => None,
        1 => Some((seq, "gone".to_owned())),
        _ => Some((seq, "change".to_owned())),
    };
    assert_eq!(got, (3..=22).filter_map(due).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_of_other_data_or_of_the_future_means_reset() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    for after in ["elsewhere.1", "99"] {
        let mut watcher = Watcher::open(&server, &format!("after={after}")).await;
        watcher.expect("hello").await;
        watcher.expect("reset").await;
        assert_eq!(ids(&watcher.expect("snapshot").await).len(), 2, "{after}");
    }
    let mut watcher = Watcher::open(&server, "after=0").await;
    watcher.expect("hello").await;
    assert_eq!(watcher.expect("change").await["kind"], "service_added");
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_is_replaced_sends_everyone_to_begin_afresh() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let mut watcher = Watcher::open(&server, "").await;
    let place = watcher.begin().await;
    home.db().write_now(|c| changes::renew_epoch(c, "other")).unwrap();
    assert_eq!(watcher.closed().await, 1001);
    let mut watcher = Watcher::open(&server, &format!("after={place}")).await;
    assert_eq!(watcher.expect("hello").await["epoch"], "other");
    watcher.expect("reset").await;
    watcher.expect("snapshot").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_no_longer_reaches_back_means_reset() {
    let home = Home::on_sqlite();
    let first = begin(&home);
    tell_often(&first.app.db, "1-1", 2, 6_000);
    first.app.db.write_now(|c| changes::prune(c, stamp("2100-01-01T00:00:00Z"), 1_000, i64::MAX, 10_000)).unwrap();
    // Another server on the same data remembers nothing from before.
    let server = Server::start(&home);
    let mut watcher = Watcher::open(&server, "after=500").await;
    watcher.expect("hello").await;
    watcher.expect("reset").await;
    watcher.expect("snapshot").await;
    let mut watcher = Watcher::open(&server, "after=1000").await;
    watcher.expect("hello").await;
    for seq in 1001..=6_002 {
        assert_eq!(watcher.expect("change").await["seq"], seq);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_reaches_a_watcher_whole_and_in_order() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let mut watcher = Watcher::open(&server, "vacant=1").await;
    watcher.begin().await;
    let last = tell_often(&server.app.db, "1-1", 3, 3_000);
    for seq in 3..=last {
        assert_eq!(watcher.expect("change").await["seq"], seq);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_changes_its_filter_or_is_told_what_is_wrong_with_it() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let mut watcher = Watcher::open(&server, "vacant=1").await;
    watcher.begin().await;
    watcher.say(r#"{"type":"filter","query":"id=1-2"}"#).await;
    assert_eq!(ids(&watcher.expect("snapshot").await), ["1-2"]);
    tell(&server.app.db, "1-1", 7);
    let seq = tell(&server.app.db, "1-2", 1);
    assert_eq!(watcher.expect("change").await["seq"], seq);
    for wrong in [r#"{"type":"filter","query":"bedtype=x"}"#, r#"{"type":"filter","query":"near=ZZ9+9ZZ"}"#, "hello"] {
        let mut watcher = Watcher::open(&server, "").await;
        watcher.begin().await;
        watcher.say(wrong).await;
        assert_eq!(watcher.closed().await, 1008, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_watch_is_answered_as_any_request() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    for (path, headers, status) in [
        ("/live?bedtype=x", vec![], 400),
        ("/live?near=ZZ9+9ZZ", vec![], 400),
        ("/live?after=yesterday", vec![], 400),
        ("/live?after=1&after=2", vec![], 400),
        ("/live", vec![("Authorization", "Bearer berth_wrong")], 401),
        ("/live", vec![("Origin", "https://elsewhere.example")], 403),
        ("/board", vec![], 404),
    ] {
        let refusal = Watcher::open_at(&server, path, &headers).await.err().unwrap();
        assert_eq!((refusal.status, refusal.content_type.as_str()), (status, "application/problem+json"), "{path}");
        assert_eq!(refusal.body["status"], status, "{path}");
    }
    let refusal = Watcher::open_at(&server, "/live?bedtype=x", &[]).await.err().unwrap();
    assert_eq!(refusal.body["errors"][0]["pointer"], "bedtype");
    let old = Watcher::open_with(&server, "", &[("Sec-WebSocket-Version", "8")]).await.err().unwrap();
    assert_eq!(old.status, 426);
    assert_eq!(stranger().get(server.at("/live")).send().await.unwrap().status(), 426);
    Watcher::open_with(&server, "", &[("Origin", &server.url)]).await.ok().unwrap().begin().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_watcher_sees_as_much_as_they_may() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let own = Target::Service(CareServiceId::from_text("1-1"));
    let staff = server.token(&[Scope::StaffRead], vec![Target::All]).await;
    let manager = server.token(&[Scope::CapacityWrite], vec![own]).await;
    let sees = async |token: Option<&String>| {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<(&str, &str)> = bearer.iter().map(|bearer| ("Authorization", bearer.as_str())).collect();
        let mut watcher = Watcher::open_with(&server, "", &headers).await.ok().unwrap();
        watcher.expect("hello").await;
        let snapshot = watcher.expect("snapshot").await;
        tell(&server.app.db, "1-1", 2);
        tell(&server.app.db, "1-2", 2);
        let changes = [watcher.expect("change").await, watcher.expect("change").await];
        let all =
            snapshot["services"].as_array().unwrap().iter().chain(changes.iter().map(|change| &change["service"]));
        let private = |service: &&Value| service["capacity"]["lines"][0].get("occupied").is_some();
        all.filter(private).map(|service| service["id"].as_str().unwrap().to_owned()).collect::<Vec<String>>()
    };
    assert_eq!(sees(None).await, Vec::<String>::new());
    assert_eq!(sees(Some(&staff)).await.into_iter().collect::<BTreeSet<_>>().len(), 2);
    assert_eq!(sees(Some(&manager)).await, ["1-1", "1-1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_out_or_loses_a_right_is_told_so() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let link = server.invite("ana@example.org", Role::Staff, vec![Target::All]).await;
    let signed_in = stranger().post(link).form(&[("", "")]).send().await.unwrap();
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let headers = [("Cookie", cookie.as_str()), ("Origin", server.url.as_str())];
    let mut browser = Watcher::open_with(&server, "", &headers).await.ok().unwrap();
    browser.begin().await;
    let token = server.token(&[Scope::StaffRead], vec![Target::All]).await;
    let mut program =
        Watcher::open_with(&server, "", &[("Authorization", &format!("Bearer {token}"))]).await.ok().unwrap();
    program.begin().await;
    let mut public = Watcher::open(&server, "").await;
    public.begin().await;

    let page = html::ask(stranger().get(server.at("/")).header("Cookie", &cookie)).await;
    let out = stranger().post(server.at("/sign-out")).header("Cookie", &cookie).header("Origin", &server.url);
    assert!(html::ask(out.form(&page.form("/sign-out"))).await.status.is_redirection());
    assert_eq!(timeout(Duration::from_secs(5), browser.closed()).await.expect("within five seconds"), 4401);
    let hash = Secret::from_text(token).hash();
    let revoke = move |c: &mut _| {
        let token = tokens::by_hash(c, &hash)?.unwrap();
        tokens::revoke(c, &token.id, stamp(BEGIN))
    };
    server.app.db.write(revoke).await.unwrap();
    assert_eq!(timeout(Duration::from_secs(5), program.closed()).await.expect("within five seconds"), 4401);
    let seq = tell(&server.app.db, "1-1", 2);
    assert_eq!(public.expect("change").await["seq"], seq);
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_filled_with_heartbeats_from_which_to_go_on() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let mut watcher = Watcher::open(&server, "id=1-9").await;
    watcher.begin().await;
    let seq = tell(&server.app.db, "1-1", 2);
    server.app.board.reach(seq).await;
    while server.app.live.hub.seq() < seq {
        tokio::task::yield_now().await;
    }
    (0..30).for_each(|_| server.app.live.hub.tick());
    assert_eq!(watcher.expect("heartbeat").await["seq"], seq);
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_are_answered_and_what_is_too_long_ends_the_stream() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let mut watcher = Watcher::open(&server, "").await;
    watcher.begin().await;
    watcher.send(Message::Ping("there?".into())).await;
    assert_eq!(watcher.raw().await.unwrap().unwrap(), Message::Pong("there?".into()));
    watcher.say(&"x".repeat(70_000)).await;
    assert_eq!(watcher.closed().await, 1009);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_sends_everyone_away_first() {
    let home = Home::on_sqlite();
    let mut server = begin(&home);
    let mut watcher = Watcher::open(&server, "").await;
    watcher.begin().await;
    let (stopped, code) = tokio::join!(server.running.stop(), watcher.closed());
    stopped.unwrap();
    assert_eq!(code, 1001);
}

/// Whoever reads nothing is told so, or cut, and others never notice.
#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_that_stalls_is_closed_and_slows_nobody() {
    let home = Home::on_sqlite();
    // Half a megabyte a part, many of them: more than the system takes for a reader who does not read.
    let lines: Vec<_> = (0..10).map(|_| nursing(40, 30, 1)).collect();
    let many = (0..4_000).map(|number| {
        let mut home = care_home(&format!("2-{number}"), "Cedar House");
        home.capacity = confirmed(stamp(BEGIN), lines.clone());
        home
    });
    add(&home.db(), stamp(BEGIN), many.collect());
    let server = Server::start(&home);
    let mut stalled = Watcher::open(&server, "").await;
    let mut dead = Watcher::open(&server, "").await;
    let mut reader = Watcher::open(&server, "id=2-1").await;
    reader.begin().await;
    let mut told = async || {
        let seq = tell(&server.app.db, "2-1", 2);
        let change = timeout(Duration::from_secs(1), reader.expect("change")).await.expect("nobody waits for another");
        assert_eq!(change["seq"], seq);
    };
    let live = &server.app.live;
    while live.hub.census().watchers > 1 {
        told().await;
    }
    assert_eq!(stalled.closed().await, 1013);
    // The other does not even read that: it is cut.
    while live.sockets() > 1 {
        told().await;
    }
    loop {
        match dead.raw().await {
            Some(Ok(Message::Text(_))) => {}
            Some(Err(_)) | None => break,
            Some(Ok(other)) => panic!("{other:?}"),
        }
    }
    let place = live.hub.seq();
    let seq = tell(&server.app.db, "2-1", 3);
    let mut again = Watcher::open(&server, &format!("after={place}")).await;
    again.expect("hello").await;
    assert_eq!(again.expect("change").await["seq"], seq);
}

/// The next event of a stream: its id and its message.
async fn event(answer: &mut Response, held: &mut String) -> (Option<i64>, Value) {
    loop {
        if let Some(end) = held.find("\n\n") {
            let event: String = held.drain(..end + 2).collect();
            let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
            if let Some(content) = field("data: ") {
                let id = field("id: ").map(|id| id.parse().unwrap());
                return (id, serde_json::from_str(content).unwrap());
            }
            continue;
        }
        let bytes = timeout(Duration::from_secs(20), answer.chunk()).await.expect("nothing comes").unwrap();
        held.push_str(std::str::from_utf8(&bytes.expect("it ended")).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_say_the_same_and_resume_by_the_last_event() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let mut held = String::new();
    let mut stream =
        stranger().get(server.at("/live/events?vacant=1")).header("Accept-Encoding", "gzip, br").send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    assert_eq!(stream.headers()["cache-control"], "no-store");
    let (id, hello) = event(&mut stream, &mut held).await;
    assert_eq!((id, &hello["type"]), (None, &json!("hello")));
    let (id, snapshot) = event(&mut stream, &mut held).await;
    assert_eq!((id, ids(&snapshot)), (Some(2), vec!["1-1"]));
    tell(&server.app.db, "1-1", 2);
    let (id, change) = event(&mut stream, &mut held).await;
    assert_eq!((id, &change["type"], &change["seq"]), (Some(3), &json!("change"), &json!(3)));
    drop(stream);

    tell(&server.app.db, "1-1", 3);
    let epoch = hello["epoch"].as_str().unwrap();
    let again = async |after: &str| {
        let request = stranger().get(server.at(&format!("/live/events?vacant=1&after={after}")));
        let mut stream = request.header("Last-Event-ID", "3").send().await.unwrap();
        let mut held = String::new();
        event(&mut stream, &mut held).await;
        event(&mut stream, &mut held).await
    };
    assert_eq!(again("2").await.0, Some(4), "the last event wins");
    assert_eq!(again(&format!("{epoch}.2")).await.0, Some(4));
    assert_eq!(again("other.2").await.1["type"], "reset", "the epoch still counts");
    let bad = stranger().get(server.at("/live/events")).header("Last-Event-ID", "x").send().await.unwrap();
    assert_eq!(bad.status(), 400);
    assert_eq!(stranger().get(server.at("/live/events?bedtype=x")).send().await.unwrap().status(), 400);
}
