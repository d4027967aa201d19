//! What was recorded against the decree. A fact is never refused for being unlawful: it is recorded and flagged.

use chrono::NaiveDate;

use super::deadline::Addressee;
use super::derivation::{DECREES, Derivation};
use super::execution;
use super::finding::{ExecutionFinding, Irregularity, RightState, Term, Wait, WaitState};
use super::names::names;
use super::regulation::RuleId;
use super::story::Told;
use super::timeline::EventKind;

names! {
    /// What happened against which words.
    Code, "irregularity" {
        /// Para 8: considered before the verdict was in force (or before the register knows that it is).
        ConsideredBeforeVerdictInForce = "considered_before_verdict_in_force",
        /// Para 5: fewer than two thirds of the members took part.
        CommissionBelowTwoThirds = "commission_below_two_thirds",
        /// Para 6: a tie was not counted as support.
        TieNotCountedAsSupport = "tie_not_counted_as_support",
        /// Para 6: the recorded result is not that of the majority.
        ResultAgainstMajority = "result_against_majority",
        /// Para 6: the numbers of the vote cannot be right.
        VotesDoNotAddUp = "votes_do_not_add_up",
        /// Para 11: a death case went to the Commission without both conclusions.
        SubmittedWithoutBothConclusions = "submitted_without_both_conclusions",
        /// Para 16: a repeat petition went to the Commission before the wait was over, without new circumstances.
        SubmittedBeforeWaitOver = "submitted_before_wait_over",
        /// Para 17(1): the decree went to one addressee of two.
        DecreeToOneAddresseeOfTwo = "decree_to_one_addressee_of_two",
        /// Para 17(1): a dispatch of a decree does not name its addressee.
        DecreeAddresseeMissing = "decree_addressee_missing",
        /// Para 9: a sentence was executed while a bar stood or something was unknown.
        ExecutedWhileBarred = "executed_while_barred",
        /// Para 9: a petition was accepted after the window had closed and was not restored.
        PetitionAfterWindow = "petition_after_window",
    }
}

/// Everything that was recorded against the decree, in the order of the events.
pub(super) fn all(d: &Derivation<'_>, wait: Option<Wait>) -> Vec<Irregularity> {
    let mut found = Vec::new();
    let mut flag = |paragraph: &'static str, code: Code, told: Told<'_>| {
        found.push(Irregularity { paragraph, code, event: told.index });
    };
    for told in d.story.all() {
        match told.event.kind {
            EventKind::CommissionSat => {
                if let Some(code) = before_verdict_in_force(d, told) {
                    flag("8", code, told);
                }
                for (paragraph, code) in sitting(told) {
                    flag(paragraph, code, told);
                }
            }
            EventKind::RejectionDecree | EventKind::PardonDecree | EventKind::RefusalMaterialsConsidered => {
                if let Some(code) = before_verdict_in_force(d, told) {
                    flag("8", code, told);
                }
            }
            EventKind::SubmittedToCommission => {
                if d.death() && !both_conclusions_by(d, told.date()) {
                    flag("7(2), 11", Code::SubmittedWithoutBothConclusions, told);
                }
                if wait.is_some_and(|wait| inside_wait(d, wait, told)) {
                    flag("16", Code::SubmittedBeforeWaitOver, told);
                }
            }
            EventKind::DecreeDispatched if d.death() => {
                if let Some(code) = dispatch(d, told) {
                    flag("17(1)", code, told);
                }
            }
            EventKind::SentenceExecuted if d.death() && barred_on(d, told.date()) => {
                flag("9", Code::ExecutedWhileBarred, told);
            }
            EventKind::PetitionAccepted if d.death() && after_window(d, told) => {
                flag("9", Code::PetitionAfterWindow, told);
            }
            _ => {}
        }
    }
    found
}

fn barred_on(d: &Derivation<'_>, day: NaiveDate) -> bool {
    execution::on_the_day(d, day).finding == ExecutionFinding::Barred
}

