//! Nothing acknowledged is lost, however often a process is killed: `script/bench kills -- 300` deals so
//! many blows to one server on SQLite, then to two servers and their PostgreSQL, and counts. The same
//! trial, with few blows, is a test (`tests/kill.rs`). It ends with 1 if anything was lost or doubled. With
//! `--robbed` updates are really taken away from the server on SQLite, and it ends with 1 if nobody notices.

mod trial;

use std::process::ExitCode;

use crate::trial::cluster::Cluster;
use crate::trial::{Blow, Data, Report, run};

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let all = arguments.len();
    arguments.retain(|argument| argument != "--robbed");
    let is_robbed = arguments.len() < all;
    let count = match arguments.as_slice() {
        [] => Some(100),
        [count] => count.parse().ok(),
        _ => None,
    };
    let Some(count) = count else {
        eprintln!("usage: script/bench kills [-- COUNT [--robbed]]");
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    if is_robbed {
        let data = Data::sqlite();
        let mut blows = Blow::by_chance(&data, count);
        blows.insert(count / 2, Blow::Robbed);
        let report = told("one server on SQLite that is robbed", runtime.block_on(run(data, blows)));
        return if report.lost() > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let reports = runtime.block_on(async {
        let trial = async |data: Data| {
            let blows = Blow::by_chance(&data, count);
            run(data, blows).await
        };
        let mut reports = vec![told("one server on SQLite", trial(Data::sqlite()).await)];
        match Cluster::start() {
            Some(cluster) => {
                reports.push(told("two servers on PostgreSQL", trial(Data::postgres(cluster)).await));
            }
            None => println!("no PostgreSQL here: `script/setup --test` brings it"),
        }
        reports
    });
    if reports.iter().all(Report::is_sound) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn told(what: &str, report: Report) -> Report {
    println!("{what}\n{report}");
    report
}
