//! All integration tests, in one binary so that they link once. One file per promise or page.

mod api;
mod store;
mod support;
