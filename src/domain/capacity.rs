//! What a care service can take: its lines, the four national numbers and what follows from them.
//! How figures are read from a form, a body or a file is in `reading.rs`.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::base::stamp::Stamp;
use crate::domain::freshness::Moment;
use crate::domain::personal;
use crate::domain::room::Room;
use crate::domain::words::{AdmissionStatus, BedType, Freshness, Funding, Gender, Reason, Source, Stay, TimeOfDay};

/// No place of care has more beds; a larger number is a slip of the finger.
pub const LARGEST_NUMBER: u16 = 9999;
/// Notes are short, so that nobody writes about residents.
pub const LONGEST_NOTE: usize = 255;
/// Ten bed types by five stays, and a home-care agency's districts by times of day with room to spare.
pub const MOST_LINES: usize = 500;

/// The figures of a service as last told. Version 0 was never told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capacity {
    pub version: i64,
    pub status: AdmissionStatus,
    /// The last day on which it is closed; after it the status is `reopens_as` again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_until: Option<NaiveDate>,
    /// The status from before it closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopens_as: Option<AdmissionStatus>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rooms: Vec<Room>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Stamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Stamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// In what capacity somebody confirmed it ("manager", "token Rota"): never a person's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<String>,
}

impl Default for Capacity {
    fn default() -> Self {
        Self {
            version: 0,
            status: AdmissionStatus::Open,
            closed_until: None,
            reopens_as: None,
            lines: Vec::new(),
            rooms: Vec::new(),
            confirmed_at: None,
            changed_at: None,
            source: None,
            confirmed_by: None,
        }
    }
}

/// One line of a care home or of a home-care agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Line {
    Bed(BedLine),
    Hours(HoursLine),
}

/// Beds of one type for one kind of stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BedLine {
    pub bed_type: BedType,
    pub stay: Stay,
    pub maximum: u16,
    pub occupied: u16,
    pub reserved: u16,
    /// The last day on which they are; after it they are accepting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved_until: Option<NaiveDate>,
    pub accepting: u16,
    #[serde(default = "anyone", skip_serializing_if = "is_anyone")]
    pub gender: Gender,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub funding: Vec<Funding>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly_fee: Option<WeeklyFee>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest_admission: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

fn anyone() -> Gender {
    Gender::Any
}

fn is_anyone(gender: &Gender) -> bool {
    *gender == Gender::Any
}

