//! The story of a case without a death sentence: petition, consideration, decree, and what comes after.

use std::ops::RangeInclusive;

use keshirim::law::timeline::EventKind as E;

use super::{Day, Event, INSTITUTIONS, REGIONS, Says, Teller};

/// How a petition ended.
enum Ended {
    NotYet,
    NoGrounds,
    Rejected,
    Pardoned,
}

/// Tells it.
pub(super) fn story(mut t: Teller, petition: Day, category: Option<&'static str>) -> Vec<Event> {
    before_the_petition(&mut t, petition);
    accept(&mut t, petition);
    if t.chance(2) {
        withdraw(&mut t);
        return t.events;
    }
    let wait = if category == Some("other") { 184 } else { 366 };
    match consider(&mut t) {
        Ended::Pardoned => drop(t.close(E::CaseClosed, 3..=40)),
        Ended::Rejected => after_a_rejection(&mut t, wait),
        Ended::NoGrounds => after_no_grounds(&mut t),
        Ended::NotYet => {}
    }
    match t.rng.below(1_000) {
        0..20 => drop(t.cut_short(petition, E::ConvictDied)),
        20..45 => drop(t.cut_short(petition, E::AmnestyApplied)),
        45..60 if t.cut_short(petition, E::VerdictQuashedOrChanged) => {
            let court = t.rng.below(REGIONS);
            if let Some(quashed) = t.events.last_mut() {
                quashed.says = Says::Court(court);
            }
            t.then(E::CourtNoticeReceived, 4..=28, Says::Nothing);
        }
        _ => {}
    }
    t.events
}

fn before_the_petition(t: &mut Teller, petition: Day) {
    let in_force = petition - t.rng.between(&(400..=1_500));
    t.before(E::VerdictInForce, in_force, 0..=0, Says::Nothing, false);
    t.before(E::VerdictCopyHanded, in_force, 1..=20, Says::Nothing, true);
    if t.chance(30) {
        t.before(E::CassationRulingHanded, in_force, 21..=90, Says::Nothing, true);
    }
    transfer(t, in_force, 91..=150, true);
    let once_more = t.chance(30);
    if once_more {
        transfer(t, in_force, 151..=390, true);
    }
    if t.events.len() < 4 {
        // The copy was handed over again in the new institution: with it every case has at least four entries before its petition.
        t.before(E::VerdictCopyHanded, petition, -5..=-1, Says::Nothing, true);
    }
}

fn transfer(t: &mut Teller, in_force: Day, days: RangeInclusive<i32>, optional: bool) {
    let to = t.rng.below(INSTITUTIONS);
    t.before(E::ConvictTransferred, in_force, days, Says::ToInstitution(to), optional);
}

/// Institutions accept petitions on every day of the week.
fn accept(t: &mut Teller, day: Day) {
    let says = match t.rng.below(100) {
        0..6 => Says::ByRelative(Some(t.rng.below(INSTITUTIONS))),
        6 => Says::ByRelative(None),
        _ => Says::Nothing,
    };
    t.before(E::PetitionAccepted, day, 0..=0, says, false);
    t.day = day;
    if t.chance(1) {
        let to = t.rng.below(INSTITUTIONS);
        t.then(E::ConvictTransferred, 1..=5, Says::ToInstitution(to));
    }
}

/// From the acceptance to the Administration.
fn forward(t: &mut Teller) {
    let days = if t.rng.below(1_000) < 8 { 8..=15 } else { 1..=5 };
    let says = if t.chance(20) { Says::Postmark } else { Says::Nothing };
    t.then(E::Forwarded, days, says);
    t.then(E::ReceivedByAdministration, 2..=9, Says::Nothing);
}

