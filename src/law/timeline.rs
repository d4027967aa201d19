//! Facts: dated events of one case, with the nation-wide ones merged in.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// The kinds of events, in the decree's order (contract.md "Event types").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// The verdict entered into legal force (paras 8, 9).
    VerdictInForce,
    /// The copy of the verdict was handed to the convict (para 9).
    VerdictCopyHanded,
    /// The cassation ruling was handed to the convict (para 9).
    CassationRulingHanded,
    /// A petition for pardon was accepted (paras 10, 11). `road` names another road than the administration.
    PetitionAccepted,
    /// The convict declared no wish to petition (para 9).
    RefusalDeclared,
    /// The act of refusal or of non-filing was drawn up (paras 9, 11).
    RefusalActDrawn,
    /// The petition or the act was sent to the President's Administration (para 11). `postmark`: by the stamp of the post.
    Forwarded,
    /// The President's Administration received it.
    ReceivedByAdministration,
    /// The Division sent the file to the Supreme Court (para 11).
    DispatchedToSupremeCourt,
    /// The Division sent the file to the Prosecutor General's Office (para 11).
    DispatchedToProsecutorGeneral,
    /// The Supreme Court received the file.
    ReceivedBySupremeCourt,
    /// The Prosecutor General's Office received the file.
    ReceivedByProsecutorGeneral,
    /// The Supreme Court presented its conclusion (paras 7(2), 11).
    ConclusionSupremeCourt,
    /// The Prosecutor General presented the conclusion (paras 7(2), 11).
    ConclusionProsecutorGeneral,
    /// The petition was sent for verification (para 12). `to` names the verifying body.
    SentForVerification,
    /// The verification came back (para 12).
    VerificationReturned,
    /// No grounds were found to submit the petition to the Commission (para 15).
    NoGroundsDecided,
    /// The petitioner was informed of that (para 15).
    PetitionerNotified,
    /// An early repeat petition was attached to the materials at hand (para 16).
    PetitionAttached,
    /// A human recognised new noteworthy circumstances (para 16).
    NewCircumstancesRecognised,
    /// The petition was submitted to the Commission (para 13).
    SubmittedToCommission,
    /// The Commission sat (paras 5, 6). Fields: `members`, `present`, `votes_for`, `votes_against`, `outcome`.
    CommissionSat,
    /// The minutes were signed (para 6).
    MinutesSigned,
    /// The Commission submitted the petition to the Head of State (para 13).
    SubmittedToHeadOfState,
    /// The President rejected the petition by decree (para 14).
    RejectionDecree,
    /// The President pardoned by decree (para 14). `outcome`: what the pardon gives (para 1).
    PardonDecree,
    /// The decree was sent for execution (para 17). `to` names the addressee.
    DecreeDispatched,
    /// The Supreme Court received the decree (para 17(1)).
    DecreeReceivedSc,
    /// The Prosecutor General's Office received the decree (para 17(1)).
    DecreeReceivedPg,
    /// The body in charge of execution received the decree (para 17(2)).
    DecreeReceivedExec,
    /// The execution was reported to the President's Administration (para 18).
    ExecutionReported,
    /// The sentence was executed. Closes the case; starts the report of para 18.
    SentenceExecuted,
    /// The materials on the refusal to petition were considered (para 9; A56: an explicit act entered by a human).
    RefusalMaterialsConsidered,
    /// A court quashed or changed the verdict (para 19). Closes the case; starts the court's notice.
    VerdictQuashedOrChanged,
    /// The Commission was informed of that through its working body (para 19).
    CourtNoticeReceived,
    /// A missed petition window was restored by a decision (A52).
    WindowRestored,
    /// The convict was transferred to the institution `to`.
    ConvictTransferred,
    /// The convict died. Closes everything.
    ConvictDied,
    /// A petition was withdrawn. It ends no bar.
    PetitionWithdrawn,
    /// A moratorium on executions was declared: nation-wide, stored once.
    MoratoriumDeclared,
    /// The moratorium was lifted: nation-wide, stored once.
    MoratoriumLifted,
    /// The decree itself entered into force (its articles 2 and 4).
    DecreeInForce,
    /// The convict was informed of the open petition window.
    ConvictInformed,
    /// An amnesty was applied. Closes the case.
    AmnestyApplied,
    /// The register entry was closed, with a reason code.
    CaseClosed,
}

