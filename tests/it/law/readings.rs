//! The 55 readings: each is answered in the table, decided at a line of code, and held by a worked example.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use keshirim::law::regulation::RULES;
use keshirim::law::regulation::readings::{self, reading};

use super::json;

/// `A01` to `A56`; A06 is not used.
fn ids() -> Vec<String> {
    (1..=56).filter(|n| *n != 6).map(|n| format!("A{n:02}")).collect()
}

#[test]
fn the_table_of_readings_is_complete_and_in_order() {
    assert_eq!(readings::ALL.iter().map(|r| r.id).collect::<Vec<_>>(), ids());
    for r in readings::ALL {
        for text in [r.question, r.readings, r.default, r.why] {
            assert!(text.len() >= 2, "{}: {text:?}", r.id);
        }
    }
    for rule in RULES {
        for id in rule.readings {
            assert!(reading(id).is_some(), "{} names {id}", rule.id);
        }
    }
}

/// The comments of every file under `folder`, the table of readings itself excepted.
fn comments(folder: &Path) -> String {
    let mut found = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found += &comments(&path);
        } else if path.file_name().is_some_and(|name| name != "readings.rs") {
            let text = fs::read_to_string(&path).unwrap();
            let comment = |line: &str| line.find("//").map(|at| line[at..].to_owned() + "\n");
            found.extend(text.lines().filter_map(comment));
        }
    }
    found
}

#[test]
fn every_reading_is_named_at_the_code_that_decides_it() {
    let comments = comments(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/law"));
    let missing: Vec<String> = ids().into_iter().filter(|id| !comments.contains(id.as_str())).collect();
    assert!(missing.is_empty(), "named in no comment of src/law: {missing:?}");
}

#[test]
fn every_reading_has_a_worked_example() {
    let mut shown = BTreeSet::new();
    for name in ["vectors.json", "more.json"] {
        for example in json(name)["vectors"].as_array().unwrap() {
            shown.extend(example["readings"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()));
        }
    }
    // A48 is no date: which of two texts prevails is for a human; both are shown.
    let missing: Vec<String> = ids().into_iter().filter(|id| id != "A48" && !shown.contains(id)).collect();
    assert!(missing.is_empty(), "without an example: {missing:?}");
    assert!(shown.iter().all(|id| ids().contains(id)), "an example names an unknown reading: {shown:?}");
}
