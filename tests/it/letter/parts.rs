//! The text part says what the HTML part says, in every sample; compared by a parser that is not ours.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use keshirim::letter::{Language, Letter, every_letter, render};

use super::{texts, usual};

/// Compares the parts of letters; `change` may spoil a part first.
fn compared(letters: &[Letter<'_>], change: impl Fn(&mut String)) -> Output {
    let texts = texts();
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    for letter in letters {
        let mut rendered = render(letter, &texts).expect("a sample");
        change(&mut rendered.html);
        let wanted = serde_json::json!({ "subject": rendered.subject, "text": rendered.text, "html": rendered.html });
        writeln!(file, "{wanted}").expect("written");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parse_letter.py");
    Command::new("/usr/bin/python3").arg(script).arg("--parts").arg(file.path()).output().expect("/usr/bin/python3")
}

#[test]
fn text_and_html_say_the_same_in_every_sample() {
    let mut letters = usual::letters();
    letters.extend(every_letter());
    let done = compared(&letters, |_| {});
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    assert!(said.contains(&format!("{} letters read, 0 faults", letters.len())), "{said}");
}

#[test]
fn a_date_a_sentence_a_quote_or_a_link_that_only_one_part_has_is_found() {
    let texts = texts();
    let mut letters = usual::letters();
    letters.retain(|letter| letter.language == Language::En);
    for (from, to) in [
        ("8 March 2005", "9 March 2005"),
        ("Late only after", "Late after"),
        ("President", "Governor"),
        ("https://keshirim.example/ack/", "https://keshirim.example/acknowledge/"),
        ("/cases/2026-0148", "/cases/2026-0149"),
        ("№ 2026-0148", "№ 2026-0149"),
    ] {
        let touched = letters.iter().any(|letter| render(letter, &texts).expect("a sample").html.contains(from));
        assert!(touched, "{from}");
        let done = compared(&letters, |html| *html = html.replace(from, to));
        assert_eq!(done.status.code(), Some(1), "{from} for {to}: {}", String::from_utf8_lossy(&done.stdout));
    }
}
