//! The `ds4` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    ds4::cli::main()
}
