//! Lengths of terms, and the one way to add them to a day.
//!
//! The decree has no computing rule of its own. The Civil Code of 1994 (CC, arts. 172-176) and the Criminal Procedure
//! Code of 1997 (CPC, arts. 54-56) agree on all that is used here, and are applied by analogy.

use chrono::{Datelike, Days, NaiveDate};

/// What to do when the month in which a term ends has no such day (31 January + 1 month, 29 February + 1 year).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingDay {
    /// The last day of that month: CC 174(3) for months, CPC 54(4) for months and years.
    LastOfMonth,
    /// The first day of the next month. No rule of this decree uses it; it is here because the question must be answered
    /// aloud at every call.
    FirstOfNext,
}

/// The length of a term.
///
/// A05: days are calendar days ("күн"; CPC 54(3): non-working time is included).
/// A07: a month is a calendar month to the corresponding date, not 30 days (CC 174(3), CPC 54(4)).
/// A08: six months are six calendar months, not 180 days (CC 174(1), second sentence).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Calendar days.
    Days(u16),
    /// Weeks, to the corresponding weekday (CC 174(4)).
    Weeks(u16),
    /// Calendar months, to the corresponding date.
    Months(u16),
    /// Years, to the corresponding month and date.
    Years(u16),
}

impl Period {
    /// The last day of a term of this length that a day `start` begins.
    ///
    /// A01: the day of the event is not counted (CC 173, CPC 54(2)): seven days from the 6th end on the 13th.
    /// A day past the range of [`NaiveDate`] (the year 262142) is answered with its last day.
    #[must_use]
    pub fn after(self, start: NaiveDate, missing: MissingDay) -> NaiveDate {
        match self {
            Self::Days(n) => start.checked_add_days(Days::new(n.into())).unwrap_or(NaiveDate::MAX),
            Self::Weeks(n) => start.checked_add_days(Days::new(u64::from(n) * 7)).unwrap_or(NaiveDate::MAX),
            Self::Months(n) => add_months(start, n.into(), missing),
            Self::Years(n) => add_months(start, i32::from(n) * 12, missing),
        }
    }

    /// Whether the day of the event could be counted at all: only a term in days has the inclusive reading of A01.
    pub fn is_in_days(self) -> bool {
        matches!(self, Self::Days(_))
    }

    /// Whether `start` + this period ends on a day that its month does not have, so that [`MissingDay`] decides.
    pub fn needs_missing_day(self, start: NaiveDate) -> bool {
        self.after(start, MissingDay::LastOfMonth) != self.after(start, MissingDay::FirstOfNext)
    }
}

fn add_months(start: NaiveDate, months: i32, missing: MissingDay) -> NaiveDate {
    let count = start.year() * 12 + start.month0().cast_signed() + months;
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12).cast_unsigned() + 1);
    if let Some(day) = NaiveDate::from_ymd_opt(year, month, start.day()) {
        return day;
    }
    let next_first =
        if month == 12 { NaiveDate::from_ymd_opt(year + 1, 1, 1) } else { NaiveDate::from_ymd_opt(year, month + 1, 1) };
    // A02: months and years end on the last day of a month that has no such day (31 January, 29 February, 31 August + 6).
    match (missing, next_first) {
        (MissingDay::LastOfMonth, Some(first)) => first.pred_opt().unwrap_or(first),
        (MissingDay::FirstOfNext, Some(first)) => first,
        (_, None) => NaiveDate::MAX,
    }
}
