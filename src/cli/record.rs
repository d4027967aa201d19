//! `record`, `correct`, `retract`, `pending`, `confirm`.

use anyhow::Result;
use chrono::{NaiveDate, NaiveTime};
use clap::Args;
use serde_json::{Value, json};

use super::DONE;
use super::context::Context;
use crate::law::facts::{read_day, read_time};
use crate::law::timeline::EventKind;
use crate::register::compare::{Change, ChangeKind};
use crate::register::entry::Draft;
use crate::register::intake::Recorded;
use crate::register::reason::Reason;
use crate::register::{Error, NATIONWIDE, entry};

/// Waiting entries listed at most.
const PENDING_MAX: i64 = 10_000;

#[derive(Debug, Args)]
pub(super) struct Record {
    /// The office's own case number
    #[arg(required_unless_present = "nationwide", conflicts_with = "nationwide")]
    number: Option<String>,
    /// What happened, such as `petition_accepted`
    #[arg(required_unless_present = "nationwide", conflicts_with = "nationwide")]
    event: Option<EventKind>,
    /// An event of the whole country: `moratorium_declared` or `moratorium_lifted`
    #[arg(long, value_name = "EVENT")]
    nationwide: Option<EventKind>,
    /// The civil day it happened
    #[arg(long, value_name = "DATE", value_parser = read_day)]
    on: NaiveDate,
    /// The local time, where it is known
    #[arg(long, value_name = "HH:MM", value_parser = read_time)]
    at: Option<NaiveTime>,
    /// A moratorium's act: the day it entered into force, where that is another
    #[arg(long, value_name = "DATE", value_parser = read_day, requires = "nationwide")]
    in_force: Option<NaiveDate>,
    /// A moratorium's act: what it is called
    #[arg(long, value_name = "TEXT", requires = "nationwide")]
    act: Option<String>,
    /// Something else that is known: `to=supreme_court`, `votes_for=5`, …
    #[arg(long, value_name = "K=V", value_parser = pair)]
    field: Vec<(String, String)>,
    /// Free words; they never leave the register
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// An unlikely date is meant
    #[arg(long)]
    confirm: bool,
}

#[derive(Debug, Args)]
pub(super) struct Correct {
    /// The entry, such as E-7K3M9Q2X4P
    event_id: String,
    /// The right day
    #[arg(long, value_name = "DATE", value_parser = read_day)]
    on: NaiveDate,
    #[command(flatten)]
    why: Why,
    /// An unlikely date is meant
    #[arg(long)]
    confirm: bool,
}

#[derive(Debug, Args)]
pub(super) struct Retract {
    /// The entry, such as E-7K3M9Q2X4P
    event_id: String,
    #[command(flatten)]
    why: Why,
}

#[derive(Debug, Args)]
struct Why {
    /// `typo`, `wrong_case`, `wrong_document`, `court_decision` or `other`
    #[arg(long, value_name = "CODE")]
    reason: Reason,
    /// Free words; they never leave the register
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Confirm {
    /// The entry, such as E-7K3M9Q2X4P
    event_id: String,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.trim().to_owned(), value.to_owned())),
        None => Err("write it as NAME=VALUE".to_owned()),
    }
}

pub(super) async fn record(arguments: Record, context: &mut Context) -> Result<u8> {
    let (number, kind) = match (arguments.nationwide, arguments.number, arguments.event) {
        (Some(kind), _, _) => (NATIONWIDE.to_owned(), kind),
        // "*" is how the register itself names the nation-wide chain; on the command line it is no case.
        (None, Some(number), Some(kind)) if number != NATIONWIDE => (number, kind),
        (None, number, _) => return Err(Error::unknown_case(&number.unwrap_or_default()).into()),
    };
    let mut draft = Draft::new(kind, arguments.on);
    draft.local_time = arguments.at;
    draft.note = arguments.note;
    draft.confirmed = arguments.confirm;
    let in_force = arguments.in_force.map(|day| ("in_force".to_owned(), day.to_string()));
    let act = arguments.act.map(|act| ("act".to_owned(), act));
    for (name, value) in arguments.field.into_iter().chain(in_force).chain(act) {
        let value = entry::field(kind, &name, &value)?;
        if draft.fields.insert(name.clone(), value).is_some() {
            return Err(Error::refused("field_twice", format!("{name} is given twice: give it once")).into());
        }
    }
    let desk = context.desk().await?;
    let recorded = desk.registrar().record(&number, &draft).await?;
    report(&recorded, context)
}

pub(super) async fn correct(arguments: Correct, context: &mut Context) -> Result<u8> {
    let desk = context.desk().await?;
    let Why { reason, note } = arguments.why;
    let recorded =
        desk.registrar().correct(&arguments.event_id, arguments.on, reason, note.as_deref(), arguments.confirm).await?;
    report(&recorded, context)
}

pub(super) async fn retract(arguments: Retract, context: &mut Context) -> Result<u8> {
    let desk = context.desk().await?;
    let Why { reason, note } = arguments.why;
    let recorded = desk.registrar().retract(&arguments.event_id, reason, note.as_deref()).await?;
    report(&recorded, context)
}

