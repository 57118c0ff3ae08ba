//! Open Referral UK: the services in the words of the Human Services Data Specification, UK profile
//! 3.0, with `capacities` as version 3.1 has them. Pure: where it is asked for and who may see it is
//! decided elsewhere, and everything here is for everybody.

use serde_json::{Map, Value, json};

use crate::base::id;
use crate::base::text;
use crate::domain::capacity::{BedLine, HoursLine, Line, WeeklyFee};
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::words::{AdmissionStatus, Band, CareType};

/// The version that the standard wants to be told.
const VERSION: &str = "HSDS-UK-3.0";
const PROFILE: &str = "https://docs.openreferraluk.org/en/latest/";

/// The two lists of terms that describe services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taxonomy {
    CareTypes,
    Bands,
}

impl Taxonomy {
    pub const ALL: [Self; 2] = [Self::CareTypes, Self::Bands];

    const fn word(self) -> &'static str {
        match self {
            Self::CareTypes => "care_type",
            Self::Bands => "band",
        }
    }

    pub fn json(self) -> Value {
        let (name, description) = match self {
            Self::CareTypes => ("Care types", "What a care service does, as its registration says"),
            Self::Bands => ("Service-user bands", "Whom a care service supports"),
        };
        json!({ "id": id::of(&format!("taxonomy {}", self.word())), "name": name, "description": description })
    }

    /// Its terms, each with its id.
    pub fn terms(self) -> Vec<Value> {
        match self {
            Self::CareTypes => CareType::ALL.iter().map(|care| self.term(care.word(), care.label())).collect(),
            Self::Bands => Band::ALL.iter().map(|band| self.term(band.word(), band.label())).collect(),
        }
    }

    fn term(self, word: &str, label: &str) -> Value {
        json!({
            "id": id::of(&format!("term {} {word}", self.word())),
            "code": word,
            "name": label,
            "description": label,
            "taxonomy": self.word(),
            "taxonomy_detail": self.json(),
        })
    }
}

/// What this interface is.
pub fn about(link: &dyn Fn(&str) -> String) -> Value {
    json!({ "version": VERSION, "profile": PROFILE, "openapi_url": link("api/v1/openapi.json") })
}

/// One page of a list; pages count from 1.
pub fn page(total: usize, number: usize, size: usize, contents: Vec<Value>) -> Value {
    let pages = total.div_ceil(size.max(1));
    json!({
        "total_items": total,
        "total_pages": pages,
        "page_number": number,
        "size": contents.len(),
        "first_page": number == 1,
        "last_page": number >= pages,
        "empty": contents.is_empty(),
        "contents": contents,
    })
}

/// The id of a service in this standard, which wants UUIDs.
pub fn service_id(id: &CareServiceId) -> String {
    id::of(&format!("service {id}"))
}

/// A service as it stands in a list.
pub fn brief(service: &CareService, link: &dyn Fn(&str) -> String) -> Value {
    let facts = &service.facts;
    let mut json = json!({
        "id": service_id(&service.id),
        "name": facts.name,
        "description": description(service),
        "status": "active",
        "url": facts.website.clone().unwrap_or_else(|| link(&format!("services/{}", service.id))),
        "additional_urls": [{
            "id": id::of(&format!("page {}", service.id)),
            "label": "Vacancies",
            "url": link(&format!("services/{}", service.id)),
        }],
        "capacities": capacities(service),
    });
    let map = json.as_object_mut().expect("it was made an object above");
    if let Some(confirmed_at) = service.capacity.confirmed_at {
        map.insert("assured_date".to_owned(), confirmed_at.utc().date_naive().to_string().into());
    }
    if let Some(changed_at) = service.capacity.changed_at {
        map.insert("last_modified".to_owned(), json!(changed_at));
    }
    if let Some(provider) = &facts.provider {
        let key = provider.id.as_ref().map_or_else(|| provider.name.clone(), ToString::to_string);
        let organization = json!({
            "id": id::of(&format!("provider {key}")),
            "name": provider.name,
            "description": format!("{} runs {}.", provider.name, facts.name),
        });
        map.insert("organization".to_owned(), organization);
    }
    json
}

/// A service with all that is known of it.
pub fn full(service: &CareService, link: &dyn Fn(&str) -> String) -> Value {
    let mut json = brief(service, link);
    let map = json.as_object_mut().expect("a brief service is an object");
    map.insert("service_at_locations".to_owned(), json!([at_location(service)]));
    map.insert("attributes".to_owned(), attributes(service));
    map.insert("service_areas".to_owned(), areas(service));
    map.insert("cost_options".to_owned(), costs(service));
    if let Some(phone) = &service.facts.phone {
        let key = format!("phone {}", service.id);
        let contact = json!([{ "id": id::of(&format!("contact {}", service.id)), "phones": [{ "id": id::of(&key), "number": phone }] }]);
        map.insert("contacts".to_owned(), contact);
    }
    json
}

