//! Letters: what an official reads, and the bytes that carry it.

use std::path::Path;
use std::process::Command;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use keshirim::letter::{
    Irregularity, Kind, Language, Length, Letter, LetterError, Line, Names, Note, Owner, RULES,
    Rendered, Rung, Texts, Unconfirmed, every_letter, render,
};

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day of a test")
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant of a test")
}

/// Seven days from Tuesday 1 March 2005: the eighth is a holiday, so the ninth is the last day before "late".
fn forward(rung: Rung<'static>) -> Line<'static> {
    Line {
        case_number: "2005-0147",
        rule_id: "P11.FORWARD",
        paragraph: "11",
        words: Names {
            kk: "Өтініш немесе тиісті акт Республика Президентінің Әкімшілігіне өтініш қабылданған немесе акт \
                 жасалған күннен бастап жеті күннен кешіктірілмей табыс етіледі.",
            ru: "Ходатайство или соответствующий акт представляется в Администрацию Президента Республики не \
                 позднее семи дней со дня принятия ходатайства или составления акта.",
            en: "The petition or the act is presented to the President's Administration not later than seven \
                 days from the day the petition was accepted or the act was drawn up.",
        },
        russian_is_own_translation: true,
        kind: Kind::Duty,
        rung,
        owed_by: Owner {
            actor: "institution:karaganda",
            names: None,
        },
        from: day("2005-03-01"),
        from_event: "petition_accepted",
        starting_event_id: "17",
        shown: Some(day("2005-03-08")),
        safe: Some(day("2005-03-07")),
        alert_workday: Some(day("2005-03-07")),
        nominal: Some(day("2005-03-08")),
        late_after: Some(day("2005-03-09")),
        free_from: None,
        length: Length::Days(7),
        non_working_days: vec![(day("2005-03-08"), "Халықаралық әйелдер күні")],
        month_end_clamped: false,
        working_days_left: Some(4),
        warnings: vec![],
        irregularities: vec![],
        unconfirmed: vec![],
        ended_by: vec!["forwarded"],
        acknowledge_url: Some("https://keshirim.example/ack/Zm9yIHRoZSBjb252aWN0"),
        sequence: 2,
    }
}

fn bar(rung: Rung<'static>) -> Line<'static> {
    Line {
        rule_id: "P9.BAR_YEAR",
        paragraph: "9",
        words: Names {
            kk: "Өлім жазасы туралы үкім күшіне енген күнінен бір жыл өтпейінше орындалмайды.",
            ru: "Приговор о смертной казни не приводится в исполнение до истечения одного года со дня его вступления в силу.",
            en: "A death sentence is not executed until one year has passed from the day of its entry into force.",
        },
        kind: Kind::Bar,
        owed_by: Owner {
            actor: "prosecutor_general",
            names: None,
        },
        from_event: "verdict_in_force",
        shown: Some(day("2006-03-01")),
        safe: None,
        alert_workday: None,
        nominal: Some(day("2006-03-01")),
        late_after: None,
        length: Length::Years(1),
        non_working_days: vec![],
        ..forward(rung)
    }
}

fn step(rung: Rung<'static>) -> Line<'static> {
    Line {
        rule_id: "P11.DISPATCH_SC",
        kind: Kind::Step,
        owed_by: Owner {
            actor: "working_body",
            names: None,
        },
        from_event: "received_by_administration",
        shown: Some(day("2005-04-01")),
        safe: None,
        alert_workday: Some(day("2005-04-01")),
        late_after: None,
        length: Length::None,
        non_working_days: vec![],
        ended_by: vec!["dispatched_to_supreme_court"],
        ..forward(rung)
    }
}

fn letter(language: Language, lines: Vec<Line<'static>>) -> Letter<'static> {
    Letter {
        id: "4711",
        to_address: "kense@mekeme.example",
        to_post: "Мекеме бастығы",
        language,
        bilingual: false,
        from_name: "«Кешірім» тізілімі",
        from_address: "register@keshirim.example",
        message_id_domain: "keshirim.example",
        date: instant("2005-03-02T03:30:00Z"),
        zone: Tz::Asia__Almaty,
        public_url: "https://keshirim.example",
        high_importance: false,
        lines,
        notes: vec![],
    }
}

fn texts() -> Texts {
    Texts::embedded().expect("the embedded texts parse")
}

fn rendered(letter: &Letter<'_>) -> Rendered {
    render(letter, &texts()).expect("the letter renders")
}

/// The text part as one line, since it is wrapped.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn header<'b>(bytes: &'b str, name: &str) -> Option<&'b str> {
    let head = bytes.split("\r\n\r\n").next()?;
    head.split("\r\n")
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[test]
fn every_rule_renders_at_every_rung_in_every_language() {
    let texts = texts();
    texts.check().expect("no text is missing");
    let letters = every_letter();
    assert!(
        letters.len() > 4 * RULES.len() * 3,
        "{} letters",
        letters.len()
    );
    for letter in letters {
        let rendered = render(&letter, &texts).expect("checked above");
        for part in [&rendered.text, &rendered.html, &rendered.subject] {
            assert!(
                !part.contains("{ $") && !part.contains("{$") && !part.contains(".."),
                "{part}"
            );
            assert!(
                !part.contains('\u{2068}') && !part.contains('\u{2069}'),
                "{part}"
            );
        }
    }
}

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
        let kazakh = text
            .find(line.words.kk)
            .expect("the Kazakh words are quoted");
        if language != Language::Kk {
            assert!(
                text.find(line.words.get(language))
                    .expect("so are the reader's")
                    > kazakh
            );
        }
    }
    let mut official = forward(Rung::Opened);
    official.russian_is_own_translation = false;
    assert!(
        !rendered(&letter(Language::Ru, vec![official]))
            .text
            .contains("перевод реестра")
    );
}

#[test]
fn a_bilingual_letter_has_kazakh_above_russian() {
    let mut both = letter(Language::En, vec![forward(Rung::LastDay)]);
    both.bilingual = true;
    let rendered = rendered(&both);
    let kazakh = rendered
        .text
        .find("бүгін соңғы күн")
        .expect("a Kazakh section");
    let russian = rendered
        .text
        .find("сегодня последний день")
        .expect("a Russian section");
    assert!(
        kazakh < russian && rendered.subject.contains("Бүгін соңғы күн"),
        "{}",
        rendered.text
    );
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
        let rendered = rendered(&letter(
            Language::Ru,
            vec![forward(Rung::BeforeWorkingDays(n))],
        ));
        assert!(rendered.subject.contains(expected), "{}", rendered.subject);
    }
    for (n, expected) in [(1, "1 working day left"), (21, "21 working days left")] {
        let rendered = rendered(&letter(
            Language::En,
            vec![forward(Rung::BeforeWorkingDays(n))],
        ));
        assert!(rendered.text.contains(expected), "{}", rendered.text);
    }
}

#[test]
fn the_same_letter_gives_the_same_bytes_and_another_id_another_message() {
    let one = letter(
        Language::Kk,
        vec![forward(Rung::Opened), step(Rung::ControlDate)],
    );
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
    evil.notes = vec![Note::DeputyOf {
        post: "x\r\nBcc: thief@evil.example",
    }];
    let rendered = rendered(&evil);
    let bytes = String::from_utf8(rendered.bytes).expect("ASCII");
    assert_eq!(header(&bytes, "Bcc"), None);
    for line in bytes
        .lines()
        .chain(rendered.ics.as_deref().unwrap_or("").lines())
    {
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
        (
            "id",
            Letter {
                id: "1>\r\nBcc: x",
                ..letter(Language::Kk, vec![forward(Rung::Opened)])
            },
        ),
        (
            "domain",
            Letter {
                message_id_domain: "a\r\nb",
                ..letter(Language::Kk, vec![forward(Rung::Opened)])
            },
        ),
    ] {
        let error = render(&broken, &texts()).expect_err("refused");
        assert!(
            matches!(error, LetterError::Header { field: at, .. } if at == field),
            "{error}"
        );
    }
}

#[test]
fn markup_in_a_case_number_stays_text() {
    let mut line = forward(Rung::LastDay);
    line.case_number = "<script>1</script>";
    let html = rendered(&letter(Language::En, vec![line])).html;
    assert!(
        !html.contains("<script>") && html.contains("&lt;script&gt;"),
        "{html}"
    );
}

#[test]
fn a_bar_is_never_counted_down_closed_dated_in_a_subject_or_put_into_a_calendar() {
    let texts = texts();
    for rung in [
        Rung::BeforeWorkingDays(3),
        Rung::BeforeDays(7),
        Rung::LastDay,
        Rung::Overdue { days: 1 },
        Rung::Closed {
            by: "decree_received_pg",
        },
        Rung::Moved {
            old: Some(day("2006-03-01")),
            reason: "typo",
        },
    ] {
        let error = render(&letter(Language::Kk, vec![bar(rung)]), &texts)
            .expect_err("a bar has no such rung");
        assert!(
            matches!(
                error,
                LetterError::NoSuchRung {
                    kind: Kind::Bar,
                    ..
                }
            ),
            "{error}"
        );
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
        assert!(
            rendered.text.contains("2006"),
            "the letter itself says until when"
        );
    }
}

#[test]
fn when_a_bar_ends_the_letter_lists_what_stands_and_says_that_the_register_never_says_more() {
    let rung = Rung::BarEnded {
        open: vec!["P9.BAR_PENDING"],
        unknown: vec!["verdict_copy_handed"],
    };
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
        assert!(
            !text.contains("2006"),
            "no end date of a bar that ended: {text}"
        );
    }
}

