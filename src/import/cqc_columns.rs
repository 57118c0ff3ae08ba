//! Which layout of the register a file has, told by its headings, and where each fact stands in it.
//! What the fields hold is read in `cqc.rs`.

use crate::domain::words::Band;
use crate::import::cqc_text::{self, Service};
use crate::import::headings::Headings;
use crate::import::table::Recognised;

/// Completes "none of its first lines holds the headings of …".
pub const WANTED: &str = "a CQC register (the care directory, the locations file or the ratings file, \
     with a location id, a name, a local authority and what is registered there)";

/// How ratings and lists are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A row for each domain and population group of a location.
    Ratings,
    /// The care directory, with or without filters, and the locations file: a row for each location.
    Locations,
    /// Answers of the register's API with Python text in their fields.
    ApiAnswers,
}

/// Where each fact stands. A column that is absent is a fact that the file does not hold.
#[derive(Clone, Debug)]
pub struct Columns {
    pub layout: Layout,
    pub id: Option<usize>,
    pub name: Option<usize>,
    pub authority: Option<usize>,
    pub care_home: Option<usize>,
    pub category: Option<usize>,
    pub service_types: Option<usize>,
    /// Columns that say yes or no for one service type each.
    pub service_flags: Vec<(usize, Service)>,
    pub bands: Option<usize>,
    pub band_flags: Vec<(usize, Band)>,
    pub beds: Option<usize>,
    pub street: Option<usize>,
    pub line_2: Option<usize>,
    pub town: Option<usize>,
    /// The whole address in one field.
    pub address: Option<usize>,
    pub postcode: Option<usize>,
    pub lat: Option<usize>,
    pub lon: Option<usize>,
    pub phone: Option<usize>,
    pub website: Option<usize>,
    pub provider_id: Option<usize>,
    pub provider_name: Option<usize>,
    pub rating: Option<usize>,
    pub published: Option<usize>,
    pub report: Option<usize>,
    pub domain: Option<usize>,
    pub group: Option<usize>,
    pub ended: Option<usize>,
    pub status: Option<usize>,
    /// Every column of dates: together they tell the order of day and month.
    pub dates: Vec<usize>,
}

impl Columns {
    pub fn recognise(headings: &Headings) -> Recognised<Self> {
        let columns = Self::of(headings);
        let is_scoped = columns.care_home.is_some()
            || columns.category.is_some()
            || columns.service_types.is_some()
            || !columns.service_flags.is_empty();
        let is_ratings = columns.layout == Layout::Ratings;
        let needed = [
            (columns.id.is_some(), "Location ID"),
            (columns.name.is_some(), "Location Name"),
            (columns.authority.is_some(), "Location Local Authority"),
            (is_scoped, "Care home? (or service types, or the primary inspection category)"),
            (!is_ratings || columns.domain.is_some(), "Domain"),
            (!is_ratings || columns.group.is_some(), "Service / Population Group"),
        ];
        let missing: Vec<&str> = needed.iter().filter(|(is_there, _)| !is_there).map(|(_, name)| *name).collect();
        let about_a_location = needed[..4].iter().filter(|(is_there, _)| *is_there).count();
        match (missing.is_empty(), about_a_location) {
            (true, _) => Recognised::Yes(columns),
            (false, 2..) => Recognised::Lacks(missing),
            (false, _) => Recognised::No,
        }
    }

    fn of(headings: &Headings) -> Self {
        let find = |keys: &[&str]| headings.find(keys);
        let layout = if find(&["latestrating"]).is_some() {
            Layout::Ratings
        } else if find(&["gacservicetypes"]).is_some() {
            Layout::ApiAnswers
        } else {
            Layout::Locations
        };
        let services = headings.beginning("servicetype").into_iter();
        let bands = headings.beginning("serviceuserband").into_iter();
        Self {
            layout,
            id: find(&["cqclocationidforofficeuseonly", "locationid", "cqclocationid"]),
            name: find(&["locationname", "name"]),
            authority: find(&["locationlocalauthority", "localauthority"]),
            care_home: find(&["carehome"]),
            category: find(&["locationprimaryinspectioncategory", "primaryinspectioncategory", "inspectioncategories"]),
            service_types: find(&["servicetypes", "gacservicetypes"]),
            service_flags: services.filter_map(|(at, name)| Some((at, cqc_text::service(&name)?))).collect(),
            bands: find(&["serviceuserssupported", "specialismsservices", "specialisms"]),
            band_flags: bands.filter_map(|(at, name)| Some((at, cqc_text::band(&name)?))).collect(),
            beds: find(&["carehomesbeds", "carehomebeds", "numberofbeds"]),
            street: find(&["locationstreetaddress", "address1", "addressline1", "postaladdressline1"]),
            line_2: find(&["locationaddressline2", "address2", "addressline2", "postaladdressline2"]),
            town: find(&["locationcity", "towncity", "postaladdresstowncity", "town", "city"]),
            address: find(&["address", "locationaddress"]),
            postcode: find(&["locationpostcode", "locationpostalcode", "postcode", "postalcode"]),
            lat: find(&["locationlatitude", "latitude", "lat", "onspdlatitude"]),
            lon: find(&["locationlongitude", "longitude", "long", "lon", "lng", "onspdlongitude"]),
            phone: find(&["locationtelephonenumber", "phonenumber", "telephonenumber", "mainphonenumber"]),
            website: find(&["locationwebaddress", "website", "serviceswebsiteifavailable", "webaddress"]),
            provider_id: find(&["cqcprovideridforofficeuseonly", "providerid", "cqcproviderid"]),
            provider_name: find(&["providername"]),
            rating: find(&["latestrating", "locationlatestoverallrating", "latestoverallrating", "currentratings"]),
            published: find(&["publicationdate"]),
            report: find(&["url"]),
            domain: find(&["domain"]),
            group: find(&["servicepopulationgroup"]),
            ended: find(&["locationhscaenddate", "deregistrationdate"]),
            status: find(&["registrationstatus"]),
            dates: headings.holding("date"),
        }
    }
}
