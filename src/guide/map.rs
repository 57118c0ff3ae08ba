//! The map of a guide: the outlines of its council areas with their names, and a dot for each service. A
//! drawing that every format holds; it knows no streets and asks no other machine.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;

use crate::base::text;
use crate::domain::care_service::CareService;
use crate::domain::outline::{Outline, Ring};
use crate::domain::place::Point;
use crate::domain::plan::{Plan, WIDTH};

/// Units: on a page of A4 18 point at least, as large print needs.
const LETTERS: f64 = 16.0;
/// How wide a letter is, about, as a part of its height.
const LETTER_WIDTH: f64 = 0.56;
/// More dots than this are blots.
const MOST_DOTS: usize = 4000;

/// A drawing, what it shows in words, and whose data the outlines are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Map {
    pub svg: String,
    pub alt: String,
    /// What the dots mean.
    pub key: String,
    pub sources: String,
}

/// The map of these services, if an outline of one of their council areas is known.
pub fn map(services: &[Arc<CareService>], outlines: &[Outline]) -> Option<Map> {
    let of_guide: Vec<&Outline> = outlines
        .iter()
        .filter(|outline| services.iter().any(|service| service.facts.authority.code == outline.code))
        .collect();
    let corners = of_guide.iter().flat_map(|outline| outline.rings.iter().flatten().copied());
    let plan = Plan::around(corners)?;
    let names: Vec<String> = of_guide.iter().map(|outline| outline.name.clone()).collect();
    let mut sources: Vec<&str> = of_guide.iter().map(|outline| outline.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    Some(Map {
        svg: draw(&plan, &of_guide, services)?,
        alt: format!("Map of {} with a dot for each place that is listed", text::list(&names, "and")),
        key: "Each dot is a place in this list. A filled dot had a vacancy; an empty one had none that we know of."
            .to_owned(),
        sources: sources.join(". "),
    })
}

fn draw(plan: &Plan, outlines: &[&Outline], services: &[Arc<CareService>]) -> Option<String> {
    let mut svg = String::new();
    write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} {0:.0}\"><path fill=\"#fff\" d=\"M0 0H{WIDTH:.0}V{0:.0}H0z\"/>",
        plan.height
    )
    .ok()?;
    for outline in outlines {
        let path: String = outline.rings.iter().map(|ring| path(plan, ring)).collect();
        write!(
            svg,
            "<path fill=\"#eef4f6\" stroke=\"#5a7078\" stroke-width=\"1\" stroke-linejoin=\"round\" d=\"{path}\"/>"
        )
        .ok()?;
    }
    for service in services.iter().take(MOST_DOTS) {
        let Some(location) = service.facts.location else { continue };
        let (x, y) = plan.at(location.point);
        let fill = if service.capacity.vacant() > 0 { "#0a5c36" } else { "#fff" };
        write!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.4\" fill=\"{fill}\" stroke=\"#0a5c36\" stroke-width=\"0.9\"/>"
        )
        .ok()?;
    }
    for (name, x, y) in placed_names(plan, outlines) {
        write!(
            svg,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-family=\"Arimo, Arial, sans-serif\" font-size=\"{LETTERS:.0}\" font-weight=\"bold\" text-anchor=\"middle\" fill=\"#16202a\" stroke=\"#fff\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\">{}</text>",
            escaped(name)
        )
        .ok()?;
    }
    svg.push_str("</svg>");
    Some(svg)
}

fn path(plan: &Plan, ring: &Ring) -> String {
    let points = ring.iter().map(|point| plan.at(*point)).map(|(x, y)| format!("{x:.1} {y:.1}"));
    format!("M{}z", points.collect::<Vec<_>>().join("L"))
}

/// Each name in the middle of its area, moved down or up until it covers no other.
fn placed_names<'a>(plan: &Plan, outlines: &[&'a Outline]) -> Vec<(&'a str, f64, f64)> {
    let mut placed: Vec<(&str, f64, f64)> = Vec::new();
    for outline in outlines {
        let Some(middle) = middle(outline) else { continue };
        let half = outline.name.chars().count() as f64 * LETTERS * LETTER_WIDTH / 2.0;
        let (x, y) = plan.at(middle);
        // Within the frame, whatever is in the middle.
        let x = x.clamp(half.min(WIDTH / 2.0), (WIDTH - half).max(WIDTH / 2.0));
        let covers = |y: f64| {
            placed.iter().any(|(name, at, line)| {
                let other = name.chars().count() as f64 * LETTERS * LETTER_WIDTH / 2.0;
                (at - x).abs() < half + other && (line - y).abs() < LETTERS * 1.1
            })
        };
        let tries = (0..12).flat_map(|step| [f64::from(step), -f64::from(step)]).map(|step| y + step * LETTERS * 0.6);
        let inside = |y: &f64| (LETTERS..plan.height - 4.0).contains(y);
        let y = tries.filter(inside).find(|y| !covers(*y)).unwrap_or(y);
        placed.push((&outline.name, x, y));
    }
    placed
}

/// The middle of the frame around the largest ring.
fn middle(outline: &Outline) -> Option<Point> {
    let ring = outline.rings.iter().max_by(|one, other| extent(one).total_cmp(&extent(other)))?;
    let (south, north, west, east) = frame(ring);
    Some(Point { lat: (south + north) / 2.0, lon: (west + east) / 2.0 })
}

fn extent(ring: &Ring) -> f64 {
    let (south, north, west, east) = frame(ring);
    (north - south) * (east - west)
}

fn frame(ring: &Ring) -> (f64, f64, f64, f64) {
    ring.iter().fold((90.0, -90.0, 180.0, -180.0), |(south, north, west, east): (f64, f64, f64, f64), point| {
        (south.min(point.lat), north.max(point.lat), west.min(point.lon), east.max(point.lon))
    })
}

fn escaped(name: &str) -> String {
    name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
