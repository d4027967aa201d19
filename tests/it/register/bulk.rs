//! Import and export: all or nothing, and the same register again.

use std::fmt::Write as _;

use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::register::export::export;
use keshirim::register::import::{Format, Imported, Options};
use keshirim::register::reason::Reason;
use keshirim::register::replan::Scope;
use keshirim::register::verify::{seal, verify};
use keshirim::store::DeadlineRow;

use crate::backend::{Backend, House, day, on_each_backend};

async fn import(house: &House, format: Format, dry_run: bool, text: &str) -> Imported {
    let options = Options { format, dry_run, confirm: false };
    house.aigul().import(&mut text.as_bytes(), options, &mut |_| {}).await.unwrap()
}

async fn exported(house: &House) -> String {
    let mut text = Vec::new();
    export(&house.store, &mut text).await.unwrap().unwrap();
    String::from_utf8(text).unwrap()
}

async fn count(house: &House) -> i64 {
    house.store.snapshot().await.unwrap().count_events().await.unwrap()
}

const LINES: &str = r#"{"case":"2003-7","sentence":"death","institution":"institution:uk-1"}
{"case":"2003-7","event":"verdict_in_force","date":"2003-02-03"}

{"case":"2003-7","event":"verdict_copy_handed","date":"2003-02-05","at":"10:30","note":"on paper"}
{"event":"moratorium_declared","date":"2003-12-19","fields":{"act":"Decree 1251"}}
{"case":"2003-8","sentence":"imprisonment","crime_category":"medium","institution":"institution:uk-2"}
{"case":"2003-8","event":"commission_sat","date":"2003-03-01","fields":{"members":15,"present":12}}
"#;

async fn json_lines_open_cases_and_record_events_nationwide_ones_among_them() {
    let house = House::here().await;
    let imported = import(&house, Format::JsonLines, false, LINES).await;
    assert_eq!((imported.bad, imported.cases, imported.entries), (vec![], 2, 4));
    assert!(house.has("2003-7", "P9.BAR_MORATORIUM", "in_force_indefinite").await);
    assert_eq!(verify(&house.store).await.unwrap().faults, []);
    let mut tx = house.store.snapshot().await.unwrap();
    let rows = tx.chain_events("2003-8").await.unwrap();
    assert_eq!(rows[1].fields["members"], 15);
    assert_eq!(rows[1].recorded_by, "aigul");
    let handed = &tx.chain_events("2003-7").await.unwrap()[2];
    assert_eq!((handed.local_time.as_deref(), handed.note.as_deref()), (Some("10:30"), Some("on paper")));
}

async fn csv_says_the_same_in_columns() {
    let (csv, json) = (House::here().await, House::here().await);
    let text = "case,sentence,crime_category,institution,event,date,at,note,act,members,present\n\
                2003-7,death,,institution:uk-1,,,,,,,\n\
                2003-7,,,,verdict_in_force,2003-02-03,,,,,\n\
                2003-7,,,,verdict_copy_handed,2003-02-05,10:30,on paper,,,\n\
                ,,,,moratorium_declared,2003-12-19,,,Decree 1251,,\n\
                2003-8,imprisonment,medium,institution:uk-2,,,,,,,\n\
                2003-8,,,,commission_sat,2003-03-01,,,,15,12\n";
    let imported = import(&csv, Format::Csv, false, text).await;
    assert_eq!(imported.bad, []);
    import(&json, Format::JsonLines, false, LINES).await;
    assert_eq!(exported(&csv).await, exported(&json).await);
}

async fn every_bad_line_is_named_by_its_number_and_nothing_is_imported() {
    let house = House::here().await;
    let mut text = LINES.to_owned();
    for line in [
        r#"{"case":"2003-7","event":"petition_acepted","date":"2003-03-01"}"#,
        r#"{"case":"2003-9","event":"petition_accepted","date":"2003-03-01"}"#,
        "not JSON",
        r#"{"case":"2003-7","event":"petition_accepted","date":"2003-02-30"}"#,
        r#"{"case":"2003-7","event":"petition_accepted","date":"2003-02-01"}"#,
        r#"{"case":"2003-7","event":"petition_accepted","date":"2003-03-01","who":"x"}"#,
    ] {
        writeln!(text, "{line}").unwrap();
    }
    let imported = import(&house, Format::JsonLines, false, &text).await;
    let lines: Vec<u64> = imported.bad.iter().map(|bad| bad.line).collect();
    assert_eq!(lines, [8, 9, 10, 11, 12, 13]);
    assert!(imported.bad[0].why.contains("did you mean \"petition_accepted\""), "{}", imported.bad[0].why);
    assert!(imported.bad[4].why.contains("before the sentence"), "{}", imported.bad[4].why);
    assert_eq!(count(&house).await, 0);
}

