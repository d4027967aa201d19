//! `deadlines`: as saved, or as they were on another day or known at another time.

use anyhow::Result;
use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, ValueEnum};
use serde_json::Value;

use super::context::Context;
use super::{DONE, ics};
use crate::law::facts::read_day;
use crate::register::query::{At, Listing};
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
    /// No more than so many; without it a table has the first 500, every other format all
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
    /// How to print them
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Rows of a table, where no number is asked for.
const TABLE_ROWS: usize = 500;

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
        runs_only: !arguments.all,
    };
    let at = At { as_of: arguments.as_of, known_at: arguments.known_at };
    let default = if context.print.json { Format::Json } else { Format::Table };
    let format = arguments.format.unwrap_or(default);
    // A table is for a person; whoever reads the others by program wants all of them.
    let limit = arguments.limit.or((format == Format::Table).then_some(TABLE_ROWS));
    let listing = desk.registrar().list(&filter, at).await?;
    let mut rows = Limited { listing, left: limit.unwrap_or(usize::MAX), more: false };
    match format {
        Format::Table => table(&mut rows, context).await?,
        Format::Json => json_list(&mut rows, context).await?,
        Format::Csv => csv(&mut rows, context).await?,
        Format::Ics => ics::write(&mut rows, &desk.config.mail, desk.now, context.print.raw()).await?,
    }
    if rows.more && format == Format::Table {
        let shown = limit.unwrap_or_default();
        context.print.line(format_args!(
            "These are the first {shown}; there are more. Ask for a case, an office or a day, or give --limit; --format csv has all."
        ))?;
    }
    Ok(DONE)
}

/// The pages of a list, no further than asked.
pub(super) struct Limited {
    listing: Listing,
    left: usize,
    /// Whether there are more than were asked for; known at the end.
    more: bool,
}

impl Limited {
    /// The next page; an empty one is the end.
    pub(super) async fn next(&mut self) -> Result<Vec<DeadlineRow>> {
        if self.more {
            return Ok(Vec::new());
        }
        let mut page = self.listing.next().await?;
        self.more = page.len() > self.left;
        page.truncate(self.left);
        self.left -= page.len();
        Ok(page)
    }
}

/// Every page's columns are as wide as it needs; a list of one page is one table.
async fn table(rows: &mut Limited, context: &mut Context) -> Result<()> {
    let mut header = HEADER;
    loop {
        let page = rows.next().await?;
        if page.is_empty() && header.is_empty() {
            return Ok(());
        }
        let cells: Vec<Vec<String>> = page.iter().map(cells).collect();
        context.print.table(header, &cells)?;
        header = &[];
        if page.is_empty() {
            return Ok(());
        }
    }
}

/// `{"deadlines":[…],"cut":false}`, written as it is read.
async fn json_list(rows: &mut Limited, context: &mut Context) -> Result<()> {
    let mut first = true;
    context.print.raw().write_all(b"{\"deadlines\":[")?;
    loop {
        let page = rows.next().await?;
        if page.is_empty() {
            break;
        }
        let to = context.print.raw();
        for row in &page {
            if !std::mem::take(&mut first) {
                to.write_all(b",")?;
            }
            serde_json::to_writer(&mut *to, &row_json(row)).map_err(std::io::Error::from)?;
        }
    }
    context.print.line(format_args!("],\"cut\":{}}}", rows.more))?;
    Ok(())
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

async fn csv(rows: &mut Limited, context: &mut Context) -> Result<()> {
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
    loop {
        let page = rows.next().await?;
        if page.is_empty() {
            return Ok(writer.flush()?);
        }
        for row in &page {
            writer.write_record(record(row)).map_err(io)?;
        }
    }
}

fn record(row: &DeadlineRow) -> [String; 10] {
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let control = if row.kind == "step" { row.watched_by } else { None };
    [
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
    ]
}

/// The input/output error within, so that a closed pipe is recognised.
fn io(error: csv::Error) -> std::io::Error {
    std::io::Error::from(error)
}
