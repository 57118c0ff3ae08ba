//! Single rooms, for homes that want to say more than numbers: where they are and what they have.
//! Who lives in one is never said; a room has a number or a name of its own.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::text;
use crate::domain::invalid::{Invalid, Mistakes};
use crate::domain::object::Object;
use crate::domain::words::BedType;

/// The largest homes have fewer rooms, and list the free ones.
pub const MOST_ROOMS: usize = 200;
/// "Room 12", "Garden suite": a name, not a description.
const LONGEST_NAME: usize = 40;
/// Two below ground, and higher than any home is built.
const FLOORS: std::ops::RangeInclusive<i64> = -2..=40;

const KEYS: [&str; 9] =
    ["name", "bed_type", "floor", "en_suite", "wheelchair", "hoist", "couples", "pets", "free_from"];

/// A room that is free, or will be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bed_type: Option<BedType>,
    /// 0 is the ground floor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<i8>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub en_suite: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wheelchair: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hoist: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub couples: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pets: bool,
    /// Absent is at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_from: Option<NaiveDate>,
}

/// Reads `{ "rooms": [ROOM…] }`.
pub fn parse(body: &Value) -> Result<Vec<Room>, Invalid> {
    let mut mistakes = Mistakes::default();
    let rooms = Object::of(body, "", &mut mistakes)?.rooms().unwrap_or_default();
    mistakes.or(rooms)
}

impl Object<'_> {
    /// The rooms, if the body says any; an empty list is none.
    pub(super) fn rooms(&mut self) -> Option<Vec<Room>> {
        let value = self.get("rooms")?;
        let Some(items) = value.as_array() else {
            self.wrong("rooms", "not_a_list", "\"rooms\" must be a list of rooms; left out, they stay as they are.");
            return None;
        };
        if items.len() > MOST_ROOMS {
            self.wrong("rooms", "too_many", format!("There are {} rooms; {MOST_ROOMS} is the most.", items.len()));
            return None;
        }
        let mut rooms: Vec<Room> = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let at = format!("{}/rooms/{index}", self.at);
            match Object::of(item, &at, self.mistakes) {
                Err(invalid) => self.mistakes.take(invalid),
                Ok(mut object) => {
                    let Some(room) = object.room() else { continue };
                    if rooms.iter().any(|other| text::fold(&other.name) == text::fold(&room.name)) {
                        object.wrong("name", "duplicate", "There is a room of that name above.");
                    }
                    rooms.push(room);
                }
            }
        }
        Some(rooms)
    }

    fn room(&mut self) -> Option<Room> {
        self.only(&KEYS);
        let name = self.get("name").and_then(Value::as_str).map(text::tidy).unwrap_or_default();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            let detail = format!("Give the room its number or name, in 1 to {LONGEST_NAME} characters.");
            self.wrong("name", "required", detail);
        }
        let floor = self.get("floor").map(|value| value.as_i64().filter(|floor| FLOORS.contains(floor)));
        if floor == Some(None) {
            self.wrong("floor", "not_a_floor", "The floor must be a whole number; 0 is the ground floor.");
        }
        Some(Room {
            name,
            bed_type: self.word("bed_type", BedType::parse, BedType::choices),
            floor: floor.flatten().and_then(|floor| i8::try_from(floor).ok()),
            en_suite: self.yes_or_no("en_suite"),
            wheelchair: self.yes_or_no("wheelchair"),
            hoist: self.yes_or_no("hoist"),
            couples: self.yes_or_no("couples"),
            pets: self.yes_or_no("pets"),
            free_from: self.date("free_from"),
        })
    }
}
