//! ONE WAY IN: every entry goes through [`enter`], in one transaction from the entry to the saved deadlines.
//!
//! lock the chain → judge → append, hash-chained → derive → plan → save → commit.

use chrono::NaiveDate;
use serde_json::Value;

use super::assemble::Assembled;
use super::entry::{self, Draft, Likelihood, NewCase};
use super::reason::Reason;
use super::save::{self, Entries, Saved};
use super::{Error, NATIONWIDE, Registrar, Result, chain, eyes, nationwide};
use crate::law::irregularity::Code;
use crate::law::timeline::{EventKind, Sentence};
use crate::store::{CaseRow, EventRow, Fields, Head, Instant, Json, Tx};

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
        let mut tx = self.store.begin().await?;
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

    async fn carry_out(&self, number: &str, wish: Wish<'_>) -> Result<Recorded> {
        let mut tx = self.store.begin().await?;
        let entered = enter(&mut tx, self, number, &wish, Strictness::ByHand).await?;
        let why = entered.entry.reason.clone().unwrap_or_else(|| "event".to_owned());
        if number == NATIONWIDE {
            nationwide::start(&mut tx, self, &entered.entry).await?;
            tx.commit().await?;
            let cases = self.finish_nationwide().await?;
            return Ok(Recorded { entry: entered.entry, saved: None, irregularities: Vec::new(), cases });
        }
        let before = entered.before;
        let entries = entered.entries.ok_or_else(|| Error::unknown_case(number))?;
        let saved = save::rederive(&mut tx, self, &entries, &why).await?;
        tx.commit().await?;
        let irregularities = new_irregularities(self, &before, &saved);
        Ok(Recorded { entry: entered.entry, saved: Some(saved), irregularities, cases: 1 })
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

/// An entry that was appended, and the chain as it now is.
pub(super) struct Entered {
    pub(super) entry: EventRow,
    /// The case with the new entry in it; none for a nation-wide entry.
    pub(super) entries: Option<Entries>,
    /// The timeline before.
    pub(super) before: Assembled,
}

/// Opens a case: its first entry, which the chain protects like all others.
pub(super) async fn open(tx: &mut Tx, registrar: &Registrar<'_>, case: &NewCase) -> Result<EventRow> {
    case.check()?;
    if !tx.insert_chain(&case.number).await? {
        let sentence = format!("case \"{0}\" is already open; see `keshirim case show {0}`", case.number);
        return Err(Error::refused("case_exists", sentence));
    }
    let head = tx.lock_chain(&case.number).await?.ok_or_else(|| Error::unknown_case(&case.number))?;
    let mut fields = Fields::new();
    fields.insert("sentence".to_owned(), case.sentence.as_str().into());
    fields.insert("institution".to_owned(), case.institution.as_str().into());
    fields.insert("zone".to_owned(), case.zone.name().into());
    if let Some(category) = case.crime_category {
        fields.insert("crime_category".to_owned(), category.as_str().into());
    }
    let entry =
        seal(EventRow { action: "open".to_owned(), fields: Json(fields), ..blank(registrar, &case.number, &head) });
    append_opening(tx, &entry).await?;
    Ok(entry)
}

/// Writes the case that an opening entry describes, and the entry.
pub(super) async fn append_opening(tx: &mut Tx, entry: &EventRow) -> Result<()> {
    tx.insert_case(&case_of(entry)).await?;
    append(tx, entry).await
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

/// Judges a wish and appends the entry. Nothing is derived yet.
pub(super) async fn enter(
    tx: &mut Tx,
    registrar: &Registrar<'_>,
    number: &str,
    wish: &Wish<'_>,
    strictness: Strictness,
) -> Result<Entered> {
    let head = tx.lock_chain(number).await?.ok_or_else(|| Error::unknown_case(number))?;
    let mut entries = if number == NATIONWIDE {
        nationwide::entries(tx).await?
    } else {
        Entries::read(tx, number).await?.ok_or_else(|| Error::unknown_case(number))?
    };
    let before = entries.assemble();
    let unsealed = match wish {
        Wish::Record(draft) => draft_entry(registrar, number, &head, draft, &before, strictness)?,
        Wish::Correct { target, day, reason, note, confirmed } => {
            let old = standing_entry(&entries.own, &before, target)?;
            judge_correction(registrar, old, *day, *confirmed, &before, strictness)?;
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
                ..blank(registrar, number, &head)
            }
        }
        Wish::Retract { target, reason, note } => {
            let old = retractable(&entries.own, &before, target)?;
            entry::check_note(*note)?;
            EventRow {
                action: "retract".to_owned(),
                target: Some(old.event_id.clone()),
                reason: Some(reason.as_str().to_owned()),
                note: note.map(str::to_owned),
                ..blank(registrar, number, &head)
            }
        }
        Wish::Confirm { target } => {
            let old = confirmable(registrar, &entries.own, &before, target)?;
            EventRow {
                action: "confirm".to_owned(),
                target: Some(old.event_id.clone()),
                ..blank(registrar, number, &head)
            }
        }
    };
    let needs_confirmation = needs_second_person(registrar, &mut entries, &unsealed, &before);
    let entry = seal(EventRow { needs_confirmation, ..unsealed });
    append(tx, &entry).await?;
    entries.own.push(entry.clone());
    Ok(Entered { entry, entries: (number != NATIONWIDE).then_some(entries), before })
}

/// Appends a sealed entry and moves the head.
pub(super) async fn append(tx: &mut Tx, entry: &EventRow) -> Result<()> {
    tx.insert_event(entry).await?;
    tx.set_head(&entry.chain, entry.seq, &entry.hash).await?;
    Ok(())
}

fn blank(registrar: &Registrar<'_>, chain: &str, head: &Head) -> EventRow {
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

fn seal(mut row: EventRow) -> EventRow {
    row.hash = chain::hash(&row);
    row.event_id = chain::event_id(&row.hash);
    row
}

fn draft_entry(
    registrar: &Registrar<'_>,
    number: &str,
    head: &Head,
    draft: &Draft,
    before: &Assembled,
    strictness: Strictness,
) -> Result<EventRow> {
    let today = registrar.today(before.timeline.zone);
    nationwide::check_place(draft, number)?;
    entry::check_day(draft.day, today)?;
    entry::check_fields(draft, before.timeline.sentence)?;
    if let Some(answers) = draft.fields.get("answers").and_then(Value::as_str)
        && before.event(answers).is_none()
    {
        return Err(Error::unknown_entry(answers));
    }
    let question_age = strictness == Strictness::ByHand;
    let mut doubts = entry::unlikely(Likelihood { kind: draft.kind, day: draft.day, today, question_age }, before);
    doubts.extend(already_recorded(draft, before));
    if !draft.confirmed && !doubts.is_empty() {
        return Err(Error::Unlikely(doubts));
    }
    Ok(EventRow {
        action: "record".to_owned(),
        kind: Some(draft.kind.as_str().to_owned()),
        day: Some(draft.day),
        local_time: draft.local_time.map(|time| time.format("%H:%M").to_string()),
        fields: Json(draft.fields.clone()),
        reason: draft.reason.map(|reason| reason.as_str().to_owned()),
        note: draft.note.clone(),
        ..blank(registrar, number, head)
    })
}

/// The same event on the same day stands already: sent twice, most likely.
fn already_recorded(draft: &Draft, before: &Assembled) -> Option<String> {
    let to = draft.fields.get("to").and_then(Value::as_str);
    let subject = draft.fields.get("subject").and_then(Value::as_str);
    let twin = before.timeline.events.iter().zip(&before.origins).find(|(event, _)| {
        event.retracted_at.is_none()
            && event.kind == draft.kind
            && event.date == draft.day
            && event.to.as_deref() == to
            && event.subject.map(|subject| subject.as_str()) == subject
    })?;
    Some(format!("{} on {} is already recorded as {}", draft.kind, draft.day, twin.1.event_id))
}

fn judge_correction(
    registrar: &Registrar<'_>,
    old: &EventRow,
    day: NaiveDate,
    confirmed: bool,
    before: &Assembled,
    strictness: Strictness,
) -> Result<()> {
    let today = registrar.today(before.timeline.zone);
    entry::check_day(day, today)?;
    if old.day == Some(day) {
        let sentence = format!("{} already stands on {day}: there is nothing to correct", old.event_id);
        return Err(Error::refused("nothing_to_correct", sentence));
    }
    let Some(kind) = old.kind.as_deref().and_then(|kind| kind.parse().ok()) else { return Ok(()) };
    let mut others = before.clone();
    // The event is not its own neighbour.
    for (event, origin) in others.timeline.events.iter_mut().zip(&others.origins) {
        if origin.event_id == old.event_id {
            event.retracted_at = event.recorded_at;
        }
    }
    let question_age = strictness == Strictness::ByHand;
    let doubts = entry::unlikely(Likelihood { kind, day, today, question_age }, &others);
    if confirmed || doubts.is_empty() { Ok(()) } else { Err(Error::Unlikely(doubts)) }
}

/// The entry `target`, if its event stands.
fn standing_entry<'a>(own: &'a [EventRow], before: &Assembled, target: &str) -> Result<&'a EventRow> {
    let row = own.iter().find(|row| row.event_id == target).ok_or_else(|| Error::unknown_entry(target))?;
    match before.event(target) {
        Some((event, _)) if event.retracted_at.is_none() => Ok(row),
        Some((_, origin)) => {
            let now = before
                .origins
                .iter()
                .zip(&before.timeline.events)
                .find(|(other, event)| other.root_id == origin.root_id && event.retracted_at.is_none());
            let instead = now.map_or_else(
                || "record the event anew".to_owned(),
                |(other, _)| format!("it was corrected by {0}; name {0} instead", other.event_id),
            );
            Err(Error::refused("already_struck", format!("{target} is struck already: {instead}")))
        }
        None => {
            let sentence = format!("{target} is no event but a \"{}\" entry; name the event's own entry", row.action);
            Err(Error::refused("not_an_event", sentence))
        }
    }
}

