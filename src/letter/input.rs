//! What a letter is made from: plain data, built by `post::compose`, independent of the store and of the law's own types.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::LetterError;

/// The language an office reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Kazakh.
    Kk,
    /// Russian.
    Ru,
    /// English.
    En,
}

impl Language {
    /// Every language, Kazakh first.
    pub const ALL: [Self; 3] = [Self::Kk, Self::Ru, Self::En];

    /// The BCP 47 code, as in `lang="…"` and in `config/letters/`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Kk => "kk",
            Self::Ru => "ru",
            Self::En => "en",
        }
    }
}

/// One letter to one address.
#[derive(Debug, Clone)]
pub struct Letter<'a> {
    /// Id of the outbox row; Message-ID and MIME boundaries derive from it. ASCII letters, digits, `.`, `-`, `_`.
    pub id: &'a str,
    /// The reader's address.
    pub to_address: &'a str,
    /// The reader's post (title), in the reader's language; never a person's name.
    pub to_post: &'a str,
    /// The office's language.
    pub language: Language,
    /// Kazakh above Russian in one letter, whatever the language.
    pub bilingual: bool,
    /// Display name of the sender.
    pub from_name: &'a str,
    /// Address of the sender; also the ORGANIZER of calendar entries.
    pub from_address: &'a str,
    /// A domain of ours, on the right of Message-IDs, List-Id and calendar UIDs.
    pub message_id_domain: &'a str,
    /// When the letter was composed; fixed, a retry keeps it.
    pub date: DateTime<Utc>,
    /// The office's zone, for the composing time in the footer.
    pub zone: Tz,
    /// Where the register is reached, without a trailing slash.
    pub public_url: &'a str,
    /// `Importance: high`: last day and overdue only.
    pub high_importance: bool,
    /// What the letter is about; at least one.
    pub lines: Vec<Line<'a>>,
    /// Why the reader gets it, when it is not simply his own duty.
    pub notes: Vec<Note<'a>>,
}

impl Letter<'_> {
    /// The languages of the sections, top to bottom.
    pub(super) fn languages(&self) -> Vec<Language> {
        if self.bilingual { vec![Language::Kk, Language::Ru] } else { vec![self.language] }
    }

    /// Subject and calendar have room for one language: the first section's.
    pub(super) fn subject_language(&self) -> Language {
        if self.bilingual { Language::Kk } else { self.language }
    }

    /// The case number, if every line is of one case.
    pub(super) fn only_case(&self) -> Option<&str> {
        let first = self.lines.first()?.case_number;
        (!first.is_empty() && self.lines.iter().all(|line| line.case_number == first)).then_some(first)
    }
}

/// Why the reader gets this letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note<'a> {
    /// As the deputy of an absent official.
    DeputyOf {
        /// The absent official's post.
        post: &'a str,
    },
    /// As the superior of the official who owes the act.
    SuperiorOf {
        /// That official's post.
        post: &'a str,
    },
    /// As the working body, for information.
    WorkingBody,
    /// Because nobody of an office could be reached.
    NobodyReachable {
        /// The office or post.
        post: &'a str,
    },
    /// Because an earlier letter was not acknowledged.
    Unacknowledged {
        /// The post that did not acknowledge.
        post: &'a str,
    },
    /// Because the reader newly stands behind an office.
    HandOver {
        /// The office.
        post: &'a str,
    },
    /// Because a nation-wide event moved deadlines.
    Nationwide {
        /// Event type.
        event: &'a str,
        /// Its civil day.
        on: NaiveDate,
    },
}

/// A name in three languages, in the nominative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names<'a> {
    /// Kazakh.
    pub kk: &'a str,
    /// Russian.
    pub ru: &'a str,
    /// English.
    pub en: &'a str,
}

impl<'a> Names<'a> {
    /// The name in one language.
    pub const fn get(&self, language: Language) -> &'a str {
        match language {
            Language::Kk => self.kk,
            Language::Ru => self.ru,
            Language::En => self.en,
        }
    }
}

/// The words of a provision in three languages; the Kazakh are the decree's own.
pub type Words<'a> = Names<'a>;

/// Who owes the act: the actor as the contract writes it, and the directory's name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner<'a> {
    /// `working_body`, `institution:<code>`, …; what stands before the colon is looked up when `names` is missing.
    pub actor: &'a str,
    /// The name in `config/offices.toml`, if it gives one.
    pub names: Option<Names<'a>>,
}

/// The kind of term a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An act owed by a day.
    Duty,
    /// An act the convict may do by a day.
    Right,
    /// What must not happen; never counted down, never closed in a letter.
    Bar,
    /// A soft wait of the working body.
    Wait,
    /// A duty without a legal length.
    Step,
    /// A notice to the operators.
    OperatorNotice,
}

