//! `deadlines`: as saved, or as they were on another day or known at another time.

use anyhow::{Result, anyhow};
use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::context::Context;
use super::{DONE, ics};
use crate::law::facts::read_day;
use crate::register::query::{At, DEADLINES_MAX};
use crate::store::{DeadlineFilter, DeadlineRow};

#[derive(Debug, Args)]
pub(super) struct Deadlines {
    /// Of this case
    #[arg(long, value_name = "NUMBER")]
    case: Option<String>,
    /// Of this office
    #[arg(long)]
    office: Option<String>,
    /// To be met by this day
    #[arg(long, value_name = "DATE", value_parser = read_day)]
    until: Option<NaiveDate>,
    /// Overdue, or past the internal control date
    #[arg(long)]
    overdue: bool,
    /// Those that are met, over or closed too
    #[arg(long)]
    all: bool,
    /// Judged from this day instead of today
    #[arg(long, value_name = "DATE", value_parser = read_day)]
    as_of: Option<NaiveDate>,
    /// Only what the register knew then, such as 2026-11-22T18:00:00Z
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    known_at: Option<DateTime<Utc>>,
    /// How to print them
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
    Ics,
}

fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).map_err(|_| "write it as 2026-11-22T18:00:00Z".to_owned())
}

pub(super) async fn run(arguments: Deadlines, context: &mut Context) -> Result<u8> {
    let desk = context.desk().await?;
    let filter = DeadlineFilter {
        case_number: arguments.case,
        office: arguments.office,
        until: arguments.until,
        overdue: arguments.overdue,
        open_only: !arguments.all,
    };
    // A bar or a wait is no open act, and yet runs: it belongs in a list of what runs.
    let asked = DeadlineFilter { open_only: false, ..filter.clone() };
    let at = At { as_of: arguments.as_of, known_at: arguments.known_at };
    let mut rows = desk.registrar().deadlines(&asked, at).await?;
    let cut = rows.len() == DEADLINES_MAX;
    rows.retain(|row| !filter.open_only || row.is_open || runs(row));
    let default = if context.print.json { Format::Json } else { Format::Table };
    match arguments.format.unwrap_or(default) {
        Format::Table => {
            let cells: Vec<Vec<String>> = rows.iter().map(cells).collect();
            context.print.table(HEADER, &cells)?;
        }
        Format::Json => {
            let rows: Vec<Value> = rows.iter().map(row_json).collect();
            context.print.json(&json!({"deadlines": rows, "cut": cut}))?;
        }
        Format::Csv => csv(&rows, context)?,
        Format::Ics => context.print.raw().write_all(ics::calendar(&rows, &desk.config.mail, desk.now).as_bytes())?,
    }
    if cut {
        return Err(anyhow!("there are more than {DEADLINES_MAX} deadlines: ask for a case, an office or a day"));
    }
    Ok(DONE)
}

/// Whether something runs that is no open act.
fn runs(row: &DeadlineRow) -> bool {
    matches!(row.status.as_str(), "in_force" | "in_force_indefinite" | "running")
}

const HEADER: &[&str] = &["DATE", "CASE", "RULE", "STATUS", "ACTOR", "FROM", "LATE AFTER", "DEADLINE"];

/// The columns of [`short_cells`].
pub(super) const SHORT_HEADER: &[&str] = &["DATE", "RULE", "STATUS", "ACTOR", "FROM"];

/// The date of a row for people: a step's is not a legal deadline, and says so.
fn date(row: &DeadlineRow) -> String {
    match (row.shown_on, row.watched_by) {
        (Some(day), _) => day.to_string(),
        (None, Some(day)) => format!("{day} (control)"),
        (None, None) => "no end".to_owned(),
    }
}

fn cells(row: &DeadlineRow) -> Vec<String> {
    vec![
        date(row),
        row.case_number.clone(),
        row.rule.clone(),
        row.status.clone(),
        row.actor.clone().unwrap_or_default(),
        row.from_day.to_string(),
        row.late_after.map(|day| day.to_string()).unwrap_or_default(),
        row.deadline_id.clone(),
    ]
}

/// A row within its own case.
pub(super) fn short_cells(row: &DeadlineRow) -> Vec<String> {
    let actor = row.actor.clone().unwrap_or_default();
    vec![date(row), row.rule.clone(), row.status.clone(), actor, row.from_day.to_string()]
}

/// The finding, with what the register adds to it.
fn row_json(row: &DeadlineRow) -> Value {
    let mut value = row.finding.value();
    if let Some(map) = value.as_object_mut() {
        map.insert("case".to_owned(), row.case_number.as_str().into());
        map.insert("deadline".to_owned(), row.deadline_id.as_str().into());
        map.insert("sequence".to_owned(), row.sequence.into());
        map.entry("status").or_insert_with(|| row.status.as_str().into());
    }
    value
}

fn csv(rows: &[DeadlineRow], context: &mut Context) -> Result<()> {
    let mut writer = csv::Writer::from_writer(context.print.raw());
    let header = [
        "case",
        "rule",
        "kind",
        "status",
        "actor",
        "from",
        "effective",
        "internal_control_date",
        "late_after",
        "deadline",
    ];
    writer.write_record(header).map_err(io)?;
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    for row in rows {
        let control = if row.kind == "step" { row.watched_by } else { None };
        let record = [
            row.case_number.clone(),
            row.rule.clone(),
            row.kind.clone(),
            row.status.clone(),
            row.actor.clone().unwrap_or_default(),
            row.from_day.to_string(),
            day(row.shown_on),
            day(control),
            day(row.late_after),
            row.deadline_id.clone(),
        ];
        writer.write_record(record).map_err(io)?;
    }
    Ok(writer.flush()?)
}

/// The input/output error within, so that a closed pipe is recognised.
fn io(error: csv::Error) -> std::io::Error {
    std::io::Error::from(error)
}
