//! Single fields as people type them: whole numbers, pounds and dates. What cannot be read stays as
//! it was typed (a date: empty), so that `CapacityUpdate::parse` says what is wrong.

use chrono::NaiveDate;
use serde_json::Value;

/// A whole number as people type it: with blanks, with a comma for the thousands.
pub fn number(typed: &str) -> Value {
    let plain: String = typed.chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
    plain.parse::<u64>().map_or_else(|_| Value::from(typed), Value::from)
}

/// Pounds as people type them (`1250`, `1,250`, `£1250.50`), in pence.
pub fn pence(typed: &str) -> Value {
    let plain: String = typed.chars().filter(|c| !c.is_whitespace() && !",£".contains(*c)).collect();
    let (pounds, pence) = plain.split_once('.').unwrap_or((&plain, ""));
    let pence = match pence.len() {
        0 => Some(0),
        1 => pence.parse::<u64>().ok().map(|tens| tens * 10),
        2 => pence.parse::<u64>().ok(),
        _ => None,
    };
    let whole = pounds.parse::<u64>().ok().and_then(|pounds| pounds.checked_mul(100));
    match whole.zip(pence).and_then(|(whole, pence)| whole.checked_add(pence)) {
        Some(all) => Value::from(all),
        None => Value::from(typed),
    }
}

/// `125050` as `1250.50`.
pub fn pounds(pence: u32) -> String {
    match pence % 100 {
        0 => (pence / 100).to_string(),
        rest => format!("{}.{rest:02}", pence / 100),
    }
}

/// A date of three fields, whose month may be a name; `None` if all are blank.
pub fn date([day, month, year]: [&str; 3]) -> Option<Value> {
    if [day, month, year].iter().all(|part| part.is_empty()) {
        return None;
    }
    let year = year.parse().ok().map(|year: i32| if (0..100).contains(&year) { 2000 + year } else { year });
    let found = year.zip(month_number(month)).zip(day.parse().ok());
    let day = found.and_then(|((year, month), day)| NaiveDate::from_ymd_opt(year, month, day));
    Some(Value::from(day.map_or_else(String::new, |day| day.to_string())))
}

fn month_number(typed: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    if let Ok(number) = typed.parse() {
        return Some(number);
    }
    let name = typed.trim_end_matches('.').to_lowercase();
    let at = MONTHS
        .iter()
        .position(|month| name.len() >= 3 && (month.starts_with(&name) || name == "sept" && *month == "september"));
    at.and_then(|at| u32::try_from(at + 1).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_read_as_people_type_them() {
        for (typed, read) in [(" 12 ", json!(12)), ("1,250", json!(1250)), ("1 250", json!(1250)), ("0", json!(0))] {
            assert_eq!(number(typed), read, "{typed}");
        }
        for wrong in ["-1", "1.5", "ten", "12a"] {
            assert_eq!(number(wrong), json!(wrong));
        }
    }

    #[test]
    fn pounds_become_pence() {
        for (typed, read) in
            [("1250", 125_000), ("1,250", 125_000), ("£1250.50", 125_050), (" 900.5 ", 90_050), ("900.", 90_000)]
        {
            assert_eq!(pence(typed), json!(read), "{typed}");
        }
        for wrong in ["12.345", "1.2.3", "-5", "about 900", "99999999999999999999", "184467440737095517"] {
            assert_eq!(pence(wrong), json!(wrong));
        }
        assert_eq!([pounds(125_000), pounds(125_050), pounds(5)], ["1250", "1250.50", "0.05"]);
    }

    #[test]
    fn dates_take_months_by_number_or_name() {
        for month in ["11", "nov", "Nov.", "NOVEMBER", "november"] {
            assert_eq!(date(["30", month, "2026"]), Some(json!("2026-11-30")), "{month}");
        }
        assert_eq!(date(["1", "sept", "27"]), Some(json!("2027-09-01")));
        assert_eq!(date(["", "", ""]), None);
        for wrong in
            [["31", "11", "2026"], ["1", "no", "2026"], ["1", "13", "2026"], ["", "11", "2026"], ["x", "1", "1"]]
        {
            assert_eq!(date(wrong), Some(json!("")), "{wrong:?}");
        }
    }
}
