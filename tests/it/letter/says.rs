//! What a letter says, and in which order.

use keshirim::config::CalendarFile;
use keshirim::letter::{Kind, Language, Length, Letter, Line, Rung};

use super::{bar, day, flat, forward, letter, rendered, step, texts};

#[test]
fn the_first_lines_say_what_by_whom_and_by_when_in_each_language() {
    let expected = [
        (
            Language::Kk,
            "[Кешірім № 2005-0147] Мерзімге 3 жұмыс күні қалды: өтінішті немесе актіні Президент Әкімшілігіне табыс ету",
            "Түзеу мекемесінің әкімшілігі өтінішті немесе тиісті актіні Республика Президентінің Әкімшілігіне табыс \
             етуге тиіс. Мерзімі: 2005 жылғы 8 наурыз, сейсенбі — 3 жұмыс күні қалды",
        ),
        (
            Language::Ru,
            "[Кешірім № 2005-0147] До срока осталось 3 рабочих дня: представить ходатайство или акт в Администрацию \
             Президента",
            "Администрация исправительного учреждения представляет ходатайство или соответствующий акт в \
             Администрацию Президента Республики. Срок: 8 марта 2005 г., вторник — осталось 3 рабочих дня",
        ),
        (
            Language::En,
            "[Кешірім № 2005-0147] 3 working days left: present the petition or the act to the President's \
             Administration",
            "The institution's administration must present the petition or the act to the President's \
             Administration. Deadline: Tuesday, 8 March 2005 — 3 working days left",
        ),
    ];
    for (language, subject, start) in expected {
        let rendered = rendered(&letter(language, vec![forward(Rung::BeforeWorkingDays(3))]));
        assert_eq!(rendered.subject, subject);
        assert!(flat(&rendered.text).starts_with(start), "{}", rendered.text);
    }
}

#[test]
fn a_letter_quotes_the_kazakh_words_first_and_then_the_readers() {
    for language in Language::ALL {
        let line = forward(Rung::Opened);
        let text = flat(&rendered(&letter(language, vec![line.clone()])).text);
        let kazakh = text.find(line.words.kk).expect("the Kazakh words are quoted");
        if language != Language::Kk {
            assert!(text.find(line.words.get(language)).expect("so are the reader's") > kazakh);
        }
    }
    let mut official = forward(Rung::Opened);
    official.russian_is_own_translation = false;
    assert!(!rendered(&letter(Language::Ru, vec![official])).text.contains("перевод реестра"));
}

#[test]
fn a_bilingual_letter_has_kazakh_above_russian() {
    let mut both = letter(Language::En, vec![forward(Rung::LastDay)]);
    both.bilingual = true;
    let rendered = rendered(&both);
    let kazakh = rendered.text.find("бүгін соңғы күн").expect("a Kazakh section");
    let russian = rendered.text.find("сегодня последний день").expect("a Russian section");
    assert!(kazakh < russian && rendered.subject.contains("Бүгін соңғы күн"), "{}", rendered.text);
    assert!(!rendered.text.contains("today is the last day"));
}

#[test]
fn russian_numbers_take_their_plural_forms() {
    for (n, expected) in [
        (1, "До срока остался 1 рабочий день"),
        (2, "До срока осталось 2 рабочих дня"),
        (5, "До срока осталось 5 рабочих дней"),
        (21, "До срока остался 21 рабочий день"),
    ] {
        let rendered = rendered(&letter(Language::Ru, vec![forward(Rung::BeforeWorkingDays(n))]));
        assert!(rendered.subject.contains(expected), "{}", rendered.subject);
    }
    for (n, expected) in [(1, "1 working day left"), (21, "21 working days left")] {
        let rendered = rendered(&letter(Language::En, vec![forward(Rung::BeforeWorkingDays(n))]));
        assert!(rendered.text.contains(expected), "{}", rendered.text);
    }
}

#[test]
fn a_step_is_called_an_internal_control_date_and_not_a_legal_deadline() {
    for (language, words) in [
        (Language::Kk, "заңды мерзім емес"),
        (Language::Ru, "не законный срок"),
        (Language::En, "not a legal deadline"),
    ] {
        for rung in [Rung::BeforeWorkingDays(3), Rung::ControlDate, Rung::ControlPassed { weeks: 2 }] {
            let rendered = rendered(&letter(language, vec![step(rung)]));
            assert!(flat(&rendered.text).contains(words), "{}", rendered.text);
        }
        let ics = rendered(&letter(language, vec![step(Rung::ControlDate)])).ics.expect("an entry");
        assert!(ics.replace("\r\n ", "").contains(words), "{ics}");
    }
}

