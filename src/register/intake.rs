//! ONE WAY IN: every entry goes through `within`, in one transaction from the lock to the saved deadlines.
//!
//! lock the chain and read the case → judge → hash-chain → derive → plan → append and save → commit.

use chrono::NaiveDate;
use serde_json::Value;

use super::assemble::Assembled;
use super::entry::{self, Draft, NewCase};
use super::reason::Reason;
use super::save::{self, Entries, Saved};
use super::{Error, NATIONWIDE, Registrar, Result, chain, judge, nationwide};
use crate::law::irregularity::Code;
use crate::store::{CaseRow, EventRow, Fields, Head, Instant, Json, LockedCase, Tx};

/// What was entered, and what followed.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The entry.
    pub entry: EventRow,
    /// The case as it was derived and saved; none for a nation-wide entry.
    pub saved: Option<Saved>,
    /// What the entry brought to light against the decree.
    pub irregularities: Vec<(&'static str, Code)>,
    /// A nation-wide entry: how many cases were re-derived.
    pub cases: i64,
}

/// A transaction in which somebody records, with what it has locked.
#[derive(Debug)]
pub struct Recording {
    tx: Tx,
    locked: Locked,
}

#[derive(Debug)]
enum Locked {
    /// A case, as it is now.
    Case(Box<LockedCase>),
    /// The chain of the nation-wide events, and everybody is kept out.
    Nationwide,
}

