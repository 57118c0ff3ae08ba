//! FHIR R4: services as `Location` and `HealthcareService`, read and searched. Pure: everything here
//! is for everybody, and other resources and operations are deliberately not there.

use serde_json::{Map, Value, json};

use crate::base::stamp::Stamp;
use crate::base::text;
use crate::domain::capacity::{BedLine, HoursLine, Line};
use crate::domain::care_service::CareService;
use crate::domain::words::{AdmissionStatus, Kind};

/// When this description of the interface was last changed.
const DESCRIBED_ON: &str = "2026-11-23";
/// The register in which most ids of services are, and how they begin there.
const REGISTER: (&str, &str) = ("https://www.cqc.org.uk/location", "1-");

/// The resources there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    Location,
    HealthcareService,
}

impl Resource {
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Location, Self::HealthcareService].into_iter().find(|resource| resource.word() == word)
    }

    pub const fn word(self) -> &'static str {
        match self {
            Self::Location => "Location",
            Self::HealthcareService => "HealthcareService",
        }
    }

    /// A service as this resource.
    pub fn json(self, service: &CareService, link: &dyn Fn(&str) -> String) -> Value {
        match self {
            Self::Location => location(service, link),
            Self::HealthcareService => healthcare_service(service, link),
        }
    }
}

/// What this server can do.
pub fn capability_statement(link: &dyn Fn(&str) -> String) -> Value {
    let parameter = |(name, kind): (&str, &str)| json!({ "name": name, "type": kind });
    let parameters = [("_id", "token"), ("identifier", "token"), ("name", "string")].map(parameter);
    let resource = |resource: Resource| {
        json!({
            "type": resource.word(),
            "interaction": [{ "code": "read" }, { "code": "search-type" }],
            "searchParam": parameters,
        })
    };
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": DESCRIBED_ON,
        "kind": "instance",
        "software": { "name": "Berth" },
        "implementation": { "description": "Care services and what they can take", "url": link("fhir") },
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{
            "mode": "server",
            "resource": [resource(Resource::Location), resource(Resource::HealthcareService)],
        }],
    })
}

/// What was found, some of it at a time. `own` and `next` are the addresses of this page and the one after.
pub fn bundle(
    resource: Resource,
    total: usize,
    found: &[Value],
    own: &str,
    next: Option<String>,
    link: &dyn Fn(&str) -> String,
) -> Value {
    let mut links = vec![json!({ "relation": "self", "url": own })];
    links.extend(next.map(|next| json!({ "relation": "next", "url": next })));
    let entry = |json: &Value| {
        let id = json["id"].as_str().unwrap_or_default();
        let address = link(&format!("fhir/{}/{id}", resource.word()));
        json!({ "fullUrl": address, "resource": json, "search": { "mode": "match" } })
    };
    let entries: Vec<Value> = found.iter().map(entry).collect();
    let mut bundle = Map::new();
    bundle.insert("resourceType".to_owned(), "Bundle".into());
    bundle.insert("type".to_owned(), "searchset".into());
    bundle.insert("total".to_owned(), total.into());
    bundle.insert("link".to_owned(), links.into());
    // An empty list is not JSON of FHIR.
    if !entries.is_empty() {
        bundle.insert("entry".to_owned(), entries.into());
    }
    Value::Object(bundle)
}

/// Why there is no answer; `code` is a word of FHIR's IssueType.
pub fn outcome(code: &str, why: &str) -> Value {
    json!({ "resourceType": "OperationOutcome", "issue": [{ "severity": "error", "code": code, "diagnostics": why }] })
}

fn location(service: &CareService, link: &dyn Fn(&str) -> String) -> Value {
    let facts = &service.facts;
    let mut json = begin(Resource::Location, service, link);
    json.insert("status".to_owned(), "active".into());
    json.insert("name".to_owned(), facts.name.clone().into());
    json.insert("mode".to_owned(), "instance".into());
    let mut address = Map::new();
    address.insert("use".to_owned(), "work".into());
    if !facts.address.lines.is_empty() {
        address.insert("line".to_owned(), json!(facts.address.lines));
    }
    address.extend(facts.address.town.clone().map(|town| ("city".to_owned(), town.into())));
    address.insert("district".to_owned(), facts.authority.name.clone().into());
    address.extend(facts.address.postcode.clone().map(|postcode| ("postalCode".to_owned(), postcode.into())));
    address.insert("country".to_owned(), "GB".into());
    json.insert("address".to_owned(), address.into());
    if let Some(place) = facts.location {
        let position = json!({ "longitude": place.point.lon, "latitude": place.point.lat });
        json.insert("position".to_owned(), position);
    }
    if let Some(provider) = &facts.provider {
        json.insert("managingOrganization".to_owned(), json!({ "display": provider.name }));
    }
    Value::Object(json)
}

