//! One file being read: its text, and what has been found wrong with it.

use std::cell::RefCell;
use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::DeTable;

use super::problem::{Problem, Problems};
use super::value::Fault;

/// One file: its name, its text, and what has been found wrong with it so far.
pub(super) struct Source<'a> {
    file: &'a str,
    text: &'a str,
    problems: RefCell<Vec<Problem>>,
    /// Full names of the keys that were read; a test holds them against the shipped file.
    pub(super) asked: RefCell<BTreeSet<String>>,
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

    /// Keeps the first problem with a key: a second one is mostly about the first one's placeholder.
    pub(super) fn push(&self, at: Option<usize>, key: &str, (what, remedy): Fault) {
        if self.problems.borrow().iter().any(|problem| problem.key == key) {
            return;
        }
        self.problems.borrow_mut().push(Problem {
            file: self.file.to_owned(),
            line: at.map(|at| self.line(at)),
            key: key.to_owned(),
            what,
            remedy,
        });
    }

    /// Whether nothing has been found wrong so far.
    pub(super) fn is_clean(&self) -> bool {
        self.problems.borrow().is_empty()
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
