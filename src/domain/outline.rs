//! The outline of an authority on the ground, as simple as a map on a page needs it.
//! How it is drawn is not decided here, nor where it comes from.

use crate::domain::authority::AuthorityCode;
use crate::domain::place::Point;

/// A closed line. The first point is not repeated.
pub type Ring = Vec<Point>;

#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    pub code: AuthorityCode,
    pub name: String,
    /// Whose data it is, as it must be said beside the map.
    pub source: String,
    /// Land and islands; what is cut out of an authority is drawn as the other's.
    pub rings: Vec<Ring>,
}

/// Degrees. On a map 400 units wide of a county 40 miles long, half a unit.
const TOLERANCE: f64 = 0.001;
/// Square degrees; a smaller island is no dot of ink on such a map.
const LEAST_AREA: f64 = 0.000_01;

impl Outline {
    /// With as many points as a map shows, and only the rings that it shows.
    pub fn simplified(self) -> Self {
        let rings = self.rings.iter().map(|ring| simplify(ring)).filter(|ring| area(ring) >= LEAST_AREA).collect();
        Self { rings, ..self }
    }

    /// The rings as text: a line each, to some ten yards.
    pub fn rings_text(&self) -> String {
        let point = |point: &Point| format!("{:.4} {:.4}", point.lat, point.lon);
        let line = |ring: &Ring| ring.iter().map(point).collect::<Vec<_>>().join(" ") + "\n";
        self.rings.iter().map(line).collect()
    }
}

/// Rings from their text; what is no number is passed over with its line.
pub fn read_rings(text: &str) -> Vec<Ring> {
    let line = |line: &str| -> Option<Ring> {
        let numbers: Vec<f64> = line.split(' ').map(|number| number.parse().ok()).collect::<Option<_>>()?;
        numbers.chunks(2).map(|pair| Point::parse(*pair.first()?, *pair.get(1)?)).collect()
    };
    text.lines().filter_map(line).collect()
}

/// The ring with fewer points, nowhere further from it than the tolerance (Douglas and Peucker).
fn simplify(ring: &[Point]) -> Ring {
    let open = if ring.len() > 1 && ring.first() == ring.last() { &ring[..ring.len() - 1] } else { ring };
    let Some((start, _)) = open.iter().enumerate().max_by(|one, other| one.1.lat.total_cmp(&other.1.lat)) else {
        return Vec::new();
    };
    // Two ends that surely stay: the northernmost point and the one farthest from it.
    let turned: Vec<Point> = open[start..].iter().chain(&open[..=start]).copied().collect();
    let middle = farthest(&turned, |point| squared(*point, turned[0])).map_or(0, |(at, _)| at);
    let mut kept = vec![turned[0]];
    keep(&turned[..=middle], &mut kept);
    keep(&turned[middle..], &mut kept);
    kept.pop();
    kept
}

/// Adds what is needed of a line after its first point.
fn keep(line: &[Point], kept: &mut Ring) {
    let [first, .., last] = line else { return };
    let inner = &line[..line.len() - 1];
    match farthest(inner, |point| to_line(*point, *first, *last)) {
        Some((at, distance)) if distance > TOLERANCE * TOLERANCE && at > 0 => {
            keep(&line[..=at], kept);
            keep(&line[at..], kept);
        }
        Some(_) | None => kept.push(*last),
    }
}

fn farthest(points: &[Point], distance: impl Fn(&Point) -> f64) -> Option<(usize, f64)> {
    points.iter().map(distance).enumerate().max_by(|one, other| one.1.total_cmp(&other.1))
}

/// A degree of longitude is shorter than one of latitude; in the middle of England, by this.
const EAST_WEST: f64 = 0.61;

fn squared(one: Point, other: Point) -> f64 {
    (one.lat - other.lat).powi(2) + ((one.lon - other.lon) * EAST_WEST).powi(2)
}

/// The square of the distance to the stretch between two points.
fn to_line(point: Point, from: Point, to: Point) -> f64 {
    let (dx, dy) = ((to.lon - from.lon) * EAST_WEST, to.lat - from.lat);
    let (px, py) = ((point.lon - from.lon) * EAST_WEST, point.lat - from.lat);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 { ((px * dx + py * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    (px - along * dx).powi(2) + (py - along * dy).powi(2)
}

fn area(ring: &[Point]) -> f64 {
    let pairs = ring.iter().zip(ring.iter().cycle().skip(1));
    let twice: f64 = pairs.map(|(one, next)| one.lon * next.lat - next.lon * one.lat).sum();
    (twice / 2.0).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(rings: Vec<Ring>) -> Outline {
        let code = AuthorityCode::parse("E10000014").unwrap();
        Outline { code, name: "Hampshire".to_owned(), source: "Made up".to_owned(), rings }
    }

    fn square(size: f64, between: usize) -> Ring {
        let corners = [(51.0, -1.0), (51.0 + size, -1.0), (51.0 + size, -1.0 + size), (51.0, -1.0 + size)];
        let mut ring = Vec::new();
        for (at, (lat, lon)) in corners.iter().enumerate() {
            let (next_lat, next_lon) = corners[(at + 1) % 4];
            for step in 0..between {
                let part = step as f64 / between as f64;
                ring.push(Point { lat: lat + (next_lat - lat) * part, lon: lon + (next_lon - lon) * part });
            }
        }
        ring.push(ring[0]);
        ring
    }

    #[test]
    fn points_on_a_straight_line_go_and_corners_stay() {
        let simple = outline(vec![square(0.5, 40)]).simplified();
        assert_eq!(simple.rings[0].len(), 4, "{:?}", simple.rings);
        assert!((area(&simple.rings[0]) - 0.25).abs() < 1e-9);
    }

    #[test]
    fn no_point_of_a_coast_is_farther_from_its_outline_than_the_tolerance() {
        let coast = |turn: f64| Point {
            lat: 51.0 + 0.3 * turn.sin(),
            lon: -1.0 + (0.4 + 0.02 * (9.0 * turn).sin()) * turn.cos(),
        };
        let ring: Ring = (0..2_000).map(|step| coast(f64::from(step) / 2_000.0 * std::f64::consts::TAU)).collect();
        let simple = simplify(&ring);
        assert!(simple.len() < 200, "{}", simple.len());
        for point in ring {
            let stretches = simple.iter().zip(simple.iter().cycle().skip(1));
            let nearest = stretches.map(|(from, to)| to_line(point, *from, *to)).fold(f64::MAX, f64::min);
            assert!(nearest <= TOLERANCE * TOLERANCE * 1.000_001, "{point:?}");
        }
    }

    #[test]
    fn an_islet_goes_and_what_is_written_is_read_again() {
        let simple = outline(vec![square(0.5, 3), square(0.002, 2), Vec::new()]).simplified();
        assert_eq!(simple.rings.len(), 1);
        assert_eq!(read_rings(&simple.rings_text()), simple.rings);
        assert_eq!(read_rings("51 -1 x\n51 -1 52\n"), Vec::<Ring>::new());
    }
}
