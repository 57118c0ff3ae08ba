//! Randomness, hashes and signatures: the only door to the machine's random numbers.
//! It stores nothing; who keeps a hash instead of a secret decides that elsewhere.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// `N` bytes that nobody can guess.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system's random numbers are there from boot on");
    bytes
}

/// A secret of 256 bits as text for a URL, a cookie or a header. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn fresh() -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes::<32>()))
    }

    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself: to be shown once, or sent, never logged.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What may be stored: enough to recognise the secret, useless to a thief.
    pub fn hash(&self) -> String {
        hash(self.0.as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// SHA-256 as base64url text.
pub fn hash(content: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(content))
}

/// Six decimal digits, each code equally likely.
pub fn six_digits() -> String {
    let number = u64::from_be_bytes(bytes::<8>()) % 1_000_000;
    format!("{number:06}")
}

/// A number below `bound` (at least 1), for jitter and demonstrations.
pub fn below(bound: u64) -> u64 {
    u64::from_be_bytes(bytes::<8>()) % bound.max(1)
}

/// Whether two texts are equal, in a time that tells nothing about where they differ.
pub fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// Signs texts with a key of the deployment, so that a link in a mail needs no row in a table.
#[derive(Clone)]
pub struct Signer(Secret);

impl Signer {
    pub fn new(key: Secret) -> Self {
        Self(key)
    }

    /// `purpose` keeps a signature made for one thing from serving another.
    pub fn sign(&self, purpose: &str, content: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(purpose, content).finalize().into_bytes())
    }

    pub fn holds(&self, purpose: &str, content: &str, signature: &str) -> bool {
        URL_SAFE_NO_PAD
            .decode(signature)
            .is_ok_and(|signature| self.mac(purpose, content).verify_slice(&signature).is_ok())
    }

    fn mac(&self, purpose: &str, content: &str) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.0.reveal().as_bytes()).expect("HMAC takes a key of any length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(content.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown_by_debug() {
        let secret = Secret::fresh();
        assert!(!format!("{secret:?}").contains(secret.reveal()));
        assert_ne!(secret.hash(), secret.reveal());
    }

    #[test]
    fn a_signature_serves_its_own_purpose_and_content_only() {
        let signer = Signer::new(Secret::fresh());
        let signature = signer.sign("confirm", "1-123/4");
        assert!(signer.holds("confirm", "1-123/4", &signature));
        assert!(!signer.holds("unsubscribe", "1-123/4", &signature));
        assert!(!signer.holds("confirm", "1-123/5", &signature));
        assert!(!signer.holds("confirm", "1-123/4", "not a signature"));
    }
}