/// Which rung of the ladder the letter stands on. "Today" is the office's civil day on which the letter is composed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rung<'a> {
    /// The term has just opened.
    Opened,
    /// A bar reaches further than was told.
    Lengthened,
    /// So many working days before the day (for a step: before the internal control date).
    BeforeWorkingDays(u32),
    /// So many days before the day.
    BeforeDays(u32),
    /// The last working day at or before the earliest reading.
    AlertWorkday,
    /// The last day.
    LastDay,
    /// Late, in days after `late_after`.
    Overdue {
        /// Days late.
        days: u32,
    },
    /// The day after an unused right: the act of paragraph 9 is to be drawn up, or facts are missing in the register.
    AfterRight {
        /// Event types that are missing; empty = the act is to be drawn up.
        missing: Vec<&'a str>,
    },
    /// A right without an end date (moratorium).
    OpenIndefinite,
    /// The wait is over.
    Ripened {
        /// Days on which the attached petitions were received.
        petitions: Vec<NaiveDate>,
    },
    /// The internal control date of a step.
    ControlDate,
    /// Past the internal control date.
    ControlPassed {
        /// Whole weeks past.
        weeks: u32,
    },
    /// The date moved (the line carries the new one).
    Moved {
        /// The day told before, if there was one.
        old: Option<NaiveDate>,
        /// Reason code, one of [`super::REASONS`].
        reason: &'a str,
    },
    /// Met, lifted or closed.
    Closed {
        /// Event type that ended it.
        by: &'a str,
    },
    /// A bar ended or shortened: for the working body only.
    BarEnded {
        /// Rule ids of the bars still open.
        open: Vec<&'a str>,
        /// Unknown facts: `verdict_in_force`, `verdict_copy_handed`.
        unknown: Vec<&'a str>,
    },
    /// An entry awaits a second person's confirmation.
    Waiting {
        /// Event type of the entry.
        event: &'a str,
        /// Its civil day.
        on: NaiveDate,
    },
    /// A notice to the operators.
    Notice {
        /// Code, one of [`super::NOTICES`].
        code: &'a str,
        /// An office code, an address or a day; free text of people does not belong here.
        detail: &'a str,
    },
}

/// The length of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Calendar days.
    Days(u32),
    /// Weeks.
    Weeks(u32),
    /// Calendar months.
    Months(u32),
    /// Years.
    Years(u32),
    /// Until an event, without a date.
    UntilEvent,
    /// The decree sets none.
    None,
}

/// An entry that a second person has not confirmed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unconfirmed<'a> {
    /// Event type.
    pub event: &'a str,
    /// Its civil day.
    pub on: NaiveDate,
}

/// An irregularity found in the case; the paragraph is in its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Irregularity<'a> {
    /// Code, one of [`super::irregularities`]; an unknown code gets the sentence of `other`.
    pub code: &'a str,
}

/// One deadline at one rung.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    /// The office's own case number; empty only in notices to the operators.
    pub case_number: &'a str,
    /// Rule id of the contract, `P11.FORWARD`.
    pub rule_id: &'a str,
    /// Paragraph as the contract writes it (`11`, `17(1)`); not used for article 2 of the Decree.
    pub paragraph: &'a str,
    /// The provision's words; empty only in notices to the operators.
    pub words: Words<'a>,
    /// The Russian words are the project's translation, not the official text.
    pub russian_is_own_translation: bool,
    /// Kind of term.
    pub kind: Kind,
    /// Rung of the ladder.
    pub rung: Rung<'a>,
    /// Who owes the act (for a right: who tells the convict).
    pub owed_by: Owner<'a>,
    /// Civil day of the starting event.
    pub from: NaiveDate,
    /// Type of the starting event.
    pub from_event: &'a str,
    /// Id of the starting event in the register; part of the calendar UID.
    pub starting_event_id: &'a str,
    /// The day shown: the last day of a duty, right, bar or wait; a step's internal control date.
    pub shown: Option<NaiveDate>,
    /// The earliest reading of the day.
    pub safe: Option<NaiveDate>,
    /// Last working day at or before `safe`.
    pub alert_workday: Option<NaiveDate>,
    /// The day as counted, not rolled.
    pub nominal: Option<NaiveDate>,
    /// Late only after this (rolled) day; duties only.
    pub late_after: Option<NaiveDate>,
    /// A wait's first day after it.
    pub free_from: Option<NaiveDate>,
    /// Length of the term.
    pub length: Length,
    /// Non-working days that moved the day, with their names as the calendar has them.
    pub non_working_days: Vec<(NaiveDate, &'a str)>,
    /// The last month has no such date.
    pub month_end_clamped: bool,
    /// Working days from today to `alert_workday`, both rungs and "opened" may carry it.
    pub working_days_left: Option<u32>,
    /// Warning codes, of [`super::warnings`].
    pub warnings: Vec<&'a str>,
    /// Irregularities of the case.
    pub irregularities: Vec<Irregularity<'a>>,
    /// Entries awaiting confirmation on which the line depends.
    pub unconfirmed: Vec<Unconfirmed<'a>>,
    /// Event types that end it, any of them.
    pub ended_by: Vec<&'a str>,
    /// Full address of the page that acknowledges this line, if there is one.
    pub acknowledge_url: Option<&'a str>,
    /// SEQUENCE of the calendar entry: rises with each recalculation.
    pub sequence: u32,
}