/// The entry `target`, if it can be struck: an event that stands, or a retraction that still waits for a second person.
fn retractable<'a>(own: &'a [EventRow], before: &Assembled, target: &str) -> Result<&'a EventRow> {
    let row = own.iter().find(|row| row.event_id == target).ok_or_else(|| Error::unknown_entry(target))?;
    if row.action == "retract" && row.needs_confirmation {
        return if answered(own, target) {
            Err(Error::refused("already_struck", format!("{target} no longer waits: record the event anew")))
        } else {
            Ok(row)
        };
    }
    standing_entry(own, before, target)
}

/// Whether a waiting entry has been confirmed, or struck while it waited.
fn answered(own: &[EventRow], target: &str) -> bool {
    own.iter().any(|row| row.target.as_deref() == Some(target) && (row.action == "confirm" || !row.needs_confirmation))
}

fn confirmable<'a>(
    registrar: &Registrar<'_>,
    own: &'a [EventRow],
    before: &Assembled,
    target: &str,
) -> Result<&'a EventRow> {
    let row = own.iter().find(|row| row.event_id == target).ok_or_else(|| Error::unknown_entry(target))?;
    let refused = |code, why: &str| Err(Error::refused(code, format!("{target} {why}")));
    if !row.needs_confirmation {
        return refused("nothing_to_confirm", "needs no second person: it counts already");
    }
    if answered(own, target) {
        return refused("nothing_to_confirm", "was confirmed or struck already; see `keshirim pending`");
    }
    if row.recorded_by == registrar.who {
        let why = format!("was recorded by {} too: another person must confirm it", registrar.who);
        return refused("same_person", &why);
    }
    let gone = |id: &str| before.event(id).is_some_and(|(event, _)| event.retracted_at.is_some());
    if row.action != "record" && row.target.as_deref().is_some_and(gone) {
        return refused(
            "already_struck",
            "speaks of an entry that is struck already: there is nothing left to confirm",
        );
    }
    Ok(row)
}

