//! A piece of ground on a page: where a point of it is drawn. It knows no services and no authority.

use crate::domain::place::Point;

/// Units of the drawing from west to east. A page shows about as many pixels on a phone, twice as many on a desk.
pub const WIDTH: f64 = 400.0;
/// The drawing is neither a ribbon nor a tower.
const LEAST_HEIGHT: f64 = 260.0;
const MOST_HEIGHT: f64 = 460.0;
/// Part of the width that stays free on each side, for dots and names at the edge.
const MARGIN: f64 = 0.09;
/// Nearer than this, streets would be wanted, which are not drawn.
const LEAST_MILES: f64 = 2.0;
/// Of latitude, on a sphere of 3,958.7613 miles radius.
pub const MILES_A_DEGREE: f64 = 69.093;

/// A frame of ground, its west, north and scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    west: f64,
    north: f64,
    /// Units for each degree of longitude and of latitude.
    across: f64,
    down: f64,
    pub height: f64,
}

impl Plan {
    /// The smallest frame that shows all of these, with some room around.
    pub fn around(points: impl IntoIterator<Item = Point>) -> Option<Self> {
        let mut points = points.into_iter();
        let first = points.next()?;
        let (mut south, mut north, mut west, mut east) = (first.lat, first.lat, first.lon, first.lon);
        for point in points {
            (south, north) = (south.min(point.lat), north.max(point.lat));
            (west, east) = (west.min(point.lon), east.max(point.lon));
        }
        let middle = Point { lat: (south + north) / 2.0, lon: (west + east) / 2.0 };
        let squeeze = middle.lat.to_radians().cos().max(0.01);
        let miles_across = ((east - west) * squeeze * MILES_A_DEGREE).max(LEAST_MILES);
        let miles_down = ((north - south) * MILES_A_DEGREE).max(LEAST_MILES);
        let inner = WIDTH * (1.0 - 2.0 * MARGIN);
        let tallest = MOST_HEIGHT - 2.0 * MARGIN * WIDTH;
        let units_a_mile = (inner / miles_across).min(tallest / miles_down);
        let height = (miles_down * units_a_mile + 2.0 * MARGIN * WIDTH).max(LEAST_HEIGHT);
        let (down, across) = (units_a_mile * MILES_A_DEGREE, units_a_mile * MILES_A_DEGREE * squeeze);
        let (west, north) = (middle.lon - WIDTH / 2.0 / across, middle.lat + height / 2.0 / down);
        Some(Self { west, north, across, down, height })
    }

    /// Units from the left and from the top.
    pub fn at(&self, point: Point) -> (f64, f64) {
        ((point.lon - self.west) * self.across, (self.north - point.lat) * self.down)
    }

    pub fn units_a_mile(&self) -> f64 {
        self.down / MILES_A_DEGREE
    }

    /// A round number of miles for the bar of the scale, about a quarter of the width.
    pub fn bar_miles(&self) -> f64 {
        let fits = |miles: &&f64| **miles * self.units_a_mile() <= WIDTH / 3.5;
        [0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0].iter().rev().find(fits).copied().unwrap_or(0.25)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_is_inside_and_distances_hold_in_all_directions() {
        let winchester = Point { lat: 51.0632, lon: -1.308 };
        let southampton = Point { lat: 50.9097, lon: -1.4044 };
        let portsmouth = Point { lat: 50.8198, lon: -1.088 };
        let plan = Plan::around([winchester, southampton, portsmouth]).unwrap();
        let units = |one: Point, other: Point| {
            let ((x, y), (to_x, to_y)) = (plan.at(one), plan.at(other));
            ((x - to_x).powi(2) + (y - to_y).powi(2)).sqrt()
        };
        for (one, other) in [(winchester, southampton), (southampton, portsmouth), (portsmouth, winchester)] {
            let miles = units(one, other) / plan.units_a_mile();
            assert!((miles / one.miles_to(other) - 1.0).abs() < 0.01, "{miles}");
            let (x, y) = plan.at(one);
            assert!((10.0..WIDTH - 10.0).contains(&x) && (10.0..plan.height - 10.0).contains(&y), "{x} {y}");
        }
        assert!(plan.at(winchester).1 < plan.at(southampton).1, "north is up");
        assert!(plan.at(southampton).0 < plan.at(portsmouth).0, "east is right");
    }

    #[test]
    fn one_point_alone_has_some_ground_around_it() {
        let plan = Plan::around([Point { lat: 51.0, lon: -1.0 }]).unwrap();
        let (x, y) = plan.at(Point { lat: 51.0, lon: -1.0 });
        assert!((x - WIDTH / 2.0).abs() < 1e-6 && (y - plan.height / 2.0).abs() < 1e-6);
        assert_eq!(Plan::around([]), None);
    }
}
