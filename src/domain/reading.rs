//! Reads capacity as somebody told it (a JSON body; forms and files make the same shape) and lists
//! every mistake at once. After it, a `CapacityUpdate` is the proof that the figures add up.
//! Whether that somebody may tell it is not decided here.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde_json::Value;

use crate::base::text;
use crate::domain::capacity::{
    Adjustment, BedLine, CapacityUpdate, HoursLine, LARGEST_NUMBER, LONGEST_NOTE, Line, MOST_LINES, WeeklyFee,
};
use crate::domain::invalid::{Invalid, Mistakes};
use crate::domain::object::{Object, capital, spoken};
use crate::domain::place;
use crate::domain::words::{AdmissionStatus, BedType, Funding, Gender, Kind, Reason, Stay, TimeOfDay};

/// A million pounds a week, in pence.
const LARGEST_FEE: u64 = 100_000_000;

const BED_KEYS: [&str; 14] = [
    "bed_type",
    "stay",
    "maximum",
    "occupied",
    "reserved",
    "reserved_until",
    "accepting",
    "not_admittable",
    "gender",
    "funding",
    "weekly_fee",
    "earliest_admission",
    "reason",
    "note",
];
const HOURS_KEYS: [&str; 6] = ["area", "time_of_day", "hours_available", "double_handed", "earliest_start", "note"];

impl CapacityUpdate {
    /// Reads `{ "status", "closed_until"?, "lines": [LINE…], "rooms"? }` for a service of this kind.
    pub fn parse(kind: Kind, body: &Value) -> Result<Self, Invalid> {
        let mut mistakes = Mistakes::default();
        let mut object = Object::of(body, "", &mut mistakes)?;
        object.only(&["status", "closed_until", "lines", "rooms"]);
        let status =
            object.word("status", AdmissionStatus::parse, AdmissionStatus::choices).unwrap_or(AdmissionStatus::Open);
        let closed_until = object.date("closed_until");
        if closed_until.is_some() && status != AdmissionStatus::Closed {
            object.wrong("closed_until", "not_closed", "\"closed_until\" belongs to the status closed. Leave it out.");
        }
        let lines = object.lines(kind);
        let rooms = object.rooms();
        if kind == Kind::HomeCare && rooms.as_ref().is_some_and(|rooms| !rooms.is_empty()) {
            object.wrong("rooms", "wrong_kind", "A home-care agency has no rooms.");
        }
        mistakes.or(Self { status, closed_until, lines, rooms })
    }

    /// The same, if nothing of it was over before `today`, a local day.
    pub fn on(self, today: NaiveDate) -> Result<Self, Invalid> {
        let mut mistakes = Mistakes::default();
        let mut over = |pointer: String, day: Option<NaiveDate>, what: &str| {
            if day.is_some_and(|day| day < today) {
                mistakes.add(pointer, "past", format!("{what} until must be today or later, or left out."));
            }
        };
        over("/closed_until".to_owned(), self.closed_until, "Closed");
        for (index, line) in self.lines.iter().enumerate() {
            let until = line.bed().and_then(|line| line.reserved_until);
            over(format!("/lines/{index}/reserved_until"), until, "Reserved");
        }
        mistakes.or(self)
    }
}

impl Adjustment {
    /// Reads `{ "bed_type", "stay"?, "accepting": 1 or -1 }`.
    pub fn parse(body: &Value) -> Result<Self, Invalid> {
        let mut mistakes = Mistakes::default();
        let mut object = Object::of(body, "", &mut mistakes)?;
        object.only(&["bed_type", "stay", "accepting"]);
        let bed_type = object.needed_word("bed_type", BedType::parse, BedType::choices);
        let stay = object.word("stay", Stay::parse, Stay::choices).unwrap_or(Stay::Permanent);
        let freed = match object.map.get("accepting").and_then(Value::as_i64) {
            Some(1) => true,
            Some(-1) => false,
            _ => {
                object.wrong("accepting", "not_a_step", "\"accepting\" must be 1 (a bed freed) or -1 (a bed taken).");
                false
            }
        };
        mistakes.or(Self { bed_type: bed_type.unwrap_or(BedType::GeneralResidential), stay, freed })
    }
}

