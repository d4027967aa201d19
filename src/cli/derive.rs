//! `keshirim derive`: facts in, findings out; pure, no store.
//!
//! Lines are answered in batches, each batch split over the machine's cores; answers leave in the order of the lines.

use std::fs::File;
use std::io::{BufRead, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::thread;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::context::Context as Surroundings;
use super::{DONE, REFUSED};
use crate::law::calendar::Calendar;
use crate::law::{derive, facts, wire};

/// Lines answered in one go: enough to keep every core busy, few enough to keep memory small and answers prompt.
const LINES_PER_BATCH: usize = 4096;

/// Bytes of a single line; a longer one is no case.
const LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The arguments of `keshirim derive`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A file of JSON Lines, or - for the standard input
    #[arg(default_value = "-")]
    file: PathBuf,
}

/// The command: the configured calendar, a file or the standard input.
pub(super) fn command(arguments: &Arguments, context: &mut Surroundings) -> Result<u8> {
    let calendar = context.loaded()?.calendar.calendar();
    let input: Box<dyn BufRead> = if arguments.file.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        let file = File::open(&arguments.file).with_context(|| format!("cannot read {}", arguments.file.display()))?;
        Box::new(std::io::BufReader::new(file))
    };
    Ok(if run(input, context.print.raw(), &calendar)? { DONE } else { REFUSED })
}

/// Answers every line of `input` on `output`; whether all could be read.
pub fn run(mut input: impl BufRead, mut output: impl Write, calendar: &Calendar) -> Result<bool> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let mut all_read = true;
    let mut first_line = 1;
    loop {
        let lines = read_batch(&mut input).context("cannot read the facts")?;
        if lines.is_empty() {
            break;
        }
        let share = lines.len().div_ceil(cores).max(64);
        let answers: Vec<(Vec<u8>, bool)> = thread::scope(|scope| {
            let parts: Vec<_> = lines
                .chunks(share)
                .enumerate()
                .map(|(i, part)| scope.spawn(move || answer(part, first_line + i * share, calendar)))
                .collect();
            parts.into_iter().map(|part| part.join().expect("answering a line does not panic")).collect()
        });
        for (bytes, read) in answers {
            output.write_all(&bytes).context("cannot write the findings")?;
            all_read &= read;
        }
        first_line += lines.len();
        output.flush().context("cannot write the findings")?;
    }
    Ok(all_read)
}

/// The next lines, without their ends. Returns early when less than a batch is waiting, so that a person typing is answered.
fn read_batch(input: &mut impl BufRead) -> std::io::Result<Vec<Vec<u8>>> {
    let mut lines = Vec::new();
    while lines.len() < LINES_PER_BATCH {
        let mut line = Vec::new();
        if std::io::Read::take(&mut *input, LINE_BYTES_MAX).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        while line.last().is_some_and(|b| matches!(b, b'\n' | b'\r')) {
            line.pop();
        }
        lines.push(line);
        if input.fill_buf()?.is_empty() {
            break;
        }
    }
    Ok(lines)
}

fn answer(lines: &[Vec<u8>], first_line: usize, calendar: &Calendar) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(lines.len() * 2048);
    let mut all_read = true;
    for (i, line) in lines.iter().enumerate() {
        if let Err(error) = answer_one(line, calendar, &mut out) {
            all_read = false;
            let refusal: Value = json!({ "line": first_line + i, "error": error });
            out.extend_from_slice(refusal.to_string().as_bytes());
        }
        out.push(b'\n');
    }
    (out, all_read)
}

fn answer_one(line: &[u8], calendar: &Calendar, out: &mut Vec<u8>) -> Result<(), String> {
    let line =
        std::str::from_utf8(line).map_err(|e| format!("the line is not UTF-8 (byte {})", e.valid_up_to() + 1))?;
    let facts = facts::read(line).map_err(|e| e.to_string())?;
    let findings = derive(&facts.timeline, calendar, &facts.question);
    let answer = wire::Answer { id: facts.id, findings: &findings };
    serde_json::to_writer(out, &answer).map_err(|e| e.to_string())
}
