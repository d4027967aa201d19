//! Findings to JSON (contract.md "`derive`: findings out").

use chrono::{Datelike, NaiveDate};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::finding::{
    Bar, BarState, CaseStatus, Condition, Deadline, DutyState, Execution, Extent, Findings, Irregularity, Right,
    RightState, StepState, Term, Wait, WaitState, Warnings,
};
use super::regulation::{Kind, RuleId};

/// A civil day as JSON: ten characters, written without a detour through `fmt`.
struct Day(NaiveDate);

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (year, month, day) = (self.0.year().unsigned_abs(), self.0.month(), self.0.day());
        if year > 9999 {
            return serializer.collect_str(&self.0);
        }
        let digit = |n: u32| b'0' + u8::try_from(n % 10).unwrap_or(0);
        let text = [
            digit(year / 1000),
            digit(year / 100),
            digit(year / 10),
            digit(year),
            b'-',
            digit(month / 10),
            digit(month),
            b'-',
            digit(day / 10),
            digit(day),
        ];
        serializer.serialize_str(std::str::from_utf8(&text).expect("digits and hyphens"))
    }
}

/// The answer to one line: the caller's id, and the findings.
pub struct Answer<'a> {
    /// The caller's id.
    pub id: Option<&'a RawValue>,
    /// What was found.
    pub findings: &'a Findings,
}

impl Serialize for Answer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(id) = self.id {
            map.serialize_entry("id", id)?;
        }
        let findings = self.findings;
        map.serialize_entry("deadlines", &findings.deadlines)?;
        map.serialize_entry("conditions", &findings.conditions)?;
        if let Some(execution) = &findings.execution {
            map.serialize_entry("execution", execution)?;
        }
        map.serialize_entry("case", &findings.case)?;
        map.serialize_entry("irregularities", &findings.irregularities)?;
        map.serialize_entry("warnings", &findings.warnings)?;
        map.end()
    }
}

impl Serialize for Warnings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(super::finding::Warning::as_str))
    }
}

impl Serialize for RuleId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for Deadline {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rule = self.rule();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("rule", &self.rule)?;
        map.serialize_entry("kind", rule.kind.as_str())?;
        map.serialize_entry("paragraph", rule.paragraph)?;
        match &self.actor {
            Some(actor) => map.serialize_entry("actor", &DisplayAs(actor))?,
            None if rule.kind == Kind::Bar => {}
            None => map.serialize_entry("actor", &None::<&str>)?,
        }
        map.serialize_entry("from", &Day(self.from))?;
        if let Some(event) = self.started_by {
            map.serialize_entry("started_by", &event)?;
        }
        if let Some(subject) = self.subject {
            map.serialize_entry("subject", subject.as_str())?;
        }
        if let Some(needs) = self.needs_human {
            map.serialize_entry("needs_human", needs.as_str())?;
        }
        if let Some(actor) = &self.also_alert {
            map.serialize_entry("also_alert", &[DisplayAs(actor)])?;
        }
        term(self, &mut map)?;
        if let Some(status) = self.status() {
            map.serialize_entry("status", status)?;
        }
        if let Some(closed) = self.closed {
            map.serialize_entry("ended_on", &Day(closed.on))?;
            map.serialize_entry("ended_by", closed.by.as_str())?;
        }
        if !self.superseded.is_empty() {
            let days: Vec<Day> = self.superseded.iter().map(|d| Day(*d)).collect();
            map.serialize_entry("superseded", &days)?;
        }
        map.serialize_entry("edition", &self.edition.map(super::regulation::EditionId::as_str))?;
        map.serialize_entry("edition_verified", &self.edition_verified)?;
        if !self.warnings.is_empty() {
            map.serialize_entry("warnings", &self.warnings)?;
        }
        map.end()
    }
}

struct DisplayAs<'a, T>(&'a T);

impl<T: std::fmt::Display> Serialize for DisplayAs<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

