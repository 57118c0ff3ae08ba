//! Typed ids that Berth makes itself: time-ordered UUIDs (version 7) in text.
//! Ids that others give (a CQC location) are types of the domain.

use sha2::{Digest, Sha256};
use uuid::Builder;

use crate::base::secret;
use crate::base::stamp::Stamp;

/// The text of a new id: sorts by the time it was made.
pub fn fresh(now: Stamp) -> String {
    let millis = u64::try_from(now.millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &secret::bytes::<10>()).into_uuid().to_string()
}

/// The id that belongs to this name and no other, for standards that want UUIDs (version 8).
pub fn of(name: &str) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(name.as_bytes())[..16]);
    Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

/// Declares an id type, so that a person's id never goes where an alert's belongs.
#[macro_export]
macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub fn fresh(now: $crate::base::stamp::Stamp) -> Self {
                Self($crate::base::id::fresh(now))
            }

            /// An id as the database or a request holds it; whether it exists is for a look-up to say.
            pub fn from_text(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let early = Stamp::parse("2026-11-22T09:00:00Z").unwrap();
        let late = early.plus(chrono::Duration::milliseconds(1));
        assert!(fresh(early) < fresh(late));
        assert_ne!(fresh(early), fresh(early));
    }
}
