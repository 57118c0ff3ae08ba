//! Capacity of many services from one file: what was exported comes in again, spreadsheets may have
//! had it in between, and it is all of the file or nothing.

use berth::domain::capacity::{BedLine, HoursLine, Line, WeeklyFee};
use berth::domain::care_service::{CareService, CareServiceId};
use berth::domain::words::{AdmissionStatus, CareType, Funding, Gender, Kind, Source, Stay, TimeOfDay};
use berth::store::{changes, services};
use chrono::NaiveDate;

use crate::support::command::{Ran, berth};
use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::{BEGIN, Home, stamp};

fn day(month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(2026, month, day)
}

/// A home with everything that a line may say, an agency, and a home that never told anything.
fn told(home: &Home) -> Vec<CareService> {
    let at = stamp(BEGIN);
    let mut oak = care_home("1-1", "=Oak \"House\"; the first");
    let mut line = nursing(10, 7, 2);
    if let Line::Bed(bed) = &mut line {
        bed.gender = Gender::Female;
        bed.funding = vec![Funding::SelfFunded, Funding::NhsContinuing];
        bed.weekly_fee = Some(WeeklyFee { from: Some(95_000), to: None });
        bed.earliest_admission = day(12, 25);
        bed.note = Some("-2 rooms, “quiet”; ask\u{2019}".into());
    }
    oak.capacity = confirmed(at, vec![line, nursing_respite(3, 3, 0)]);
    let mut elm = care_home("1-2", "Elm Care at Home");
    elm.facts.kind = Kind::HomeCare;
    elm.facts.care_types = vec![CareType::HomeCare];
    elm.capacity = confirmed(at, vec![hours("SO23", TimeOfDay::Morning, 12), hours("SO22", TimeOfDay::Night, 0)]);
    elm.capacity.status = AdmissionStatus::OnRequest;
    let mut fir = care_home("1-3", "Fir House");
    fir.capacity.status = AdmissionStatus::Closed;
    let all = vec![oak, elm, fir];
    add(&home.db(), at, all.clone());
    all
}

fn nursing_respite(maximum: u16, occupied: u16, accepting: u16) -> Line {
    match nursing(maximum, occupied, accepting) {
        Line::Bed(bed) => Line::Bed(BedLine { stay: Stay::Respite, ..bed }),
        hours @ Line::Hours(_) => hours,
    }
}

fn hours(area: &str, time_of_day: TimeOfDay, hours_available: u16) -> Line {
    Line::Hours(HoursLine {
        area: area.into(),
        time_of_day,
        hours_available,
        double_handed: hours_available > 0,
        earliest_start: day(12, 1),
        note: None,
    })
}

