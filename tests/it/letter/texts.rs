//! The texts themselves: complete, and broken ones found early.

use std::path::Path;

use keshirim::letter::{Irregularity, Language, LetterError, RULES, Rung, Texts, every_letter, render};

use super::{flat, forward, letter, rendered, texts};

#[test]
fn every_rule_renders_at_every_rung_in_every_language() {
    let texts = texts();
    texts.check().expect("no text is missing");
    let letters = every_letter();
    assert!(letters.len() > 4 * RULES.len() * 3, "{} letters", letters.len());
    for letter in letters {
        let rendered = render(&letter, &texts).expect("checked above");
        for part in [&rendered.text, &rendered.html, &rendered.subject] {
            assert!(!part.contains("{ $") && !part.contains("{$") && !part.contains(".."), "{part}");
            assert!(!part.contains('\u{2068}') && !part.contains('\u{2069}'), "{part}");
        }
    }
}

#[test]
fn a_text_without_an_argument_or_a_missing_text_is_an_error_and_never_a_letter() {
    let mut line = forward(Rung::Opened);
    line.rule_id = "P99.UNKNOWN";
    let error = render(&letter(Language::Kk, vec![line]), &texts()).expect_err("no such rule");
    assert!(matches!(&error, LetterError::Text { id, .. } if id == "rule-P99-UNKNOWN"), "{error}");
    let error = render(&letter(Language::Kk, vec![]), &texts()).expect_err("no line");
    assert!(matches!(error, LetterError::Empty(_)), "{error}");
}

/// The texts of one language as they stand, with one piece replaced.
fn sources(language: Language, from: &str, to: &str) -> [String; 7] {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/letters").join(language.code());
    let files = ["dates", "letter", "rules", "events", "offices", "codes", "digest"];
    files.map(|file| {
        let path = folder.join(file).with_extension("ftl");
        std::fs::read_to_string(path).expect("UTF-8").replace(from, to)
    })
}

#[test]
fn a_broken_text_or_layout_is_found_by_the_check_before_any_letter() {
    let text_layout = include_str!("../../../config/letters/layout.txt.j2");
    let html_layout = include_str!("../../../config/letters/layout.html.j2");
    let with = |from: &str, to: &str, layout: &'static str| {
        let [kk, ru, en] = Language::ALL.map(|language| sources(language, from, to));
        Texts::from_sources(
            kk.each_ref().map(String::as_str),
            ru.each_ref().map(String::as_str),
            en.each_ref().map(String::as_str),
            text_layout,
            layout,
        )
        .and_then(|texts| texts.check())
    };
    with("no such words", "", html_layout).expect("nothing is broken");
    let error = with("сегодня последний день\n", "{ $nobody }\n", html_layout).expect_err("an argument is missing");
    assert!(matches!(&error, LetterError::Text { id, language: "ru", .. } if id == "left-today"), "{error}");
    let error = with("event-case_closed = ", "event-other = ", html_layout).expect_err("a text is missing");
    assert!(matches!(&error, LetterError::Text { id, .. } if id == "event-case_closed"), "{error}");
    let error = with("no such words", "", "{{ nothing_of_that_name }}").expect_err("the layout names nothing");
    assert!(matches!(error, LetterError::Layout { .. }), "{error}");
}

#[test]
fn the_languages_have_the_same_texts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/letters");
    let ids = |language: Language, file: &str| {
        let text = std::fs::read_to_string(folder.join(language.code()).join(file)).expect("UTF-8");
        let mut ids: Vec<String> = text
            .lines()
            .filter(|line| line.starts_with(char::is_alphabetic) || line.trim_start().starts_with(".short"))
            .filter_map(|line| Some(line.split_once(" =")?.0.trim().to_owned()))
            .collect();
        ids.sort();
        ids
    };
    for file in ["dates.ftl", "letter.ftl", "rules.ftl", "events.ftl", "offices.ftl", "codes.ftl", "digest.ftl"] {
        assert_eq!(ids(Language::Kk, file), ids(Language::Ru, file), "{file}");
        assert_eq!(ids(Language::Kk, file), ids(Language::En, file), "{file}");
    }
}

#[test]
fn an_irregularity_without_its_own_sentence_still_gets_one() {
    let mut line = forward(Rung::Opened);
    line.irregularities = vec![Irregularity { code: "a_code_of_tomorrow" }];
    let text = rendered(&letter(Language::En, vec![line])).text;
    assert!(flat(&text).contains("The register noted a departure from the Regulation"), "{text}");
}
