//! The mark of the service as a PNG on a ground of any colour: the drawing of `web/static/icon.svg`, for
//! the systems that take no SVG. Which sizes there are is decided where they are named.

use std::io::Write as _;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

use crate::base::colour::Colour;

/// The drawing is as wide, in its own units.
const SIDE: f64 = 64.0;
const CORNER: f64 = 12.0;
const HALF_STROKE: f64 = 2.5;
const LAMP: Colour = Colour::rgb(0xff, 0xc8, 0x3d);
/// The straight strokes of bed, from end to end.
const STROKES: [((f64, f64), (f64, f64)); 5] = [
    ((12.0, 16.0), (12.0, 48.0)),
    ((12.0, 40.0), (52.0, 40.0)),
    ((52.0, 48.0), (52.0, 35.0)),
    ((47.0, 30.0), (27.0, 30.0)),
    ((27.0, 30.0), (27.0, 40.0)),
];

/// How the ground is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Rounded,
    /// Filled to the edge, with a margin that a system may cut to a circle of 80 %.
    Maskable,
}

/// A picture of so many pixels a side.
pub fn png(size: u32, shape: Shape, ground: Colour) -> Vec<u8> {
    let (shown, margin) = match shape {
        Shape::Rounded => (SIDE, 0.0),
        Shape::Maskable => (SIDE + 16.0, 8.0),
    };
    let scale = f64::from(size) / shown;
    let mut rows = Vec::with_capacity((size as usize * 4 + 1) * size as usize);
    for y in 0..size {
        // No filter.
        rows.push(0);
        for x in 0..size {
            let at = |pixel: u32| (f64::from(pixel) + 0.5) / scale - margin;
            rows.extend(pixel((at(x), at(y)), scale, shape, ground));
        }
    }
    encode(size, &rows)
}

fn pixel(at: (f64, f64), scale: f64, shape: Shape, ground: Colour) -> [u8; 4] {
    // How much of the pixel lies within an edge that is so far away.
    let covered = |distance: f64| (0.5 - distance * scale).clamp(0.0, 1.0);
    let alpha = match shape {
        Shape::Rounded => covered(from_ground(at)),
        Shape::Maskable => 1.0,
    };
    let stroked = ground.mixed(Colour::WHITE, covered(from_bed(at) - HALF_STROKE));
    let [red, green, blue] = stroked.mixed(LAMP, covered(between(at, (19.5, 31.0)) - 4.0)).parts();
    [red, green, blue, (alpha * 255.0).round() as u8]
}

fn between(one: (f64, f64), other: (f64, f64)) -> f64 {
    (one.0 - other.0).hypot(one.1 - other.1)
}

/// How far from the square with round corners; negative within.
fn from_ground((x, y): (f64, f64)) -> f64 {
    let inner = SIDE / 2.0 - CORNER;
    let (x, y) = ((x - SIDE / 2.0).abs() - inner, (y - SIDE / 2.0).abs() - inner);
    x.max(0.0).hypot(y.max(0.0)) + x.max(y).min(0.0) - CORNER
}

/// How far from the line of the bed.
fn from_bed(at: (f64, f64)) -> f64 {
    let nearest = STROKES.iter().map(|(begin, end)| from_stroke(at, *begin, *end)).fold(f64::MAX, f64::min);
    let centre = (47.0, 35.0);
    let is_at_the_bend = at.0 >= centre.0 && at.1 <= centre.1;
    if is_at_the_bend { nearest.min((between(at, centre) - 5.0).abs()) } else { nearest }
}

fn from_stroke(at: (f64, f64), begin: (f64, f64), end: (f64, f64)) -> f64 {
    let (dx, dy) = (end.0 - begin.0, end.1 - begin.1);
    let along = ((at.0 - begin.0) * dx + (at.1 - begin.1) * dy) / (dx * dx + dy * dy);
    let along = along.clamp(0.0, 1.0);
    between(at, (begin.0 + along * dx, begin.1 + along * dy))
}

/// Rows of RGBA, each with its filter before it, as a file.
fn encode(size: u32, rows: &[u8]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = Vec::new();
    head.extend(size.to_be_bytes());
    head.extend(size.to_be_bytes());
    // Eight bits a part, colour with alpha.
    head.extend([8, 6, 0, 0, 0]);
    chunk(&mut file, b"IHDR", &head);
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    let written = packed.write_all(rows).and_then(|()| packed.finish());
    chunk(&mut file, b"IDAT", &written.expect("writing into memory does not fail"));
    chunk(&mut file, b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) {
    let length = u32::try_from(content.len()).expect("an icon is smaller than 4 GB");
    file.extend(length.to_be_bytes());
    file.extend(name);
    file.extend(content);
    let mut sum = Crc::new();
    sum.update(name);
    sum.update(content);
    file.extend(sum.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUND: Colour = Colour::rgb(1, 2, 3);

    fn at(point: (f64, f64), shape: Shape) -> [u8; 4] {
        pixel(point, 8.0, shape, GROUND)
    }

    #[test]
    fn the_bed_is_white_the_lamp_yellow_and_the_ground_of_the_colour_asked_for() {
        assert_eq!(at((12.0, 30.0), Shape::Rounded), [255, 255, 255, 255]);
        assert_eq!(at((19.5, 31.0), Shape::Rounded), [0xff, 0xc8, 0x3d, 255]);
        assert_eq!(at((32.0, 8.0), Shape::Rounded), [1, 2, 3, 255]);
        assert_eq!(at((0.5, 0.5), Shape::Rounded)[3], 0, "the corner is cut");
        assert_eq!(at((0.5, 0.5), Shape::Maskable), [1, 2, 3, 255]);
    }

    #[test]
    fn a_picture_says_its_size_and_holds_every_row() {
        let file = png(16, Shape::Rounded, GROUND);
        assert_eq!((&file[1..4], &file[16..24]), (&b"PNG"[..], &[0, 0, 0, 16, 0, 0, 0, 16][..]));
        let mut rows = Vec::new();
        let length = u32::from_be_bytes(file[33..37].try_into().unwrap()) as usize;
        let mut unpacked = flate2::read::ZlibDecoder::new(&file[41..41 + length]);
        std::io::Read::read_to_end(&mut unpacked, &mut rows).unwrap();
        assert_eq!(rows.len(), 16 * (16 * 4 + 1));
    }
}
