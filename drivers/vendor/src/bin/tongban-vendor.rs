//! One call into a maker's library: the call comes on standard input, the answer goes to standard output.

use std::process::ExitCode;

fn main() -> ExitCode {
    tongban_vendor::serve()
}