async fn a_csv_line_is_named_by_its_number_and_an_unknown_column_is_refused() {
    let house = House::here().await;
    let text =
        "case,sentence,institution,note\n2003-7,death,institution:uk-1,\"two\nlines\"\n2003-8,dead,institution:uk-1,\n";
    let imported = import(&house, Format::Csv, false, text).await;
    assert_eq!(imported.bad.iter().map(|bad| bad.line).collect::<Vec<_>>(), [4]);
    let options = Options { format: Format::Csv, dry_run: false, confirm: false };
    let unknown = house.aigul().import(&mut "case,sentense\n".as_bytes(), options, &mut |_| {}).await.unwrap_err();
    assert!(unknown.to_string().contains("did you mean \"sentence\""), "{unknown}");
}

async fn a_dry_run_judges_everything_and_writes_nothing() {
    let house = House::here().await;
    let imported = import(&house, Format::JsonLines, true, LINES).await;
    assert_eq!((imported.cases, imported.entries), (2, 4));
    assert_eq!(count(&house).await, 0);
}

/// A register with everything in it that an entry can be.
async fn full() -> House {
    let house = House::here().await;
    house.open("2026-1", Sentence::Death).await;
    house.open("2026-2", Sentence::Imprisonment).await;
    let id = house.record("2026-1", EventKind::VerdictInForce, "2026-09-01").await;
    house.record("2026-1", EventKind::VerdictCopyHanded, "2026-09-05").await;
    let petition = house.record("2026-2", EventKind::PetitionAccepted, "2026-11-10").await;
    house.nationwide(EventKind::MoratoriumDeclared, "2026-10-01").await;
    let lifted = house.nationwide(EventKind::MoratoriumLifted, "2026-11-01").await;
    house.berik().confirm(&lifted).await.unwrap();
    house.aigul().correct(&id, day("2026-09-02"), Reason::Typo, Some("Қате"), true).await.unwrap();
    house.aigul().retract(&petition, Reason::WrongCase, None).await.unwrap();
    house.record("2026-1", EventKind::ConvictDied, "2026-11-20").await;
    house
}

async fn an_export_imports_back_to_the_same_register() {
    let (house, copy) = (full().await, House::here().await);
    let text = exported(&house).await;
    let imported = import(&copy, Format::JsonLines, false, &text).await;
    assert_eq!((imported.bad, imported.cases, imported.entries), (vec![], 2, 9));
    assert_eq!(exported(&copy).await, text, "the same ids, hashes, instants and authors");
    for number in ["2026-1", "2026-2"] {
        assert_eq!(copy.deadlines(number).await, house.deadlines(number).await);
        let (mut a, mut b) = (copy.store.snapshot().await.unwrap(), house.store.snapshot().await.unwrap());
        assert_eq!(a.case(number).await.unwrap(), b.case(number).await.unwrap());
        assert_eq!(a.pending(9).await.unwrap(), b.pending(9).await.unwrap());
    }
    assert_eq!(verify(&copy.store).await.unwrap().faults, []);
    let again = import(&copy, Format::JsonLines, false, &text).await;
    assert_eq!((again.bad, again.known, again.entries), (vec![], 11, 0), "twice is once");
}

/// Every finding of a case that stands, and its plan, column by column. How often and why a date moved on its way is not part of the register.
async fn rows(house: &House, number: &str) -> Vec<DeadlineRow> {
    let rows = house.store.snapshot().await.unwrap().deadlines_of(number).await.unwrap();
    let stand = rows.into_iter().filter(|row| row.status != "gone");
    stand.map(|row| DeadlineRow { sequence: 0, change: None, ..row }).collect()
}

/// The seal of the whole register, and no fault.
async fn sealed(house: &House) -> String {
    let verified = verify(&house.store).await.unwrap();
    assert_eq!(verified.faults, []);
    let mut tx = house.store.snapshot().await.unwrap();
    seal(&mut tx, day("2026-11-22")).await.unwrap()
}

