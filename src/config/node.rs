//! Reading a TOML file value by value, so that a refusal names file, line, key and remedy.
//!
//! Serde would be shorter, but stops at the first fault and cannot say what to do. A value that cannot be read pushes a
//! [`Problem`] and stands in with a harmless placeholder; [`Source::finish`] lets nothing through while there is a problem.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use chrono_tz::Tz;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problem, Problems, nearest};

/// A value that cannot be read: what is wrong, and the remedy.
pub(super) type Fault = (String, String);

/// One file: its name, its text, and what has been found wrong with it so far.
pub(super) struct Source<'a> {
    file: &'a str,
    text: &'a str,
    problems: RefCell<Vec<Problem>>,
    /// Full names of the keys that were read; a test holds them against the shipped file.
    asked: RefCell<BTreeSet<String>>,
}

impl<'a> Source<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, problems: RefCell::default(), asked: RefCell::default() }
    }

    /// The file's table, or the one problem that it is not TOML.
    pub(super) fn parse(&self) -> Result<DeTable<'a>, Problems> {
        DeTable::parse(self.text).map(Spanned::into_inner).map_err(|error| {
            Problem {
                file: self.file.to_owned(),
                line: error.span().map(|span| self.line(span.start)),
                key: String::new(),
                what: format!("not TOML: {}", error.message().trim_end_matches('.')),
                remedy: "Mend this line; the shipped file shows the form.".to_owned(),
            }
            .into()
        })
    }

    fn line(&self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
    }

    fn push(&self, at: Option<usize>, key: &str, (what, remedy): Fault) {
        self.problems.borrow_mut().push(Problem {
            file: self.file.to_owned(),
            line: at.map(|at| self.line(at)),
            key: key.to_owned(),
            what,
            remedy,
        });
    }

    /// The keys read so far.
    pub(super) fn asked(&self) -> BTreeSet<String> {
        self.asked.borrow().clone()
    }

    /// `value` if nothing was wrong, else all that was wrong, in the order of the file.
    pub(super) fn finish<T>(&self, value: T) -> Result<T, Problems> {
        let mut problems = self.problems.take();
        problems.sort_by_key(|problem| problem.line);
        if problems.is_empty() { Ok(value) } else { Err(Problems(problems)) }
    }
}

/// One table of a file, laid over the shipped one where there is one.
#[derive(Clone, Copy)]
struct Tables<'a> {
    own: Option<&'a DeTable<'a>>,
    shipped: Option<&'a DeTable<'a>>,
}

/// One table of a file, with its place in it.
pub(super) struct Node<'a> {
    source: &'a Source<'a>,
    tables: Tables<'a>,
    /// Where the table begins, for problems with what it lacks.
    at: Option<usize>,
    path: String,
}

impl<'a> Node<'a> {
    /// The whole file `own`, over `shipped` whose keys are the known ones and whose values are the defaults.
    pub(super) fn over(source: &'a Source<'a>, own: &'a DeTable<'a>, shipped: &'a DeTable<'a>) -> Self {
        let tables = Tables { own: Some(own), shipped: Some(shipped) };
        let node = Self { source, tables, at: None, path: String::new() };
        node.refuse_unknown();
        node
    }

    /// The whole file, with the keys it may have.
    pub(super) fn root(source: &'a Source<'a>, own: &'a DeTable<'a>, known: &[&str]) -> Self {
        let tables = Tables { own: Some(own), shipped: None };
        let node = Self { source, tables, at: None, path: String::new() };
        node.refuse_all_but(known);
        node
    }

