//! Built-in samples: every rule at every rung it has, every code, in every language.
//!
//! With them [`super::Texts::check`] finds a broken text before the daemon starts, and the tests read
//! what officials will read. The lists are the contract's: a code missing here is not tried.

use crate::law::finding::Warning;
use crate::law::irregularity::Code;
use crate::law::timeline::EventKind;
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;

use super::input::{Irregularity, Kind, Language, Length, Letter, Line, Names, Note, Owner, Rung, Unconfirmed};

/// Rule id, kind, paragraph, actor and length of every rule that a letter can be about.
pub const RULES: [(&str, Kind, &str, &str, Length); 30] = [
    ("D2.COMMISSION", Kind::Duty, "2", "head_of_administration", Length::Weeks(2)),
    ("P8.IN_FORCE", Kind::Bar, "8", "working_body", Length::UntilEvent),
    ("P9.PETITION", Kind::Right, "9", "institution:sample", Length::Years(1)),
    ("P9.PETITION_MORATORIUM", Kind::Right, "9", "institution:sample", Length::Years(1)),
    ("P9.ACT", Kind::Step, "9", "institution:sample", Length::None),
    ("P9.BAR_YEAR", Kind::Bar, "9", "prosecutor_general", Length::Years(1)),
    ("P9.BAR_AFTER_LIFT", Kind::Bar, "9", "prosecutor_general", Length::Years(1)),
    ("P9.BAR_PENDING", Kind::Bar, "9", "prosecutor_general", Length::UntilEvent),
    ("P9.BAR_MORATORIUM", Kind::Bar, "9", "prosecutor_general", Length::UntilEvent),
    ("P9.PETITION_WINDOW_OPEN", Kind::Bar, "9", "prosecutor_general", Length::Years(1)),
    ("PARDONED", Kind::Bar, "9", "prosecutor_general", Length::UntilEvent),
    ("VERDICT_CHANGED", Kind::Bar, "9", "prosecutor_general", Length::UntilEvent),
    ("P11.FORWARD", Kind::Duty, "11", "institution:sample", Length::Days(7)),
    ("P11.ARRIVAL", Kind::Step, "11", "working_body", Length::None),
    ("P11.DISPATCH_SC", Kind::Step, "11", "working_body", Length::None),
    ("P11.DISPATCH_PG", Kind::Step, "11", "working_body", Length::None),
    ("P11.CONCL_SC", Kind::Duty, "11", "supreme_court", Length::Months(1)),
    ("P11.CONCL_PG", Kind::Duty, "11", "prosecutor_general", Length::Months(1)),
    ("P11.READY_FOR_COMMISSION", Kind::Step, "11", "working_body", Length::None),
    ("P12.VERIFY", Kind::Step, "12", "verifying_body:sample", Length::None),
    ("P13.SUBMIT_COMMISSION", Kind::Step, "13", "working_body", Length::None),
    ("P15.NOTICE", Kind::Step, "15", "working_body", Length::None),
    ("P16.WAIT", Kind::Wait, "16", "working_body", Length::Months(6)),
    ("P16.ATTACH", Kind::Step, "16", "working_body", Length::None),
    ("P17.DISPATCH_SC", Kind::Step, "17(1)", "working_body", Length::None),
    ("P17.DISPATCH_PG", Kind::Step, "17(1)", "working_body", Length::None),
    ("P17.DISPATCH_EXEC", Kind::Step, "17(2)", "working_body", Length::None),
    ("P18.REPORT", Kind::Step, "18", "executing_body:sample", Length::None),
    ("P18.REPORT_PG", Kind::Step, "18", "prosecutor_general", Length::None),
    ("P19.COURT_NOTICE", Kind::Step, "19", "court:sample", Length::None),
];

/// What a closing line may name besides an event: the entry that had started the deadline was struck.
pub const ENTRY_STRUCK: &str = "entry_struck";

