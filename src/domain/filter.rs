//! The one search vocabulary: what may be asked, and whether a care service matches it.
//! How it is read and written is in `filter_text.rs`; finding quickly is the board's business.

use chrono::NaiveDate;

use crate::domain::authority::AuthorityCode;
use crate::domain::capacity::{BedLine, HoursLine, Line};
use crate::domain::care_service::{CareService, CareServiceId, ProviderId};
use crate::domain::freshness::Moment;
use crate::domain::place::{Place, Point};
use crate::domain::words::{AdmissionStatus, Band, BedType, CareType, Freshness, Funding, Gender, Kind, Rating, Stay};

use crate::base::text;

/// What is asked for. An empty list or `None` asks for nothing in that respect.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    pub q: Option<String>,
    pub near: Option<Near>,
    pub authority: Vec<AuthorityCode>,
    pub kind: Vec<Kind>,
    pub care_type: Vec<CareType>,
    pub bed_type: Vec<BedType>,
    pub stay: Vec<Stay>,
    pub band: Vec<Band>,
    pub gender: Vec<Gender>,
    pub funding: Vec<Funding>,
    /// Pence a week.
    pub max_fee: Option<u32>,
    /// At least this good.
    pub rating: Option<Rating>,
    pub vacant: Option<u32>,
    /// At least this fresh.
    pub fresh: Option<Freshness>,
    /// Can admit by this day.
    pub by: Option<NaiveDate>,
    pub provider: Vec<ProviderId>,
    pub id: Vec<CareServiceId>,
}

/// Around a place that was found on the ground.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    pub place: Place,
    pub point: Point,
    /// Miles in a straight line.
    pub within: f64,
}

impl Filter {
    /// Whether this service, as it is, matches at this moment.
    pub fn matches(&self, service: &CareService, moment: &Moment) -> bool {
        self.matches_but_words(service, moment)
            && self.q.as_deref().is_none_or(|q| text::every_word_begins(q, &service.search_words()))
    }

    /// The same without `q`, for who keeps the words of each service ready.
    pub fn matches_but_words(&self, service: &CareService, moment: &Moment) -> bool {
        service.left_at.is_none()
            && self.matches_facts(service)
            && self.near.as_ref().is_none_or(|near| near.miles_to(service).is_some_and(|miles| miles <= near.within))
            && self.fresh.is_none_or(|least| service.capacity.freshness(moment) <= least)
            && self.matches_lines(service)
    }

    /// Miles to the place asked for, if one was asked and the service has a location.
    pub fn distance(&self, service: &CareService) -> Option<f64> {
        self.near.as_ref().and_then(|near| near.miles_to(service))
    }

    fn matches_facts(&self, service: &CareService) -> bool {
        let facts = &service.facts;
        let provider = facts.provider.as_ref().and_then(|provider| provider.id.as_ref());
        any_of(&self.id, &service.id)
            && any_of(&self.kind, &facts.kind)
            && any_of(&self.authority, &facts.authority.code)
            && (self.provider.is_empty() || provider.is_some_and(|id| self.provider.contains(id)))
            && (self.care_type.is_empty() || facts.care_types.iter().any(|care| self.care_type.contains(care)))
            && (self.band.is_empty() || facts.bands.iter().any(|band| self.band.contains(band)))
            && self.rating.is_none_or(|least| facts.rating.as_ref().is_some_and(|rating| rating.overall <= least))
    }

    /// All that is asked of a line must hold for one and the same line, but that `vacant` counts
    /// the places of every line that meets the rest.
    fn matches_lines(&self, service: &CareService) -> bool {
        let open = service.capacity.status != AdmissionStatus::Closed;
        let mut met = service.capacity.lines.iter().filter(|line| self.suits(line, open));
        if let Some(wanted) = self.vacant.filter(|wanted| *wanted > 0) {
            return open && met.map(Line::accepting).sum::<u32>() >= wanted;
        }
        !self.asks_of_lines() || met.next().is_some()
    }

    /// The lines that meet what is asked of one and the same line and accept somebody now; none of a
    /// service that is closed.
    pub fn accepting_lines<'a>(&'a self, service: &'a CareService) -> impl Iterator<Item = &'a Line> {
        let open = service.capacity.status != AdmissionStatus::Closed;
        service.capacity.lines.iter().filter(move |line| open && line.accepting() > 0 && self.suits(line, open))
    }

    /// The places and hours that accept somebody now, over the lines that meet what is asked.
    pub fn accepting(&self, service: &CareService) -> u32 {
        self.accepting_lines(service).map(Line::accepting).sum()
    }

    fn asks_of_lines(&self) -> bool {
        !(self.bed_type.is_empty() && self.stay.is_empty() && self.gender.is_empty() && self.funding.is_empty())
            || self.max_fee.is_some()
            || self.by.is_some()
    }

    fn suits(&self, line: &Line, open: bool) -> bool {
        match line {
            Line::Bed(line) => self.suits_bed(line) && self.admits(open, line.accepting, line.earliest_admission),
            Line::Hours(line) => self.suits_hours() && self.admits_hours(open, line),
        }
    }

    fn suits_bed(&self, line: &BedLine) -> bool {
        any_of(&self.bed_type, &line.bed_type)
            && any_of(&self.stay, &line.stay)
            && (line.gender == Gender::Any || any_of(&self.gender, &line.gender))
            && (self.funding.is_empty() || line.funding.iter().any(|funding| self.funding.contains(funding)))
            && self
                .max_fee
                .is_none_or(|most| line.weekly_fee.and_then(|fee| fee.least()).is_some_and(|fee| fee <= most))
    }

    /// A line of hours has neither bed, stay, gender, funding nor fee.
    fn suits_hours(&self) -> bool {
        self.bed_type.is_empty()
            && self.stay.is_empty()
            && self.gender.is_empty()
            && self.funding.is_empty()
            && self.max_fee.is_none()
    }

    fn admits_hours(&self, open: bool, line: &HoursLine) -> bool {
        self.admits(open, line.hours_available, line.earliest_start)
    }

    fn admits(&self, open: bool, accepting: u16, earliest: Option<NaiveDate>) -> bool {
        self.by.is_none_or(|by| open && accepting > 0 && earliest.is_none_or(|earliest| earliest <= by))
    }
}

impl Near {
    /// Miles from the place asked for, if the service has a location.
    pub fn miles_to(&self, service: &CareService) -> Option<f64> {
        service.facts.location.map(|location| self.point.miles_to(location.point))
    }
}

fn any_of<T: PartialEq>(asked: &[T], value: &T) -> bool {
    asked.is_empty() || asked.contains(value)
}