    fn full(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// A problem with `key`, or with the table itself where the key is absent.
    pub(super) fn refuse(&self, key: &str, fault: Fault) {
        let own = self.tables.own.and_then(|table| table.get(key));
        self.source.push(own.map(|value| value.span().start).or(self.at), &self.full(key), fault);
    }

    fn refuse_unknown(&self) {
        if let Some(shipped) = self.tables.shipped {
            let known: Vec<&str> = shipped.keys().map(|key| key.get_ref().as_ref()).collect();
            self.refuse_all_but(&known);
        }
    }

    pub(super) fn refuse_all_but(&self, known: &[&str]) {
        for key in self.tables.own.iter().flat_map(|table| table.keys()) {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let near = nearest(name, known.iter().copied()).unwrap_or("none");
                let fault = (
                    "unknown key".to_owned(),
                    format!("The nearest known key is `{}`; remove or rename this one.", self.full(near)),
                );
                self.source.push(Some(key.span().start), &self.full(name), fault);
            }
        }
    }

    /// The value of `key`: the file's own, else the shipped one.
    fn value(&self, key: &str) -> Option<&'a DeValue<'a>> {
        self.source.asked.borrow_mut().insert(self.full(key));
        let own = self.tables.own.and_then(|table| table.get(key));
        own.or_else(|| self.tables.shipped.and_then(|table| table.get(key))).map(Spanned::get_ref)
    }

    /// Reads `key` if it is there.
    pub(super) fn maybe<T>(&self, key: &str, read: impl FnOnce(&DeValue<'a>) -> Result<T, Fault>) -> Option<T> {
        read(self.value(key)?).map_err(|fault| self.refuse(key, fault)).ok()
    }

    /// Reads `key`, which must be there; `placeholder` is never seen outside, because the file is then refused.
    pub(super) fn must<T>(&self, key: &str, placeholder: T, read: impl FnOnce(&DeValue<'a>) -> Result<T, Fault>) -> T {
        match self.value(key).map(read) {
            Some(Ok(value)) => value,
            Some(Err(fault)) => {
                self.refuse(key, fault);
                placeholder
            }
            None => {
                self.refuse(key, ("missing".to_owned(), "Add the key; the shipped file shows the form.".to_owned()));
                placeholder
            }
        }
    }

    pub(super) fn string(&self, key: &str) -> String {
        self.must(key, String::new(), |value| text(value).map(str::to_owned))
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.must(key, false, |value| value.as_bool().ok_or_else(|| wanted(value, "true or false")))
    }

    /// A whole number within `range`, in the unit that the key names.
    pub(super) fn count<T>(&self, key: &str, range: RangeInclusive<T>) -> T
    where
        T: Copy + PartialOrd + Display + TryFrom<u64>,
    {
        self.must(key, *range.start(), |value| count(value, &range))
    }

    /// A civil day written YYYY-MM-DD, as a string or as a TOML date.
    pub(super) fn date(&self, key: &str) -> NaiveDate {
        self.must(key, NaiveDate::MIN, date)
    }

    /// A zone of the IANA database.
    pub(super) fn zone(&self, key: &str) -> Option<Tz> {
        self.maybe(key, |value| {
            let name = text(value)?;
            name.parse().map_err(|_| {
                let near =
                    nearest(name, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())).unwrap_or("Asia/Almaty");
                (format!("\"{name}\" is no zone of the IANA database"), format!("The nearest is \"{near}\"."))
            })
        })
    }

    /// One of `choices`, by its word.
    pub(super) fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        self.maybe(key, |value| choice(text(value)?, choices))
    }

