//! Begins what is finished elsewhere, by an authenticator or at a council's sign-on, and takes it up
//! again: once, within ten minutes, and only for whom it began. What its state means is not known here.

use chrono::Duration;

use crate::base::clock::Clock;
use crate::base::secret::{self, Secret};
use crate::base::stamp::Stamp;
use crate::ops::Refused;
use crate::store::Db;
use crate::store::ceremonies::{self, CeremonyRow};

/// Long enough to fetch a phone from another room, or to type a forgotten password elsewhere.
pub const GOOD_FOR: Duration = Duration::minutes(10);

/// What is under way: one cannot be finished as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    AddPasskey,
    UsePasskey,
    SingleSignOn,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::AddPasskey => "add_passkey",
            Self::UsePasskey => "use_passkey",
            Self::SingleSignOn => "single_sign_on",
        }
    }
}

/// Keeps its state under a secret. `bound_to`: who alone may take it up, "" for whoever holds the secret.
pub async fn begin(
    db: &Db,
    clock: &Clock,
    kind: Kind,
    secret: &Secret,
    bound_to: String,
    state: String,
) -> Result<(), Refused> {
    let made_at = clock.now().naive();
    let row = CeremonyRow { hash: secret.hash(), kind: kind.word().to_owned(), bound_to, state, made_at };
    db.write(move |c| Ok(ceremonies::add(c, &row)?)).await
}

/// Its state, given out once, even to the wrong one.
pub async fn take(db: &Db, clock: &Clock, kind: Kind, secret: &Secret, bound_to: String) -> Result<String, Refused> {
    let (now, hash) = (clock.now(), secret.hash());
    let taken = db.write(move |c| Ok::<_, Refused>(ceremonies::take(c, &hash)?)).await?;
    let row = taken.ok_or(Refused::Ended)?;
    let young = now.apart(Stamp::from_naive(row.made_at)) < GOOD_FOR;
    let right = row.kind == kind.word() && secret::same(&row.bound_to, &bound_to);
    if young && right { Ok(row.state) } else { Err(Refused::Ended) }
}
