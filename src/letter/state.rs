//! Where a line stands: its day, what is left of it, and what the rung means, in sentences.

use chrono::NaiveDate;

use super::LetterError;
use super::facts::events;
use super::input::{Kind, Line, Rung};
use super::texts::Tongue;

/// The day a reader plans by.
fn main_day(line: &Line<'_>) -> Option<NaiveDate> {
    match line.kind {
        Kind::Wait => line.free_from.or(line.shown),
        _ if matches!(line.rung, Rung::OpenIndefinite) => None,
        _ => line.shown,
    }
}

pub(super) fn when(line: &Line<'_>, tongue: &Tongue) -> Result<String, LetterError> {
    if silent_about_days(line) {
        return Ok(String::new());
    }
    let Some(day) = main_day(line) else {
        return tongue.say("when-open", &[]);
    };
    let id = match line.kind {
        Kind::Duty | Kind::OperatorNotice => "when-due",
        Kind::Right => "when-right",
        Kind::Step => "when-step",
        Kind::Wait => "when-wait",
        Kind::Bar => "when-bar",
    };
    tongue.say(id, &[("date", tongue.day(day)?.into())])
}

/// Notices have no day; an ended bar or a closed term names none, since none counts any more.
pub(super) fn silent_about_days(line: &Line<'_>) -> bool {
    matches!(line.rung, Rung::Notice { .. } | Rung::BarEnded { .. } | Rung::Closed { .. })
}

pub(super) fn left(line: &Line<'_>, tongue: &Tongue) -> Result<String, LetterError> {
    let count = |id: &str, n: u32| tongue.say(id, &[("n", n.into())]);
    let rolled = line.late_after.filter(|day| Some(*day) > line.shown);
    match line.rung {
        Rung::BeforeWorkingDays(n) => count("left-working-days", n),
        Rung::BeforeDays(n) => count("left-days", n),
        Rung::AlertWorkday => tongue.say("left-alert", &[]),
        Rung::LastDay if rolled.is_some() => tongue.say("left-today-rolled", &[]),
        Rung::LastDay => tongue.say("left-today", &[]),
        // The day shown and the days late would not add up without the day they are counted from.
        Rung::Overdue { days } => match rolled {
            Some(day) => tongue.say("left-overdue-after", &[("n", days.into()), ("date", tongue.date(day)?.into())]),
            None => count("left-overdue", days),
        },
        Rung::ControlDate => tongue.say("left-control-today", &[]),
        Rung::ControlPassed { weeks } => count("left-control-passed", weeks),
        // A year ahead is no countdown, and a bar knows none, whatever the caller counted.
        Rung::Opened | Rung::Moved { .. } if matches!(line.kind, Kind::Duty | Kind::Step) => {
            line.working_days_left.map_or(Ok(String::new()), |n| count("left-working-days", n))
        }
        _ => Ok(String::new()),
    }
}

/// The most useful day of a duty that runs out on days off: the working day before them.
pub(super) fn act_by(line: &Line<'_>, tongue: &Tongue) -> Result<String, LetterError> {
    let ahead =
        matches!(line.rung, Rung::Opened | Rung::BeforeWorkingDays(_) | Rung::BeforeDays(_) | Rung::Moved { .. });
    match line.alert_workday {
        Some(day) if ahead && line.kind == Kind::Duty && line.alert_workday != line.shown => {
            tongue.say("act-by", &[("date", tongue.day(day)?.into())])
        }
        _ => Ok(String::new()),
    }
}

pub(super) fn states(line: &Line<'_>, tongue: &Tongue, many: bool) -> Result<Vec<String>, LetterError> {
    let mut out = Vec::new();
    match &line.rung {
        Rung::Opened => match line.kind {
            Kind::Bar => out.push(tongue.say("state-bar-opened", &[])?),
            Kind::Right => out.push(tongue.say("state-right-opened", &[])?),
            Kind::Step => {}
            _ => out.push(tongue.say("state-opened", &[])?),
        },
        Rung::Lengthened => out.push(tongue.say("state-bar-lengthened", &[])?),
        Rung::OpenIndefinite => out.push(tongue.say("state-open-indefinite", &[])?),
        Rung::AlertWorkday if !many => {
            out.push(tongue.say("state-alert-workday", &[])?);
        }
        Rung::Overdue { .. } if !many => out.push(tongue.say("state-overdue", &[])?),
        Rung::AfterRight { missing } if missing.is_empty() => {
            out.push(tongue.say("state-after-right-act", &[])?);
        }
        Rung::AfterRight { missing } => {
            let missing = events(missing, "; ", tongue)?;
            out.push(tongue.say("state-after-right-missing", &[("missing", missing.into())])?);
        }
        Rung::Ripened { petitions } => {
            out.push(tongue.say("state-ripened", &[])?);
            if !petitions.is_empty() {
                let dates = petitions.iter().map(|day| tongue.date(*day)).collect::<Result<Vec<_>, _>>()?;
                out.push(tongue.say("state-ripened-petitions", &[("dates", dates.join("; ").into())])?);
            }
        }
        Rung::Moved { .. } => out.push(tongue.say("state-moved", &[])?),
        Rung::Closed { by } => {
            out.push(tongue.say("state-closed", &[("event", tongue.event(by)?.into())])?);
        }
        Rung::BarEnded { open, unknown } => bar_ended(open, unknown, tongue, &mut out)?,
        Rung::Waiting { event, on } => {
            let args = [("event", tongue.event(event)?.into()), ("date", tongue.date(*on)?.into())];
            out.push(tongue.say("state-waiting", &args)?);
        }
        _ => {}
    }
    if line.kind == Kind::Step && !many && !matches!(line.rung, Rung::Closed { .. }) {
        out.push(tongue.say("state-step", &[])?);
    }
    Ok(out)
}

/// Every bar still open, every unknown fact, and the sentence that the register never says more.
fn bar_ended(open: &[&str], unknown: &[&str], tongue: &Tongue, out: &mut Vec<String>) -> Result<(), LetterError> {
    out.push(tongue.say("state-bar-ended", &[])?);
    if !open.is_empty() {
        let list = open.iter().map(|rule| tongue.short(rule)).collect::<Result<Vec<_>, _>>()?.join("; ");
        out.push(tongue.say("state-bar-open", &[("list", list.into())])?);
    }
    if !unknown.is_empty() {
        let list = unknown.iter().map(|fact| tongue.say(&format!("unknown-{fact}"), &[]));
        let list = list.collect::<Result<Vec<_>, _>>()?.join("; ");
        out.push(tongue.say("state-bar-unknown", &[("list", list.into())])?);
    }
    if open.is_empty() && unknown.is_empty() {
        out.push(tongue.say("state-bar-none", &[])?);
    }
    out.push(tongue.say("never-says", &[])?);
    Ok(())
}
