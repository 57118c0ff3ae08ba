//! Berth, the live vacancy service of neighbouring councils.
//! Floors, lowest first; a file imports from lower floors only (`docs/ARCHITECTURE.md`).

pub mod app;
pub mod base;
pub mod board;
pub mod cli;
pub mod config;
pub mod demo;
pub mod domain;
pub mod feed;
pub mod guide;
pub mod http;
pub mod identity;
pub mod import;
pub mod jobs;
pub mod live;
pub mod notify;
pub mod ops;
pub mod store;
pub mod web;
