//! What a letter carries: headers, parts, calendar; read by parsers that are not ours.

use std::path::Path;
use std::process::Command;

use keshirim::letter::{Language, Letter, LetterError, Note, Rung, Unconfirmed, every_letter, render};

use super::{bar, day, forward, header, letter, rendered, step, texts};

#[test]
fn the_same_letter_gives_the_same_bytes_and_another_id_another_message() {
    let one = letter(Language::Kk, vec![forward(Rung::Opened), step(Rung::ControlDate)]);
    assert_eq!(rendered(&one), rendered(&one));
    let mut other = one.clone();
    other.id = "4712";
    assert_ne!(rendered(&one).message_id, rendered(&other).message_id);
}

#[test]
fn a_line_break_in_a_case_number_a_post_or_a_name_opens_no_header() {
    let mut line = forward(Rung::LastDay);
    line.case_number = "2005-1\r\nBcc: thief@evil.example\r\n\r\nX";
    line.non_working_days = vec![(day("2005-03-08"), "күн\r\nBcc: thief@evil.example")];
    let mut evil = letter(Language::Kk, vec![line]);
    evil.to_post = "Бастық\r\nBcc: thief@evil.example\0\u{202E}";
    evil.from_name = "Тізілім\nBcc: thief@evil.example";
    evil.notes = vec![Note::DeputyOf { post: "x\r\nBcc: thief@evil.example" }];
    let rendered = rendered(&evil);
    let bytes = String::from_utf8(rendered.bytes).expect("ASCII");
    assert_eq!(header(&bytes, "Bcc"), None);
    for line in bytes.lines().chain(rendered.ics.as_deref().unwrap_or("").lines()) {
        assert!(!line.to_lowercase().starts_with("bcc:"), "{line}");
    }
    assert!(!rendered.subject.chars().any(char::is_control));
    for (field, broken) in [
        (
            "to",
            Letter {
                to_address: "a@b.example\r\nBcc: c@d.example",
                ..letter(Language::Kk, vec![forward(Rung::Opened)])
            },
        ),
        ("id", Letter { id: "1>\r\nBcc: x", ..letter(Language::Kk, vec![forward(Rung::Opened)]) }),
        ("domain", Letter { message_id_domain: "a\r\nb", ..letter(Language::Kk, vec![forward(Rung::Opened)]) }),
    ] {
        let error = render(&broken, &texts()).expect_err("refused");
        assert!(matches!(error, LetterError::Header { field: at, .. } if at == field), "{error}");
    }
}

#[test]
fn markup_in_a_case_number_stays_text() {
    let mut line = forward(Rung::LastDay);
    line.case_number = "<script>1</script>";
    let html = rendered(&letter(Language::En, vec![line])).html;
    assert!(!html.contains("<script>") && html.contains("&lt;script&gt;"), "{html}");
}

#[test]
fn the_root_id_is_one_per_case_and_a_letter_of_two_cases_has_none() {
    let bytes = |letter: &Letter<'_>| String::from_utf8(rendered(letter).bytes).expect("ASCII");
    let one = bytes(&letter(Language::Kk, vec![forward(Rung::Opened)]));
    let two = bytes(&letter(Language::En, vec![bar(Rung::Opened)]));
    assert_eq!(header(&one, "References"), Some("<case.2005-0147@keshirim.example>"));
    assert_eq!(header(&one, "References"), header(&two, "In-Reply-To"));
    let mut other = forward(Rung::Opened);
    other.case_number = "2005-0148";
    let grouped = letter(Language::Kk, vec![forward(Rung::Opened), other]);
    assert_eq!(header(&bytes(&grouped), "References"), None);
    assert!(rendered(&grouped).subject.starts_with("[Кешірім] "));
}

#[test]
fn the_headers_are_those_of_an_automatic_letter_and_importance_is_high_only_when_asked() {
    let mut line = letter(Language::Kk, vec![forward(Rung::LastDay)]);
    let bytes = String::from_utf8(rendered(&line).bytes).expect("ASCII");
    assert_eq!(header(&bytes, "Date"), Some("Wed, 02 Mar 2005 03:30:00 +0000"));
    assert_eq!(header(&bytes, "Message-ID"), Some("<4711.keshirim@keshirim.example>"));
    assert_eq!(header(&bytes, "Auto-Submitted"), Some("auto-generated"));
    assert_eq!(header(&bytes, "List-Id"), Some("<deadlines.keshirim.example>"));
    assert_eq!(header(&bytes, "X-Auto-Response-Suppress"), Some("OOF, AutoReply, RN, NRN"));
    for absent in ["Importance", "Precedence", "X-Entity-Ref-ID", "Bcc"] {
        assert_eq!(header(&bytes, absent), None);
    }
    line.high_importance = true;
    let bytes = String::from_utf8(rendered(&line).bytes).expect("ASCII");
    assert_eq!(header(&bytes, "Importance"), Some("high"));
}

