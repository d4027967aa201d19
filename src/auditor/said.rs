//! What was said of a deadline, each with what became of it in the end: what did not arrive and was passed on, somebody else heard.

use super::compare::{Fate, Said};
use crate::alert::Rung;
use crate::store::SaidRow;

/// How often one letter is followed to whom it was passed on: longer than any ladder of superiors.
const PASSED_ON_MAX: usize = 16;

/// What was said under a key (rule, start, subject), in order.
pub(super) fn of_key(rows: &[SaidRow], key: (&str, &str, &str)) -> Vec<Said> {
    let is_its = |row: &&SaidRow| (row.rule.as_str(), row.start_key.as_str(), row.subject.as_str()) == key;
    let rows: Vec<&SaidRow> = rows.iter().filter(is_its).collect();
    let said = |row: &&SaidRow| Said {
        office: row.office.clone(),
        rung: row.rung.split('@').next().and_then(Rung::from_key),
        about: row.about.parse().ok(),
        at: row.decided_at.utc(),
        fate: fate(row, &rows, PASSED_ON_MAX),
    };
    rows.iter().map(said).collect()
}

fn fate(row: &SaidRow, rows: &[&SaidRow], steps_left: usize) -> Fate {
    match row.state.as_deref() {
        // Accepted and come back is not arrived.
        Some("refused" | "bounced") => instead(row, rows, steps_left),
        // A letter that goes once more (`letters resend`) was accepted before.
        Some(_) if row.accepted > 0 => Fate::Accepted,
        Some("cancelled") => Fate::Overtaken,
        // Still to go, or not to be found.
        _ => Fate::Unsent,
    }
}

/// What became of a letter that did not arrive: what became best of those to whom it was passed on.
fn instead(row: &SaidRow, rows: &[&SaidRow], steps_left: usize) -> Fate {
    let Some(steps_left) = steps_left.checked_sub(1) else { return Fate::Refused };
    let is_instead = |other: &&&SaidRow| passed_on(&other.rung) == Some(row.letter_id.as_str());
    let fates: Vec<Fate> = rows.iter().filter(is_instead).map(|other| fate(other, rows, steps_left)).collect();
    let best = [Fate::Accepted, Fate::Unsent].into_iter().find(|best| fates.contains(best));
    best.unwrap_or(Fate::Refused)
}

/// The letter instead of which this was said: `refused:L-0123456789@0`.
fn passed_on(rung: &str) -> Option<&str> {
    rung.strip_prefix("refused:")?.split('@').next()
}
