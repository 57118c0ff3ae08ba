//! A scrape of `/metrics`, read by the parser of Prometheus' own client library for Python and not by
//! anything of ours.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::support::server::{Server, stranger};

const READ: &str = r#"
import json, sys
from prometheus_client.parser import text_string_to_metric_families as families
told = [{"name": f.name, "kind": f.type, "about": f.documentation,
         "samples": [{"name": s.name, "labels": s.labels, "value": str(s.value)} for s in f.samples]}
        for f in families(sys.stdin.read())]
print(json.dumps(told))
"#;

/// A metric. A counter's name is without `_total` here, as the library has it.
#[derive(Debug, Deserialize)]
pub struct Family {
    pub name: String,
    pub kind: String,
    pub about: String,
    pub samples: Vec<Sample>,
}

#[derive(Debug, Deserialize)]
pub struct Sample {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    value: String,
}

impl Sample {
    pub fn value(&self) -> f64 {
        self.value.parse().unwrap()
    }
}

impl Family {
    /// The name under which it is asked for.
    pub fn asked_for(&self) -> String {
        format!("{}{}", self.name, if self.kind == "counter" { "_total" } else { "" })
    }
}

pub struct Scrape {
    pub text: String,
    pub families: Vec<Family>,
}

impl Scrape {
    /// `None`, said aloud, where the library is not installed.
    pub async fn of(server: &Server) -> Option<Self> {
        let answer = stranger().get(server.at("/metrics")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
        let text = answer.text().await.unwrap();
        Some(Self { families: read(&text)?, text })
    }

    /// The value of the one sample with this name and these labels, whatever its others.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let all: Vec<f64> = self.samples(name, labels).map(Sample::value).collect();
        assert_eq!(all.len(), 1, "{name} {labels:?}\n{}", self.text);
        all[0]
    }

    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.samples(name, labels).map(Sample::value).sum()
    }

    pub fn samples<'a>(&'a self, name: &'a str, labels: &'a [(&str, &str)]) -> impl Iterator<Item = &'a Sample> {
        let fits = move |sample: &&Sample| {
            let has = |(label, value): &(&str, &str)| sample.labels.get(*label).is_some_and(|found| found == value);
            sample.name == name && labels.iter().all(has)
        };
        self.families.iter().flat_map(|family| &family.samples).filter(fits)
    }
}

fn read(text: &str) -> Option<Vec<Family>> {
    // Debian's own Python has Debian's packages.
    let python = "/usr/bin/python3";
    let has = Command::new(python).args(["-c", "import prometheus_client"]).output();
    if !has.is_ok_and(|done| done.status.success()) {
        assert!(std::env::var("TEST_ALL").is_err(), "prometheus_client must be there when all tests are to run");
        eprintln!("skipped: python3-prometheus-client is not installed (script/setup --test installs it)");
        return None;
    }
    let mut reader =
        Command::new(python).args(["-c", READ]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    reader.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let done = reader.wait_with_output().unwrap();
    assert!(done.status.success(), "not what Prometheus reads:\n{text}");
    Some(serde_json::from_slice(&done.stdout).unwrap())
}
