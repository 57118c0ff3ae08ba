//! The register's own words and spellings, turned into ours: services, service-user bands, ratings,
//! phone numbers, web addresses. Which column they stand in is decided in `cqc.rs`.

use std::collections::BTreeSet;

use url::Url;

use crate::base::text;
use crate::domain::words::{Band, CareType, Rating};

/// What a registered service says about its location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    CareHome(CareType),
    /// Community based adult social care, and our word for it where there is one.
    Community(Option<CareType>),
}

/// The services of a list such as `Homecare agencies|Supported living`, as far as they are ours.
pub fn services(list: &str) -> Vec<Service> {
    parts(list).filter_map(service).collect()
}

/// One service type, in the words of the directory or of the locations file.
pub fn service(name: &str) -> Option<Service> {
    Some(match text::squash(name).as_str() {
        "carehomeservicewithnursing" | "nursinghomes" | "nursinghome" => Service::CareHome(CareType::Nursing),
        "carehomeservicewithoutnursing" | "residentialhomes" | "residentialhome" => {
            Service::CareHome(CareType::Residential)
        }
        "domiciliarycareservice" | "homecareagencies" | "homecareagency" => {
            Service::Community(Some(CareType::HomeCare))
        }
        "extracarehousingservices" | "extracarehousing" | "supportedhousing" => {
            Service::Community(Some(CareType::ExtraCare))
        }
        "supportedlivingservice" | "supportedliving" => Service::Community(Some(CareType::SupportedLiving)),
        "sharedlives" | "hospiceservicesathome" | "homehospicecare" => Service::Community(None),
        _ => return None,
    })
}

/// Our care types of those services, each once.
pub fn care_types(services: &[Service]) -> Vec<CareType> {
    let types = services.iter().filter_map(|service| match service {
        Service::CareHome(care) => Some(*care),
        Service::Community(care) => *care,
    });
    types.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The bands of a list such as `Dementia, Physical disabilities`, each once.
pub fn bands(list: &str) -> Vec<Band> {
    parts(list).filter_map(band).collect::<BTreeSet<_>>().into_iter().collect()
}

/// One service-user band, in the words of either file.
pub fn band(name: &str) -> Option<Band> {
    Some(match text::squash(name).as_str() {
        "olderpeople" | "caringforadultsover65yrs" => Band::OlderPeople,
        "youngeradults" | "caringforadultsunder65yrs" => Band::YoungerAdults,
        "dementia" => Band::Dementia,
        "learningdisabilities"
        | "learningdisabilitiesorautisticspectrumdisorder"
        | "learningdisabilityorautism"
        | "learningdisabilitiesorautism" => Band::LearningDisability,
        "mentalhealth" | "mentalhealthconditions" => Band::MentalHealth,
        "physicaldisability" | "physicaldisabilities" => Band::PhysicalDisability,
        "sensoryimpairment" | "sensoryimpairments" => Band::SensoryImpairment,
        "substancemisuseproblems" | "substancemisuse" | "peoplewhomisusedrugsandalcohol" => Band::SubstanceMisuse,
        "eatingdisorders" | "eatingdisorder" | "peoplewithaneatingdisorder" => Band::EatingDisorder,
        "caringforpeoplewhoserightsarerestrictedunderthementalhealthact" | "peopledetainedunderthementalhealthact" => {
            Band::Detained
        }
        "children" | "caringforchildren" | "caringforchildren018yrs" | "children018years" => Band::Children,
        "servicesforeveryone" | "wholepopulation" => Band::WholePopulation,
        _ => return None,
    })
}

/// The overall rating; `None` for "Not rated", "Insufficient evidence to rate" and the like.
pub fn rating(text: &str) -> Option<Rating> {
    match text::squash(text).as_str() {
        "outstanding" => Some(Rating::Outstanding),
        "good" => Some(Rating::Good),
        "requiresimprovement" => Some(Rating::RequiresImprovement),
        "inadequate" => Some(Rating::Inadequate),
        _ => None,
    }
}

fn parts(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', '|', ';'])
}

/// A phone number with the leading zero back that spreadsheets take away. `None` if it is none.
pub fn phone(written: &str) -> Option<String> {
    let written = text::tidy(written);
    let written = written.strip_suffix(".0").unwrap_or(&written);
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    let is_plain = written.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '(' | ')' | '-' | '+'));
    if digits.len() < 6 || written.contains("E+") || written.contains('@') {
        return None;
    }
    let is_international = written.starts_with("+44") || (is_plain && digits.len() == 12);
    if is_plain
        && is_international
        && let Some(national) = digits.strip_prefix("44")
    {
        return Some(format!("0{}", national.trim_start_matches('0')));
    }
    // Nine or ten digits without the zero: every British number has ten or eleven with it.
    if is_plain && !digits.starts_with('0') && (9..=10).contains(&digits.len()) {
        return Some(format!("0{written}"));
    }
    Some(written.to_owned())
}

