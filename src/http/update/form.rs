//! The update form as it was typed: read from what a browser sends, shown again unchanged, and
//! turned into the JSON that `CapacityUpdate::parse` reads. What the figures must be is decided there.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use minijinja::value::{Serde, Value as Shown};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::domain::capacity::{BedLine, CapacityUpdate, HoursLine, Line};
use crate::domain::care_service::CareService;
use crate::domain::invalid::{Invalid, Mistakes};
use crate::domain::words::{AdmissionStatus, BedType, Funding, Gender, Kind, Reason, Stay, TimeOfDay};
use crate::http::page::FieldError;
use crate::http::update::mistakes::field_errors;
use crate::http::update::press::{Press, Pressed};
use crate::http::update::typed::{date, number, pence, pounds};

/// Fields that a new line has filled in before anybody types.
const PRESET: [&str; 5] = ["is_new", "stay", "gender", "time_of_day", "remove"];
const NUMBERS: [&str; 5] = ["maximum", "occupied", "reserved", "accepting", "hours_available"];
const TEXTS: [&str; 7] = ["bed_type", "stay", "gender", "reason", "note", "area", "time_of_day"];
const DATES: [&str; 3] = ["earliest_admission", "earliest_start", "reserved_until"];
const PARTS: [&str; 3] = ["day", "month", "year"];
/// The code of a text that looks personal: it is published once somebody has ticked that it is not.
pub const PERSONAL: &str = "personal";
const CLOSED_UNTIL: &str = "closed_until";

/// The whole form.
#[derive(Clone, Debug, Default)]
pub struct TypedForm {
    pub version: Option<i64>,
    pub status: String,
    /// What belongs to no line: `closed_until-day` and its like, `personal_ok`.
    pub head: TypedLine,
    pub lines: Vec<TypedLine>,
    /// The button by which it was sent, if that is not the one that publishes.
    pub press: Option<Press>,
}

/// One line: the fields of its name as typed, without `lines-N-`.
#[derive(Clone, Debug, Default)]
pub struct TypedLine(BTreeMap<String, Vec<String>>);

impl TypedForm {
    /// Reads a form's body. What is no field of the form is passed over.
    pub fn read(body: &[u8]) -> Self {
        let mut form = Self::default();
        let mut lines: BTreeMap<u32, TypedLine> = BTreeMap::new();
        let mut pressed = None;
        for (name, value) in form_urlencoded::parse(body) {
            match name.as_ref() {
                "version" => form.version = value.trim().parse().ok(),
                "status" => form.status = value.trim().to_owned(),
                "add" => form.press = Some(Press::AddLine),
                "less" | "more" | "taken" | "freed" => pressed = Some(Pressed::read(&name, &value)),
                name => {
                    if !name.starts_with("lines-") {
                        form.head.0.entry(name.to_owned()).or_default().push(value.into_owned());
                        continue;
                    }
                    let field = name.strip_prefix("lines-").and_then(|rest| rest.split_once('-'));
                    let Some((number, key)) = field else { continue };
                    let Ok(number) = number.parse() else { continue };
                    let line = lines.entry(number).or_default();
                    line.0.entry(key.to_owned()).or_default().push(value.into_owned());
                }
            }
        }
        let at = |number: u32| lines.keys().position(|known| *known == number);
        form.press = pressed.map(|pressed| pressed.at(at)).or(form.press);
        form.lines = lines.into_values().collect();
        form
    }

    /// The form as it stands for a service; with an empty line if there is none to change.
    pub fn of(service: &CareService) -> Self {
        let capacity = &service.capacity;
        let lines = capacity.lines.iter().map(|line| match line {
            Line::Bed(line) => TypedLine::of_bed(line),
            Line::Hours(line) => TypedLine::of_hours(line),
        });
        let form = Self {
            version: Some(capacity.version),
            status: capacity.status.word().to_owned(),
            head: TypedLine::default().with_date(CLOSED_UNTIL, capacity.closed_until),
            lines: lines.collect(),
            press: None,
        };
        if form.lines.is_empty() { form.with_empty_line() } else { form }
    }

