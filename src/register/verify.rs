//! Verification: finds a changed, removed, reordered or inserted entry and names it; and the seal, one hash over every
//! chain's last entry at a day's end.
//!
//! What the chains alone cannot show is a file that was rebuilt as a whole, or a case removed with everything that belongs
//! to it. A seal that left the house in a letter can.

use std::collections::HashSet;
use std::fmt;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::intake::case_of;
use super::{DEFAULT_ZONE, Error, NATIONWIDE, Result, chain};
use crate::law::timeline::day_ends;
use crate::store::{CaseRow, EventRow, Head, Instant, LastEntry, Store, Tx};

/// Chains read at a time.
const CHAINS_PER_PAGE: i64 = 1_000;
/// Characters of a seal: the day as YYYYMMDD, and 64 of the hash.
const SEAL_CHARACTERS: usize = 72;

/// What was done to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tampering {
    /// Its content is not what was entered.
    Changed,
    /// It was there.
    Removed,
    /// It stands at another place.
    Reordered,
    /// It was never entered.
    Inserted,
}

impl Tampering {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Reordered => "reordered",
            Self::Inserted => "inserted",
        }
    }
}

/// One thing that is not as it was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The case's number, or `*`.
    pub chain: String,
    /// The place in the chain; 0 for the case's own row, and for what a deadline refers to.
    pub seq: i64,
    /// The entry's id, where there is an entry to be named.
    pub event_id: Option<String>,
    /// What was done.
    pub what: Tampering,
    /// More of it.
    pub detail: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = if self.chain == NATIONWIDE { "nation-wide events" } else { "case" };
        write!(f, "{whose} {}: entry {}", self.chain, self.seq)?;
        if let Some(id) = &self.event_id {
            write!(f, " ({id})")?;
        }
        write!(f, " was {}: {}", self.what.as_str(), self.detail)
    }
}

/// What verification found.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// Chains looked at.
    pub chains: i64,
    /// Entries looked at.
    pub entries: i64,
    /// What is not as it was entered; of deadlines that refer to nothing a hundred at most.
    pub faults: Vec<Fault>,
}

/// Checks every chain of the register.
pub async fn verify(store: &Store) -> Result<Verified> {
    let mut tx = store.snapshot().await?;
    tx.be_patient().await?;
    let mut verified = Verified::default();
    let mut after = String::new();
    loop {
        let names = tx.chains_after(&after, CHAINS_PER_PAGE).await?;
        let Some(last) = names.last() else { break };
        after.clone_from(last);
        for name in &names {
            let rows = tx.chain_events(name).await?;
            let head = tx.head(name).await?;
            verified.chains += 1;
            verified.entries += i64::try_from(rows.len()).unwrap_or(i64::MAX);
            verified.faults.extend(check_chain(name, &rows, head.as_ref()));
            if name != NATIONWIDE {
                let case = tx.case(name).await?;
                verified.faults.extend(check_case(name, rows.first(), case.as_ref()));
            }
        }
    }
    verified.faults.extend(tx.deadlines_of_nothing().await?.into_iter().map(of_nothing));
    Ok(verified)
}

/// PostgreSQL is not asked row by row (migration 0011).
fn of_nothing((chain, deadline_id): (String, String)) -> Fault {
    let detail =
        format!("{deadline_id} is a deadline of it; its case's row, or the ladders that it opened under, are missing");
    Fault { chain, seq: 0, event_id: None, what: Tampering::Removed, detail }
}

/// Checks one chain: its rows in the order of their places, and its head.
pub fn check_chain(name: &str, rows: &[EventRow], head: Option<&Head>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |seq: i64, row: Option<&EventRow>, what: Tampering, detail: String| {
        let event_id = row.map(|row| row.event_id.clone());
        faults.push(Fault { chain: name.to_owned(), seq, event_id, what, detail });
    };
    let last_row = rows.last().map_or((0, ""), |row| (row.seq, row.hash.as_str()));
    let head = if let Some(head) = head {
        (head.head_seq, head.head_hash.as_str())
    } else {
        fault(0, None, Tampering::Removed, "the chain's own row is missing".to_owned());
        last_row
    };
    let chain = Chain::new(rows, head);
    let mut places = HashSet::new();
    for (row, place) in rows.iter().zip(&chain.places) {
        let found = chain.judge(row, *place);
        if !matches!(found, Some((Tampering::Inserted, _))) {
            places.insert(place.unwrap_or(row.seq));
        }
        if let Some((what, detail)) = found {
            fault(row.seq, Some(row), what, detail);
        }
    }
    for (from, to) in missing(&places, head.0) {
        let detail =
            if from == to { "it is missing".to_owned() } else { format!("entries {from} to {to} are missing") };
        fault(from, None, Tampering::Removed, detail);
    }
    faults
}

/// A chain while it is checked.
struct Chain<'a> {
    rows: &'a [EventRow],
    /// Where each row was entered, as its hash says; none where the content does not give the hash at any place.
    places: Vec<Option<i64>>,
    /// Place and hash of the last entry.
    head: (i64, &'a str),
    /// The hashes that something continues, the head's among them.
    continued: HashSet<&'a str>,
}

