//! Bearer tokens of programs: what they may do and for what, and only the hash of the token itself.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::person::{Target, TokenId};
use crate::domain::words::Scope;
use crate::store::Error;
use crate::store::conn::{Conn, on_each};
use crate::store::schema::tokens;

/// A token as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub id: TokenId,
    pub hash: String,
    pub name: String,
    pub scopes: Vec<Scope>,
    pub targets: Vec<Target>,
    pub made_at: Stamp,
    pub expires_at: Option<Stamp>,
    pub used_at: Option<Stamp>,
    pub revoked_at: Option<Stamp>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = tokens)]
#[diesel(treat_none_as_default_value = false)]
struct TokenRow {
    id: String,
    hash: String,
    name: String,
    scopes: String,
    targets: String,
    made_at: NaiveDateTime,
    expires_at: Option<NaiveDateTime>,
    used_at: Option<NaiveDateTime>,
    revoked_at: Option<NaiveDateTime>,
}

impl TokenRow {
    fn read(self) -> Result<Token, Error> {
        let scopes = self.scopes.split_whitespace().map(Scope::parse).collect::<Option<Vec<_>>>();
        let targets = self.targets.split_whitespace().map(Target::parse).collect::<Option<Vec<_>>>();
        let (Some(scopes), Some(targets)) = (scopes, targets) else {
            return Err(Error::Broken(format!("the rights of token {} cannot be read", self.id)));
        };
        Ok(Token {
            id: TokenId::from_text(self.id),
            hash: self.hash,
            name: self.name,
            scopes,
            targets,
            made_at: Stamp::from_naive(self.made_at),
            expires_at: self.expires_at.map(Stamp::from_naive),
            used_at: self.used_at.map(Stamp::from_naive),
            revoked_at: self.revoked_at.map(Stamp::from_naive),
        })
    }
}

pub fn add(c: &mut Conn, token: &Token) -> Result<(), Error> {
    let words = |words: Vec<String>| words.join(" ");
    let row = TokenRow {
        id: token.id.as_str().to_owned(),
        hash: token.hash.clone(),
        name: token.name.clone(),
        scopes: words(token.scopes.iter().map(|scope| scope.word().to_owned()).collect()),
        targets: words(token.targets.iter().map(Target::text).collect()),
        made_at: token.made_at.naive(),
        expires_at: token.expires_at.map(Stamp::naive),
        used_at: token.used_at.map(Stamp::naive),
        revoked_at: token.revoked_at.map(Stamp::naive),
    };
    diesel::insert_into(tokens::table).values(&row).execute(c)?;
    Ok(())
}

pub fn by_hash(c: &mut Conn, hash: &str) -> Result<Option<Token>, Error> {
    let token = tokens::table.filter(tokens::hash.eq(hash));
    let row: QueryResult<TokenRow> = on_each!(c, c => token.select(TokenRow::as_select()).first(c));
    row.optional()?.map(TokenRow::read).transpose()
}

pub fn all(c: &mut Conn) -> Result<Vec<Token>, Error> {
    let rows: Vec<TokenRow> = tokens::table.order(tokens::made_at.desc()).select(TokenRow::as_select()).load(c)?;
    rows.into_iter().map(TokenRow::read).collect()
}

pub fn see(c: &mut Conn, id: &TokenId, now: Stamp) -> Result<(), Error> {
    diesel::update(tokens::table.find(id.as_str())).set(tokens::used_at.eq(now.naive())).execute(c)?;
    Ok(())
}

pub fn revoke(c: &mut Conn, id: &TokenId, now: Stamp) -> Result<(), Error> {
    let row = tokens::table.find(id.as_str()).filter(tokens::revoked_at.is_null());
    if diesel::update(row).set(tokens::revoked_at.eq(now.naive())).execute(c)? == 0 {
        return Err(Error::NotFound);
    }
    Ok(())
}
