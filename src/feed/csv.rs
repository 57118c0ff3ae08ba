//! Services, capacity and changes as CSV, in the view of who asks. What `berth import capacity` reads
//! is what `capacity` writes for staff. Text that a spreadsheet would take for a formula is guarded.

use std::borrow::Cow;
use std::io::{self, Write};

use chrono::NaiveDate;

use crate::domain::capacity::{BedLine, Capacity, HoursLine, Line};
use crate::domain::care_service::CareService;
use crate::domain::change::Change;
use crate::domain::freshness::Moment;
use crate::domain::view::View;

const SERVICE_COLUMNS: [&str; 29] = [
    "service_id",
    "kind",
    "name",
    "provider_id",
    "provider_name",
    "authority_code",
    "authority_name",
    "address",
    "town",
    "postcode",
    "lat",
    "lon",
    "approximate",
    "phone",
    "website",
    "care_types",
    "bands",
    "beds",
    "rating",
    "rating_published_on",
    "rating_url",
    "status",
    "vacant",
    "freshness",
    "version",
    "confirmed_at",
    "changed_at",
    "source",
    "confirmed_by",
];
/// What only staff see, at the end of a service's columns.
const STAFF_ENDING: usize = 2;

/// The columns of a capacity line, and whether everybody may see them.
const CAPACITY_COLUMNS: [(&str, View); 27] = [
    ("service_id", View::Public),
    ("name", View::Public),
    ("status", View::Public),
    ("bed_type", View::Public),
    ("stay", View::Public),
    ("maximum", View::Public),
    ("occupied", View::Staff),
    ("reserved", View::Staff),
    ("accepting", View::Public),
    ("not_admittable", View::Staff),
    ("reason", View::Staff),
    ("gender", View::Public),
    ("funding", View::Public),
    ("weekly_fee_from", View::Public),
    ("weekly_fee_to", View::Public),
    ("earliest_admission", View::Public),
    ("note", View::Public),
    ("area", View::Public),
    ("time_of_day", View::Public),
    ("hours_available", View::Public),
    ("double_handed", View::Public),
    ("earliest_start", View::Public),
    ("version", View::Public),
    ("confirmed_at", View::Public),
    ("changed_at", View::Public),
    ("reserved_until", View::Staff),
    ("closed_until", View::Public),
];

const CHANGE_COLUMNS: [&str; 11] = [
    "seq",
    "at",
    "kind",
    "service_id",
    "name",
    "authority_code",
    "status",
    "vacant",
    "version",
    "confirmed_at",
    "actor",
];

/// The services, a row each.
pub struct ServicesCsv<W: Write> {
    out: csv::Writer<W>,
    view: View,
    moment: Moment,
}

impl<W: Write> ServicesCsv<W> {
    pub fn new(out: W, view: View, moment: Moment) -> io::Result<Self> {
        let mut out = csv::Writer::from_writer(out);
        out.write_record(&SERVICE_COLUMNS[..service_width(view)]).map_err(cannot_write)?;
        Ok(Self { out, view, moment })
    }

