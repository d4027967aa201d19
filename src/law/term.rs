//! The dates of a term: one function for every rule, because **the safe side belongs to the kind of term, not to the rule**.
//!
//! | kind | date shown | the safe side |
//! |---|---|---|
//! | duty | nominal | warn on the last working day at or before the earliest reading; *late* only after the rolled day |
//! | right | rolled | the convict gets the longer reading |
//! | bar | rolled; free the day after | a year has not passed until it is over |
//! | wait | nominal, never rolled; soft | prolonging it would hurt the convict (CEC 1997 art. 173(2)) |
//! | step | none; an internal control date, worded as such | the decree gives no number |

use chrono::NaiveDate;

use super::calendar::{Calendar, Trust};
use super::period::{MissingDay, Period};
use super::regulation::Kind;

/// A38: the internal control of an act without a legal term: one month (LAP art. 12(6), APPC art. 44(5), by analogy).
pub const INTERNAL_CONTROL: Period = Period::Months(1);

/// Every date that a term of some kind and length gives from its first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dates {
    /// The last day by the length alone.
    pub nominal: NaiveDate,
    /// The next working day, where the kind rolls.
    pub rolled: NaiveDate,
    /// The earliest reading of the last day.
    pub safe: NaiveDate,
    /// The last working day on or before `safe`.
    pub alert_workday: NaiveDate,
    /// The date to show.
    pub shown: NaiveDate,
    /// How far the calendar behind these dates can be trusted.
    pub trust: Trust,
}

/// The dates of a term of that kind and length that `from` starts.
pub fn dates(kind: Kind, length: Period, from: NaiveDate, calendar: &Calendar) -> Dates {
    let nominal = length.after(from, MissingDay::LastOfMonth);
    // A01: only a term in days has an inclusive reading; it never is the deadline, it only makes the warning earlier.
    let safe = if length.is_in_days() { nominal.pred_opt().unwrap_or(nominal) } else { nominal };
    let alert_workday = calendar.on_or_before(safe);
    let known = calendar.trust(nominal) != Trust::Unknown;
    // A03: which kinds move to the next working day, and whether past the known calendar they still step over weekends.
    let rolled = match kind {
        Kind::Duty if known => calendar.on_or_after(nominal),
        Kind::Right | Kind::Bar => calendar.on_or_after(nominal),
        Kind::Duty | Kind::Wait | Kind::Step | Kind::Condition => nominal,
    };
    let shown = match kind {
        Kind::Right | Kind::Bar => rolled,
        Kind::Duty | Kind::Wait | Kind::Step | Kind::Condition => nominal,
    };
    let trust = match kind {
        Kind::Wait | Kind::Condition => Trust::Verified,
        Kind::Duty | Kind::Right | Kind::Bar | Kind::Step => {
            calendar.trust(nominal).max(calendar.trust(rolled)).max(calendar.trust(alert_workday))
        }
    };
    Dates { nominal, rolled, safe, alert_workday, shown, trust }
}
