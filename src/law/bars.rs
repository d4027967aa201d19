//! Para 9, the bars on execution: the year, the moratorium, the year after it, and every paper not yet considered.

use chrono::NaiveDate;

use super::derivation::{Derivation, any};
use super::finding::{Bar, BarState, Extent, Term};
use super::moratorium::Lifting;
use super::regulation::{Kind, RuleId};
use super::story::{Pair, Told};
use super::term::dates;
use super::timeline::EventKind;
use super::windows::{YEAR, overtaken_years};

/// Para 9: `P9.BAR_PENDING`, `P9.BAR_YEAR`, `P9.BAR_MORATORIUM`, `P9.BAR_AFTER_LIFT`, in the decree's order.
pub(super) fn paragraph_9(d: &mut Derivation<'_>) {
    pending(d);
    year(d);
    moratoria(d);
    after_lift(d);
}

/// A55, A56: one bar for each petition and each refusal act, until it has been considered.
fn pending(d: &mut Derivation<'_>) {
    let papers = considered_papers(d);
    if papers.is_empty() {
        nothing_filed(d);
        return;
    }
    // As of a day between two liftings it is the first of them after which nothing earlier counts.
    let lifting = d.moratoria.last_lifting_by(d.as_of);
    let considered_after = lifting.and_then(|l| papers.iter().filter_map(|(_, on)| *on).filter(|on| *on > l.on).min());
    for (paper, considered) in papers {
        let over = considered.map(|on| match lifting {
            Some(lifting) if on <= lifting.on => revived(d, lifting, considered_after),
            _ => Some(on),
        });
        let state = match over.flatten() {
            Some(on) if d.as_of.is_none_or(|as_of| as_of >= on) => BarState::Ended { on },
            _ => BarState::InForceIndefinite,
        };
        let subject = paper.event.paper();
        d.push(RuleId::P9BarPending, paper, None, Term::Bar(Bar { extent: Extent::Open, state })).subject = subject;
    }
}

/// What was considered before a moratorium was lifted does not count after the lifting, until the window after it has
/// passed or a new petition or refusal has been considered (para 9, third sub-paragraph). `None`: the bar stands.
fn revived(d: &Derivation<'_>, lifting: Lifting, considered_after: Option<NaiveDate>) -> Option<NaiveDate> {
    let window_end = dates(Kind::Right, YEAR, lifting.on, d.calendar).rolled;
    // A27: a moratorium declared inside the window keeps it open without an end.
    let passed = |as_of: NaiveDate| as_of > window_end && !d.moratoria.renewed(lifting.on, window_end, as_of);
    if d.as_of.is_some_and(passed) {
        return Some(considered_after.map_or(window_end, |on| on.min(window_end)));
    }
    considered_after.filter(|on| d.as_of.is_none_or(|as_of| *on <= as_of))
}

/// Every paper with the day its consideration became known, in the order of their days.
///
/// A petition: the rejection decree was received by both addressees of para 17(1) (A55). Refusal materials: an explicit,
/// recorded act (A56). An unconfirmed entry ends nothing: neither as the paper nor as its answer. A withdrawal ends nothing; a
/// pardon is no rejection.
fn considered_papers<'a>(d: &mut Derivation<'a>) -> Vec<(Told<'a>, Option<NaiveDate>)> {
    use super::derivation::DECREES;
    let decrees = d.story.pair(&[EventKind::PetitionAccepted], DECREES, any);
    let at_sc = d.story.pair(DECREES, &[EventKind::DecreeReceivedSc], any);
    let at_pg = d.story.pair(DECREES, &[EventKind::DecreeReceivedPg], any);
    let refusals = d.story.pair(&[EventKind::RefusalActDrawn], &[EventKind::RefusalMaterialsConsidered], any);
    let received = |pairs: &[Pair<'a>], decree: u32| {
        pairs.iter().find(|p| p.start.index == decree).and_then(|p| p.end).filter(confirmed).map(|end| end.date())
    };
    let mut papers: Vec<_> = decrees
        .iter()
        .map(|pair| {
            let rejection = pair.end.filter(confirmed).filter(|e| e.event.kind == EventKind::RejectionDecree);
            let known = rejection.and_then(|r| Some(received(&at_sc, r.index)?.max(received(&at_pg, r.index)?)));
            (pair.start, known)
        })
        .chain(refusals.iter().map(|pair| (pair.start, pair.end.filter(confirmed).map(|end| end.date()))))
        .map(|(paper, known)| (paper, known.filter(|_| confirmed(&paper))))
        .collect();
    papers.sort_by_key(|(paper, _)| (paper.date(), paper.index));
    papers
}

fn confirmed(told: &Told<'_>) -> bool {
    !told.event.unconfirmed
}

/// With nothing filed at all the bar stands from the first hand-over or entry into force, and does not end by itself.
fn nothing_filed(d: &mut Derivation<'_>) {
    const FIRST: &[EventKind] =
        &[EventKind::VerdictInForce, EventKind::VerdictCopyHanded, EventKind::CassationRulingHanded];
    let known = d.story.of_any(FIRST).next();
    // Neither is known, yet the case has a story (a dispatch, say): it stands from the first event of the case.
    let Some(start) = known.or_else(|| d.story.all().find(|t| !t.event.kind.is_nationwide())) else { return };
    let bar = Bar { extent: Extent::Open, state: BarState::InForceIndefinite };
    d.push(RuleId::P9BarPending, start, None, Term::Bar(bar));
}

/// A17: a year has not passed until its rolled anniversary is over. A54: of several verdicts the latest counts.
fn year(d: &mut Derivation<'_>) {
    let Some(start) = d.story.last(EventKind::VerdictInForce) else { return };
    let bar = dated(d, start.date());
    let earlier = d.story.of(EventKind::VerdictInForce).filter(|t| t.date() < start.date());
    let mut superseded: Vec<_> = earlier.map(|t| dates(Kind::Bar, YEAR, t.date(), d.calendar).rolled).collect();
    superseded.dedup();
    d.push(RuleId::P9BarYear, start, None, Term::Bar(bar)).superseded = superseded;
}

/// A25, A28: from the earliest day of the declaration, without an end until the lifting takes effect.
fn moratoria(d: &mut Derivation<'_>) {
    for m in d.moratoria.periods.clone() {
        let over = m.lifted.filter(|l| d.as_of.is_none_or(|as_of| as_of >= l.on));
        let state = over.map_or(BarState::InForceIndefinite, |l| BarState::Ended { on: l.on });
        let term = Term::Bar(Bar { extent: Extent::Open, state });
        d.push_from(RuleId::P9BarMoratorium, m.begins, Some(m.declared_by), m.lifted.map(|l| l.event), term);
    }
}

/// A24, A27, A29: a year from the last lifting, for every death case.
fn after_lift(d: &mut Derivation<'_>) {
    let Some(lifting) = d.moratoria.last_lifting() else { return };
    let bar = dated(d, lifting.on);
    let superseded = overtaken_years(d, lifting.on);
    d.push_from(RuleId::P9BarAfterLift, lifting.on, Some(lifting.event), None, Term::Bar(bar)).superseded = superseded;
}

fn dated(d: &Derivation<'_>, from: NaiveDate) -> Bar {
    let dates = dates(Kind::Bar, YEAR, from, d.calendar);
    let state = match d.as_of {
        None => BarState::Standing,
        Some(as_of) if as_of <= dates.rolled => BarState::InForce,
        Some(_) => BarState::Ended { on: dates.rolled },
    };
    Bar { extent: Extent::Dated { nominal: dates.nominal, rolled: dates.rolled }, state }
}
