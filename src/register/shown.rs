//! A case as JSON: what `keshirim --json case show` and `GET /cases/{number}` answer.

use serde_json::{Value, json};

use super::NATIONWIDE;
use super::query::CaseView;
use crate::law::wire::Answer;
use crate::store::{CaseRow, EventRow};

impl CaseView {
    /// The case, its entries and what follows from them. Notes stay in the register.
    pub fn json(&self) -> serde_json::Result<Value> {
        let entries = |rows: &[EventRow]| rows.iter().map(|row| self.entry_json(row)).collect::<Vec<Value>>();
        let mut shown = case_json(&self.case);
        shown["entries"] = entries(&self.entries).into();
        shown["nationwide"] = entries(&self.nationwide).into();
        shown["findings"] = serde_json::to_value(Answer { id: None, findings: &self.findings })?;
        Ok(shown)
    }

    /// Where an entry stands: struck, waiting, nation-wide, or nothing to say.
    pub fn standing(&self, row: &EventRow) -> Option<&'static str> {
        let event_struck = self.assembled.event(&row.event_id).is_some_and(|(event, _)| event.retracted_at.is_some());
        // A retraction is no event of the timeline; one that waited may have been struck too.
        let entry_struck = || {
            self.answers(row)
                .any(|other| matches!(other.action.as_str(), "correct" | "retract") && !self.is_waiting(other))
        };
        if event_struck || entry_struck() {
            Some("struck")
        } else if self.is_waiting(row) {
            Some("waits for a second person")
        } else if row.chain == NATIONWIDE {
            Some("nation-wide")
        } else {
            None
        }
    }

    /// Whether an entry still waits for a second person, should it not be struck.
    pub fn is_waiting(&self, row: &EventRow) -> bool {
        row.needs_confirmation && !self.answers(row).any(|other| other.action == "confirm")
    }

    /// The entries that speak of `row`.
    fn answers<'a>(&'a self, row: &'a EventRow) -> impl Iterator<Item = &'a EventRow> {
        self.entries.iter().chain(&self.nationwide).filter(|other| other.target.as_deref() == Some(&row.event_id))
    }

    fn entry_json(&self, row: &EventRow) -> Value {
        json!({
            "entry": row.event_id, "seq": row.seq, "action": row.action, "target": row.target, "event": row.kind,
            "date": row.day, "at": row.local_time, "fields": row.fields.0, "reason": row.reason,
            "recorded_at": row.recorded_at, "recorded_by": row.recorded_by, "standing": self.standing(row),
        })
    }
}

/// A case without its entries.
pub fn case_json(case: &CaseRow) -> Value {
    json!({
        "case": case.number, "sentence": case.sentence, "crime_category": case.crime_category,
        "institution": case.institution, "zone": case.zone, "opened_at": case.opened_at, "opened_by": case.opened_by,
        "status": case.status, "closed_on": case.closed_on,
    })
}
