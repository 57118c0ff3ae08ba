//! All integration tests, in one binary so that they link once. One file per promise or page.

mod api;
mod cli;
mod guide;
mod guide_files;
#[cfg(feature = "pdf")]
mod guide_pdf;
mod kill;
mod live;
mod store;
mod support;
