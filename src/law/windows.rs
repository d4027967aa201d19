//! Para 9, the rights: the year to petition, the year after a moratorium, and the act that follows when they go unused.

use chrono::NaiveDate;

use super::derivation::{Derivation, any};
use super::finding::{Right, RightState, Term, Until};
use super::period::Period;
use super::regulation::{Kind, RuleId};
use super::story::Told;
use super::term::dates;
use super::timeline::EventKind;

/// The year of para 9: of both rights and of both dated bars.
pub(super) const YEAR: Period = Period::Years(1);

/// A petition window with its days.
#[derive(Clone, Copy)]
struct Window {
    /// The first day it was open in its own right.
    from: NaiveDate,
    /// Its last day.
    until: NaiveDate,
    /// Whether a petition used it, or a decision restored it.
    spent: bool,
}

/// Para 9, first and third sub-paragraphs: `P9.PETITION`, `P9.PETITION_MORATORIUM`, `P9.ACT`.
pub(super) fn paragraph_9(d: &mut Derivation<'_>) {
    let own = own_window(d);
    let after_lifting = window_after_lifting(d);
    for (rule, window, other) in
        [(RuleId::P9Petition, own, after_lifting), (RuleId::P9PetitionMoratorium, after_lifting, own)]
    {
        let follows = window.is_some_and(|window| act_follows(d, window, other));
        if let Some(Term::Right(right)) = d.deadlines.iter_mut().find(|x| x.rule == rule).map(|x| &mut x.term) {
            right.act_follows = follows;
        }
    }
    act(d, own, after_lifting);
}

/// The year from the hand-over. A15, A54: the later hand-over governs; an earlier one is superseded, not deleted.
fn own_window(d: &mut Derivation<'_>) -> Option<Window> {
    const HAND_OVERS: &[EventKind] = &[EventKind::VerdictCopyHanded, EventKind::CassationRulingHanded];
    let start = d.story.of_any(HAND_OVERS).next_back()?;
    let year = dates(Kind::Right, YEAR, start.date(), d.calendar);
    // A25: a petition on a day of a moratorium is in time although the year may have ended.
    let in_time = |t: &Told<'_>| t.date() <= year.rolled || d.moratoria.in_force(Some(t.date()));
    let used = d.story.of(EventKind::PetitionAccepted).find(in_time);
    let restored = restored(d, year.rolled);
    let endless = d.as_of.map_or(d.moratoria.unlifted(), |day| d.moratoria.in_force(Some(day)));
    // A20: a declared refusal does not end the right; only a petition uses it.
    let state = match (used, restored) {
        (Some(petition), _) => RightState::Exercised { on: petition.date() },
        (None, Some(by)) => RightState::Restored { closed_on: year.rolled, by },
        (None, None) if endless => RightState::OpenIndefinite,
        (None, None) => unused(d.as_of, year.rolled),
    };
    let right = Right {
        nominal: year.nominal,
        rolled: year.rolled,
        until: if endless { Until::Open } else { Until::On(year.rolled) },
        from_entry_into_force: year_from_entry_into_force(d, year.rolled),
        act_follows: false,
        state,
    };
    let superseded = superseded(d, HAND_OVERS, start.date());
    let met_by = used.map(|t| t.index);
    d.push(RuleId::P9Petition, start, met_by, Term::Right(right)).superseded = superseded;
    let spent = used.is_some() || restored.is_some();
    Some(Window { from: start.date(), until: year.rolled, spent })
}

/// A15: where the verdict entered into force later still, the year from that day (CEC 166(1)) is shown as a warning.
fn year_from_entry_into_force(d: &Derivation<'_>, shown: NaiveDate) -> Option<NaiveDate> {
    let in_force = d.story.last(EventKind::VerdictInForce)?;
    Some(dates(Kind::Right, YEAR, in_force.date(), d.calendar).rolled).filter(|day| *day > shown)
}

fn superseded(d: &Derivation<'_>, starts: &[EventKind], governing: NaiveDate) -> Vec<NaiveDate> {
    let earlier = d.story.all().filter(|t| starts.contains(&t.event.kind) && t.date() < governing);
    let mut days: Vec<_> = earlier.map(|t| dates(Kind::Right, YEAR, t.date(), d.calendar).rolled).collect();
    days.dedup();
    days
}

