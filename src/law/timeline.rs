//! Facts: dated events of one case, with the nation-wide ones merged in.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

pub use super::event_kind::EventKind;
use super::names::names;

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
