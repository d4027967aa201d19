//! Export: every entry as it stands, one JSON object a line, chain by chain; `import` makes the same register of it.
//!
//! `{"entry":{"event_id":"E-…","chain":"2026-0147","seq":1,"action":"open",…,"hash":"…"}}`. Notes are in it: an export is a copy
//! of the register and stays in the house.

use std::io::Write;

use super::Result;
use crate::store::{EventRow, Store};

/// Entries read at a time.
const ENTRIES_PER_PAGE: i64 = 1_000;

#[derive(serde::Serialize)]
struct Line<'a> {
    entry: &'a EventRow,
}

/// Writes every entry to `output`; yields how many.
pub async fn export(store: &Store, output: &mut (dyn Write + Send)) -> Result<std::io::Result<u64>> {
    let mut tx = store.snapshot().await?;
    tx.be_patient().await?;
    let (mut chain, mut seq, mut count) = (String::new(), 0, 0);
    loop {
        let page = tx.events_after(&chain, seq, ENTRIES_PER_PAGE).await?;
        let Some(last) = page.last() else { return Ok(output.flush().map(|()| count)) };
        chain.clone_from(&last.chain);
        seq = last.seq;
        for entry in &page {
            let written = serde_json::to_writer(&mut *output, &Line { entry }).map_err(std::io::Error::from);
            if let Err(error) = written.and_then(|()| output.write_all(b"\n")) {
                return Ok(Err(error));
            }
            count += 1;
        }
    }
}
