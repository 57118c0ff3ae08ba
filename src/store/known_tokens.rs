//! The tokens that were looked up a moment ago: a program that tells many figures comes with the same one each time,
//! and to look it up would cost a fifth of an update.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};
use std::time::{Duration, Instant};

use crate::base::clock::stopwatch;
use crate::store::tokens::{self, Token};
use crate::store::{Db, Error};

/// What another process changes shows here within a second.
const KEPT_FOR: Duration = Duration::from_millis(500);

#[derive(Default)]
pub(super) struct KnownTokens(RwLock<Known>);

#[derive(Default)]
struct Known {
    /// By the hash, and when it was looked up.
    tokens: HashMap<String, (Token, Instant)>,
    /// How often all were forgotten: what was looked up before that is not kept.
    forgotten: u64,
}

impl KnownTokens {
    fn get(&self, hash: &str, now: Instant) -> (Option<Token>, u64) {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let kept = known.tokens.get(hash).filter(|(_, at)| now.duration_since(*at) < KEPT_FOR);
        (kept.map(|(token, _)| token.clone()), known.forgotten)
    }

    fn keep(&self, token: &Token, looked_up: Instant, forgotten: u64) {
        let mut known = self.all();
        if known.forgotten == forgotten {
            known.tokens.retain(|_, (_, at)| looked_up.duration_since(*at) < KEPT_FOR);
            known.tokens.insert(token.hash.clone(), (token.clone(), looked_up));
        }
    }

    fn all(&self) -> RwLockWriteGuard<'_, Known> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Db {
    /// The token with this hash, as it is; as it was half a second ago at the most, where another process changed it.
    pub async fn token(&self, hash: String) -> Result<Option<Token>, Error> {
        let now = stopwatch();
        let (known, forgotten) = self.known_tokens.get(&hash, now);
        if known.is_some() {
            return Ok(known);
        }
        let found = self.read(move |c| tokens::by_hash(c, &hash)).await?;
        if let Some(token) = &found {
            self.known_tokens.keep(token, now, forgotten);
        }
        Ok(found)
    }

    /// After a token was changed.
    pub fn forget_tokens(&self) {
        let mut known = self.known_tokens.all();
        known.tokens.clear();
        known.forgotten += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::stamp::Stamp;
    use crate::domain::person::TokenId;

    fn token() -> Token {
        let made_at = Stamp::parse("2026-11-22T09:30:00Z").unwrap();
        let id = TokenId::fresh(made_at);
        let (name, scopes, targets) = ("Rota".to_owned(), Vec::new(), Vec::new());
        let hash = "hash".to_owned();
        Token { id, hash, name, scopes, targets, made_at, expires_at: None, used_at: None, revoked_at: None }
    }

    #[test]
    fn a_token_is_known_for_half_a_second() {
        let (known, now) = (KnownTokens::default(), stopwatch());
        known.keep(&token(), now, 0);
        assert!(known.get("hash", now + KEPT_FOR / 2).0.is_some());
        assert!(known.get("hash", now + KEPT_FOR).0.is_none());
        assert!(known.get("another", now).0.is_none());
    }

    #[test]
    fn what_was_looked_up_before_a_change_is_not_kept_after_it() {
        let (known, now) = (KnownTokens::default(), stopwatch());
        let (_, forgotten) = known.get("hash", now);
        known.all().forgotten += 1;
        known.keep(&token(), now, forgotten);
        assert!(known.get("hash", now).0.is_none());
    }
}
