//! Two nodes behind the proxy that operators are given, restarted one after the other while people read,
//! write and watch: no request fails, and nobody misses a change.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use serde_json::json;
use tokio::time::timeout;

use crate::support::proxy::Proxy;
use crate::trial::cluster::Cluster;
use crate::trial::node::Node;
use crate::trial::report::{self, Report};
use crate::trial::{Data, Stage, pause, watcher, writer};

const DRAIN: (&str, &str) = ("BERTH_DRAIN_SECONDS", "4");
const READERS: usize = 4;
const WRITERS: usize = 3;
const ROUNDS: usize = 2;
const PATIENCE: Duration = Duration::from_secs(60);

/// Everything that was asked by one of them, and what did not succeed.
#[derive(Default)]
struct Asked {
    answered: usize,
    failed: Vec<String>,
}

/// A page and the API, again and again on the same connection.
async fn read(stage: Arc<Stage>, reader: usize) -> Asked {
    let (client, over) = (Client::new(), stage.over.subscribe());
    let paths = ["/search?kind=care_home", "/api/v1/services?limit=5", "/livez"];
    let mut asked = Asked::default();
    for turn in reader.. {
        if *over.borrow() {
            break;
        }
        let path = paths[turn % paths.len()];
        match client.get(format!("http://{}{path}", stage.address(0))).timeout(PATIENCE).send().await {
            Ok(answer) if answer.status() == 200 => match answer.bytes().await {
                Ok(_) => asked.answered += 1,
                Err(error) => asked.failed.push(format!("{path}: {error}")),
            },
            Ok(answer) => asked.failed.push(format!("{path}: {}", answer.status())),
            Err(error) => asked.failed.push(format!("{path}: {error:?}")),
        }
    }
    asked
}

/// Updates, each sent once; the marks that were acknowledged with their `seq`.
async fn write(stage: Arc<Stage>, home: usize) -> (Asked, Vec<(String, i64)>) {
    let (client, over) = (Client::new(), stage.over.subscribe());
    let (mut asked, mut acknowledged) = (Asked::default(), Vec::new());
    for number in 0.. {
        if *over.borrow() {
            break;
        }
        let mark = format!("mark {home}-{number}");
        let line = json!({
            "bed_type": "general_nursing", "maximum": 9, "occupied": 8, "reserved": 0, "accepting": 1, "note": mark,
        });
        let put = client
            .put(format!("http://{}/api/v1/services/1-{home}/capacity", stage.address(0)))
            .timeout(PATIENCE)
            .bearer_auth(&stage.token)
            .header("If-Match", "*")
            .json(&json!({ "lines": [line] }));
        match put.send().await {
            Ok(answer) if answer.status() == 200 => {
                let seq = answer.json::<serde_json::Value>().await.unwrap()["seq"].as_i64().unwrap();
                acknowledged.push((mark, seq));
                asked.answered += 1;
                stage.answers.send_modify(|count| *count += 1);
            }
            Ok(answer) => asked.failed.push(format!("{mark}: {}", answer.status())),
            Err(error) => asked.failed.push(format!("{mark}: {error:?}")),
        }
    }
    (asked, acknowledged)
}

/// Waits until the proxy sends requests to this node, by its name there.
async fn in_turn(proxy: &Proxy, name: &str) {
    let asks = async {
        loop {
            let answer = Client::new().get(proxy.at("/livez")).send().await;
            if answer.is_ok_and(|answer| answer.headers().get("x-served-by").is_some_and(|node| node == name)) {
                return;
            }
            pause().await;
        }
    };
    timeout(PATIENCE, asks).await.unwrap_or_else(|_| panic!("{name} gets no requests"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_behind_the_proxy_fails_no_request_and_loses_no_watcher() {
    let Some(cluster) = Cluster::start() else {
        assert!(std::env::var("TEST_ALL").is_err(), "PostgreSQL must be installed when all tests are to run");
        return;
    };
    let data = Data::postgres(cluster);
    let token = data.fill(WRITERS).await;
    let mut nodes = [(); 2].map(|()| Node::start_with(&data.folder, &data.url, &[DRAIN]));
    let addresses = [nodes[0].address.clone(), nodes[1].address.clone()];
    let Some(proxy) = Proxy::start(data.folder.path(), [&addresses[0], &addresses[1]]) else { return };
    for name in ["one", "two"] {
        in_turn(&proxy, name).await;
    }
    let stage = Stage::at(vec![proxy.address.clone()], token);
    let watchers: Vec<_> =
        (0..6).map(|turn| tokio::spawn(watcher::watch(Arc::clone(&stage), ["", "vacant=1"][turn % 2], turn))).collect();
    let readers: Vec<_> = (0..READERS).map(|reader| tokio::spawn(read(Arc::clone(&stage), reader))).collect();
    let writers: Vec<_> = (0..WRITERS).map(|home| tokio::spawn(write(Arc::clone(&stage), home))).collect();

    for _ in 0..ROUNDS {
        for (node, name) in nodes.iter_mut().zip(["one", "two"]) {
            stage.more(20).await;
            tokio::task::block_in_place(|| {
                node.end();
                node.start_again(&data.folder, &data.url);
            });
            in_turn(&proxy, name).await;
        }
    }
    stage.more(20).await;
    stage.over.send_replace(true);

    let (mut answered, mut failed, mut acknowledged) = (0, Vec::new(), Vec::new());
    for reader in readers {
        let asked = reader.await.unwrap();
        answered += asked.answered;
        failed.extend(asked.failed);
    }
    for writer in writers {
        let (asked, marks) = writer.await.unwrap();
        answered += asked.answered;
        failed.extend(asked.failed);
        acknowledged.extend(marks);
    }
    let last = writer::put(&stage, 0, "the end", 1).await;
    stage.end.send_replace(Some(last));
    acknowledged.push(("the end".to_owned(), last));
    let mut seen = Vec::new();
    for watcher in watchers {
        seen.push(timeout(PATIENCE, watcher).await.expect("every watcher sees the end").unwrap());
    }
    let sent_away: usize = seen.iter().map(|seen| seen.sent_away).sum();
    let shown = timeout(PATIENCE, report::shown(&stage, "the end")).await.expect("the end is shown");
    let report = Report::of(Vec::new(), &acknowledged, &seen, &shown, &report::log(&stage).await);
    println!("{answered} requests answered, {} failed; watchers sent away {sent_away} times\n{report}", failed.len());
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(answered > 200 && sent_away >= 4 && report.is_sound(), "{answered} {sent_away} {report}");
}
