//! Consultations and what was answered to them. Which of them is open is a rule of the domain, who may
//! read answers one of `ops`.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::authority::AuthorityCode;
use crate::domain::consultation::{Answers, Consultation, ConsultationId, Content};
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema_voices::{consultation_answers, consultations};
use crate::store::services::{from_json, to_json};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = consultations)]
#[diesel(treat_none_as_null = true)]
struct Row {
    id: String,
    authority_code: String,
    version: i64,
    title: String,
    about: String,
    questions: String,
    opens_on: String,
    ends_on: String,
    closed_at: Option<NaiveDateTime>,
    heard: Option<String>,
    made_at: NaiveDateTime,
}

fn day(text: &str) -> Result<NaiveDate, Error> {
    text.parse().map_err(|_| Error::Broken(format!("{text:?} is not a day")))
}

impl Row {
    fn of(own: &Consultation) -> Result<Self, Error> {
        let content = &own.content;
        Ok(Self {
            id: own.id.as_str().to_owned(),
            authority_code: own.authority.as_str().to_owned(),
            version: own.version,
            title: content.title.clone(),
            about: content.about.clone(),
            questions: to_json(&content.questions)?,
            opens_on: content.opens_on.to_string(),
            ends_on: content.ends_on.to_string(),
            closed_at: own.closed_at.map(Stamp::naive),
            heard: content.heard.clone(),
            made_at: own.made_at.naive(),
        })
    }

    fn read(self) -> Result<Consultation, Error> {
        let authority = AuthorityCode::parse(&self.authority_code)
            .ok_or_else(|| Error::Broken(format!("{:?} is no authority", self.authority_code)))?;
        let content = Content {
            title: self.title,
            about: self.about,
            questions: from_json("consultations.questions", &self.questions)?,
            opens_on: day(&self.opens_on)?,
            ends_on: day(&self.ends_on)?,
            heard: self.heard,
        };
        Ok(Consultation {
            id: ConsultationId::from_text(self.id),
            authority,
            version: self.version,
            content,
            closed_at: self.closed_at.map(Stamp::from_naive),
            made_at: Stamp::from_naive(self.made_at),
        })
    }
}

pub fn get(c: &mut Conn, id: &ConsultationId) -> Result<Consultation, Error> {
    let row: Row = consultations::table.find(id.as_str()).select(Row::as_select()).first(c)?;
    row.read()
}

/// All there ever were, the latest to end first.
pub fn all(c: &mut Conn) -> Result<Vec<Consultation>, Error> {
    let newest = consultations::table.order((consultations::ends_on.desc(), consultations::id));
    let rows: Vec<Row> = newest.select(Row::as_select()).load(c)?;
    rows.into_iter().map(Row::read).collect()
}

/// Writes one, new or changed.
pub fn put(c: &mut Conn, own: &Consultation) -> Result<(), Error> {
    let row = Row::of(own)?;
    if diesel::update(consultations::table.find(own.id.as_str())).set(&row).execute(c)? == 0 {
        diesel::insert_into(consultations::table).values(&row).execute(c)?;
    }
    Ok(())
}

/// How many have answered.
pub fn count(c: &mut Conn, id: &ConsultationId) -> Result<i64, Error> {
    Ok(consultation_answers::table
        .filter(consultation_answers::consultation_id.eq(id.as_str()))
        .count()
        .get_result(c)?)
}

pub fn is_known(c: &mut Conn, answers: &str) -> Result<bool, Error> {
    let count: i64 = consultation_answers::table.find(answers).count().get_result(c)?;
    Ok(count > 0)
}

pub fn add_answers(c: &mut Conn, id: &str, to: &ConsultationId, answers: &Answers) -> Result<(), Error> {
    let row = (
        consultation_answers::id.eq(id),
        consultation_answers::consultation_id.eq(to.as_str()),
        consultation_answers::made_on.eq(answers.made_on.to_string()),
        consultation_answers::answers.eq(to_json(&answers.answers)?),
    );
    diesel::insert_into(consultation_answers::table).values(row).execute(c)?;
    Ok(())
}

/// Everything that was answered, oldest first.
pub fn answers(c: &mut Conn, id: &ConsultationId) -> Result<Vec<Answers>, Error> {
    let rows: Vec<(String, String)> = consultation_answers::table
        .filter(consultation_answers::consultation_id.eq(id.as_str()))
        .order((consultation_answers::made_on, consultation_answers::id))
        .select((consultation_answers::made_on, consultation_answers::answers))
        .load(c)?;
    let read = |(made_on, text): (String, String)| {
        Ok(Answers { made_on: day(&made_on)?, answers: from_json("consultation_answers.answers", &text)? })
    };
    rows.into_iter().map(read).collect()
}

/// Forgets what was answered to consultations whose last day was before then. What was heard stays.
pub fn prune(c: &mut Conn, ended_before: NaiveDate) -> Result<usize, Error> {
    let over =
        consultations::table.filter(consultations::ends_on.lt(ended_before.to_string())).select(consultations::id);
    Ok(diesel::delete(consultation_answers::table.filter(consultation_answers::consultation_id.eq_any(over)))
        .execute(c)?)
}
