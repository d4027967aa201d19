//! What a reader says back: I know of it.
//!
//! An acknowledgement is one official's word for the deadlines of one letter, each at the date that the letter told. It stops the
//! ordinary repeats to that address ([`crate::alert::acknowledgement_stops`]), keeps the alert from going to the superior, and
//! dies when the date moves: it is kept under the deadline's sequence.

use std::collections::BTreeSet;

use crate::store::{self, AcknowledgementRow, AlertRow, DeadlineRow, Instant, LetterRow, Store, Tx};

/// How a deadline of a letter stands with its reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can be acknowledged.
    Open,
    /// It was, then.
    Acknowledged(Instant),
    /// Its date has moved since; a newer letter says so, and has a link of its own.
    Moved,
    /// It was met, lifted or closed.
    Ended,
}

/// A deadline that a letter told of.
#[derive(Clone, Debug)]
pub struct Told {
    /// As it stands.
    pub row: DeadlineRow,
    /// How it stands with the reader.
    pub standing: Standing,
    /// The offices for which the reader was told.
    offices: BTreeSet<String>,
}

/// The deadlines that a letter told of and that can be acknowledged at all: a bar asks nothing of anybody.
pub async fn told(tx: &mut Tx, letter: &LetterRow) -> store::Result<Vec<Told>> {
    let mut found: Vec<Told> = Vec::new();
    for alert in tx.alerts_of_letter(&letter.letter_id).await? {
        let Some(row) = tx.deadline_of_alert(&alert).await?.filter(|row| row.kind != "bar") else { continue };
        if let Some(told) = found.iter_mut().find(|told| told.row.deadline_id == row.deadline_id) {
            told.offices.insert(alert.office);
            continue;
        }
        let standing = standing(tx, letter, &alert, &row).await?;
        found.push(Told { row, standing, offices: BTreeSet::from([alert.office]) });
    }
    Ok(found)
}

async fn standing(tx: &mut Tx, letter: &LetterRow, alert: &AlertRow, row: &DeadlineRow) -> store::Result<Standing> {
    if !row.is_open && row.status != "running" {
        return Ok(Standing::Ended);
    }
    if sequence_of(&alert.rung) != Some(row.sequence) {
        return Ok(Standing::Moved);
    }
    let given = tx.acknowledgements(row).await?;
    let own = given.into_iter().find(|given| given.address == letter.address);
    Ok(own.map_or(Standing::Open, |own| Standing::Acknowledged(own.acknowledged_at)))
}

/// The sequence that the rung's key ends with: `before:3wd@1`.
pub fn sequence_of(rung_key: &str) -> Option<i64> {
    rung_key.rsplit_once('@')?.1.parse().ok()
}

/// Acknowledges everything in a letter that can be, or of it the deadlines in `only`; yields how each stands then. Said twice it
/// changes nothing. None if there is no such letter.
pub async fn acknowledge(
    store: &Store,
    letter_id: &str,
    only: &[String],
    now: Instant,
) -> store::Result<Option<Vec<Told>>> {
    let mut tx = store.begin().await?;
    let Some(letter) = tx.letter(letter_id).await? else { return Ok(None) };
    let mut all = told(&mut tx, &letter).await?;
    for told in &mut all {
        if told.standing != Standing::Open || !only.is_empty() && !only.contains(&told.row.deadline_id) {
            continue;
        }
        for office in &told.offices {
            let row = &told.row;
            let given = AcknowledgementRow {
                case_number: row.case_number.clone(),
                rule: row.rule.clone(),
                start_key: row.start_key.clone(),
                subject: row.subject.clone(),
                sequence: row.sequence,
                address: letter.address.clone(),
                office: office.clone(),
                letter_id: letter.letter_id.clone(),
                acknowledged_at: now,
            };
            tx.insert_acknowledgement(&given).await?;
        }
        told.standing = Standing::Acknowledged(now);
    }
    tx.commit().await?;
    Ok(Some(all))
}
