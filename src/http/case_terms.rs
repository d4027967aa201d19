//! The terms of a case for people: kind, days, how it stands.

use anyhow::Result;
use chrono::NaiveDate;
use serde::Serialize;

use super::drawing::TermMark;
use super::paper::Paper;
use crate::law::finding::{Bar, BarState, Deadline, DutyState, Extent, RightState, StepState, Term, Until, WaitState};
use crate::register::query::CaseView;

/// A term.
#[derive(Serialize)]
pub(super) struct TermText {
    rule: &'static str,
    what: String,
    kind: String,
    paragraph: String,
    anchor: &'static str,
    owner: Option<String>,
    from: String,
    from_event: Option<(usize, String)>,
    days: Vec<(String, String)>,
    status: String,
    status_code: Option<&'static str>,
    tone: &'static str,
    met_by: Option<usize>,
    superseded: Vec<String>,
    /// What a person must supply.
    needs: Option<String>,
    /// The numbers of its warnings in the page's list.
    warnings: Vec<usize>,
}

/// The colours of terms, in the order in which a reader needs them.
const TONES: [&str; 6] = ["overdue", "due", "control", "coming", "bar", "done"];

/// Every term of the case, and the same to be drawn: what is late first, what is done last, else in the decree's order.
pub(super) fn terms(
    paper: &Paper<'_>,
    view: &CaseView,
    number: &dyn Fn(u32) -> usize,
    today: NaiveDate,
) -> Result<(Vec<TermText>, Vec<TermMark>)> {
    let mut deadlines: Vec<&Deadline> = view.findings.deadlines.iter().collect();
    deadlines.sort_by_key(|deadline| TONES.iter().position(|known| *known == tone(deadline, today)));
    let both = deadlines.into_iter().map(|deadline| {
        let text = term(paper, view, number, deadline, today)?;
        let mark = mark(&text, deadline);
        Ok((text, mark))
    });
    Ok(both.collect::<Result<Vec<_>>>()?.into_iter().unzip())
}

fn term(
    paper: &Paper<'_>,
    view: &CaseView,
    number: &dyn Fn(u32) -> usize,
    deadline: &Deadline,
    today: NaiveDate,
) -> Result<TermText> {
    let rule = deadline.rule();
    let events = &view.assembled.timeline.events;
    let started = deadline.started_by.and_then(|i| Some((i, events.get(i.checked_sub(1)? as usize)?)));
    let from_event = started.map(|(i, event)| Ok::<_, anyhow::Error>((number(i), paper.event(event.kind.as_str())?)));
    let needs = deadline
        .needs_human
        .map(|needs| paper.texts.phrase(paper.language, &format!("warning-{}", needs.as_str()), &[]));
    let place = |warning| view.findings.warnings.iter().position(|known| known == warning).map(|place| place + 1);
    let code = deadline.status();
    Ok(TermText {
        rule: rule.id.as_str(),
        what: paper.what(rule.id.as_str())?,
        kind: paper.say(&format!("kind_{}", rule.kind))?,
        paragraph: paper.paragraph(rule.id.as_str())?,
        anchor: deadline.rule.provision().id,
        owner: deadline.actor.as_ref().map(|actor| paper.office(&actor.to_string())),
        from: paper.texts.day(paper.language, deadline.from)?,
        from_event: from_event.transpose()?,
        days: days(paper, deadline)?,
        status: status(paper, deadline, code)?,
        status_code: code,
        tone: tone(deadline, today),
        met_by: deadline.met_by.map(number),
        superseded: deadline.superseded.iter().map(ToString::to_string).collect(),
        needs: needs.transpose()?,
        warnings: deadline.warnings.iter().filter_map(place).collect(),
    })
}

/// The days of a term, each under the name that letters give it.
fn days(paper: &Paper<'_>, deadline: &Deadline) -> Result<Vec<(String, String)>> {
    let mut out = Vec::new();
    let mut say = |id: &str, day: NaiveDate| -> Result<()> {
        let label = paper.texts.phrase(paper.language, id, &[])?;
        out.push((label, paper.texts.day(paper.language, day)?));
        Ok(())
    };
    match deadline.term {
        Term::Duty(duty) => {
            say("count-shown", duty.nominal)?;
            say("count-safe", duty.safe)?;
            say("count-alert", duty.alert_workday)?;
            say("count-late", duty.late_after())?;
        }
        Term::Right(right) => {
            if let Until::On(day) = right.until {
                say("count-shown", day)?;
            }
        }
        Term::Bar(Bar { extent: Extent::Dated { rolled, .. }, .. }) => say("count-bar", rolled)?,
        Term::Wait(wait) => {
            say("count-wait", wait.nominal)?;
            say("count-free", wait.eligible_from)?;
        }
        Term::Step(step) => say("count-control", step.control)?,
        Term::Bar(Bar { extent: Extent::Open, .. }) | Term::NoEdition => {}
    }
    let open = met(deadline).is_none() && deadline.effective().is_none();
    if open && matches!(deadline.term, Term::Right(_) | Term::Bar(_)) {
        out.push((paper.say("until")?, paper.texts.phrase(paper.language, "when-open", &[])?));
    }
    if let Some(met) = met(deadline) {
        let key =
            if matches!(deadline.term, Term::Bar(_)) || deadline.closed.is_some() { "ended_on" } else { "met_on" };
        out.push((paper.say(key)?, paper.texts.day(paper.language, met)?));
    }
    Ok(out)
}

