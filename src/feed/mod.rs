//! What goes out for other programs: open data in the shapes they know.
//! A feed reads and never writes.

pub mod answers_csv;
pub mod audit_csv;
pub mod csv;
pub mod fhir;
pub mod oruk;
