//! Whether the superior heard in time that nobody had acknowledged (letters.md "Who"). Asked only where nothing else explains it.

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::expected::{Measure, Stood, date_owed_since};
use crate::alert::asked_office;
use crate::config::Before;
use crate::law::finding::{Deadline, Right, Term, Until};
use crate::law::timeline::day_begins;

/// What the superior of an office should have heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Escalation {
    /// The office that did not acknowledge.
    pub(super) office: String,
    /// Only those told before that day have had the time to.
    pub(super) told_before: DateTime<Utc>,
    /// From when the superior must have heard.
    pub(super) since: DateTime<Utc>,
}

/// What would be owed, had nobody acknowledged; `None` while its day has not come, or for what asks nobody anything.
pub(super) fn escalation(deadline: &Deadline, stood: &Stood, measure: &Measure<'_>) -> Option<Escalation> {
    let judged = date_owed_since(deadline, stood, measure)?;
    let end = match &deadline.term {
        Term::Duty(duty) => duty.alert_workday,
        Term::Right(Right { until: Until::On(last), .. }) => measure.calendar.on_or_before(*last),
        Term::Right(_) | Term::Bar(_) | Term::Wait(_) | Term::Step(_) | Term::NoEdition => return None,
    };
    let day: NaiveDate = match measure.ladders.escalation.unacknowledged_before? {
        Before::WorkingDays(n) => measure.calendar.working_days_before(end, n),
        Before::Days(n) => measure.calendar.on_or_before(end - Days::new(n.into())),
    };
    let since = measure.morning_of(day);
    let due = day > deadline.from && since > judged && since <= measure.asked;
    let office = asked_office(deadline, measure.institution).filter(|_| due)?;
    Some(Escalation { office, told_before: day_begins(day, measure.zone), since })
}
