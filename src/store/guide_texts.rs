//! The words of the guides that administrators wrote: every version is kept, none is changed.
//! Who may write them is decided in `ops`, what becomes of them in `guide/`.

use chrono::NaiveDateTime;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::authority::AuthorityCode;
use crate::domain::guide_text::{Area, Saved};
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::guide_texts;

diesel::alias!(guide_texts as later_texts: LaterTexts);

type Row = (String, String, i64, Option<String>, NaiveDateTime, String);

fn column(area: &Area) -> &str {
    area.as_ref().map_or("", AuthorityCode::as_str)
}

fn read((area, name, version, words, made_at, made_by): Row) -> Result<Saved, Error> {
    let area = match area.as_str() {
        "" => None,
        code => Some(AuthorityCode::parse(code).ok_or_else(|| Error::Broken(format!("{code:?} is no authority")))?),
    };
    Ok(Saved { area, name, version, words, made_at: Stamp::from_naive(made_at), made_by })
}

/// The last version of every text, of every area.
pub fn current(c: &mut Conn) -> Result<Vec<Saved>, Error> {
    let later = later_texts
        .filter(later_texts.field(guide_texts::area).eq(guide_texts::area))
        .filter(later_texts.field(guide_texts::name).eq(guide_texts::name))
        .filter(later_texts.field(guide_texts::version).gt(guide_texts::version));
    let rows: Vec<Row> = guide_texts::table
        .filter(not(exists(later)))
        .order((guide_texts::area, guide_texts::name))
        .select(guide_texts::all_columns)
        .load(c)?;
    rows.into_iter().map(read).collect()
}

/// Every version of one text, newest first.
pub fn history(c: &mut Conn, area: &Area, name: &str) -> Result<Vec<Saved>, Error> {
    let rows: Vec<Row> = guide_texts::table
        .filter(guide_texts::area.eq(column(area)))
        .filter(guide_texts::name.eq(name))
        .order(guide_texts::version.desc())
        .select(guide_texts::all_columns)
        .load(c)?;
    rows.into_iter().map(read).collect()
}

/// How many versions there are of all texts: another number whenever any of them has changed.
pub fn count(c: &mut Conn) -> Result<i64, Error> {
    Ok(guide_texts::table.count().get_result(c)?)
}

pub fn add(c: &mut Conn, saved: &Saved) -> Result<(), Error> {
    let row = (
        guide_texts::area.eq(column(&saved.area)),
        guide_texts::name.eq(&saved.name),
        guide_texts::version.eq(saved.version),
        guide_texts::words.eq(saved.words.as_deref()),
        guide_texts::made_at.eq(saved.made_at.naive()),
        guide_texts::made_by.eq(&saved.made_by),
    );
    diesel::insert_into(guide_texts::table).values(row).execute(c)?;
    Ok(())
}
