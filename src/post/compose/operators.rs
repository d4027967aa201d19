//! What goes to the operators: whom the directory does not reach, and what a person must decide.

use std::collections::BTreeSet;

use super::address::{Notice, today};
use super::draft::{finish, letter_id};
use super::{ComposeError, Desk};
use crate::letter::Line;
use crate::store::{AlertRow, Instant, Tx};

/// What is wrong with the directory goes to the operators, once a day each: never silence.
pub(super) async fn tell_operators(
    desk: &Desk<'_>,
    tx: &mut Tx,
    notices: &BTreeSet<Notice>,
    now: Instant,
) -> Result<usize, ComposeError> {
    const OPERATORS: &str = "operators";
    let day = today(desk, OPERATORS);
    let mut new = Vec::new();
    for (code, detail) in notices {
        let alert = AlertRow {
            case_number: String::new(),
            rule: String::new(),
            start_key: (*code).to_owned(),
            subject: detail.clone(),
            about: day.to_string(),
            rung: "notice".to_owned(),
            office: OPERATORS.to_owned(),
            letter_id: None,
            decided_at: now,
        };
        tracing::warn!(code, detail, "somebody is not reached, or somebody must decide");
        if tx.insert_alert(&alert).await? {
            new.push((*code, detail.as_str()));
        }
    }
    if new.is_empty() {
        return Ok(0);
    }
    let people = desk.directory.recipients(OPERATORS, day);
    if people.to.is_empty() {
        tracing::error!(
            "nobody is behind the office `operators`: their notices reach nobody; name them in offices.toml"
        );
    }
    let seed = new.iter().map(|(code, detail)| format!("{code} {detail}")).collect::<Vec<_>>().join("\n");
    for recipient in &people.to {
        let lines = new.iter().map(|(code, detail)| Line::notice(code, detail, day)).collect();
        let letter_id = letter_id(desk, recipient, &seed);
        let row = finish(desk, recipient, lines, Vec::new(), false, letter_id)?;
        tx.insert_letter(&row).await?;
    }
    Ok(people.to.len())
}
