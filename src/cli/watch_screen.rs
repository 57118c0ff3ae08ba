//! What `berth watch` shows: a table that stays in place on a terminal, one line per change
//! anywhere else, or the messages as they came. It knows no connection.

use std::collections::HashMap;
use std::io::Write;

use console::{Style, Term, measure_text_width, truncate_str};
use serde::Deserialize;

use crate::base::local::{self, Zone};
use crate::base::stamp::Stamp;
use crate::base::text;
use crate::domain::state::State;
use crate::domain::words::{AdmissionStatus, Freshness, Kind};

/// Narrower than this a table is no use; wider, the eye loses the line.
const LEAST_WIDTH: usize = 40;
const MOST_WIDTH: usize = 120;
/// "Not confirmed for 999 days" fits.
const STATE_WIDTH: usize = 26;
/// Narrower than this, what it is and where is worth more than its age.
const WIDTH_FOR_AGES: usize = 72;
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
    pub kind: Kind,
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
    pub status: AdmissionStatus,
    pub vacant: u64,
    pub freshness: Freshness,
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
    fn state(&self, now: Stamp) -> (String, Style) {
        let Capacity { status, vacant, freshness, confirmed_at } = self.capacity;
        let state = State::of(status, vacant, freshness);
        let lasting = || confirmed_at.map_or_else(String::new, |at| local::lasting(now, at));
        let words = match (state, self.kind) {
            (State::Vacancies, Kind::CareHome) => text::count(vacant, "vacancy", "vacancies"),
            (State::Vacancies, Kind::HomeCare) => text::count(vacant, "hour a week", "hours a week"),
            (State::OnRequest | State::Full | State::Closed | State::Stale | State::Never, _) => {
                state.words(&lasting())
            }
        };
        let colour = match state {
            State::Vacancies => Style::new().green(),
            State::OnRequest => Style::new().cyan(),
            State::Full => Style::new().yellow(),
            State::Closed => Style::new().red(),
            State::Stale | State::Never => Style::new().magenta(),
        };
        (words, colour)
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
                let line = seen.line(message, now);
                seen.take(message);
                line.map_or(Ok(()), |line| print_line(&line))
            }
            Self::Table { seen, .. } => {
                seen.take(message);
                let waits = matches!(message, Message::Hello { .. } | Message::Reset)
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
    fn line(&self, message: &Message, now: Stamp) -> Option<String> {
        match message {
            Message::Snapshot { services, more: false, .. } => {
                let known = services.iter().filter(|service| self.rows.contains_key(&service.id)).count();
                let count = self.rows.len() + services.len() - known;
                Some(format!("{} now", matching(count)))
            }
            Message::Change { at, kind, service, .. } => {
                let (state, _) = service.state(now);
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
        let (state, colour) = self.service.state(now);
        let age = match (&self.happened, self.service.capacity.confirmed_at) {
            (Some((at, what)), _) => format!("  {what} {}", local::age(now, *at)),
            (None, Some(at)) => format!("  confirmed {}", local::age(now, at)),
            (None, None) => "  never confirmed".to_owned(),
        };
        let age = if width < WIDTH_FOR_AGES { String::new() } else { age };
        let room = width.saturating_sub(STATE_WIDTH + 1 + measure_text_width(&age)).max(10);
        let place = self.service.place();
        let place = console::pad_str(&place, room, console::Alignment::Left, Some("…"));
        let state = console::pad_str(&state, STATE_WIDTH, console::Alignment::Left, Some("…"));
        let line = format!("{} {place}{}", colour.apply_to(state), Style::new().dim().apply_to(age));
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
            "capacity": { "version": 1, "status": "open", "vacant": vacant, "freshness": "fresh", "confirmed_at": "2026-11-22T09:00:00Z" },
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
            lines.extend(seen.line(&message, now()));
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
        assert!(table[2].starts_with("3 vacancies                Home 2, Winchester"), "{}", table[2]);
        assert!(table[2].ends_with("capacity updated 2 minutes ago"), "{}", table[2]);
        assert!(table[3].starts_with("Full") && table[3].ends_with("confirmed 32 minutes ago"), "{}", table[3]);
        assert_eq!(plain(5, 80).last().unwrap(), "and 1 more");
        let narrow = plain(24, 40);
        assert!(narrow.iter().all(|line| measure_text_width(line) <= 40), "{narrow:?}");
        assert_eq!(narrow[2], "3 vacancies                Home 2, Winc…", "no age where there is no room for it");
    }

    #[test]
    fn figures_too_old_to_be_believed_say_so_in_full_whatever_they_are() {
        let mut old = service("1", 3);
        old["capacity"]["freshness"] = "stale".into();
        old["capacity"]["confirmed_at"] = "2026-11-02T09:00:00Z".into();
        let old: Service = serde_json::from_value(old).unwrap();
        assert_eq!(old.state(now()).0, "Not confirmed for 20 days");
        let row = Row { service: old, happened: None, order: 1 };
        assert!(console::strip_ansi_codes(&row.line(now(), 80)).starts_with("Not confirmed for 20 days  Home 1"));
    }

    #[test]
    fn a_heartbeat_keeps_the_ages_true() {
        let mut seen = Seen { zone: Zone::parse("Europe/London"), ..Seen::default() };
        messages().iter().take(3).for_each(|message| seen.take(message));
        let later = now().plus(chrono::Duration::hours(2));
        let table = seen.table("Live", later, 24, 80);
        assert!(table[0].contains("11:32am") && table[2].contains("confirmed 2 hours ago"), "{table:?}");
    }
}
