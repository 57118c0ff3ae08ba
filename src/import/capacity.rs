//! Reads a file of many services' capacity, as `berth export capacity` writes it and as spreadsheets
//! save it again, and says all it would change and all that is wrong with it, line by line.
//! The rules are those of `CapacityUpdate::parse`; nothing is written down here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use crate::domain::capacity::{Capacity, CapacityUpdate, Line};
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::invalid::Mistake;
use crate::import::dates::{DateEvidence, DateOrder, WrittenDate};
use crate::import::headings::Headings;
use crate::import::refusal::Refusal;
use crate::import::source::Source;
use crate::import::table::{Fields, Recognised, Table};

const WANTED: &str = "a capacity file (service_id, and bed_type, maximum, occupied, reserved, accepting or area, \
     time_of_day, hours_available, as berth export capacity writes them)";

/// A column, by its name in JSON too, and how its text becomes a value.
const COLUMNS: [(&str, Reads); 20] = [
    ("bed_type", Reads::Word),
    ("stay", Reads::Word),
    ("maximum", Reads::Number),
    ("occupied", Reads::Number),
    ("reserved", Reads::Number),
    ("accepting", Reads::Number),
    ("not_admittable", Reads::Number),
    ("reason", Reads::Word),
    ("gender", Reads::Word),
    ("funding", Reads::Words),
    ("weekly_fee_from", Reads::Number),
    ("weekly_fee_to", Reads::Number),
    ("earliest_admission", Reads::Date),
    ("note", Reads::Text),
    ("area", Reads::Text),
    ("time_of_day", Reads::Word),
    ("hours_available", Reads::Number),
    ("double_handed", Reads::YesNo),
    ("earliest_start", Reads::Date),
    ("reserved_until", Reads::Date),
];

#[derive(Clone, Copy)]
enum Reads {
    Word,
    Words,
    Number,
    Date,
    Text,
    YesNo,
}

/// What a file would do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    pub rows_read: usize,
    pub updates: Vec<Planned>,
    /// Services whose figures are those they have, with the version of them.
    pub unchanged: Vec<(CareServiceId, i64)>,
    /// If there is any, nothing of the file may be written.
    pub mistakes: Vec<LineMistake>,
}

/// New figures for one service.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    pub id: CareServiceId,
    pub name: String,
    /// The version of the figures that the file was compared with.
    pub version: i64,
    pub update: CapacityUpdate,
    /// What it changes, in words.
    pub changes: Vec<String>,
    /// What to look at again, though nothing of it is wrong.
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineMistake {
    pub line: u64,
    /// The heading of the column, where it is one column's.
    pub column: Option<String>,
    pub detail: String,
}

/// The rows of a file, each service's together.
pub struct CapacityFile {
    rows_read: usize,
    services: Vec<(CareServiceId, Vec<Row>)>,
    mistakes: Vec<LineMistake>,
}

struct Row {
    line: u64,
    status: Option<String>,
    /// `None` where the file has no such column.
    closed_until: Option<Value>,
    body: Map<String, Value>,
}

/// Where each column stands.
struct Columns {
    id: usize,
    status: Option<usize>,
    closed_until: Option<usize>,
    others: Vec<(&'static str, Reads, usize)>,
}

impl CapacityFile {
    /// Reads a whole file, or refuses it whole.
    pub fn read(source: Source, asked: Option<DateOrder>) -> Result<Self, Refusal> {
        let (mut table, columns) = Table::open(source, WANTED, Columns::recognise)?;
        let mut evidence = DateEvidence::default();
        let mut rows = Vec::new();
        let mut file = Self { rows_read: 0, services: Vec::new(), mistakes: Vec::new() };
        while let Some(row) = table.next_row()? {
            file.rows_read += 1;
            match row.fields {
                Ok(fields) => {
                    for column in columns.dates() {
                        evidence.look_at(row.line, fields.get(column));
                    }
                    rows.push((row.line, fields));
                }
                Err(fault) => {
                    file.mistakes.push(LineMistake { line: row.line, column: None, detail: format!("{fault}.") })
                }
            }
        }
        let order = evidence.decide(asked).map_err(|why| table.source().refuse(why))?;
        let mut place: HashMap<String, usize> = HashMap::new();
        for (line, fields) in rows {
            let Some(id) = fields.told(Some(columns.id)) else {
                let detail = "Say \"service_id\": whose figures these are.".to_owned();
                file.mistakes.push(LineMistake { line, column: Some("service_id".to_owned()), detail });
                continue;
            };
            let at = *place.entry(id.to_owned()).or_insert_with(|| {
                file.services.push((CareServiceId::from_text(id), Vec::new()));
                file.services.len() - 1
            });
            file.services[at].1.push(columns.row(line, &fields, order));
        }
        Ok(file)
    }

