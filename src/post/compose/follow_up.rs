//! Somebody else hears: what a letter said that was refused or came back goes to whoever stands in for its addressee, and to the
//! superior of the office; the operators hear that it did.
//!
//! The deadlines are told as they stand now; what was met meanwhile is left out. If the superior's letter does not arrive either, it
//! is his superior's turn, up to the top and never round: whoever was told in the course of it, and every address that it came back
//! from, is left out. Letters, evidence and the note that it was passed on are one transaction, and the evidence has a key of
//! its own (`refused:` and the letter), so that neither a crash nor a second daemon says it twice.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::address::{Hearing, Notice, Why, notice, today};
use super::draft::letter_for;
use super::group::{Bundle, group};
use super::matter::Matter;
use super::operators::tell_operators;
use super::write::alert_row;
use super::{ComposeError, Desk, judge};
use crate::alert::Rung;
use crate::offices::{Directory, Reached, Recipient};
use crate::store::{AlertRow, DeadlineRow, Followed, Instant, LetterRow, Tx};

/// Letters passed on in one go; the next tick goes on.
const LETTERS_PER_TICK_MAX: i64 = 200;

/// How often one alert is passed on before only the operators are left: longer than any ladder of superiors.
const PASSED_ON_MAX: usize = 16;

/// The rung under which the evidence of a letter that was passed on is kept.
const RUNG: &str = "refused:";

/// What is to be passed on, and the directory without the addresses that do not work.
pub(super) struct Waiting<'a> {
    pub(super) directory: Cow<'a, Directory>,
    letters: Vec<Followed>,
}

/// Looks once: the flags that stand, and the letters that did not arrive.
pub(super) async fn waiting<'a>(desk: &Desk<'a>) -> Result<Waiting<'a>, ComposeError> {
    let mut tx = desk.store.snapshot().await?;
    let flagged = tx.flagged_addresses().await?;
    let letters = tx.due_follow_ups(Instant::new(desk.now), LETTERS_PER_TICK_MAX).await?;
    let directory =
        if flagged.is_empty() { Cow::Borrowed(desk.directory) } else { Cow::Owned(desk.directory.without(flagged)) };
    Ok(Waiting { directory, letters })
}

/// One alert that did not arrive.
struct Lost {
    /// Which of the letters carried it.
    letter: usize,
    alert: AlertRow,
    deadline_id: String,
    /// Addresses that it came back from.
    refused: BTreeSet<String>,
    /// Who was told because it came back before.
    told_instead: BTreeSet<String>,
    /// Who was told of it in the first place, or because it came back.
    told: BTreeSet<String>,
}

/// Passes on every letter that waits; yields how many letters were composed.
pub(super) async fn follow_up(desk: &Desk<'_>, waiting: &Waiting<'_>) -> Result<usize, ComposeError> {
    let letters = &waiting.letters;
    if letters.is_empty() {
        return Ok(0);
    }
    let (lost, rows) = lost(desk, letters).await?;
    let mut matters = judge(desk, rows).await?;
    matters.retain(still_matters);
    let mut notices = notices(letters);
    let hearings = address(desk, letters, &matters, &lost, &mut notices);
    let mut drafts = Vec::new();
    for bundle in group(desk, &matters, hearings).await? {
        match letter_for(desk, &matters, &bundle, RUNG) {
            Ok(row) => drafts.push((bundle, row)),
            Err(error) => {
                tracing::error!(%error, "a letter that is passed on cannot be rendered: the operators are told");
                let cases = bundle.hearings.iter().map(|hearing| matters[hearing.matter].row.case_number.clone());
                notices.extend(cases.map(|case| ("letter_failed", case)));
            }
        }
    }
    write(desk, letters, drafts, &notices).await
}

/// What the operators hear: once a day of each office. That their own letters come back stands in the journal and on /health.
fn notices(letters: &[Followed]) -> BTreeSet<Notice> {
    for letter in letters {
        let (letter_id, office) = (&letter.letter_id, &letter.office);
        tracing::error!(letter_id, office, "a letter did not arrive: somebody else is told");
    }
    let offices = letters.iter().map(|letter| &letter.office).filter(|office| *office != "operators");
    offices.map(|office| ("address_refused", office.clone())).collect()
}

