//! A bearer token for a program, shown once and stored as a hash; and its end.

use crate::base::clock::Clock;
use crate::base::secret::Secret;
use crate::base::stamp::Stamp;
use crate::domain::actor::Actor;
use crate::domain::audit::Did;
use crate::domain::invalid::Invalid;
use crate::domain::person::{Target, TokenId};
use crate::domain::words::{Deed, Scope};
use crate::ops::{Refused, audit, reach};
use crate::store::Db;
use crate::store::conn::Conn;
use crate::store::tokens::{self, Token};

/// A name fits on one line of the administrators' page.
const LONGEST_NAME: usize = 100;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct NewToken {
    pub name: String,
    pub scopes: Vec<Scope>,
    pub targets: Vec<Target>,
    pub expires_at: Option<Stamp>,
}

pub async fn run(db: &Db, clock: &Clock, actor: Actor, new: NewToken) -> Result<(TokenId, Secret), Refused> {
    check(&new)?;
    let clock = clock.clone();
    db.write(move |c| {
        for target in &new.targets {
            if !reach::may_administer(c, &actor, target)? {
                return Err(Refused::NotAllowed);
            }
        }
        let now = clock.now();
        let secret = Secret::from_text(format!("berth_{}", Secret::fresh().reveal()));
        let token = Token {
            id: TokenId::fresh(now),
            hash: secret.hash(),
            name: new.name,
            scopes: new.scopes,
            targets: new.targets,
            made_at: now,
            expires_at: new.expires_at,
            used_at: None,
            revoked_at: None,
        };
        tokens::add(c, &token)?;
        written_down(c, now, &actor, Deed::TokenMade, &token)?;
        Ok((token.id, secret))
    })
    .await
}

/// Ends a token at once.
pub async fn revoke(db: &Db, clock: &Clock, actor: Actor, id: TokenId) -> Result<(), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let known = tokens::all(c)?.into_iter().find(|token| token.id == id).ok_or(Refused::NotFound)?;
        if !reach::administers_all(c, &actor, &known.targets)? {
            // What they do not administer they need not know.
            return Err(Refused::NotFound);
        }
        let now = clock.now();
        tokens::revoke(c, &id, now)?;
        written_down(c, now, &actor, Deed::TokenRevoked, &known)
    })
    .await?;
    db.forget_tokens();
    Ok(())
}

fn written_down(c: &mut Conn, now: Stamp, actor: &Actor, deed: Deed, token: &Token) -> Result<(), Refused> {
    let mut did = Did::new(deed).saying(format!("token {} ({})", token.name, token.id));
    for target in &token.targets {
        did = did.concerning(audit::concerned(c, target)?);
    }
    audit::record(c, now, actor, did)
}

fn check(new: &NewToken) -> Result<(), Invalid> {
    if new.name.trim().is_empty() || new.name.chars().count() > LONGEST_NAME {
        return Err(Invalid::one(
            "name",
            "bad_name",
            format!("Give the token a name of at most {LONGEST_NAME} characters."),
        ));
    }
    if new.scopes.is_empty() {
        return Err(Invalid::one(
            "scope",
            "required",
            format!("Say what the token may do: one of {}.", Scope::choices()),
        ));
    }
    if new.targets.is_empty() {
        return Err(Invalid::one(
            "service",
            "required",
            "Say for which services or authorities the token is, or --all.",
        ));
    }
    Ok(())
}
