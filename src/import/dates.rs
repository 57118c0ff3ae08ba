//! Dates as registers and spreadsheets write them. `06/05/2020` is two dates until the whole file
//! has said which comes first, so a date is read in two steps: as written, then in the file's order.

use std::fmt;

use chrono::NaiveDate;

use crate::import::refusal::Why;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/// If at most one date in so many contradicts the others, it is a slip in one row, not another order.
const SLIPS_IN: u64 = 20;

/// Which comes first in `06/05/2020`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    DayFirst,
    MonthFirst,
}

impl DateOrder {
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "dmy" => Some(Self::DayFirst),
            "mdy" => Some(Self::MonthFirst),
            _ => None,
        }
    }
}

impl fmt::Display for DateOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DayFirst => "dmy",
            Self::MonthFirst => "mdy",
        })
    }
}

/// A date as it is written, a time behind it passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrittenDate {
    /// It can be read in one way only.
    Plain(NaiveDate),
    /// Two numbers and a year: which is the day depends on the file.
    Numbers { first: u32, second: u32, year: i32 },
}

impl WrittenDate {
    /// Reads `2020-05-06`, `06/05/2020`, `1/2/2025 12:00:00 AM`, `6 May 2020`. `None` if it is no date.
    pub fn read(text: &str) -> Option<Self> {
        let (date, _time) = text.trim().split_once(['T', ',']).unwrap_or((text.trim(), ""));
        let mut parts = date.split(['-', '/', '.', ' ']).filter(|part| !part.is_empty());
        let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
        if let Some(month) = month_of(second) {
            return NaiveDate::from_ymd_opt(year_of(third)?, month, number(first)?).map(Self::Plain);
        }
        if first.len() == 4 {
            return NaiveDate::from_ymd_opt(year_of(first)?, number(second)?, number(third)?).map(Self::Plain);
        }
        let (first, second) = (number(first)?, number(second)?);
        let year = year_of(third)?;
        Some(Self::Numbers { first, second, year })
    }

    /// The day meant, if it is a real one in that order.
    pub fn in_order(self, order: DateOrder) -> Option<NaiveDate> {
        match (self, order) {
            (Self::Plain(date), _) => Some(date),
            (Self::Numbers { first, second, year }, DateOrder::DayFirst) => {
                NaiveDate::from_ymd_opt(year, second, first)
            }
            (Self::Numbers { first, second, year }, DateOrder::MonthFirst) => {
                NaiveDate::from_ymd_opt(year, first, second)
            }
        }
    }
}

impl fmt::Display for WrittenDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(date) => write!(f, "{date}"),
            Self::Numbers { first, second, year } => write!(f, "{first}/{second}/{year}"),
        }
    }
}

fn number(text: &str) -> Option<u32> {
    (text.len() <= 2).then(|| text.parse().ok()).flatten()
}

/// `2020`, or `20` in the way of short spreadsheets.
fn year_of(text: &str) -> Option<i32> {
    let year: i32 = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    match text.len() {
        4 => Some(year),
        2 => Some(2000 + year),
        _ => None,
    }
}

fn month_of(text: &str) -> Option<u32> {
    let start = text.get(..3)?.to_ascii_lowercase();
    let index = MONTHS.iter().position(|month| *month == start)?;
    u32::try_from(index + 1).ok()
}

/// What the dates of a file say about their order.
#[derive(Clone, Debug, Default)]
pub struct DateEvidence {
    day_first: Seen,
    month_first: Seen,
    either: Seen,
}

#[derive(Clone, Debug, Default)]
struct Seen {
    count: u64,
    /// Where it was seen first, and what was written.
    example: Option<(u64, String)>,
}

impl Seen {
    fn add(&mut self, line: u64, text: &str) {
        self.count += 1;
        if self.example.is_none() {
            self.example = Some((line, text.trim().to_owned()));
        }
    }
}

impl DateEvidence {
    /// Looks at one field of one row, whatever it holds.
    pub fn look_at(&mut self, line: u64, text: &str) {
        let Some(WrittenDate::Numbers { first, second, .. }) = WrittenDate::read(text) else { return };
        match (first > 12, second > 12) {
            (true, false) => self.day_first.add(line, text),
            (false, true) => self.month_first.add(line, text),
            (false, false) if first != second => self.either.add(line, text),
            (false, false) | (true, true) => {}
        }
    }

