//! Lines that cannot be read are answered with what is wrong; the others are answered all the same.

use keshirim::cli::derive::run;
use serde_json::Value;

use super::{CALENDAR, answer};

const GOOD: &str = r#"{"id":"x","sentence":"imprisonment","crime_category":"other","events":[]}"#;

#[test]
fn a_line_that_cannot_be_read_says_why() {
    for (line, why) in [
        ("", "the line is empty"),
        ("nonsense", "no JSON object"),
        ("[null, \"death\"]", "no JSON object"),
        (r#"{"sentence":"death""#, "EOF"),
        (r#"{"events":[]}"#, "missing field `sentence`"),
        (r#"{"sentence":"lifelong"}"#, "unknown sentence \"lifelong\""),
        (r#"{"sentence":"death","evnts":[]}"#, "unknown field `evnts`"),
        (r#"{"sentence":"death","events":[{"type":"forwardd","date":"2005-02-03"}]}"#, "did you mean \"forwarded\"?"),
        (r#"{"sentence":"death","events":[{"type":"forwarded","date":"2005-02-30"}]}"#, "no day that exists"),
        (r#"{"sentence":"death","events":[{"type":"forwarded","date":"2005-2-3"}]}"#, "write it as YYYY-MM-DD"),
        (r#"{"sentence":"death","events":[{"type":"forwarded"}]}"#, "missing field `date`"),
        (r#"{"sentence":"death","events":[{"date":"2005-02-03"}]}"#, "missing field `type`"),
        (
            r#"{"sentence":"death","events":[{"type":"forwarded","date":"2005-02-03","colour":1}]}"#,
            "unknown field `colour`",
        ),
        (r#"{"sentence":"death","events":[{"type":"forwarded","date":"2005-02-03","answers":2}]}"#, "answers 2 is not"),
        (r#"{"sentence":"death","events":[{"type":"forwarded","date":"2005-02-03","answers":1}]}"#, "answers 1 is not"),
        (r#"{"sentence":"death","as_of":"tomorrow"}"#, "no day that exists"),
        (r#"{"sentence":"death","zone":"Asia/Atlantis"}"#, "unknown zone"),
        (r#"{"sentence":"death","crime_category":"huge"}"#, "unknown crime category"),
        (r#"{"sentence":"death","known_at":"noon"}"#, "is no instant"),
    ] {
        let error = answer(line).expect_err(line);
        assert!(error.contains(why), "{line}: {error}");
    }
}

#[test]
fn a_bad_line_keeps_its_place_and_the_others_are_answered() {
    let input = format!("{GOOD}\nbad\n{GOOD}\r\n\n{GOOD}");
    let mut output = Vec::new();
    let all_read = run(input.as_bytes(), &mut output, &CALENDAR).unwrap();
    assert!(!all_read, "the exit status says that a line could not be read");
    let lines: Vec<Value> =
        String::from_utf8(output).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 5);
    for (position, line) in lines.iter().enumerate() {
        if [1, 3].contains(&position) {
            assert_eq!(line["line"], position + 1);
            assert!(line["error"].is_string() && line.get("deadlines").is_none());
        } else {
            assert_eq!(line["id"], "x");
        }
    }
}

#[test]
fn good_lines_alone_leave_nothing_to_complain_of() {
    let mut output = Vec::new();
    assert!(run(format!("{GOOD}\n").as_bytes(), &mut output, &CALENDAR).unwrap());
    assert!(output.ends_with(b"}\n") && String::from_utf8(output).unwrap().lines().count() == 1);
}
