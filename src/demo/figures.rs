//! The figures of the demonstration: what a service can take at first, and what a day does to it.
//! Every one of them adds up as an update must. When the days are is said elsewhere.

use chrono::{Days, NaiveDate};

use crate::demo::dice::Dice;
use crate::domain::capacity::{BedLine, CapacityUpdate, HoursLine, Line, WeeklyFee};
use crate::domain::words::{AdmissionStatus, BedType, Funding, Gender, Reason, Stay, TimeOfDay};

/// What a service is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    OlderResidential,
    OlderNursing,
    LearningDisability,
    MentalHealth,
    PhysicalDisability,
    Transitional,
    Visits,
    ExtraCare,
    SupportedLiving,
}

/// A kind of line that a home has: its share of the beds in percent, and a week's fee in pounds.
type Share = (BedType, Stay, u16, u32);

impl Purpose {
    fn shares(self) -> &'static [Share] {
        use BedType as Bed;
        use Stay::{DischargeToAssess, Permanent, Reablement, Respite};
        match self {
            Self::OlderResidential => &[
                (Bed::GeneralResidential, Permanent, 55, 940),
                (Bed::DementiaResidential, Permanent, 38, 1_040),
                (Bed::GeneralResidential, Respite, 7, 1_010),
            ],
            Self::OlderNursing => &[
                (Bed::GeneralNursing, Permanent, 40, 1_240),
                (Bed::DementiaNursing, Permanent, 34, 1_350),
                (Bed::GeneralResidential, Permanent, 16, 1_020),
                (Bed::GeneralNursing, DischargeToAssess, 10, 1_280),
            ],
            Self::LearningDisability => &[(Bed::LearningDisabilityResidential, Permanent, 100, 1_890)],
            Self::MentalHealth => &[(Bed::MentalHealthResidential, Permanent, 100, 1_460)],
            Self::PhysicalDisability => &[
                (Bed::YoungerPhysicalDisability, Permanent, 80, 1_640),
                (Bed::YoungerPhysicalDisability, Respite, 20, 1_700),
            ],
            Self::Transitional => &[(Bed::Transitional, Reablement, 100, 1_120)],
            Self::Visits | Self::ExtraCare | Self::SupportedLiving => &[],
        }
    }
}

/// The first figures of a home with so many registered beds.
pub fn first_beds(care: Purpose, beds: u16, today: NaiveDate, dice: &mut Dice) -> CapacityUpdate {
    let shares = care.shares();
    let mut left = beds;
    let mut lines = Vec::new();
    // Dear homes are dear for everyone.
    let dearer = dice.number(0..380);
    for (index, (bed_type, stay, share, pounds)) in shares.iter().enumerate() {
        let last = index + 1 == shares.len();
        let maximum = if last { left } else { (beds * share / 100).max(1).min(left) };
        left -= maximum;
        if maximum > 0 {
            lines.push(Line::Bed(bed_line(*bed_type, *stay, maximum, pounds + dearer, today, dice)));
        }
    }
    let status = if dice.chance(6) { AdmissionStatus::OnRequest } else { AdmissionStatus::Open };
    CapacityUpdate::of(status, lines)
}

fn bed_line(bed_type: BedType, stay: Stay, maximum: u16, pounds: u32, today: NaiveDate, dice: &mut Dice) -> BedLine {
    let occupied = (maximum * dice.few(84..101) / 100).min(maximum);
    let free = maximum - occupied;
    let reserved = if free > 1 && dice.chance(30) { 1 } else { 0 };
    let blocked = if free > reserved && dice.chance(12) { 1 } else { 0 };
    let accepting = free - reserved - blocked;
    let mut funding = vec![Funding::SelfFunded];
    if dice.chance(75) {
        funding.push(Funding::LocalAuthority);
    }
    if dice.chance(35) {
        funding.push(Funding::LocalAuthorityTopUp);
    }
    if dice.chance(30) {
        funding.push(Funding::NhsContinuing);
    }
    let from = pounds / 5 * 500;
    BedLine {
        bed_type,
        stay,
        maximum,
        occupied,
        reserved,
        reserved_until: None,
        accepting,
        gender: dice.weighted(&[(92, Gender::Any), (5, Gender::Female), (3, Gender::Male)]),
        funding,
        weekly_fee: dice.chance(88).then(|| WeeklyFee { from: Some(from), to: Some(from + 5_000 * dice.number(1..6)) }),
        earliest_admission: (accepting > 0 && dice.chance(25)).then(|| soon(today, dice)),
        reason: (blocked > 0).then(|| *dice.pick(&[Reason::Refurbishment, Reason::Staffing, Reason::SharedRoom])),
        note: None,
    }
}

/// The first figures of an agency that visits these districts.
pub fn first_hours(areas: &[String], today: NaiveDate, dice: &mut Dice) -> CapacityUpdate {
    use TimeOfDay::{Evening, LiveIn, Midday, Morning, Night, Tea};
    let mut lines = Vec::new();
    for area in areas {
        for time_of_day in [Morning, Midday, Tea, Evening] {
            if dice.chance(70) {
                lines.push(Line::Hours(hours_line(area, time_of_day, today, dice)));
            }
        }
        for time_of_day in [Night, LiveIn] {
            if dice.chance(10) {
                lines.push(Line::Hours(hours_line(area, time_of_day, today, dice)));
            }
        }
    }
    CapacityUpdate::of(AdmissionStatus::Open, lines)
}