#[tokio::test]
async fn a_register_moves_from_sqlite_to_postgres_and_back_without_a_difference() {
    let file = Backend::Sqlite.run(full()).await;
    let (server, back) = (House::postgres().await, House::sqlite().await);
    let text = exported(&file).await;
    for (from, to) in [(&file, &server), (&server, &back)] {
        let moved = import(to, Format::JsonLines, false, &exported(from).await).await;
        assert_eq!((moved.bad, moved.cases, moved.entries), (vec![], 2, 9));
        assert_eq!(exported(to).await, text);
        assert_eq!(sealed(to).await, sealed(&file).await);
        for number in ["2026-1", "2026-2"] {
            assert_eq!(rows(to, number).await, rows(from, number).await);
        }
        assert!(!rows(to, "2026-1").await.is_empty());
    }
}

async fn an_export_that_was_changed_is_refused_line_by_line() {
    let (house, copy) = (full().await, House::here().await);
    let text = exported(&house).await.replacen("\"day\":\"2026-09-01\"", "\"day\":\"2026-08-01\"", 1);
    let imported = import(&copy, Format::JsonLines, false, &text).await;
    assert!(imported.bad_count > 0 && imported.bad[0].why.contains("was changed since it was exported"));
    assert_eq!(count(&copy).await, 0);
    let gap: Vec<&str> = text.lines().filter(|line| !line.contains("\"seq\":1,")).collect();
    let imported = import(&copy, Format::JsonLines, false, &gap.join("\n")).await;
    assert!(imported.bad_count > 0);
    assert_eq!(count(&copy).await, 0);
}

/// An import keeps some 20,000 entries in memory: what it lets go meanwhile is derived then, or read again.
async fn a_case_that_is_spoken_of_again_after_thousands_of_others_is_derived_with_all_its_entries() {
    const BEGUN: &str = r#"{"case":"2003-7","sentence":"death","institution":"institution:uk-1"}
{"case":"2003-7","event":"verdict_in_force","date":"2003-02-03"}
{"case":"2003-7","event":"verdict_copy_handed","date":"2003-02-05"}
{"case":"2003-8","sentence":"imprisonment","institution":"institution:uk-2"}
{"case":"2003-8","event":"petition_accepted","date":"2003-03-01"}
"#;
    const ENDED: &str = r#"{"case":"2003-8","event":"forwarded","date":"2003-03-05"}
{"event":"moratorium_declared","date":"2003-12-19","fields":{"act":"Decree 1251"}}
"#;
    let mut others = String::new();
    for number in 0..4_200 {
        writeln!(others, r#"{{"case":"2004-{number}","sentence":"imprisonment","institution":"institution:uk-2"}}"#)
            .unwrap();
        for date in ["01", "02", "03", "04", "05"] {
            writeln!(others, r#"{{"case":"2004-{number}","event":"commission_sat","date":"2004-03-{date}"}}"#).unwrap();
        }
    }
    let (small, large) = (House::here().await, House::here().await);
    import(&small, Format::JsonLines, false, &[BEGUN, ENDED].concat()).await;
    let imported = import(&large, Format::JsonLines, false, &[BEGUN, &others, ENDED].concat()).await;
    assert_eq!((imported.bad, imported.cases, imported.entries), (vec![], 4_202, 21_005));
    for number in ["2003-7", "2003-8"] {
        assert_eq!(rows(&large, number).await, rows(&small, number).await);
        let (mut a, mut b) = (large.store.snapshot().await.unwrap(), small.store.snapshot().await.unwrap());
        assert_eq!(a.case(number).await.unwrap(), b.case(number).await.unwrap());
    }
    assert!(large.has("2003-7", "P9.BAR_MORATORIUM", "in_force_indefinite").await);
    let again = large.aigul().replan(Scope::All, true, &mut drop).await.unwrap();
    assert_eq!((again.cases, again.changes), (4_202, 0), "what the import wrote is what follows");
}

on_each_backend!(
    a_case_that_is_spoken_of_again_after_thousands_of_others_is_derived_with_all_its_entries,
    json_lines_open_cases_and_record_events_nationwide_ones_among_them,
    csv_says_the_same_in_columns,
    every_bad_line_is_named_by_its_number_and_nothing_is_imported,
    a_csv_line_is_named_by_its_number_and_an_unknown_column_is_refused,
    a_dry_run_judges_everything_and_writes_nothing,
    an_export_imports_back_to_the_same_register,
    an_export_that_was_changed_is_refused_line_by_line,
);