/// Where a service is given, as an entry of its own.
pub fn service_at_location(service: &CareService, link: &dyn Fn(&str) -> String) -> Value {
    let mut json = at_location(service);
    let map = json.as_object_mut().expect("it was made an object below");
    map.insert("service".to_owned(), brief(service, link));
    json
}

fn description(service: &CareService) -> String {
    let facts = &service.facts;
    let kinds: Vec<String> = facts.care_types.iter().map(|care| care.label().to_owned()).collect();
    let kinds = if kinds.is_empty() { facts.kind.label().to_owned() } else { text::list(&kinds, "and") };
    let bands: Vec<String> = facts.bands.iter().map(|band| band.label().to_lowercase()).collect();
    if bands.is_empty() { format!("{kinds}.") } else { format!("{kinds} for {}.", text::list(&bands, "and")) }
}

fn at_location(service: &CareService) -> Value {
    let facts = &service.facts;
    let mut location = json!({
        "id": id::of(&format!("location {}", service.id)),
        "location_type": "physical",
        "name": facts.name,
        "external_identifier": service.id,
        "external_identifier_type": "CQC Location ID",
        "addresses": [{
            "id": id::of(&format!("address {}", service.id)),
            "address_1": facts.address.lines.join(", "),
            "city": facts.address.town.clone().unwrap_or_default(),
            "state_province": facts.authority.name,
            "postal_code": facts.address.postcode.clone().unwrap_or_default(),
            "country": "GB",
            "address_type": "physical",
        }],
    });
    if let (Some(place), Some(map)) = (facts.location, location.as_object_mut()) {
        map.insert("latitude".to_owned(), place.point.lat.into());
        map.insert("longitude".to_owned(), place.point.lon.into());
    }
    json!({ "id": id::of(&format!("service at location {}", service.id)), "location": location })
}

fn attributes(service: &CareService) -> Value {
    let own = service_id(&service.id);
    let cares = service.facts.care_types.iter().map(|care| Taxonomy::CareTypes.term(care.word(), care.label()));
    let bands = service.facts.bands.iter().map(|band| Taxonomy::Bands.term(band.word(), band.label()));
    let attribute = |term: Value| {
        let key = format!("attribute {own} {}", term["id"]);
        json!({ "id": id::of(&key), "link_id": own, "link_entity": "service", "taxonomy_term": term })
    };
    cares.chain(bands).map(attribute).collect()
}

/// The districts that an agency visits.
fn areas(service: &CareService) -> Value {
    let mut districts: Vec<&str> = service.capacity.lines.iter().filter_map(Line::area).collect();
    districts.sort_unstable();
    districts.dedup();
    let area = |district: &str| {
        let key = format!("area {} {district}", service.id);
        json!({ "id": id::of(&key), "name": district, "description": format!("Postcodes that begin with {district}") })
    };
    districts.into_iter().map(area).collect()
}

fn costs(service: &CareService) -> Value {
    let cost = |line: &BedLine| {
        let pence = line.weekly_fee.and_then(WeeklyFee::least)?;
        let key = format!("cost {} {} {}", service.id, line.bed_type, line.stay);
        Some(json!({
            "id": id::of(&key),
            "option": line_name(line),
            "amount": f64::from(pence) / 100.0,
            "amount_description": "a week, from",
            "currency": "GBP",
        }))
    };
    service.capacity.beds().filter_map(cost).collect()
}

/// One for each line, as it was last told. What was never told has none.
fn capacities(service: &CareService) -> Value {
    let Some(updated) = service.capacity.confirmed_at else { return json!([]) };
    let closed = service.capacity.status == AdmissionStatus::Closed;
    let capacity = |line: &Line| {
        let (unit, name, maximum) = match line {
            Line::Bed(line) => ("Bed", line_name(line), Some(line.maximum)),
            Line::Hours(line) => ("Hour a week", hours_name(line), None),
        };
        let mut json = Map::new();
        let key = format!("capacity {} {name}", service.id);
        json.insert("id".to_owned(), id::of(&key).into());
        json.insert("service_id".to_owned(), service_id(&service.id).into());
        json.insert("unit".to_owned(), json!({ "id": id::of(&format!("unit {unit}")), "name": unit }));
        json.insert("available".to_owned(), if closed { 0 } else { line.accepting() }.into());
        json.extend(maximum.map(|maximum| ("maximum".to_owned(), maximum.into())));
        json.insert("description".to_owned(), name.into());
        json.insert("updated".to_owned(), json!(updated));
        Value::Object(json)
    };
    service.capacity.lines.iter().map(capacity).collect()
}

fn line_name(line: &BedLine) -> String {
    format!("{}, {}", line.bed_type.label(), line.stay.label().to_lowercase())
}

fn hours_name(line: &HoursLine) -> String {
    format!("{}, {}", line.area, line.time_of_day.label().to_lowercase())
}