/// Two pairs of eyes: derive with the entry, as if it counted, and without it.
fn needs_second_person(
    registrar: &Registrar<'_>,
    entries: &mut Entries,
    unsealed: &EventRow,
    before: &Assembled,
) -> bool {
    if unsealed.action == "confirm" {
        return false;
    }
    if unsealed.chain == NATIONWIDE && unsealed.action != "record" {
        return unsealed.action == "correct" || nationwide::counts(&entries.own, unsealed.target.as_deref());
    }
    let kind = unsealed.kind.as_deref().and_then(|kind| kind.parse::<EventKind>().ok());
    if unsealed.action == "record" && kind.is_some_and(|kind| eyes::always_for_two(kind, before)) {
        return true;
    }
    if before.timeline.sentence != Sentence::Death || unsealed.chain == NATIONWIDE {
        return false;
    }
    entries.own.push(unsealed.clone());
    let after = entries.assemble();
    entries.own.pop();
    eyes::shortens_a_bar(before, &after, registrar.calendar, registrar.today(before.timeline.zone))
}

/// The irregularities that were not there before the entry.
fn new_irregularities(registrar: &Registrar<'_>, before: &Assembled, saved: &Saved) -> Vec<(&'static str, Code)> {
    let question =
        crate::law::Question { as_of: Some(registrar.today(before.timeline.zone)), ..crate::law::Question::default() };
    let mut old: Vec<_> = crate::law::derive(&before.timeline, registrar.calendar, &question)
        .irregularities
        .iter()
        .map(|found| (found.paragraph, found.code))
        .collect();
    let mut new = Vec::new();
    for found in &saved.findings.irregularities {
        match old.iter().position(|known| *known == (found.paragraph, found.code)) {
            Some(at) => drop(old.remove(at)),
            None => new.push((found.paragraph, found.code)),
        }
    }
    new
}
