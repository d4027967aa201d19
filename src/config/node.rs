//! Reading a TOML file value by value, so that a refusal names file, line, key and remedy.
//!
//! Serde would be shorter, but stops at the first fault and cannot say what to do. A value that cannot be read pushes a
//! [`super::Problem`] and stands in with a harmless placeholder; [`Source::finish`] lets nothing through while there is a problem.

use std::fmt::Display;
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use chrono_tz::Tz;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::nearest;
use super::source::Source;
use super::value::{Fault, array, choice, count, date, text, wanted};

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
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let entries = array(value, entries_max).unwrap_or_else(|fault| {
            self.refuse(key, fault);
            &[]
        });
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