    /// With one more empty line at its end.
    pub fn with_empty_line(mut self) -> Self {
        let fields = [
            ("is_new", "yes"),
            ("stay", Stay::Permanent.word()),
            ("gender", Gender::Any.word()),
            ("time_of_day", TimeOfDay::Morning.word()),
        ];
        self.lines.push(TypedLine::from_fields(fields.map(|(key, value)| (key, value.to_owned()))));
        self
    }

    /// The update it tells of this service, or every mistake beside its field. `today` is the local day.
    pub fn update(&self, service: &CareService, today: NaiveDate) -> Result<CapacityUpdate, Vec<FieldError>> {
        let kind = service.facts.kind;
        let counted: Vec<(usize, &TypedLine)> =
            self.lines.iter().enumerate().filter(|(_, line)| line.counts()).collect();
        let lines = counted.iter().map(|(_, line)| line.json(kind)).collect();
        let mut body = Map::new();
        body.insert("status".to_owned(), Value::from(self.status.as_str()));
        body.extend(self.closed_until().map(|day| (CLOSED_UNTIL.to_owned(), day)));
        body.insert("lines".to_owned(), Value::Array(lines));
        let update = CapacityUpdate::parse(kind, &Value::Object(body)).and_then(|update| update.on(today));
        let update = update.and_then(|update| if self.is_checked() { Ok(update) } else { impersonal(update, service) });
        update.map_err(|invalid| field_errors(&invalid, self, &counted, &service.capacity))
    }

    /// The last day of a closure, as JSON; only a closed home has one.
    pub fn closed_until(&self) -> Option<Value> {
        self.head.date(CLOSED_UNTIL).filter(|_| self.status == AdmissionStatus::Closed.word())
    }

    /// Whether somebody has ticked that no note is about a resident.
    pub fn is_checked(&self) -> bool {
        !self.head.text("personal_ok").is_empty()
    }

    /// For the template.
    pub fn shown(&self, kind: Kind) -> Shown {
        let lines = self.lines.iter().map(|line| line.shown(kind));
        minijinja::context! {
            version => self.version,
            status => self.status.as_str(),
            closed => self.head.shown_date(CLOSED_UNTIL),
            checked => self.is_checked(),
            lines => Shown::from_iter(lines),
        }
    }
}