/// The alerts that the letters carried, and the rows of their deadlines, each once, with the rung that is to be told.
async fn lost(desk: &Desk<'_>, letters: &[Followed]) -> Result<(Vec<Lost>, Vec<DeadlineRow>), ComposeError> {
    let mut tx = desk.store.snapshot().await?;
    let mut cases: BTreeMap<String, Vec<DeadlineRow>> = BTreeMap::new();
    let (mut lost, mut rows) = (Vec::new(), BTreeMap::new());
    for (position, letter) in letters.iter().enumerate() {
        for alert in tx.alerts_of_letter(&letter.letter_id).await? {
            let Some(rung) = rung(&alert) else { continue };
            if !cases.contains_key(&alert.case_number) {
                cases.insert(alert.case_number.clone(), tx.deadlines_of(&alert.case_number).await?);
            }
            let is_its = |row: &&DeadlineRow| {
                (&row.rule, &row.start_key, &row.subject) == (&alert.rule, &alert.start_key, &alert.subject)
            };
            let row = cases[&alert.case_number].iter().find(is_its);
            let Some(row) = row.filter(|row| row.status != "gone").cloned() else { continue };
            let deadline_id = row.deadline_id.clone();
            rows.entry(deadline_id.clone()).or_insert(DeadlineRow {
                next_alert_at: Some(Instant::new(desk.now)),
                next_rung: Some(rung.key()),
                ..row
            });
            lost.extend(trace(&mut tx, position, letter, alert, deadline_id).await?);
        }
    }
    Ok((lost, rows.into_values().collect()))
}

/// What is told of an alert that did not arrive: the rung that the deadline stands on now. A closing line is not worth it, nothing is
/// to be done any more; and that a bar ended is for the working body alone.
fn rung(alert: &AlertRow) -> Option<Rung> {
    let stem = alert.rung.split('@').next().unwrap_or_default();
    match Rung::from_key(stem) {
        Some(Rung::Closed | Rung::BarEnded) => None,
        // The new date is no news to somebody who never heard the old one.
        // That nobody acknowledged is no rung of the deadline's own.
        Some(Rung::Moved | Rung::Lengthened | Rung::Unacknowledged) | None => Some(Rung::Opened),
        rung => rung,
    }
}

/// Whether something is still to be done, or still barred.
fn still_matters(matter: &Matter) -> bool {
    let stands = matter.row.is_open
        || matches!(matter.row.status.as_str(), "running" | "in_force" | "in_force_indefinite")
        || matter.rung != Rung::Opened;
    matter.found().is_some() && !matter.silent && stands
}

/// Where an alert has been already; none when it has been passed on often enough.
async fn trace(
    tx: &mut Tx,
    position: usize,
    letter: &Followed,
    alert: AlertRow,
    deadline_id: String,
) -> Result<Option<Lost>, ComposeError> {
    let mut refused = BTreeSet::from([letter.address.clone()]);
    let mut told_instead = BTreeSet::new();
    let mut told: BTreeSet<String> = tx.addresses_told(&alert).await?.into_iter().collect();
    let mut at = alert.clone();
    for _ in 0..PASSED_ON_MAX {
        let Some(before) = passed_on(&at.rung).map(str::to_owned) else {
            let (letter, told) = (position, &told | &told_instead);
            return Ok(Some(Lost { letter, alert, deadline_id, refused, told_instead, told }));
        };
        told_instead.extend(tx.addresses_told(&at).await?);
        let Some(earlier) = tx.letter(&before).await? else { return Ok(None) };
        refused.insert(earlier.address);
        let is_same = |other: &AlertRow| {
            (&other.case_number, &other.rule, &other.start_key, &other.subject)
                == (&at.case_number, &at.rule, &at.start_key, &at.subject)
        };
        let Some(carried) = tx.alerts_of_letter(&before).await?.into_iter().find(is_same) else { return Ok(None) };
        told.extend(tx.addresses_told(&carried).await?);
        at = carried;
    }
    Ok(None)
}

