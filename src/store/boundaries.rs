//! The outlines of authorities: a row each. It only keeps them; `domain/outline.rs` says what they are.

use diesel::prelude::*;

use crate::domain::authority::AuthorityCode;
use crate::domain::outline::{Outline, read_rings};
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::boundaries;

#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = boundaries)]
struct Row {
    code: String,
    name: String,
    source: String,
    rings: String,
}

/// Every outline, in the order of codes.
pub fn all(c: &mut Conn) -> Result<Vec<Outline>, Error> {
    let rows: Vec<Row> = boundaries::table.order(boundaries::code).select(Row::as_select()).load(c)?;
    let outline = |row: Row| {
        let code = AuthorityCode::parse(&row.code)?;
        Some(Outline { code, name: row.name, source: row.source, rings: read_rings(&row.rings) })
    };
    Ok(rows.into_iter().filter_map(outline).collect())
}

/// What writing an outline did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    Added,
    Changed,
    Unchanged,
}

pub fn put(c: &mut Conn, outline: &Outline) -> Result<Put, Error> {
    let row = Row {
        code: outline.code.to_string(),
        name: outline.name.clone(),
        source: outline.source.clone(),
        rings: outline.rings_text(),
    };
    let known: Option<Row> = boundaries::table.find(&row.code).select(Row::as_select()).first(c).optional()?;
    match known {
        Some(known) if known == row => Ok(Put::Unchanged),
        Some(_) => {
            diesel::update(boundaries::table.find(&row.code)).set(&row).execute(c)?;
            Ok(Put::Changed)
        }
        None => {
            diesel::insert_into(boundaries::table).values(&row).execute(c)?;
            Ok(Put::Added)
        }
    }
}
