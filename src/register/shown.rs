//! A case as JSON: what `keshirim --json case show` and `GET /cases/{number}` answer.

use serde_json::{Value, json};

use super::query::CaseView;
use crate::law::wire::Answer;
use crate::store::{CaseRow, EventRow};

impl CaseView {
    /// The case, its entries and what follows from them. Notes stay in the register.
    pub fn json(&self) -> serde_json::Result<Value> {
        let entries: Vec<Value> = self.entries.iter().map(|row| self.entry_json(row)).collect();
        let mut shown = case_json(&self.case);
        shown["entries"] = entries.into();
        shown["findings"] = serde_json::to_value(Answer { id: None, findings: &self.findings })?;
        Ok(shown)
    }

    /// Where an entry stands: struck, waiting, or nothing to say.
    pub fn standing(&self, row: &EventRow) -> Option<&'static str> {
        let replaced = |other: &EventRow| {
            other.target.as_deref() == Some(&row.event_id) && other.action != "confirm" && !self.waits(other)
        };
        let retracted = || self.assembled.event(&row.event_id).is_some_and(|(event, _)| event.retracted_at.is_some());
        if retracted() || self.entries.iter().any(replaced) {
            Some("struck")
        } else if self.waits(row) {
            Some("waits for a second person")
        } else {
            None
        }
    }

    fn waits(&self, row: &EventRow) -> bool {
        let confirms = |other: &EventRow| other.action == "confirm" && other.target.as_deref() == Some(&row.event_id);
        row.needs_confirmation && !self.entries.iter().any(confirms)
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