#[test]
fn a_moved_date_shows_the_old_day_struck_the_new_one_and_the_reason() {
    let rung = Rung::Moved { old: Some(day("2005-03-04")), reason: "wrong_document" };
    let rendered = rendered(&letter(Language::Ru, vec![forward(rung)]));
    assert!(rendered.html.contains("<s>4 марта 2005 г., пятница</s>"), "{}", rendered.html);
    assert!(
        flat(&rendered.text).contains("Прежний день (недействителен): 4 марта 2005 г., пятница"),
        "{}",
        rendered.text
    );
    assert!(
        rendered.text.contains("8 марта 2005 г., вторник") && rendered.text.contains("день взят не из того документа")
    );
}

#[test]
fn many_lines_stand_overdue_first_then_today_then_coming() {
    let mut lines = vec![
        forward(Rung::BeforeWorkingDays(3)),
        forward(Rung::LastDay),
        bar(Rung::Opened),
        forward(Rung::Overdue { days: 5 }),
        step(Rung::ControlPassed { weeks: 1 }),
    ];
    lines[1].case_number = "2005-0200";
    let rendered = rendered(&letter(Language::En, lines));
    let headings = ["Late (1)", "Today (1)", "Internal control date passed (not a legal deadline) (1)", "Coming (1)"];
    let text = flat(&rendered.text);
    let places: Vec<_> = headings.map(|heading| text.find(heading).expect(heading)).to_vec();
    assert!(places.is_sorted(), "{text}");
    assert_eq!(rendered.subject, "[Кешірім] 5 deadlines: 1 late, 1 today, 1 coming, 2 other");
    // Every rule's words are quoted, and each once.
    assert_eq!(text.matches(forward(Rung::Opened).words.kk).count(), 1, "{text}");
    assert_eq!(text.matches(bar(Rung::Opened).words.kk).count(), 1);
}

#[test]
fn of_two_hundred_and_fifty_lines_two_hundred_are_printed_and_fifty_counted() {
    let mut lines = vec![forward(Rung::BeforeWorkingDays(3)); 250];
    lines[249].rung = Rung::Overdue { days: 2 };
    let rendered = rendered(&letter(Language::Ru, lines));
    assert_eq!(rendered.text.matches("\n* ").count(), 200);
    assert_eq!(rendered.html.matches("<th scope=\"row\"").count(), 200);
    assert_eq!(rendered.ics.expect("entries").matches("BEGIN:VEVENT").count(), 199, "what is overdue has no entry");
    for part in [&rendered.text, &rendered.html] {
        assert!(part.contains("Еще 50 строк") && part.contains("https://keshirim.example/status"));
    }
    assert!(
        rendered.text.find("Просрочено (1)") < rendered.text.find("Впереди (249)"),
        "the overdue one is not cut off"
    );
}

#[test]
fn after_an_unused_right_the_letter_asks_for_the_act_or_names_what_is_missing() {
    let right = |rung| Line {
        rule_id: "P9.PETITION",
        paragraph: "9",
        kind: Kind::Right,
        length: Length::Years(1),
        ..forward(rung)
    };
    let act = rendered(&letter(Language::En, vec![right(Rung::AfterRight { missing: vec![] })]));
    let text = flat(&act.text);
    assert!(text.starts_with("The institution's administration must draw up the appropriate act"), "{text}");
    assert!(!text.contains("may petition for pardon."), "{text}");
    let missing = Rung::AfterRight { missing: vec!["cassation_ruling_handed"] };
    let text = flat(&rendered(&letter(Language::En, vec![right(missing)])).text);
    assert!(text.contains("the register lacks: cassation ruling handed over"), "{text}");
    assert!(!text.contains("must draw up"), "{text}");
}

#[test]
fn every_day_off_of_the_shipped_calendar_has_a_name_in_each_language() {
    let file = CalendarFile::shipped();
    let texts = texts();
    assert!(file.day_off.len() > 300, "{} days", file.day_off.len());
    for day in &file.day_off {
        for (language, own) in [(Language::Kk, 'А'..='ӿ'), (Language::Ru, 'А'..='ё')] {
            let name = texts.day_off(language, &day.name).expect("a name");
            let latin = name.chars().find(char::is_ascii_alphabetic);
            assert!(latin.is_none() && name.chars().any(|letter| own.contains(&letter)), "{}: {name}", day.name);
        }
        assert!(texts.day_off(Language::En, &day.name).expect("a name").is_ascii(), "{}", day.name);
    }
}