impl Rung<'_> {
    /// Name for errors.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Lengthened => "lengthened",
            Self::BeforeWorkingDays(_) => "before_working_days",
            Self::BeforeDays(_) => "before_days",
            Self::AlertWorkday => "alert_workday",
            Self::LastDay => "last_day",
            Self::Overdue { .. } => "overdue",
            Self::AfterRight { .. } => "after_right",
            Self::OpenIndefinite => "open_indefinite",
            Self::Ripened { .. } => "ripened",
            Self::ControlDate => "control_date",
            Self::ControlPassed { .. } => "control_passed",
            Self::Moved { .. } => "moved",
            Self::Closed { .. } => "closed",
            Self::BarEnded { .. } => "bar_ended",
            Self::Waiting { .. } => "waiting",
            Self::Notice { .. } => "notice",
        }
    }
}

impl Kind {
    /// Whether this kind of term has that rung. A bar may open, lengthen or wait for a confirmation;
    /// that it ended or shortened is told only as [`Rung::BarEnded`].
    pub const fn has(self, rung: &Rung<'_>) -> bool {
        use Rung as R;
        match self {
            Self::Duty => matches!(
                rung,
                R::Opened
                    | R::BeforeWorkingDays(_)
                    | R::BeforeDays(_)
                    | R::AlertWorkday
                    | R::LastDay
                    | R::Overdue { .. }
                    | R::Moved { .. }
                    | R::Closed { .. }
                    | R::Waiting { .. }
            ),
            Self::Right => matches!(
                rung,
                R::Opened
                    | R::BeforeWorkingDays(_)
                    | R::BeforeDays(_)
                    | R::LastDay
                    | R::AfterRight { .. }
                    | R::OpenIndefinite
                    | R::Moved { .. }
                    | R::Closed { .. }
                    | R::Waiting { .. }
            ),
            Self::Bar => matches!(rung, R::Opened | R::Lengthened | R::BarEnded { .. } | R::Waiting { .. }),
            Self::Wait => {
                matches!(rung, R::Opened | R::Ripened { .. } | R::Moved { .. } | R::Closed { .. } | R::Waiting { .. })
            }
            Self::Step => matches!(
                rung,
                R::Opened
                    | R::BeforeWorkingDays(_)
                    | R::ControlDate
                    | R::ControlPassed { .. }
                    | R::Moved { .. }
                    | R::Closed { .. }
                    | R::Waiting { .. }
            ),
            Self::OperatorNotice => matches!(rung, R::Notice { .. }),
        }
    }
}

impl<'a> Line<'a> {
    /// A notice to the operators: one of [`super::NOTICES`], with the office, address, case or day it is about.
    pub fn notice(code: &'a str, detail: &'a str, on: NaiveDate) -> Self {
        const NOTHING: Names<'static> = Names { kk: "", ru: "", en: "" };
        Self {
            case_number: "",
            rule_id: "",
            paragraph: "",
            words: NOTHING,
            russian_is_own_translation: false,
            kind: Kind::OperatorNotice,
            rung: Rung::Notice { code, detail },
            owed_by: Owner { actor: "operators", names: None },
            from: on,
            from_event: "",
            starting_event_id: "",
            shown: None,
            safe: None,
            alert_workday: None,
            nominal: None,
            late_after: None,
            free_from: None,
            length: Length::None,
            non_working_days: Vec::new(),
            month_end_clamped: false,
            working_days_left: None,
            warnings: Vec::new(),
            irregularities: Vec::new(),
            unconfirmed: Vec::new(),
            ended_by: Vec::new(),
            acknowledge_url: None,
            sequence: 0,
        }
    }
}

impl Line<'_> {
    /// Refuses a rung that the kind of term does not have.
    pub(super) fn check(&self) -> Result<(), LetterError> {
        if self.kind.has(&self.rung) {
            return Ok(());
        }
        Err(LetterError::NoSuchRung {
            kind: self.kind,
            rung: self.rung.name(),
            rule: self.rule_id.escape_default().to_string(),
        })
    }
}
