//! One line of an import, whichever format it came in.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::entry::{self, Draft, FIELDS, NewCase};
use super::{DEFAULT_ZONE, Error, NATIONWIDE, Result};
use crate::law::facts::{read_category, read_zone};
use crate::law::names::UnknownName;
use crate::law::timeline::EventKind;
use crate::store::EventRow;

/// What a line asks for.
#[derive(Debug)]
pub(super) enum Line {
    /// A new case.
    Open(NewCase),
    /// An event of a case, or (`*`) a nation-wide one.
    Record(String, Draft),
    /// An entry of an export, to be taken over as it is.
    Entry(Box<EventRow>),
}

impl Line {
    /// The chain that it speaks of.
    pub(super) fn chain(&self) -> &str {
        match self {
            Self::Open(case) => &case.number,
            Self::Record(number, _) => number,
            Self::Entry(entry) => &entry.chain,
        }
    }
}

/// The keys of a JSON line and, with the names of the fields, the columns of a CSV file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Raw {
    case: Option<String>,
    sentence: Option<String>,
    crime_category: Option<String>,
    institution: Option<String>,
    zone: Option<String>,
    event: Option<String>,
    date: Option<String>,
    at: Option<String>,
    note: Option<String>,
    confirm: Option<bool>,
    fields: BTreeMap<String, Value>,
    entry: Option<Box<EventRow>>,
}

/// The columns of a CSV file besides the names of the fields.
pub(super) const COLUMNS: &[&str] =
    &["case", "sentence", "crime_category", "institution", "zone", "event", "date", "at", "note", "confirm"];

impl Raw {
    /// Reads a JSON line.
    pub(super) fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text)
            .map_err(|error| Error::refused("unreadable_line", format!("it cannot be read: {error}")))
    }

    /// Reads a CSV record under its header.
    pub(super) fn from_csv(header: &csv::StringRecord, record: &csv::StringRecord) -> Result<Self> {
        let mut raw = Self::default();
        for (column, value) in header.iter().zip(record).filter(|(_, value)| !value.trim().is_empty()) {
            let value = value.trim().to_owned();
            match column {
                "case" => raw.case = Some(value),
                "sentence" => raw.sentence = Some(value),
                "crime_category" => raw.crime_category = Some(value),
                "institution" => raw.institution = Some(value),
                "zone" => raw.zone = Some(value),
                "event" => raw.event = Some(value),
                "date" => raw.date = Some(value),
                "at" => raw.at = Some(value),
                "note" => raw.note = Some(value),
                "confirm" => raw.confirm = Some(yes(&value)?),
                _ => drop(raw.fields.insert(column.to_owned(), Value::from(value))),
            }
        }
        // The column means the case's institution in a line that opens one, and the event's in a line that records one.
        if raw.event.is_some()
            && let Some(institution) = raw.institution.take()
        {
            raw.fields.insert("institution".to_owned(), Value::from(institution));
        }
        Ok(raw)
    }

    /// Judges the line by itself.
    pub(super) fn line(self, confirm_all: bool) -> Result<Line> {
        if let Some(entry) = self.entry {
            return Ok(Line::Entry(entry));
        }
        let missing = |what: &str| Error::refused("incomplete_line", format!("{what} is missing"));
        let Some(event) = self.event else {
            let sentence = self.sentence.ok_or_else(|| missing("event (to record) or sentence (to open a case)"))?;
            let category = self.crime_category.as_deref().map(read_category).transpose();
            let zone = self.zone.as_deref().map(read_zone).transpose();
            return Ok(Line::Open(NewCase {
                number: self.case.ok_or_else(|| missing("case"))?,
                sentence: sentence.parse().map_err(|e| entry::unknown(&e))?,
                crime_category: category.map_err(|e| entry::unknown(&e))?,
                institution: self.institution.ok_or_else(|| missing("institution"))?,
                zone: zone.map_err(|why| Error::refused("unreadable_field", why))?.unwrap_or(DEFAULT_ZONE),
            }));
        };
        let kind: EventKind = event.parse().map_err(|e: UnknownName| entry::unknown(&e))?;
        let day = entry::day(self.date.as_deref().ok_or_else(|| missing("date"))?)?;
        let mut draft = Draft::new(kind, day);
        draft.local_time = self.at.as_deref().map(entry::local_time).transpose()?;
        draft.note = self.note;
        draft.confirmed = confirm_all || self.confirm.unwrap_or(false);
        for (name, value) in &self.fields {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            draft.fields.insert(name.clone(), entry::field(kind, name, &text)?);
        }
        let number = self.case.or_else(|| kind.is_nationwide().then(|| NATIONWIDE.to_owned()));
        Ok(Line::Record(number.ok_or_else(|| missing("case"))?, draft))
    }
}

fn yes(text: &str) -> Result<bool> {
    match text {
        "true" | "yes" => Ok(true),
        "false" | "no" => Ok(false),
        _ => Err(Error::refused("unreadable_field", format!("confirm = \"{text}\" cannot be read: give yes or no"))),
    }
}

/// Refuses a header with a column that nothing is known of: its data would be lost.
pub(super) fn check_header(header: &csv::StringRecord) -> Result<()> {
    for column in header {
        if !COLUMNS.contains(&column) && !FIELDS.contains(&column) {
            return Err(entry::unknown(&UnknownName { what: "column", name: column.to_owned(), known: COLUMNS }));
        }
    }
    Ok(())
}
