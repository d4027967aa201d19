//! Para 16: the wait before a repeat petition, and the early one that is attached and ripens by itself.

use chrono::NaiveDate;

use super::derivation::{Derivation, any};
use super::finding::{PetitionStatus, Term, Wait, WaitState, Warning};
use super::period::Period;
use super::regulation::{Kind, RuleId, WAIT_GRAVE, WAIT_OTHER};
use super::story::{Pair, Told};
use super::term::dates;
use super::timeline::{CrimeCategory, Event, EventKind};

/// What settles an early repeat petition.
const ENDS: &[EventKind] =
    &[EventKind::PetitionAttached, EventKind::NewCircumstancesRecognised, EventKind::SubmittedToCommission];

/// What takes a ripened petition on.
const DONE: &[EventKind] = &[EventKind::SubmittedToCommission, EventKind::NoGroundsDecided];

/// `P16.WAIT` and `P16.ATTACH`. Returns the wait, if a rejection started one.
pub(super) fn paragraph_16(d: &mut Derivation<'_>, submissions: &[Pair<'_>]) -> Option<Wait> {
    // A30: for both limbs from the day of the last rejection decree (A36: the notice of para 15 is none).
    let start = d.story.last(EventKind::RejectionDecree)?;
    let length = length(d);
    let nominal = dates(Kind::Wait, length, start.date(), d.calendar).nominal;
    let eligible_from = nominal.succ_opt().unwrap_or(nominal); // A31: the day after
    let state = state(d, start, nominal);
    let early =
        early_petition(d, start, nominal).filter(|_| !matches!(state, WaitState::Lifted { .. } | WaitState::Exempt));
    let petition = early.map(|_| petition_status(d, eligible_from));
    let wait = Wait { nominal, eligible_from, state, petition };
    let earlier = d.story.of(EventKind::RejectionDecree).filter(|t| t.date() < start.date());
    let mut superseded: Vec<_> = earlier.map(|t| dates(Kind::Wait, length, t.date(), d.calendar).nominal).collect();
    superseded.dedup();
    let missing = !d.death() && d.story.timeline.crime_category.is_none();
    let deadline = d.push(RuleId::P16Wait, start, early.map(|t| t.index), Term::Wait(wait));
    deadline.superseded = superseded;
    if missing {
        deadline.warnings.add(Warning::CrimeCategoryMissing);
    }
    attach(d, start, nominal, wait);
    ripened(d, early, wait, submissions);
    Some(wait)
}

/// A37: the gravest crime governs (the reader of the facts has chosen it). A33: a death case is always especially grave.
fn length(d: &Derivation<'_>) -> Period {
    if d.death() {
        return WAIT_GRAVE;
    }
    match d.story.timeline.crime_category {
        Some(CrimeCategory::Grave | CrimeCategory::EspeciallyGrave) => WAIT_GRAVE,
        Some(CrimeCategory::Other) | None => WAIT_OTHER,
    }
}

fn state(d: &Derivation<'_>, rejection: Told<'_>, nominal: NaiveDate) -> WaitState {
    // A26: after a moratorium para 9 is special: the year from the lifting does not ask what was rejected before.
    let overtaken = d.moratoria.last_lifting().is_some_and(|l| rejection.date() <= l.on);
    // A49: the wait follows a rejection; where the last petition was granted, none does.
    let granted = d.story.of(EventKind::PardonDecree).any(|t| t.date() > rejection.date());
    if overtaken || granted {
        return WaitState::Exempt;
    }
    // A32: soft, for both limbs: a recorded human decision on new circumstances lifts it from its own day.
    let inside = |t: &Told<'_>| rejection.date() <= t.date() && t.date() <= nominal;
    if let Some(lifted) = d.story.of(EventKind::NewCircumstancesRecognised).find(inside) {
        return WaitState::Lifted { on: lifted.date() };
    }
    match d.as_of {
        None => WaitState::Unasked,
        Some(as_of) if as_of <= nominal => WaitState::Running,
        Some(_) => WaitState::Over,
    }
}

/// The first repeat petition inside the wait that was not withdrawn. A petition after a rejection is one without saying so.
fn early_petition<'a>(d: &Derivation<'a>, rejection: Told<'_>, nominal: NaiveDate) -> Option<Told<'a>> {
    let mut story = d.story.clone();
    let withdrawals = story.pair(&[EventKind::PetitionAccepted], &[EventKind::PetitionWithdrawn], any);
    withdrawals
        .into_iter()
        .filter(|p| p.end.is_none())
        .map(|p| p.start)
        .find(|t| is_after(t.event, rejection) && t.date() <= nominal)
}

/// On the day of the rejection itself only a petition that calls itself a repeat is one; the other was the one rejected.
fn is_after(petition: &Event, rejection: Told<'_>) -> bool {
    petition.date > rejection.date() || (petition.date == rejection.date() && petition.repeat)
}

fn petition_status(d: &Derivation<'_>, eligible_from: NaiveDate) -> PetitionStatus {
    // A33: in a death case the wait is computed, but a human decides; execution stays blocked meanwhile.
    match d.as_of {
        Some(as_of) if as_of >= eligible_from => PetitionStatus::Ripened, // A35
        _ if d.death() => PetitionStatus::AttachedNeedsHumanDecision,
        _ => PetitionStatus::Attached,
    }
}

/// `P16.ATTACH`: a step for every repeat petition that came before the wait was over.
fn attach(d: &mut Derivation<'_>, rejection: Told<'_>, nominal: NaiveDate, wait: Wait) {
    if matches!(wait.state, WaitState::Exempt) {
        return;
    }
    let lifted_before = |day: NaiveDate| matches!(wait.state, WaitState::Lifted { on } if on <= day);
    // The petition that was rejected is none of them: what is attached now is not its answer.
    let pairs = d.story.pair(&[EventKind::PetitionAccepted], ENDS, |start, end| {
        is_after(start, rejection) && end.date >= rejection.date()
    });
    for pair in pairs {
        let day = pair.start.date();
        if is_after(pair.start.event, rejection) && day <= nominal && !lifted_before(day) {
            d.push_step(RuleId::P16Attach, pair);
        }
    }
}

/// A35: an attached petition that ripened waits for its submission again: the step of para 13 starts anew.
fn ripened(d: &mut Derivation<'_>, early: Option<Told<'_>>, wait: Wait, submissions: &[Pair<'_>]) {
    let from = match (wait.state, wait.petition) {
        (WaitState::Lifted { on }, _) => on,
        (_, Some(PetitionStatus::Ripened)) => wait.eligible_from,
        _ => return,
    };
    let attached = submissions.iter().any(|p| p.end.is_some_and(|e| e.event.kind == EventKind::PetitionAttached));
    let Some(petition) = early.or_else(|| d.story.last(EventKind::PetitionAccepted)).filter(|_| attached) else {
        return;
    };
    let done = d.story.all().find(|t| DONE.contains(&t.event.kind) && t.date() >= petition.date());
    let step = d.step(RuleId::P13SubmitCommission, from, done.map(|t| t.date()));
    d.push_from(RuleId::P13SubmitCommission, from, Some(petition.index), done.map(|t| t.index), Term::Step(step));
}