/// Hours that a home-care agency has free in one district at one time of day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoursLine {
    /// A postcode district, such as `SO23`.
    pub area: String,
    pub time_of_day: TimeOfDay,
    /// Per week.
    pub hours_available: u16,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub double_handed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest_start: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Whole pence a week. At least one of the two is there, and `from` is not above `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklyFee {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u32>,
}

impl WeeklyFee {
    /// The least that somebody would pay, if the fee says.
    pub fn least(self) -> Option<u32> {
        self.from.or(self.to)
    }
}

impl BedLine {
    /// What is left over: neither occupied, nor reserved, nor accepting.
    pub fn not_admittable(&self) -> u16 {
        self.maximum.saturating_sub(self.occupied).saturating_sub(self.reserved).saturating_sub(self.accepting)
    }
}

impl Line {
    /// The line of beds that this is, if it is one.
    pub fn bed(&self) -> Option<&BedLine> {
        match self {
            Self::Bed(line) => Some(line),
            Self::Hours(_) => None,
        }
    }

    /// The district that this line is for, if it is a line of hours.
    pub fn area(&self) -> Option<&str> {
        match self {
            Self::Bed(_) => None,
            Self::Hours(line) => Some(&line.area),
        }
    }

    /// Places, or hours a week, that this line accepts now.
    pub fn accepting(&self) -> u32 {
        match self {
            Self::Bed(line) => line.accepting.into(),
            Self::Hours(line) => line.hours_available.into(),
        }
    }
}

impl Capacity {
    /// Places accepting now (hours a week for home care); none while closed.
    pub fn vacant(&self) -> u32 {
        match self.status {
            AdmissionStatus::Closed => 0,
            AdmissionStatus::Open | AdmissionStatus::OnRequest => self.lines.iter().map(Line::accepting).sum(),
        }
    }

    pub fn freshness(&self, moment: &Moment) -> Freshness {
        moment.freshness(self.confirmed_at)
    }

    pub fn beds(&self) -> impl Iterator<Item = &BedLine> {
        self.lines.iter().filter_map(Line::bed)
    }

    /// What in its free texts looks as if it said who somebody is: where, and a warning.
    pub fn looks_personal(&self) -> Vec<(String, String)> {
        texts(&self.lines, &self.rooms).filter_map(warned).collect()
    }

    /// The sum of the lines' maximum.
    pub fn maximum(&self) -> u32 {
        self.beds().map(|line| u32::from(line.maximum)).sum()
    }
}

/// Every free text, with where it stands in a body.
fn texts<'a>(lines: &'a [Line], rooms: &'a [Room]) -> impl Iterator<Item = (String, &'a str)> {
    let note = |line: &'a Line| match line {
        Line::Bed(line) => line.note.as_deref(),
        Line::Hours(line) => line.note.as_deref(),
    };
    let notes = lines.iter().map(note).enumerate();
    let notes = notes.filter_map(|(index, note)| Some((format!("/lines/{index}/note"), note?)));
    notes.chain(rooms.iter().enumerate().map(|(index, room)| (format!("/rooms/{index}/name"), room.name.as_str())))
}

fn warned((at, text): (String, &str)) -> Option<(String, String)> {
    let what = personal::in_note(text)?;
    let warning = format!(
        "This looks like personal data: it seems to hold {what}. Everybody sees it, so say nothing about residents."
    );
    Some((at, warning))
}

/// New figures as somebody told them, already proved right by `reading.rs`.
#[derive(Clone, Debug, PartialEq)]
pub struct CapacityUpdate {
    pub status: AdmissionStatus,
    pub closed_until: Option<NaiveDate>,
    pub lines: Vec<Line>,
    /// `None` leaves the rooms as they are: most who tell figures know nothing of rooms.
    pub rooms: Option<Vec<Room>>,
}

impl CapacityUpdate {
    /// Figures without an end to anything, that leave the rooms as they are.
    pub fn of(status: AdmissionStatus, lines: Vec<Line>) -> Self {
        Self { status, closed_until: None, lines, rooms: None }
    }

    /// What in its free texts looks as if it said who somebody is, and is not published already:
    /// where it stands in a body, and a warning.
    pub fn looks_personal(&self, before: &Capacity) -> Vec<(String, String)> {
        let published: Vec<&str> = texts(&before.lines, &before.rooms).map(|(_, text)| text).collect();
        let new = texts(&self.lines, self.rooms.as_deref().unwrap_or_default());
        new.filter(|(_, text)| !published.contains(text)).filter_map(warned).collect()
    }

    /// What it makes of the figures before.
    pub fn upon(self, before: &Capacity, now: Stamp) -> Capacity {
        let was = match before.status {
            AdmissionStatus::Closed => before.reopens_as.unwrap_or(AdmissionStatus::Open),
            open @ (AdmissionStatus::Open | AdmissionStatus::OnRequest) => open,
        };
        Capacity {
            status: self.status,
            closed_until: self.closed_until,
            reopens_as: (self.status == AdmissionStatus::Closed).then_some(was),
            lines: self.lines,
            rooms: self.rooms.unwrap_or_else(|| before.rooms.clone()),
            changed_at: Some(now),
            ..before.clone()
        }
    }
}

/// One bed freed (`freed`) or taken on the line of this type and stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    pub bed_type: BedType,
    pub stay: Stay,
    pub freed: bool,
}

impl Adjustment {
    /// The lines after it, or a sentence that says why it cannot be.
    pub fn apply(&self, lines: &[Line]) -> Result<Vec<Line>, &'static str> {
        let mut lines = lines.to_vec();
        let found = lines.iter_mut().find_map(|line| match line {
            Line::Bed(line) if line.bed_type == self.bed_type && line.stay == self.stay => Some(line),
            Line::Bed(_) | Line::Hours(_) => None,
        });
        let line = found.ok_or("This service has no line of that bed type and stay. Send the whole capacity first.")?;
        let (from, to, empty) = if self.freed {
            (&mut line.occupied, &mut line.accepting, "No bed of this line is occupied, so none can be freed.")
        } else {
            (&mut line.accepting, &mut line.occupied, "No bed of this line is accepting, so none can be taken.")
        };
        *from = from.checked_sub(1).ok_or(empty)?;
        *to += 1;
        Ok(lines)
    }
}