/// Every event type, and [`ENTRY_STRUCK`].
pub fn events() -> impl Iterator<Item = &'static str> {
    EventKind::ALL.iter().map(|kind| kind.as_str()).chain([ENTRY_STRUCK])
}

/// What a letter warns of besides the law's own warnings: an entry that waits for a second person, and what a human must decide.
const HUMAN_WARNINGS: [&str; 3] = ["unconfirmed", "name_the_accepting_body", "attached_needs_human_decision"];

/// Every warning: the law's own, and those three.
pub fn warnings() -> impl Iterator<Item = &'static str> {
    Warning::NAMES.iter().copied().chain(HUMAN_WARNINGS)
}

/// Reason codes of a moved date: the contract's five for corrections, then what moves a date without one.
pub const REASONS: [&str; 10] = [
    "typo",
    "wrong_case",
    "wrong_document",
    "court_decision",
    "other",
    "superseded",
    "calendar",
    "nationwide",
    "confirmed",
    "retracted",
];

/// Every irregularity of the law, and `other` for one that the texts do not know.
pub fn irregularities() -> impl Iterator<Item = &'static str> {
    Code::NAMES.iter().copied().chain(["other"])
}

/// Codes of notices to the operators.
pub const NOTICES: [&str; 8] = [
    "office_unknown",
    "address_missing",
    "address_refused",
    "nobody_reachable",
    "actor_undecided",
    "calendar_horizon",
    "letter_failed",
    "unacknowledged",
];

/// One letter for each rule, rung and language (and bilingually), one letter of all lines for each language,
/// and one for each notice.
pub fn every_letter() -> Vec<Letter<'static>> {
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (rule_id, kind, paragraph, actor, length) in RULES {
        let fitting = rungs(TRIED_IN_FULL.contains(&rule_id)).into_iter().filter(|rung| kind.has(rung));
        lines.extend(fitting.map(|rung| line(rule_id, kind, paragraph, actor, length, rung)));
    }
    // The samples' day rolls over a weekend; a last day that does not roll has words of its own.
    let counted = lines.iter().filter(|line| matches!(line.rung, Rung::LastDay | Rung::Overdue { .. }));
    let plain: Vec<_> = counted.map(|line| Line { late_after: line.shown, ..line.clone() }).collect();
    lines.extend(plain);
    for code in NOTICES {
        let rung = Rung::Notice { code, detail: "institution:sample" };
        let mut notice = line("", Kind::OperatorNotice, "", "operators", Length::None, rung);
        notice.case_number = "";
        lines.push(notice);
    }
    let mut letters = Vec::new();
    for (language, bilingual) in
        Language::ALL.into_iter().map(|language| (language, false)).chain([(Language::Kk, true)])
    {
        // Kazakh and Russian are tried alone; both in one letter needs one rule of each kind.
        let tried = lines.iter().filter(|line| !bilingual || TRIED_IN_FULL.contains(&line.rule_id));
        letters.extend(tried.map(|line| letter(language, bilingual, vec![line.clone()])));
        letters.push(letter(language, bilingual, lines.clone()));
    }
    letters
}

/// The rules that are tried with every plural form, reason and code: one of each kind.
const TRIED_IN_FULL: [&str; 5] = ["P9.PETITION", "P9.BAR_YEAR", "P11.FORWARD", "P11.ARRIVAL", "P16.WAIT"];

