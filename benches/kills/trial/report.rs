//! What the log says, what was acknowledged and what was delivered, held against each other.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde_json::Value;

use crate::trial::watcher::Seen;
use crate::trial::{Blow, Stage, pause};

/// An entry of the log, as far as it matters here.
pub struct Entry {
    pub seq: i64,
    pub service: String,
    pub note: String,
    pub vacant: bool,
    /// Its service left the register.
    pub left: bool,
}

/// The whole log, as the first server that answers tells it.
pub async fn log(stage: &Stage) -> Vec<Entry> {
    let client = reqwest::Client::new();
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let after = entries.last().map_or(0, |entry| entry.seq);
        let url = format!("http://{}/api/v1/changes?limit=1000&after={after}", stage.address(0));
        let asked = async { client.get(url).bearer_auth(&stage.token).send().await?.json::<Value>().await };
        let Ok(page) = asked.await else {
            pause().await;
            continue;
        };
        let page = page["changes"].as_array().cloned().unwrap_or_default();
        if page.is_empty() {
            return entries;
        }
        entries.extend(page.iter().map(entry));
    }
}

fn entry(change: &Value) -> Entry {
    let left = change["type"] == "gone";
    let (service, note) = figures(if left { change } else { &change["service"] });
    let vacant = change["service"]["capacity"]["vacant"].as_u64().is_some_and(|vacant| vacant > 0);
    Entry { seq: change["seq"].as_i64().unwrap_or_default(), service, note, vacant, left }
}

/// A service and the mark of its figures.
pub fn figures(service: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&service["id"]), text(&service["capacity"]["lines"][0]["note"]))
}

/// Every service with the mark of its figures, as the first server shows them once it knows this update.
pub async fn shown(stage: &Stage, last: &str) -> Vec<(String, String)> {
    let client = reqwest::Client::new();
    loop {
        let url = format!("http://{}/api/v1/services?limit=100", stage.address(0));
        let asked = async { client.get(url).send().await?.json::<Value>().await };
        let services = asked.await.unwrap_or_default()["services"].as_array().cloned().unwrap_or_default();
        let shown: Vec<_> = services.iter().map(figures).collect();
        if shown.iter().any(|(_, mark)| mark == last) {
            return shown;
        }
        pause().await;
    }
}

/// What a trial came to.
pub struct Report {
    blows: BTreeMap<Blow, usize>,
    pub acknowledged: usize,
    lost: Vec<String>,
    doubled: Vec<String>,
    holes: usize,
    /// Services that are not shown as the log says.
    other: Vec<String>,
    watchers: usize,
    connections: usize,
    /// How often a watcher was sent away by 1001, to resume elsewhere.
    pub sent_away: usize,
    pub deliveries: usize,
    wrong: Vec<String>,
}

impl Report {
    /// Holds what was acknowledged, what watchers have seen and what is shown in the end against the log.
    pub fn of(
        dealt: Vec<Blow>,
        acknowledged: &[(String, i64)],
        seen: &[Seen],
        shown: &[(String, String)],
        log: &[Entry],
    ) -> Self {
        let mut blows = BTreeMap::new();
        for blow in dealt {
            *blows.entry(blow).or_insert(0) += 1;
        }
        let mut written: HashMap<&str, Vec<i64>> = HashMap::new();
        for entry in log.iter().filter(|entry| !entry.note.is_empty()) {
            written.entry(&entry.note).or_default().push(entry.seq);
        }
        let is_kept = |(mark, seq): &&(String, i64)| written.get(mark.as_str()).is_some_and(|seqs| seqs.contains(seq));
        let doubled = written.iter().filter(|(_, seqs)| seqs.len() > 1).map(|(mark, seqs)| format!("{mark}: {seqs:?}"));
        let mut wrong: Vec<String> = Vec::new();
        for watcher in seen {
            let found = watcher.wrong.iter().cloned().chain(difference(watcher, log));
            wrong.extend(found.map(|what| format!("{:?}: {what}", watcher.query)));
        }
        let mut newest: BTreeMap<&str, &str> = BTreeMap::new();
        for entry in log {
            if entry.left {
                newest.remove(&*entry.service);
            } else {
                newest.insert(&entry.service, &entry.note);
            }
        }
        let mut other: BTreeMap<&str, &str> = shown.iter().map(|(service, mark)| (&**service, &**mark)).collect();
        for (service, mark) in &newest {
            if other.get(service) == Some(mark) {
                other.remove(service);
            } else {
                other.entry(service).or_insert("nothing");
            }
        }
        Self {
            blows,
            acknowledged: acknowledged.len(),
            lost: acknowledged.iter().filter(|one| !is_kept(one)).map(|(mark, seq)| format!("{mark}: {seq}")).collect(),
            doubled: doubled.collect(),
            other: other.iter().map(|(service, mark)| format!("{service} is shown with {mark:?}")).collect(),
            holes: log.iter().zip(1..).filter(|(entry, seq)| entry.seq != *seq).count(),
            watchers: seen.len(),
            connections: seen.iter().map(|watcher| watcher.connections).sum(),
            sent_away: seen.iter().map(|watcher| watcher.sent_away).sum(),
            deliveries: seen.iter().map(|watcher| watcher.changes.len() + watcher.gone.len()).sum(),
            wrong,
        }
    }

