//! Berth, the live vacancy service of neighbouring councils.
//! Floors, lowest first; a file imports from lower floors only (`docs/ARCHITECTURE.md`).

pub mod base;
pub mod domain;
pub mod store;
