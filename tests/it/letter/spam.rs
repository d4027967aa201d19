//! What a spam filter makes of our letters: `SpamAssassin` of Debian, with the rules of its package, local tests only.

use std::path::Path;
use std::process::Command;

use keshirim::letter::{Language, Letter, render};

use super::{texts, usual};

/// A letter scores less than this; `SpamAssassin` calls a mail spam from 5.0.
const SCORE_MAX: &str = "1.0";

/// Scores the letters of a folder.
fn scored(folder: &Path) -> (Option<i32>, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/score_letters.pl");
    let done = Command::new("/usr/bin/perl").arg(script).arg(SCORE_MAX).arg(folder).output().unwrap_or_else(|error| {
        panic!("/usr/bin/perl does not start ({error}): apt-get install spamassassin");
    });
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    (done.status.code(), said)
}

/// Every rung, a notice and tables in each language, a long table in one. (All samples, 1,000 letters, take two minutes and were scored by
/// hand: none above 0.1.)
#[test]
fn spamassassin_scores_every_rung_in_every_language_below_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let texts = texts();
    let mut letters: Vec<Letter<'_>> = Vec::new();
    for letter in usual::letters() {
        let like = |other: &Letter<'_>| {
            (other.language, other.bilingual, other.lines.len(), other.lines[0].rung.name())
                == (letter.language, letter.bilingual, letter.lines.len(), letter.lines[0].rung.name())
        };
        let long = letter.lines.len() > 10 && letter.language != Language::Kk;
        if !long && !letters.iter().any(like) {
            letters.push(letter);
        }
    }
    assert!(letters.len() >= 3 * 18, "{} letters", letters.len());
    for (number, letter) in letters.iter().enumerate() {
        let rendered = render(letter, &texts).expect("a letter");
        std::fs::write(folder.path().join(format!("{number:04}.eml")), rendered.bytes).expect("written");
    }
    let (code, said) = scored(folder.path());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&format!("{} letters scored, 0 too high", letters.len())), "{said}");
    // The rules were there and looked at the letters.
    assert!(said.contains(&format!("HTML_MESSAGE {}", letters.len())), "{said}");
}

#[test]
fn the_same_judge_finds_a_mail_that_hides_letters_and_one_that_is_spam() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let head = "From: a@keshirim.example\r\nTo: reader@office.example\r\nSubject: x\r\nMessage-ID: <1@keshirim.example>\r\n\
                Date: Wed, 02 Mar 2005 03:30:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
    // What the text part was before: a row of Kazakh and an address of its own.
    let row = "№ 2026-0147: өтінішті немесе актіні Президент Әкімшілігіне табыс ету\r\nhttps://keshirim.example/cases/2026-0147\r\n";
    std::fs::write(folder.path().join("0001.eml"), format!("{head}{}", row.repeat(10))).expect("written");
    let test = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n";
    std::fs::write(folder.path().join("0002.eml"), format!("{head}{test}")).expect("written");
    let (code, said) = scored(folder.path());
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("2 letters scored, 2 too high") && said.contains("MIXED_ES") && said.contains("GTUBE"),
        "{said}"
    );
}
