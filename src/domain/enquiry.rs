//! Enquiries: staff ask services whether they can take somebody, or to keep a place for a while.
//! Nothing says who that somebody is: a case reference is a number of the asker's own system, and
//! what looks like a name, a birthday or an NHS number is refused.

use chrono::{Duration, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::stamp::Stamp;
use crate::base::text;
use crate::domain::capacity::{BedLine, Capacity, Line};
use crate::domain::care_service::CareServiceId;
use crate::domain::invalid::{Invalid, Mistakes};
use crate::domain::object::Object;
use crate::domain::personal::{is_a_day, is_nhs_number, looks_like_a_name};
use crate::domain::words::{AdmissionStatus, Answer, BedType, EnquiryKind, Funding, Hold, Stay};

crate::typed_id! {
    /// An enquiry.
    EnquiryId
}

/// So many services may be asked at once: a shortlist, not a mailing.
pub const MOST_SERVICES: usize = 3;
/// What somebody needs is said in a few short words.
const MOST_NEEDS: usize = 10;
const LONGEST_NEED: usize = 40;
const LONGEST_REFERENCE: usize = 32;
/// What a page offers to tick; programs may say others.
pub const OFTEN_NEEDED: [&str; 12] = [
    "hoist",
    "wheelchair access",
    "ground floor room",
    "two carers for moving",
    "bariatric equipment",
    "a safe place to walk about",
    "help with eating",
    "tube feeding",
    "insulin injections",
    "oxygen",
    "a room for a couple",
    "a pet comes along",
];
/// A place is kept for so long, unless the answer says until when, and for so long at the most.
pub const USUAL_HOLD: Duration = Duration::hours(48);
pub const LONGEST_HOLD: Duration = Duration::days(14);

/// For what a place is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    pub bed_type: BedType,
    pub stay: Stay,
    /// The day from which.
    pub start: NaiveDate,
    pub funding: Funding,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
}

/// An enquiry as it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEnquiry {
    pub kind: EnquiryKind,
    /// One to three, each once.
    pub services: Vec<CareServiceId>,
    pub need: Need,
    pub case_reference: Option<String>,
}

/// An enquiry as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enquiry {
    pub id: EnquiryId,
    pub asked_by: String,
    pub kind: EnquiryKind,
    pub need: Need,
    pub case_reference: Option<String>,
    pub made_at: Stamp,
    pub withdrawn_at: Option<Stamp>,
    pub asked: Vec<Asked>,
}

/// One of the services that were asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub service: CareServiceId,
    pub answer: Option<Answer>,
    /// The answer that holds, and the first one.
    pub answered_at: Option<Stamp>,
    pub first_answered_at: Option<Stamp>,
    pub held_until: Option<Stamp>,
    pub hold: Option<Hold>,
}

/// What a service says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAnswer {
    pub answer: Answer,
    /// Until when the place is kept, if the answer says.
    pub until: Option<Stamp>,
}

impl Asked {
    pub fn unanswered(service: CareServiceId) -> Self {
        Self { service, answer: None, answered_at: None, first_answered_at: None, held_until: None, hold: None }
    }
}

impl Need {
    /// The lines with one accepting place of the matching line reserved, or why that cannot be.
    pub fn kept(&self, capacity: &Capacity) -> Result<Vec<Line>, &'static str> {
        if capacity.status == AdmissionStatus::Closed {
            return Err("You have told us that you are closed to admissions. Update your vacancies first.");
        }
        let no_line = "You have told us of no line of that bed type and stay. Update your vacancies first.";
        let none =
            "You have told us that no place of that bed type and stay is accepting. Update your vacancies first.";
        let mut lines = capacity.lines.clone();
        let line = self.line(&mut lines).ok_or(no_line)?;
        line.accepting = line.accepting.checked_sub(1).ok_or(none)?;
        line.reserved += 1;
        Ok(lines)
    }

    /// The lines with the place given back; `None` if no place of the line is reserved any more.
    pub fn given_back(&self, capacity: &Capacity) -> Option<Vec<Line>> {
        let mut lines = capacity.lines.clone();
        let line = self.line(&mut lines)?;
        line.reserved = line.reserved.checked_sub(1)?;
        line.reserved_until = line.reserved_until.filter(|_| line.reserved > 0);
        line.accepting += 1;
        Some(lines)
    }

    fn line<'a>(&self, lines: &'a mut [Line]) -> Option<&'a mut BedLine> {
        lines.iter_mut().find_map(|line| match line {
            Line::Bed(line) if line.bed_type == self.bed_type && line.stay == self.stay => Some(line),
            Line::Bed(_) | Line::Hours(_) => None,
        })
    }
}

