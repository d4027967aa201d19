//! Paras 10, 11 and 13: the way of a petition or an act to the Administration, to the two conclusions, to the Commission.

use chrono::NaiveDate;

use super::derivation::{Derivation, any};
use super::finding::{Actor, Condition, Duty, DutyState, NeedsHuman, Term};
use super::regulation::RuleId;
use super::story::{Pair, Told};
use super::term::dates;
use super::timeline::{Event, EventKind};

/// Para 11: seven days to forward (A09: each paper its own term), arrival, dispatch, and in death cases the two conclusions.
///
/// Returns, for each file of a death case, the days that make its conclusions complete.
pub(super) fn paragraph_11<'a>(d: &mut Derivation<'a>) -> Vec<Conclusions<'a>> {
    let papers = forward(d);
    let arrivals = arrival(d, papers);
    if !d.death() {
        return Vec::new(); // A47: para 11, second sentence, speaks of persons sentenced to death only
    }
    let sc = conclusion(d, &SUPREME_COURT, &arrivals);
    let pg = conclusion(d, &PROSECUTOR_GENERAL, &arrivals);
    complete(d, &sc, &pg)
}

/// The dates and the state of a duty of `rule` from `from`, met on `met_on`.
pub(super) fn duty(
    d: &Derivation<'_>,
    rule: RuleId,
    from: NaiveDate,
    met_on: Option<NaiveDate>,
    receipt: Option<NaiveDate>,
) -> Duty {
    let rule = rule.rule();
    let length = rule.length.expect("every duty of the decree has a length: tests/it/law.rs checks it");
    let dates = dates(rule.kind, length, from, d.calendar);
    // A14: the month runs from the dispatch (the earlier reading, safe); the receipt is used only for calling the body late.
    let from_receipt = receipt.map(|day| super::term::dates(rule.kind, length, day, d.calendar).rolled);
    let mut duty = Duty {
        nominal: dates.nominal,
        rolled: dates.rolled,
        safe: dates.safe,
        alert_workday: dates.alert_workday,
        from_receipt,
        in_transit_until: None,
        state: DutyState::Unmet,
    };
    // A12: no official is called late on a day that the law gave: lateness counts from the rolled day.
    let late_by = |day: NaiveDate| (day - duty.late_after()).num_days();
    duty.state = match (met_on, d.as_of) {
        (Some(on), _) if late_by(on) > 0 => DutyState::Late { on, by_days: late_by(on) },
        (Some(on), _) => DutyState::OnTime { on },
        (None, Some(as_of)) if late_by(as_of) > 0 => DutyState::Overdue { by_days: late_by(as_of) },
        (None, Some(_)) => DutyState::Open,
        (None, None) => DutyState::Unmet,
    };
    duty
}

/// `P11.FORWARD`: A11, sending ends the seven days; a receipt without a recorded sending shows that it was sent.
fn forward<'a>(d: &mut Derivation<'a>) -> Vec<Pair<'a>> {
    const PAPERS: &[EventKind] = &[EventKind::PetitionAccepted, EventKind::RefusalActDrawn];
    let same_paper = |start: &Event, end: &Event| end.subject.is_none() || end.subject == start.paper();
    let mut papers = d.story.pair(PAPERS, &[EventKind::Forwarded], same_paper);
    let sendings = papers.clone();
    let arrivals = d.story.pair(&[EventKind::Forwarded], &[EventKind::ReceivedByAdministration], same_subject);
    let arrived: Vec<u32> = arrivals.iter().filter_map(|p| p.end.map(|end| end.index)).collect();
    let timeline = d.story.timeline;
    let unsent = |start: &Event, end: &Event| same_paper(start, end) && !is_among(timeline, end, &arrived);
    d.story.answer(&mut papers, &[EventKind::ReceivedByAdministration], unsent);
    for (pair, sent) in papers.iter().zip(&sendings) {
        let mut duty = duty(d, RuleId::P11Forward, pair.start.date(), pair.ended_on(), None);
        let arrival =
            sent.end.and_then(|s| arrivals.iter().find(|a| a.start.index == s.index)).and_then(Pair::ended_on);
        duty.in_transit_until = arrival;
        let met_by = pair.end.map(|end| end.index);
        let owner = owner(d, pair.start);
        let also = transferred_inside(d, pair, duty.rolled);
        let deadline = d.push(RuleId::P11Forward, pair.start, met_by, Term::Duty(duty));
        deadline.subject = pair.start.event.paper();
        (deadline.actor, deadline.needs_human) = owner;
        deadline.also_alert = also.filter(|actor| Some(actor) != deadline.actor.as_ref());
    }
    arrivals
}

