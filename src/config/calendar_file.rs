//! `config/calendar.toml`: the days, each with its act, and how far they are vouched for.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, Weekday};

use super::node::Node;
use super::source::Source;

use super::problem::Problems;

/// Most entries in either list: some sixty years of days.
const ENTRIES_MAX: usize = 2_000;

/// A day off that is not an ordinary Saturday or Sunday.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayOff {
    /// The civil day.
    pub date: NaiveDate,
    /// What it is, in English.
    pub name: String,
    /// The act that makes it so, or the source where the act was not seen.
    pub act: String,
}

/// A Saturday or Sunday that is a working day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worked {
    /// The civil day.
    pub date: NaiveDate,
    /// The act that makes it so, or the source where the act was not seen.
    pub act: String,
}

/// The calendar as its file gives it, checked: no day twice, every day within the known range, both lists in the order of days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarFile {
    /// First day the lists speak of; before it only weekends are known.
    pub known_from: NaiveDate,
    /// Last day whose entries are vouched for; later days are used, with the warning `calendar_provisional`.
    pub verified_until: NaiveDate,
    /// Last day the lists speak of; past it only weekends are known, with the warning `calendar_unknown`.
    pub known_until: NaiveDate,
    /// Days off that are not ordinary weekends.
    pub day_off: Vec<DayOff>,
    /// Saturdays and Sundays that are working days.
    pub worked: Vec<Worked>,
}

impl CalendarFile {
    /// The calendar shipped with the program.
    pub fn shipped() -> Self {
        Self::parse("the built-in calendar.toml", super::SHIPPED_CALENDAR)
            .expect("a test reads the shipped calendar before it is shipped")
    }

    /// The calendar that deadlines are counted with.
    pub fn calendar(&self) -> crate::law::calendar::Calendar {
        crate::law::calendar::Calendar::new(
            self.known_from,
            self.verified_until,
            self.known_until,
            self.day_off.iter().map(|day| (day.date, day.name.clone())),
            self.worked.iter().map(|day| day.date),
        )
    }

    /// Reads `text`, calling it `file` in every [`super::Problem`]. Refused are: what is not TOML, unknown keys, values of
    /// another type, horizons out of order, a day outside the known range or listed twice, a worked day that is no
    /// Saturday or Sunday, a day off that is one, an entry without an act, a known year without a day off.
    pub fn parse(file: &str, text: &str) -> Result<Self, Problems> {
        let source = Source::new(file, text);
        let table = source.parse()?;
        let root = Node::root(&source, &table, &["known_from", "verified_until", "known_until", "day_off", "worked"]);
        let horizon = Horizon::read(&root);
        let mut seen = BTreeMap::new();
        let mut day_off = read_days_off(&root, &horizon, &mut seen);
        let mut worked = read_worked(&root, &horizon, &mut seen);
        if source.is_clean() {
            // Asked last: a slip above may be why a year looks empty.
            horizon.refuse_empty_year(&root, &day_off);
        }
        day_off.sort_by_key(|entry| entry.date);
        worked.sort_by_key(|entry| entry.date);
        let Horizon { known_from, verified_until, known_until } = horizon;
        source.finish(Self { known_from, verified_until, known_until, day_off, worked })
    }
}

/// The days seen so far, each with the entry it was seen in.
type Seen = BTreeMap<NaiveDate, String>;

fn read_days_off(root: &Node<'_>, horizon: &Horizon, seen: &mut Seen) -> Vec<DayOff> {
    let nodes = root.list("day_off", ENTRIES_MAX, &["date", "name", "act"]);
    let mut days = Vec::with_capacity(nodes.len());
    for (index, entry) in nodes.iter().enumerate() {
        let date = entry.date("date");
        horizon.check(entry, date);
        refuse_twice(seen, entry, date, format!("day_off[{}]", index + 1));
        if is_weekend(date) {
            let what = format!("{date} is a {}, non-working anyway", date.weekday());
            let remedy = "Remove the entry, or give the day that is off instead.";
            entry.refuse("date", (what, remedy.to_owned()));
        }
        days.push(DayOff { date, name: words(entry, "name"), act: words(entry, "act") });
    }
    days
}