#[test]
fn a_day_off_is_named_in_the_reader_s_language_and_one_that_the_texts_do_not_know_as_the_calendar_has_it() {
    for (language, name, words) in [
        (Language::Kk, "International Women's Day", "2005 жылғы 8 наурыз, сейсенбі (Халықаралық әйелдер күні)"),
        (Language::Ru, "Nauryz, substitute day", "(Наурыз мейрамы, выходной перенесен на этот день)"),
        (Language::Ru, "Day off moved from 2005-03-05", "(выходной перенесен с другого дня: 5 марта 2005 г.)"),
        (Language::En, "Kurban Ait, first day (estimated day)", "(Kurban Ait, first day (estimated day))"),
        (Language::En, "Қарағанды күні", "Day off: Tuesday, 8 March 2005 (Қарағанды күні)"),
    ] {
        let mut line = forward(Rung::Opened);
        line.non_working_days = vec![(day("2005-03-08"), name)];
        let text = flat(&rendered(&letter(language, vec![line])).text);
        assert!(text.contains(words), "{name}: {text}");
    }
}

/// A table whose rows are of two cases.
fn table(language: Language, mut lines: Vec<Line<'static>>) -> Letter<'static> {
    lines[1].case_number = "2005-0200";
    letter(language, lines)
}

#[test]
fn what_several_rows_warn_of_is_said_once_below_the_table() {
    let mut lines = vec![forward(Rung::LastDay), forward(Rung::LastDay), forward(Rung::Opened)];
    lines[0].warnings = vec!["calendar_provisional"];
    lines[1].warnings = vec!["crime_category_missing", "calendar_provisional"];
    let text = flat(&rendered(&table(Language::En, lines)).text);
    assert_eq!(text.matches("not yet confirmed by an official act").count(), 1, "{text}");
    assert_eq!(text.matches("! Warnings below: [1]").count(), 2, "{text}");
    assert!(text.contains("== Warnings [1] The days off of the year"), "{text}");
    assert!(text.contains("! The category of crime is not recorded"), "one row alone keeps its own: {text}");
}

#[test]
fn two_pieces_of_one_paragraph_are_told_apart_by_their_rules() {
    let forwarded = forward(Rung::Opened);
    let mut other = forward(Rung::LastDay);
    other.rule_id = "P11.CONCL_SC";
    other.words.kk = "Олар бір ай мерзімнен кешіктірмей қорытындыларды табыс етеді.";
    let same = |case| Line { case_number: case, ..forwarded.clone() };
    let text = flat(&rendered(&table(Language::En, vec![forwarded.clone(), other, same("2005-0300")])).text);
    let source = "paragraph 11 of the Regulation approved by Decree No. 2975 of 7 May 1996";
    for rule in [
        "present the petition or the act to the President's Administration",
        "present the conclusion of the Supreme Court",
    ] {
        assert_eq!(text.matches(&format!("{source} — {rule}")).count(), 1, "{text}");
    }
    // One piece alone needs no rule's name.
    let text = flat(&rendered(&table(Language::En, vec![forwarded.clone(), same("2005-0300")])).text);
    assert!(text.contains(&format!("{source} «")), "{text}");
}

#[test]
fn a_bar_is_entered_or_prolonged_and_the_letter_says_which() {
    for (language, entered, prolonged) in [
        (Language::Kk, "Тыйым тізілімге енгізілді.", "Тыйым ұзартылды."),
        (Language::Ru, "Запрет внесен в реестр.", "Запрет продлен."),
        (Language::En, "The bar was entered in the register.", "The bar was prolonged."),
    ] {
        for (rung, said, unsaid) in [(Rung::Opened, entered, prolonged), (Rung::Lengthened, prolonged, entered)] {
            let rendered = rendered(&letter(language, vec![bar(rung)]));
            assert!(rendered.text.contains(said) && !rendered.text.contains(unsaid), "{}", rendered.text);
            assert_eq!(rendered.ics, None);
        }
    }
}

#[test]
fn nobody_is_responsible_for_the_convict_s_right_and_the_letter_says_who_tells_him() {
    let right = |rung| Line { rule_id: "P9.PETITION", paragraph: "9", kind: Kind::Right, ..forward(rung) };
    let text = flat(&rendered(&letter(Language::En, vec![right(Rung::BeforeDays(30))])).text);
    assert!(text.contains("Informs the convict: The institution's administration"), "{text}");
    assert!(!text.contains("Responsible"), "{text}");
    let text = flat(&rendered(&letter(Language::En, vec![right(Rung::AfterRight { missing: vec![] })])).text);
    assert!(text.contains("Responsible: The institution's administration"), "{text}");
}
