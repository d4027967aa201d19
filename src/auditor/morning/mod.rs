//! The operators' letter of every working morning: gathered here, rendered by [`crate::letter::digest`], sent like any other.
//!
//! It goes once a day to each address, also when all is quiet: what goes missing is missed. "Due and not done": a daemon that was
//! down at the morning sends it when it is up again, and the alert's natural key keeps it from going twice.

mod gather;

use chrono::{DateTime, NaiveDate, Utc};

use crate::letter::digest::{Digest, digest};
use crate::letter::{Letter, Note};
use crate::offices::{Reached, Recipient};
use crate::post::breaker::BreakerSnapshot;
use crate::post::compose::{ComposeError, Desk, addressed, letter_id, queued};
use crate::register::{DEFAULT_ZONE, chain};
use crate::store::{AlertRow, Instant, LetterRow};
use gather::{Report, entry, gather};

/// The office that it goes to.
const OPERATORS: &str = "operators";

/// Composes the letter of this morning, if it has come and somebody behind the office has not got it yet; yields how many.
pub async fn tick(desk: &Desk<'_>, breaker: &BreakerSnapshot) -> Result<usize, ComposeError> {
    let zone = desk.directory.office(OPERATORS).map_or(DEFAULT_ZONE, |office| office.zone);
    let local = desk.now.with_timezone(&zone);
    let today = local.date_naive();
    if !desk.calendar.is_working(today) || local.time() < desk.config.letters.morning {
        return Ok(0);
    }
    let people = desk.directory.recipients(OPERATORS, today);
    let mut due = Vec::new();
    let mut tx = desk.store.snapshot().await?;
    for recipient in people.to {
        if !tx.is_decided(&alert(&recipient.address, today, None, desk.now)).await? {
            due.push(recipient);
        }
    }
    if due.is_empty() {
        return Ok(0);
    }
    drop(tx);
    let report = gather(desk).await?;
    let mut letters = 0;
    for recipient in due {
        let row = compose(desk, &recipient, &report, breaker)?;
        let mut tx = desk.store.begin().await?;
        tx.insert_letter(&row).await?;
        // Somebody else was quicker: then this one never was.
        if tx.insert_alert(&alert(&recipient.address, today, Some(&row.letter_id), desk.now)).await? {
            tx.commit().await?;
            letters += 1;
        }
    }
    Ok(letters)
}

fn alert(address: &str, day: NaiveDate, letter_id: Option<&str>, now: DateTime<Utc>) -> AlertRow {
    AlertRow {
        case_number: String::new(),
        rule: String::new(),
        start_key: OPERATORS.to_owned(),
        // One a day to each address, and no address in a key.
        subject: chain::short_id_of('M', address),
        about: day.to_string(),
        rung: "morning".to_owned(),
        office: OPERATORS.to_owned(),
        letter_id: letter_id.map(str::to_owned),
        decided_at: Instant::new(now),
    }
}

/// Renders the letter to one recipient into its row of the outbox.
fn compose(
    desk: &Desk<'_>,
    recipient: &Recipient,
    report: &Report,
    breaker: &BreakerSnapshot,
) -> Result<LetterRow, ComposeError> {
    let id = letter_id(desk, recipient, "morning");
    let absent = absent(desk, recipient);
    let notes = match &recipient.reached {
        Reached::Direct => Vec::new(),
        Reached::Deputy { .. } => vec![Note::DeputyOf { post: &absent }],
        Reached::Superior { .. } => vec![Note::NobodyReachable { post: &absent }],
    };
    let content = Digest {
        letter: Letter { notes, ..addressed(desk, recipient, &id) },
        since: report.since,
        letters: report.letters,
        deadlines: report.deadlines,
        entries: report.entries.iter().map(entry).collect(),
        entries_total: report.entries_total,
        waiting: report.waiting.iter().map(entry).collect(),
        waiting_total: report.waiting_total,
        flagged: report.flagged,
        flagged_offices: report.flagged_offices.iter().map(String::as_str).collect(),
        audit: report.audit,
        verified_until: desk.calendar.verified_until(),
        known_until: desk.calendar.known_until(),
        breaker: breaker.state,
        failing_since: breaker.since,
        seal: &report.seal,
        sealed_on: report.sealed_on,
    };
    let rendered = digest(&content, desk.texts)?;
    Ok(queued(desk, recipient, rendered, false, id))
}

/// In whose place the recipient is written to: the post of the official who is away, or the office.
fn absent(desk: &Desk<'_>, recipient: &Recipient) -> String {
    let Some(office) = desk.directory.office(OPERATORS) else { return OPERATORS.to_owned() };
    let post = match &recipient.reached {
        Reached::Deputy { for_address } => office.officials.iter().find(|o| o.address == *for_address),
        Reached::Superior { .. } | Reached::Direct => None,
    };
    post.map_or_else(|| office.name.in_language(recipient.language).to_owned(), |official| official.post.clone())
}
