//! Since when a deadline has stood as it stands now: the case derived again with what was known before each of its entries.

use chrono::{DateTime, Utc};

use super::expected::{Stood, is_live};
use crate::law::derive;
use crate::law::finding::{Deadline, Findings, Term};
use crate::register::Registrar;
use crate::register::assemble::{Assembled, assemble};
use crate::register::compare::keys;
use crate::register::save::{Entries, held_in};

/// A case as it was known at an instant, judged from today.
pub(super) struct Known {
    pub(super) assembled: Assembled,
    pub(super) findings: Findings,
    /// Rule, start and subject of each deadline.
    pub(super) keys: Vec<(String, String, String)>,
    /// The office in which the convict is held.
    pub(super) institution: String,
}

impl Known {
    /// What was known at an instant; all that is known now without one.
    pub(super) fn at(entries: &Entries, registrar: &Registrar<'_>, known_at: Option<DateTime<Utc>>) -> Self {
        let assembled = assemble(&entries.case, &entries.own, &entries.nationwide, known_at);
        let today = registrar.today(assembled.timeline.zone);
        let findings = derive(&assembled.timeline, registrar.calendar, &registrar.question(today));
        let keys = keys(&findings, &assembled);
        let institution = held_in(&assembled.timeline, today);
        Self { assembled, findings, keys, institution }
    }

    /// Whether a deadline stood already as it stands in `now`.
    fn has(&self, now: &Self, i: usize) -> bool {
        let deadline = &now.findings.deadlines[i];
        self.institution == now.institution && self.findings.deadlines.iter().any(|other| same(other, deadline))
    }

    /// Whether a deadline of `now` was not there, or was over.
    fn lacks(&self, now: &Self, i: usize) -> bool {
        let (deadline, key) = (&now.findings.deadlines[i], &now.keys[i]);
        let goes_on = |(other, of): &(&Deadline, &(String, String, String))| {
            *of == key
                || (&of.0, &of.2) == (&key.0, &key.2)
                    && (!deadline.superseded.is_empty() || other.from == deadline.from)
        };
        let before = self.findings.deadlines.iter().zip(&self.keys).find(goes_on);
        before.is_none_or(|(before, _)| !before.is_open() && deadline.is_open())
    }
}

/// Whether nothing that anybody is told of a deadline is another.
fn same(a: &Deadline, b: &Deadline) -> bool {
    let late_after = |deadline: &Deadline| match deadline.term {
        Term::Duty(duty) => Some(duty.late_after()),
        _ => None,
    };
    (a.rule, a.subject, a.from, a.watched_by(), late_after(a), is_live(a))
        == (b.rule, b.subject, b.from, b.watched_by(), late_after(b), is_live(b))
        && (&a.actor, &a.also_alert) == (&b.actor, &b.also_alert)
}

/// The instants at which something was entered about the case, the latest first. What was entered nation-wide before the case
/// was opened came to it with its opening.
pub(super) fn instants(entries: &Entries) -> Vec<DateTime<Utc>> {
    let opened = entries.case.opened_at.utc();
    let mut instants: Vec<_> =
        entries.own.iter().chain(entries.nationwide.iter()).map(|row| row.recorded_at.utc().max(opened)).collect();
    instants.sort_unstable();
    instants.dedup();
    instants.reverse();
    instants
}

/// Since when each deadline of `now` has stood as it does. Each entry costs one derivation, as far back as it takes.
pub(super) fn stood(entries: &Entries, registrar: &Registrar<'_>, now: &Known) -> Vec<Stood> {
    let mut found: Vec<Option<Stood>> = vec![None; now.findings.deadlines.len()];
    let instants = instants(entries);
    for (place, since) in instants.iter().enumerate() {
        if found.iter().all(Option::is_some) {
            break;
        }
        let before = instants.get(place + 1).map(|at| Known::at(entries, registrar, Some(*at)));
        for (i, slot) in found.iter_mut().enumerate().filter(|(_, slot)| slot.is_none()) {
            match &before {
                None => *slot = Some(Stood { since: *since, is_new: true }),
                Some(before) if !before.has(now, i) => {
                    *slot = Some(Stood { since: *since, is_new: before.lacks(now, i) });
                }
                Some(_) => {}
            }
        }
    }
    let opened = entries.case.opened_at.utc();
    found.into_iter().map(|slot| slot.unwrap_or(Stood { since: opened, is_new: true })).collect()
}
