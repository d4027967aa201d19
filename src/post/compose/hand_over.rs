//! Whoever newly stands behind an office hears what is open there: a letter of all its open deadlines.
//!
//! Who stood there before is kept in the register, so that a change of offices.toml is seen at the next start as well as at a
//! reload. An official who is away is written to on the first day he is back; his deputy has had the letters meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Said, draft};
use super::matter::Matter;
use super::operators::tell_operators;
use super::write::alert_row;
use super::{ComposeError, Desk, judge_as_they_stand};
use crate::letter::Note;
use crate::offices::{Office, Recipient};
use crate::store::{AlertRow, DeadlineRow, HolderRow, Instant, LetterRow};

/// Open deadlines that one letter speaks of, at most; it prints the first of them and counts the others.
const DEADLINES_MAX: i64 = 2_000;

/// What became of a pair of office and address since it was last looked at.
struct Change<'a> {
    office: &'a Office,
    holder: HolderRow,
}

/// Composes the letters for everybody who is new behind an office; yields how many. The first time nobody is new.
pub async fn hand_over(desk: &Desk<'_>) -> Result<usize, ComposeError> {
    let mut tx = desk.store.snapshot().await?;
    let (known, flagged) = (tx.holders().await?, tx.flagged_addresses().await?);
    drop(tx);
    // Whoever is new at an address that does not work is written to when it does.
    let directory = desk.directory.without(flagged);
    let desk = &Desk { directory: &directory, ..*desk };
    let now = Instant::new(desk.now);
    let mut changes = new_holders(desk, &known, now);
    let mut drafts = Vec::new();
    let mut notices = BTreeSet::new();
    if !known.is_empty() {
        let mut written = Vec::with_capacity(changes.len());
        for change in changes {
            match letter(desk, &change).await {
                Ok(draft) => {
                    drafts.push(draft);
                    written.push(change);
                }
                // One letter that cannot be rendered must not silence all the others: he stays new, and it is tried again.
                Err(ComposeError::Letter(error)) => {
                    tracing::error!(%error, office = change.office.code, "a hand-over letter cannot be rendered");
                    notices.insert(("letter_failed", change.office.code.clone()));
                }
                Err(error) => return Err(error),
            }
        }
        changes = written;
    }
    let mut tx = desk.store.begin().await?;
    for gone in known.iter().filter(|holder| !stands(desk, holder)) {
        tx.end_holder(&gone.office, &gone.address, now).await?;
    }
    let mut letters = 0;
    for (position, change) in changes.iter().enumerate() {
        // Another daemon may have seen the same change.
        let new = tx.insert_holder(&change.holder).await?;
        if let Some((row, alerts)) = drafts.get(position).and_then(Option::as_ref).filter(|_| new) {
            tx.insert_letter(row).await?;
            for alert in alerts {
                tx.insert_alert(alert).await?;
            }
            letters += 1;
        }
    }
    letters += tell_operators(desk, &mut tx, &notices, now).await?;
    tx.commit().await?;
    Ok(letters)
}

fn stands(desk: &Desk<'_>, holder: &HolderRow) -> bool {
    let office = desk.directory.offices().find(|office| office.code == holder.office);
    office.is_some_and(|office| office.officials.iter().any(|official| official.address == holder.address))
}

/// Everybody behind an office who was not there before and can be written to today.
fn new_holders<'a>(desk: &Desk<'a>, known: &[HolderRow], since: Instant) -> Vec<Change<'a>> {
    let known: BTreeSet<_> = known.iter().map(|holder| (holder.office.as_str(), holder.address.as_str())).collect();
    let mut changes = Vec::new();
    for office in desk.directory.offices() {
        let today = desk.now.with_timezone(&office.zone).date_naive();
        for official in &office.officials {
            let new = !known.contains(&(office.code.as_str(), official.address.as_str()));
            // The first time everybody is written down, whoever is away among them.
            if new && (known.is_empty() || recipient(desk, office, &official.address, today).is_some()) {
                let (code, address) = (office.code.clone(), official.address.clone());
                let holder = HolderRow { office: code, address, post: official.post.clone(), since };
                changes.push(Change { office, holder });
            }
        }
    }
    changes
}

fn recipient(desk: &Desk<'_>, office: &Office, address: &str, today: chrono::NaiveDate) -> Option<Recipient> {
    let people = desk.directory.recipients(&office.code, today).to;
    people.into_iter().find(|recipient| recipient.address == address)
}

/// The letter to one new official with the alerts it carries; none if nothing is open.
async fn letter(desk: &Desk<'_>, change: &Change<'_>) -> Result<Option<(LetterRow, Vec<AlertRow>)>, ComposeError> {
    let office = change.office;
    let today = desk.now.with_timezone(&office.zone).date_naive();
    let Some(recipient) = recipient(desk, office, &change.holder.address, today) else { return Ok(None) };
    let rows = open_deadlines(desk, office).await?;
    let matters = judge_as_they_stand(desk, rows).await?;
    // The right of a convict who was transferred is no longer this institution's to tell, whatever it was told before.
    let theirs = |matter: &&Matter| {
        let held_in = || desk.directory.office(&matter.case.institution).is_some_and(|held| held.code == office.code);
        matter.row.kind != "right" || !office.code.starts_with("institution:") || held_in()
    };
    let matters: Vec<&Matter> = matters.iter().filter(|m| m.can_be_acknowledged()).filter(theirs).collect();
    if matters.is_empty() {
        return Ok(None);
    }
    let name = office.name.in_language(recipient.language);
    let said = Said { recipient: &recipient, notes: vec![Note::HandOver { post: name }], urgent: false };
    let row = draft(desk, &said, &matters, "hand-over")?;
    let key = |matter: &Matter| format!("hand_over:{}@{}", row.letter_id, matter.row.sequence);
    let alert = |matter: &&Matter| AlertRow {
        letter_id: Some(row.letter_id.clone()),
        ..alert_row(matter, &key(matter), &office.code, desk.now)
    };
    let alerts = matters.iter().map(alert).collect();
    tracing::info!(office = office.code, deadlines = matters.len(), "a post has a new holder: a hand-over letter");
    Ok(Some((row, alerts)))
}

/// What is open at an office: what it owes, and what it was told of. A generic office answers for all of its kind that are not
/// listed.
async fn open_deadlines(desk: &Desk<'_>, office: &Office) -> Result<Vec<DeadlineRow>, ComposeError> {
    let mut tx = desk.store.snapshot().await?;
    let mut codes = BTreeSet::from([office.code.clone()]);
    if let Some(kind) = office.code.strip_suffix(":*") {
        codes.insert(kind.to_owned());
        let told = tx.offices_of_kind(&format!("{kind}:")).await?;
        let answers = |code: &String| desk.directory.office(code).is_some_and(|found| found.code == office.code);
        codes.extend(told.into_iter().filter(answers));
    }
    let mut found: BTreeMap<String, DeadlineRow> = BTreeMap::new();
    for code in codes {
        let rows = tx.open_deadlines_of_office(&code, DEADLINES_MAX).await?;
        found.extend(rows.into_iter().map(|row| (row.deadline_id.clone(), row)));
    }
    Ok(found.into_values().collect())
}