/// How it stands, in words.
fn status(paper: &Paper<'_>, deadline: &Deadline, code: Option<&'static str>) -> Result<String> {
    if let Some(closed) = deadline.closed {
        return Ok(format!("{}: {}", paper.say("status_closed")?, paper.event(closed.by.as_str())?));
    }
    let late = |days: i64| -> Result<String> {
        Ok(paper.texts.counted(paper.language, "left-overdue", u32::try_from(days).unwrap_or(0))?)
    };
    match deadline.term {
        Term::Duty(duty) => match duty.state {
            DutyState::Overdue { by_days } => return late(by_days),
            DutyState::Late { by_days, .. } => {
                return Ok(format!("{}: {}", paper.say("status_satisfied_late")?, by_days));
            }
            _ => {}
        },
        Term::NoEdition => return Ok(paper.texts.phrase(paper.language, "warning-no_edition_in_force", &[])?),
        Term::Wait(wait) if wait.state == WaitState::Exempt => return paper.say("status_exempt"),
        _ => {}
    }
    let word = paper.say(&format!("status_{}", code.unwrap_or("closed")))?;
    match deadline.term {
        Term::Wait(wait) => match wait.petition {
            Some(petition) => Ok(format!("{word}; {}", paper.say(&format!("petition_{}", petition.as_str()))?)),
            None => Ok(word),
        },
        _ => Ok(word),
    }
}

/// The colour of a term; words always say it too.
fn tone(deadline: &Deadline, today: NaiveDate) -> &'static str {
    if deadline.closed.is_some() {
        return "done";
    }
    match deadline.term {
        Term::Duty(duty) => match duty.state {
            DutyState::Overdue { .. } => "overdue",
            DutyState::Open | DutyState::Unmet if duty.alert_workday <= today => "due",
            DutyState::Open | DutyState::Unmet => "coming",
            DutyState::OnTime { .. } | DutyState::Late { .. } => "done",
        },
        Term::Right(right) => match right.state {
            RightState::Unused | RightState::Open | RightState::OpenIndefinite => "coming",
            RightState::Exercised { .. } | RightState::ExpiredUnused | RightState::Restored { .. } => "done",
        },
        Term::Bar(bar) => match bar.state {
            BarState::Ended { .. } => "done",
            BarState::Standing | BarState::InForce | BarState::InForceIndefinite => "bar",
        },
        Term::Wait(wait) => {
            if wait.state == WaitState::Running {
                "coming"
            } else {
                "done"
            }
        }
        Term::Step(step) => match step.state {
            StepState::ControlPassed => "control",
            StepState::Open | StepState::Undone => "coming",
            StepState::Done { .. } => "done",
        },
        Term::NoEdition => "done",
    }
}

/// The day it was met, used or ended.
fn met(deadline: &Deadline) -> Option<NaiveDate> {
    let own = match deadline.term {
        Term::Duty(duty) => match duty.state {
            DutyState::OnTime { on } | DutyState::Late { on, .. } => Some(on),
            _ => None,
        },
        Term::Right(right) => match right.state {
            RightState::Exercised { on } => Some(on),
            _ => None,
        },
        Term::Bar(bar) => match bar.state {
            BarState::Ended { on } => Some(on),
            _ => None,
        },
        Term::Wait(wait) => match wait.state {
            WaitState::Lifted { on } => Some(on),
            _ => None,
        },
        Term::Step(step) => match step.state {
            StepState::Done { on } => Some(on),
            _ => None,
        },
        Term::NoEdition => None,
    };
    own.or(deadline.closed.map(|closed| closed.on))
}

/// A term to be drawn.
fn mark(text: &TermText, deadline: &Deadline) -> TermMark {
    TermMark {
        from: deadline.from,
        to: deadline.watched_by(),
        met: met(deadline),
        late: matches!(deadline.status(), Some("overdue" | "control_passed")),
        soft: matches!(deadline.term, Term::Step(_) | Term::Wait(_)),
        words: format!("{} · {}", text.what, text.status),
        tone: text.tone,
    }
}