fn term<M: SerializeMap>(deadline: &Deadline, map: &mut M) -> Result<(), M::Error> {
    let standing = deadline.closed.is_none();
    match &deadline.term {
        Term::Duty(duty) => {
            map.serialize_entry("nominal", &Day(duty.nominal))?;
            map.serialize_entry("rolled", &Day(duty.rolled))?;
            map.serialize_entry("safe", &Day(duty.safe))?;
            map.serialize_entry("alert_workday", &Day(duty.alert_workday))?;
            map.serialize_entry("effective", &Day(duty.nominal))?;
            if let Some(day) = duty.from_receipt {
                map.serialize_entry("alternative_if_from_receipt", &Day(day))?;
            }
            if let Some(day) = duty.in_transit_until {
                map.serialize_entry("in_transit_until", &Day(day))?;
            }
            match duty.state {
                DutyState::OnTime { on } => map.serialize_entry("satisfied_on", &Day(on)),
                DutyState::Late { on, by_days } => {
                    map.serialize_entry("satisfied_on", &Day(on))?;
                    map.serialize_entry("late_by_days", &by_days)
                }
                DutyState::Overdue { by_days } if standing => map.serialize_entry("overdue_by_days", &by_days),
                DutyState::Overdue { .. } | DutyState::Open | DutyState::Unmet => Ok(()),
            }
        }
        Term::Right(right) => right_entries(deadline, right, map),
        Term::Bar(bar) => bar_entries(deadline, bar, map),
        Term::Wait(wait) => wait_entries(wait, map),
        Term::Step(step) => {
            map.serialize_entry("legal_due", &None::<&str>)?;
            map.serialize_entry("internal_control_date", &Day(step.control))?;
            map.serialize_entry("internal_control_alert_workday", &Day(step.control_alert_workday))?;
            match step.state {
                StepState::Done { on } => map.serialize_entry("satisfied_on", &Day(on)),
                StepState::Undone | StepState::Open | StepState::ControlPassed => Ok(()),
            }
        }
        Term::NoEdition => map.serialize_entry("applies", &false),
    }
}

fn right_entries<M: SerializeMap>(deadline: &Deadline, right: &Right, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("nominal", &Day(right.nominal))?;
    map.serialize_entry("rolled", &Day(right.rolled))?;
    map.serialize_entry("effective", &deadline.effective().map(Day))?;
    if let Some(day) = right.from_entry_into_force {
        map.serialize_entry("alternative_if_from_entry_into_force", &Day(day))?;
    }
    match right.state {
        RightState::Exercised { on } => map.serialize_entry("exercised_on", &Day(on)),
        RightState::Restored { closed_on, by } => {
            map.serialize_entry("closed_on", &Day(closed_on))?;
            map.serialize_entry("restored_by", &Day(by))
        }
        RightState::Unused | RightState::Open | RightState::OpenIndefinite | RightState::ExpiredUnused => Ok(()),
    }
}

fn bar_entries<M: SerializeMap>(deadline: &Deadline, bar: &Bar, map: &mut M) -> Result<(), M::Error> {
    if let Extent::Dated { nominal, rolled } = bar.extent {
        map.serialize_entry("nominal", &Day(nominal))?;
        map.serialize_entry("rolled", &Day(rolled))?;
    }
    let effective = deadline.effective();
    map.serialize_entry("effective", &effective.map(Day))?;
    map.serialize_entry("not_before", &effective.and_then(|d| d.succ_opt()).map(Day))?;
    match bar.state {
        BarState::Ended { on } if deadline.closed.is_none() => map.serialize_entry("ended_on", &Day(on)),
        _ => Ok(()),
    }
}

fn wait_entries<M: SerializeMap>(wait: &Wait, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("nominal", &Day(wait.nominal))?;
    map.serialize_entry("effective", &Day(wait.nominal))?;
    map.serialize_entry("eligible_from", &Day(wait.eligible_from))?;
    map.serialize_entry("soft", &true)?;
    map.serialize_entry("applies", &!matches!(wait.state, WaitState::Lifted { .. } | WaitState::Exempt))?;
    if let WaitState::Lifted { on } = wait.state {
        map.serialize_entry("lifted_on", &Day(on))?;
        map.serialize_entry("eligible_from_override", &Day(on))?;
    }
    if let Some(status) = wait.petition {
        map.serialize_entry("petition_status", status.as_str())?;
        map.serialize_entry("ripens_on", &Day(wait.eligible_from))?;
    }
    Ok(())
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("rule", &self.rule)?;
        map.serialize_entry("met", &self.met)?;
        if self.rule == RuleId::P11ReadyForCommission {
            map.serialize_entry("missing", &self.missing)?;
        }
        if !self.blocks.is_empty() {
            map.serialize_entry("blocks", self.blocks)?;
        }
        map.end()
    }
}

impl Serialize for Execution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("finding", self.finding.as_str())?;
        let open: Vec<&str> = self.open.iter().map(|bar| bar.as_str()).collect();
        map.serialize_entry("open", &open)?;
        let unknown: Vec<&str> = self.unknown.iter().map(|fact| fact.as_str()).collect();
        map.serialize_entry("unknown", &unknown)?;
        map.serialize_entry("dated_not_before", &self.dated_not_before.map(Day))?;
        map.end()
    }
}

impl Serialize for CaseStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("status", if self.closed.is_some() { "closed" } else { "open" })?;
        map.serialize_entry("open_deadlines", &self.open_deadlines)?;
        if let Some(closed) = self.closed {
            map.serialize_entry("closed_on", &Day(closed.on))?;
            map.serialize_entry("closed_by", closed.by.as_str())?;
        }
        map.end()
    }
}

impl Serialize for Irregularity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("paragraph", self.paragraph)?;
        map.serialize_entry("code", self.code.as_str())?;
        map.serialize_entry("event", &self.event)?;
        map.end()
    }
}
