//! The rungs of a ladder, and their keys in the register.

use chrono::NaiveDate;

/// A rung of a ladder: why a letter speaks of a deadline now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rung {
    /// It began.
    Opened,
    /// So many civil days before its day.
    BeforeDays(u16),
    /// So many working days before its day.
    BeforeWorkingDays(u16),
    /// Nobody acknowledged it: only the superior hears. Planned where no other rung falls on that day.
    Unacknowledged,
    /// The last working day on which it is safe.
    AlertWorkday,
    /// The last day.
    LastDay,
    /// Overdue; told anew on each of these days.
    Overdue(NaiveDate),
    /// A right went unused: the day after.
    DayAfter,
    /// The first day after a wait.
    FirstDay,
    /// A step's internal control date.
    ControlDate,
    /// A step past its internal control date; told anew on each of these days.
    AfterControl(NaiveDate),
    /// Its date moved.
    Moved,
    /// It was met, lifted, closed, or no longer follows.
    Closed,
    /// A bar lengthened.
    Lengthened,
    /// A bar ended or shortened: only the working body hears.
    BarEnded,
}

impl Rung {
    /// The rung as the register keeps it: `opened`, `before:10d`, `overdue:2026-11-23`, …
    pub fn key(self) -> String {
        match self {
            Self::Opened => "opened".to_owned(),
            Self::BeforeDays(n) => format!("before:{n}d"),
            Self::BeforeWorkingDays(n) => format!("before:{n}wd"),
            Self::Unacknowledged => "unacknowledged".to_owned(),
            Self::AlertWorkday => "alert_workday".to_owned(),
            Self::LastDay => "last_day".to_owned(),
            Self::Overdue(day) => format!("overdue:{day}"),
            Self::DayAfter => "day_after".to_owned(),
            Self::FirstDay => "first_day".to_owned(),
            Self::ControlDate => "control_date".to_owned(),
            Self::AfterControl(day) => format!("after_control:{day}"),
            Self::Moved => "moved".to_owned(),
            Self::Closed => "closed".to_owned(),
            Self::Lengthened => "lengthened".to_owned(),
            Self::BarEnded => "bar_ended".to_owned(),
        }
    }

    /// The rung of that key; `None` for a key that no version of this program wrote.
    pub fn from_key(key: &str) -> Option<Self> {
        let day = |text: &str| text.parse().ok();
        match key.split_once(':') {
            Some(("before", text)) => match text.strip_suffix("wd") {
                Some(n) => n.parse().ok().map(Self::BeforeWorkingDays),
                None => text.strip_suffix('d')?.parse().ok().map(Self::BeforeDays),
            },
            Some(("overdue", text)) => day(text).map(Self::Overdue),
            Some(("after_control", text)) => day(text).map(Self::AfterControl),
            Some(_) => None,
            None => [
                Self::Opened,
                Self::Unacknowledged,
                Self::AlertWorkday,
                Self::LastDay,
                Self::DayAfter,
                Self::FirstDay,
                Self::ControlDate,
                Self::Moved,
                Self::Closed,
                Self::Lengthened,
                Self::BarEnded,
            ]
            .into_iter()
            .find(|rung| rung.key() == key),
        }
    }

    /// Last-day and overdue letters travel alone, with importance high.
    pub fn is_urgent(self) -> bool {
        matches!(self, Self::LastDay | Self::Overdue(_))
    }

    /// A notice follows from an entry and waits only to be grouped; the others fall on their mornings.
    pub fn is_notice(self) -> bool {
        matches!(self, Self::Opened | Self::Moved | Self::Closed | Self::Lengthened | Self::BarEnded)
    }
}
