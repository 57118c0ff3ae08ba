//! The one binary of Berth. Everything is in the library; this only starts it.

use std::process::ExitCode;

/// Many threads make and drop small things all the time, which the system's own allocator is slow at.
/// By its feature `override` SQLite's are made so too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    berth::cli::main()
}
