//! `offices`: the directory as the daemon sees it on a day, and the addresses that do not work.

use anyhow::{Result, bail};
use chrono::NaiveDate;
use clap::Args;
use serde_json::{Value, json};

use super::DONE;
use super::context::{Context, Desk};
use crate::offices::{Directory, Office, Official, Reached, Recipient};
use crate::store::{FlagRow, Instant};

#[derive(Debug, Args)]
pub(super) struct Offices {
    /// As of this day [default: today, in each office's zone]
    #[arg(long, value_name = "DATE")]
    on: Option<NaiveDate>,
    /// Write to this address again: it was refused or letters came back, and now it works
    #[arg(long, value_name = "ADDRESS", conflicts_with = "on")]
    lift: Option<String>,
}

pub(super) async fn run(arguments: Offices, context: &mut Context) -> Result<u8> {
    let desk = context.desk().await?;
    if let Some(address) = &arguments.lift {
        return lift(address, &desk, context).await;
    }
    let loaded = context.loaded()?;
    let flags = desk.store.snapshot().await?.standing_flags().await?;
    let directory = loaded.directory.without(flags.iter().map(|flag| flag.address.clone()).collect());
    let seen: Vec<Seen<'_>> = directory
        .offices()
        .map(|office| {
            let on = arguments.on.unwrap_or_else(|| context.clock.today(office.zone));
            Seen { directory: &directory, office, on, flags: &flags }
        })
        .collect();
    if context.print.json {
        let offices: Vec<Value> = seen.iter().map(Seen::json).collect();
        let flags: Vec<Value> = flags.iter().map(|flag| flag_json(flag, &directory)).collect();
        let findings: Vec<String> = directory.check().iter().map(ToString::to_string).collect();
        context.print.json(&json!({ "offices": offices, "flagged": flags, "findings": findings }))?;
        return Ok(DONE);
    }
    for office in &seen {
        for line in office.lines() {
            context.print.line(line)?;
        }
    }
    for finding in directory.check() {
        context.print.line(finding)?;
    }
    let header = ["DOES NOT WORK", "SINCE", "WHY", "LETTER", "OFFICES"];
    let rows: Vec<Vec<String>> = flags.iter().map(|flag| flag_row(flag, &directory)).collect();
    if !rows.is_empty() {
        context.print.line("")?;
        context.print.table(&header, &rows)?;
        context
            .print
            .line("Correct them in offices.toml, or `keshirim offices --lift ADDRESS` once they work again.")?;
    }
    Ok(DONE)
}

async fn lift(address: &str, desk: &Desk, context: &mut Context) -> Result<u8> {
    let mut tx = desk.store.begin().await?;
    if !tx.lift_flag(address, Instant::new(desk.now), &desk.who).await? {
        bail!("{address:?} is not flagged; `keshirim offices` lists those that are");
    }
    tx.commit().await?;
    if context.print.json {
        context.print.json(&json!({ "lifted": address, "by": desk.who }))?;
    } else {
        context.print.line(format_args!(
            "{address} is written to again from the next letter on (lifted by {}); what did not arrive was told to others and is not sent again by itself: `keshirim letters failed`",
            desk.who
        ))?;
    }
    Ok(DONE)
}

/// An office on a day.
struct Seen<'a> {
    directory: &'a Directory,
    office: &'a Office,
    on: NaiveDate,
    flags: &'a [FlagRow],
}

impl Seen<'_> {
    fn away_until(&self, official: &Official) -> Option<NaiveDate> {
        self.directory.absence(official, self.on).map(|absence| absence.until)
    }

    fn is_flagged(&self, address: &str) -> bool {
        self.flags.iter().any(|flag| flag.address == address)
    }

    fn lines(&self) -> Vec<String> {
        let office = self.office;
        let superior = office.superior.as_ref().map(|superior| format!(", under {superior}")).unwrap_or_default();
        let mut lines = vec![format!("{} ({}){superior}, {}", office.code, office.name.en, self.on)];
        for official in &office.officials {
            let language = official.language.unwrap_or(office.language).code();
            let away = self.away_until(official).map(|until| format!(", away until {until}"));
            let flagged = self.is_flagged(&official.address).then_some(", DOES NOT WORK");
            let (post, address) = (&official.post, &official.address);
            let (away, flagged) = (away.unwrap_or_default(), flagged.unwrap_or_default());
            lines.push(format!("    {post} <{address}> {language}{away}{flagged}"));
        }
        let people = self.directory.recipients(&office.code, self.on);
        lines.extend(people.to.iter().map(|one| format!("  > {}", heard_by(one))));
        lines.extend(people.findings.iter().map(|finding| format!("  ! {finding}")));
        lines
    }

    fn json(&self) -> Value {
        let office = self.office;
        let people = self.directory.recipients(&office.code, self.on);
        let officials: Vec<Value> = office
            .officials
            .iter()
            .map(|official| {
                json!({
                    "post": official.post, "address": official.address,
                    "language": official.language.unwrap_or(office.language).code(), "deputy": official.deputy,
                    "away_until": self.away_until(official),
                    "flagged": self.is_flagged(&official.address),
                })
            })
            .collect();
        let to: Vec<Value> = people
            .to
            .iter()
            .map(|one| {
                let (why, instead_of) = why(one);
                json!({
                    "address": one.address, "post": one.post, "office": one.office, "language": one.language.code(),
                    "why": why, "instead_of": instead_of,
                })
            })
            .collect();
        let findings: Vec<String> = people.findings.iter().map(ToString::to_string).collect();
        json!({
            "office": office.code, "name": { "kk": office.name.kk, "ru": office.name.ru, "en": office.name.en },
            "on": self.on, "zone": office.zone.name(), "superior": office.superior, "officials": officials,
            "written_to": to, "findings": findings,
        })
    }
}

fn why(one: &Recipient) -> (&'static str, Option<&str>) {
    match &one.reached {
        Reached::Direct => ("official", None),
        Reached::Deputy { for_address } => ("deputy", Some(for_address)),
        Reached::Superior { office } => ("superior", Some(office)),
    }
}

fn heard_by(one: &Recipient) -> String {
    let post = if one.post.is_empty() { String::new() } else { format!("{} ", one.post) };
    let why = match &one.reached {
        Reached::Direct => String::new(),
        Reached::Deputy { for_address } => format!(", for {for_address}"),
        Reached::Superior { .. } => format!(", as superior ({})", one.office),
    };
    format!("{post}<{}> {}{why}", one.address, one.language.code())
}

fn reason(flag: &FlagRow) -> String {
    format!("{} {}", flag.reason, flag.status)
}

fn flag_row(flag: &FlagRow, directory: &Directory) -> Vec<String> {
    let offices = directory.offices_with(&flag.address).join(", ");
    let offices = if offices.is_empty() { "none any more".to_owned() } else { offices };
    vec![flag.address.clone(), flag.flagged_at.to_string(), reason(flag), flag.letter_id.clone(), offices]
}

fn flag_json(flag: &FlagRow, directory: &Directory) -> Value {
    json!({
        "address": flag.address, "since": flag.flagged_at, "reason": flag.reason, "status": flag.status,
        "letter": flag.letter_id, "offices": directory.offices_with(&flag.address),
    })
}
