//! What was measured, a column for each server, and how the first compares with the second.

/// What is measured, in which unit, and where it is found.
pub type Row<'a, T> = (&'a str, &'a str, &'a dyn Fn(&T) -> f64);

pub fn print<T>(what: &str, columns: &[(&str, T)], rows: &[Row<T>]) {
    let line = |what: &str, cells: &mut dyn Iterator<Item = String>| {
        let cells: String = cells.map(|cell| format!(" {cell:>14}")).collect();
        println!("{what:<34}{cells}");
    };
    println!();
    line(what, &mut columns.iter().map(|(name, _)| (*name).to_owned()).chain(["ratio".to_owned()]));
    for (what, unit, of) in rows {
        let values: Vec<f64> = columns.iter().map(|(_, measured)| of(measured)).collect();
        let ratio = format!("{:.2}", values[0] / values[1]);
        line(what, &mut values.iter().map(|value| format!("{value:.1} {unit}")).chain([ratio]));
    }
}
