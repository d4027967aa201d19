//! `case open|list|show|close`.

use anyhow::Result;
use chrono::NaiveDate;
use chrono_tz::Tz;
use clap::Args;
use serde_json::json;

use super::context::Context;
use super::deadlines::{self, SHORT_HEADER};
use super::{DONE, record};
use crate::law::facts::{read_category, read_day, read_zone};
use crate::law::timeline::{CrimeCategory, EventKind, Sentence};
use crate::register::entry::{Draft, NewCase};
use crate::register::query::At;
use crate::register::reason::Reason;
use crate::register::shown::case_json;
use crate::register::{Error, query::CaseView};
use crate::store::EventRow;

/// Cases read at a time.
const CASES_PER_PAGE: i64 = 500;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Open a register entry
    Open(Open),
    /// List the cases
    List(List),
    /// Show a case: its entries, struck ones among them, and what follows
    Show {
        /// The office's own case number
        number: String,
    },
    /// Close a case
    Close(Close),
}

#[derive(Debug, Args)]
pub(super) struct Open {
    /// The office's own case number; no name of a person
    number: String,
    /// death, imprisonment or other
    #[arg(long)]
    sentence: Sentence,
    /// `other`, `grave` or `especially_grave`, where it is known (para 16)
    #[arg(long, value_parser = |text: &str| read_category(text))]
    crime_category: Option<CrimeCategory>,
    /// The institution's office code, such as institution:uk-161-3
    #[arg(long, value_name = "OFFICE")]
    institution: String,
    /// The zone whose civil days count
    #[arg(long, default_value = "Asia/Almaty", value_parser = read_zone)]
    zone: Tz,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Closed cases too
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
pub(super) struct Close {
    /// The office's own case number
    number: String,
    /// `typo`, `wrong_case`, `wrong_document`, `court_decision` or `other`
    #[arg(long, value_name = "CODE")]
    reason: Reason,
    /// The day it was closed [default: today]
    #[arg(long, value_name = "DATE", value_parser = read_day)]
    on: Option<NaiveDate>,
    /// Free words; they never leave the register
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// An unlikely date is meant
    #[arg(long)]
    confirm: bool,
}

pub(super) async fn run(command: Command, context: &mut Context) -> Result<u8> {
    match command {
        Command::Open(arguments) => open(arguments, context).await,
        Command::List(arguments) => list(&arguments, context).await,
        Command::Show { number } => show(&number, context).await,
        Command::Close(arguments) => close(arguments, context).await,
    }
}

async fn open(arguments: Open, context: &mut Context) -> Result<u8> {
    let case = NewCase {
        number: arguments.number,
        sentence: arguments.sentence,
        crime_category: arguments.crime_category,
        institution: arguments.institution,
        zone: arguments.zone,
    };
    let desk = context.desk().await?;
    let entry = desk.registrar().open_case(&case).await?;
    if context.print.json {
        context.print.json(&json!({"case": case.number, "entry": entry.event_id, "hash": entry.hash}))?;
    } else {
        context.print.line(format_args!("case {} opened ({})", case.number, entry.event_id))?;
    }
    Ok(DONE)
}

async fn list(arguments: &List, context: &mut Context) -> Result<u8> {
    let desk = context.desk().await?;
    let mut tx = desk.store.snapshot().await?;
    let mut after = String::new();
    let mut rows = Vec::new();
    loop {
        let cases = tx.cases_after(&after, CASES_PER_PAGE).await?;
        let Some(last) = cases.last() else { break };
        after.clone_from(&last.number);
        for case in cases.iter().filter(|case| arguments.all || case.status == "open") {
            if context.print.json {
                context.print.json(&case_json(case))?;
            } else {
                let text = |value: &Option<String>| value.clone().unwrap_or_default();
                let category = text(&case.crime_category);
                rows.push(vec![
                    case.number.clone(),
                    case.sentence.clone(),
                    category,
                    case.institution.clone(),
                    case.status.clone(),
                ]);
            }
        }
    }
    if !context.print.json {
        context.print.table(&["CASE", "SENTENCE", "CATEGORY", "INSTITUTION", "STATUS"], &rows)?;
    }
    Ok(DONE)
}

async fn show(number: &str, context: &mut Context) -> Result<u8> {
    let desk = context.desk().await?;
    let view = desk.registrar().case(number, At::default()).await?;
    if context.print.json {
        context.print.json(&view.json()?)?;
        return Ok(DONE);
    }
    let case = &view.case;
    context.print.line(format_args!(
        "case {}: {}, {}, {}, {}",
        case.number, case.sentence, case.institution, case.zone, case.status
    ))?;
    let rows: Vec<Vec<String>> =
        view.entries.iter().chain(&view.nationwide).map(|row| entry_cells(row, &view)).collect();
    context.print.table(&["ENTRY", "DAY", "WHAT", "RECORDED", "BY", ""], &rows)?;
    let zone = view.assembled.timeline.zone;
    let query = crate::store::DeadlineFilter { case_number: Some(number.to_owned()), ..Default::default() };
    // Derived from the entries: what is shown beside the bars on execution must not be what a table of yesterday says.
    let at = At { as_of: Some(desk.registrar().today(zone)), ..At::default() };
    let deadlines = desk.registrar().deadlines(&query, at).await?;
    let rows: Vec<Vec<String>> = deadlines.iter().map(deadlines::short_cells).collect();
    context.print.line("")?;
    context.print.table(SHORT_HEADER, &rows)?;
    if let Some(execution) = &view.findings.execution {
        let open: Vec<&str> = execution.open.iter().map(|bar| bar.as_str()).collect();
        let unknown: Vec<&str> = execution.unknown.iter().map(|fact| fact.as_str()).collect();
        context.print.line("")?;
        context.print.line(format_args!("execution: {}", execution.finding))?;
        context.print.line(format_args!("  open: {}", or_none(&open)))?;
        context.print.line(format_args!("  unknown: {}", or_none(&unknown)))?;
    }
    for irregularity in &view.findings.irregularities {
        context.print.line(format_args!("against paragraph {}: {}", irregularity.paragraph, irregularity.code))?;
    }
    context.print.line(format_args!("(as of {})", desk.registrar().today(zone)))?;
    Ok(DONE)
}

fn or_none(names: &[&str]) -> String {
    if names.is_empty() { "none in this register".to_owned() } else { names.join(", ") }
}

async fn close(arguments: Close, context: &mut Context) -> Result<u8> {
    let desk = context.desk().await?;
    let registrar = desk.registrar();
    let mut tx = desk.store.snapshot().await?;
    let case = tx.case(&arguments.number).await?.ok_or_else(|| Error::unknown_case(&arguments.number))?;
    tx.rollback().await?;
    let zone = case.zone.parse().unwrap_or(crate::register::DEFAULT_ZONE);
    let mut draft = Draft::new(EventKind::CaseClosed, arguments.on.unwrap_or_else(|| registrar.today(zone)));
    draft.reason = Some(arguments.reason);
    draft.note = arguments.note;
    draft.confirmed = arguments.confirm;
    let recorded = registrar.record(&arguments.number, &draft).await?;
    record::report(&recorded, context)
}

fn entry_cells(row: &EventRow, view: &CaseView) -> Vec<String> {
    let mut what = match (row.action.as_str(), &row.target) {
        ("record", _) => row.kind.clone().unwrap_or_default(),
        (action, Some(target)) => format!("{action} {target}"),
        (action, None) => action.to_owned(),
    };
    if let Some(reason) = &row.reason {
        what = format!("{what} ({reason})");
    }
    vec![
        row.event_id.clone(),
        row.day.map(|day| day.to_string()).unwrap_or_default(),
        what,
        row.recorded_at.to_string(),
        row.recorded_by.clone(),
        view.standing(row).unwrap_or_default().to_owned(),
    ]
}