    /// Compares with what is known. `known` holds the services that the file may update, `today` is
    /// the local day.
    pub fn plan(self, known: &HashMap<CareServiceId, CareService>, today: NaiveDate) -> Plan {
        let mut plan = Plan { rows_read: self.rows_read, mistakes: self.mistakes, ..Plan::default() };
        for (id, rows) in self.services {
            let first = rows.first().map_or(0, |row| row.line);
            let Some(service) = known.get(&id).filter(|service| service.left_at.is_none()) else {
                let detail = format!(
                    "No care service has the id {:?}, or it is not yours. Compare it with an export.",
                    id.as_str()
                );
                plan.mistakes.push(LineMistake { line: first, column: Some("service_id".to_owned()), detail });
                continue;
            };
            match updated(service, &rows, today) {
                Err(mistakes) => plan.mistakes.extend(mistakes),
                Ok(update) => {
                    let changes = changes_in_words(&service.capacity, &update);
                    let (name, version) = (service.facts.name.clone(), service.capacity.version);
                    if changes.is_empty() {
                        plan.unchanged.push((id, version));
                        continue;
                    }
                    let warnings = update.looks_personal(&service.capacity).into_iter().map(|(_, text)| text).collect();
                    plan.updates.push(Planned { id, name, version, update, changes, warnings });
                }
            }
        }
        plan.mistakes.sort_by_key(|mistake| mistake.line);
        plan
    }

