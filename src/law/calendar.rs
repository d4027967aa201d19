//! Working days: the two-day weekend, the days off, the worked weekends, and how far they are known.
//!
//! A04: the calendar is that of state bodies: Saturday and Sunday, the statutory holidays, and the Government's transfers
//! with their worked Saturdays *and Sundays* (25 March 2001 was one). All of it is data (`config/calendar.toml`).

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// How far a finding about a day can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// Up to `verified_until`: vouched for.
    Verified,
    /// Up to `known_until`: used, and the finding says `calendar_provisional`.
    Provisional,
    /// Outside the data: only weekends are known, and the finding says `calendar_unknown`.
    Unknown,
}

/// Non-working days, moved days off and worked weekends, with the two horizons.
#[derive(Clone, Debug)]
pub struct Calendar {
    known_from: NaiveDate,
    verified_until: NaiveDate,
    known_until: NaiveDate,
    /// One bit a day from `known_from` to `known_until`: 1 = not worked. A test of one day is one shift.
    off: Vec<u64>,
    named: BTreeMap<NaiveDate, String>,
}

/// A roll of more days than this means broken data; Kazakhstan's longest run of days off is well below.
const ROLL_DAYS_MAX: u32 = 60;

impl Calendar {
    /// A calendar of the days `known_from ..= known_until`, vouched for up to `verified_until`.
    ///
    /// `days_off` are non-working days with their names; `worked` are Saturdays and Sundays on which work is done. Days
    /// outside the range are ignored: the file's parser has refused them already.
    pub fn new(
        known_from: NaiveDate,
        verified_until: NaiveDate,
        known_until: NaiveDate,
        days_off: impl IntoIterator<Item = (NaiveDate, String)>,
        worked: impl IntoIterator<Item = NaiveDate>,
    ) -> Self {
        let days = usize::try_from((known_until - known_from).num_days() + 1).unwrap_or(0);
        let mut calendar =
            Self { known_from, verified_until, known_until, off: vec![0; days.div_ceil(64)], named: BTreeMap::new() };
        let mut day = known_from;
        while day <= known_until {
            calendar.set(day, is_weekend(day));
            let Some(next) = day.succ_opt() else { break };
            day = next;
        }
        for day in worked {
            calendar.set(day, false);
        }
        for (day, name) in days_off {
            calendar.set(day, true);
            calendar.named.insert(day, name);
        }
        calendar
    }

    /// A calendar that knows nothing but weekends.
    pub fn weekends_only() -> Self {
        let day = NaiveDate::from_ymd_opt(1996, 1, 1).expect("a real day");
        Self::new(day, day, day, [], [])
    }

    fn position(&self, day: NaiveDate) -> Option<usize> {
        if day < self.known_from || day > self.known_until {
            return None;
        }
        usize::try_from(day.num_days_from_ce() - self.known_from.num_days_from_ce()).ok()
    }

    fn set(&mut self, day: NaiveDate, off: bool) {
        if let Some(i) = self.position(day) {
            let bit = 1u64 << (i % 64);
            if off { self.off[i / 64] |= bit } else { self.off[i / 64] &= !bit }
        }
    }

    /// Whether state bodies work on `day`. Outside the known range only weekends are days off.
    pub fn is_working(&self, day: NaiveDate) -> bool {
        match self.position(day) {
            Some(i) => self.off[i / 64] >> (i % 64) & 1 == 0,
            None => !is_weekend(day),
        }
    }

    /// How far what is said about `day` can be trusted.
    pub fn trust(&self, day: NaiveDate) -> Trust {
        if day < self.known_from || day > self.known_until {
            Trust::Unknown
        } else if day > self.verified_until {
            Trust::Provisional
        } else {
            Trust::Verified
        }
    }

    /// The name of a day off, as the calendar file gives it; a plain weekend has none.
    pub fn name(&self, day: NaiveDate) -> Option<&str> {
        self.named.get(&day).map(String::as_str)
    }

    /// The last day that is vouched for.
    pub fn verified_until(&self) -> NaiveDate {
        self.verified_until
    }

    /// The last day of which anything but weekends is known.
    pub fn known_until(&self) -> NaiveDate {
        self.known_until
    }

    /// `day` itself if it is worked, else the first worked day after it (CC 175, CPC 54(4)).
    pub fn on_or_after(&self, day: NaiveDate) -> NaiveDate {
        self.walk(day, NaiveDate::succ_opt)
    }

    /// `day` itself if it is worked, else the last worked day before it.
    pub fn on_or_before(&self, day: NaiveDate) -> NaiveDate {
        self.walk(day, NaiveDate::pred_opt)
    }

    fn walk(&self, mut day: NaiveDate, step: fn(&NaiveDate) -> Option<NaiveDate>) -> NaiveDate {
        for _ in 0..ROLL_DAYS_MAX {
            if self.is_working(day) {
                break;
            }
            let Some(next) = step(&day) else { break };
            day = next;
        }
        day
    }

    /// The working day `count` working days before `day` (0 = the last one on or before it).
    pub fn working_days_before(&self, day: NaiveDate, count: u16) -> NaiveDate {
        let mut at = self.on_or_before(day);
        for _ in 0..count {
            let Some(previous) = at.pred_opt() else { break };
            at = self.on_or_before(previous);
        }
        at
    }

    /// The working day `count` working days after `day` (`day` itself is not counted).
    pub fn working_days_after(&self, day: NaiveDate, count: u16) -> NaiveDate {
        let mut at = day;
        for _ in 0..count {
            let Some(next) = at.succ_opt() else { break };
            at = self.on_or_after(next);
        }
        at
    }

    /// How many working days lie after `from` up to and including `to`; negative when `to` is earlier.
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        let (first, last, sign) = if from <= to { (from, to, 1) } else { (to, from, -1) };
        let mut count = 0;
        let mut day = first;
        while day < last {
            let Some(next) = day.checked_add_days(Days::new(1)) else {
                break;
            };
            day = next;
            count += i64::from(self.is_working(day));
        }
        count * sign
    }
}

fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}
