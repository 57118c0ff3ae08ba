//! How Berth serves, measured from outside on the release binary: updates, searches, watchers, filters, start;
//! beside it, in the same run, the least that any server could do (`floor.rs`) and what others would build in an
//! afternoon (`peer/`). It measures and prints, it judges nothing. `script/bench serving`, or `script/bench serving -- updates`.

#[path = "../england/mod.rs"]
mod england;
mod floor;
mod place;
mod process;
mod searches;
mod table;
mod updates;
mod watchers;
mod wire;

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::watchers::Load;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).expect("many sockets may be opened");
    if let [mode, log, address] = arguments.as_slice()
        && mode == "--floor"
    {
        return floor::run(log, address);
    }
    let asked = |what: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == what);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        if asked("updates") {
            updates::beside_the_floor(16).await;
            updates::beside_the_floor(256).await;
        }
        if asked("searches") {
            searches::measure().await;
        }
        let many = Load {
            what: "10,000 watchers, 10 changes a second",
            watchers: 10_000,
            changes_a_second: 10,
            seconds: 15,
            homes: 20,
            of_one_home: false,
        };
        let dense = Load { watchers: 2_000, changes_a_second: 100, ..many };
        if asked("watchers") {
            watchers::beside_the_floor(many).await;
            watchers::beside_the_floor(Load { what: "2,000 watchers, 100 changes a second", ..dense }).await;
        }
        if asked("filters") {
            let what = "2,000 watchers of one home in 100 each, 100 changes a second";
            watchers::filtered(Load { what, homes: 100, of_one_home: true, ..dense }).await;
        }
        if asked("start") {
            searches::start().await;
        }
    });
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
