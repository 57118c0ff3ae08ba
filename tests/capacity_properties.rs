//! Properties of capacity, over figures that nobody chose: what adds up is taken and nothing else is,
//! what is exported comes in again as it was, whatever spreadsheet had it in between.

use std::collections::HashMap;

use berth::domain::capacity::{Adjustment, BedLine, Capacity, CapacityUpdate, HoursLine, Line, WeeklyFee};
use berth::domain::care_service::CareService;
use berth::domain::view::View;
use berth::domain::words::{AdmissionStatus, BedType, Funding, Gender, Kind, Reason, Stay, TimeOfDay};
use berth::feed::csv::CapacityCsv;
use berth::import::capacity::{CapacityFile, Plan};
use berth::import::source::Source;
use chrono::NaiveDate;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::json;

use crate::support::homes::care_home;

fn day() -> impl Strategy<Value = NaiveDate> {
    (0_u64..400).prop_map(|days| today() + chrono::Days::new(days))
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

/// As `parse` leaves a note: no blanks at its ends, none twice.
fn note() -> impl Strategy<Value = String> {
    "[-=+@'\"a-zé;,£“–]{1,6}( [-=+@'\"a-zé;,£“–]{1,6}){0,3}"
}

fn bed_line() -> impl Strategy<Value = BedLine> {
    let numbers = (0_u16..40, 0_u16..9, 0_u16..9, 0_u16..4);
    let fee = of((0_u32..5000, of(0_u32..5000), any::<bool>()));
    let words = (select(Gender::ALL), subsequence(Funding::ALL, 0..4), select(Reason::ALL));
    (numbers, fee, words, of(day()), of(day()), of(note())).prop_map(
        |((occupied, reserved, accepting, left), fee, (gender, funding, reason), earliest, until, note)| BedLine {
            bed_type: BedType::GeneralNursing,
            stay: Stay::Permanent,
            maximum: occupied + reserved + accepting + left,
            occupied,
            reserved,
            reserved_until: until.filter(|_| reserved > 0),
            accepting,
            gender,
            funding,
            weekly_fee: fee.map(|(from, more, only_to)| WeeklyFee {
                from: (!only_to).then_some(from + 1),
                to: if only_to { Some(from + 1) } else { more.map(|more| from + 1 + more) },
            }),
            earliest_admission: earliest,
            reason: (left > 0).then_some(reason),
            note,
        },
    )
}

/// Lines for different things, in the order of the form.
fn beds() -> impl Strategy<Value = Vec<Line>> {
    let keys: Vec<(BedType, Stay)> =
        BedType::ALL.iter().flat_map(|bed_type| Stay::ALL.iter().map(|stay| (*bed_type, *stay))).collect();
    subsequence(keys, 0..6).prop_flat_map(|keys| {
        prop::collection::vec(bed_line(), keys.len()).prop_map(move |lines| {
            let named = keys.iter().zip(lines);
            named
                .map(|((bed_type, stay), line)| Line::Bed(BedLine { bed_type: *bed_type, stay: *stay, ..line }))
                .collect()
        })
    })
}

fn hours() -> impl Strategy<Value = Vec<Line>> {
    let line = || (0_u16..200, any::<bool>(), of(day()), of(note()));
    subsequence(TimeOfDay::ALL, 0..5).prop_flat_map(move |times| {
        prop::collection::vec(line(), times.len()).prop_map(move |lines| {
            let named = times.iter().zip(lines);
            let line = |(time, (hours_available, double_handed, earliest_start, note))| {
                let area = "SO23".to_owned();
                Line::Hours(HoursLine { area, time_of_day: time, hours_available, double_handed, earliest_start, note })
            };
            named.map(|(time, rest)| line((*time, rest))).collect()
        })
    })
}

fn service() -> impl Strategy<Value = CareService> {
    let lines = prop_oneof![
        3 => beds().prop_map(|lines| (Kind::CareHome, lines)),
        1 => hours().prop_map(|lines| (Kind::HomeCare, lines)),
    ];
    (lines, select(AdmissionStatus::ALL), of(day())).prop_map(|((kind, lines), status, until)| {
        let mut service = care_home("1-1", "=Oak \"House\"; the first");
        service.facts.kind = kind;
        let closed_until = until.filter(|_| status == AdmissionStatus::Closed);
        service.capacity = Capacity { version: 4, status, closed_until, lines, ..Capacity::default() };
        service
    })
}

fn exported(service: &CareService) -> String {
    let mut out = Vec::new();
    let mut csv = CapacityCsv::new(&mut out, View::Staff).unwrap();
    csv.write(service).unwrap();
    csv.finish().unwrap();
    String::from_utf8(out).unwrap()
}

fn planned(content: Vec<u8>, service: &CareService) -> Plan {
    let known = HashMap::from([(service.id.clone(), service.clone())]);
    let file = CapacityFile::read(Source::of_bytes("file.csv", content).unwrap(), None).unwrap();
    file.plan(&known, today())
}

/// As a spreadsheet saves it again: other delimiters, every field quoted, a mark at the beginning.
fn saved_again(csv_text: &str, delimiter: u8, with_mark: bool) -> Vec<u8> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv_text.as_bytes());
    let quoting = csv::QuoteStyle::Always;
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).quote_style(quoting).from_writer(Vec::new());
    for record in reader.records() {
        writer.write_record(&record.unwrap()).unwrap();
    }
    let mark: &[u8] = if with_mark { &[0xef, 0xbb, 0xbf] } else { &[] };
    [mark, &writer.into_inner().unwrap()].concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn four_numbers_are_taken_if_they_add_up_and_only_then(
        numbers in prop::array::uniform4(prop_oneof![0_i64..30, -3_i64..10_003]),
        told in of(0_i64..12),
        has_reason: bool,
    ) {
        let [maximum, occupied, reserved, accepting] = numbers;
        let mut line = json!({ "bed_type": "general_nursing", "maximum": maximum, "occupied": occupied,
            "reserved": reserved, "accepting": accepting });
        if let Some(told) = told {
            line["not_admittable"] = told.into();
        }
        if has_reason {
            line["reason"] = "staffing".into();
        }
        let parsed = CapacityUpdate::parse(Kind::CareHome, &json!({ "lines": [line] }));
        let left = maximum - occupied - reserved - accepting;
        let in_range = numbers.iter().all(|number| (0..=9999).contains(number));
        let right = in_range && left >= 0 && told.is_none_or(|told| told == left) && (left == 0 || has_reason);
        prop_assert_eq!(parsed.is_ok(), right, "{:?} {:?}", numbers, parsed);
        if let Ok(update) = parsed {
            let Line::Bed(bed) = &update.lines[0] else { panic!("a bed") };
            prop_assert_eq!(i64::from(bed.not_admittable()), left);
        }
    }

    #[test]
    fn freeing_and_taking_beds_keeps_every_sum(line in bed_line(), steps in prop::collection::vec(any::<bool>(), 0..20)) {
        let mut lines = vec![Line::Bed(line.clone())];
        for freed in steps {
            let step = Adjustment { bed_type: line.bed_type, stay: line.stay, freed };
            let Ok(after) = step.apply(&lines) else { continue };
            let (Line::Bed(one), Line::Bed(other)) = (&lines[0], &after[0]) else { panic!("beds") };
            prop_assert_eq!(one.occupied + one.accepting, other.occupied + other.accepting);
            prop_assert_eq!((one.maximum, one.not_admittable()), (other.maximum, other.not_admittable()));
            lines = after;
        }
    }

    #[test]
    fn what_is_exported_comes_in_again_as_it_was(service in service()) {
        let plan = planned(exported(&service).into_bytes(), &service);
        prop_assert_eq!((plan.mistakes.as_slice(), plan.updates.as_slice(), plan.unchanged.len()), (&[][..], &[][..], 1));
    }

    #[test]
    fn and_gives_the_same_figures_to_who_knows_nothing_of_them(
        service in service(),
        delimiter in select(&[b',', b';', b'\t'][..]),
        with_mark: bool,
    ) {
        let mut empty = service.clone();
        empty.capacity = Capacity::default();
        let plan = planned(saved_again(&exported(&service), delimiter, with_mark), &empty);
        prop_assert_eq!(&plan.mistakes, &[]);
        let told = plan.updates.first().map(|planned| planned.update.clone());
        let told = told.unwrap_or_else(|| CapacityUpdate::of(AdmissionStatus::Open, Vec::new()));
        let wanted = CapacityUpdate {
            closed_until: service.capacity.closed_until,
            ..CapacityUpdate::of(service.capacity.status, service.capacity.lines.clone())
        };
        prop_assert_eq!(told, wanted);
    }
}
