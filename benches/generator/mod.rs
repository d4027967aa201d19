//! Registers of any size for measurements: cases as an office would have them, from a seed, one at a time.
//!
//! A case depends on the seed and its serial number alone, so nothing is kept between cases and the order in which they are asked
//! for changes nothing. Petitions come in evenly over [`YEARS_DAYS`] up to the day given; what happens after that day has not happened
//! yet. So most stories are finished, those of the last months are under way, some things are due in a few days, and a few are late.

mod death;
mod prison;
mod rng;
mod write;

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};
use keshirim::law::timeline::EventKind;

pub(crate) use write::{Days, opening, told};

use rng::Rng;

/// The days over which petitions came in: twelve years.
const YEARS_DAYS: Day = 12 * 365;
/// The fewest and the most events of a case beyond its opening.
const EVENTS: RangeInclusive<usize> = 5..=15;
/// A story longer than this can do without its asides, and with this chance does.
const AMPLE_EVENTS: usize = 7;
const ASIDES_LEFT_OUT_PERCENT: u64 = 60;
/// Death cases in a thousand.
const DEATHS_IN_A_THOUSAND: u64 = 10;
/// How often, in a million steps of the last year, nothing more is entered although the next step was due: somebody is late. Older
/// ones have been chased.
const STUCK_IN_A_MILLION: u64 = 400;
/// The days in which a stopped case has not been chased yet.
const UNCHASED_DAYS: i32 = 400;
/// Institutions, executing bodies, courts and verifying bodies that appear.
const INSTITUTIONS: u64 = 82;
const REGIONS: u64 = 20;

/// A day, counted from 1 January 1 (as chrono counts).
pub(crate) type Day = i32;

/// What a generated register is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// How many cases.
    pub(crate) cases: u64,
    /// What makes this register another one than the next.
    pub(crate) seed: u64,
    /// The last day on which anything has happened.
    pub(crate) until: NaiveDate,
    /// No case is ever closed.
    pub(crate) all_open: bool,
}

/// The sentence of a generated case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sentence {
    /// Death.
    Death,
    /// A term in prison.
    Imprisonment,
    /// Something else.
    Other,
}

/// What a case's first line says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    /// The serial number, from 1.
    pub(crate) serial: u64,
    /// The year in the case's number: of the petition.
    pub(crate) year: i32,
    /// The sentence.
    pub(crate) sentence: Sentence,
    /// The gravity, where it is known.
    pub(crate) category: Option<&'static str>,
    /// Of the institution's code.
    pub(crate) institution: u64,
    /// In western Kazakhstan the civil day began an hour later.
    pub(crate) western: bool,
}

/// What an event says besides its kind and day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// Nothing.
    Nothing,
    /// `repeat`.
    Repeat,
    /// `postmark`.
    Postmark,
    /// `road`: a relative, with the accepting institution where it is known.
    ByRelative(Option<u64>),
    /// `subject`: the paper is a refusal act.
    RefusalAct,
    /// `to` an institution.
    ToInstitution(u64),
    /// `to` a region's body.
    ToRegion(u64),
    /// `to` one of the two addressees of paragraph 17(1).
    To(&'static str),
    /// `institution`: a region's court.
    Court(u64),
    /// `outcome`.
    Outcome(&'static str),
    /// `members`, `present`, `votes_for`, `votes_against`.
    Votes([u64; 4]),
}

/// One event of a case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    /// What happened.
    pub(crate) kind: EventKind,
    /// When.
    pub(crate) day: Day,
    /// What else is said.
    pub(crate) says: Says,
    /// The first to be left out of a story that has grown too long.
    optional: bool,
}

/// A case: its opening and its events, in the order of their days.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The first line.
    pub(crate) opening: Opening,
    /// The others.
    pub(crate) events: Vec<Event>,
}

impl Plan {
    /// What the case with that serial number, from 1 to [`Plan::cases`], says in its first line.
    pub(crate) fn opening(&self, serial: u64) -> Opening {
        self.begun(serial).0
    }

    fn begun(&self, serial: u64) -> (Opening, Day, Rng) {
        let mut rng = Rng::of(self.seed, serial);
        let days = u64::try_from(YEARS_DAYS).unwrap_or(1);
        let passed = Day::try_from((serial - 1) * days / self.cases.max(1)).unwrap_or(0);
        let petition = self.until.num_days_from_ce() - YEARS_DAYS + passed + 1;
        let year = NaiveDate::from_num_days_from_ce_opt(petition).map_or(0, |day| day.year());
        let sentence = match rng.below(1_000) {
            0..DEATHS_IN_A_THOUSAND => Sentence::Death,
            n if n < 960 => Sentence::Imprisonment,
            _ => Sentence::Other,
        };
        let category = match (sentence, rng.below(100)) {
            (Sentence::Death, _) | (_, 75..97) => Some("especially_grave"),
            (_, 0..30) => Some("other"),
            (_, 30..75) => Some("grave"),
            _ => None,
        };
        let institution = rng.below(INSTITUTIONS);
        let western = institution.is_multiple_of(9);
        (Opening { serial, year, sentence, category, institution, western }, petition, rng)
    }

