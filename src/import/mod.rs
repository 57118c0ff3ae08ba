//! Files that come in: registers, postcodes and bulk capacity, read from CSV as people have them.
//! It decides what a file says; writing it down is the business of `ops`.

pub mod boundaries;
pub mod capacity;
pub mod cqc;
mod cqc_columns;
mod cqc_text;
pub mod dates;
mod headings;
pub mod postcodes;
pub mod refusal;
pub mod source;
mod table;
