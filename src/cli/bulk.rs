//! `import`, `export`, `replan`, `verify`.

use std::fs::File;
use std::io::{BufReader, IsTerminal};
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::context::Context;
use super::print::Print;
use super::record::{change_json, change_line};
use super::{DONE, REFUSED};
use crate::register::DEFAULT_ZONE;
use crate::register::compare::Change;
use crate::register::export::export as write_export;
use crate::register::import::{Format, Imported, Options};
use crate::register::replan::Scope;
use crate::register::verify::{check_seal, seal as seal_of, verify as check_chains};

#[derive(Debug, Args)]
pub(super) struct Import {
    /// A file whose name ends in .csv or .jsonl
    file: PathBuf,
    /// Judge everything and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Every unlikely date in the file is meant
    #[arg(long)]
    confirm: bool,
}

#[derive(Debug, Args)]
pub(super) struct Replan {
    /// Say which deadlines would move, and write nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// A seal from a digest letter: nothing recorded up to its day may have changed since
    #[arg(long, value_name = "HEX")]
    seal: Option<String>,
}

pub(super) async fn import(arguments: Import, context: &mut Context) -> Result<u8> {
    let path = &arguments.file;
    let format = match path.extension().and_then(|name| name.to_str()) {
        Some("csv") => Format::Csv,
        Some("jsonl") => Format::JsonLines,
        _ => bail!("{}: the name says no format; let it end in .csv or .jsonl", path.display()),
    };
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let length = file.metadata().with_context(|| format!("cannot read {}", path.display()))?.len();
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(length) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent}% {bytes}/{total_bytes}, {eta} left") {
        bar.set_style(style);
    }
    let desk = context.desk().await?;
    let options = Options { format, dry_run: arguments.dry_run, confirm: arguments.confirm };
    let mut input = BufReader::new(file);
    let imported = desk.registrar().import(&mut input, options, &mut |octets| bar.set_position(octets)).await;
    bar.finish_and_clear();
    report(&imported?, arguments.dry_run, context)
}

fn report(imported: &Imported, dry_run: bool, context: &mut Context) -> Result<u8> {
    let print = &mut context.print;
    let refused = imported.bad_count > 0;
    if print.json {
        let bad: Vec<Value> = imported.bad.iter().map(|bad| json!({"line": bad.line, "error": bad.why})).collect();
        print.json(&json!({
            "written": !refused && !dry_run, "cases": imported.cases, "entries": imported.entries,
            "known": imported.known, "waiting": imported.waiting, "bad_lines": imported.bad_count, "bad": bad,
        }))?;
        return Ok(if refused { REFUSED } else { DONE });
    }
    if refused {
        for bad in &imported.bad {
            print.line(format_args!("line {}: {}", bad.line, bad.why))?;
        }
        print.flush()?;
        bail!(
            "nothing was imported: {} line(s) cannot be taken{}; correct them and import the file again",
            imported.bad_count,
            if imported.bad_count > imported.bad.len() as u64 { " (the first are named)" } else { "" }
        );
    }
    let would = if dry_run { "would be imported" } else { "imported" };
    print.line(format_args!("{would}: {} cases, {} entries", imported.cases, imported.entries))?;
    if imported.known > 0 {
        print.line(format_args!("  {} entries were here already", imported.known))?;
    }
    if imported.waiting > 0 {
        print.line(format_args!("  {} entries wait for a second person: see `keshirim pending`", imported.waiting))?;
    }
    Ok(DONE)
}

pub(super) async fn export(context: &mut Context) -> Result<u8> {
    let desk = context.desk().await?;
    write_export(&desk.store, context.print.raw()).await??;
    Ok(DONE)
}

pub(super) async fn replan(arguments: Replan, context: &mut Context) -> Result<u8> {
    let desk = context.desk().await?;
    let print = &mut context.print;
    let (json, written) = (print.json, !arguments.dry_run);
    if json {
        write!(print.raw(), "{{\"written\":{written},\"changes\":[")?;
    }
    // There may be millions of them: they are said as they come, and a pipe that breaks is told of at the end.
    let (mut said, mut first) = (Ok(()), true);
    let mut say = |change: Change| {
        if said.is_ok() {
            said = say_change(print, &change, first);
            first = false;
        }
    };
    let replanned = desk.registrar().replan(Scope::All, arguments.dry_run, &mut say).await?;
    said?;
    if json {
        writeln!(print.raw(), "],\"cases\":{}}}", replanned.cases)?;
        return Ok(DONE);
    }
    let would = if arguments.dry_run { "would be derived" } else { "derived" };
    print.line(format_args!(
        "{} open cases {would} anew, {} deadlines not as they were",
        replanned.cases, replanned.changes
    ))?;
    Ok(DONE)
}

fn say_change(print: &mut Print, change: &Change, first: bool) -> std::io::Result<()> {
    if print.json {
        let comma = if first { "" } else { "," };
        write!(print.raw(), "{comma}{}", change_json(change))
    } else {
        print.line(format_args!("case {}: {}", change.after.case_number, change_line(change)))
    }
}

pub(super) async fn verify(arguments: Verify, context: &mut Context) -> Result<u8> {
    let desk = context.desk().await?;
    let verified = check_chains(&desk.store).await?;
    let seal = match &arguments.seal {
        Some(text) => Some(check_seal(&desk.store, text).await?),
        None => None,
    };
    let broken = seal.is_some_and(|(_, holds)| !holds);
    let yesterday = context.clock.today(DEFAULT_ZONE).pred_opt().unwrap_or_default();
    let of_yesterday = seal_of(&mut desk.store.snapshot().await?, yesterday).await?;
    let print = &mut context.print;
    if print.json {
        let faults: Vec<Value> = verified
            .faults
            .iter()
            .map(|fault| {
                json!({"case": fault.chain, "seq": fault.seq, "entry": fault.event_id, "what": fault.what.as_str(),
                       "detail": fault.detail})
            })
            .collect();
        let seal = seal.map(|(day, holds)| json!({"day": day, "holds": holds}));
        print.json(&json!({"chains": verified.chains, "entries": verified.entries, "faults": faults, "seal": seal,
                            "seal_of_yesterday": of_yesterday}))?;
        return Ok(if faults.is_empty() && !broken { DONE } else { REFUSED });
    }
    for fault in &verified.faults {
        print.line(fault)?;
    }
    print.flush()?;
    if !verified.faults.is_empty() {
        bail!(
            "{} faults: not everything is as it was entered; keep the file as evidence and restore a backup beside it",
            verified.faults.len()
        );
    }
    print.line(format_args!("{} chains, {} entries: all as they were entered", verified.chains, verified.entries))?;
    match seal {
        Some((day, true)) => print.line(format_args!("the seal of {day} holds"))?,
        Some((day, false)) => {
            print.flush()?;
            bail!(
                "the seal of {day} does not hold: what was recorded up to that day is not what was sealed; compare with a backup of that day"
            );
        }
        None => print.line(format_args!(
            "seal of {yesterday}: {of_yesterday}\nkept elsewhere, it shows later that no case and no end of a chain was removed: `keshirim verify --seal`"
        ))?,
    }
    Ok(DONE)
}
