//! What a service has free, as one of six: the traffic light of lists, board, map and terminal.
//! Which colour each has is the business of the styles; `scripts/parts/row.ts` says the same for rows that change in
//! place, and both are held to the cases of `scripts/parts/states.json`.

use crate::domain::words::{AdmissionStatus, Freshness};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    Vacancies,
    OnRequest,
    Full,
    Closed,
    /// The figures are too old to be believed, whatever they say.
    Stale,
    Never,
}

impl State {
    pub fn of(status: AdmissionStatus, vacant: u64, freshness: Freshness) -> Self {
        match (freshness, status) {
            (Freshness::Never, _) => Self::Never,
            (Freshness::Stale, _) => Self::Stale,
            (Freshness::Fresh | Freshness::Ageing, AdmissionStatus::Closed) => Self::Closed,
            (Freshness::Fresh | Freshness::Ageing, AdmissionStatus::OnRequest) => Self::OnRequest,
            (Freshness::Fresh | Freshness::Ageing, AdmissionStatus::Open) if vacant > 0 => Self::Vacancies,
            (Freshness::Fresh | Freshness::Ageing, AdmissionStatus::Open) => Self::Full,
        }
    }

    /// The name of its colour in the styles.
    pub fn look(self) -> &'static str {
        match self {
            Self::Vacancies => "vacancies",
            Self::OnRequest => "on-request",
            Self::Full => "full",
            Self::Closed => "closed",
            Self::Stale => "stale",
            Self::Never => "never",
        }
    }

    /// In words; `lasting` is for how long nobody has confirmed the figures, such as "9 days".
    pub fn words(self, lasting: &str) -> String {
        match self {
            Self::Vacancies => "Vacancies".to_owned(),
            Self::OnRequest => "On request".to_owned(),
            Self::Full => "Full".to_owned(),
            Self::Closed => "Closed to admissions".to_owned(),
            Self::Stale => format!("Not confirmed for {lasting}"),
            Self::Never => "Not told yet".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::base::local;
    use crate::base::stamp::Stamp;

    #[test]
    fn the_server_says_of_each_case_what_the_script_says() {
        let cases: Value = serde_json::from_str(include_str!("../../web/scripts/parts/states.json")).unwrap();
        let now = Stamp::parse(cases["now"].as_str().unwrap()).unwrap();
        let cases = cases["cases"].as_array().unwrap();
        assert!(cases.len() >= 8);
        for case in cases {
            let status = AdmissionStatus::parse(case["status"].as_str().unwrap()).unwrap();
            let freshness = Freshness::parse(case["freshness"].as_str().unwrap()).unwrap();
            let state = State::of(status, case["vacant"].as_u64().unwrap(), freshness);
            let confirmed = case["confirmed_at"].as_str().and_then(Stamp::parse);
            let lasting = confirmed.map_or_else(String::new, |at| local::lasting(now, at));
            let said = (state.look().to_owned(), state.words(&lasting));
            assert_eq!(said, (case["look"].as_str().unwrap().to_owned(), case["text"].as_str().unwrap().to_owned()));
        }
    }
}