impl<'a> Chain<'a> {
    fn new(rows: &'a [EventRow], head: (i64, &'a str)) -> Self {
        let last = rows.last().map_or(0, |row| row.seq).max(head.0);
        let places = rows.iter().map(|row| original_place(row, last)).collect();
        let continued = rows.iter().map(|row| row.prev_hash.as_str()).chain([head.1]).collect();
        Self { rows, places, head, continued }
    }

    /// What was done to a row, if anything.
    fn judge(&self, row: &EventRow, place: Option<i64>) -> Option<(Tampering, String)> {
        let continued = self.continued.contains(row.hash.as_str());
        let Some(place) = place else {
            let detail = "its content does not give its hash";
            let what = if continued { Tampering::Changed } else { Tampering::Inserted };
            return Some((what, detail.to_owned()));
        };
        if !continued && let Some(found) = self.judge_end(row, place) {
            return Some(found);
        }
        if place != row.seq {
            let detail = format!("it was entered at place {place} and stands at place {}", row.seq);
            return Some((Tampering::Reordered, detail));
        }
        let was = || (Tampering::Changed, format!("its id was {}", chain::event_id(&row.hash)));
        (!chain::is_id_of(&row.event_id, &row.hash)).then(was)
    }

    /// A well-made row that nothing continues: forged after the fact, unless the entry after it is what is missing.
    fn judge_end(&self, row: &EventRow, place: i64) -> Option<(Tampering, String)> {
        let others = || self.rows.iter().zip(&self.places).filter(|(other, _)| other.event_id != row.event_id);
        let forked = others().any(|(other, _)| other.prev_hash == row.prev_hash);
        if place > self.head.0 || forked {
            return Some((Tampering::Inserted, "nothing in the chain continues it".to_owned()));
        }
        let has_next = place == self.head.0 || others().any(|(_, other)| *other == Some(place + 1));
        has_next.then(|| (Tampering::Changed, "the chain continues from other content".to_owned()))
    }
}

/// The place at which a row's content gives its hash: its own, or (if it was moved) another; none if its content was changed.
fn original_place(row: &EventRow, last: i64) -> Option<i64> {
    let gives = |seq: i64| chain::hash(&EventRow { seq, ..row.clone() }) == row.hash;
    if gives(row.seq) { Some(row.seq) } else { (1..=last).find(|seq| gives(*seq)) }
}

/// The runs of places that no row was entered at.
fn missing(places: &HashSet<i64>, last: i64) -> Vec<(i64, i64)> {
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for seq in (1..=last).filter(|seq| !places.contains(seq)) {
        match runs.last_mut() {
            Some((_, to)) if *to + 1 == seq => *to = seq,
            _ => runs.push((seq, seq)),
        }
    }
    runs
}

/// Checks the case's row against its opening entry.
pub(crate) fn check_case(name: &str, opening: Option<&EventRow>, case: Option<&CaseRow>) -> Option<Fault> {
    let fault = |what, detail: String| Some(Fault { chain: name.to_owned(), seq: 0, event_id: None, what, detail });
    let opening = opening.filter(|row| row.action == "open")?;
    let Some(case) = case else { return fault(Tampering::Removed, "the case's row is missing".to_owned()) };
    let entered = case_of(opening);
    let pairs = [
        ("sentence", Some(&entered.sentence), Some(&case.sentence)),
        ("crime_category", entered.crime_category.as_ref(), case.crime_category.as_ref()),
        ("institution", Some(&entered.institution), Some(&case.institution)),
        ("zone", Some(&entered.zone), Some(&case.zone)),
        ("opened_by", Some(&entered.opened_by), Some(&case.opened_by)),
    ];
    let (column, entered, now) = pairs.into_iter().find(|(_, entered, now)| entered != now)?;
    let text = |value: Option<&String>| value.map_or("nothing", String::as_str).to_owned();
    fault(Tampering::Changed, format!("{column} is {} and was entered as {}", text(now), text(entered)))
}

/// The seal of the day `on`: the day as YYYYMMDD, then SHA-256 over "chain, place, hash" of every chain's last entry of those
/// recorded before the day ended (in [`DEFAULT_ZONE`]), in the order of the chains.
pub async fn seal(tx: &mut Tx, on: NaiveDate) -> Result<String> {
    let mut digest = Sha256::new();
    tx.be_patient().await?;
    let (before, mut after) = (Instant::new(day_ends(on, DEFAULT_ZONE)), String::new());
    loop {
        let page = tx.last_entries(before, &after, CHAINS_PER_PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.chain);
        for LastEntry { chain, seq, hash } in &page {
            if let (Some(seq), Some(hash)) = (seq, hash) {
                digest.update(format!("{chain}\t{seq}\t{hash}\n"));
            }
        }
    }
    Ok(format!("{}{}", on.format("%Y%m%d"), chain::hex(&digest.finalize())))
}

/// Whether a seal still holds: nothing recorded up to its day was changed, removed or added since. Yields the day.
pub async fn check_seal(store: &Store, text: &str) -> Result<(NaiveDate, bool)> {
    let text = text.trim().to_lowercase();
    let unread = || {
        let sentence = format!(
            "\"{text}\" is no seal: give all {SEAL_CHARACTERS} characters as the letter has them (a day and a hash)"
        );
        Error::refused("unreadable_seal", sentence)
    };
    let day = text.get(..8).filter(|_| text.len() == SEAL_CHARACTERS && text.chars().all(|c| c.is_ascii_hexdigit()));
    let day = day.and_then(|day| NaiveDate::parse_from_str(day, "%Y%m%d").ok()).ok_or_else(unread)?;
    let mut tx = store.snapshot().await?;
    Ok((day, seal(&mut tx, day).await? == text))
}
