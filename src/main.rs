//! The one binary of Berth. Everything is in the library; this only starts it.

use std::process::ExitCode;

fn main() -> ExitCode {
    berth::cli::main()
}
