//! The `wangge` program.

fn main() -> std::process::ExitCode {
    wangge::cli::run()
}