#[test]
fn a_calendar_uid_survives_a_moved_date_and_a_closed_term_is_cancelled() {
    let uid = |ics: &str| {
        let ics = ics.replace("\r\n ", "");
        ics.lines().find_map(|line| line.strip_prefix("UID:")).expect("a UID").to_owned()
    };
    let before = rendered(&letter(Language::Kk, vec![forward(Rung::Opened)])).ics.expect("an entry");
    let mut line = forward(Rung::Moved { old: Some(day("2005-03-08")), reason: "typo" });
    line.shown = Some(day("2005-03-18"));
    line.sequence = 3;
    let after = rendered(&letter(Language::Kk, vec![line])).ics.expect("an entry");
    assert_eq!(uid(&before), uid(&after));
    assert!(before.contains("SEQUENCE:2\r\n") && after.contains("SEQUENCE:3\r\n"));
    assert!(after.contains("DTSTART;VALUE=DATE:20050318\r\n") && after.contains("METHOD:PUBLISH\r\n"), "{after}");
    let closed =
        rendered(&letter(Language::Kk, vec![forward(Rung::Closed { by: "forwarded" })])).ics.expect("an entry");
    assert_eq!(uid(&before), uid(&closed));
    assert!(closed.contains("METHOD:CANCEL\r\n") && closed.contains("STATUS:CANCELLED\r\n"), "{closed}");
    assert!(!closed.contains("VALARM"));
}

/// Letters of every shape, for the independent parser.
fn specimens() -> Vec<Letter<'static>> {
    let mut out = Vec::new();
    for language in Language::ALL {
        let mut moved = forward(Rung::Moved { old: Some(day("2005-03-04")), reason: "typo" });
        moved.warnings = vec!["calendar_provisional"];
        moved.unconfirmed = vec![Unconfirmed { event: "rejection_decree", on: day("2005-03-02") }];
        let mut second = forward(Rung::Closed { by: "forwarded" });
        second.case_number = "ҚР-7/2005 «А»";
        let mut many = letter(
            language,
            vec![
                forward(Rung::Overdue { days: 2 }),
                step(Rung::ControlDate),
                bar(Rung::Opened),
                second.clone(),
                moved.clone(),
                step(Rung::BeforeWorkingDays(3)),
            ],
        );
        many.notes = vec![Note::DeputyOf { post: "Бөлім меңгерушісі" }];
        let mut bilingual = letter(language, vec![forward(Rung::AlertWorkday)]);
        bilingual.bilingual = true;
        let mut named = letter(language, vec![forward(Rung::Opened)]);
        named.from_name = "Тізілім: «Кешірім»; \"А, Б\"";
        out.extend([
            letter(language, vec![forward(Rung::BeforeWorkingDays(3))]),
            letter(language, vec![bar(Rung::Opened)]),
            letter(language, vec![step(Rung::ControlPassed { weeks: 2 })]),
            letter(language, vec![second]),
            letter(language, vec![moved]),
            many,
            bilingual,
            named,
            letter(language, vec![forward(Rung::LastDay); 250]),
        ]);
    }
    // Every fifth sample, since a Python process reads some hundred letters a second.
    out.extend(every_letter().into_iter().step_by(5));
    out
}

#[test]
fn an_independent_strict_parser_reads_every_letter() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let texts = texts();
    for (number, letter) in specimens().iter().enumerate() {
        let rendered = render(letter, &texts).expect("a specimen");
        let wanted = serde_json::json!({
            "subject": rendered.subject, "message_id": rendered.message_id, "text": rendered.text,
            "html": rendered.html, "ics": rendered.ics, "language": if letter.bilingual { "kk" } else { letter.language.code() },
            "lines": letter.lines.len(), "to_post": letter.to_post,
        });
        let name = folder.path().join(format!("{number:04}"));
        std::fs::write(name.with_extension("eml"), &rendered.bytes).expect("written");
        std::fs::write(name.with_extension("json"), wanted.to_string()).expect("written");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parse_letter.py");
    // Debian's own Python, whatever else is on the path: that is where Debian's icalendar is.
    let done = Command::new("/usr/bin/python3").arg(script).arg(folder.path()).output().unwrap_or_else(|error| {
        panic!("/usr/bin/python3 does not start ({error}): apt-get install python3 python3-icalendar")
    });
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    assert!(said.contains(&format!("{} letters read", specimens().len())), "{said}");
}