fn same_subject(start: &Event, end: &Event) -> bool {
    end.subject.is_none() || start.subject.is_none() || end.subject == start.subject
}

fn is_among(timeline: &super::timeline::Timeline, event: &Event, indexes: &[u32]) -> bool {
    indexes.iter().any(|i| std::ptr::eq(&raw const timeline.events[*i as usize - 1], event))
}

/// A10: the administration of the accepting institution; A51: by another road a human names who accepted.
fn owner(d: &Derivation<'_>, start: Told<'_>) -> (Option<Actor>, Option<NeedsHuman>) {
    let named = start.event.institution.as_deref();
    if start.event.by_another_road() && named.is_none() {
        return (None, Some(NeedsHuman::NameTheAcceptingBody));
    }
    let code = named.or_else(|| d.story.institution_on(start.date()));
    (Some(Actor::Institution(code.map(Box::from))), None)
}

/// A53: transferred inside the seven days: the accepting institution keeps the duty, the new one is told as well.
fn transferred_inside(d: &Derivation<'_>, pair: &Pair<'_>, last_day: NaiveDate) -> Option<Actor> {
    let until = pair.ended_on().map_or(last_day, |sent| sent.min(last_day));
    let inside = |t: &Told<'_>| pair.start.date() <= t.date() && t.date() <= until;
    let transfer = d.story.of(EventKind::ConvictTransferred).rfind(inside)?;
    transfer.event.to.as_deref().map(|to| Actor::Institution(Some(to.into())))
}

/// `P11.ARRIVAL`: forwarded, not yet received: A11, watched apart. Returns every receipt by the Administration.
fn arrival<'a>(d: &mut Derivation<'a>, sendings: Vec<Pair<'a>>) -> Vec<Told<'a>> {
    for pair in sendings {
        let subject = pair.start.event.subject;
        d.push_step(RuleId::P11Arrival, pair).subject = subject;
    }
    d.story.of(EventKind::ReceivedByAdministration).collect()
}

/// One of the two bodies of para 11 (A13: two separate duties).
struct Body {
    dispatch: RuleId,
    conclusion: RuleId,
    dispatched: EventKind,
    received: EventKind,
    concluded: EventKind,
}

const SUPREME_COURT: Body = Body {
    dispatch: RuleId::P11DispatchSc,
    conclusion: RuleId::P11ConclSc,
    dispatched: EventKind::DispatchedToSupremeCourt,
    received: EventKind::ReceivedBySupremeCourt,
    concluded: EventKind::ConclusionSupremeCourt,
};

const PROSECUTOR_GENERAL: Body = Body {
    dispatch: RuleId::P11DispatchPg,
    conclusion: RuleId::P11ConclPg,
    dispatched: EventKind::DispatchedToProsecutorGeneral,
    received: EventKind::ReceivedByProsecutorGeneral,
    concluded: EventKind::ConclusionProsecutorGeneral,
};