impl EventKind {
    /// Every kind, in the decree's order.
    pub const ALL: &'static [Self] = &[
        Self::VerdictInForce,
        Self::VerdictCopyHanded,
        Self::CassationRulingHanded,
        Self::PetitionAccepted,
        Self::RefusalDeclared,
        Self::RefusalActDrawn,
        Self::Forwarded,
        Self::ReceivedByAdministration,
        Self::DispatchedToSupremeCourt,
        Self::DispatchedToProsecutorGeneral,
        Self::ReceivedBySupremeCourt,
        Self::ReceivedByProsecutorGeneral,
        Self::ConclusionSupremeCourt,
        Self::ConclusionProsecutorGeneral,
        Self::SentForVerification,
        Self::VerificationReturned,
        Self::NoGroundsDecided,
        Self::PetitionerNotified,
        Self::PetitionAttached,
        Self::NewCircumstancesRecognised,
        Self::SubmittedToCommission,
        Self::CommissionSat,
        Self::MinutesSigned,
        Self::SubmittedToHeadOfState,
        Self::RejectionDecree,
        Self::PardonDecree,
        Self::DecreeDispatched,
        Self::DecreeReceivedSc,
        Self::DecreeReceivedPg,
        Self::DecreeReceivedExec,
        Self::ExecutionReported,
        Self::SentenceExecuted,
        Self::RefusalMaterialsConsidered,
        Self::VerdictQuashedOrChanged,
        Self::CourtNoticeReceived,
        Self::WindowRestored,
        Self::ConvictTransferred,
        Self::ConvictDied,
        Self::PetitionWithdrawn,
        Self::MoratoriumDeclared,
        Self::MoratoriumLifted,
        Self::DecreeInForce,
        Self::ConvictInformed,
        Self::AmnestyApplied,
        Self::CaseClosed,
    ];

    /// The name used in files, on the command line and over HTTP.
    pub fn as_str(self) -> &'static str {
        NAMES[self as usize]
    }

    /// Whether the event belongs to every case and is stored once.
    pub fn is_nationwide(self) -> bool {
        matches!(self, Self::MoratoriumDeclared | Self::MoratoriumLifted)
    }

    /// A43: what closes a case besides the decree's own events (the decree is silent).
    pub fn closes(self) -> bool {
        matches!(
            self,
            Self::ConvictDied
                | Self::AmnestyApplied
                | Self::SentenceExecuted
                | Self::VerdictQuashedOrChanged
                | Self::CaseClosed
        )
    }
}

/// Names in the order of the variants.
const NAMES: &[&str] = &[
    "verdict_in_force",
    "verdict_copy_handed",
    "cassation_ruling_handed",
    "petition_accepted",
    "refusal_declared",
    "refusal_act_drawn",
    "forwarded",
    "received_by_administration",
    "dispatched_to_supreme_court",
    "dispatched_to_prosecutor_general",
    "received_by_supreme_court",
    "received_by_prosecutor_general",
    "conclusion_supreme_court",
    "conclusion_prosecutor_general",
    "sent_for_verification",
    "verification_returned",
    "no_grounds_decided",
    "petitioner_notified",
    "petition_attached",
    "new_circumstances_recognised",
    "submitted_to_commission",
    "commission_sat",
    "minutes_signed",
    "submitted_to_head_of_state",
    "rejection_decree",
    "pardon_decree",
    "decree_dispatched",
    "decree_received_sc",
    "decree_received_pg",
    "decree_received_exec",
    "execution_reported",
    "sentence_executed",
    "refusal_materials_considered",
    "verdict_quashed_or_changed",
    "court_notice_received",
    "window_restored",
    "convict_transferred",
    "convict_died",
    "petition_withdrawn",
    "moratorium_declared",
    "moratorium_lifted",
    "decree_in_force",
    "convict_informed",
    "amnesty_applied",
    "case_closed",
];

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EventKind {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match NAMES.iter().position(|n| *n == name) {
            Some(i) => Ok(Self::ALL[i]),
            None => Err(UnknownName { what: "event type", name: name.to_owned(), known: NAMES }),
        }
    }
}

/// A name that is none of the known ones, with the nearest of them as the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// What was expected: "event type", "sentence", "rule", …
    pub what: &'static str,
    /// What was given.
    pub name: String,
    /// What there is.
    pub known: &'static [&'static str],
}

