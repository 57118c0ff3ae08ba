//! What `berth watch` shows: a table that stays in place on a terminal, one line per change
//! anywhere else, or the messages as they came. It knows no connection.

use std::collections::HashMap;
use std::io::Write;

use console::{Style, Term, measure_text_width, truncate_str};
use serde::Deserialize;

use crate::base::local::{self, Zone};
use crate::base::stamp::Stamp;
use crate::base::text;

/// Narrower than this a table is no use; wider, the eye loses the line.
const LEAST_WIDTH: usize = 40;
const MOST_WIDTH: usize = 120;
/// Above and below the rows.
const OTHER_LINES: usize = 4;

/// A message of the server, as much of it as is shown.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Message {
    Hello {
        epoch: String,
        heartbeat_seconds: u64,
    },
    Reset,
    Snapshot {
        seq: i64,
        services: Vec<Service>,
        more: bool,
    },
    Change {
        seq: i64,
        at: Stamp,
        kind: String,
        service: Service,
    },
    Gone {
        seq: i64,
        id: String,
    },
    Heartbeat {
        seq: i64,
    },
    /// Of a later version of the server.
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Service {
    pub id: String,
    pub kind: String,
    pub name: String,
    pub address: Address,
    pub capacity: Capacity,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Address {
    pub town: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Capacity {
    pub status: String,
    pub vacant: u64,
    pub confirmed_at: Option<Stamp>,
}

impl Service {
    fn place(&self) -> String {
        match &self.address.town {
            Some(town) => format!("{}, {town}", self.name),
            None => self.name.clone(),
        }
    }

    /// In words, and in the colour for it.
    fn state(&self) -> (String, Style) {
        let vacant = self.capacity.vacant;
        match (self.capacity.status.as_str(), self.kind.as_str()) {
            ("closed", _) => ("Closed".to_owned(), Style::new().red()),
            (_, _) if vacant == 0 => ("Full".to_owned(), Style::new().yellow()),
            (_, "home_care") => (text::count(vacant, "hour a week", "hours a week"), Style::new().green()),
            (_, _) => (text::count(vacant, "vacancy", "vacancies"), Style::new().green()),
        }
    }
}

pub enum Screen {
    /// The messages as they came.
    Json,
    /// A line for each thing that happens.
    Lines(Seen),
    /// A table on a terminal, and how many lines of it are there now.
    Table { seen: Seen, term: Term, lines: usize },
}

/// What matches, as far as it was heard.
#[derive(Default)]
pub struct Seen {
    rows: HashMap<String, Row>,
    /// Counts what happened, so that the newest stands first.
    count: u64,
    zone: Option<Zone>,
}

struct Row {
    service: Service,
    /// When, and what; nothing of those that stood in the snapshot.
    happened: Option<(Stamp, String)>,
    order: u64,
}

impl Screen {
    pub fn new(json: bool, zone: Zone) -> Self {
        let seen = Seen { zone: Some(zone), ..Seen::default() };
        let term = Term::stdout();
        match (json, term.is_term()) {
            (true, _) => Self::Json,
            (false, true) => Self::Table { seen, term, lines: 0 },
            (false, false) => Self::Lines(seen),
        }
    }

    /// Shows a message. `raw` is its text as it came.
    pub fn show(&mut self, message: &Message, raw: &str, now: Stamp) -> std::io::Result<()> {
        match self {
            Self::Json => print_line(raw),
            Self::Lines(seen) => {
                let line = seen.line(message);
                seen.take(message);
                line.map_or(Ok(()), |line| print_line(&line))
            }
            Self::Table { seen, .. } => {
                seen.take(message);
                let waits = matches!(message, Message::Hello { .. } | Message::Reset | Message::Heartbeat { .. })
                    || matches!(message, Message::Snapshot { more: true, .. });
                if waits { Ok(()) } else { self.draw("Live", now) }
            }
        }
    }

    /// Says that nothing comes at the moment, and why.
    pub fn not_live(&mut self, why: &str, now: Stamp) -> std::io::Result<()> {
        match self {
            Self::Json | Self::Lines(_) => {
                eprintln!("berth: not live: {why}; trying again");
                Ok(())
            }
            Self::Table { .. } => self.draw(&format!("Not live: {why}; trying again"), now),
        }
    }

    fn draw(&mut self, state: &str, now: Stamp) -> std::io::Result<()> {
        let Self::Table { seen, term, lines } = self else { return Ok(()) };
        let (height, width) = term.size();
        let drawn = seen.table(state, now, usize::from(height), usize::from(width));
        term.clear_last_lines(*lines)?;
        *lines = drawn.len();
        term.write_line(&drawn.join("\n"))?;
        term.flush()
    }
}

/// Whoever reads a pipe gets each line at once.
fn print_line(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

impl Seen {
    fn take(&mut self, message: &Message) {
        match message {
            Message::Reset => self.rows.clear(),
            Message::Snapshot { services, .. } => services.iter().for_each(|service| self.put(service, None)),
            Message::Change { at, kind, service, .. } => self.put(service, Some((*at, kind.replace('_', " ")))),
            Message::Gone { id, .. } => drop(self.rows.remove(id)),
            Message::Hello { .. } | Message::Heartbeat { .. } | Message::Unknown => {}
        }
    }

    fn put(&mut self, service: &Service, happened: Option<(Stamp, String)>) {
        self.count += 1;
        let row = Row { service: service.clone(), happened, order: self.count };
        self.rows.insert(service.id.clone(), row);
    }

    /// The line for a message, if it is worth one.
    fn line(&self, message: &Message) -> Option<String> {
        match message {
            Message::Snapshot { services, more: false, .. } => {
                let known = services.iter().filter(|service| self.rows.contains_key(&service.id)).count();
                let count = self.rows.len() + services.len() - known;
                Some(format!("{} now", matching(count)))
            }
            Message::Change { at, kind, service, .. } => {
                let (state, _) = service.state();
                let kind = kind.replace('_', " ");
                Some(format!("{}  {state}  {}  ({kind}, {})", self.time(*at), service.place(), service.id))
            }
            Message::Gone { id, .. } => {
                let name = self.rows.get(id).map_or(id.clone(), |row| row.service.place());
                Some(format!("no longer matches: {name}"))
            }
            Message::Hello { .. }
            | Message::Reset
            | Message::Snapshot { more: true, .. }
            | Message::Heartbeat { .. }
            | Message::Unknown => None,
        }
    }

    fn table(&self, state: &str, now: Stamp, height: usize, width: usize) -> Vec<String> {
        let width = width.clamp(LEAST_WIDTH, MOST_WIDTH);
        let mut rows: Vec<&Row> = self.rows.values().collect();
        // What happened last stands first, then the others as they came.
        rows.sort_by_key(|row| match row.happened {
            Some(_) => (0, u64::MAX - row.order),
            None => (1, row.order),
        });
        let room = height.saturating_sub(OTHER_LINES).max(1);
        let head = format!("{state} · {} · {}", matching(rows.len()), self.time(now));
        let mut lines = vec![Style::new().bold().apply_to(truncate_str(&head, width, "…")).to_string(), String::new()];
        lines.extend(rows.iter().take(room).map(|row| row.line(now, width)));
        if rows.len() > room {
            lines.push(format!("and {} more", text::grouped((rows.len() - room) as u64)));
        }
        lines
    }

    fn time(&self, at: Stamp) -> String {
        self.zone.map_or_else(|| at.to_string(), |zone| zone.time(at))
    }
}

impl Row {
    fn line(&self, now: Stamp, width: usize) -> String {
        const STATE: usize = 18;
        let (state, colour) = self.service.state();
        let age = match (&self.happened, self.service.capacity.confirmed_at) {
            (Some((at, what)), _) => format!("{what} {}", local::age(now, *at)),
            (None, Some(at)) => format!("confirmed {}", local::age(now, at)),
            (None, None) => "never confirmed".to_owned(),
        };
        let room = width.saturating_sub(STATE + 2 + measure_text_width(&age)).max(10);
        let place = self.service.place();
        let place = console::pad_str(&place, room, console::Alignment::Left, Some("…"));
        let state = console::pad_str(&state, STATE, console::Alignment::Left, Some("…"));
        let line = format!("{}{place}  {}", colour.apply_to(state), Style::new().dim().apply_to(age));
        truncate_str(&line, width, "…").into_owned()
    }
}

fn matching(count: usize) -> String {
    match count {
        1 => "1 service matches".to_owned(),
        many => format!("{} services match", text::grouped(many as u64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(id: &str, vacant: u64) -> serde_json::Value {
        serde_json::json!({
            "id": id, "kind": "care_home", "name": format!("Home {id}"), "address": { "town": "Winchester" },
            "capacity": { "version": 1, "status": "open", "vacant": vacant, "confirmed_at": "2026-11-22T09:00:00Z" },
        })
    }

    fn messages() -> Vec<Message> {
        let at = "2026-11-22T09:30:00Z";
        [
            serde_json::json!({ "type": "hello", "epoch": "e", "seq": 2, "heartbeat_seconds": 25 }),
            serde_json::json!({ "type": "snapshot", "seq": 2, "services": [service("1", 0)], "more": true }),
            serde_json::json!({ "type": "snapshot", "seq": 2, "services": [service("2", 1)], "more": false }),
            serde_json::json!({
                "type": "change", "seq": 3, "at": at, "kind": "capacity_updated", "service": service("2", 3)
            }),
            serde_json::json!({ "type": "news", "of": "a later version" }),
            serde_json::json!({ "type": "gone", "seq": 4, "id": "1" }),
        ]
        .map(|message| serde_json::from_value(message).unwrap())
        .into()
    }

    fn now() -> Stamp {
        Stamp::parse("2026-11-22T09:32:00Z").unwrap()
    }

    #[test]
    fn without_a_terminal_each_thing_that_happens_is_a_line() {
        let mut seen = Seen { zone: Zone::parse("Europe/London"), ..Seen::default() };
        let mut lines = Vec::new();
        for message in messages() {
            lines.extend(seen.line(&message));
            seen.take(&message);
        }
        assert_eq!(
            lines,
            [
                "2 services match now",
                "9:30am  3 vacancies  Home 2, Winchester  (capacity updated, 2)",
                "no longer matches: Home 1, Winchester",
            ]
        );
    }

    #[test]
    fn a_table_has_the_newest_first_and_fits_its_terminal() {
        let mut seen = Seen { zone: Zone::parse("Europe/London"), ..Seen::default() };
        for message in messages().iter().take(4) {
            seen.take(message);
        }
        let plain = |height, width| -> Vec<String> {
            let lines = seen.table("Live", now(), height, width);
            lines.iter().map(|line| console::strip_ansi_codes(line).into_owned()).collect()
        };
        let table = plain(24, 80);
        assert_eq!(table[0], "Live · 2 services match · 9:32am");
        assert!(table[2].starts_with("3 vacancies       Home 2, Winchester"), "{}", table[2]);
        assert!(table[2].ends_with("capacity updated 2 minutes ago"), "{}", table[2]);
        assert!(table[3].starts_with("Full") && table[3].ends_with("confirmed 32 minutes ago"), "{}", table[3]);
        assert_eq!(plain(5, 80).last().unwrap(), "and 1 more");
        assert!(plain(24, 40).iter().all(|line| measure_text_width(line) <= 40));
    }
}
