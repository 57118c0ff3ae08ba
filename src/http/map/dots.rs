//! Dots that do not lie on each other, and names that lie on nothing: places on the drawing, in its units.
//! What a dot stands for is not known here.

use crate::domain::plan::WIDTH;

/// Air between two dots.
const GAP: f64 = 1.5;
/// Enough for the dots of one map to come apart.
const ROUNDS: usize = 80;
/// A letter of a name, and a line of it.
const LETTER: f64 = 5.6;
const LINE: f64 = 11.0;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    pub x: f64,
    pub y: f64,
    pub r: f64,
}

/// The radius of a dot that stands for so many services.
pub fn radius(count: usize) -> f64 {
    // Twelve is the least that a finger can hit.
    12.0 + (count as f64).sqrt().min(14.0) * 0.6
}

/// Moves dots apart that touch, each as little as may be, off what is pinned, and none out of the drawing.
pub fn apart(dots: &mut [Dot], pinned: Option<Dot>, height: f64) {
    for _ in 0..ROUNDS {
        let mut moved = false;
        for one in 0..dots.len() {
            for other in one + 1..dots.len() {
                moved |= push(dots, one, other);
            }
        }
        for dot in dots.iter_mut() {
            if let Some(pin) = pinned {
                let mut pair = [pin, *dot];
                moved |= push(&mut pair, 0, 1);
                (dot.x, dot.y) = (pair[1].x + pin.x - pair[0].x, pair[1].y + pin.y - pair[0].y);
            }
            dot.x = dot.x.clamp(dot.r + 1.0, WIDTH - dot.r - 1.0);
            dot.y = dot.y.clamp(dot.r + 1.0, height - dot.r - 1.0);
        }
        if !moved {
            return;
        }
    }
}

/// Whether the two touched.
fn push(dots: &mut [Dot], one: usize, other: usize) -> bool {
    let (dx, dy) = (dots[other].x - dots[one].x, dots[other].y - dots[one].y);
    let distance = dx.hypot(dy);
    let overlap = dots[one].r + dots[other].r + GAP - distance;
    if overlap <= 0.0 {
        return false;
    }
    // On the very same spot: around it, each in a direction of its own.
    let turn = (one * 7 + other * 13) as f64;
    let (dx, dy) = if distance < 0.01 { (turn.cos(), turn.sin()) } else { (dx / distance, dy / distance) };
    let step = overlap / 2.0;
    dots[one].x -= dx * step;
    dots[one].y -= dy * step;
    dots[other].x += dx * step;
    dots[other].y += dy * step;
    true
}

/// Where a name below its dot begins (its middle and its foot), or nothing if it would lie on something.
pub fn name_below(dot: &Dot, name: &str, dots: &[Dot], taken: &mut Vec<[f64; 4]>, height: f64) -> Option<(f64, f64)> {
    let half = name.chars().count() as f64 * LETTER / 2.0;
    let (x, foot) = (dot.x.clamp(half + 1.0, (WIDTH - half - 1.0).max(half + 1.0)), dot.y + dot.r + LINE - 1.0);
    let area = [x - half, foot - LINE + 2.0, x + half, foot + 2.0];
    let is_clear = |other: &Dot| {
        let (near_x, near_y) = (other.x.clamp(area[0], area[2]), other.y.clamp(area[1], area[3]));
        other == dot || (near_x - other.x).hypot(near_y - other.y) >= other.r
    };
    let overlaps =
        |other: &[f64; 4]| area[0] < other[2] && other[0] < area[2] && area[1] < other[3] && other[1] < area[3];
    if area[3] > height || !dots.iter().all(is_clear) || taken.iter().any(overlaps) {
        return None;
    }
    taken.push(area);
    Some((x, foot))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_on_one_spot_come_apart_and_stay_inside() {
        let mut dots = vec![Dot { x: 395.0, y: 20.0, r: 12.0 }; 12];
        let pin = Dot { x: 390.0, y: 30.0, r: 6.0 };
        apart(&mut dots, Some(pin), 300.0);
        for (at, one) in dots.iter().enumerate() {
            assert!((0.0..=WIDTH).contains(&one.x) && (0.0..=300.0).contains(&one.y), "{one:?}");
            assert!((one.x - pin.x).hypot(one.y - pin.y) > 16.0, "{one:?} lies on the pin");
            for other in &dots[at + 1..] {
                assert!((one.x - other.x).hypot(one.y - other.y) > 22.0, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn dots_that_do_not_touch_stay_where_they_are() {
        let mut dots = [Dot { x: 50.0, y: 50.0, r: 12.0 }, Dot { x: 90.0, y: 50.0, r: 12.0 }];
        let before = dots;
        apart(&mut dots, None, 300.0);
        assert_eq!(dots, before);
    }

    #[test]
    fn a_name_that_would_lie_on_a_dot_or_on_another_name_is_left_out() {
        let dots = [
            Dot { x: 100.0, y: 50.0, r: 12.0 },
            Dot { x: 100.0, y: 80.0, r: 12.0 },
            Dot { x: 130.0, y: 80.0, r: 12.0 },
        ];
        let mut taken = Vec::new();
        assert_eq!(name_below(&dots[0], "SO23", &dots, &mut taken, 300.0), None, "on the dot below");
        assert!(name_below(&dots[1], "SO23", &dots, &mut taken, 300.0).is_some());
        assert_eq!(name_below(&dots[2], "A longer name", &dots, &mut taken, 300.0), None, "on the name beside");
        assert_eq!(name_below(&dots[1], "SO23", &dots, &mut Vec::new(), 95.0), None, "below the drawing");
    }
}
