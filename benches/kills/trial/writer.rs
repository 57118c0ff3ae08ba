//! A writer: the figures of one home, again and again, each with a key of its own that is kept until
//! an answer has come. Whether what was answered is kept, the report says.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

use crate::trial::{Stage, pause};

/// A server that was stopped says nothing. One whose database is away says so sooner.
const PATIENCE: Duration = Duration::from_secs(15);

/// Writes until the stage is over; the mark of every update with the `seq` it was answered with.
pub async fn write(stage: Arc<Stage>, writer: usize) -> Vec<(String, i64)> {
    let mut acknowledged = Vec::new();
    let over = stage.over.subscribe();
    for number in 0.. {
        if *over.borrow() {
            break;
        }
        let mark = format!("mark {writer}-{number}");
        // Now a place, now none: watchers of vacancies see it come and go.
        let seq = put(&stage, writer, &mark, number % 3 % 2).await;
        acknowledged.push((mark, seq));
        stage.answers.send_modify(|count| *count += 1);
    }
    acknowledged
}

/// One update, repeated with the same key, now here and now there, until it is acknowledged.
pub async fn put(stage: &Stage, home: usize, mark: &str, accepting: u16) -> i64 {
    for turn in home.. {
        match try_put(stage, turn, home, (mark, accepting)).await {
            Some(answer) if answer.status() == StatusCode::OK => {
                if let Some(seq) = answer.json::<Value>().await.ok().and_then(|answer| answer["seq"].as_i64()) {
                    return seq;
                }
            }
            Some(answer) if answer.status() == StatusCode::SERVICE_UNAVAILABLE => {
                assert!(answer.headers().contains_key("Retry-After"), "503 does not say when to come back");
            }
            Some(answer) => {
                let status = answer.status();
                panic!("{mark} was answered {status}: {}", answer.text().await.unwrap_or_default());
            }
            // It was cut off, and nobody knows whether it was done.
            None => {}
        }
        pause().await;
    }
    0
}

/// The answer to one try, if there is one.
pub async fn try_put(stage: &Stage, turn: usize, home: usize, (mark, accepting): (&str, u16)) -> Option<Response> {
    let client = Client::builder().timeout(PATIENCE).build().expect("a client");
    let line = json!({
        "bed_type": "general_nursing", "maximum": 9, "occupied": 8, "reserved": 0, "accepting": accepting, "note": mark,
        "not_admittable": 1 - accepting, "reason": (accepting == 0).then_some("staffing"),
    });
    let sent = client
        .put(format!("http://{}/api/v1/services/1-{home}/capacity", stage.address(turn)))
        .bearer_auth(&stage.token)
        .header("If-Match", "*")
        .header("Idempotency-Key", mark)
        .json(&json!({ "lines": [line] }))
        .send();
    sent.await.ok()
}