/// What no text may say of a sentence of death.
const FORBIDDEN: &[&str] = &[
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
            check(
                &path.display().to_string(),
                &std::fs::read_to_string(&path).expect("UTF-8"),
            );
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

#[test]
fn a_step_is_called_an_internal_control_date_and_not_a_legal_deadline() {
    for (language, words) in [
        (Language::Kk, "заңды мерзім емес"),
        (Language::Ru, "не законный срок"),
        (Language::En, "not a legal deadline"),
    ] {
        for rung in [
            Rung::BeforeWorkingDays(3),
            Rung::ControlDate,
            Rung::ControlPassed { weeks: 2 },
        ] {
            let rendered = rendered(&letter(language, vec![step(rung)]));
            assert!(flat(&rendered.text).contains(words), "{}", rendered.text);
        }
        let ics = rendered(&letter(language, vec![step(Rung::ControlDate)]))
            .ics
            .expect("an entry");
        assert!(ics.replace("\r\n ", "").contains(words), "{ics}");
    }
}

#[test]
fn a_moved_date_shows_the_old_day_struck_the_new_one_and_the_reason() {
    let rung = Rung::Moved {
        old: Some(day("2005-03-04")),
        reason: "wrong_document",
    };
    let rendered = rendered(&letter(Language::Ru, vec![forward(rung)]));
    assert!(
        rendered.html.contains("<s>4 марта 2005 г., пятница</s>"),
        "{}",
        rendered.html
    );
    assert!(
        flat(&rendered.text).contains("Прежний день (недействителен): 4 марта 2005 г., пятница"),
        "{}",
        rendered.text
    );
    assert!(
        rendered.text.contains("8 марта 2005 г., вторник")
            && rendered.text.contains("день взят не из того документа")
    );
}

#[test]
fn the_root_id_is_one_per_case_and_a_letter_of_two_cases_has_none() {
    let bytes = |letter: &Letter<'_>| String::from_utf8(rendered(letter).bytes).expect("ASCII");
    let one = bytes(&letter(Language::Kk, vec![forward(Rung::Opened)]));
    let two = bytes(&letter(Language::En, vec![bar(Rung::Opened)]));
    assert_eq!(
        header(&one, "References"),
        Some("<case.2005-0147@keshirim.example>")
    );
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
    assert_eq!(
        header(&bytes, "Date"),
        Some("Wed, 02 Mar 2005 03:30:00 +0000")
    );
    assert_eq!(
        header(&bytes, "Message-ID"),
        Some("<4711.keshirim@keshirim.example>")
    );
    assert_eq!(header(&bytes, "Auto-Submitted"), Some("auto-generated"));
    assert_eq!(
        header(&bytes, "List-Id"),
        Some("<deadlines.keshirim.example>")
    );
    assert_eq!(
        header(&bytes, "X-Auto-Response-Suppress"),
        Some("OOF, AutoReply, RN, NRN")
    );
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
        ics.lines()
            .find_map(|line| line.strip_prefix("UID:"))
            .expect("a UID")
            .to_owned()
    };
    let before = rendered(&letter(Language::Kk, vec![forward(Rung::Opened)]))
        .ics
        .expect("an entry");
    let mut line = forward(Rung::Moved {
        old: line_day(),
        reason: "typo",
    });
    line.shown = Some(day("2005-03-18"));
    line.sequence = 3;
    let after = rendered(&letter(Language::Kk, vec![line]))
        .ics
        .expect("an entry");
    assert_eq!(uid(&before), uid(&after));
    assert!(before.contains("SEQUENCE:2\r\n") && after.contains("SEQUENCE:3\r\n"));
    assert!(
        after.contains("DTSTART;VALUE=DATE:20050318\r\n") && after.contains("METHOD:PUBLISH\r\n"),
        "{after}"
    );
    let closed = rendered(&letter(
        Language::Kk,
        vec![forward(Rung::Closed { by: "forwarded" })],
    ))
    .ics
    .expect("an entry");
    assert_eq!(uid(&before), uid(&closed));
    assert!(
        closed.contains("METHOD:CANCEL\r\n") && closed.contains("STATUS:CANCELLED\r\n"),
        "{closed}"
    );
    assert!(!closed.contains("VALARM"));
}

