//! All integration tests, in one binary so that they link once. One file per promise or page.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by a panic")]

mod admin_html;
mod alerts_html;
mod api;
mod asvs;
mod audit;
mod backup;
mod capacity_model;
mod capacity_properties;
#[path = "../benches/chance.rs"]
mod chance;
mod checker;
mod claims;
mod cli;
mod consultations;
#[path = "../benches/power_cut/cut/mod.rs"]
mod cut;
mod data_protection;
mod delivery;
mod demo;
mod design;
mod digest;
mod dress;
mod edit_pairs;
mod enquiries;
mod enquiries_html;
mod faults;
mod forms;
mod found;
mod fuzz;
mod guide;
mod guide_edit;
mod guide_files;
mod guide_for;
mod guide_pages;
#[cfg(feature = "pdf")]
mod guide_pdf;
mod guide_texts;
#[path = "../benches/fuzz/hunt/mod.rs"]
mod hunt;
mod import;
mod import_capacity;
mod import_real;
mod kill;
mod live;
mod mail;
mod mail_ways;
mod map_html;
mod metrics;
mod migrations;
mod model;
mod open_data;
mod openapi;
mod operations;
mod pages;
mod pages_complete;
mod pages_html;
mod passkeys;
mod paused;
mod places;
mod power_cut;
mod practice;
mod push;
mod real_register;
mod record;
mod register_oracle;
mod remarks;
mod reminders;
mod reminders_html;
mod rights;
mod rolling;
mod search_html;
mod sessions;
mod sign_in_html;
mod single_sign_on;
mod statistics;
mod stopping;
mod store;
mod support;
mod telling;
mod texts;
mod tidy;
mod told_by_phone;
mod told_together;
#[path = "../benches/kills/trial/mod.rs"]
mod trial;
mod update_bulk;
mod update_conflicts;
mod update_form;
mod update_presses;
mod update_setup;
mod watch;
mod week;