/// A web address as `https://…` or `http://…`. `None` if it is none.
pub fn website(written: &str) -> Option<String> {
    let first = written.split([' ', ',', ';']).find(|part| !part.is_empty())?;
    let lower = first.to_ascii_lowercase();
    let has_scheme = lower.starts_with("http://") || lower.starts_with("https://");
    let url = if has_scheme { Url::parse(first) } else { Url::parse(&format!("https://{first}")) }.ok()?;
    let is_named = url.domain().is_some_and(|domain| domain.trim_matches('.').contains('.'));
    let is_bare = url.username().is_empty() && url.password().is_none() && !first.contains('@');
    let text = url.as_str();
    let text = if url.path() == "/" { text.strip_suffix('/').unwrap_or(text) } else { text };
    (is_named && is_bare).then(|| text.to_owned())
}

/// The lines and the town of an address in one field: `The Lodge, 14 Field Road, Winchester, Hampshire`.
pub fn address(written: &str, authority: &str) -> (Vec<String>, Option<String>) {
    let mut lines: Vec<String> = written.split(',').map(text::tidy).filter(|line| !line.is_empty()).collect();
    let is_county = |line: &String| line.ends_with("shire") || text::fold(line) == text::fold(authority);
    if lines.len() > 2 && lines.last().is_some_and(is_county) {
        lines.pop();
    }
    let town = if lines.len() > 1 { lines.pop() } else { None };
    (lines, town)
}

/// The values of a key in the Python text that stands in files made from the register's API:
/// `[{'name': 'Dementia'}, {'name': "Children's homes"}]`.
pub fn python_values<'a>(written: &'a str, key: &str) -> impl Iterator<Item = &'a str> {
    let key = format!("'{key}':");
    let mut rest = written;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(key.as_str())?;
        rest = after;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        after[1..].split_once(quote).map(|(value, _)| value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_and_bands_are_known_in_the_words_of_every_layout() {
        let both = services("Domiciliary care service, Care home service with nursing,Dentist|Supported housing");
        assert_eq!(care_types(&both), [CareType::Nursing, CareType::HomeCare, CareType::ExtraCare]);
        assert_eq!(services("Shared Lives"), [Service::Community(None)]);
        for (written, band) in [
            ("Caring for adults over 65 yrs", Band::OlderPeople),
            ("Learning Disabilities or autistic spectrum disorder", Band::LearningDisability),
            ("Caring for children (0 - 18yrs)", Band::Children),
            ("People who misuse drugs and alcohol", Band::SubstanceMisuse),
            ("Sensory Impairment", Band::SensoryImpairment),
            ("Caring for people whose rights are restricted under the Mental Health Act", Band::Detained),
        ] {
            assert_eq!(bands(&format!("Something else,{written}, {written}")), [band]);
        }
    }

    #[test]
    fn what_is_no_rating_is_absent() {
        assert_eq!(rating("Requires Improvement"), Some(Rating::RequiresImprovement));
        for text in ["", "Not rated", "Inspected but not rated", "Insufficient evidence to rate"] {
            assert_eq!(rating(text), None, "{text}");
        }
    }

    #[test]
    fn a_phone_number_gets_its_leading_zero_back() {
        for (written, right) in [
            ("1632960001", Some("01632960001")),
            ("163296001", Some("0163296001")),
            ("1632960001.0", Some("01632960001")),
            ("01632 960001", Some("01632 960001")),
            ("+44 1632 960001", Some("01632960001")),
            ("+44 (0)1632 960001", Some("01632960001")),
            ("441632960001", Some("01632960001")),
            ("01632960001 Ext 2", Some("01632960001 Ext 2")),
            ("1.63296E+09", None),
            ("none", None),
            ("", None),
        ] {
            assert_eq!(phone(written).as_deref(), right, "{written}");
        }
    }

    #[test]
    fn a_web_address_gets_its_scheme() {
        for (written, right) in [
            ("www.oakhouse.example", Some("https://www.oakhouse.example")),
            ("http://www.oakhouse.example/care/", Some("http://www.oakhouse.example/care/")),
            ("HTTPS://OakHouse.example/Care", Some("https://oakhouse.example/Care")),
            ("oakhouse.example, elm.example", Some("https://oakhouse.example")),
            ("info@oakhouse.example", None),
            ("javascript:alert(1)", None),
            ("none", None),
            ("http://", None),
            ("", None),
        ] {
            assert_eq!(website(written).as_deref(), right, "{written}");
        }
    }

    #[test]
    fn an_address_in_one_field_is_taken_apart() {
        let (lines, town) = address("The Lodge, 14 Field Road, Winchester, Hampshire", "Hampshire");
        assert_eq!((lines.join("|").as_str(), town.as_deref()), ("The Lodge|14 Field Road", Some("Winchester")));
        assert_eq!(address("14 Field Road", "Hampshire"), (vec!["14 Field Road".to_owned()], None));
        assert_eq!(address("", "Hampshire"), (Vec::new(), None));
    }

    #[test]
    fn values_are_found_in_python_text() {
        let written = r#"[{'name': 'Dementia', 'code': 'S1'}, {'name': "Children's homes"}, {'name': None}]"#;
        assert_eq!(python_values(written, "name").collect::<Vec<_>>(), ["Dementia", "Children's homes"]);
        assert_eq!(python_values("{'name': '", "name").count(), 0);
    }
}
