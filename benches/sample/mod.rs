//! The letter that is measured: Kazakh, one duty, seven days before its last day; text, HTML and a calendar part.

use chrono::NaiveDate;
use keshirim::letter::{Kind, Language, Length, Letter, Line, Names, Owner, Rung};

/// Put together as `post::compose` does it.
pub(crate) fn letter(id: &str) -> Letter<'_> {
    Letter {
        id,
        to_address: "official@office.test",
        to_post: "Арнайы бөлім бастығы",
        language: Language::Kk,
        bilingual: false,
        from_name: "Кешірім",
        from_address: "keshirim@office.test",
        message_id_domain: "office.test",
        date: "2026-03-02T03:30:00Z".parse().expect("an instant"),
        zone: chrono_tz::Asia::Almaty,
        public_url: "https://keshirim.office.test",
        high_importance: false,
        lines: vec![line()],
        notes: Vec::new(),
    }
}

fn line() -> Line<'static> {
    Line {
        case_number: "2026-0147",
        rule_id: "P11.FORWARD",
        paragraph: "11",
        words: Names {
            kk: "Өтініш немесе тиісті акт Республика Президентінің Әкімшілігіне өтініш қабылданған немесе акт жасалған \
                 күннен бастап жеті күннен кешіктірілмей табыс етіледі.",
            ru: "Ходатайство или соответствующий акт представляется в Администрацию Президента Республики не позднее \
                 семи дней со дня принятия ходатайства или составления акта.",
            en: "The petition or the act is presented to the President's Administration not later than seven days from \
                 the day the petition was accepted or the act was drawn up.",
        },
        russian_is_own_translation: true,
        kind: Kind::Duty,
        rung: Rung::BeforeWorkingDays(3),
        owed_by: Owner { actor: "institution:karaganda", names: None },
        from: day(2),
        from_event: "petition_accepted",
        starting_event_id: "17",
        shown: Some(day(9)),
        safe: Some(day(8)),
        alert_workday: Some(day(6)),
        nominal: Some(day(9)),
        late_after: Some(day(10)),
        free_from: None,
        length: Length::Days(7),
        non_working_days: vec![(day(9), "Халықаралық әйелдер күні (демалыс ауыстырылды)")],
        month_end_clamped: false,
        working_days_left: Some(4),
        warnings: Vec::new(),
        irregularities: Vec::new(),
        unconfirmed: Vec::new(),
        ended_by: vec!["forwarded"],
        acknowledge_url: Some("https://keshirim.office.test/ack/Zm9yIHRoZSBjb252aWN0"),
        sequence: 2,
    }
}

fn day(of_march: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, of_march).expect("a day of March")
}