/// Every rung; in full with counts that need every plural form, and with every reason.
fn rungs(full: bool) -> Vec<Rung<'static>> {
    let mut rungs = vec![
        Rung::Opened,
        Rung::Lengthened,
        Rung::AlertWorkday,
        Rung::LastDay,
        Rung::AfterRight { missing: Vec::new() },
        Rung::AfterRight { missing: vec!["verdict_copy_handed", "cassation_ruling_handed"] },
        Rung::OpenIndefinite,
        Rung::Ripened { petitions: vec![day(2005, 2, 1), day(2005, 3, 8)] },
        Rung::ControlDate,
        Rung::Moved { old: None, reason: "other" },
        Rung::Closed { by: "forwarded" },
        Rung::BarEnded { open: vec!["P9.BAR_YEAR", "P9.BAR_PENDING"], unknown: vec!["verdict_in_force"] },
        Rung::BarEnded { open: Vec::new(), unknown: vec!["verdict_copy_handed"] },
        Rung::BarEnded { open: Vec::new(), unknown: Vec::new() },
        Rung::Waiting { event: "moratorium_lifted", on: day(2005, 3, 1) },
    ];
    let counts: &[u32] = if full { &[1, 2, 5, 21] } else { &[3] };
    for &n in counts {
        rungs.push(Rung::BeforeWorkingDays(n));
        rungs.push(Rung::BeforeDays(n));
        rungs.push(Rung::Overdue { days: n });
        rungs.push(Rung::ControlPassed { weeks: n });
    }
    let reasons = if full { REASONS.len() } else { 1 };
    rungs.extend(REASONS[..reasons].iter().map(|reason| Rung::Moved { old: Some(day(2005, 3, 4)), reason }));
    rungs
}

fn line(
    rule_id: &'static str,
    kind: Kind,
    paragraph: &'static str,
    actor: &'static str,
    length: Length,
    rung: Rung<'static>,
) -> Line<'static> {
    let full = TRIED_IN_FULL.contains(&rule_id);
    Line {
        case_number: "2005-0147",
        rule_id,
        paragraph,
        words: Names {
            kk: "Тармақтың мәтіні.", ru: "Текст пункта.", en: "Text of the paragraph."
        },
        russian_is_own_translation: true,
        kind,
        rung,
        owed_by: Owner { actor, names: None },
        from: day(2005, 3, 1),
        from_event: "petition_accepted",
        starting_event_id: "1",
        shown: Some(day(2005, 3, 8)),
        safe: Some(day(2005, 3, 7)),
        alert_workday: Some(day(2005, 3, 7)),
        nominal: Some(day(2005, 3, 8)),
        late_after: Some(day(2005, 3, 9)),
        free_from: Some(day(2005, 3, 9)),
        length,
        non_working_days: vec![(day(2005, 3, 8), "International Women's Day")],
        month_end_clamped: true,
        working_days_left: Some(4),
        warnings: if full { warnings().collect() } else { Vec::new() },
        irregularities: if full { irregularities().map(|code| Irregularity { code }).collect() } else { Vec::new() },
        unconfirmed: vec![Unconfirmed { event: "rejection_decree", on: day(2005, 3, 2) }],
        ended_by: vec!["forwarded", "petition_withdrawn"],
        acknowledge_url: Some("https://keshirim.example/ack/sample"),
        sequence: 1,
    }
}

fn letter(language: Language, bilingual: bool, lines: Vec<Line<'static>>) -> Letter<'static> {
    Letter {
        id: "sample",
        to_address: "reader@office.example",
        to_post: "Бөлім меңгерушісі",
        language,
        bilingual,
        from_name: "Кешірім",
        from_address: "register@keshirim.example",
        message_id_domain: "keshirim.example",
        date: DateTime::UNIX_EPOCH,
        zone: Tz::Asia__Almaty,
        public_url: "https://keshirim.example",
        high_importance: true,
        lines,
        notes: vec![
            Note::DeputyOf { post: "Бөлім меңгерушісі" },
            Note::SuperiorOf { post: "Бас маман" },
            Note::WorkingBody,
            Note::NobodyReachable { post: "Бас маман" },
            Note::Unacknowledged { post: "Бас маман" },
            Note::HandOver { post: "Бас маман" },
            Note::Nationwide { event: "moratorium_lifted", on: day(2005, 3, 1) },
        ],
    }
}

/// A constant day of a sample.
fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("the samples name days that exist")
}