fn export(home: &Home) -> String {
    let ran = berth(home, &["export", "capacity"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.stdout
}

fn import(home: &Home, content: impl AsRef<[u8]>, words: &[&str]) -> Ran {
    let path = home.path("capacity.csv");
    std::fs::write(&path, content).unwrap();
    berth(home, &[&["import", "capacity", "--json", path.to_str().unwrap()], words].concat())
}

fn service(home: &Home, id: &str) -> CareService {
    home.db().read_now(|c| services::get(c, &CareServiceId::from_text(id))).unwrap().service
}

#[test]
fn what_was_exported_comes_in_again_and_changes_nothing() {
    for home in Home::on_each() {
        told(&home);
        let ran = import(&home, export(&home), &[]);
        assert_eq!((ran.summary()["unchanged"].as_u64(), ran.summary()["changed"].as_u64()), (Some(3), Some(0)));
        assert_eq!(home.db().read_now(changes::last_seq).unwrap(), 3);
    }
}

#[test]
fn figures_of_an_empty_service_are_made_what_was_exported() {
    let home = Home::on_sqlite();
    let all = told(&home);
    let exported = export(&home);
    assert!(
        exported.contains("\"'=Oak") && exported.contains("\"'-2 rooms"),
        "no spreadsheet calculates it: {exported}"
    );
    let other = Home::on_sqlite();
    let emptied = all.iter().map(|service| CareService { capacity: Default::default(), ..service.clone() }).collect();
    add(&other.db(), stamp(BEGIN), emptied);
    assert_eq!(import(&other, &exported, &[]).summary()["changed"], 3);
    for before in all {
        let after = service(&other, before.id.as_str()).capacity;
        assert_eq!((after.lines, after.status), (before.capacity.lines, before.capacity.status), "{}", before.id);
        assert_eq!((after.version, after.source), (1, Some(Source::Csv)));
    }
    assert_eq!(export(&other).lines().count(), exported.lines().count());
}

#[test]
fn a_spreadsheet_may_have_had_the_file_in_between() {
    let home = Home::on_sqlite();
    told(&home);
    let rows = [
        "Service ID;Status;Bed type;Stay;Maximum;Occupied;Reserved;Accepting;Reason;Weekly fee from;Earliest admission;Note",
        "1-1;open;General nursing;Permanent;10;6;0;3;Shared room;95000;25/12/2026;Caf\u{e9} \u{2013} quiet",
    ];
    let text = rows.join("\r\n");
    let (windows_1252, _, _) = encoding_rs::WINDOWS_1252.encode(&text);
    let ran = import(&home, windows_1252, &[]);
    assert!(ran.stderr.contains("accepting 2 → 3"), "{}", ran.stderr);
    assert!(ran.stderr.contains("general_nursing respite: taken out"), "{}", ran.stderr);
    let after = service(&home, "1-1").capacity;
    let [Line::Bed(bed)] = after.lines.as_slice() else { panic!("one line of beds") };
    assert_eq!((bed.accepting, bed.earliest_admission), (3, day(12, 25)));
    assert_eq!(bed.note.as_deref(), Some("Café – quiet"));
}

#[test]
fn every_mistake_is_listed_with_its_line_and_nothing_is_written() {
    let home = Home::on_sqlite();
    told(&home);
    let before = service(&home, "1-1");
    let file = "service_id,status,bed_type,maximum,occupied,reserved,accepting\n\
        1-1,open,general_nursing,10,8,0,2\n\
        1-2,open,general_nursing,10,8,0,2\n\
        1-3,open,general_nursing,10,9,0,2\n\
        1-3,closed,dementia_nursing,many,9,0,2\n\
        1-9,open,general_nursing,1,0,0,1\n\
        ,open,general_nursing,1,0,0,1\n\
        1-3,open\n";
    let ran = import(&home, file, &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    for (line, words) in [
        (3, "\"area\""),
        (4, "add up to 11"),
        (4, "disagree about the status"),
        (5, "Maximum must be a whole number"),
        (6, "No care service has the id \"1-9\""),
        (7, "service_id"),
        (8, "2 columns"),
    ] {
        let found = ran.stderr.lines().any(|told| told.contains(&format!("line {line}: ")) && told.contains(words));
        assert!(found, "line {line}: {words} in {}", ran.stderr);
    }
    assert!(ran.stderr.contains("accepting"), "the good change is shown too: {}", ran.stderr);
    assert_eq!(service(&home, "1-1"), before);
    let dry = import(&home, file.lines().take(2).collect::<Vec<_>>().join("\n"), &["--dry-run"]);
    assert_eq!((dry.summary()["changed"].as_u64(), dry.summary()["dry_run"].as_bool()), (Some(1), Some(true)));
    assert_eq!(service(&home, "1-1"), before);
}

#[test]
fn a_service_whose_status_the_file_does_not_tell_keeps_it() {
    let home = Home::on_sqlite();
    told(&home);
    import(&home, "service_id,bed_type,maximum,occupied,reserved,accepting\n1-3,general_nursing,4,4,0,0\n", &[]);
    let after = service(&home, "1-3").capacity;
    assert_eq!((after.status, after.lines.len()), (AdmissionStatus::Closed, 1));
}
