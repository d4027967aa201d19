//! `letters`: what was sent, to whom, when, with which verdict.

use anyhow::{Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::DONE;
use super::context::Context;
use crate::law::regulation::RuleId;
use crate::letter::{Names, Texts, every_letter, render};
use crate::store::{Instant, LetterRow};

/// Letters listed at most.
const LETTERS_MAX: i64 = 1_000;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// The newest letters
    List(List),
    /// One letter as it was sent, with its alerts and receipts
    Show(Show),
    /// How a letter reads, without sending it: a rule of the decree at a rung, in a language
    Preview(Preview),
    /// Send a letter again, byte for byte
    Resend {
        /// The letter, such as L-6YWQA1YDRR
        letter: String,
    },
    /// Letters that a relay refused, or that came back
    Failed,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// queued, transmitting, accepted, deferred, refused, bounced, unknown or cancelled
    #[arg(long)]
    state: Option<String>,
    /// How many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=LETTERS_MAX))]
    limit: i64,
}

#[derive(Debug, Args)]
pub(super) struct Show {
    /// The letter, such as L-6YWQA1YDRR
    letter: String,
    /// The exact bytes
    #[arg(long)]
    raw: bool,
}

#[derive(Debug, Args)]
pub(super) struct Preview {
    /// The rule, such as P11.FORWARD
    rule: String,
    /// The rung, such as opened, `last_day`, overdue; all of the rule's without it
    rung: Option<String>,
    /// kk, ru or en
    #[arg(long, default_value = "kk")]
    language: String,
}

pub(super) async fn run(command: Command, context: &mut Context) -> Result<u8> {
    match command {
        Command::List(arguments) => list(arguments.state.as_deref(), arguments.limit, context).await,
        Command::Failed => failed(context).await,
        Command::Show(arguments) => show(&arguments, context).await,
        Command::Preview(arguments) => preview(&arguments, context),
        Command::Resend { letter } => resend(&letter, context).await,
    }
}

async fn list(state: Option<&str>, limit: i64, context: &mut Context) -> Result<u8> {
    const STATES: [&str; 8] =
        ["queued", "transmitting", "accepted", "deferred", "refused", "bounced", "unknown", "cancelled"];
    if let Some(state) = state
        && !STATES.contains(&state)
    {
        bail!("there is no state \"{state}\"; known are {}", STATES.join(", "));
    }
    let desk = context.desk().await?;
    let mut tx = desk.store.snapshot().await?;
    let letters = tx.letters(state, None, limit).await?;
    table(&letters, context)
}

async fn failed(context: &mut Context) -> Result<u8> {
    let desk = context.desk().await?;
    let mut tx = desk.store.snapshot().await?;
    let letters = tx.failed_letters(LETTERS_MAX).await?;
    table(&letters, context)
}

fn table(letters: &[LetterRow], context: &mut Context) -> Result<u8> {
    let print = &mut context.print;
    if print.json {
        for letter in letters {
            print.json(&summary(letter))?;
        }
        return Ok(DONE);
    }
    let rows: Vec<Vec<String>> = letters
        .iter()
        .map(|letter| {
            vec![
                letter.letter_id.clone(),
                letter.composed_at.to_string(),
                letter.state.clone(),
                letter.attempts.to_string(),
                letter.office.clone(),
                letter.subject.clone(),
            ]
        })
        .collect();
    print.table(&["LETTER", "COMPOSED", "STATE", "TRIES", "OFFICE", "SUBJECT"], &rows)?;
    Ok(DONE)
}

fn summary(letter: &LetterRow) -> Value {
    json!({
        "letter": letter.letter_id, "office": letter.office, "post": letter.post, "address": letter.address,
        "language": letter.language, "subject": letter.subject, "message_id": letter.message_id,
        "composed_at": letter.composed_at, "state": letter.state, "attempts": letter.attempts,
        "next_attempt_at": letter.next_attempt_at, "urgent": letter.urgency > 0,
    })
}

