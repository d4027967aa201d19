//! Loading and reloading all three files.

use std::fs;
use std::path::Path;

use super::{day, one, write};
use keshirim::config::{Environment, Loaded, Origin, SHIPPED_CALENDAR, SHIPPED_OFFICES};

/// The shipped offices with addresses that are not the sample's.
fn real_offices() -> String {
    SHIPPED_OFFICES.replace("example.org", "office.test")
}

fn installed(folder: &Path) -> Loaded {
    let config = write(folder, "keshirim.toml", "[register]\nold_entry_days = 30\n");
    write(folder, "offices.toml", &real_offices());
    write(folder, "calendar.toml", SHIPPED_CALENDAR);
    Loaded::load_from(Some(&config), Environment::default(), Path::new("/nonexistent")).unwrap()
}

#[test]
fn the_two_files_beside_the_configuration_are_found_and_reloaded() {
    let folder = tempfile::tempdir().unwrap();
    let mut loaded = installed(folder.path());
    assert_eq!(loaded.offices_origin, Origin::File(folder.path().join("offices.toml")));
    assert_eq!(loaded.warnings(), Vec::<String>::new());
    write(folder.path(), "offices.toml", &real_offices().replace("duty@prosecutor", "night@prosecutor"));
    write(folder.path(), "calendar.toml", &SHIPPED_CALENDAR.replace("\"2025-12-31\"", "\"2026-12-31\""));
    loaded.reload_offices_and_calendar().unwrap();
    assert_eq!(loaded.calendar.verified_until, day("2026-12-31"));
    assert!(format!("{:?}", loaded.directory).contains("night@prosecutor"));
}

#[test]
fn a_bad_file_is_refused_as_a_whole_and_the_old_ones_stay() {
    let folder = tempfile::tempdir().unwrap();
    let mut loaded = installed(folder.path());
    let before = loaded.clone();
    // The good calendar must not be taken either.
    write(folder.path(), "calendar.toml", &SHIPPED_CALENDAR.replace("\"2025-12-31\"", "\"2026-12-31\""));
    write(folder.path(), "offices.toml", &real_offices().replace("duty@prosecutor", "duty prosecutor"));
    let error = one(loaded.reload_offices_and_calendar());
    assert!(
        error.contains("offices.toml: Office `prosecutor_general`: the deputy") && error.contains("stays in use"),
        "{error}"
    );
    assert_eq!(loaded, before);
    fs::remove_file(folder.path().join("offices.toml")).unwrap();
    let error = one(loaded.reload_offices_and_calendar());
    assert!(error.contains("offices.toml: cannot be read (No such file"), "{error}");
    assert_eq!(loaded, before);
}

#[test]
fn both_files_faults_are_told_together() {
    let folder = tempfile::tempdir().unwrap();
    let mut loaded = installed(folder.path());
    write(folder.path(), "offices.toml", "offices = []");
    write(folder.path(), "calendar.toml", "x = ");
    let error = loaded.reload_offices_and_calendar().unwrap_err().to_string();
    assert!(error.contains("offices.toml:1: offices: unknown key. The nearest known key is `office`"), "{error}");
    assert!(error.contains("calendar.toml:1: not TOML"), "{error}");
}

#[test]
fn the_built_in_sample_of_offices_is_warned_of_until_a_file_appears() {
    let folder = tempfile::tempdir().unwrap();
    let config = write(folder.path(), "keshirim.toml", "");
    let mut loaded = Loaded::load_from(Some(&config), Environment::default(), Path::new("/nonexistent")).unwrap();
    assert_eq!(loaded.offices_origin, Origin::BuiltIn);
    assert!(loaded.warnings()[0].contains("put offices.toml beside keshirim.toml"));
    write(folder.path(), "offices.toml", &real_offices());
    loaded.reload_offices_and_calendar().unwrap();
    assert_eq!(loaded.warnings(), Vec::<String>::new());
}

#[test]
fn sample_addresses_left_in_a_file_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let mut loaded = installed(folder.path());
    write(folder.path(), "offices.toml", SHIPPED_OFFICES);
    loaded.reload_offices_and_calendar().unwrap();
    let warnings = loaded.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].ends_with("addresses under example.org are the sample's and reach nobody: write the real ones.")
    );
}

#[test]
fn a_start_goes_on_with_one_bad_address_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let config = write(folder.path(), "keshirim.toml", "files.offices = \"who.toml\"\n");
    write(folder.path(), "who.toml", &real_offices().replace("sentences@prosecutor", "sentences@@prosecutor"));
    let loaded = Loaded::load_from(Some(&config), Environment::default(), Path::new("/nonexistent")).unwrap();
    assert_eq!(loaded.warnings().len(), 1, "{:?}", loaded.warnings());
    let reached = loaded.directory.recipients("prosecutor_general", day("2026-03-03"));
    assert_eq!(reached.to[0].address, "duty@prosecutor.office.test");
}