/// Para 8, where the register knows the day of entry into force; where it does not, the condition says so.
fn before_verdict_in_force(d: &Derivation<'_>, told: Told<'_>) -> Option<Code> {
    let in_force = d.story.first(EventKind::VerdictInForce)?;
    (told.date() < in_force.date()).then_some(Code::ConsideredBeforeVerdictInForce)
}

/// Paras 5 and 6: two thirds present; majority of those present; a tie is support.
fn sitting(told: Told<'_>) -> Vec<(&'static str, Code)> {
    let event = told.event;
    let mut found = Vec::new();
    if let (Some(members), Some(present)) = (event.members, event.present) {
        if u64::from(present) * 3 < u64::from(members) * 2 {
            found.push(("5", Code::CommissionBelowTwoThirds));
        }
        if present > members {
            found.push(("6", Code::VotesDoNotAddUp));
        }
    }
    let (Some(votes_for), Some(against)) = (event.votes_for, event.votes_against) else { return found };
    if event.present.is_some_and(|present| u64::from(votes_for) + u64::from(against) > u64::from(present)) {
        found.push(("6", Code::VotesDoNotAddUp));
    }
    let supported = match event.outcome.as_deref() {
        Some("supported" | "support" | "for") => true,
        Some(_) => false,
        None => return found,
    };
    // A majority is one of those present, not of those who voted (para 6).
    let majority = |votes: u32| u64::from(votes) * 2 > u64::from(event.present.unwrap_or(votes_for + against));
    if votes_for == against && !supported {
        found.push(("6", Code::TieNotCountedAsSupport));
    } else if votes_for != against && ((majority(votes_for) && !supported) || (majority(against) && supported)) {
        found.push(("6", Code::ResultAgainstMajority));
    }
    found
}

fn both_conclusions_by(d: &Derivation<'_>, day: NaiveDate) -> bool {
    let by = |kind: EventKind| d.story.of(kind).any(|t| t.date() <= day);
    by(EventKind::ConclusionSupremeCourt) && by(EventKind::ConclusionProsecutorGeneral)
}

fn inside_wait(d: &Derivation<'_>, wait: Wait, told: Told<'_>) -> bool {
    let rejection = d.story.last(EventKind::RejectionDecree);
    let free = match wait.state {
        WaitState::Exempt => true,
        WaitState::Lifted { on } => on <= told.date(),
        WaitState::Unasked | WaitState::Running | WaitState::Over => false,
    };
    !free && rejection.is_some_and(|r| r.date() < told.date()) && told.date() < wait.eligible_from
}

/// Para 17(1): two addressees. Flagged on the sending that stands alone.
fn dispatch(d: &Derivation<'_>, told: Told<'_>) -> Option<Code> {
    let ours = Addressee::of(told.event);
    if ours == Addressee::ExecutingBody {
        return Some(Code::DecreeAddresseeMissing);
    }
    let decree = d.story.of_any(DECREES).rfind(|t| t.date() <= told.date())?;
    let other_rule = if ours == Addressee::SupremeCourt { RuleId::P17DispatchPg } else { RuleId::P17DispatchSc };
    let other = d.deadlines.iter().find(|x| x.rule == other_rule && x.started_by == Some(decree.index))?;
    other.met_by.is_none().then_some(Code::DecreeToOneAddresseeOfTwo)
}

/// A21: a late petition still bars execution; a human is asked.
fn after_window(d: &Derivation<'_>, told: Told<'_>) -> bool {
    let mut windows = d.deadlines.iter().filter_map(|x| match x.term {
        Term::Right(right) => Some((x.from, right)),
        _ => None,
    });
    let open = |from: NaiveDate, right: super::finding::Right| {
        (from <= told.date() && told.date() <= right.rolled)
            || matches!(right.state, RightState::Restored { by, .. } if by <= told.date())
    };
    let known = d.deadlines.iter().any(|x| x.rule == RuleId::P9Petition && x.from <= told.date());
    known && !windows.any(|(from, right)| open(from, right)) && !d.moratoria.in_force(Some(told.date()))
}
