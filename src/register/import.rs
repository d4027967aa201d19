//! Import: cases and events from CSV or JSON Lines, all of them or none.
//!
//! # Formats
//!
//! One line per case or event, in any order in which a case is opened before its events.
//!
//! JSON Lines: `{"case":"2026-0147","sentence":"death","institution":"institution:uk-1"}` opens a case (`crime_category` and `zone` if
//! known); `{"case":"2026-0147","event":"petition_accepted","date":"2026-11-02","at":"10:30","fields":{"repeat":true}}` records an
//! event (`note`, and `"confirm":true` for an unlikely date); `{"event":"moratorium_declared","date":"2003-12-19","fields":
//! {"act":"…"}}` records a nation-wide one; `{"entry":{…}}` is a line of an export and is taken over with its id, hash, instant and
//! author, if it continues its chain.
//!
//! CSV (UTF-8, comma, a header): the same names as columns, in any order, fields as columns of their own:
//! `case,sentence,institution,event,date,to`. An empty cell says nothing.
//!
//! What is refused or unlikely by hand is so here, except that an old day is no surprise. Two pairs of eyes hold here too.

use std::io::{BufRead, Read};

use chrono::NaiveDate;

use super::import_line::{Line, Raw, check_header};
use super::intake::{self, Strictness, Wish};
use super::nationwide::{BATCH_CASES_MAX, rederive_case};
use super::{Error, NATIONWIDE, Registrar, Result, chain};
use crate::store::{EventRow, Tx};

/// Bad lines that are named; more are only counted.
pub const BAD_LINES_MAX: usize = 1_000;
/// Longest line.
const LINE_OCTETS_MAX: u64 = 1 << 20;
/// The mark of a case that is to be derived when all lines are in: a day on which nothing is ever due.
const TOUCHED: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a real day");

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

/// How an import is to be made.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The file's format.
    pub format: Format,
    /// Judge everything and write nothing.
    pub dry_run: bool,
    /// Every unlikely date is meant.
    pub confirm: bool,
}

/// A line that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from 1.
    pub line: u64,
    /// Why not.
    pub why: String,
}

/// What an import came to. With bad lines nothing was written.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// Cases opened.
    pub cases: u64,
    /// Other entries made.
    pub entries: u64,
    /// Entries of an export that this register has already.
    pub known: u64,
    /// Entries that wait for a second person.
    pub waiting: u64,
    /// Lines that were not taken, up to [`BAD_LINES_MAX`].
    pub bad: Vec<BadLine>,
    /// How many lines were not taken.
    pub bad_count: u64,
}

