//! What an acknowledgement stops, what it never stops, and from when an alert that nobody acknowledged goes to the superior
//! (letters.md "Who").

use chrono::NaiveDate;

use super::{Context, Rung};
use crate::config::Before;
use crate::law::calendar::Calendar;
use crate::law::finding::{Deadline, Right, Term, Until};

/// A right's reminders go on from so many days before its end: they are for the convict's sake, not for the reader's.
const RIGHT_REMINDED_DAYS: i64 = 30;

/// Whether an acknowledgement stops a rung for the official who gave it.
///
/// Only the countdown is an ordinary repeat. The last safe working day, the last day, and everything after it are never stopped,
/// nor is the countdown of a right in its last 30 days, unless the register holds that the convict was informed.
pub fn acknowledgement_stops(deadline: &Deadline, rung: Rung, today: NaiveDate, convict_informed: bool) -> bool {
    let countdown = matches!(rung, Rung::BeforeDays(_) | Rung::BeforeWorkingDays(_));
    match deadline.term {
        Term::Right(Right { until: Until::On(last), .. }) => {
            // The rung of 30 days before may fall on the working day before a weekend: it is one of the last all the same.
            let ahead = match rung {
                Rung::BeforeDays(n) => i64::from(n).min((last - today).num_days()),
                _ => (last - today).num_days(),
            };
            countdown && (convict_informed || ahead > RIGHT_REMINDED_DAYS)
        }
        _ => countdown,
    }
}

/// Whether an alert that nobody of its office acknowledged goes to the superior today: from one working day before the end (as
/// configured), until the first overdue day, from which the superior hears anyway.
pub fn escalates(deadline: &Deadline, rung: Rung, today: NaiveDate, context: &Context<'_>) -> bool {
    let counted = matches!(
        rung,
        Rung::BeforeDays(_) | Rung::BeforeWorkingDays(_) | Rung::Unacknowledged | Rung::AlertWorkday | Rung::LastDay
    );
    counted && escalation_day(deadline, context).is_some_and(|day| today >= day)
}

/// The first day on which it does. A step has no end that could come too near, a bar and a wait ask nothing of the reader.
pub(super) fn escalation_day(deadline: &Deadline, context: &Context<'_>) -> Option<NaiveDate> {
    let before = context.ladders.escalation.unacknowledged_before?;
    let end = match &deadline.term {
        Term::Duty(duty) => duty.alert_workday,
        Term::Right(Right { until: Until::On(last), .. }) => context.calendar.on_or_before(*last),
        _ => return None,
    };
    Some(day_before(before, end, context.calendar))
}

pub(super) fn day_before(before: Before, end: NaiveDate, calendar: &Calendar) -> NaiveDate {
    match before {
        Before::WorkingDays(n) => calendar.working_days_before(end, n),
        Before::Days(n) => {
            let day = end.checked_sub_days(chrono::Days::new(n.into())).unwrap_or(end);
            calendar.on_or_before(day)
        }
    }
}