    /// A table below this one.
    pub(super) fn section(&self, key: &str) -> Node<'a> {
        let own = self.tables.own.and_then(|table| table.get(key));
        if let Some(value) = own
            && !value.get_ref().is_table()
        {
            self.refuse(key, wanted(value.get_ref(), "a section"));
        }
        let shipped = self.tables.shipped.and_then(|table| table.get(key));
        let table = |value: Option<&'a Spanned<DeValue<'a>>>| value.and_then(|value| value.get_ref().as_table());
        let node = Node {
            source: self.source,
            tables: Tables { own: table(own), shipped: table(shipped) },
            at: own.map(|value| value.span().start),
            path: self.full(key),
        };
        node.refuse_unknown();
        node
    }

    /// The tables in the list `key`, each with the keys it may have; an absent list is an empty one.
    pub(super) fn list(&self, key: &str, entries_max: usize, known: &[&str]) -> Vec<Node<'a>> {
        let entries = self.maybe(key, |_| Ok(())).and_then(|()| self.value(key)).map(|value| array(value, entries_max));
        let entries = match entries {
            None => return Vec::new(),
            Some(Err(fault)) => {
                self.refuse(key, fault);
                return Vec::new();
            }
            Some(Ok(entries)) => entries,
        };
        let mut nodes = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let path = format!("{}[{}]", self.full(key), index + 1);
            let at = Some(entry.span().start);
            match entry.get_ref().as_table() {
                None => self.source.push(at, &path, wanted(entry.get_ref(), "a table { key = value, … }")),
                own => {
                    let node = Node { source: self.source, tables: Tables { own, shipped: None }, at, path };
                    node.refuse_all_but(known);
                    nodes.push(node);
                }
            }
        }
        nodes
    }

    /// Each value in the list `key`, read by `read`.
    pub(super) fn values<T>(
        &self,
        key: &str,
        entries_max: usize,
        read: impl Fn(&DeValue<'a>) -> Result<T, Fault>,
    ) -> Vec<T> {
        self.must(key, Vec::new(), |value| {
            array(value, entries_max)?.iter().map(|entry| read(entry.get_ref())).collect()
        })
    }
}

fn array<'v, 'a>(value: &'v DeValue<'a>, entries_max: usize) -> Result<&'v [Spanned<DeValue<'a>>], Fault> {
    let array = value.as_array().ok_or_else(|| wanted(value, "a list"))?;
    if array.len() > entries_max {
        let what = format!("{} entries, more than {entries_max}", array.len());
        return Err((what, "Shorten the list.".to_owned()));
    }
    Ok(array)
}

/// The value is of another type than the key takes.
pub(super) fn wanted(value: &DeValue<'_>, wanted: &str) -> Fault {
    (format!("a value of type {} stands here", value.type_str()), format!("Write {wanted}."))
}

/// The string in `value`.
pub(super) fn text<'v>(value: &'v DeValue<'_>) -> Result<&'v str, Fault> {
    value.as_str().ok_or_else(|| wanted(value, "a string in \"quotes\""))
}

/// The whole number in `value`, within `range`.
pub(super) fn count<T>(value: &DeValue<'_>, range: &RangeInclusive<T>) -> Result<T, Fault>
where
    T: Copy + PartialOrd + Display + TryFrom<u64>,
{
    let form = format!("a whole number from {} to {}", range.start(), range.end());
    let integer = value.as_integer().ok_or_else(|| wanted(value, &form))?;
    let number =
        u64::from_str_radix(integer.as_str(), integer.radix()).ok().and_then(|number| T::try_from(number).ok());
    number
        .filter(|number| range.contains(number))
        .ok_or_else(|| (format!("{integer} is out of range"), format!("Write {form}.")))
}

fn date(value: &DeValue<'_>) -> Result<NaiveDate, Fault> {
    let written = match value {
        DeValue::Datetime(date) => date.to_string(),
        other => other.as_str().ok_or_else(|| wanted(value, "a date as \"YYYY-MM-DD\""))?.to_owned(),
    };
    // Exactly ten octets, because chrono alone would read 2025-1-5 and +2025-01-05 too.
    let strict = Some(&written).filter(|written| written.len() == 10);
    strict
        .and_then(|written| NaiveDate::parse_from_str(written, "%Y-%m-%d").ok())
        .ok_or_else(|| (format!("\"{written}\" is no day of the calendar"), "Write it as \"YYYY-MM-DD\".".to_owned()))
}

/// The choice that `word` stands for.
pub(super) fn choice<T: Copy>(word: &str, choices: &[(&str, T)]) -> Result<T, Fault> {
    choices.iter().find(|(name, _)| *name == word).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        (format!("\"{word}\" is not one of the choices"), format!("Write one of {}.", names.join(", ")))
    })
}
