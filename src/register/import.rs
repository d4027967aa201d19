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

use tokio::task::spawn_blocking;

use super::import_line::{Line, Raw, check_header};
use super::ledger::{Ledger, Page, TOUCHED};
use super::many::{Many, ended};
use super::nationwide::{self, BATCH_CASES_MAX};
use super::{Error, NATIONWIDE, Registrar, Result};
use crate::store::{Aside, Tx};

/// Bad lines that are named; more are only counted.
pub const BAD_LINES_MAX: usize = 1_000;
/// Longest line.
const LINE_OCTETS_MAX: u64 = 1 << 20;
/// Lines that are judged together.
const LINES_TOGETHER: usize = 2_000;

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
        // Many chains in the order of the file: with anybody beside it, each could wait for the other.
        let begun = self.store.begin_import().await?;
        let imported = self.import_in(begun, input, options, progress).await;
        let ended = self.store.end_import().await;
        // What was wrong with the import is told before what was wrong after it.
        let imported = imported?;
        ended?;
        Ok(imported)
    }

    async fn import_in(
        &self,
        (mut tx, aside): (Tx, Aside),
        input: &mut (dyn BufRead + Send),
        options: Options,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Imported> {
        let mut lines = Lines::new(input, options.format)?;
        let (imported, ledger) = self.take_all(&mut tx, &mut lines, options.confirm, progress).await?;
        if imported.bad_count > 0 {
            tx.rollback().await?;
            return Ok(imported);
        }
        self.derive_touched(&mut tx, ledger).await?;
        if options.dry_run {
            tx.rollback().await?;
        } else {
            tx.complete_import(aside).await?;
            tx.commit().await?;
        }
        Ok(imported)
    }

    /// Takes the lines block by block: while one is written, the next is judged on another core.
    async fn take_all(
        &self,
        tx: &mut Tx,
        lines: &mut Lines<'_>,
        confirm: bool,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<(Imported, Ledger)> {
        let mut ledger =
            Ledger::new(self, nationwide::entries(tx).await?, tx.heads_of(&[NATIONWIDE.to_owned()]).await?);
        let mut imported = Imported::default();
        let mut pages: Option<Page> = None;
        let mut block = parsed(lines.block()?, confirm).await;
        while !block.is_empty() {
            progress(lines.octets);
            let missing = ledger.missing(&block);
            ledger.learn(tx, &missing).await?;
            let raw = lines.block()?;
            let judging = spawn_blocking(move || {
                let page = ledger.take(block);
                (ledger, page, parse(raw, confirm))
            });
            if let Some(page) = pages.take() {
                page.write(tx, self).await?;
            }
            let (back, page, next) = ended(judging).await;
            imported.add(&page);
            (ledger, pages, block) = (back, Some(page), next);
        }
        if let Some(page) = pages {
            page.write(tx, self).await?;
        }
        Ok((imported, ledger))
    }

    /// Derives every case that got an entry: those in memory, and then those that are marked.
    async fn derive_touched(&self, tx: &mut Tx, mut ledger: Ledger) -> Result<()> {
        let is_nationwide_touched = ledger.is_nationwide_touched();
        let mut pages: Option<Page> = None;
        loop {
            let deriving = spawn_blocking(move || {
                let page = ledger.rest();
                (ledger, page)
            });
            if let Some(page) = pages.take() {
                page.write(tx, self).await?;
            }
            (ledger, pages) = ended(deriving).await;
            if pages.is_none() {
                break;
            }
        }
        if is_nationwide_touched {
            tx.mark_open_death_cases(TOUCHED).await?;
        }
        let mut many = Many::new(self, "event");
        let mut after = String::new();
        loop {
            let numbers = tx.cases_to_rederive(TOUCHED, &after, BATCH_CASES_MAX).await?;
            let Some(last) = numbers.last() else { return Ok(()) };
            after.clone_from(last);
            many.rederive(tx, None, &numbers, &mut drop).await?;
        }
    }
}

impl Imported {
    fn add(&mut self, page: &Page) {
        self.cases += page.opened;
        self.entries += page.entries;
        self.known += page.known;
        self.waiting += page.waiting;
        self.bad_count += page.bad.len() as u64;
        let room = BAD_LINES_MAX - self.bad.len();
        self.bad.extend(page.bad.iter().take(room).cloned());
    }
}

/// A line as it was read, with its number from 1.
type Numbered<T> = (u64, Result<T>);

/// What was read and not yet understood.
enum Unread {
    Json(Vec<u8>),
    Csv(Box<Raw>),
}

/// The lines of a file, a block at a time.
struct Lines<'a> {
    source: Source<'a>,
    /// Octets read so far.
    octets: u64,
}