impl Object<'_> {
    /// A needed whole number from 0 to 9999; 0 after a mistake, so that reading can go on.
    fn number(&mut self, key: &str) -> Option<u16> {
        let Some(value) = self.get(key) else {
            self.wrong(key, "required", format!("Enter {}, a whole number from 0 to {LARGEST_NUMBER}.", spoken(key)));
            return None;
        };
        let number =
            value.as_u64().and_then(|number| u16::try_from(number).ok()).filter(|number| *number <= LARGEST_NUMBER);
        if number.is_none() {
            let sentence = format!("{} must be a whole number from 0 to {LARGEST_NUMBER}.", capital(&spoken(key)));
            self.wrong(key, "not_a_whole_number", sentence);
        }
        number
    }

    fn note(&mut self) -> Option<String> {
        let value = self.get("note")?;
        let Some(note) = value.as_str().map(text::tidy) else {
            self.wrong("note", "not_text", "The note must be text.");
            return None;
        };
        let length = note.chars().count();
        if length > LONGEST_NOTE {
            self.wrong("note", "too_long", format!("The note has {length} characters; {LONGEST_NOTE} is the most."));
        }
        (!note.is_empty()).then_some(note)
    }

    fn funding(&mut self) -> Vec<Funding> {
        let Some(value) = self.get("funding") else { return Vec::new() };
        let words = value.as_array().map(|items| items.iter().map(|item| item.as_str().and_then(Funding::parse)));
        match words.and_then(|words| words.collect::<Option<Vec<_>>>()) {
            Some(mut funding) => {
                funding.sort();
                funding.dedup();
                funding
            }
            None => {
                self.wrong("funding", "unknown_word", format!("\"funding\" must be a list of {}.", Funding::choices()));
                Vec::new()
            }
        }
    }

    fn weekly_fee(&mut self) -> Option<WeeklyFee> {
        let value = self.get("weekly_fee")?;
        let Some(map) = value.as_object() else {
            self.wrong("weekly_fee", "not_an_object", "\"weekly_fee\" must be { \"from\", \"to\" } in whole pence.");
            return None;
        };
        let mut pence = |key: &str| {
            let value = map.get(key).filter(|value| !value.is_null())?;
            let pence = value
                .as_u64()
                .filter(|pence| (1..=LARGEST_FEE).contains(pence))
                .and_then(|pence| u32::try_from(pence).ok());
            if pence.is_none() {
                let sentence = "A weekly fee must be whole pence, more than 0 and at most a million pounds.";
                self.mistakes.add(format!("{}/weekly_fee/{key}", self.at), "not_pence", sentence);
            }
            pence
        };
        let (from, to) = (pence("from"), pence("to"));
        if let Some(key) = map.keys().find(|key| !["from", "to"].contains(&key.as_str())) {
            self.wrong("weekly_fee", "unknown_key", format!("{key:?} is not known in a fee. Known are from, to."));
        }
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            self.wrong("weekly_fee", "upside_down", "The fee's \"from\" is above its \"to\".");
        }
        (from.is_some() || to.is_some()).then_some(WeeklyFee { from, to })
    }

    fn lines(&mut self, kind: Kind) -> Vec<Line> {
        let Some(items) = self.get("lines").and_then(Value::as_array) else {
            self.wrong(
                "lines",
                "required",
                "Send \"lines\", a list of what this service can take; an empty list if nothing.",
            );
            return Vec::new();
        };
        if items.len() > MOST_LINES {
            self.wrong("lines", "too_many", format!("There are {} lines; {MOST_LINES} is the most.", items.len()));
            return Vec::new();
        }
        let mut seen = HashSet::new();
        let mut lines = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let at = format!("{}/lines/{index}", self.at);
            let mut object = match Object::of(item, &at, self.mistakes) {
                Ok(object) => object,
                Err(invalid) => {
                    self.mistakes.take(invalid);
                    continue;
                }
            };
            let line = match kind {
                Kind::CareHome => object.bed_line().map(Line::Bed),
                Kind::HomeCare => object.hours_line().map(Line::Hours),
            };
            let Some(line) = line else { continue };
            let (key, name) = match &line {
                Line::Bed(line) => (format!("{} {}", line.bed_type, line.stay), "bed_type"),
                Line::Hours(line) => (format!("{} {}", line.area, line.time_of_day), "area"),
            };
            if !seen.insert(key) {
                object.wrong(name, "duplicate", "There is a line for the same thing above: put both into one.");
            }
            lines.push(line);
        }
        lines
    }

    fn bed_line(&mut self) -> Option<BedLine> {
        let before = self.mistakes.count();
        self.only(&BED_KEYS);
        let bed_type = self.needed_word("bed_type", BedType::parse, BedType::choices);
        let stay = self.word("stay", Stay::parse, Stay::choices).unwrap_or(Stay::Permanent);
        let numbers = ["maximum", "occupied", "reserved", "accepting"].map(|key| self.number(key));
        let reserved_until = self.date("reserved_until");
        if reserved_until.is_some() && numbers[2] == Some(0) {
            self.wrong("reserved_until", "none_reserved", "No place is reserved, so leave \"reserved_until\" out.");
        }
        let told = self.get("not_admittable").and_then(|_| self.number("not_admittable"));
        let gender = self.word("gender", Gender::parse, Gender::choices).unwrap_or(Gender::Any);
        let funding = self.funding();
        let weekly_fee = self.weekly_fee();
        let earliest_admission = self.date("earliest_admission");
        let reason = self.word("reason", Reason::parse, Reason::choices);
        let note = self.note();
        if let [Some(maximum), Some(occupied), Some(reserved), Some(accepting)] = numbers {
            self.check_sum([maximum, occupied, reserved, accepting], told, reason);
        }
        let [maximum, occupied, reserved, accepting] = numbers;
        if self.mistakes.count() > before {
            return None;
        }
        Some(BedLine {
            bed_type: bed_type?,
            stay,
            maximum: maximum?,
            occupied: occupied?,
            reserved: reserved?,
            reserved_until,
            accepting: accepting?,
            gender,
            funding,
            weekly_fee,
            earliest_admission,
            reason,
            note,
        })
    }

    fn check_sum(
        &mut self,
        [maximum, occupied, reserved, accepting]: [u16; 4],
        told: Option<u16>,
        reason: Option<Reason>,
    ) {
        let used = u32::from(occupied) + u32::from(reserved) + u32::from(accepting);
        let Some(left) = u32::from(maximum).checked_sub(used) else {
            let sentence = format!(
                "Occupied ({occupied}), reserved ({reserved}) and accepting ({accepting}) add up to {used}, \
                 more than the maximum of {maximum}. Check which of the four is wrong."
            );
            return self.wrong("maximum", "does_not_add_up", sentence);
        };
        if let Some(told) = told.filter(|told| u32::from(*told) != left) {
            let sentence =
                format!("Not admittable is what is left over: {left}, not {told}. Leave it out, or correct it.");
            self.wrong("not_admittable", "does_not_add_up", sentence);
        }
        if left > 0 && reason.is_none() {
            let places = text::count(left.into(), "place is", "places are");
            let sentence =
                format!("{places} neither occupied, reserved nor accepting. Say why: one of {}.", Reason::choices());
            self.wrong("reason", "required", sentence);
        }
    }

    fn hours_line(&mut self) -> Option<HoursLine> {
        let before = self.mistakes.count();
        self.only(&HOURS_KEYS);
        let typed = self.get("area").and_then(Value::as_str).map(|area| area.trim().to_uppercase());
        let area = typed.filter(|area| place::is_district(area));
        if area.is_none() {
            self.wrong("area", "not_a_district", "Say \"area\": a postcode district such as SO23.");
        }
        let time_of_day = self.needed_word("time_of_day", TimeOfDay::parse, TimeOfDay::choices);
        let hours_available = self.number("hours_available");
        let double_handed = self.yes_or_no("double_handed");
        let earliest_start = self.date("earliest_start");
        let note = self.note();
        if self.mistakes.count() > before {
            return None;
        }
        Some(HoursLine {
            area: area?,
            time_of_day: time_of_day?,
            hours_available: hours_available?,
            double_handed,
            earliest_start,
            note,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(maximum: i64, occupied: i64, reserved: i64, accepting: i64) -> Value {
        json!({ "bed_type": "general_nursing", "maximum": maximum, "occupied": occupied, "reserved": reserved, "accepting": accepting })
    }

    fn codes(body: Value) -> Vec<(String, &'static str)> {
        let invalid = CapacityUpdate::parse(Kind::CareHome, &body).unwrap_err();
        invalid.mistakes().iter().map(|mistake| (mistake.pointer.clone(), mistake.code)).collect()
    }

    #[test]
    fn a_line_needs_only_its_bed_type_and_four_numbers() {
        let update = CapacityUpdate::parse(Kind::CareHome, &json!({ "lines": [line(10, 7, 1, 2)] })).unwrap();
        assert_eq!(update.status, AdmissionStatus::Open);
        let [Line::Bed(bed)] = update.lines.as_slice() else { panic!("one bed line") };
        assert_eq!((bed.stay, bed.gender, bed.not_admittable()), (Stay::Permanent, Gender::Any, 0));
    }

    #[test]
    fn every_mistake_is_listed_at_once() {
        let mut third = line(5, 1, 0, 1);
        third["note"] = "x".repeat(256).into();
        third["resident"] = "somebody".into();
        let found = codes(json!({ "status": "ajar", "lines": [line(10, 9, 1, 2), line(-1, 0, 0, 0), third] }));
        for wanted in [
            ("/status", "unknown_word"),
            ("/lines/0/maximum", "does_not_add_up"),
            ("/lines/1/maximum", "not_a_whole_number"),
            ("/lines/2/reason", "required"),
            ("/lines/2/note", "too_long"),
            ("/lines/2/resident", "unknown_key"),
        ] {
            assert!(found.contains(&(wanted.0.to_owned(), wanted.1)), "{wanted:?} in {found:?}");
        }
        assert_eq!(found.len(), 6);
    }

    #[test]
    fn numbers_are_whole_and_from_0_to_9999() {
        for wrong in [json!(1.5), json!("3"), json!(10_000), json!(-1), json!(true)] {
            let mut body = line(0, 0, 0, 0);
            body["accepting"] = wrong;
            assert_eq!(codes(json!({ "lines": [body] })), [("/lines/0/accepting".to_owned(), "not_a_whole_number")]);
        }
    }

    #[test]
    fn what_is_left_over_needs_a_reason_and_may_be_told_if_right() {
        let mut body = line(10, 5, 0, 2);
        body["reason"] = "staffing".into();
        body["not_admittable"] = 3.into();
        assert!(CapacityUpdate::parse(Kind::CareHome, &json!({ "lines": [body.clone()] })).is_ok());
        body["not_admittable"] = 2.into();
        assert_eq!(codes(json!({ "lines": [body] })), [("/lines/0/not_admittable".to_owned(), "does_not_add_up")]);
    }

    #[test]
    fn two_lines_for_the_same_thing_are_refused() {
        let found = codes(json!({ "lines": [line(1, 0, 0, 1), line(2, 0, 0, 2)] }));
        assert_eq!(found, [("/lines/1/bed_type".to_owned(), "duplicate")]);
    }

    #[test]
    fn home_care_lines_say_area_time_and_hours() {
        let body = json!({ "lines": [{ "area": "so23", "time_of_day": "morning", "hours_available": 12, "double_handed": true }] });
        let update = CapacityUpdate::parse(Kind::HomeCare, &body).unwrap();
        let [Line::Hours(hours)] = update.lines.as_slice() else { panic!("one line of hours") };
        assert_eq!((hours.area.as_str(), hours.hours_available, hours.double_handed), ("SO23", 12, true));
        assert!(CapacityUpdate::parse(Kind::CareHome, &body).is_err());
    }

    #[test]
    fn a_fee_is_whole_pence_and_the_right_way_up() {
        let mut body = line(1, 0, 0, 1);
        body["weekly_fee"] = json!({ "from": 120_000, "to": 90_000 });
        assert_eq!(codes(json!({ "lines": [body.clone()] })), [("/lines/0/weekly_fee".to_owned(), "upside_down")]);
        body["weekly_fee"] = json!({ "from": 1200.5 });
        assert_eq!(codes(json!({ "lines": [body] })), [("/lines/0/weekly_fee/from".to_owned(), "not_pence")]);
    }

    #[test]
    fn one_bed_is_freed_or_taken_and_occupied_moves_the_other_way() {
        let update = CapacityUpdate::parse(Kind::CareHome, &json!({ "lines": [line(10, 9, 0, 1)] })).unwrap();
        let taken = Adjustment::parse(&json!({ "bed_type": "general_nursing", "accepting": -1 })).unwrap();
        let after = taken.apply(&update.lines).unwrap();
        let [Line::Bed(bed)] = after.as_slice() else { panic!("one bed line") };
        assert_eq!((bed.occupied, bed.accepting), (10, 0));
        assert!(taken.apply(&after).is_err());
        assert!(Adjustment::parse(&json!({ "bed_type": "general_nursing", "accepting": 2 })).is_err());
    }
}