fn line_day() -> Option<NaiveDate> {
    forward(Rung::Opened).shown
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
    let headings = [
        "Late (1)",
        "Today (1)",
        "Internal control date passed (not a legal deadline) (1)",
        "Coming (1)",
    ];
    let text = flat(&rendered.text);
    let places: Vec<_> = headings
        .map(|heading| text.find(heading).expect(heading))
        .to_vec();
    assert!(places.is_sorted(), "{text}");
    assert_eq!(
        rendered.subject,
        "[Кешірім] 5 deadlines: 1 late, 1 today, 1 coming, 2 other"
    );
    // Every rule's words are quoted, and each once.
    assert_eq!(
        text.matches(forward(Rung::Opened).words.kk).count(),
        1,
        "{text}"
    );
    assert_eq!(text.matches(bar(Rung::Opened).words.kk).count(), 1);
}

#[test]
fn of_two_hundred_and_fifty_lines_two_hundred_are_printed_and_fifty_counted() {
    let mut lines = vec![forward(Rung::BeforeWorkingDays(3)); 250];
    lines[249].rung = Rung::Overdue { days: 2 };
    let rendered = rendered(&letter(Language::Ru, lines));
    assert_eq!(rendered.text.matches("\n* ").count(), 200);
    assert_eq!(rendered.html.matches("<th scope=\"row\"").count(), 200);
    assert_eq!(
        rendered
            .ics
            .expect("entries")
            .matches("BEGIN:VEVENT")
            .count(),
        199,
        "what is overdue has no entry"
    );
    for part in [&rendered.text, &rendered.html] {
        assert!(part.contains("Еще 50 строк") && part.contains("https://keshirim.example/status"));
    }
    assert!(
        rendered.text.find("Просрочено (1)") < rendered.text.find("Впереди (249)"),
        "the overdue one is not cut off"
    );
}