/// Who hears instead, each with the evidence of it.
fn address(
    desk: &Desk<'_>,
    letters: &[Followed],
    matters: &[Matter],
    lost: &[Lost],
    notices: &mut BTreeSet<Notice>,
) -> Vec<Hearing> {
    let mut hearings = Vec::new();
    for one in lost {
        let position = matters.iter().position(|matter| matter.row.deadline_id == one.deadline_id);
        let Some(position) = position else { continue };
        let matter = &matters[position];
        let key = format!("{RUNG}{}@{}", letters[one.letter].letter_id, matter.row.sequence);
        hearings.extend(instead(desk, one, notices).into_iter().map(|(office, recipient)| Hearing {
            matter: position,
            alerts: vec![alert_row(matter, &key, &office, desk.now)],
            recipient,
            why: Why::Office,
        }));
    }
    hearings
}

/// The letter that did not arrive, of the rung under which the evidence is kept that it was passed on.
fn passed_on(rung: &str) -> Option<&str> {
    rung.strip_prefix(RUNG).map(|rest| rest.split('@').next().unwrap_or(rest))
}

/// Deputies and colleagues who have not heard, and the superior; each with the office under which he hears.
fn instead(desk: &Desk<'_>, lost: &Lost, notices: &mut BTreeSet<Notice>) -> Vec<(String, Recipient)> {
    let office = &lost.alert.office;
    let of = |office: &str| desk.directory.recipients_without(office, today(desk, office), &lost.refused);
    let own = of(office);
    notices.extend(own.findings.iter().filter_map(notice));
    let (climbed, stand_ins): (Vec<_>, Vec<_>) =
        own.to.into_iter().partition(|one| matches!(one.reached, Reached::Superior { .. }));
    let superior = desk.directory.office(office).and_then(|office| office.superior.as_deref());
    let above = match superior {
        Some(superior) if climbed.is_empty() => of(superior).to,
        _ => climbed,
    };
    let new = stand_ins.into_iter().filter(|one| !lost.told.contains(&one.address));
    let mut hear: Vec<_> = new.map(|one| (office.clone(), one)).collect();
    // Whoever stands above hears even where he had a letter of his own: it is news to him that the office had none.
    for mut one in above.into_iter().filter(|one| !lost.told_instead.contains(&one.address)) {
        if hear.iter().all(|(_, other)| other.address != one.address) {
            one.reached = Reached::Superior { office: office.clone() };
            hear.push((one.office.clone(), one));
        }
    }
    hear
}

/// Letters, evidence, the operators' notices, and that it was passed on: all of it, or nothing.
async fn write(
    desk: &Desk<'_>,
    letters: &[Followed],
    drafts: Vec<(Bundle, LetterRow)>,
    notices: &BTreeSet<Notice>,
) -> Result<usize, ComposeError> {
    let now = Instant::new(desk.now);
    let mut tx = desk.store.begin().await?;
    let mut ours = BTreeSet::new();
    for letter in letters {
        if tx.followed_up(letter).await? {
            ours.insert(letter.letter_id.as_str());
        }
    }
    // Asked before anything is written: the letters of one office's officials share their evidence.
    let mut said = Vec::with_capacity(drafts.len());
    for (bundle, _) in &drafts {
        let mut alerts = Vec::new();
        for alert in bundle.hearings.iter().flat_map(|hearing| &hearing.alerts) {
            let is_ours = passed_on(&alert.rung).is_some_and(|letter| ours.contains(letter));
            if is_ours && !tx.is_decided(alert).await? {
                alerts.push(alert);
            }
        }
        said.push(alerts);
    }
    let mut composed = 0;
    for ((_, row), alerts) in drafts.iter().zip(&said).filter(|(_, alerts)| !alerts.is_empty()) {
        tx.insert_letter(row).await?;
        for alert in alerts {
            tx.insert_alert(&AlertRow { letter_id: Some(row.letter_id.clone()), ..(*alert).clone() }).await?;
        }
        composed += 1;
    }
    composed += tell_operators(desk, &mut tx, notices, now).await?;
    tx.commit().await?;
    Ok(composed)
}