fn healthcare_service(service: &CareService, link: &dyn Fn(&str) -> String) -> Value {
    let facts = &service.facts;
    let mut json = begin(Resource::HealthcareService, service, link);
    let vacancies: Vec<Value> = service.capacity.lines.iter().map(|line| vacancy(service, line, link)).collect();
    if !vacancies.is_empty() {
        json.insert("extension".to_owned(), vacancies.into());
    }
    json.insert("active".to_owned(), true.into());
    if let Some(provider) = &facts.provider {
        json.insert("providedBy".to_owned(), json!({ "display": provider.name }));
    }
    json.insert("category".to_owned(), json!([{ "text": facts.kind.label() }]));
    if !facts.care_types.is_empty() {
        json.insert("type".to_owned(), facts.care_types.iter().map(|care| json!({ "text": care.label() })).collect());
    }
    if !facts.bands.is_empty() {
        json.insert(
            "characteristic".to_owned(),
            facts.bands.iter().map(|band| json!({ "text": band.label() })).collect(),
        );
    }
    json.insert("location".to_owned(), json!([{ "reference": format!("Location/{}", service.id) }]));
    json.insert("name".to_owned(), facts.name.clone().into());
    json.insert("comment".to_owned(), comment(service).into());
    Value::Object(json)
}

/// What both resources begin with.
fn begin(resource: Resource, service: &CareService, link: &dyn Fn(&str) -> String) -> Map<String, Value> {
    let mut json = Map::new();
    json.insert("resourceType".to_owned(), resource.word().into());
    json.insert("id".to_owned(), service.id.as_str().into());
    let told = service.capacity.confirmed_at;
    json.extend(told.map(|told: Stamp| ("meta".to_owned(), json!({ "lastUpdated": told }))));
    let system = if service.id.as_str().starts_with(REGISTER.1) { REGISTER.0.to_owned() } else { link("services") };
    json.insert("identifier".to_owned(), json!([{ "system": system, "value": service.id }]));
    if let Some(phone) = &service.facts.phone {
        json.insert("telecom".to_owned(), json!([{ "system": "phone", "value": phone }]));
    }
    json
}

/// A line as an extension of ours, since FHIR has no word for a vacancy.
fn vacancy(service: &CareService, line: &Line, link: &dyn Fn(&str) -> String) -> Value {
    let closed = service.capacity.status == AdmissionStatus::Closed;
    let accepting = if closed { 0 } else { line.accepting() };
    let parts = match line {
        Line::Bed(BedLine { bed_type, stay, maximum, .. }) => json!([
            { "url": "bed-type", "valueCode": bed_type },
            { "url": "stay", "valueCode": stay },
            { "url": "maximum", "valueUnsignedInt": maximum },
            { "url": "accepting", "valueUnsignedInt": accepting },
        ]),
        Line::Hours(HoursLine { area, time_of_day, .. }) => json!([
            { "url": "area", "valueString": area },
            { "url": "time-of-day", "valueCode": time_of_day },
            { "url": "hours-available", "valueUnsignedInt": accepting },
        ]),
    };
    json!({ "url": link("fhir/StructureDefinition/vacancy"), "extension": parts })
}

fn comment(service: &CareService) -> String {
    let capacity = &service.capacity;
    let Some(confirmed_at) = capacity.confirmed_at else { return "Vacancies were never told.".to_owned() };
    let vacant = u64::from(capacity.vacant());
    let vacant = match service.facts.kind {
        Kind::CareHome => text::count(vacant, "vacancy", "vacancies"),
        Kind::HomeCare => text::count(vacant, "hour a week available", "hours a week available"),
    };
    format!("{}. {vacant}, confirmed {confirmed_at}.", capacity.status.label())
}