    /// The case with that serial number.
    pub(crate) fn case(&self, serial: u64) -> Case {
        let (opening, petition, rng) = self.begun(serial);
        let until = self.until.num_days_from_ce();
        let tell = |rng: Rng, repeats: bool| {
            let asides = rng.clone();
            let all_open = self.all_open;
            let teller = Teller { rng, until, day: petition, over: false, repeats, all_open, events: Vec::new() };
            let events = match opening.sentence {
                Sentence::Death => death::story(teller),
                Sentence::Imprisonment | Sentence::Other => prison::story(teller, petition, opening.category),
            };
            within_limits(asides, events)
        };
        // A story that grows too long even without its asides is told again without a second petition.
        let events = tell(rng.clone(), true).or_else(|_| tell(rng, false)).unwrap_or_else(|events| events);
        Case { opening, events }
    }
}

/// Leaves out asides: most of them, for few offices enter everything, and as many as it takes to fit; as it is, if it does not.
fn within_limits(mut rng: Rng, mut events: Vec<Event>) -> Result<Vec<Event>, Vec<Event>> {
    let mut at = 0;
    while let Some(event) = events.get(at) {
        let spare =
            events.len() > *EVENTS.end() || (events.len() > AMPLE_EVENTS && rng.below(100) < ASIDES_LEFT_OUT_PERCENT);
        if event.optional && spare {
            events.remove(at);
        } else {
            at += 1;
        }
    }
    assert!(events.len() >= *EVENTS.start(), "a story begins with at least five events: {events:?}");
    if events.len() <= *EVENTS.end() { Ok(events) } else { Err(events) }
}

/// Tells a story event by event until the day on which it is told.
#[derive(Clone, Debug)]
struct Teller {
    rng: Rng,
    until: Day,
    /// The day of the last event.
    day: Day,
    /// The day has come, or nobody goes on.
    over: bool,
    /// Whether there may be a second petition.
    repeats: bool,
    all_open: bool,
    events: Vec<Event>,
}

impl Teller {
    /// An event of the time before the petition, when nobody waited for anything.
    fn before(&mut self, kind: EventKind, from: Day, days: RangeInclusive<i32>, says: Says, optional: bool) {
        let day = from + self.rng.between(&days);
        self.events.push(Event { kind, day, says, optional });
    }

    /// The next event, so many days later, on a working day; false if it has not happened yet.
    fn then(&mut self, kind: EventKind, days: RangeInclusive<i32>, says: Says) -> bool {
        let day = working_day(self.day + self.rng.between(&days));
        if self.over || day > self.until {
            self.over = true;
            return false;
        }
        if self.until - day < UNCHASED_DAYS && self.rng.below(1_000_000) < STUCK_IN_A_MILLION {
            self.over = true;
        }
        self.day = day;
        self.events.push(Event { kind, day, says, optional: false });
        true
    }

    /// The next event, which a long story can do without.
    fn aside(&mut self, kind: EventKind, days: RangeInclusive<i32>, says: Says) {
        if self.then(kind, days, says)
            && let Some(last) = self.events.last_mut()
        {
            last.optional = true;
        }
    }

    /// A closing event; false if it has not happened yet.
    fn close(&mut self, kind: EventKind, days: RangeInclusive<i32>) -> bool {
        !self.all_open && self.then(kind, days, Says::Nothing)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.rng.below(100) < percent
    }

    /// Something ends the case on a day between the petition and now: everything after it never happened.
    fn cut_short(&mut self, from: Day, closing: EventKind) -> bool {
        if self.all_open {
            return false;
        }
        let day = working_day(from + self.rng.between(&(1..=YEARS_DAYS)));
        if day > self.until {
            return false;
        }
        self.events.retain(|event| event.day < day);
        if self.events.iter().any(|event| event.kind.closes()) {
            return false;
        }
        self.events.push(Event { kind: closing, day, says: Says::Nothing, optional: false });
        self.day = day;
        self.over = false;
        true
    }
}

/// That day, or the Monday after it.
fn working_day(day: Day) -> Day {
    // Day 1 of the count was a Monday.
    match day.rem_euclid(7) {
        6 => day + 2,
        0 => day + 1,
        _ => day,
    }
}
