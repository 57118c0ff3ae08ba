//! The signed link by which somebody confirms the address of a claim. No table holds it.

use crate::base::secret::Signer;
use crate::domain::claim::ClaimId;
use crate::ops::Refused;

const PURPOSE: &str = "confirm claim";

/// The last part of the link's address: the claim and the proof.
pub fn token(signer: &Signer, claim: &ClaimId) -> String {
    format!("{claim}.{}", signer.sign(PURPOSE, claim.as_str()))
}

/// Proof that somebody holds the link of this claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held(ClaimId);

impl Held {
    /// Reads the last part of a link's address. A link that is not ours leads nowhere.
    pub fn read(signer: &Signer, token: &str) -> Result<Self, Refused> {
        let (claim, signature) = token.rsplit_once('.').ok_or(Refused::NotFound)?;
        if !signer.holds(PURPOSE, claim, signature) {
            return Err(Refused::NotFound);
        }
        Ok(Self(ClaimId::from_text(claim)))
    }

    pub fn claim(&self) -> &ClaimId {
        &self.0
    }
}