/// What somebody wants to enter, before it is judged.
#[derive(Clone, Debug)]
pub(super) enum Wish<'a> {
    /// A new event.
    Record(&'a Draft),
    /// Another day for an event.
    Correct { target: &'a str, day: NaiveDate, reason: Reason, note: Option<&'a str>, confirmed: bool },
    /// An entry is struck.
    Retract { target: &'a str, reason: Reason, note: Option<&'a str> },
    /// A second person confirms an entry.
    Confirm { target: &'a str },
}

impl Registrar<'_> {
    /// Opens a case.
    pub async fn open_case(&self, case: &NewCase) -> Result<EventRow> {
        let mut tx = self.store.begin_beside().await?;
        let entry = open(&mut tx, self, case).await?;
        tx.commit().await?;
        Ok(entry)
    }

    /// Records an event of a case, or, with the number `*`, a nation-wide one.
    pub async fn record(&self, number: &str, draft: &Draft) -> Result<Recorded> {
        self.carry_out(number, Wish::Record(draft)).await
    }

    /// Corrects the day of an event. The old entry stays visible, struck.
    pub async fn correct(
        &self,
        event_id: &str,
        day: NaiveDate,
        reason: Reason,
        note: Option<&str>,
        confirmed: bool,
    ) -> Result<Recorded> {
        let target = chain::normal_id(event_id);
        let number = self.chain_of(&target).await?;
        self.carry_out(&number, Wish::Correct { target: &target, day, reason, note, confirmed }).await
    }

    /// Strikes an entry. It stays visible, struck.
    pub async fn retract(&self, event_id: &str, reason: Reason, note: Option<&str>) -> Result<Recorded> {
        let target = chain::normal_id(event_id);
        let number = self.chain_of(&target).await?;
        self.carry_out(&number, Wish::Retract { target: &target, reason, note }).await
    }

    /// Confirms an entry that somebody else made and that waits for a second person.
    pub async fn confirm(&self, event_id: &str) -> Result<Recorded> {
        let target = chain::normal_id(event_id);
        let number = self.chain_of(&target).await?;
        self.carry_out(&number, Wish::Confirm { target: &target }).await
    }

    async fn chain_of(&self, event_id: &str) -> Result<String> {
        let mut tx = self.store.snapshot().await?;
        Ok(tx.event(event_id).await?.ok_or_else(|| Error::unknown_entry(event_id))?.chain)
    }

    /// Begins to record in the case `number`, or, with the number `*`, nation-wide.
    pub async fn begin_recording(&self, number: &str) -> Result<Recording> {
        if number == NATIONWIDE {
            return Ok(Recording { tx: self.store.begin_alone().await?, locked: Locked::Nationwide });
        }
        let (tx, case) = self.store.begin_in_case(number).await?;
        Ok(Recording { tx, locked: Locked::Case(Box::new(case.ok_or_else(|| Error::unknown_case(number))?)) })
    }

    /// As [`Registrar::record`], in a transaction that the caller goes on with (to keep the answer under an idempotency key) and commits.
    ///
    /// After a nation-wide entry the caller then calls [`Registrar::finish_nationwide`].
    pub async fn record_in(&self, recording: Recording, draft: &Draft) -> Result<(Tx, Recorded)> {
        self.within(recording, &Wish::Record(draft)).await
    }

    async fn carry_out(&self, number: &str, wish: Wish<'_>) -> Result<Recorded> {
        let recording = self.begin_recording(number).await?;
        let (tx, mut recorded) = self.within(recording, &wish).await?;
        tx.commit().await?;
        if number == NATIONWIDE {
            recorded.cases = self.finish_nationwide().await?;
        }
        Ok(recorded)
    }

    async fn within(&self, recording: Recording, wish: &Wish<'_>) -> Result<(Tx, Recorded)> {
        let Recording { mut tx, locked } = recording;
        let recorded = match locked {
            Locked::Case(case) => self.within_case(&mut tx, *case, wish).await?,
            Locked::Nationwide => self.within_nationwide(&mut tx, wish).await?,
        };
        Ok((tx, recorded))
    }

    async fn within_case(&self, tx: &mut Tx, case: LockedCase, wish: &Wish<'_>) -> Result<Recorded> {
        let LockedCase { head, case, events, deadlines } = case;
        let mut entries = Entries::of(tx, case, events).await?;
        let (entry, before) = judged(self, &head, &mut entries, wish, Strictness::ByHand)?;
        entries.own.push(entry.clone());
        let why = entry.reason.as_deref().unwrap_or(if entry.action == "confirm" { "confirm" } else { "event" });
        let saved = save::rederive(tx, self, (entries, deadlines), &entry, why).await?;
        let irregularities = judge::new_irregularities(self, &before, &saved);
        Ok(Recorded { entry, saved: Some(saved), irregularities, cases: 1 })
    }

    /// The entry is appended, and the cases are noted for those who carry it into them.
    async fn within_nationwide(&self, tx: &mut Tx, wish: &Wish<'_>) -> Result<Recorded> {
        let head = tx.lock_chain(NATIONWIDE).await?.ok_or_else(|| Error::unknown_case(NATIONWIDE))?;
        let mut entries = nationwide::entries(tx).await?;
        let (entry, _) = judged(self, &head, &mut entries, wish, Strictness::ByHand)?;
        tx.append_event(&entry).await?;
        nationwide::start(tx, self, &entry).await?;
        Ok(Recorded { entry, saved: None, irregularities: Vec::new(), cases: 0 })
    }
}

/// Whether a person at the keyboard or a file of old entries is speaking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strictness {
    /// An old day is unlikely.
    ByHand,
    /// A file is made for old days.
    Import,
}

/// Opens a case: its first entry, which the chain protects like all others.
async fn open(tx: &mut Tx, registrar: &Registrar<'_>, case: &NewCase) -> Result<EventRow> {
    let entry = opening(registrar, case)?;
    if !tx.insert_chain(&case.number).await? {
        return Err(already_open(&case.number));
    }
    tx.lock_chain(&case.number).await?;
    tx.insert_case(&case_of(&entry)).await?;
    tx.append_event(&entry).await?;
    Ok(entry)
}

/// The first entry of a case that is not open yet. Pure.
pub(super) fn opening(registrar: &Registrar<'_>, case: &NewCase) -> Result<EventRow> {
    case.check()?;
    let mut fields = Fields::new();
    fields.insert("sentence".to_owned(), case.sentence.as_str().into());
    fields.insert("institution".to_owned(), case.institution.as_str().into());
    fields.insert("zone".to_owned(), case.zone.name().into());
    if let Some(category) = case.crime_category {
        fields.insert("crime_category".to_owned(), category.as_str().into());
    }
    let first = blank(registrar, &case.number, &Head::default());
    Ok(seal(EventRow { action: "open".to_owned(), fields: Json(fields), ..first }))
}