/// The petition is taken back on its way: nothing is left to consider.
fn withdraw(t: &mut Teller) {
    forward(t);
    t.then(E::PetitionWithdrawn, 1..=9, Says::Nothing);
    t.then(E::NoGroundsDecided, 1..=5, Says::Nothing);
    t.then(E::PetitionerNotified, 1..=9, Says::Nothing);
    t.close(E::CaseClosed, 3..=30);
}

/// From the acceptance to the end of paragraphs 11 to 18.
fn consider(t: &mut Teller) -> Ended {
    forward(t);
    if t.chance(30) {
        let to = t.rng.below(REGIONS);
        t.then(E::SentForVerification, 2..=8, Says::ToRegion(to));
        t.then(E::VerificationReturned, 6..=16, Says::Nothing);
    }
    decide(t)
}

/// From the materials to the decree, or to the notice that there are no grounds.
fn decide(t: &mut Teller) -> Ended {
    if t.chance(45) {
        t.then(E::NoGroundsDecided, 2..=8, Says::Nothing);
        let told = t.then(E::PetitionerNotified, 1..=20, Says::Nothing);
        return if told { Ended::NoGrounds } else { Ended::NotYet };
    }
    t.then(E::SubmittedToCommission, 2..=8, Says::Nothing);
    let present = 10 + t.rng.below(6);
    let in_favour = t.rng.below(present + 1);
    t.then(E::CommissionSat, 10..=60, Says::Votes([15, present, in_favour, present - in_favour]));
    t.aside(E::MinutesSigned, 1..=5, Says::Nothing);
    t.aside(E::SubmittedToHeadOfState, 3..=15, Says::Nothing);
    let pardoned = t.chance(30);
    if pardoned {
        let outcome = if t.chance(60) { "partial_release" } else { "full_release" };
        t.then(E::PardonDecree, 20..=90, Says::Outcome(outcome));
    } else {
        t.then(E::RejectionDecree, 20..=90, Says::Nothing);
    }
    let region = t.rng.below(REGIONS);
    t.then(E::DecreeDispatched, 1..=8, Says::ToRegion(region));
    let received = t.then(E::DecreeReceivedExec, 2..=12, Says::Nothing);
    if pardoned {
        let reported = t.then(E::ExecutionReported, 5..=26, Says::Nothing);
        return if reported { Ended::Pardoned } else { Ended::NotYet };
    }
    if received { Ended::Rejected } else { Ended::NotYet }
}

/// A repeat petition inside the wait (attached; it ripens), one with new circumstances, one later; or none.
fn after_a_rejection(t: &mut Teller, wait: Day) {
    if !t.repeats {
        return;
    }
    let decree = t.events.iter().rfind(|event| event.kind == E::RejectionDecree).map_or(t.day, |event| event.day);
    match t.rng.below(100) {
        0..18 => {
            t.then(E::PetitionAccepted, 20..=120, Says::Repeat);
            forward(t);
            t.then(E::PetitionAttached, 2..=15, Says::Nothing);
            let ripe = decree + wait + 3 - t.day;
            t.then(E::NoGroundsDecided, ripe..=ripe + 20, Says::Nothing);
            t.then(E::PetitionerNotified, 1..=20, Says::Nothing);
        }
        18..23 => {
            t.then(E::PetitionAccepted, 20..=100, Says::Repeat);
            forward(t);
            t.then(E::NewCircumstancesRecognised, 2..=15, Says::Nothing);
            decide(t);
        }
        23..38 => {
            t.then(E::PetitionAccepted, wait + 30..=wait + 700, Says::Repeat);
            consider(t);
        }
        // The sentence is served.
        38..70 => drop(t.close(E::CaseClosed, wait + 10..=wait + 2_000)),
        _ => {}
    }
}

fn after_no_grounds(t: &mut Teller) {
    match t.rng.below(100) {
        0..45 => drop(t.close(E::CaseClosed, 10..=90)),
        45..70 if t.repeats => {
            t.then(E::PetitionAccepted, 150..=700, Says::Nothing);
            consider(t);
        }
        _ => {}
    }
}