impl NewEnquiry {
    /// Reads the body of an enquiry. `today` is the local day.
    pub fn parse(body: &Value, today: NaiveDate) -> Result<Self, Invalid> {
        let mut mistakes = Mistakes::default();
        let mut object = Object::of(body, "", &mut mistakes)?;
        object.only(&["kind", "services", "need", "case_reference"]);
        let kind = object.needed_word("kind", EnquiryKind::parse, EnquiryKind::choices);
        let services = services(&mut object);
        let case_reference = case_reference(&mut object);
        let need = match object.get("need") {
            None => {
                object.wrong("need", "required", "Say \"need\": { \"bed_type\", \"start\", \"funding\", \"needs\" }.");
                None
            }
            Some(value) => match Object::of(value, "/need", object.mistakes) {
                Ok(mut object) => need(&mut object, today),
                Err(invalid) => {
                    object.mistakes.take(invalid);
                    None
                }
            },
        };
        match (kind, need) {
            (Some(kind), Some(need)) => mistakes.or(Self { kind, services, need, case_reference }),
            // What is not there has been said to be missing.
            _missing => Err(mistakes.into_invalid("", "required", "Say \"kind\" and \"need\".")),
        }
    }
}

impl NewAnswer {
    /// Reads the answer to an enquiry of this kind, at this moment.
    pub fn parse(body: &Value, kind: EnquiryKind, now: Stamp) -> Result<Self, Invalid> {
        let mut mistakes = Mistakes::default();
        let mut object = Object::of(body, "", &mut mistakes)?;
        object.only(&["answer", "until"]);
        let answer = object.needed_word("answer", Answer::parse, Answer::choices);
        let until = until(&mut object, now);
        if until.is_some() && (kind == EnquiryKind::Ask || answer.is_some_and(|answer| answer != Answer::Yes)) {
            object.wrong("until", "not_held", "\"until\" belongs to a \"yes\" to a hold: nothing else keeps a place.");
        }
        match answer {
            Some(answer) => mistakes.or(Self { answer, until }),
            None => Err(mistakes.into_invalid("/answer", "required", "Say \"answer\".")),
        }
    }
}

fn services(object: &mut Object) -> Vec<CareServiceId> {
    let wanted = format!("\"services\" must be a list of 1 to {MOST_SERVICES} ids of services, each once.");
    let ids = object.get("services").and_then(Value::as_array).and_then(|items| {
        items.iter().map(|item| item.as_str().map(|id| CareServiceId::from_text(id.trim()))).collect::<Option<Vec<_>>>()
    });
    let mut ids = ids.unwrap_or_default();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    if ids.is_empty() || ids.len() != count || count > MOST_SERVICES {
        object.wrong("services", "not_a_shortlist", wanted);
    }
    ids
}

fn need(object: &mut Object, today: NaiveDate) -> Option<Need> {
    object.only(&["bed_type", "stay", "start", "funding", "needs"]);
    let bed_type = object.needed_word("bed_type", BedType::parse, BedType::choices);
    let stay = object.word("stay", Stay::parse, Stay::choices).unwrap_or(Stay::Permanent);
    let funding = object.needed_word("funding", Funding::parse, Funding::choices);
    let start = object.date("start");
    if object.get("start").is_none() {
        object.wrong("start", "required", "Say \"start\": the day from which a place is needed, such as 2026-11-30.");
    }
    if start.is_some_and(|start| start < today) {
        object.wrong("start", "past", "\"start\" must be today or later.");
    }
    let needs = needs(object);
    Some(Need { bed_type: bed_type?, stay, start: start?, funding: funding?, needs })
}