fn hours_line(area: &str, time_of_day: TimeOfDay, today: NaiveDate, dice: &mut Dice) -> HoursLine {
    let hours_available = if dice.chance(35) { 0 } else { dice.few(2..22) };
    HoursLine {
        area: area.to_owned(),
        time_of_day,
        hours_available,
        double_handed: dice.chance(30),
        earliest_start: (hours_available > 0 && dice.chance(30)).then(|| soon(today, dice)),
        note: None,
    }
}

/// What a day does to the figures: somebody comes, somebody goes, a ward closes for a while.
pub fn next_day(before: &CapacityUpdate, today: NaiveDate, dice: &mut Dice) -> CapacityUpdate {
    let mut after = before.clone();
    for line in &mut after.lines {
        forget_the_past(line, today);
    }
    if after.status == AdmissionStatus::Closed {
        reopen(&mut after);
        return after;
    }
    if !after.lines.is_empty() {
        let index = dice.number(0..after.lines.len() as u32) as usize;
        match &mut after.lines[index] {
            Line::Bed(line) => somebody_comes_or_goes(line, today, dice),
            Line::Hours(line) => rounds_change(line, today, dice),
        }
    }
    if dice.chance(2) {
        close_for_an_outbreak(&mut after);
    }
    after
}

fn somebody_comes_or_goes(line: &mut BedLine, today: NaiveDate, dice: &mut Dice) {
    // A home with many free beds fills, a full one empties: so it stays near nine in ten.
    let empty = u32::from(line.maximum - line.occupied) * 100 / u32::from(line.maximum.max(1));
    let comes = dice.chance(30 + 4 * empty.min(16));
    if comes && line.reserved > 0 && dice.chance(60) {
        line.reserved -= 1;
        line.reserved_until = line.reserved_until.filter(|_| line.reserved > 0);
        line.occupied += 1;
    } else if comes && line.accepting > 0 {
        line.accepting -= 1;
        if dice.chance(30) { line.reserved += 1 } else { line.occupied += 1 }
    } else if line.not_admittable() > 0 && dice.chance(50) {
        line.accepting += line.not_admittable();
        line.reason = None;
    } else if line.occupied > 0 {
        line.occupied -= 1;
        line.accepting += 1;
        line.earliest_admission = dice.chance(35).then(|| soon(today, dice));
    }
    if line.accepting > 0 && line.reason.is_none() && dice.chance(3) {
        line.accepting -= 1;
        line.reason = Some(Reason::Staffing);
    }
}

fn rounds_change(line: &mut HoursLine, today: NaiveDate, dice: &mut Dice) {
    line.hours_available = if line.hours_available > 0 && dice.chance(55) {
        line.hours_available.saturating_sub(dice.few(1..8))
    } else {
        (line.hours_available + dice.few(1..9)).min(40)
    };
    line.earliest_start = (line.hours_available > 0 && dice.chance(25)).then(|| soon(today, dice));
}

fn close_for_an_outbreak(update: &mut CapacityUpdate) {
    for line in &mut update.lines {
        if let Line::Bed(line) = line {
            line.accepting = 0;
            line.earliest_admission = None;
            line.reason = (line.not_admittable() > 0).then_some(Reason::Outbreak);
            update.status = AdmissionStatus::Closed;
        }
    }
}

fn reopen(update: &mut CapacityUpdate) {
    update.status = AdmissionStatus::Open;
    for line in &mut update.lines {
        if let Line::Bed(line) = line {
            line.accepting += line.not_admittable();
            line.reason = None;
        }
    }
}

/// A day that has come says nothing more.
fn forget_the_past(line: &mut Line, today: NaiveDate) {
    let day = match line {
        Line::Bed(line) => &mut line.earliest_admission,
        Line::Hours(line) => &mut line.earliest_start,
    };
    if day.is_some_and(|day| day <= today) {
        *day = None;
    }
}

fn soon(today: NaiveDate, dice: &mut Dice) -> NaiveDate {
    today.checked_add_days(Days::new(u64::from(dice.number(1..15)))).unwrap_or(today)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::words::Kind;

    /// What a manager could have typed: read again by the rules that every update must pass.
    fn adds_up(kind: Kind, update: &CapacityUpdate) {
        let body = json!({ "status": update.status, "lines": update.lines });
        assert_eq!(CapacityUpdate::parse(kind, &body).as_ref(), Ok(update));
    }

    #[test]
    fn a_thousand_days_of_a_home_and_of_an_agency_always_add_up() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        for seed in 0..8 {
            let dice = &mut Dice::new(seed);
            let care = *dice.pick(&[Purpose::OlderNursing, Purpose::OlderResidential, Purpose::LearningDisability]);
            let mut home = first_beds(care, dice.few(5..90), today, dice);
            let mut agency = first_hours(&["WX1".to_owned(), "WX2".to_owned()], today, dice);
            for _ in 0..1000 {
                adds_up(Kind::CareHome, &home);
                adds_up(Kind::HomeCare, &agency);
                home = next_day(&home, today, dice);
                agency = next_day(&agency, today, dice);
            }
        }
    }

    #[test]
    fn the_lines_of_a_home_add_up_to_its_registered_beds() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        for beds in 5..91 {
            let update = first_beds(Purpose::OlderNursing, beds, today, &mut Dice::new(beds.into()));
            let beds_of = |line: &Line| if let Line::Bed(line) = line { line.maximum } else { 0 };
            assert_eq!(update.lines.iter().map(beds_of).sum::<u16>(), beds);
        }
    }
}
