//! Two pairs of eyes: an entry that would end or shorten a bar on execution counts only when a second person has confirmed it.
//!
//! What shortens a bar is not a list of event types but a question to the law: derive with the entry and without it. The
//! list below only adds what must be seen by two even where deriving sees no change yet.

use chrono::NaiveDate;

use crate::law::calendar::Calendar;
use crate::law::finding::{Bar, BarState, ExecutionFinding, Extent, Findings, Term, Until};
use crate::law::regulation::RuleId;
use crate::law::timeline::{EventKind, Sentence};
use crate::law::{Question, derive};

use super::assemble::Assembled;

/// Whether the entry that makes `after` of `before` needs a second person, in a death case.
pub fn shortens_a_bar(before: &Assembled, after: &Assembled, calendar: &Calendar, today: NaiveDate) -> bool {
    if before.timeline.sentence != Sentence::Death {
        return false;
    }
    let question = Question { as_of: Some(today), ..Question::default() };
    let (before, after) = (derive(&before.timeline, calendar, &question), derive(&after.timeline, calendar, &question));
    frees(&before, &after) || any_bar_ends_earlier(&before, &after)
}

/// Whether recording `kind` is for two, whatever is derived: liftings, closings, and what completes the consideration.
pub fn always_for_two(kind: EventKind, before: &Assembled) -> bool {
    if kind == EventKind::MoratoriumLifted {
        return true;
    }
    if before.timeline.sentence != Sentence::Death {
        return false;
    }
    match kind {
        EventKind::RefusalMaterialsConsidered => true,
        EventKind::DecreeReceivedSc | EventKind::DecreeReceivedPg => {
            before.standing().any(|event| event.kind == EventKind::RejectionDecree)
        }
        kind => kind.closes(),
    }
}

/// Whether something leaves `execution.open`, or nothing bars any more that barred.
fn frees(before: &Findings, after: &Findings) -> bool {
    let (Some(before), Some(after)) = (&before.execution, &after.execution) else { return before.execution.is_some() };
    before.open.iter().any(|bar| !after.open.contains(bar))
        || (before.finding == ExecutionFinding::Barred && after.finding != ExecutionFinding::Barred)
}

/// Whether, rule by rule, the bars reach less far: the ends are compared from the farthest down.
fn any_bar_ends_earlier(before: &Findings, after: &Findings) -> bool {
    RuleId::ALL.iter().any(|rule| {
        let (before, after) = (ends(before, *rule), ends(after, *rule));
        before.len() > after.len() || before.iter().zip(&after).any(|(before, after)| after < before)
    })
}

/// The last days of the bars of a rule, farthest first; a bar without an end reaches to the end of time. A petition window bars
/// too (A22), to its last day, used or not.
fn ends(findings: &Findings, rule: RuleId) -> Vec<NaiveDate> {
    let mut ends: Vec<NaiveDate> = findings
        .deadlines
        .iter()
        .filter(|deadline| deadline.rule == rule)
        .filter_map(|deadline| match deadline.term {
            Term::Bar(bar) => Some(deadline.closed.map_or_else(|| end(bar), |closed| closed.on.min(end(bar)))),
            Term::Right(right) => Some(match right.until {
                Until::On(day) => day,
                Until::Open => NaiveDate::MAX,
            }),
            _ => None,
        })
        .collect();
    ends.sort_unstable_by(|a, b| b.cmp(a));
    ends
}

fn end(bar: Bar) -> NaiveDate {
    match (bar.state, bar.extent) {
        (BarState::Ended { on }, _) => on,
        (BarState::InForceIndefinite, _) | (_, Extent::Open) => NaiveDate::MAX,
        (_, Extent::Dated { rolled, .. }) => rolled,
    }
}
