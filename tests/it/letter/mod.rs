//! Letters: what an official reads, and the bytes that carry it.

pub(crate) mod bars;
mod carries;
mod khal;
mod parts;
mod says;
mod spam;
mod texts;
mod threads;
mod usual;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use keshirim::letter::{Kind, Language, Length, Letter, Line, Names, Owner, Rendered, Rung, Texts, render};

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
        owed_by: Owner { actor: "institution:karaganda", names: None },
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
        owed_by: Owner { actor: "prosecutor_general", names: None },
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
        owed_by: Owner { actor: "working_body", names: None },
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
    head.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}