    /// How many updates were acknowledged and are not there.
    pub fn lost(&self) -> usize {
        self.lost.len()
    }

    /// Nothing lost, doubled or out of order.
    pub fn is_sound(&self) -> bool {
        [&self.lost, &self.doubled, &self.other, &self.wrong].iter().all(|found| found.is_empty()) && self.holes == 0
    }
}

fn matches(query: &str, entry: &Entry) -> bool {
    match query {
        _ if entry.left => false,
        "" => true,
        "vacant=1" => entry.vacant,
        _ => entry.vacant && ["1-0", "1-1"].contains(&entry.service.as_str()),
    }
}

/// What a watcher should have been sent and was not, and the other way round.
fn difference(seen: &Seen, log: &[Entry]) -> Vec<String> {
    let mut before: HashMap<&str, bool> = HashMap::new();
    let (mut changes, mut gone, mut none) = (Vec::new(), Vec::new(), Vec::new());
    for entry in log {
        let is_match = matches(seen.query, entry);
        let was_match = before.insert(&entry.service, is_match).unwrap_or_default();
        if entry.seq > seen.from {
            match (is_match, was_match) {
                (true, _) => changes.push((entry.seq, entry.service.clone(), entry.note.clone())),
                (false, true) => gone.push(entry.seq),
                (false, false) => none.push(entry.seq),
            }
        }
    }
    let mut wrong = Vec::new();
    if seen.changes != changes {
        let missing: Vec<_> = changes.iter().filter(|change| !seen.changes.contains(change)).collect();
        let foreign: Vec<_> = seen.changes.iter().filter(|change| !changes.contains(change)).collect();
        let counts = format!("{} changes, not {}", seen.changes.len(), changes.len());
        wrong.push(format!("{counts}; missing {missing:?}; not in the log {foreign:?}"));
    }
    let missing: Vec<_> = gone.iter().filter(|seq| !seen.gone.contains(seq)).collect();
    if !missing.is_empty() {
        wrong.push(format!("gone was not said at {missing:?}"));
    }
    // On resuming, `gone` may come for what the watcher never had, but never for what matches.
    let other: Vec<_> = seen.gone.iter().filter(|seq| !gone.contains(seq) && !none.contains(seq)).collect();
    if !other.is_empty() {
        wrong.push(format!("gone was said at {other:?}"));
    }
    wrong
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |what: &[String]| if what.is_empty() { "none".to_owned() } else { what.join("; ") };
        writeln!(f, "  blows: {:?}", self.blows)?;
        writeln!(
            f,
            "  acknowledged: {}; lost: {}; doubled: {}",
            self.acknowledged,
            said(&self.lost),
            said(&self.doubled)
        )?;
        writeln!(f, "  holes in the log: {}; services shown otherwise: {}", self.holes, said(&self.other))?;
        writeln!(
            f,
            "  watchers: {}, connected {} times, sent away by 1001 {} times",
            self.watchers, self.connections, self.sent_away
        )?;
        writeln!(f, "  deliveries: {}; lost, doubled or out of order: {}", self.deliveries, said(&self.wrong))
    }
}