impl Registrar<'_> {
    /// Imports `input`. `progress` is told the octets read so far.
    pub async fn import(
        &self,
        input: &mut (dyn BufRead + Send),
        options: Options,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Imported> {
        let mut tx = self.store.begin().await?;
        tx.be_patient().await?;
        // Many chains in the order of the file: with anybody beside it, each could wait for the other.
        tx.lock_register().await?;
        let mut imported = Imported::default();
        match options.format {
            Format::JsonLines => self.json_lines(&mut tx, input, options, progress, &mut imported).await?,
            Format::Csv => self.csv(&mut tx, input, options, progress, &mut imported).await?,
        }
        if imported.bad_count > 0 {
            tx.rollback().await?;
            return Ok(imported);
        }
        self.derive_touched(&mut tx).await?;
        if options.dry_run {
            tx.rollback().await?;
        } else {
            tx.commit().await?;
        }
        Ok(imported)
    }

    async fn json_lines(
        &self,
        tx: &mut Tx,
        input: &mut (dyn BufRead + Send),
        options: Options,
        progress: &mut (dyn FnMut(u64) + Send),
        imported: &mut Imported,
    ) -> Result<()> {
        let (mut octets, mut text) = (0, Vec::new());
        for line in 1.. {
            text.clear();
            let read = (&mut *input).take(LINE_OCTETS_MAX).read_until(b'\n', &mut text).map_err(|e| unreadable(&e))?;
            if read == 0 {
                break;
            }
            octets += u64::try_from(read).unwrap_or(0);
            progress(octets);
            let raw = std::str::from_utf8(&text)
                .map_err(|_| Error::refused("unreadable_line", "it is not UTF-8"))
                .map(str::trim);
            match raw {
                Ok("") => {}
                raw => self.line(tx, line, raw.and_then(Raw::from_json), options, imported).await?,
            }
        }
        Ok(())
    }

    async fn csv(
        &self,
        tx: &mut Tx,
        input: &mut (dyn BufRead + Send),
        options: Options,
        progress: &mut (dyn FnMut(u64) + Send),
        imported: &mut Imported,
    ) -> Result<()> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(input);
        let header = reader.headers().map_err(|e| unreadable(&e))?.clone();
        check_header(&header)?;
        let mut record = csv::StringRecord::new();
        loop {
            let before = reader.position().line();
            let raw = match reader.read_record(&mut record) {
                Ok(false) => return Ok(()),
                Ok(true) => Raw::from_csv(&header, &record),
                Err(error) if error.is_io_error() => return Err(unreadable(&error)),
                Err(error) => Err(Error::refused("unreadable_line", format!("it cannot be read: {error}"))),
            };
            progress(reader.position().byte());
            let line = record.position().map_or(before, csv::Position::line);
            self.line(tx, line, raw, options, imported).await?;
        }
    }

    /// Takes one line, or notes why not; only a failing database ends the import at once.
    async fn line(
        &self,
        tx: &mut Tx,
        line: u64,
        raw: Result<Raw>,
        options: Options,
        imported: &mut Imported,
    ) -> Result<()> {
        let taken = match raw.and_then(|raw| raw.line(options.confirm)) {
            Ok(wanted) => self.take(tx, wanted, imported).await,
            Err(error) => Err(error),
        };
        match taken {
            Err(Error::Store(error)) => Err(error.into()),
            Err(error) => {
                imported.bad_count += 1;
                if imported.bad.len() < BAD_LINES_MAX {
                    imported.bad.push(BadLine { line, why: error.to_string() });
                }
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    async fn take(&self, tx: &mut Tx, line: Line, imported: &mut Imported) -> Result<()> {
        let entry = match line {
            Line::Open(case) => {
                intake::open(tx, self, &case).await?;
                imported.cases += 1;
                return Ok(());
            }
            Line::Record(number, draft) => {
                intake::enter(tx, self, &number, &Wish::Record(&draft), Strictness::Import).await?.entry
            }
            Line::Entry(entry) => {
                if !take_over(tx, &entry).await? {
                    imported.known += 1;
                    return Ok(());
                }
                if entry.action == "open" {
                    imported.cases += 1;
                    return Ok(());
                }
                *entry
            }
        };
        imported.entries += 1;
        imported.waiting += u64::from(entry.needs_confirmation);
        if entry.chain == NATIONWIDE {
            tx.mark_open_death_cases(TOUCHED).await?;
        } else {
            tx.mark_case(&entry.chain, TOUCHED).await?;
        }
        Ok(())
    }

    /// Derives every case that got an entry.
    async fn derive_touched(&self, tx: &mut Tx) -> Result<()> {
        let mut after = String::new();
        loop {
            let numbers = tx.cases_to_rederive(TOUCHED, &after, BATCH_CASES_MAX).await?;
            let Some(last) = numbers.last() else { return Ok(()) };
            after.clone_from(last);
            for number in &numbers {
                rederive_case(tx, self, number, "event").await?;
            }
        }
    }
}

/// Takes over an entry of an export as it is, if it continues its chain; false if this register has it already.
async fn take_over(tx: &mut Tx, entry: &EventRow) -> Result<bool> {
    let refused = |why: String| Err(Error::refused("broken_chain", why));
    if chain::hash(entry) != entry.hash || chain::event_id(&entry.hash) != entry.event_id {
        return refused(format!(
            "entry {} was changed since it was exported: its content does not give its hash",
            entry.event_id
        ));
    }
    if tx.event(&entry.event_id).await?.is_some_and(|known| known == *entry) {
        return Ok(false);
    }
    if entry.action == "open" && entry.chain != NATIONWIDE {
        tx.insert_chain(&entry.chain).await?;
    }
    let Some(head) = tx.lock_chain(&entry.chain).await? else {
        return refused(format!("case {} has no opening entry before {}", entry.chain, entry.event_id));
    };
    if head.head_seq + 1 != entry.seq || head.head_hash != entry.prev_hash {
        return refused(format!(
            "entry {} does not continue {}: it is entry {}, and entry {} was the last",
            entry.event_id, entry.chain, entry.seq, head.head_seq
        ));
    }
    if let Some(target) = &entry.target
        && tx.event(target).await?.is_none_or(|target| target.chain != entry.chain)
    {
        return refused(format!("entry {} speaks of {target}, which is not before it", entry.event_id));
    }
    if entry.action == "open" {
        intake::append_opening(tx, entry).await?;
    } else {
        intake::append(tx, entry).await?;
    }
    Ok(true)
}

fn unreadable(error: &dyn std::fmt::Display) -> Error {
    Error::refused("unreadable_file", format!("the file cannot be read: {error}"))
}
