//! The answers to a consultation as CSV, for an officer's spreadsheet: a row each, a column for each
//! question. Text that a spreadsheet would take for a formula is guarded.

use std::io::{self, Write};

use crate::domain::consultation::{Answers, Consultation};
use crate::feed::csv::guarded;

pub fn write(out: impl Write, own: &Consultation, answers: &[Answers]) -> io::Result<()> {
    let mut out = csv::Writer::from_writer(out);
    let questions = &own.content.questions;
    out.write_field("day")?;
    for question in questions {
        out.write_field(&*guarded(&question.text))?;
    }
    out.write_record(None::<&[u8]>)?;
    for one in answers {
        out.write_field(one.made_on.to_string())?;
        for number in 0..questions.len() {
            out.write_field(&*guarded(one.answers.get(number).map_or("", String::as_str)))?;
        }
        out.write_record(None::<&[u8]>)?;
    }
    out.flush()
}
