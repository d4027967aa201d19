//! Bars: what a letter about them must never say.

use std::path::Path;

use keshirim::letter::{Kind, Language, LetterError, Rung, every_letter, render};

use super::{bar, day, flat, letter, rendered, texts};

#[test]
fn a_bar_is_never_counted_down_closed_dated_in_a_subject_or_put_into_a_calendar() {
    let texts = texts();
    for rung in [
        Rung::BeforeWorkingDays(3),
        Rung::BeforeDays(7),
        Rung::LastDay,
        Rung::Overdue { days: 1 },
        Rung::Closed { by: "decree_received_pg" },
        Rung::Moved { old: Some(day("2006-03-01")), reason: "typo" },
    ] {
        let error = render(&letter(Language::Kk, vec![bar(rung)]), &texts).expect_err("a bar has no such rung");
        assert!(matches!(error, LetterError::NoSuchRung { kind: Kind::Bar, .. }), "{error}");
    }
    for language in Language::ALL {
        let mut line = bar(Rung::Opened);
        line.working_days_left = Some(3);
        let rendered = render(&letter(language, vec![line]), &texts).expect("a bar opens");
        assert_eq!(rendered.ics, None);
        assert!(!rendered.subject.contains("2006"), "{}", rendered.subject);
        for count in ["3 жұмыс күні", "3 рабочих", "3 working"] {
            assert!(!rendered.text.contains(count), "{}", rendered.text);
        }
        assert!(rendered.text.contains("2006"), "the letter itself says until when");
    }
}

#[test]
fn when_a_bar_ends_the_letter_lists_what_stands_and_says_that_the_register_never_says_more() {
    let rung = Rung::BarEnded { open: vec!["P9.BAR_PENDING"], unknown: vec!["verdict_copy_handed"] };
    for (language, open, unknown, never) in [
        (
            Language::Kk,
            "қаралғанға дейінгі тыйым",
            "үкімнің көшірмесі тапсырылған күн",
            "Тізілім үкімді орындауға болады деп ешқашан айтпайды.",
        ),
        (
            Language::Ru,
            "запрет до рассмотрения",
            "день вручения копии приговора",
            "Реестр никогда не сообщает, что приговор можно исполнить.",
        ),
        (
            Language::En,
            "bar until the petition",
            "the day the copy of the verdict was handed over",
            "The register never says that a sentence may be carried out.",
        ),
    ] {
        let text = flat(&rendered(&letter(language, vec![bar(rung.clone())])).text);
        for words in [open, unknown, never] {
            assert!(text.contains(words), "{text}");
        }
        assert!(!text.contains("2006"), "no end date of a bar that ended: {text}");
        for counting in ["Күн қалай есептелді", "Как рассчитан день", "How the day was counted"]
        {
            assert!(!text.contains(counting), "no day is shown, so none was counted: {text}");
        }
    }
}

/// What no text may say of a sentence of death.
pub(crate) const FORBIDDEN: &[&str] = &[
    "орындауға болады",
    "орындалуы мүмкін",
    "орындауға рұқсат",
    "орындауға жол",
    "орындалсын",
    "орындауға кедергі жоқ",
    "тыйым жоқ",
    "тыйым алынды",
    "орындалуға тиіс",
    "орындауға тиіс",
    "орындалады",
    "можно исполн",
    "может быть исполнен",
    "может быть приведен",
    "можно привести",
    "подлежит исполнению",
    "исполнение разреш",
    "разрешено исполн",
    "исполнение возможно",
    "исполнение допу",
    "препятствий нет",
    "нет препятствий",
    "запретов нет",
    "приводится в исполнение после",
    "разрешается",
    "may be executed",
    "may be carried out",
    "can be executed",
    "can be carried out",
    "execution may",
    "execution can",
    "execution is permitted",
    "execution permitted",
    "is allowed",
    "is permitted",
    "permitted",
    "permissible",
    "free to",
    "no obstacle",
    "nothing prevents",
    "no longer barred",
    "no bar stands",
    "cleared for",
];

#[test]
fn no_text_and_no_letter_says_that_a_sentence_may_be_carried_out() {
    // Taken out first: the one sentence that says it never says so.
    let never = [
        "Тізілім үкімді орындауға болады деп ешқашан айтпайды.",
        "Реестр никогда не сообщает, что приговор можно исполнить.",
        "The register never says that a sentence may be carried out.",
    ];
    let check = |name: &str, text: &str| {
        let mut text = flat(text);
        for sentence in never {
            text = text.replace(sentence, "");
        }
        let text = text.to_lowercase();
        for words in FORBIDDEN {
            assert!(!text.contains(words), "{name} says `{words}`");
        }
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/letters");
    let mut files = 0;
    for language in Language::ALL {
        for entry in std::fs::read_dir(folder.join(language.code())).expect("the texts are there") {
            let path = entry.expect("a text").path();
            check(&path.display().to_string(), &std::fs::read_to_string(&path).expect("UTF-8"));
            files += 1;
        }
    }
    assert_eq!(files, 18);
    let texts = texts();
    for letter in every_letter() {
        let rendered = render(&letter, &texts).expect("a sample");
        check(&rendered.subject, &rendered.text);
        check(&rendered.subject, &rendered.html);
        check("subject", &rendered.subject);
    }
}