impl TypedLine {
    fn from_fields<'a>(fields: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        let mut line = Self::default();
        for (key, value) in fields {
            line.0.entry(key.to_owned()).or_default().push(value);
        }
        line
    }

    fn of_bed(line: &BedLine) -> Self {
        let mut fields = vec![
            ("bed_type", line.bed_type.word().to_owned()),
            ("stay", line.stay.word().to_owned()),
            ("maximum", line.maximum.to_string()),
            ("occupied", line.occupied.to_string()),
            ("reserved", line.reserved.to_string()),
            ("accepting", line.accepting.to_string()),
            ("gender", line.gender.word().to_owned()),
        ];
        fields.extend(line.reason.map(|reason| ("reason", reason.word().to_owned())));
        fields.extend(line.funding.iter().map(|funding| ("funding", funding.word().to_owned())));
        if let Some(fee) = line.weekly_fee {
            fields.extend(fee.from.map(|pence| ("weekly_fee-from", pounds(pence))));
            fields.extend(fee.to.map(|pence| ("weekly_fee-to", pounds(pence))));
        }
        fields.extend(line.note.iter().map(|note| ("note", note.clone())));
        let typed = Self::from_fields(fields).with_date("earliest_admission", line.earliest_admission);
        typed.with_date("reserved_until", line.reserved_until)
    }

    fn of_hours(line: &HoursLine) -> Self {
        let mut fields = vec![
            ("area", line.area.clone()),
            ("time_of_day", line.time_of_day.word().to_owned()),
            ("hours_available", line.hours_available.to_string()),
        ];
        fields.extend(line.double_handed.then(|| ("double_handed", "yes".to_owned())));
        fields.extend(line.note.iter().map(|note| ("note", note.clone())));
        Self::from_fields(fields).with_date("earliest_start", line.earliest_start)
    }

    pub fn with_date(mut self, key: &str, day: Option<NaiveDate>) -> Self {
        if let Some(day) = day {
            let parts = [("day", day.day()), ("month", day.month()), ("year", day.year().unsigned_abs())];
            self.0.extend(parts.map(|(part, number)| (format!("{key}-{part}"), vec![number.to_string()])));
        }
        self
    }

    pub fn put(&mut self, key: &str, value: impl Into<String>) {
        self.0.insert(key.to_owned(), vec![value.into()]);
    }

    pub fn forget(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// The value of a field; "" if it is blank or not there.
    pub fn text(&self, key: &str) -> &str {
        self.0.get(key).and_then(|values| values.last()).map_or("", |value| value.trim())
    }

    pub fn texts(&self, key: &str) -> impl Iterator<Item = &str> {
        self.0.get(key).into_iter().flatten().map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Not on the service's list yet: what it is for is still to be chosen.
    pub fn is_new(&self) -> bool {
        let bed = BedType::parse(self.text("bed_type")).is_some() && Stay::parse(self.text("stay")).is_some();
        let hours = !self.text("area").is_empty() && TimeOfDay::parse(self.text("time_of_day")).is_some();
        !self.text("is_new").is_empty() || !(bed || hours)
    }

    /// Nobody has typed anything into it.
    pub fn is_empty(&self) -> bool {
        self.0
            .iter()
            .all(|(key, values)| PRESET.contains(&key.as_str()) || values.iter().all(|value| value.trim().is_empty()))
    }

    pub fn is_removed(&self) -> bool {
        !self.text("remove").is_empty()
    }

    /// Whether it is part of what is told.
    pub fn counts(&self) -> bool {
        !(self.is_removed() || self.is_new() && self.is_empty())
    }

    /// What tells it from the other lines of a service.
    pub fn key(&self) -> (String, String) {
        let either = |one: &str, other: &str| [self.text(one), self.text(other)].concat();
        (either("bed_type", "area").to_uppercase(), either("stay", "time_of_day"))
    }

    /// "Dementia nursing, permanent", "SO23, morning".
    pub fn title(&self) -> String {
        let first = match (self.text("bed_type"), self.text("area")) {
            ("", "") => "New line".to_owned(),
            ("", area) => area.to_uppercase(),
            (bed_type, _) => label("bed_type", bed_type),
        };
        let second = match (self.text("bed_type"), self.text("area")) {
            ("", "") => return first,
            ("", _) => label("time_of_day", self.text("time_of_day")),
            _ => label("stay", self.text("stay")),
        };
        format!("{first}, {}", second.to_lowercase())
    }

    /// As a line of a JSON body: blank fields are left out, what is no number stays text, so that
    /// whoever reads it says what is wrong.
    pub fn json(&self, kind: Kind) -> Value {
        let mut map = Map::new();
        let texts = TEXTS.iter().filter(|key| belongs(kind, key)).map(|key| (*key, self.text(key)));
        map.extend(texts.filter(|(_, text)| !text.is_empty()).map(|(key, text)| (key.to_owned(), Value::from(text))));
        let numbers = NUMBERS.iter().filter(|key| belongs(kind, key)).map(|key| (*key, self.text(key)));
        map.extend(numbers.filter(|(_, text)| !text.is_empty()).map(|(key, text)| (key.to_owned(), number(text))));
        for key in DATES.iter().filter(|key| belongs(kind, key)) {
            map.extend(self.date(key).map(|day| ((*key).to_owned(), day)));
        }
        if map.get("reserved") == Some(&Value::from(0)) {
            // The last reserved place has been taken or given back: its date says nothing any more.
            map.remove("reserved_until");
        }
        match kind {
            Kind::CareHome => {
                map.insert("funding".to_owned(), Value::from(self.texts("funding").collect::<Vec<_>>()));
                let fees = [("from", self.text("weekly_fee-from")), ("to", self.text("weekly_fee-to"))];
                let fees = fees.into_iter().filter(|(_, text)| !text.is_empty());
                let fee: Map<String, Value> = fees.map(|(key, text)| (key.to_owned(), pence(text))).collect();
                if !fee.is_empty() {
                    map.insert("weekly_fee".to_owned(), Value::Object(fee));
                }
            }
            Kind::HomeCare => {
                map.insert("double_handed".to_owned(), Value::from(!self.text("double_handed").is_empty()));
            }
        }
        Value::Object(map)
    }

    pub fn date(&self, key: &str) -> Option<Value> {
        date(self.date_parts(key))
    }

    pub fn date_parts(&self, key: &str) -> [&str; 3] {
        PARTS.map(|part| self.text(&format!("{key}-{part}")))
    }

    fn shown_date(&self, key: &str) -> Shown {
        let [day, month, year] = PARTS.map(|part| self.raw(&format!("{key}-{part}")));
        minijinja::context! { day => day, month => month, year => year }
    }

    /// Not trimmed: what was typed is shown as it was.
    fn raw(&self, key: &str) -> &str {
        self.0.get(key).and_then(|values| values.last()).map_or("", String::as_str)
    }

    /// A room of the page of rooms; `flags` are what it may have.
    pub fn shown_room(&self, flags: &[&str]) -> Shown {
        let has: Vec<&str> = flags.iter().copied().filter(|flag| !self.text(flag).is_empty()).collect();
        minijinja::context! {
            name => self.raw("name"),
            bed_type => self.raw("bed_type"),
            floor => self.raw("floor"),
            free_from => self.shown_date("free_from"),
            has => Shown::from(Serde(&has)),
            remove => self.is_removed(),
        }
    }

    fn shown(&self, kind: Kind) -> Shown {
        let (date, single): (_, &[&str]) = match kind {
            Kind::CareHome => (
                DATES[0],
                &["bed_type", "stay", "maximum", "occupied", "reserved", "accepting", "reason", "gender", "note"],
            ),
            Kind::HomeCare => (DATES[1], &["area", "time_of_day", "hours_available", "note"]),
        };
        let raw = |key: &str| Shown::from(self.raw(key));
        let mut fields: BTreeMap<&str, Shown> = single.iter().map(|key| (*key, raw(key))).collect();
        fields.insert("earliest", self.shown_date(date));
        fields.insert("reserved_until", self.shown_date("reserved_until"));
        fields.insert("fee_from", raw("weekly_fee-from"));
        fields.insert("fee_to", raw("weekly_fee-to"));
        fields.insert("funding", Shown::from(Serde(&self.texts("funding").collect::<Vec<_>>())));
        fields.insert("double_handed", Shown::from(!self.text("double_handed").is_empty()));
        fields.insert("is_new", Shown::from(self.is_new()));
        fields.insert("remove", Shown::from(self.is_removed()));
        Shown::from_pairs(fields)
    }
}

/// The update, unless a text in it looks as if it said who somebody is.
fn impersonal(update: CapacityUpdate, service: &CareService) -> Result<CapacityUpdate, Invalid> {
    let mut mistakes = Mistakes::default();
    for (pointer, warning) in update.looks_personal(&service.capacity) {
        mistakes.add(pointer, PERSONAL, warning);
    }
    mistakes.or(update)
}

fn belongs(kind: Kind, key: &str) -> bool {
    let of_hours = ["area", "time_of_day", "hours_available", "earliest_start"].contains(&key);
    match kind {
        Kind::CareHome => !of_hours,
        Kind::HomeCare => of_hours || key == "note",
    }
}

/// The label of a word, of the vocabulary that a field takes; what is no word of it stands for itself.
pub fn label(key: &str, word: &str) -> String {
    let known = match key {
        "status" => AdmissionStatus::parse(word).map(AdmissionStatus::label),
        "bed_type" => BedType::parse(word).map(BedType::label),
        "stay" => Stay::parse(word).map(Stay::label),
        "reason" => Reason::parse(word).map(Reason::label),
        "gender" => Gender::parse(word).map(Gender::label),
        "funding" => Funding::parse(word).map(Funding::label),
        "time_of_day" => TimeOfDay::parse(word).map(TimeOfDay::label),
        _ => None,
    };
    known.unwrap_or(word).to_owned()
}