    pub fn write(&mut self, service: &CareService) -> io::Result<()> {
        let facts = &service.facts;
        let provider = facts.provider.as_ref();
        let rating = facts.rating.as_ref();
        let capacity = &service.capacity;
        let row = [
            service.id.as_str().into(),
            facts.kind.word().into(),
            guarded(&facts.name),
            shown(provider.and_then(|provider| provider.id.as_ref())),
            guarded(provider.map_or("", |provider| &provider.name)),
            facts.authority.code.as_str().into(),
            facts.authority.name.as_str().into(),
            guarded(&facts.address.lines.join(", ")).into_owned().into(),
            guarded(facts.address.town.as_deref().unwrap_or_default()),
            guarded(facts.address.postcode.as_deref().unwrap_or_default()),
            shown(facts.location.map(|location| location.point.lat)),
            shown(facts.location.map(|location| location.point.lon)),
            shown(facts.location.map(|location| location.approximate)),
            guarded(facts.phone.as_deref().unwrap_or_default()),
            facts.website.as_deref().unwrap_or_default().into(),
            words(&facts.care_types),
            words(&facts.bands),
            shown(facts.beds),
            shown(rating.map(|rating| rating.overall)),
            shown(rating.and_then(|rating| rating.published_on)),
            rating.and_then(|rating| rating.url.as_deref()).unwrap_or_default().into(),
            capacity.status.word().into(),
            capacity.vacant().to_string().into(),
            capacity.freshness(&self.moment).word().into(),
            capacity.version.to_string().into(),
            shown(capacity.confirmed_at),
            shown(capacity.changed_at),
            shown(capacity.source),
            guarded(capacity.confirmed_by.as_deref().unwrap_or_default()),
        ];
        self.out
            .write_record(row[..service_width(self.view)].iter().map(|field: &Cow<str>| field.as_bytes()))
            .map_err(cannot_write)
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn service_width(view: View) -> usize {
    match view {
        View::Public => SERVICE_COLUMNS.len() - STAFF_ENDING,
        View::Staff => SERVICE_COLUMNS.len(),
    }
}

/// The lines of capacity, a row each; a service without lines has one row that gives its status.
pub struct CapacityCsv<W: Write> {
    out: csv::Writer<W>,
    view: View,
}

impl<W: Write> CapacityCsv<W> {
    pub fn new(out: W, view: View) -> io::Result<Self> {
        let mut this = Self { out: csv::Writer::from_writer(out), view };
        this.write_seen(&CAPACITY_COLUMNS.map(|(name, _)| name.into()))?;
        Ok(this)
    }

    pub fn write(&mut self, service: &CareService) -> io::Result<()> {
        let empty: LineFields = Default::default();
        if service.capacity.lines.is_empty() {
            return self.write_line(service, empty, None);
        }
        let reserved_until = |line: &Line| line.bed().and_then(|line| line.reserved_until);
        let mut lines = service.capacity.lines.iter();
        lines.try_for_each(|line| self.write_line(service, line_fields(line), reserved_until(line)))
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn write_line(
        &mut self,
        service: &CareService,
        line: LineFields,
        reserved_until: Option<NaiveDate>,
    ) -> io::Result<()> {
        let Capacity { status, version, confirmed_at, changed_at, closed_until, .. } = &service.capacity;
        let mut row: [Cow<str>; CAPACITY_COLUMNS.len()] = Default::default();
        let (head, rest) = row.split_at_mut(3);
        head.clone_from_slice(&[service.id.as_str().into(), guarded(&service.facts.name), status.word().into()]);
        let (middle, tail) = rest.split_at_mut(LINE_FIELDS);
        middle.clone_from_slice(&line);
        tail.clone_from_slice(&[
            version.to_string().into(),
            shown(*confirmed_at),
            shown(*changed_at),
            shown(reserved_until),
            shown(*closed_until),
        ]);
        self.write_seen(&row)
    }

    fn write_seen(&mut self, row: &[Cow<str>; CAPACITY_COLUMNS.len()]) -> io::Result<()> {
        let seen = row.iter().zip(CAPACITY_COLUMNS).filter(|(_, (_, view))| *view <= self.view);
        self.out.write_record(seen.map(|(field, _)| field.as_bytes())).map_err(cannot_write)
    }
}

/// From `bed_type` to `earliest_start`.
const LINE_FIELDS: usize = 19;
type LineFields<'a> = [Cow<'a, str>; LINE_FIELDS];

fn line_fields(line: &Line) -> LineFields<'_> {
    match line {
        Line::Bed(line) => bed_fields(line),
        Line::Hours(line) => hours_fields(line),
    }
}

fn bed_fields(line: &BedLine) -> LineFields<'_> {
    let fee = line.weekly_fee;
    let [area, time_of_day, hours, double_handed, start]: [Cow<str>; 5] = Default::default();
    [
        line.bed_type.word().into(),
        line.stay.word().into(),
        line.maximum.to_string().into(),
        line.occupied.to_string().into(),
        line.reserved.to_string().into(),
        line.accepting.to_string().into(),
        line.not_admittable().to_string().into(),
        shown(line.reason),
        line.gender.word().into(),
        words(&line.funding),
        shown(fee.and_then(|fee| fee.from)),
        shown(fee.and_then(|fee| fee.to)),
        shown(line.earliest_admission),
        guarded(line.note.as_deref().unwrap_or_default()),
        area,
        time_of_day,
        hours,
        double_handed,
        start,
    ]
}

fn hours_fields(line: &HoursLine) -> LineFields<'_> {
    let mut fields: LineFields = Default::default();
    // From `note` on; what stands before is of beds alone.
    fields[13..].clone_from_slice(&[
        guarded(line.note.as_deref().unwrap_or_default()),
        line.area.as_str().into(),
        line.time_of_day.word().into(),
        line.hours_available.to_string().into(),
        line.double_handed.to_string().into(),
        shown(line.earliest_start),
    ]);
    fields
}

/// The log, a row for each entry. Who it was is for staff.
pub struct ChangesCsv<W: Write> {
    out: csv::Writer<W>,
    view: View,
}

impl<W: Write> ChangesCsv<W> {
    pub fn new(out: W, view: View) -> io::Result<Self> {
        let mut out = csv::Writer::from_writer(out);
        out.write_record(&CHANGE_COLUMNS[..change_width(view)]).map_err(cannot_write)?;
        Ok(Self { out, view })
    }

