//! Progress bars on stderr, where that is a terminal; nothing anywhere else.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over the bytes of a file.
pub fn over_file(path: &Path) -> ProgressBar {
    let size = std::fs::metadata(path).map_or(0, |found| found.len());
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    bar(size, "{msg} {wide_bar} {bytes} of {total_bytes}, {eta} left").with_message(format!("reading {name}"))
}

/// A bar over so many things.
pub fn over_count(count: usize, doing: &str) -> ProgressBar {
    bar(count as u64, "{msg} {wide_bar} {human_pos} of {human_len}, {eta} left").with_message(doing.to_owned())
}

fn bar(length: u64, template: &str) -> ProgressBar {
    // A template that cannot be read leaves the plain bar.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style)
}
