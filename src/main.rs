//! The `keshirim` binary: everything is in the library.

fn main() -> std::process::ExitCode {
    keshirim::cli::main()
}