    /// The one order of the file: a day over 12 decides.
    pub fn decide(self, asked: Option<DateOrder>) -> Result<DateOrder, Why> {
        let (days, months) = (self.day_first.count, self.month_first.count);
        let wrong = |asked, seen: Seen| {
            let (line, example) = seen.example.unwrap_or_default();
            Err(Why::WrongDateOrder { asked, line, example })
        };
        match asked {
            Some(order @ DateOrder::DayFirst) if days == 0 && months > 0 => return wrong(order, self.month_first),
            Some(order @ DateOrder::MonthFirst) if months == 0 && days > 0 => return wrong(order, self.day_first),
            Some(order) => return Ok(order),
            None => {}
        }
        if days > months.saturating_mul(SLIPS_IN) {
            return Ok(DateOrder::DayFirst);
        }
        if months > days.saturating_mul(SLIPS_IN) {
            return Ok(DateOrder::MonthFirst);
        }
        match (self.day_first.example, self.month_first.example, self.either.example) {
            (Some(day_first), Some(month_first), _) => Err(Why::BothDateOrders { day_first, month_first }),
            (_, _, Some((line, example))) => Err(Why::WhichDateOrder { line, example }),
            // Every date reads the same in both orders.
            (_, _, None) => Ok(DateOrder::DayFirst),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decided(dates: &[&str], asked: Option<DateOrder>) -> Result<DateOrder, Why> {
        let mut evidence = DateEvidence::default();
        for (line, date) in (1..).zip(dates) {
            evidence.look_at(line, date);
        }
        evidence.decide(asked)
    }

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn dates_are_read_in_every_form_of_the_register() {
        let plain =
            ["2020-05-06", "2020-05-06T00:00:00Z", "2020-05-06 12:30:00", "06 May 2020", "6-May-20", "6 MAY 2020"];
        for text in plain {
            assert_eq!(WrittenDate::read(text), Some(WrittenDate::Plain(day(2020, 5, 6))), "{text}");
        }
        for text in ["06/05/2020", "6/5/2020", "06.05.2020", "06-05-2020", "6/5/20", "6/5/2020 12:00:00 AM"] {
            let date = WrittenDate::read(text).unwrap();
            assert_eq!(date.in_order(DateOrder::DayFirst), Some(day(2020, 5, 6)), "{text}");
            assert_eq!(date.in_order(DateOrder::MonthFirst), Some(day(2020, 6, 5)), "{text}");
        }
        for text in ["", "-", "soon", "2020", "2020-13-01", "1/2", "1/2/20205", "Good", "é/é/é", "1/2/+123"] {
            assert_eq!(WrittenDate::read(text), None, "{text}");
        }
    }

    #[test]
    fn one_day_over_12_decides_for_the_whole_file() {
        assert_eq!(decided(&["01/02/2020", "05/29/2026"], None), Ok(DateOrder::MonthFirst));
        assert_eq!(decided(&["01/02/2020", "2026-05-29", "29/05/2026"], None), Ok(DateOrder::DayFirst));
        assert_eq!(decided(&["2020-05-06", "05/05/2020", "Good"], None), Ok(DateOrder::DayFirst));
    }

    #[test]
    fn a_file_that_does_not_tell_is_refused_unless_somebody_says() {
        let why = decided(&["05/05/2020", "01/02/2020"], None).unwrap_err();
        assert_eq!(why, Why::WhichDateOrder { line: 2, example: "01/02/2020".into() });
        assert_eq!(decided(&["01/02/2020"], Some(DateOrder::MonthFirst)), Ok(DateOrder::MonthFirst));
    }

    #[test]
    fn a_file_with_both_orders_is_refused_but_one_slip_in_many_is_not() {
        assert!(matches!(decided(&["29/05/2026", "05/29/2026"], None), Err(Why::BothDateOrders { .. })));
        assert_eq!(decided(&["29/05/2026", "05/29/2026"], Some(DateOrder::DayFirst)), Ok(DateOrder::DayFirst));
        let half = [["29/05/2026"; 10], ["05/29/2026"; 10]].concat();
        assert!(matches!(decided(&half[5..], None), Err(Why::BothDateOrders { .. })));
        let mut dates = vec!["29/05/2026"; 21];
        dates.push("05/29/2026");
        assert_eq!(decided(&dates, None), Ok(DateOrder::DayFirst));
    }

    #[test]
    fn an_order_that_the_file_contradicts_is_not_followed() {
        let why = decided(&["01/02/2020", "05/29/2026"], Some(DateOrder::DayFirst)).unwrap_err();
        assert!(matches!(why, Why::WrongDateOrder { asked: DateOrder::DayFirst, line: 2, .. }));
    }

    proptest! {
        #[test]
        fn any_text_can_be_looked_at(text in "\\PC*") {
            let read = WrittenDate::read(&text);
            if let Some(date) = read {
                let _ = date.in_order(DateOrder::DayFirst);
                let _ = date.in_order(DateOrder::MonthFirst);
            }
        }

        #[test]
        fn a_date_comes_back_as_it_was_written(year in 1900..2100_i32, ordinal in 1..=365_u32) {
            let date = NaiveDate::from_yo_opt(year, ordinal).unwrap();
            for (format, order) in [("%d/%m/%Y", DateOrder::DayFirst), ("%m/%d/%Y 12:00:00 AM", DateOrder::MonthFirst)] {
                let read = WrittenDate::read(&date.format(format).to_string()).unwrap();
                prop_assert_eq!(read.in_order(order), Some(date));
            }
        }
    }
}
