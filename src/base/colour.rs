//! A colour, as somebody chooses one for a deployment: reading it, and how well it can be told from
//! another (the contrast of WCAG 2.2). Where colours stand is not known here.

/// Red, green and blue, as screens show them (sRGB).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour([u8; 3]);

/// What text needs to be read (WCAG 2.2, 1.4.3).
pub const READABLE: f64 = 4.5;

impl Colour {
    pub const WHITE: Self = Self([255; 3]);
    pub const BLACK: Self = Self([0; 3]);

    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// Reads `#0b4a57`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        let is_hex = digits.chars().all(|c| c.is_ascii_hexdigit());
        is_hex.then_some(Self([part(0)?, part(2)?, part(4)?]))
    }

    pub fn parts(self) -> [u8; 3] {
        self.0
    }

    /// From 1 (the same) to 21 (black on white).
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    /// With so much of another in it, from 0 to 1.
    pub fn mixed(self, other: Self, share: f64) -> Self {
        let mut mixed = self.0;
        for (part, other) in mixed.iter_mut().zip(other.0) {
            let exact = f64::from(*part) * (1.0 - share) + f64::from(other) * share;
            // Between two numbers of 8 bits.
            *part = exact.round() as u8;
        }
        Self(mixed)
    }

    /// As little lighter as it takes to be told from a dark ground.
    pub fn lightened_on(self, ground: Self, least: f64) -> Self {
        let steps = (0..=20).map(|step| self.mixed(Self::WHITE, f64::from(step) / 20.0));
        let mut enough = steps.filter(|lighter| lighter.contrast(ground) >= least);
        enough.next().unwrap_or(Self::WHITE)
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl serde::Serialize for Colour {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_read_and_written_in_six_digits() {
        assert_eq!(Colour::parse(" #0B4a57 ").unwrap().to_string(), "#0b4a57");
        for wrong in ["", "0b4a57", "#0b4", "#0b4a5", "#0b4a5g", "#+1+2+3", "red", "#0b4a57aa", "#äää"] {
            assert_eq!(Colour::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        let rounded = |one: &str, other: &str| {
            let contrast = Colour::parse(one).unwrap().contrast(Colour::parse(other).unwrap());
            (contrast * 100.0).round() / 100.0
        };
        assert_eq!(rounded("#000000", "#ffffff"), 21.0);
        assert_eq!(rounded("#767676", "#ffffff"), 4.54);
        assert_eq!(rounded("#777777", "#ffffff"), 4.48);
    }

    #[test]
    fn on_a_dark_ground_a_colour_is_lightened_until_it_can_be_read() {
        let ground = Colour::parse("#0f1b1e").unwrap();
        for colour in ["#000000", "#7a0019", "#0b4a57", "#1d70b8"] {
            let lighter = Colour::parse(colour).unwrap().lightened_on(ground, READABLE);
            assert!(lighter.contrast(ground) >= READABLE, "{colour} became {lighter}");
        }
    }
}
