//! The `keshirim` binary: everything is in the library.

/// Rows are made on the database's thread and dropped on others: the C library's allocator makes these threads wait for each other
/// (a quarter of an import).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    keshirim::cli::main()
}