fn needs(object: &mut Object) -> Vec<String> {
    let Some(value) = object.get("needs") else { return Vec::new() };
    let words = value
        .as_array()
        .and_then(|items| items.iter().map(|item| item.as_str().map(text::tidy)).collect::<Option<Vec<_>>>());
    let Some(words) = words else {
        object.wrong("needs", "not_a_list", "\"needs\" must be a list of short texts, such as \"hoist\".");
        return Vec::new();
    };
    if words.len() > MOST_NEEDS {
        object.wrong("needs", "too_many", format!("{MOST_NEEDS} needs are the most."));
    }
    for (index, word) in words.iter().enumerate() {
        let pointer = format!("{}/needs/{index}", object.at);
        if word.is_empty() || word.chars().count() > LONGEST_NEED {
            object.mistakes.add(pointer, "too_long", format!("A need has 1 to {LONGEST_NEED} characters."));
        } else if looks_like_a_name(word) || word.chars().any(|c| c.is_ascii_digit()) {
            let detail = "Say what is needed, such as \"hoist\", and nothing about who: no names, dates or numbers.";
            object.mistakes.add(pointer, "personal", detail);
        }
    }
    words
}

fn case_reference(object: &mut Object) -> Option<String> {
    let value = object.get("case_reference")?;
    let Some(reference) = value.as_str() else {
        object.wrong("case_reference", "not_text", "\"case_reference\" must be text.");
        return None;
    };
    check_reference(reference).unwrap_or_else(|invalid| {
        object.mistakes.take(invalid);
        None
    })
}

/// A number of the council's own system, or nothing; never what says who somebody is.
pub fn check_reference(typed: &str) -> Result<Option<String>, Invalid> {
    let reference = text::tidy(typed);
    let wrong = |code, detail| Err(Invalid::one("/case_reference", code, detail));
    if reference.is_empty() {
        return Ok(None);
    }
    if reference.chars().count() > LONGEST_REFERENCE {
        return wrong("too_long", format!("A case reference has at most {LONGEST_REFERENCE} characters."));
    }
    match looks_personal(&reference) {
        Some(what) => wrong(
            "personal",
            format!(
                "This looks like {what}. Use the number that your own system gave the case: nothing here may say who somebody is."
            ),
        ),
        None => Ok(Some(reference)),
    }
}

fn until(object: &mut Object, now: Stamp) -> Option<Stamp> {
    let value = object.get("until")?;
    let until = value.as_str().and_then(Stamp::parse);
    match until {
        None => object.wrong("until", "not_a_time", "\"until\" must be a time such as 2026-11-30T17:00:00Z."),
        Some(until) if until <= now => object.wrong("until", "past", "\"until\" must be later than now."),
        Some(until) if until > now.plus(LONGEST_HOLD) => {
            let days = LONGEST_HOLD.num_days();
            object.wrong("until", "too_long", format!("A place can be kept for {days} days at the most."));
        }
        Some(_) => {}
    }
    until
}

