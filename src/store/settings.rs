//! Secrets and marks of the deployment that all its nodes share, made once and kept.
//! Settings that people choose are in `config.rs`.

use diesel::prelude::*;

use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::settings;

pub fn get(c: &mut Conn, name: &str) -> Result<Option<String>, Error> {
    Ok(settings::table.find(name).select(settings::content).first(c).optional()?)
}

pub fn put(c: &mut Conn, name: &str, content: &str) -> Result<(), Error> {
    if diesel::update(settings::table.find(name)).set(settings::content.eq(content)).execute(c)? == 0 {
        diesel::insert_into(settings::table)
            .values((settings::name.eq(name), settings::content.eq(content)))
            .execute(c)?;
    }
    Ok(())
}

/// What is kept under this name; on first use, what `make` gives.
pub fn get_or_make(c: &mut Conn, name: &str, make: impl FnOnce() -> String) -> Result<String, Error> {
    if let Some(kept) = get(c, name)? {
        return Ok(kept);
    }
    let made = make();
    put(c, name, &made)?;
    Ok(made)
}
