//! Days: the arithmetic of other projects' test suites, and the ends of civil days.

use chrono::{DateTime, NaiveDate, Utc};
use keshirim::law::period::{MissingDay, Period};
use keshirim::law::timeline::day_ends;

use super::{day, file, json};

#[test]
fn a_civil_day_ends_where_the_zones_history_says() {
    let examples = json("vectors.json");
    let examples = examples["day_ends"].as_array().unwrap();
    assert_eq!(examples.len(), 6);
    for example in examples {
        let end: DateTime<Utc> = example["day_ends_utc"].as_str().unwrap().parse().unwrap();
        let zone = example["zone"].as_str().unwrap().parse().unwrap();
        assert_eq!(day_ends(day(example["day"].as_str().unwrap()), zone), end, "{example}");
    }
}

/// A period as the two comma files write it: `[0 years, 1 months, 0 days]`. Exactly one of the numbers is not zero: a mixed
/// period has no reading in this decree.
fn period(text: &str) -> Period {
    let numbers: Vec<u16> = text.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
    match numbers[..] {
        [years, 0, 0] => Period::Years(years),
        [0, months, 0] => Period::Months(months),
        [0, 0, days] => Period::Days(days),
        _ => panic!("{text} mixes units"),
    }
}

/// The rows of a file of semicolons, without its heading, each split and trimmed.
fn rows(name: &str) -> Vec<Vec<String>> {
    let text = file(name);
    let rows: Vec<Vec<String>> =
        text.lines().skip(1).map(|line| line.split(';').map(|cell| cell.trim().to_owned()).collect()).collect();
    assert!(rows.len() > 10, "{name} lost rows");
    rows
}

#[test]
fn a_period_that_ends_on_a_day_of_its_month_asks_no_question() {
    for row in rows("dates/exact_computations.csv") {
        let (start, length, end) = (day(&row[0]), period(&row[1]), day(&row[2]));
        for missing in [MissingDay::LastOfMonth, MissingDay::FirstOfNext] {
            assert_eq!(length.after(start, missing), end, "{row:?}");
        }
        assert!(!length.needs_missing_day(start), "{row:?}");
    }
}

#[test]
fn a_day_that_its_month_does_not_have_is_read_both_ways() {
    for row in rows("dates/ambiguous_computations.csv") {
        let (start, length) = (day(&row[0]), period(&row[1]));
        assert_eq!(length.after(start, MissingDay::FirstOfNext), day(&row[2]), "{row:?}");
        assert_eq!(length.after(start, MissingDay::LastOfMonth), day(&row[3]), "{row:?}");
        assert!(length.needs_missing_day(start), "{row:?}");
    }
}

/// Of the assertions of Catala's standard library only the additions are ours. Its subtractions are not: no term of the
/// decree runs backwards, and [`Period`] cannot. Its ages ("old enough", "young enough") are not: the register never compares
/// a person's age, it holds no birth date.
#[test]
fn catalas_additions_round_as_ours_do() {
    let text = file("dates/catala_stdlib_date_asserts.tsv");
    let mut additions = 0;
    for line in text.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let missing = match cells[0] {
            "Date.add_round_down" => MissingDay::LastOfMonth,
            "Date.add_round_up" => MissingDay::FirstOfNext,
            other => {
                let known = ["Date.sub_round_", "Date.is_old_enough_", "Date.is_young_enough_"];
                assert!(known.iter().any(|start| other.starts_with(start)), "{other}: ours or not?");
                continue;
            }
        };
        let length = match cells[2].split_once(' ').unwrap() {
            (n, "month") => Period::Months(n.parse().unwrap()),
            (n, "year") => Period::Years(n.parse().unwrap()),
            other => panic!("{other:?}"),
        };
        assert_eq!(length.after(day(cells[1]), missing), day(cells[3]), "{line}");
        additions += 1;
    }
    assert_eq!(additions, 4);
}

#[test]
fn the_last_days_of_the_calendar_are_answered_and_not_passed() {
    for length in [Period::Days(7), Period::Weeks(2), Period::Months(1), Period::Years(1)] {
        assert_eq!(length.after(NaiveDate::MAX, MissingDay::LastOfMonth), NaiveDate::MAX, "{length:?}");
    }
}