    pub fn write(&mut self, change: &Change) -> io::Result<()> {
        let (facts, capacity) = (&change.service.facts, &change.service.capacity);
        let row: [Cow<str>; 11] = [
            change.seq.to_string().into(),
            change.at.to_string().into(),
            change.kind.word().into(),
            change.service.id.as_str().into(),
            guarded(&facts.name),
            facts.authority.code.as_str().into(),
            capacity.status.word().into(),
            capacity.vacant().to_string().into(),
            capacity.version.to_string().into(),
            shown(capacity.confirmed_at),
            guarded(&change.actor),
        ];
        self.out.write_record(row[..change_width(self.view)].iter().map(|field| field.as_bytes())).map_err(cannot_write)
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn change_width(view: View) -> usize {
    match view {
        View::Public => CHANGE_COLUMNS.len() - 1,
        View::Staff => CHANGE_COLUMNS.len(),
    }
}

/// What went wrong below, so that a reader who has left is known as one.
fn cannot_write(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// What is there, as text; nothing otherwise.
fn shown<T: ToString>(value: Option<T>) -> Cow<'static, str> {
    value.map_or(Cow::Borrowed(""), |value| value.to_string().into())
}

fn words<T: ToString>(words: &[T]) -> Cow<'static, str> {
    words.iter().map(T::to_string).collect::<Vec<_>>().join(";").into()
}

/// Text behind an apostrophe if a spreadsheet would calculate it, or if it looks so guarded already.
pub(super) fn guarded(text: &str) -> Cow<'_, str> {
    let is_formula = text.trim_start_matches('\'').starts_with(['=', '+', '-', '@']);
    if is_formula { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::stamp::Stamp;
    use crate::domain::authority;
    use crate::domain::care_service::{Address, CareServiceId, Facts};
    use crate::domain::change::ChangeKind;
    use crate::domain::words::{AdmissionStatus, BedType, Gender, Kind, Reason, Source, Stay};

    fn service() -> CareService {
        let line = BedLine {
            bed_type: BedType::GeneralNursing,
            stay: Stay::Permanent,
            maximum: 10,
            occupied: 6,
            reserved: 1,
            reserved_until: None,
            accepting: 2,
            gender: Gender::Any,
            funding: Vec::new(),
            weekly_fee: None,
            earliest_admission: None,
            reason: Some(Reason::Staffing),
            note: None,
        };
        let facts = Facts {
            kind: Kind::CareHome,
            name: "Oak, the House".into(),
            provider: None,
            authority: authority::by_name("Hampshire").unwrap(),
            address: Address::default(),
            location: None,
            phone: None,
            website: None,
            care_types: Vec::new(),
            bands: Vec::new(),
            beds: None,
            rating: None,
        };
        let capacity = Capacity {
            version: 3,
            status: AdmissionStatus::Open,
            lines: vec![Line::Bed(line)],
            confirmed_at: Stamp::parse("2026-11-22T09:30:00Z"),
            changed_at: None,
            source: Some(Source::Phone),
            confirmed_by: Some("staff".into()),
            ..Capacity::default()
        };
        CareService { id: CareServiceId::from_text("1-1"), facts, capacity, left_at: None }
    }

    fn moment() -> Moment {
        Moment::at(Stamp::parse("2026-11-22T10:30:00Z").unwrap())
    }

    /// The file as headings and one row.
    fn pairs(written: &[u8]) -> Vec<(String, String)> {
        let mut reader = csv::Reader::from_reader(written);
        let headings = reader.headers().unwrap().clone();
        let row = reader.records().next().unwrap().unwrap();
        headings.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect()
    }

    fn written(view: View) -> [Vec<(String, String)>; 3] {
        let mut out = [Vec::new(), Vec::new(), Vec::new()];
        let [services, capacity, changes] = &mut out;
        let mut csv = ServicesCsv::new(services, view, moment()).unwrap();
        csv.write(&service()).unwrap();
        csv.finish().unwrap();
        let mut csv = CapacityCsv::new(capacity, view).unwrap();
        csv.write(&service()).unwrap();
        csv.finish().unwrap();
        let mut csv = ChangesCsv::new(changes, view).unwrap();
        let (kind, actor) = (ChangeKind::CapacityUpdated, "staff".to_owned());
        csv.write(&Change { seq: 7, at: moment().now, kind, previous_seq: 0, actor, service: service() }).unwrap();
        csv.finish().unwrap();
        out.map(|written| pairs(&written))
    }

    #[test]
    fn every_value_stands_under_its_heading() {
        let [services, capacity, changes] = written(View::Staff);
        let holds = |pairs: &[(String, String)], name: &str, value: &str| {
            assert!(pairs.contains(&(name.to_owned(), value.to_owned())), "{name}={value} in {pairs:?}");
        };
        for (name, value) in [("name", "Oak, the House"), ("vacant", "2"), ("freshness", "fresh"), ("source", "phone")]
        {
            holds(&services, name, value);
        }
        for (name, value) in [("occupied", "6"), ("not_admittable", "1"), ("reason", "staffing"), ("version", "3")] {
            holds(&capacity, name, value);
        }
        for (name, value) in [("seq", "7"), ("kind", "capacity_updated"), ("vacant", "2"), ("actor", "staff")] {
            holds(&changes, name, value);
        }
    }

    #[test]
    fn the_public_sees_what_is_accepting_and_nothing_private() {
        let [services, capacity, changes] = written(View::Public);
        assert!(capacity.contains(&("accepting".to_owned(), "2".to_owned())));
        for private in ["occupied", "reserved", "not_admittable", "reason", "source", "confirmed_by", "actor"] {
            let all = services.iter().chain(&capacity).chain(&changes);
            assert!(!all.clone().any(|(name, _)| name == private), "{private}");
        }
        assert!(!services.iter().chain(&capacity).chain(&changes).any(|(_, value)| value == "staff"));
    }
}
