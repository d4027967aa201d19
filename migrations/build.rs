//! Cargo does not notice a new `.sql` file by itself: `sqlx::migrate!` embeds the folder at compile time.
//!
//! And the hash of the sources, by which a register knows whether the program that last derived its cases was this one
//! (`register::basis`). All of them, and the versions of the dependencies (the zones' rules are one): what is too much costs one derivation
//! at the first start of a new build, what is too little would leave dates that the law no longer gives.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

fn main() {
    for read in ["migrations", "config", "src", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={read}");
    }
    let mut files = Vec::new();
    for folder in ["src", "config"] {
        collect(Path::new(folder), &mut files);
    }
    files.extend(["Cargo.toml", "Cargo.lock"].map(PathBuf::from));
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        // A package without a lock file is built with what Cargo finds; its manifest is in the hash.
        fs::read(&file).unwrap_or_default().hash(&mut hasher);
    }
    println!("cargo::rustc-env=KESHIRIM_SOURCES={:016x}", hasher.finish());
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}
