//! The command line (being built).
pub mod derive;

/// Entry point of the binary.
pub fn main() -> std::process::ExitCode {
    let calendar = crate::config::CalendarFile::shipped().calendar();
    let stdin = std::io::stdin().lock();
    match derive::run(stdin, std::io::stdout().lock(), &calendar) {
        Ok(true) => std::process::ExitCode::SUCCESS,
        _ => std::process::ExitCode::FAILURE,
    }
}
