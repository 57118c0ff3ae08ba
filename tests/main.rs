//! All integration tests, in one binary so that they link once. One file per promise or page.

mod store;
mod support;
