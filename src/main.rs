//! tongban: the terminal of a municipal service hall.

fn main() -> std::process::ExitCode {
    tongban::cli::main()
}