/// Below this similarity (Jaro-Winkler, 0 to 1) a known name is no help to someone who mistyped another.
const SIMILARITY_MIN: f64 = 0.75;

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown {} \"{}\"", self.what, self.name)?;
        let nearest = self
            .known
            .iter()
            .map(|known| (strsim::jaro_winkler(known, &self.name), *known))
            .filter(|(similarity, _)| *similarity >= SIMILARITY_MIN)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        match nearest {
            Some((_, known)) => write!(f, ", did you mean \"{known}\"?"),
            None if self.known.len() <= 8 => write!(f, "; known are {}", self.known.join(", ")),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnknownName {}

/// Declares an enum of names: variants, `as_str`, `FromStr`, `Display`.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Every name, in order.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// The name used in files, on the command line and over HTTP.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::law::timeline::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                match name {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::law::timeline::UnknownName { what: $what, name: name.to_owned(), known: Self::NAMES }),
                }
            }
        }
    };
}
pub(crate) use names;

names! {
    /// The kind of sentence; it decides which paragraphs speak of the case.
    Sentence, "sentence" {
        /// Sentenced to death: paras 9, 11 second sentence, 17(1), 18 first limb.
        Death = "death",
        /// Deprivation of liberty: paras 13, 16, 17(2), 18 second limb.
        Imprisonment = "imprisonment",
        /// A milder punishment: as deprivation of liberty.
        Other = "other",
        /// No convict at all: the decree's own articles.
        None = "none",
    }
}

names! {
    /// The gravity that para 16 asks for (Criminal Code 1997, art. 10).
    CrimeCategory, "crime category" {
        /// Neither grave nor especially grave (`minor` and `medium` are read as this).
        Other = "other",
        /// Grave.
        Grave = "grave",
        /// Especially grave; every crime punishable by death is (Criminal Code 1997, art. 10(5)).
        EspeciallyGrave = "especially_grave",
    }
}

names! {
    /// Which paper is meant: para 11 knows two.
    Subject, "subject" {
        /// The petition for pardon.
        Petition = "petition",
        /// The act of para 9.
        RefusalAct = "refusal_act",
    }
}

/// When something was entered: an instant, or only a day (old paper journals).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// An instant.
    Instant(DateTime<Utc>),
    /// A civil day in the case's zone.
    Day(NaiveDate),
}

impl Moment {
    /// The first instant this can mean.
    pub fn earliest(self, zone: Tz) -> DateTime<Utc> {
        match self {
            Self::Instant(at) => at,
            Self::Day(day) => day_begins(day, zone),
        }
    }

    /// The last instant this can mean: for a day, the instant it ends.
    pub fn latest(self, zone: Tz) -> DateTime<Utc> {
        match self {
            Self::Instant(at) => at,
            Self::Day(day) => day_ends(day, zone),
        }
    }
}

/// The instant at which the civil day `day` begins in `zone`: its first moment, also where midnight happens twice or never.
pub fn day_begins(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    for quarters in 0..=12 {
        let local = midnight + chrono::TimeDelta::minutes(15 * quarters);
        if let Some(at) = zone.from_local_datetime(&local).earliest() {
            return at.to_utc();
        }
    }
    midnight.and_utc()
}

/// The instant at which the civil day `day` ends in `zone` (A41: law-last is 24:00; CC 176(1), CPC 54(4)).
///
/// 29 February 2024 in Almaty has 25 hours and ends at 19:00Z.
pub fn day_ends(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    day.succ_opt().map_or(DateTime::<Utc>::MAX_UTC, |next| day_begins(next, zone))
}

