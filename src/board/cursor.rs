//! Where the next page begins: the sort key of the last service shown, as opaque text for a URL.
//! It holds no page number, so that services that come and go move nobody else to another page.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::base::stamp::Stamp;
use crate::domain::care_service::CareServiceId;
use crate::domain::filter::Filter;
use crate::domain::words::Freshness;

/// Enough to notice any slip of hand; it guards nothing secret.
const SEAL_BYTES: usize = 6;
/// No name and id of a register come near it.
const LONGEST: usize = 4096;

/// The place after which a page begins. Valid for the filter that it was made with only.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    pub(super) after: After,
    /// Folded name and id of the last service shown.
    pub(super) name: String,
    pub(super) id: CareServiceId,
    text: String,
}

/// The first part of the sort key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum After {
    /// The freshness as it was at the moment when the first page was made: a figure that grows
    /// old while somebody turns pages does not change its place.
    Freshness { of: Freshness, at: Stamp },
    /// Miles from the place asked for.
    Miles(f64),
}

impl After {
    pub(super) fn miles(&self) -> Option<f64> {
        match self {
            Self::Miles(miles) => Some(*miles),
            Self::Freshness { .. } => None,
        }
    }
}

impl Cursor {
    pub(super) fn new(filter: &Filter, after: After, name: &str, id: &CareServiceId) -> Self {
        let first = match after {
            After::Freshness { of, at } => format!("{of} {}", at.utc().timestamp_micros()),
            After::Miles(miles) => format!("miles {}", miles.to_bits()),
        };
        let key = format!("{first} {id} {name}");
        let mut sealed = seal(filter, &key).to_vec();
        sealed.extend_from_slice(key.as_bytes());
        Self { after, name: name.to_owned(), id: id.clone(), text: URL_SAFE_NO_PAD.encode(sealed) }
    }

    /// `None` for text that no page of this filter gave.
    pub fn parse(text: &str, filter: &Filter) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (found, key) = sealed.split_at_checked(SEAL_BYTES)?;
        let key = std::str::from_utf8(key).ok()?;
        if found != seal(filter, key) {
            return None;
        }
        let mut parts = key.splitn(4, ' ');
        let (first, number, id, name) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let after = match first {
            "miles" => After::Miles(f64::from_bits(number.parse().ok()?)),
            freshness => After::Freshness {
                of: Freshness::parse(freshness)?,
                at: Stamp::new(chrono::DateTime::from_timestamp_micros(number.parse().ok()?)?),
            },
        };
        let suits = matches!(after, After::Miles(_)) == filter.near.is_some();
        suits.then(|| Self { after, name: name.to_owned(), id: CareServiceId::from_text(id), text: text.to_owned() })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

fn seal(filter: &Filter, key: &str) -> [u8; SEAL_BYTES] {
    let mut hash = Sha256::new();
    hash.update(filter.query());
    hash.update([0]);
    hash.update(key);
    let mut seal = [0; SEAL_BYTES];
    seal.copy_from_slice(&hash.finalize()[..SEAL_BYTES]);
    seal
}