#[test]
fn a_text_without_an_argument_or_a_missing_text_is_an_error_and_never_a_letter() {
    let mut line = forward(Rung::Opened);
    line.rule_id = "P99.UNKNOWN";
    let error = render(&letter(Language::Kk, vec![line]), &texts()).expect_err("no such rule");
    assert!(
        matches!(&error, LetterError::Text { id, .. } if id == "rule-P99-UNKNOWN"),
        "{error}"
    );
    let error = render(&letter(Language::Kk, vec![]), &texts()).expect_err("no line");
    assert!(matches!(error, LetterError::Empty(_)), "{error}");
}

#[test]
fn an_irregularity_without_its_own_sentence_still_gets_one() {
    let mut line = forward(Rung::Opened);
    line.irregularities = vec![Irregularity {
        code: "a_code_of_tomorrow",
    }];
    let text = rendered(&letter(Language::En, vec![line])).text;
    assert!(
        flat(&text).contains("The register noted a departure from the Regulation"),
        "{text}"
    );
}

#[test]
fn the_languages_have_the_same_texts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/letters");
    let ids = |language: Language, file: &str| {
        let text = std::fs::read_to_string(folder.join(language.code()).join(file)).expect("UTF-8");
        let mut ids: Vec<String> = text
            .lines()
            .filter(|line| {
                line.starts_with(char::is_alphabetic) || line.trim_start().starts_with(".short")
            })
            .filter_map(|line| Some(line.split_once(" =")?.0.trim().to_owned()))
            .collect();
        ids.sort();
        ids
    };
    for file in [
        "dates.ftl",
        "letter.ftl",
        "rules.ftl",
        "events.ftl",
        "offices.ftl",
        "codes.ftl",
    ] {
        assert_eq!(ids(Language::Kk, file), ids(Language::Ru, file), "{file}");
        assert_eq!(ids(Language::Kk, file), ids(Language::En, file), "{file}");
    }
}