/// One dated fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The local civil day it happened, in the zone of the place (A40: by the mark of the institution; terms on civil dates only).
    pub date: NaiveDate,
    /// The local time, where it is known. No term depends on it.
    pub local_time: Option<NaiveTime>,
    /// A moratorium's act: the day it entered into force, where that is another day than `date`.
    pub in_force: Option<NaiveDate>,
    /// A moratorium's act: the day it was published.
    pub published: Option<NaiveDate>,
    /// When it was entered in the register.
    pub recorded_at: Option<Moment>,
    /// When it was struck from the register.
    pub retracted_at: Option<Moment>,
    /// A second person has not confirmed it yet: it ends or shortens no bar.
    pub unconfirmed: bool,
    /// The petition calls itself a repeat. A petition after a rejection is one without saying so.
    pub repeat: bool,
    /// Sent by post, dated by the postmark (CC 176(2), CPC 55(1)).
    pub postmark: bool,
    /// What came of it (a pardon's outcome, a vote's result).
    pub outcome: Option<Box<str>>,
    /// The road a petition came by; `administration` or nothing is the road of para 10.
    pub road: Option<Box<str>>,
    /// The institution (or body) where it happened.
    pub institution: Option<Box<str>>,
    /// The addressee or destination.
    pub to: Option<Box<str>>,
    /// Which of the two papers of para 11 it concerns.
    pub subject: Option<Subject>,
    /// 1-based index of the event it answers; without it the oldest unanswered one.
    pub answers: Option<u32>,
    /// `commission_sat`: how many members the Commission has.
    pub members: Option<u32>,
    /// `commission_sat`: how many took part.
    pub present: Option<u32>,
    /// `commission_sat`: votes for the petition.
    pub votes_for: Option<u32>,
    /// `commission_sat`: votes against.
    pub votes_against: Option<u32>,
}

impl Event {
    /// A bare event: what and when.
    pub fn new(kind: EventKind, date: NaiveDate) -> Self {
        Self {
            kind,
            date,
            local_time: None,
            in_force: None,
            published: None,
            recorded_at: None,
            retracted_at: None,
            unconfirmed: false,
            repeat: false,
            postmark: false,
            outcome: None,
            road: None,
            institution: None,
            to: None,
            subject: None,
            answers: None,
            members: None,
            present: None,
            votes_for: None,
            votes_against: None,
        }
    }

    /// Which paper it is, for the two events that put a paper into the world.
    pub fn paper(&self) -> Option<Subject> {
        match self.kind {
            EventKind::PetitionAccepted => Some(Subject::Petition),
            EventKind::RefusalActDrawn => Some(Subject::RefusalAct),
            _ => None,
        }
    }

    /// Whether the petition came by another road than the administration of the institution (A51).
    pub fn by_another_road(&self) -> bool {
        self.road.as_deref().is_some_and(|road| !matches!(road, "administration" | "institution"))
    }

    /// A28: the day a declared moratorium begins to bar: the earliest day named.
    pub fn earliest_day(&self) -> NaiveDate {
        [Some(self.date), self.in_force, self.published].into_iter().flatten().min().unwrap_or(self.date)
    }

    /// A24: the day a lifting takes effect: the latest of signing, entry into force and publication.
    pub fn latest_day(&self) -> NaiveDate {
        [Some(self.date), self.in_force, self.published].into_iter().flatten().max().unwrap_or(self.date)
    }

    /// Whether the entry stood in the register at `known_at` (A42: what was known then must be answerable).
    ///
    /// Without `known_at` a retracted entry is ignored.
    pub fn stood(&self, known_at: Option<Moment>, zone: Tz) -> bool {
        match known_at {
            None => self.retracted_at.is_none(),
            Some(known_at) => {
                let known_at = known_at.latest(zone);
                self.recorded_at.is_none_or(|at| at.earliest(zone) <= known_at)
                    && self.retracted_at.is_none_or(|at| at.earliest(zone) > known_at)
            }
        }
    }
}

/// The facts of one convict and one verdict (A54: one timeline per person; terms are personal).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// The kind of sentence.
    pub sentence: Sentence,
    /// The gravity, where it is known.
    pub crime_category: Option<CrimeCategory>,
    /// Where the institution is; civil days are local to it.
    pub zone: Tz,
    /// The institution in which the convict is held, where the register knows it (its code).
    pub institution: Option<Box<str>>,
    /// The events in the order they were recorded, the nation-wide ones among them.
    pub events: Vec<Event>,
}

impl Timeline {
    /// The institution in which the convict was on `day`: the case's, or where the last transfer up to that day led.
    pub fn institution_on(&self, day: NaiveDate) -> Option<&str> {
        self.events
            .iter()
            .filter(|e| e.kind == EventKind::ConvictTransferred && e.retracted_at.is_none() && e.date <= day)
            .max_by_key(|e| e.date)
            .and_then(|e| e.to.as_deref())
            .or(self.institution.as_deref())
    }
}