pub(super) async fn confirm(arguments: Confirm, context: &mut Context) -> Result<u8> {
    let desk = context.desk().await?;
    let recorded = desk.registrar().confirm(&arguments.event_id).await?;
    report(&recorded, context)
}

pub(super) async fn pending(context: &mut Context) -> Result<u8> {
    let desk = context.desk().await?;
    let mut tx = desk.store.snapshot().await?;
    let mut rows = Vec::new();
    for row in tx.pending(PENDING_MAX).await? {
        let case = if row.chain == NATIONWIDE { "nation-wide" } else { &row.chain };
        if context.print.json {
            context.print.json(&json!({
                "entry": row.event_id, "case": (row.chain != NATIONWIDE).then_some(&row.chain), "action": row.action,
                "target": row.target, "event": row.kind, "date": row.day, "recorded_at": row.recorded_at,
                "recorded_by": row.recorded_by,
            }))?;
            continue;
        }
        let mut what = format!("{} {}", row.action, row.kind.as_deref().unwrap_or_default());
        if let Some(target) = &row.target {
            what = format!("{} {target}", row.action);
        }
        rows.push(vec![
            row.event_id.clone(),
            case.to_owned(),
            row.day.map(|day| day.to_string()).unwrap_or_default(),
            what,
            row.recorded_at.to_string(),
            row.recorded_by.clone(),
        ]);
    }
    if !context.print.json {
        context.print.table(&["ENTRY", "CASE", "DAY", "WHAT", "RECORDED", "BY"], &rows)?;
    }
    Ok(DONE)
}

/// Says what was entered and what followed.
pub(super) fn report(recorded: &Recorded, context: &mut Context) -> Result<u8> {
    let entry = &recorded.entry;
    let none: &[Change] = &[];
    let changes = recorded.saved.as_ref().map_or(none, |saved| &saved.changes);
    let print = &mut context.print;
    if print.json {
        let irregularities: Vec<Value> = recorded
            .irregularities
            .iter()
            .map(|(paragraph, code)| json!({"paragraph": paragraph, "code": code.as_str()}))
            .collect();
        let changes: Vec<Value> = changes.iter().map(change_json).collect();
        print.json(&json!({
            "entry": entry.event_id, "case": (entry.chain != NATIONWIDE).then_some(&entry.chain), "seq": entry.seq,
            "action": entry.action, "event": entry.kind, "date": entry.day, "hash": entry.hash,
            "unconfirmed": entry.needs_confirmation, "irregularities": irregularities, "deadlines": changes,
            "cases": recorded.cases,
        }))?;
        return Ok(DONE);
    }
    let whose = if entry.chain == NATIONWIDE { "nation-wide".to_owned() } else { format!("case {}", entry.chain) };
    print.line(format_args!("{whose}: {} entered as {}", what(recorded), entry.event_id))?;
    if entry.needs_confirmation {
        print.line(format_args!(
            "  it would end or shorten a bar on execution and does not count yet: another person must run `keshirim confirm {}`",
            entry.event_id
        ))?;
    }
    for (paragraph, code) in &recorded.irregularities {
        print.line(format_args!("  against paragraph {paragraph}: {code}"))?;
    }
    for change in changes {
        print.line(format_args!("  {}", change_line(change)))?;
    }
    if entry.chain == NATIONWIDE {
        print.line(format_args!("  open death cases derived anew: {}", recorded.cases))?;
    }
    Ok(DONE)
}

fn what(recorded: &Recorded) -> String {
    let entry = &recorded.entry;
    let day = entry.day.map(|day| format!(" on {day}")).unwrap_or_default();
    match (entry.action.as_str(), &entry.target) {
        ("record", _) => format!("{}{day}", entry.kind.as_deref().unwrap_or_default()),
        (action, target) => format!("{action} {}{day}", target.as_deref().unwrap_or_default()),
    }
}

/// A changed deadline in one line.
pub(super) fn change_line(change: &Change) -> String {
    let after = &change.after;
    let day =
        |row: &crate::store::DeadlineRow| row.watched_by.map_or_else(|| "no date".to_owned(), |day| day.to_string());
    let actor = after.actor.as_deref().map(|actor| format!(" ({actor})")).unwrap_or_default();
    let said = match (change.kind, &change.before) {
        (ChangeKind::Moved, Some(before)) => format!("{} → {}", day(before), day(after)),
        (ChangeKind::Status, Some(before)) => format!("{} → {}", before.status, after.status),
        (ChangeKind::Gone, _) => "no longer follows".to_owned(),
        _ => format!("{}, {}", day(after), after.status),
    };
    format!("{} {}{actor}: {said}", change.kind.as_str(), after.rule)
}

/// A changed deadline in JSON.
pub(super) fn change_json(change: &Change) -> Value {
    let after = &change.after;
    json!({
        "change": change.kind.as_str(), "case": after.case_number, "deadline": after.deadline_id, "rule": after.rule,
        "actor": after.actor, "status": after.status,
        "date": after.watched_by, "before": change.before.as_ref().map(|before| before.watched_by),
    })
}
