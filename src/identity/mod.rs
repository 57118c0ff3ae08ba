//! The doors to who somebody is: passkeys and a council's single sign-on. What a person proved here may
//! do is not known here; acts in `ops` decide that.

pub mod oidc;
pub mod passkey;