    /// The services that the file names.
    pub fn ids(&self) -> impl Iterator<Item = &CareServiceId> {
        self.services.iter().map(|(id, _)| id)
    }
}

/// The update that the rows of one service make, or every mistake in them.
fn updated(service: &CareService, rows: &[Row], today: NaiveDate) -> Result<CapacityUpdate, Vec<LineMistake>> {
    let first = rows.first().map_or(0, |row| row.line);
    let mut mistakes = Vec::new();
    let mut disagree = |column: &str, told: &[String]| {
        if told.len() > 1 {
            let detail = format!("The lines of {} disagree about the {column}: {}.", service.id, told.join(", "));
            mistakes.push(LineMistake { line: first, column: Some(column.to_owned()), detail });
        }
    };
    let statuses = distinct(rows.iter().filter_map(|row| row.status.clone()));
    disagree("status", &statuses);
    let ends = distinct(rows.iter().filter_map(|row| row.closed_until.as_ref()).map(|day| value_shown(Some(day))));
    disagree("closed_until", &ends);
    let status = statuses.first().map_or(service.capacity.status.word(), String::as_str);
    let closed_until = match rows.first().and_then(|row| row.closed_until.clone()) {
        Some(told) => told,
        None if status == service.capacity.status.word() => json!(service.capacity.closed_until),
        None => Value::Null,
    };
    let lines: Vec<&Row> = rows.iter().filter(|row| !row.body.is_empty()).collect();
    let bodies: Vec<Value> = lines.iter().map(|row| Value::Object(row.body.clone())).collect();
    let body = json!({ "status": status, "closed_until": closed_until, "lines": bodies });
    let parsed = CapacityUpdate::parse(service.facts.kind, &body).and_then(|update| update.on(today));
    let at = |mistake: &Mistake| {
        let (index, column) = place_of(&mistake.pointer);
        let row = index.and_then(|index| lines.get(index).copied()).or(rows.first());
        LineMistake { line: row.map_or(0, |row| row.line), column, detail: mistake.detail.clone() }
    };
    match parsed {
        Ok(update) if mistakes.is_empty() => Ok(update),
        Ok(_) => Err(mistakes),
        Err(invalid) => {
            mistakes.extend(invalid.mistakes().iter().map(at));
            Err(mistakes)
        }
    }
}

fn distinct(values: impl Iterator<Item = String>) -> Vec<String> {
    values.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Of which line and column a mistake is: `/lines/2/weekly_fee/from` is line 2, `weekly_fee_from`.
fn place_of(pointer: &str) -> (Option<usize>, Option<String>) {
    let mut parts: Vec<&str> = pointer.split('/').filter(|part| !part.is_empty()).collect();
    let index = match parts.as_slice() {
        ["lines", index, ..] => index.parse().ok(),
        _ => None,
    };
    if index.is_some() {
        parts.drain(..2);
    }
    let column = parts.join("_");
    (index, (!column.is_empty() && column != "lines").then_some(column))
}

impl Columns {
    fn recognise(headings: &Headings) -> Recognised<Self> {
        let find = |name: &str| headings.find(&[name.replace('_', "").as_str()]);
        let others: Vec<_> = COLUMNS.iter().filter_map(|(name, reads)| Some((*name, *reads, find(name)?))).collect();
        let has = |name: &str| others.iter().any(|(known, _, _)| *known == name);
        let beds: Vec<&str> = ["bed_type", "maximum", "occupied", "reserved", "accepting"]
            .into_iter()
            .filter(|name| !has(name))
            .collect();
        let hours: Vec<&str> =
            ["area", "time_of_day", "hours_available"].into_iter().filter(|name| !has(name)).collect();
        let is_whole = beds.is_empty() || hours.is_empty();
        match (headings.find(&["serviceid", "locationid", "id"]), is_whole) {
            (Some(id), true) => {
                let (status, closed_until) = (headings.find(&["status"]), headings.find(&["closeduntil"]));
                Recognised::Yes(Self { id, status, closed_until, others })
            }
            (None, true) => Recognised::Lacks(vec!["service_id"]),
            (_, false) if beds.len() < 4 => Recognised::Lacks(beds),
            (_, false) if hours.len() < 3 => Recognised::Lacks(hours),
            (_, false) => Recognised::No,
        }
    }

    fn dates(&self) -> impl Iterator<Item = usize> {
        let others = self.others.iter().filter(|(_, reads, _)| matches!(reads, Reads::Date));
        others.map(|(_, _, column)| *column).chain(self.closed_until)
    }

    fn row(&self, line: u64, fields: &Fields, order: DateOrder) -> Row {
        let mut body = Map::new();
        let mut fee = Map::new();
        for (name, reads, column) in &self.others {
            let text = fields.get(*column);
            if text.is_empty() {
                continue;
            }
            let value = reads.value(text, order);
            match *name {
                "weekly_fee_from" => fee.insert("from".to_owned(), value),
                "weekly_fee_to" => fee.insert("to".to_owned(), value),
                name => body.insert(name.to_owned(), value),
            };
        }
        if !fee.is_empty() {
            body.insert("weekly_fee".to_owned(), Value::Object(fee));
        }
        let status = fields.told(self.status).map(word);
        let closed_until = self.closed_until.map(|column| match fields.get(column) {
            "" => Value::Null,
            text => Reads::Date.value(text, order),
        });
        Row { line, status, closed_until, body }
    }
}

impl Reads {
    /// The value as JSON; text that is no such value stays text, for the rules to name.
    fn value(self, text: &str, order: DateOrder) -> Value {
        match self {
            Self::Word => word(text).into(),
            Self::Words => text.split([';', ',', '|']).map(word).filter(|word| !word.is_empty()).collect(),
            Self::Number => text.parse::<u64>().map_or_else(|_| text.into(), Value::from),
            Self::Date => {
                let date = WrittenDate::read(text).and_then(|written| written.in_order(order));
                date.map_or_else(|| text.into(), |date| date.to_string().into())
            }
            Self::Text => unguarded(text).into(),
            Self::YesNo => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "y" | "1" => true.into(),
                "false" | "no" | "n" | "0" => false.into(),
                _ => text.into(),
            },
        }
    }
}

/// `General nursing` as `general_nursing`.
fn word(text: &str) -> String {
    text.trim().to_lowercase().replace([' ', '-'], "_")
}

/// Without the apostrophe that keeps a spreadsheet from taking text for a formula.
fn unguarded(text: &str) -> &str {
    let is_formula = |rest: &&str| rest.trim_start_matches('\'').starts_with(['=', '+', '-', '@']);
    text.strip_prefix('\'').filter(is_formula).unwrap_or(text)
}

/// What an update changes: `general_nursing permanent: accepting 1 → 2`.
fn changes_in_words(before: &Capacity, after: &CapacityUpdate) -> Vec<String> {
    let mut changes = Vec::new();
    if before.status != after.status {
        changes.push(format!("status {} → {}", before.status, after.status));
    }
    if before.closed_until != after.closed_until {
        let [old, new] = [before.closed_until, after.closed_until]
            .map(|day| day.map_or("nothing".to_owned(), |day| day.to_string()));
        changes.push(format!("closed_until {old} → {new}"));
    }
    let (old, new) = (by_name(&before.lines), by_name(&after.lines));
    for (name, values) in &new {
        match old.get(name) {
            None => changes.push(format!("{name}: new, {}", shown(values))),
            Some(old) => {
                let keys: BTreeSet<&String> = old.keys().chain(values.keys()).collect();
                let differing = keys.into_iter().filter(|key| old.get(*key) != values.get(*key));
                let differing: Vec<String> = differing
                    .map(|key| format!("{key} {} → {}", value_shown(old.get(key)), value_shown(values.get(key))))
                    .collect();
                if !differing.is_empty() {
                    changes.push(format!("{name}: {}", differing.join(", ")));
                }
            }
        }
    }
    changes.extend(old.keys().filter(|name| !new.contains_key(*name)).map(|name| format!("{name}: taken out")));
    changes
}

/// The lines by what they are for, each as its other values.
fn by_name(lines: &[Line]) -> BTreeMap<String, Map<String, Value>> {
    let named = lines.iter().map(|line| {
        let (name, keys) = match line {
            Line::Bed(line) => (format!("{} {}", line.bed_type, line.stay), ["bed_type", "stay"]),
            Line::Hours(line) => (format!("{} {}", line.area, line.time_of_day), ["area", "time_of_day"]),
        };
        let mut values = match serde_json::to_value(line) {
            Ok(Value::Object(values)) => values,
            Ok(_) | Err(_) => Map::new(),
        };
        values.retain(|key, _| !keys.contains(&key.as_str()));
        (name, values)
    });
    named.collect()
}

fn shown(values: &Map<String, Value>) -> String {
    values.iter().map(|(key, value)| format!("{key} {}", value_shown(Some(value)))).collect::<Vec<_>>().join(", ")
}

fn value_shown(value: Option<&Value>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
