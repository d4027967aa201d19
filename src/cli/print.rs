//! Where answers go: the one place that writes to the standard output, so that a closed pipe is met quietly everywhere.

use std::io::{self, Write};

/// The output of a command: lines for people, or JSON.
pub struct Print {
    /// Whether `--json` was given.
    pub json: bool,
    to: Box<dyn Write + Send>,
}

impl std::fmt::Debug for Print {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Print").field("json", &self.json).finish_non_exhaustive()
    }
}

impl Print {
    /// Answers go to `to`.
    pub fn new(json: bool, to: Box<dyn Write + Send>) -> Self {
        Self { json, to }
    }

    /// One line for people.
    pub fn line(&mut self, text: impl std::fmt::Display) -> io::Result<()> {
        writeln!(self.to, "{text}")
    }

    /// One line of JSON.
    pub fn json(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.to, value)?;
        self.to.write_all(b"\n")
    }

    /// A table whose columns are as wide as their widest cell; the last one is not padded. With an empty header it goes on with one.
    pub fn table(&mut self, header: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
        let header: Vec<String> = header.iter().map(|&cell| cell.to_owned()).collect();
        let mut widths: Vec<usize> = header.iter().map(|cell| cell.chars().count()).collect();
        widths.resize(rows.iter().map(Vec::len).fold(widths.len(), usize::max), 0);
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        for row in std::iter::once(&header).filter(|header| !header.is_empty()).chain(rows) {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            writeln!(self.to, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }

    /// The writer itself, for exports.
    pub fn raw(&mut self) -> &mut (dyn Write + Send) {
        &mut *self.to
    }

    /// Sends what is buffered on its way.
    pub fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