/// The refusal of a case that exists.
pub(super) fn already_open(number: &str) -> Error {
    Error::refused("case_exists", format!("case \"{number}\" is already open; see `keshirim case show {number}`"))
}

/// The case as its opening entry describes it.
pub(super) fn case_of(entry: &EventRow) -> CaseRow {
    let text = |name: &str| entry.fields.get(name).and_then(Value::as_str).map(str::to_owned);
    CaseRow {
        number: entry.chain.clone(),
        sentence: text("sentence").unwrap_or_default(),
        crime_category: text("crime_category"),
        institution: text("institution").unwrap_or_default(),
        zone: text("zone").unwrap_or_default(),
        opened_at: entry.recorded_at,
        opened_by: entry.recorded_by.clone(),
        status: "open".to_owned(),
        closed_on: None,
        rederive_on: None,
    }
}

/// Judges a wish: the entry that it comes to, and the timeline before it. Pure.
pub(super) fn judged(
    registrar: &Registrar<'_>,
    head: &Head,
    entries: &mut Entries,
    wish: &Wish<'_>,
    strictness: Strictness,
) -> Result<(EventRow, Assembled)> {
    let number = entries.case.number.clone();
    let before = entries.assemble();
    let unsealed = match wish {
        Wish::Record(draft) => judge::draft_entry(registrar, &number, head, draft, &before, strictness)?,
        Wish::Correct { target, day, reason, note, confirmed } => {
            let old = judge::standing_entry(&entries.own, &before, target)?;
            judge::no_correction_waits(&entries.own, &old.event_id)?;
            judge::judge_correction(registrar, old, *day, *confirmed, &before, strictness)?;
            entry::check_note(*note)?;
            EventRow {
                action: "correct".to_owned(),
                target: Some(old.event_id.clone()),
                kind: old.kind.clone(),
                day: Some(*day),
                local_time: old.local_time.clone(),
                fields: old.fields.clone(),
                reason: Some(reason.as_str().to_owned()),
                note: note.map(str::to_owned),
                ..blank(registrar, &number, head)
            }
        }
        Wish::Retract { target, reason, note } => {
            let old = judge::retractable(&entries.own, &before, target)?;
            entry::check_note(*note)?;
            EventRow {
                action: "retract".to_owned(),
                target: Some(old.event_id.clone()),
                reason: Some(reason.as_str().to_owned()),
                note: note.map(str::to_owned),
                ..blank(registrar, &number, head)
            }
        }
        Wish::Confirm { target } => {
            let old = judge::confirmable(registrar, &entries.own, &before, target)?;
            EventRow {
                action: "confirm".to_owned(),
                target: Some(old.event_id.clone()),
                ..blank(registrar, &number, head)
            }
        }
    };
    let needs_confirmation = judge::needs_second_person(registrar, entries, &unsealed, &before);
    Ok((seal(EventRow { needs_confirmation, ..unsealed }), before))
}

/// An entry with nothing said yet, at the end of its chain.
pub(super) fn blank(registrar: &Registrar<'_>, chain: &str, head: &Head) -> EventRow {
    EventRow {
        event_id: String::new(),
        chain: chain.to_owned(),
        seq: head.head_seq + 1,
        action: String::new(),
        target: None,
        kind: None,
        day: None,
        local_time: None,
        fields: Json(Fields::new()),
        reason: None,
        note: None,
        recorded_at: Instant::new(registrar.now),
        recorded_by: registrar.who.to_owned(),
        needs_confirmation: false,
        prev_hash: head.head_hash.clone(),
        hash: String::new(),
    }
}

/// Hashes an entry: from here on nothing in it can change unnoticed.
fn seal(mut row: EventRow) -> EventRow {
    row.hash = chain::hash(&row);
    row.event_id = chain::event_id(&row.hash);
    row
}