fn read_worked(root: &Node<'_>, horizon: &Horizon, seen: &mut Seen) -> Vec<Worked> {
    let nodes = root.list("worked", ENTRIES_MAX, &["date", "act"]);
    let mut days = Vec::with_capacity(nodes.len());
    for (index, entry) in nodes.iter().enumerate() {
        let date = entry.date("date");
        horizon.check(entry, date);
        refuse_twice(seen, entry, date, format!("worked[{}]", index + 1));
        if date != NaiveDate::MIN && !is_weekend(date) {
            let what = format!("{date} is a {}, not a Saturday or Sunday", date.weekday());
            let remedy = "Only a weekend can be made a working day: correct or remove the date.";
            entry.refuse("date", (what, remedy.to_owned()));
        }
        days.push(Worked { date, act: words(entry, "act") });
    }
    days
}

/// The three days that bound what the file knows.
struct Horizon {
    known_from: NaiveDate,
    verified_until: NaiveDate,
    known_until: NaiveDate,
}

impl Horizon {
    fn read(root: &Node<'_>) -> Self {
        let horizon = Self {
            known_from: root.date("known_from"),
            verified_until: root.date("verified_until"),
            known_until: root.date("known_until"),
        };
        let remedy = "The order is known_from ≤ verified_until ≤ known_until.";
        if horizon.is_read() && horizon.verified_until < horizon.known_from {
            let what = format!("{} is before known_from {}", horizon.verified_until, horizon.known_from);
            root.refuse("verified_until", (what, remedy.to_owned()));
        }
        if horizon.is_read() && horizon.known_until < horizon.verified_until {
            let what = format!("{} is before verified_until {}", horizon.known_until, horizon.verified_until);
            root.refuse("known_until", (what, remedy.to_owned()));
        }
        horizon
    }

    /// Whether all three could be read; the placeholder of a day that could not must raise no second problem.
    fn is_read(&self) -> bool {
        [self.known_from, self.verified_until, self.known_until].iter().all(|day| *day != NaiveDate::MIN)
    }

    /// A year without a day off is a year that nobody has entered: counting on would call every holiday a working day.
    fn refuse_empty_year(&self, root: &Node<'_>, day_off: &[DayOff]) {
        let listed: BTreeSet<i32> = day_off.iter().map(|entry| entry.date.year()).collect();
        let mut years = self.known_from.year()..=self.known_until.year();
        if let Some(year) = years.find(|year| !listed.contains(year)) {
            let what = format!("{year} has no day off in the list");
            let remedy = "Enter the year's days in day_off, or end known_until before it.";
            root.refuse("known_until", (what, remedy.to_owned()));
        }
    }

    fn check(&self, entry: &Node<'_>, date: NaiveDate) {
        let known = self.known_from..=self.known_until;
        if date != NaiveDate::MIN && self.is_read() && !known.contains(&date) {
            let what = format!("{date} is outside {} to {}", self.known_from, self.known_until);
            entry.refuse("date", (what, "Correct the date, or move known_from or known_until first.".to_owned()));
        }
    }
}

fn refuse_twice(seen: &mut Seen, entry: &Node<'_>, date: NaiveDate, name: String) {
    if date == NaiveDate::MIN {
        return;
    }
    if let Some(first) = seen.get(&date) {
        let what = format!("{date} is listed twice, first as {first}");
        entry.refuse("date", (what, "Keep one of the two entries.".to_owned()));
    } else {
        seen.insert(date, name);
    }
}

fn words(entry: &Node<'_>, key: &str) -> String {
    let words = entry.string(key);
    if words.trim() != words || words.is_empty() {
        let remedy = "Say what it is; where the act was not seen, name the source and say so.";
        entry.refuse(key, ("empty, or begins or ends with a space".to_owned(), remedy.to_owned()));
    }
    words
}

fn is_weekend(date: NaiveDate) -> bool {
    date != NaiveDate::MIN && matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}
