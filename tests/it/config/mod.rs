//! Configuration, offices and calendar: the shipped files, and what each slip in a file is answered with.
mod calendar;
mod offices_file;
mod places;
mod recipients;
mod reload;
mod secrets;
mod service;

use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use keshirim::config::Problems;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn one<T: std::fmt::Debug>(result: Result<T, Problems>) -> String {
    let problems = result.unwrap_err();
    assert_eq!(problems.0.len(), 1, "{problems}");
    problems.to_string()
}

fn shipped_file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name)).unwrap()
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}