enum Source<'a> {
    Json { input: &'a mut (dyn BufRead + Send), line: u64 },
    Csv { reader: Box<csv::Reader<&'a mut (dyn BufRead + Send)>>, header: csv::StringRecord },
}

impl<'a> Lines<'a> {
    fn new(input: &'a mut (dyn BufRead + Send), format: Format) -> Result<Self> {
        let source = match format {
            Format::JsonLines => Source::Json { input, line: 0 },
            Format::Csv => {
                let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(input);
                let header = reader.headers().map_err(|e| unreadable(&e))?.clone();
                check_header(&header)?;
                Source::Csv { reader: Box::new(reader), header }
            }
        };
        Ok(Self { source, octets: 0 })
    }

    /// The next lines; none at the end of the file.
    fn block(&mut self) -> Result<Vec<Numbered<Unread>>> {
        let mut block = Vec::with_capacity(LINES_TOGETHER);
        while block.len() < LINES_TOGETHER {
            let Some(line) = self.next()? else { break };
            block.push(line);
        }
        Ok(block)
    }

    fn next(&mut self) -> Result<Option<Numbered<Unread>>> {
        match &mut self.source {
            Source::Json { input, line } => loop {
                let mut text = Vec::new();
                let read =
                    (&mut **input).take(LINE_OCTETS_MAX).read_until(b'\n', &mut text).map_err(|e| unreadable(&e))?;
                if read == 0 {
                    return Ok(None);
                }
                *line += 1;
                self.octets += u64::try_from(read).unwrap_or(0);
                if !text.iter().all(u8::is_ascii_whitespace) {
                    return Ok(Some((*line, Ok(Unread::Json(text)))));
                }
            },
            Source::Csv { reader, header } => {
                let before = reader.position().line();
                let mut record = csv::StringRecord::new();
                let read = match reader.read_record(&mut record) {
                    Ok(false) => return Ok(None),
                    Ok(true) => Raw::from_csv(header, &record).map(|raw| Unread::Csv(Box::new(raw))),
                    Err(error) if error.is_io_error() => return Err(unreadable(&error)),
                    Err(error) => Err(Error::refused("unreadable_line", format!("it cannot be read: {error}"))),
                };
                self.octets = reader.position().byte();
                Ok(Some((record.position().map_or(before, csv::Position::line), read)))
            }
        }
    }
}

/// Understands a block, each line by itself.
fn parse(block: Vec<Numbered<Unread>>, confirm: bool) -> Vec<Numbered<Line>> {
    let understood = |unread| match unread {
        Unread::Csv(raw) => raw.line(confirm),
        Unread::Json(text) => std::str::from_utf8(&text)
            .map_err(|_| Error::refused("unreadable_line", "it is not UTF-8"))
            .and_then(|text| Raw::from_json(text.trim())?.line(confirm)),
    };
    block.into_iter().map(|(line, unread)| (line, unread.and_then(understood))).collect()
}

async fn parsed(block: Vec<Numbered<Unread>>, confirm: bool) -> Vec<Numbered<Line>> {
    ended(spawn_blocking(move || parse(block, confirm))).await
}

fn unreadable(error: &dyn std::fmt::Display) -> Error {
    Error::refused("unreadable_file", format!("the file cannot be read: {error}"))
}