/// The dispatch (no term: the silent gap of para 11) and the month that it starts. Returns each dispatch with its conclusion.
fn conclusion<'a>(d: &mut Derivation<'a>, body: &Body, arrivals: &[Told<'a>]) -> Vec<Pair<'a>> {
    let mut dispatches: Vec<Pair<'a>> = arrivals.iter().map(|start| Pair { start: *start, end: None }).collect();
    d.story.answer(&mut dispatches, &[body.dispatched], same_subject);
    for pair in dispatches {
        d.push_step(body.dispatch, pair);
    }
    let receipts = d.story.pair(&[body.dispatched], &[body.received], any);
    let conclusions = d.story.pair(&[body.dispatched], &[body.concluded], any);
    for (pair, receipt) in conclusions.iter().zip(&receipts) {
        let duty = duty(d, body.conclusion, pair.start.date(), pair.ended_on(), receipt.ended_on());
        d.push(body.conclusion, pair.start, pair.end.map(|end| end.index), Term::Duty(duty));
    }
    conclusions
}

/// Both conclusions on one file.
pub(super) struct Conclusions<'a> {
    /// The event that made them complete: the later conclusion.
    pub(super) second: Told<'a>,
    /// The first event of the file's way, to match a submission that came too early.
    pub(super) begun: NaiveDate,
}

/// Joins the conclusions of the two bodies on the same file, or in the order of their days where the files are not linked.
fn complete<'a>(d: &Derivation<'a>, sc: &[Pair<'a>], pg: &[Pair<'a>]) -> Vec<Conclusions<'a>> {
    let mut free: Vec<&Pair<'a>> = pg.iter().filter(|p| p.end.is_some()).collect();
    let mut found = Vec::new();
    for ours in sc {
        let Some(our_end) = ours.end else { continue };
        let root = d.story.root(ours.start.index);
        let linked = |p: &&Pair<'a>| d.story.root(p.start.index) == root;
        let unlinked = |p: &&Pair<'a>| root == ours.start.index || d.story.root(p.start.index) == p.start.index;
        let Some(at) = free.iter().position(linked).or_else(|| free.iter().position(unlinked)) else { continue };
        let theirs = free.remove(at);
        let Some(their_end) = theirs.end else { continue };
        let second = if their_end.date() > our_end.date() { their_end } else { our_end };
        found.push(Conclusions { second, begun: ours.start.date().min(theirs.start.date()) });
    }
    found
}

/// Paras 7(2) and 11: the file is complete for the Commission when both conclusions on it are in.
pub(super) fn ready_for_commission(d: &Derivation<'_>) -> Condition {
    let last_arrival = d.story.last(EventKind::ReceivedByAdministration).map(|t| t.date());
    let is_in = |body: &Body| {
        let last_dispatch = d.story.last(body.dispatched).map(|t| t.date());
        let unanswered = d.deadlines.iter().any(|x| x.rule == body.conclusion && x.met_by.is_none());
        let concluded = d.story.last(body.concluded).map(|t| t.date());
        !unanswered && concluded.is_some_and(|on| Some(on) >= last_dispatch && Some(on) >= last_arrival)
    };
    let mut missing = Vec::new();
    for body in [&SUPREME_COURT, &PROSECUTOR_GENERAL] {
        if !is_in(body) {
            missing.push(body.conclusion);
        }
    }
    Condition { rule: RuleId::P11ReadyForCommission, met: missing.is_empty(), missing, blocks: &[] }
}

/// Para 13: submission to the Commission; from the second conclusion in death cases, else from the receipt.
///
/// It also ends when no grounds are found (para 15) or the petition is attached (para 16). Returns each with its answer.
pub(super) fn paragraph_13<'a>(d: &mut Derivation<'a>, conclusions: &[Conclusions<'a>]) -> Vec<Pair<'a>> {
    const ENDS: &[EventKind] =
        &[EventKind::SubmittedToCommission, EventKind::NoGroundsDecided, EventKind::PetitionAttached];
    if !d.death() {
        let pairs = d.story.pair(&[EventKind::ReceivedByAdministration], ENDS, any);
        for pair in &pairs {
            d.push_step(RuleId::P13SubmitCommission, *pair);
        }
        return pairs;
    }
    let mut ends: Vec<Told<'a>> = d.story.of_any(ENDS).collect();
    let mut pairs = Vec::new();
    for file in conclusions {
        // A submission before the second conclusion is unlawful, and flagged; the step is done all the same.
        let at = ends.iter().position(|end| end.date() >= file.begun);
        let pair = Pair { start: file.second, end: at.map(|at| ends.remove(at)) };
        d.push_step(RuleId::P13SubmitCommission, pair);
        pairs.push(pair);
    }
    pairs
}
