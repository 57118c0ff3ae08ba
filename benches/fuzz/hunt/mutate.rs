//! How good input is broken: bytes and lines changed, doubled, left out, taken from elsewhere; words put in
//! that have broken parsers before. Whether anything comes of it is not its business.

use crate::chance::Chance;

/// What breaks parsers of any kind.
const WORDS: [&[u8]; 34] = [
    b"",
    b"\0",
    b"\n",
    b"\r\n",
    b"\r",
    b"\t",
    b" ",
    b",",
    b";",
    b"\"",
    b"\"\"",
    b"'",
    b"\\",
    b"%",
    b"%00",
    b"%f0",
    b"&",
    b"=",
    b"-1",
    b"0",
    b"65535",
    b"65536",
    b"99999999999999999999",
    b"1e999",
    b"NaN",
    b"-0.0",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\xc3",
    b"\xe2\x80\x8b",
    b"\xf0\x9f\x8f\xa0",
    b"{",
    b"[[[[[[[[[[[[[[[[",
    b"null",
];
/// So often a piece is repeated, when it is.
const REPEATED: [usize; 4] = [2, 10, 300, 5_000];

/// One of these, broken in a few places.
pub fn mutated(kept: &[Vec<u8>], words: &[&str], chance: &mut Chance) -> Vec<u8> {
    let mut input = chance.of(kept).clone();
    for _ in 0..=chance.below(6) {
        once(&mut input, kept, words, chance);
    }
    input
}

fn once(input: &mut Vec<u8>, kept: &[Vec<u8>], words: &[&str], chance: &mut Chance) {
    let at = chance.below(input.len() + 1);
    let most = 1 << chance.below(8);
    let end = (at + 1 + chance.below(most)).min(input.len());
    match chance.below(11) {
        0 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << chance.below(8);
            }
        }
        1 => input.insert(at, chance.next().to_le_bytes()[0]),
        2 => drop(input.drain(at..end)),
        3 => {
            let piece = input[at..end].repeat(*chance.of(&REPEATED));
            input.splice(at..end, piece.into_iter().take(32 * 1024));
        }
        4 => drop(input.splice(at..at, chance.of(&WORDS).iter().copied())),
        5 => drop(input.splice(at..end, chance.of(&WORDS).iter().copied())),
        6 if !words.is_empty() => drop(input.splice(at..at, chance.of(words).bytes())),
        7 if !words.is_empty() => drop(input.splice(at..end, chance.of(words).bytes())),
        8 => {
            let other = chance.of(kept);
            let from = chance.below(other.len() + 1);
            let to = from + chance.below(other.len() - from + 1);
            input.splice(at..end, other[from..to].iter().copied());
        }
        9 => number(input, at, chance),
        _ => swap_lines(input, chance),
    }
}

/// Another number where one stands.
fn number(input: &mut Vec<u8>, at: usize, chance: &mut Chance) {
    let Some(from) = (at..input.len()).find(|place| input[*place].is_ascii_digit()) else { return };
    let to = (from..input.len()).find(|place| !input[*place].is_ascii_digit()).unwrap_or(input.len());
    let other = match chance.below(4) {
        0 => chance.below(10).to_string(),
        1 => chance.below(100_000).to_string(),
        2 => u64::MAX.to_string(),
        _ => format!("{:0>40}", chance.below(10_000)),
    };
    input.splice(from..to, other.into_bytes());
}

fn swap_lines(input: &mut Vec<u8>, chance: &mut Chance) {
    let mut lines: Vec<&[u8]> = input.split_inclusive(|byte| *byte == b'\n').collect();
    if lines.is_empty() {
        return;
    }
    let (one, other) = (chance.below(lines.len()), chance.below(lines.len()));
    if chance.is(50) {
        lines.swap(one, other);
    } else {
        lines[one] = lines[other];
    }
    *input = lines.concat();
}