/// A52: a decision that restores a missed window re-opens the right (CPC 56(2), by analogy).
fn restored(d: &Derivation<'_>, closed_on: NaiveDate) -> Option<NaiveDate> {
    d.story.of(EventKind::WindowRestored).map(|t| t.date()).find(|day| *day > closed_on)
}

fn unused(as_of: Option<NaiveDate>, last_day: NaiveDate) -> RightState {
    match as_of {
        None => RightState::Unused,
        Some(day) if day <= last_day => RightState::Open,
        Some(_) => RightState::ExpiredUnused,
    }
}

/// The year from the lifting. A24: from the latest of its days. A26: whatever was petitioned before. A27: the last lifting only.
/// A29: also where the verdict came into force after it.
fn window_after_lifting(d: &mut Derivation<'_>) -> Option<Window> {
    if d.moratoria.unlifted() {
        return None; // the right is open without an end again; `P9.PETITION` says so
    }
    let lifting = d.moratoria.last_lifting()?;
    let year = dates(Kind::Right, YEAR, lifting.on, d.calendar);
    let in_time = |t: &Told<'_>| lifting.on <= t.date() && t.date() <= year.rolled;
    let used = d.story.of(EventKind::PetitionAccepted).find(in_time);
    let restored = restored(d, year.rolled);
    let state = match (used, restored) {
        (Some(petition), _) => RightState::Exercised { on: petition.date() },
        (None, Some(by)) => RightState::Restored { closed_on: year.rolled, by },
        (None, None) => unused(d.as_of, year.rolled),
    };
    let right = Right {
        nominal: year.nominal,
        rolled: year.rolled,
        until: Until::On(year.rolled),
        from_entry_into_force: None,
        act_follows: false,
        state,
    };
    let superseded = overtaken_years(d, lifting.on);
    let met_by = used.map(|t| t.index);
    let term = Term::Right(right);
    d.push_from(RuleId::P9PetitionMoratorium, lifting.on, Some(lifting.event), met_by, term).superseded = superseded;
    Some(Window { from: lifting.on, until: year.rolled, spent: used.is_some() || restored.is_some() })
}

/// The last days of the years after earlier liftings, overtaken by the last one (A27).
pub(super) fn overtaken_years(d: &Derivation<'_>, last: NaiveDate) -> Vec<NaiveDate> {
    let earlier = d.moratoria.liftings.iter().filter(|l| l.on < last);
    earlier.map(|l| dates(Kind::Right, YEAR, l.on, d.calendar).rolled).collect()
}

/// The act of para 9: A18, an undated step, opened by a declared refusal or on the day after an unused window closed.
fn act(d: &mut Derivation<'_>, own: Option<Window>, after_lifting: Option<Window>) {
    let refusals = d.story.pair(&[EventKind::RefusalDeclared], &[EventKind::RefusalActDrawn], any);
    let drawn_early = refusals.iter().any(|p| p.end.is_none());
    for pair in refusals {
        d.push_step(RuleId::P9Act, pair);
    }
    if drawn_early {
        return; // a declared refusal already asks for the act; the closing of the window adds nothing
    }
    for (window, other) in [(own, after_lifting), (after_lifting, own)] {
        if let Some(window) = window.filter(|w| !w.spent && act_follows(d, *w, other)) {
            act_after(d, window);
        }
    }
}

/// Still open by the other year, or without an end: nothing has been missed yet.
fn act_follows(d: &Derivation<'_>, window: Window, other: Option<Window>) -> bool {
    window.until.succ_opt().is_some_and(|day_after| {
        let open_by_other = other.is_some_and(|o| o.from <= day_after && day_after <= o.until);
        !open_by_other && !d.moratoria.in_force(Some(day_after))
    })
}

fn act_after(d: &mut Derivation<'_>, window: Window) {
    let Some(day_after) = window.until.succ_opt() else { return };
    let reached = |day: NaiveDate| match d.as_of {
        Some(as_of) => day <= as_of,
        None => d.story.all().any(|t| t.date() >= day),
    };
    let drawn_before = |t: Told<'_>| window.from <= t.date() && t.date() <= window.until;
    if !reached(day_after) || d.story.of(EventKind::RefusalActDrawn).any(drawn_before) {
        return;
    }
    let drawn = d.story.of(EventKind::RefusalActDrawn).find(|t| t.date() >= day_after);
    let step = d.step(RuleId::P9Act, day_after, drawn.map(|t| t.date()));
    d.push_from(RuleId::P9Act, day_after, None, drawn.map(|t| t.index), Term::Step(step));
}
