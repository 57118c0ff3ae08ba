//! The values and rules of the service: what a care service is, what it can take, who may do what.
//! No input or output here, no clock, no SQL: everything is decided from what is handed in.

pub mod actor;
pub mod alert;
pub mod audit;
pub mod authority;
pub mod bank_holidays;
pub mod bounce;
pub mod capacity;
pub mod care_service;
pub mod change;
pub mod claim;
pub mod device;
pub mod difference;
pub mod digest;
pub mod enquiry;
pub mod filter;
pub mod filter_text;
pub mod freshness;
pub mod interest;
pub mod invalid;
mod lapse;
pub mod national_return;
mod object;
pub mod pace;
pub mod person;
pub mod personal;
pub mod place;
pub mod reading;
pub mod register;
pub mod reminder;
pub mod room;
pub mod single_sign_on;
pub mod statistics;
pub mod view;
pub mod words;
