//! Reads boundaries of authorities from GeoJSON, as the ONS Open Geography Portal gives them.
//! Nothing is written down here, and no projection is undone: degrees are wanted.

use std::path::Path;

use serde_json::{Map, Value};

use crate::domain::authority::{self, AuthorityCode};
use crate::domain::outline::{Outline, Ring};
use crate::domain::place::Point;

/// The full-resolution file of all of Britain has 130 MB; one for a map, 2.
const LARGEST_FILE: u64 = 256 << 20;

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    pub outlines: Vec<Outline>,
    /// Of somebody else: districts, Wales.
    pub out_of_scope: usize,
}

/// Reads a file whole; the error is a sentence that says what to do. `source` is whose data it is.
pub fn open(path: &Path, source: &str) -> Result<Reading, String> {
    let file = path.display();
    let size = std::fs::metadata(path).map_err(|e| format!("{file} cannot be read: {e}"))?.len();
    if size > LARGEST_FILE {
        return Err(format!(
            "{file} is larger than 256 MB; take the generalised boundaries, they are as good on a map"
        ));
    }
    let text = std::fs::read_to_string(path).map_err(|e| format!("{file} cannot be read: {e}"))?;
    read(&text, source).map_err(|why| format!("{file}: {why}"))
}

/// Reads a feature collection.
pub fn read(text: &str, source: &str) -> Result<Reading, String> {
    let all: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|e| format!("it is not JSON ({e}); export it as GeoJSON"))?;
    let features = all.get("features").and_then(Value::as_array);
    let features = features.ok_or("it is not a GeoJSON feature collection; export it as GeoJSON")?;
    let mut reading = Reading::default();
    for (at, feature) in features.iter().enumerate() {
        let number = at + 1;
        let properties = feature.get("properties").and_then(Value::as_object);
        let (code, name) = properties.and_then(named).ok_or_else(|| {
            format!("feature {number} has no code of an authority, such as E10000014, among its properties")
        })?;
        if authority::by_code(&code).is_none() {
            reading.out_of_scope += 1;
            continue;
        }
        let rings = feature.get("geometry").and_then(rings).ok_or_else(|| {
            format!(
                "feature {number} ({name}) is no polygon in degrees of longitude and latitude; \
                 export it as WGS 84 (EPSG:4326)"
            )
        })?;
        reading.outlines.push(Outline { code, name, source: source.to_owned(), rings }.simplified());
    }
    if reading.outlines.is_empty() {
        return Err("it holds no authority of England that is responsible for social care".to_owned());
    }
    Ok(reading)
}

/// Code and name. The ONS calls them CTYUA23CD and CTYUA23NM, another year otherwise; others, area_code and area_name.
fn named(properties: &Map<String, Value>) -> Option<(AuthorityCode, String)> {
    let (key, code) = properties.iter().find_map(|(key, value)| Some((key, AuthorityCode::parse(value.as_str()?)?)))?;
    let twins = [key.replace("CD", "NM"), key.replace("cd", "nm"), key.replace("code", "name")];
    let name = twins.iter().filter(|twin| *twin != key).find_map(|twin| properties.get(twin)?.as_str());
    let known = authority::by_code(&code).map(|authority| authority.name);
    let name = name.map(str::to_owned).or(known).unwrap_or_else(|| code.to_string());
    Some((code, name))
}

/// The outer line of each polygon. A hole is another authority, and drawn as that.
fn rings(geometry: &Value) -> Option<Vec<Ring>> {
    let coordinates = geometry.get("coordinates")?.as_array()?;
    let outer = |polygon: &Value| ring(polygon.as_array()?.first()?);
    match geometry.get("type")?.as_str()? {
        "Polygon" => Some(vec![ring(coordinates.first()?)?]),
        "MultiPolygon" => coordinates.iter().map(outer).collect(),
        _ => None,
    }
}

fn ring(line: &Value) -> Option<Ring> {
    let point = |pair: &Value| Point::parse(pair.get(1)?.as_f64()?, pair.get(0)?.as_f64()?);
    line.as_array()?.iter().map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(properties: &str, geometry: &str) -> String {
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{properties},"geometry":{geometry}}}]}}"#
        )
    }

    const SQUARE: &str = r#"{"type":"Polygon","coordinates":[[[-1.5,51],[-1,51],[-1,51.5],[-1.5,51.5],[-1.5,51]]]}"#;

    #[test]
    fn codes_and_names_are_found_under_the_headings_of_any_year() {
        for (properties, name) in [
            (r#"{"CTYUA23CD":"E10000014","CTYUA23NM":"Hampshire C"}"#, "Hampshire C"),
            (r#"{"area_name":"Hants","area_code":"E10000014","population":1.0}"#, "Hants"),
            (r#"{"gss":"E10000014"}"#, "Hampshire"),
        ] {
            let reading = read(&file(properties, SQUARE), "Mine").unwrap();
            assert_eq!((reading.outlines[0].name.as_str(), reading.outlines[0].source.as_str()), (name, "Mine"));
            assert_eq!(reading.outlines[0].rings[0].len(), 4);
            let north = reading.outlines[0].rings[0].iter().map(|point| point.lat).fold(0.0, f64::max);
            assert!((north - 51.5).abs() < 1e-9, "longitude stands first in GeoJSON");
        }
    }

    #[test]
    fn what_cannot_be_a_map_is_refused_with_what_to_do() {
        let hampshire = r#"{"area_code":"E10000014"}"#;
        for (text, said) in [
            ("{".to_owned(), "export it as GeoJSON"),
            ("[]".to_owned(), "feature collection"),
            (file(r#"{"name":"Hampshire"}"#, SQUARE), "no code of an authority"),
            (file(hampshire, r#"{"type":"Polygon","coordinates":[[[442000,129000],[443000,129000]]]}"#), "EPSG:4326"),
            (file(hampshire, r#"{"type":"Point","coordinates":[-1,51]}"#), "no polygon"),
            (file(r#"{"LAD23CD":"E07000094"}"#, SQUARE), "no authority of England"),
        ] {
            let why = read(&text, "").unwrap_err();
            assert!(why.contains(said), "{why}");
        }
    }
}