async fn show(arguments: &Show, context: &mut Context) -> Result<u8> {
    let desk = context.desk().await?;
    let mut tx = desk.store.snapshot().await?;
    let id = arguments.letter.to_uppercase();
    let Some(letter) = tx.letter(&id).await? else { return unknown(&id) };
    if arguments.raw {
        context.print.raw().write_all(&letter.bytes)?;
        return Ok(DONE);
    }
    let (alerts, receipts) = (tx.alerts_of_letter(&id).await?, tx.receipts(&id).await?);
    let bounces = tx.bounces_of(&id).await?;
    let answers = tx.acknowledgements_by_letter(&id).await?;
    let print = &mut context.print;
    if print.json {
        let mut shown = summary(&letter);
        shown["text"] = json!(text_part(&letter.bytes));
        shown["alerts"] = alerts
            .iter()
            .map(|a| json!({ "case": a.case_number, "rule": a.rule, "date": a.about, "rung": a.rung, "office": a.office }))
            .collect();
        shown["receipts"] = receipts
            .iter()
            .map(|r| json!({ "attempt": r.attempt, "at": r.at, "verdict": r.verdict, "phase": r.phase, "reply": r.reply }))
            .collect();
        shown["came_back"] = bounces
            .iter()
            .map(|b| json!({ "at": b.received_at, "action": b.action, "status": b.status, "outcome": b.outcome }))
            .collect();
        shown["acknowledged"] =
            answers.iter().map(|a| json!({ "case": a.case_number, "rule": a.rule, "at": a.acknowledged_at })).collect();
        print.json(&shown)?;
        return Ok(DONE);
    }
    print.line(format_args!("{} to {} ({}), {}", letter.letter_id, letter.address, letter.office, letter.state))?;
    print.line(format_args!("composed {}, Message-ID {}", letter.composed_at, letter.message_id))?;
    for receipt in &receipts {
        let (attempt, at, verdict) = (receipt.attempt, receipt.at, &receipt.verdict);
        print.line(format_args!("try {attempt} at {at}: {verdict} ({}) {}", receipt.phase, receipt.reply))?;
    }
    for bounce in &bounces {
        let (at, action, status) = (bounce.received_at, &bounce.action, &bounce.status);
        print.line(format_args!("came back at {at}: {action} {status} ({})", bounce.outcome))?;
    }
    for alert in &alerts {
        print.line(format_args!("says: case {}, {}, {} {}", alert.case_number, alert.rule, alert.rung, alert.about))?;
    }
    for answer in &answers {
        print.line(format_args!(
            "acknowledged {}: case {}, {}",
            answer.acknowledged_at, answer.case_number, answer.rule
        ))?;
    }
    print.line(format_args!("\n{}\n\n{}", letter.subject, text_part(&letter.bytes)))?;
    Ok(DONE)
}

fn unknown(id: &str) -> Result<u8> {
    bail!("there is no letter \"{id}\"; see `keshirim letters list`")
}

async fn resend(letter: &str, context: &mut Context) -> Result<u8> {
    let desk = context.desk().await?;
    let id = letter.to_uppercase();
    let mut tx = desk.store.begin().await?;
    let Some(row) = tx.letter(&id).await? else { return unknown(&id) };
    if !tx.requeue_letter(&id, Instant::new(desk.now)).await? {
        bail!("letter {id} is being sent at this moment; look again in a minute");
    }
    tx.commit().await?;
    context.print.line(format_args!(
        "letter {id} ({}) goes again, byte for byte, within seconds of the daemon's running",
        row.state
    ))?;
    Ok(DONE)
}

/// Renders the built-in sample of a rule at its rungs.
fn preview(arguments: &Preview, context: &mut Context) -> Result<u8> {
    let texts = Texts::embedded()?;
    let rule = arguments.rule.to_uppercase();
    let wanted = |rung: &str| arguments.rung.as_deref().is_none_or(|asked| asked == rung);
    let mut rungs = Vec::new();
    let mut shown = 0;
    for mut letter in every_letter() {
        let [line] = letter.lines.as_mut_slice() else { continue };
        // The samples try every note and warning at once; a preview shows the letter as it usually is.
        line.warnings.clear();
        line.irregularities.clear();
        line.unconfirmed.clear();
        line.month_end_clamped = false;
        if let Ok(id) = line.rule_id.parse::<RuleId>() {
            let words = &id.provision().words;
            line.words = Names { kk: words.kk, ru: words.ru, en: words.en };
            line.from_event = id.rule().starts.first().map_or(line.from_event, |kind| kind.as_str());
        }
        letter.notes.clear();
        let [line] = letter.lines.as_slice() else { continue };
        if line.rule_id != rule || letter.bilingual || letter.language.code() != arguments.language {
            continue;
        }
        let name = line.rung.name();
        if rungs.last() != Some(&name) {
            rungs.push(name);
        }
        if wanted(name) {
            let rendered = render(&letter, &texts)?;
            shown += 1;
            if context.print.json {
                context
                    .print
                    .json(&json!({ "rule": rule, "rung": name, "subject": rendered.subject, "text": rendered.text }))?;
            } else {
                context.print.line(format_args!("--- {rule} {name}\n{}\n\n{}", rendered.subject, rendered.text))?;
            }
        }
    }
    if rungs.is_empty() {
        bail!(
            "no letter speaks of \"{}\" in \"{}\"; `keshirim law` lists the rules, languages are kk, ru, en",
            arguments.rule,
            arguments.language
        );
    }
    if shown == 0 {
        rungs.dedup();
        bail!("{rule} has no such rung; it has {}", rungs.join(", "));
    }
    Ok(DONE)
}

/// The text part of one of our own letters: base64 between its header and the next boundary.
fn text_part(bytes: &[u8]) -> String {
    let mail = String::from_utf8_lossy(bytes);
    let part = mail
        .find("Content-Type: text/plain")
        .and_then(|at| mail[at..].split_once("\r\n\r\n"))
        .and_then(|(_, body)| body.split("\r\n--").next());
    let packed: String = part.unwrap_or_default().split_ascii_whitespace().collect();
    BASE64.decode(packed).map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default()
}
