//! What the register says of the execution of a death sentence: what bars it, what it does not know, and at most
//! "no bar known to this register". A23: no type and no text here can say that an execution is permitted.

use chrono::NaiveDate;

use super::bars;
use super::deadline::Question;
use super::derivation::Derivation;
use super::finding::{
    Bar, BarState, Closed, Deadline, Execution, ExecutionFinding, Extent, OpenBar, Right, RightState, Term,
    UnknownFact, Until,
};
use super::regulation::RuleId;
use super::timeline::EventKind;
use super::windows;

/// A22: all bars must be over; any one suffices, and an open petition window is one of them.
pub(super) fn finding(d: &Derivation<'_>, closed: Option<Closed>, as_of: Option<NaiveDate>) -> Execution {
    let mut open = d.earlier_life.clone();
    let mut add = |bar: OpenBar| {
        if !open.contains(&bar) {
            open.push(bar);
        }
    };
    let standing = d.deadlines.iter().filter(|deadline| deadline.closed.is_none());
    for deadline in standing.clone() {
        if let Some(bar) = standing_bar(d, deadline, as_of) {
            add(bar);
        }
    }
    // A death case in which nothing at all is on record: what is not known bars.
    if closed.is_none() && !d.deadlines.iter().any(|deadline| deadline.rule == RuleId::P9BarPending) {
        add(OpenBar::Pending);
    }
    if d.story.has(EventKind::PardonDecree) {
        add(OpenBar::Pardoned);
    }
    if d.story.has(EventKind::VerdictQuashedOrChanged) {
        add(OpenBar::VerdictChanged);
    }
    let mut unknown = Vec::new();
    if !d.story.has(EventKind::VerdictInForce) {
        unknown.push(UnknownFact::VerdictInForce);
    }
    if !d.story.has(EventKind::VerdictCopyHanded) {
        unknown.push(UnknownFact::VerdictCopyHanded);
    }
    // A closed case has no open bars of its own, yet nobody may read "no bar known" into an amnesty or a closed entry.
    // Neither into one that is still unconfirmed: it ends nothing, but what it says of the convict may be so.
    let ending = closed.is_some() || d.story.all().any(|t| t.event.kind.closes());
    let nothing = open.is_empty() && unknown.is_empty() && !ending;
    let finding = if nothing { ExecutionFinding::NoBarKnown } else { ExecutionFinding::Barred };
    let last_dated_day = standing.filter_map(|deadline| dated_until(&deadline.term)).max();
    Execution { finding, open, unknown, dated_not_before: last_dated_day.and_then(|day| day.succ_opt()) }
}

/// What the register would have said on `day` of an execution on that day, by the events up to it. What an unconfirmed entry
/// would have freed was not free.
pub(super) fn on_the_day(d: &Derivation<'_>, day: NaiveDate) -> Execution {
    let story = d.story.only(|e| e.date <= day && e.kind != EventKind::SentenceExecuted);
    let sure = story.only(|e| !e.unconfirmed);
    let tell = |story| {
        let mut then = Derivation::new(story, d.calendar, &Question { as_of: Some(day), ..Question::default() });
        windows::paragraph_9(&mut then);
        bars::paragraph_9(&mut then);
        finding(&then, None, Some(day))
    };
    let mut execution = tell(story);
    execution.stand_with(tell(sure));
    execution
}

fn standing_bar(d: &Derivation<'_>, deadline: &Deadline, as_of: Option<NaiveDate>) -> Option<OpenBar> {
    match (deadline.rule, &deadline.term) {
        (RuleId::P9Petition | RuleId::P9PetitionMoratorium, Term::Right(right)) => {
            window_stands(d, right, as_of).then_some(OpenBar::PetitionWindow)
        }
        (rule, Term::Bar(bar)) => {
            let name = match rule {
                RuleId::P9BarYear => OpenBar::Year,
                RuleId::P9BarAfterLift => OpenBar::AfterLift,
                RuleId::P9BarMoratorium => OpenBar::Moratorium,
                _ => OpenBar::Pending,
            };
            (!matches!(bar.state, BarState::Ended { .. })).then_some(name)
        }
        _ => None,
    }
}

/// An open window bars until its date even when it was used; a restored one until it is used.
fn window_stands(d: &Derivation<'_>, right: &Right, as_of: Option<NaiveDate>) -> bool {
    let to_its_day = match right.until {
        Until::Open => true,
        Until::On(day) => as_of.is_none_or(|as_of| as_of <= day),
    };
    let restored = matches!(right.state, RightState::Restored { by, .. }
        if !d.story.of(EventKind::PetitionAccepted).any(|t| t.date() >= by));
    to_its_day || restored
}

fn dated_until(term: &Term) -> Option<NaiveDate> {
    match term {
        Term::Bar(Bar { extent: Extent::Dated { rolled, .. }, .. }) => Some(*rolled),
        Term::Right(Right { until: Until::On(day), .. }) => Some(*day),
        _ => None,
    }
}
