//! Who hears of a deadline at a rung: offices, before the directory is asked who is behind them.

use super::Rung;
use crate::law::finding::{Actor, Deadline};
use crate::law::regulation::Kind;

/// Who is to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Party {
    /// An office, by its code.
    Office(String),
    /// The superior of an office.
    SuperiorOf(String),
    /// Everyone who was told of the deadline before.
    AllTold,
}

/// Who hears of a deadline at a rung (letters.md "Who").
///
/// `institution` is the office in which the convict is held.
pub fn audience(deadline: &Deadline, rung: Rung, institution: &str) -> Vec<Party> {
    let office = |code: &str| Party::Office(code.to_owned());
    let working_body = || office("working_body");
    if rung == Rung::Closed {
        return vec![Party::AllTold];
    }
    // Only the superior, and only if nobody has acknowledged: whoever composes asks.
    if rung == Rung::Unacknowledged {
        return Vec::new();
    }
    // Whoever is to hear of the new date may be somebody else than those who heard of the old one.
    let mut parties = if rung == Rung::Moved { vec![Party::AllTold] } else { Vec::new() };
    match deadline.kind() {
        Kind::Bar if rung == Rung::BarEnded => parties.push(working_body()),
        Kind::Bar => {
            parties.extend([
                office("prosecutor_general"),
                office("supreme_court"),
                office(institution),
                working_body(),
            ]);
        }
        Kind::Right => parties.extend([office(institution), working_body()]),
        Kind::Duty | Kind::Wait | Kind::Step | Kind::Condition => match &deadline.actor {
            Some(actor) => parties.push(office(&actor_code(actor, institution))),
            // A10: nobody is named yet; the working body asks.
            None => parties.push(working_body()),
        },
    }
    if let Some(also) = &deadline.also_alert {
        parties.push(office(&also.to_string()));
    }
    if matches!(rung, Rung::Overdue(_) | Rung::AfterControl(_)) {
        if let Some(actor) = &deadline.actor {
            parties.push(Party::SuperiorOf(actor_code(actor, institution)));
        }
        parties.push(working_body());
    }
    let mut seen = Vec::new();
    parties.retain(|party| {
        let new = !seen.contains(party);
        seen.push(party.clone());
        new
    });
    parties
}

/// The office that a deadline asks something of, and whose officials acknowledge: of a right, whoever must tell the convict. None
/// while nobody is named, and for a bar.
pub fn asked_office(deadline: &Deadline, institution: &str) -> Option<String> {
    match deadline.kind() {
        Kind::Bar => None,
        Kind::Right => Some(institution.to_owned()),
        Kind::Duty | Kind::Wait | Kind::Step | Kind::Condition => {
            deadline.actor.as_ref().map(|actor| actor_code(actor, institution))
        }
    }
}

/// The office of an actor; an institution without a code of its own is the case's, another body is the generic one of its kind.
pub fn actor_code(actor: &Actor, institution: &str) -> String {
    match actor {
        Actor::Institution(None) => institution.to_owned(),
        Actor::ExecutingBody(None) | Actor::Court(None) | Actor::VerifyingBody(None) => format!("{actor}:*"),
        other => other.to_string(),
    }
}