/// Letters of every shape, for the independent parser.
fn specimens() -> Vec<Letter<'static>> {
    let mut out = Vec::new();
    for language in Language::ALL {
        let mut moved = forward(Rung::Moved {
            old: Some(day("2005-03-04")),
            reason: "typo",
        });
        moved.warnings = vec!["calendar_provisional"];
        moved.unconfirmed = vec![Unconfirmed {
            event: "rejection_decree",
            on: day("2005-03-02"),
        }];
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
        many.notes = vec![Note::DeputyOf {
            post: "Бөлім меңгерушісі",
        }];
        let mut bilingual = letter(language, vec![forward(Rung::AlertWorkday)]);
        bilingual.bilingual = true;
        out.extend([
            letter(language, vec![forward(Rung::BeforeWorkingDays(3))]),
            letter(language, vec![bar(Rung::Opened)]),
            letter(language, vec![step(Rung::ControlPassed { weeks: 2 })]),
            letter(language, vec![second]),
            letter(language, vec![moved]),
            many,
            bilingual,
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
    let done = Command::new("python3").arg(script).arg(folder.path()).output().unwrap_or_else(|error| {
        panic!("python3 does not start ({error}); install it: apt-get install python3 python3-pip, then pip install icalendar")
    });
    let said =
        String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    assert!(
        said.contains(&format!("{} letters read", specimens().len())),
        "{said}"
    );
}

#[test]
fn zz_scratch_dump() {
    let folder = Path::new("/tmp/letters");
    std::fs::create_dir_all(folder).unwrap();
    let texts = texts();
    for (number, letter) in specimens().iter().take(24).enumerate() {
        let r = render(letter, &texts).unwrap();
        std::fs::write(
            folder.join(format!("{number:02}.txt")),
            format!("{}\n\n{}", r.subject, r.text),
        )
        .unwrap();
        std::fs::write(folder.join(format!("{number:02}.html")), r.html).unwrap();
        std::fs::write(folder.join(format!("{number:02}.eml")), r.bytes).unwrap();
        std::fs::write(
            folder.join(format!("{number:02}.ics")),
            r.ics.unwrap_or_default(),
        )
        .unwrap();
    }
    let one = letter(Language::Kk, vec![forward(Rung::BeforeWorkingDays(3))]);
    let start = std::time::Instant::now();
    for _ in 0..200 {
        render(&one, &texts).unwrap();
    }
    eprintln!("debug: {:?} per letter", start.elapsed() / 200);
}
