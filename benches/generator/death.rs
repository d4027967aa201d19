//! The story of a death case under a moratorium: the windows of paragraph 9 are open without an end, few are decided.

use keshirim::law::timeline::EventKind as E;

use super::{Event, INSTITUTIONS, Says, Teller};

/// Tells it; the day that the teller stands on is that of the petition, or of the refusal.
pub(super) fn story(mut t: Teller) -> Vec<Event> {
    let petition = t.day;
    let in_force = petition - t.rng.between(&(60..=330));
    t.before(E::VerdictInForce, in_force, 0..=0, Says::Nothing, false);
    t.before(E::VerdictCopyHanded, in_force, 1..=15, Says::Nothing, false);
    if t.chance(60) {
        t.before(E::CassationRulingHanded, in_force, 16..=30, Says::Nothing, true);
    }
    let to = t.rng.below(INSTITUTIONS);
    t.before(E::ConvictTransferred, in_force, 31..=45, Says::ToInstitution(to), true);
    t.before(E::ConvictInformed, in_force, 46..=59, Says::Nothing, true);
    match t.rng.below(100) {
        0..55 => {
            t.before(E::PetitionAccepted, petition, 0..=0, Says::Nothing, false);
            if t.chance(3) {
                t.then(E::PetitionWithdrawn, 3..=30, Says::Nothing);
            }
            let files = consider(&mut t, Says::Nothing);
            if files && t.chance(20) {
                decide(&mut t);
            }
        }
        55..80 => {
            t.before(E::RefusalDeclared, petition, 0..=0, Says::Nothing, false);
            t.then(E::RefusalActDrawn, 3..=24, Says::Nothing);
            consider(&mut t, Says::RefusalAct);
            if t.chance(10) {
                t.then(E::RefusalMaterialsConsidered, 20..=90, Says::Nothing);
            }
        }
        // Nothing filed so far.
        _ => {
            if t.events.len() < 5 {
                let to = t.rng.below(INSTITUTIONS);
                t.before(E::ConvictTransferred, petition, 0..=0, Says::ToInstitution(to), false);
            }
        }
    }
    match t.rng.below(100) {
        0..4 => drop(t.cut_short(petition, E::ConvictDied)),
        4 => drop(t.cut_short(petition, E::VerdictQuashedOrChanged)),
        _ => {}
    }
    t.events
}

/// From the paper to the Commission; false if it is not there yet.
fn consider(t: &mut Teller, paper: Says) -> bool {
    let days = if t.rng.below(1_000) < 20 { 8..=12 } else { 1..=5 };
    t.then(E::Forwarded, days, paper);
    t.then(E::ReceivedByAdministration, 2..=9, paper);
    t.then(E::DispatchedToSupremeCourt, 2..=12, Says::Nothing);
    t.then(E::DispatchedToProsecutorGeneral, 0..=2, Says::Nothing);
    t.aside(E::ReceivedBySupremeCourt, 1..=3, Says::Nothing);
    t.aside(E::ReceivedByProsecutorGeneral, 0..=2, Says::Nothing);
    let late = t.rng.below(100) < 3;
    let first_from_court = t.chance(50);
    let (first, second) = if first_from_court {
        (E::ConclusionSupremeCourt, E::ConclusionProsecutorGeneral)
    } else {
        (E::ConclusionProsecutorGeneral, E::ConclusionSupremeCourt)
    };
    t.then(first, 5..=12, Says::Nothing);
    t.then(second, if late { 15..=50 } else { 1..=8 }, Says::Nothing);
    t.then(E::SubmittedToCommission, 3..=20, Says::Nothing)
}

/// From the Commission to the decree's receipts.
fn decide(t: &mut Teller) {
    let present = 10 + t.rng.below(6);
    let in_favour = t.rng.below(present + 1);
    t.then(E::CommissionSat, 20..=90, Says::Votes([15, present, in_favour, present - in_favour]));
    t.aside(E::SubmittedToHeadOfState, 3..=15, Says::Nothing);
    if t.chance(50) {
        t.then(E::PardonDecree, 30..=120, Says::Outcome("replacement"));
    } else {
        t.then(E::RejectionDecree, 30..=120, Says::Nothing);
    }
    t.aside(E::DecreeDispatched, 1..=8, Says::To("supreme_court"));
    t.aside(E::DecreeDispatched, 0..=1, Says::To("prosecutor_general"));
    t.then(E::DecreeReceivedSc, 2..=8, Says::Nothing);
    t.then(E::DecreeReceivedPg, 0..=3, Says::Nothing);
}
