//! Cargo does not notice a new `.sql` file by itself: `sqlx::migrate!` embeds the folder at compile time.
fn main() {
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=config");
}