/// What a case reference must not be: anything that says who somebody is.
fn looks_personal(reference: &str) -> Option<&'static str> {
    let digits: Vec<u32> = reference.chars().filter_map(|c| c.to_digit(10)).collect();
    let plain = reference.chars().all(|c| c.is_ascii_digit() || c == ' ' || c == '-');
    if plain && is_nhs_number(&digits) {
        return Some("an NHS number");
    }
    if is_a_day(reference) {
        return Some("a date of birth");
    }
    (digits.is_empty() || looks_like_a_name(reference)).then_some("a name")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
    }

    fn good() -> Value {
        json!({
            "kind": "hold",
            "services": ["1-2", "1-1"],
            "need": { "bed_type": "dementia_nursing", "start": "2026-11-30", "funding": "local_authority", "needs": ["hoist"] },
            "case_reference": "LAS-204417",
        })
    }

    fn codes(body: &Value) -> Vec<(String, &'static str)> {
        let invalid = NewEnquiry::parse(body, today()).unwrap_err();
        invalid.mistakes().iter().map(|mistake| (mistake.pointer.clone(), mistake.code)).collect()
    }

    #[test]
    fn an_enquiry_is_read() {
        let enquiry = NewEnquiry::parse(&good(), today()).unwrap();
        assert_eq!(enquiry.kind, EnquiryKind::Hold);
        assert_eq!(enquiry.services, ["1-1", "1-2"].map(CareServiceId::from_text));
        assert_eq!((enquiry.need.stay, enquiry.need.needs.len()), (Stay::Permanent, 1));
    }

    #[test]
    fn every_mistake_is_listed_at_once() {
        let found = codes(&json!({
            "kind": "beg",
            "services": ["1-1", "1-1"],
            "need": { "bed_type": "hammock", "start": "2026-11-21", "funding": "gold", "needs": ["hoist", "Ana Example"], "age": 80 },
            "case_reference": "Ana Example",
            "resident": "somebody",
        }));
        for (pointer, code) in [
            ("/kind", "unknown_word"),
            ("/services", "not_a_shortlist"),
            ("/need/bed_type", "unknown_word"),
            ("/need/start", "past"),
            ("/need/funding", "unknown_word"),
            ("/need/needs/1", "personal"),
            ("/need/age", "unknown_key"),
            ("/case_reference", "personal"),
            ("/resident", "unknown_key"),
        ] {
            assert!(found.contains(&(pointer.to_owned(), code)), "{pointer} {code} in {found:?}");
        }
        assert_eq!(found.len(), 9);
        assert_eq!(codes(&json!({})).len(), 3);
    }

    #[test]
    fn a_reference_that_says_who_somebody_is_is_refused() {
        for personal in
            ["Ana Example", "example", "943 476 5919", "9434765919", "943-476-5919", "01/02/1938", "1 March 1938"]
        {
            let mut body = good();
            body["case_reference"] = personal.into();
            assert_eq!(codes(&body), [("/case_reference".to_owned(), "personal")], "{personal}");
        }
        for fine in ["LAS-204417", "204417", "9434765918", "HCC/2026/0031", "case 12"] {
            let mut body = good();
            body["case_reference"] = fine.into();
            assert!(NewEnquiry::parse(&body, today()).is_ok(), "{fine}");
        }
    }

    #[test]
    fn only_a_yes_to_a_hold_says_until_when_and_not_for_ever() {
        let now = Stamp::parse("2026-11-22T09:30:00Z").unwrap();
        let read = |kind, body: Value| NewAnswer::parse(&body, kind, now);
        let until = "2026-11-24T17:00:00Z";
        let yes = read(EnquiryKind::Hold, json!({ "answer": "yes", "until": until })).unwrap();
        assert_eq!(yes.until, Stamp::parse(until));
        for (kind, body, code) in [
            (EnquiryKind::Ask, json!({ "answer": "yes", "until": until }), "not_held"),
            (EnquiryKind::Hold, json!({ "answer": "no", "until": until }), "not_held"),
            (EnquiryKind::Hold, json!({ "answer": "yes", "until": "2026-11-22T09:30:00Z" }), "past"),
            (EnquiryKind::Hold, json!({ "answer": "yes", "until": "2027-11-22T09:30:00Z" }), "too_long"),
            (EnquiryKind::Hold, json!({ "answer": "yes", "until": "tomorrow" }), "not_a_time"),
            (EnquiryKind::Hold, json!({ "answer": "perhaps" }), "unknown_word"),
            (EnquiryKind::Hold, json!({}), "required"),
        ] {
            assert_eq!(read(kind, body).unwrap_err().mistakes()[0].code, code);
        }
    }
}
