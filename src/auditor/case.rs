//! One case: read in one snapshot, derived anew from its events, and compared with what was said of it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::compare::{Code, Difference, Due, Said};
use super::escalation::escalation;
use super::expected::{Measure, Owed, Stood, date_owed_since, is_live, owed};
use super::history::{self, Known};
use super::{Basis, Judged, said};
use crate::alert::{Party, Rung};
use crate::config::Ladders;
use crate::law::finding::{BarState, Deadline, Right, Term, Until};
use crate::law::regulation::Kind;
use crate::law::timeline::{EventKind, day_begins};
use crate::offices::Directory;
use crate::register::compare::{self, GONE};
use crate::register::policy::Policies;
use crate::register::save::Entries;
use crate::register::verify::{check_case, check_chain};
use crate::register::{DEFAULT_ZONE, Registrar, Result};
use crate::store::{AcknowledgedRow, DeadlineRow, Head, SaidRow, Tx};

/// A closing line is asked for so long after the end: what was once missed and reported is not reported for ever.
const CLOSINGS_ASKED_DAYS: i64 = 7;
/// How far back it is looked for a morning on which somebody stood behind an office.
const MORNINGS_BACK_MAX: u32 = 400;
/// The reminders of a right go on in its last days, for the convict's sake.
const RIGHT_REMINDED_DAYS: i64 = 30;
/// The office that hears of a bar that ended.
const WORKING_BODY: &str = "working_body";

/// What judging needs besides the case.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bench<'a> {
    pub(super) registrar: &'a Registrar<'a>,
    pub(super) directory: &'a Directory,
    /// Addresses to which nothing is sent.
    pub(super) flagged: &'a BTreeSet<String>,
    pub(super) basis: Basis,
    /// How long a letter may be on its way before it is missed.
    pub(super) grace: TimeDelta,
}

/// Everything about a case that is compared.
pub(super) struct Evidence<'a> {
    entries: Entries,
    head: Option<Head>,
    rows: Vec<DeadlineRow>,
    said: Vec<SaidRow>,
    acknowledged: Vec<AcknowledgedRow>,
    policies: Policies<'a>,
}

impl<'a> Evidence<'a> {
    /// Reads it; none if there is no such case (any more).
    pub(super) async fn read(tx: &mut Tx, number: &str, current: &'a Ladders) -> Result<Option<Self>> {
        let Some(entries) = Entries::read(tx, number).await? else { return Ok(None) };
        let rows = tx.deadlines_of(number).await?;
        let policies = Policies::read(tx, current, &rows).await?;
        let head = tx.head(number).await?;
        let (said, acknowledged) = (tx.said_in(number).await?, tx.acknowledged_in(number).await?);
        Ok(Some(Self { entries, head, rows, said, acknowledged, policies }))
    }
}

/// What follows from a case's events, beside what the register has of it.
struct Court<'a> {
    bench: &'a Bench<'a>,
    evidence: &'a Evidence<'a>,
    known: Known,
    stood: Vec<Stood>,
    measure: Measure<'a>,
    judged: Judged,
}

/// Compares a case.
pub(super) fn judge(evidence: &Evidence<'_>, bench: &Bench<'_>) -> Judged {
    let registrar = bench.registrar;
    let known = Known::at(&evidence.entries, registrar, None);
    let stood = history::stood(&evidence.entries, registrar, &known);
    let institution = known.institution.clone();
    let measure = Measure {
        zone: known.assembled.timeline.zone,
        calendar: registrar.calendar,
        ladders: &registrar.config.ladder,
        morning: registrar.config.letters.morning,
        institution: &institution,
        asked: registrar.now - bench.grace,
        basis: bench.basis.law,
    };
    let mut court = Court { bench, evidence, known, stood, measure, judged: Judged { cases: 1, ..Judged::default() } };
    court.chain();
    let rows = court.rows();
    for (i, row) in rows.iter().enumerate() {
        court.deadline(i, *row);
    }
    court.ended(&rows);
    court.judged
}

impl<'a> Court<'a> {
    fn found(&mut self, code: Code, rule: &str, office: &str, rung: Option<Rung>, date: Option<NaiveDate>) {
        let text = |day: Option<NaiveDate>| day.map_or_else(String::new, |day| day.to_string());
        self.judged.differences.push(Difference {
            case: self.evidence.entries.case.number.clone(),
            rule: rule.to_owned(),
            code,
            office: office.to_owned(),
            rung: rung.map_or_else(String::new, Rung::key),
            date: text(date),
            since: None,
        });
    }

    fn chain(&mut self) {
        let Evidence { entries, head, .. } = self.evidence;
        let number = &entries.case.number;
        let broken = !check_chain(number, &entries.own, head.as_ref()).is_empty()
            || check_case(number, entries.own.first(), Some(&entries.case)).is_some();
        if broken {
            self.found(Code::Chain, "", "", None, None);
        }
    }

    /// The row of each deadline, where the register has one; and whether the rows are those that follow.
    fn rows(&mut self) -> Vec<Option<&'a DeadlineRow>> {
        let evidence = self.evidence;
        let mut of: Vec<Option<&DeadlineRow>> = vec![None; self.known.findings.deadlines.len()];
        let mut stray = Vec::new();
        for row in &evidence.rows {
            match compare::position(row, &self.known.assembled, &self.known.findings) {
                Some(i) => {
                    of[i].get_or_insert(row);
                    if row.is_open && !self.known.findings.deadlines[i].is_open() {
                        stray.push(row);
                    }
                }
                None if row.status != GONE => stray.push(row),
                None => {}
            }
        }
        if !self.rows_are_settled() {
            return of;
        }
        for row in stray {
            self.found(Code::StrayRow, &row.rule, "", None, row.watched_by);
        }
        let deadlines = self.known.findings.deadlines.clone();
        for (deadline, row) in deadlines.iter().zip(&of).filter(|(deadline, _)| is_live(deadline)) {
            let (rule, date) = (deadline.rule.as_str(), deadline.watched_by());
            match row {
                None => self.found(Code::MissingRow, rule, "", None, date),
                Some(row) if deadline.is_open() && !row.is_open => self.found(Code::MissingRow, rule, "", None, date),
                Some(row) if !agrees(row, deadline) => self.found(Code::WrongDate, rule, "", None, date),
                Some(_) => {}
            }
        }
        of
    }

    /// Whether the rows have had the time to follow: the last entry, the last calendar and the day itself are older than the grace.
    fn rows_are_settled(&self) -> bool {
        let now = self.bench.registrar.now;
        let midnights =
            [DEFAULT_ZONE, self.measure.zone].map(|zone| day_begins(now.with_timezone(&zone).date_naive(), zone));
        let last = history::instants(&self.evidence.entries).first().copied().unwrap_or(now);
        let [first, second] = midnights;
        last.max(self.bench.basis.law).max(first).max(second) <= self.measure.asked
    }

    /// What was said under a key (rule, start, subject), in order.
    fn said(&self, key: (&str, &str, &str)) -> Vec<Said> {
        said::of_key(&self.evidence.said, key)
    }

    /// Compares one deadline that follows.
    fn deadline(&mut self, i: usize, row: Option<&DeadlineRow>) {
        let (deadline, stood) = (self.known.findings.deadlines[i].clone(), self.stood[i]);
        let derived = &self.known.keys[i];
        let said = self.said(row.map_or((&derived.0, &derived.1, &derived.2), key));
        let rule = deadline.rule.as_str();
        let mut asked = BTreeSet::new();
        // By the ladders that were in force when it opened.
        let ladders = self.evidence.policies.ladders(row.and_then(|row| row.policy.as_deref()));
        let measure = Measure { ladders, ..self.measure };
        if let Some(owed) = owed(&deadline, &stood, &measure) {
            for (office, of_superior) in self.offices(&owed) {
                asked.insert(office.clone());
                let Some(since) = self.reached_since(&office, owed.since, of_superior) else { continue };
                let of_office: Vec<&Said> = said.iter().filter(|said| said.office == office).collect();
                let due = Due {
                    date: deadline.watched_by(),
                    bar_of_others: deadline.kind() == Kind::Bar && office != WORKING_BODY,
                    since,
                    anew: owed.anew && !self.is_acknowledged(&owed, &deadline, row, &stood, &office),
                    asked: self.measure.asked,
                    said: &of_office,
                };
                let found = due.difference().map(|(code, since)| (code, Some(owed.rung), since));
                self.count(rule, &office, deadline.watched_by(), found);
            }
        }
        self.escalated(&deadline, row, &stood, &measure);
        // Of a bar that became longer hear those whom it concerns now.
        if deadline.kind() == Kind::Bar {
            return;
        }
        let Some(since) = date_owed_since(&deadline, &stood, &self.measure) else { return };
        let told: BTreeSet<String> = said.iter().map(|said| said.office.clone()).collect();
        for office in told.difference(&asked) {
            let Some(since) = self.reached_since(office, since, false) else { continue };
            let of_office: Vec<&Said> = said.iter().filter(|said| said.office == *office).collect();
            let (date, asked) = (deadline.watched_by(), self.measure.asked);
            let due = Due { date, bar_of_others: false, since, anew: false, asked, said: &of_office };
            let found = due.wrong_date().map(|since| (Code::WrongDate, Some(Rung::Moved), since));
            self.count(rule, office, date, found);
        }
    }

    /// Whether the superior heard, where nobody of the office asked has acknowledged although he had the time to.
    fn escalated(&mut self, deadline: &Deadline, row: Option<&DeadlineRow>, stood: &Stood, measure: &Measure<'_>) {
        let (Some(row), Some(owed)) = (row, escalation(deadline, stood, measure)) else { return };
        let evidence = self.evidence;
        let of_row = |said: &&SaidRow| (said.rule.as_str(), said.start_key.as_str(), said.subject.as_str()) == key(row);
        let sequence = format!("@{}", row.sequence);
        let in_time = |said: &SaidRow| said.office == owed.office && said.decided_at.utc() < owed.told_before;
        let had_time = evidence.said.iter().filter(of_row).any(|said| in_time(said) && said.rung.ends_with(&sequence));
        if !had_time || self.is_answered(row, stood, &owed.office) {
            return;
        }
        let superior = self.bench.directory.office(&owed.office).and_then(|office| office.superior.clone());
        let superior = superior.or_else(|| (owed.office != WORKING_BODY).then(|| WORKING_BODY.to_owned()));
        let Some(superior) = superior else { return };
        let Some(since) = self.reached_since(&superior, owed.since, true) else { return };
        let said = self.said(key(row));
        let of_superior: Vec<&Said> = said.iter().filter(|said| said.office == superior).collect();
        let (date, asked) = (deadline.watched_by(), measure.asked);
        let due = Due { date, bar_of_others: false, since, anew: true, asked, said: &of_superior };
        let found = due.difference().map(|(code, since)| (code, Some(Rung::Unacknowledged), since));
        self.count(deadline.rule.as_str(), &superior, date, found);
    }

    /// The acknowledgements of a deadline as it stands.
    fn living_acknowledgements(&self, row: &DeadlineRow, stood: &Stood) -> impl Iterator<Item = &AcknowledgedRow> {
        self.evidence.acknowledged.iter().filter(move |ack| {
            (ack.rule.as_str(), ack.start_key.as_str(), ack.subject.as_str()) == key(row)
                && (ack.sequence == row.sequence || ack.acknowledged_at.utc() >= stood.since)
        })
    }

    /// One comparison, and what it found.
    fn count(
        &mut self,
        rule: &str,
        office: &str,
        date: Option<NaiveDate>,
        found: Option<(Code, Option<Rung>, DateTime<Utc>)>,
    ) {
        self.judged.expected += 1;
        let Some((code, rung, since)) = found else {
            self.judged.accepted += 1;
            return;
        };
        self.found(code, rule, office, rung, date);
        if let Some(found) = self.judged.differences.last_mut() {
            found.since = Some(since);
        }
    }

    /// Closing lines: whoever was told of an act that is no longer owed heard that it is over; of a bar that ended the working
    /// body did.
    fn ended(&mut self, rows: &[Option<&'a DeadlineRow>]) {
        let evidence = self.evidence;
        let latest = history::instants(&evidence.entries).first().copied();
        for row in &evidence.rows {
            let position = rows.iter().position(|of| of.is_some_and(|of| of.deadline_id == row.deadline_id));
            let since = match position {
                Some(i) if is_live(&self.known.findings.deadlines[i]) => continue,
                Some(i) => Some(ended_at(&self.known.findings.deadlines[i], self.stood[i].since, self.measure.zone)),
                None => latest,
            };
            let (bar, act) = (row.kind == "bar", matches!(row.kind.as_str(), "duty" | "step"));
            let Some(since) = since.filter(|_| bar || act) else { continue };
            let recent = since > self.bench.registrar.now - TimeDelta::days(CLOSINGS_ASKED_DAYS);
            if !recent || since.max(self.bench.basis.law) > self.measure.asked || self.bench.basis.directory > since {
                continue;
            }
            let said = self.said(key(row));
            let mut last: BTreeMap<&str, &Said> = BTreeMap::new();
            last.extend(said.iter().map(|said| (said.office.as_str(), said)));
            for (office, said) in last {
                if bar && office != WORKING_BODY || !self.is_reached(office, since) {
                    continue;
                }
                let end = if bar { Rung::BarEnded } else { Rung::Closed };
                let missing = (said.rung != Some(end)).then_some((Code::Untold, Some(end), since));
                self.count(&row.rule, office, row.watched_by, missing);
            }
        }
    }

    /// The offices that the parties mean, each once; and whether one hears as somebody's superior.
    fn offices(&self, owed: &Owed) -> BTreeMap<String, bool> {
        let mut offices = BTreeMap::new();
        for party in &owed.to {
            match party {
                Party::Office(office) => {
                    offices.insert(office.clone(), false);
                }
                Party::SuperiorOf(office) => {
                    let superior = self.bench.directory.office(office).and_then(|office| office.superior.clone());
                    if let Some(superior) = superior {
                        offices.entry(superior).or_insert(true);
                    }
                }
                Party::AllTold => {}
            }
        }
        offices
    }

    /// Whether somebody stood behind an office when a letter of that instant was composed, as today's directory has it.
    fn is_reached(&self, office: &str, at: DateTime<Utc>) -> bool {
        let zone = self.bench.directory.office(office).map_or(DEFAULT_ZONE, |office| office.zone);
        let waits = TimeDelta::seconds(self.bench.registrar.config.letters.group_notices_seconds.into());
        let day = (at + waits).with_timezone(&zone).date_naive();
        !self.bench.directory.recipients_without(office, day, self.bench.flagged).to.is_empty()
    }

    /// From when an office could be told of what was owed since `since`: whom nobody stood behind is tried again on the mornings.
    fn reached_since(&self, office: &str, since: DateTime<Utc>, of_superior: bool) -> Option<DateTime<Utc>> {
        let Measure { asked, calendar, zone, .. } = self.measure;
        let unknown_then = self.bench.basis.directory > since;
        if !self.is_reached(office, asked) || unknown_then && of_superior {
            return None;
        }
        if !unknown_then && self.is_reached(office, since) {
            return Some(since);
        }
        let from = since.max(self.bench.basis.directory);
        let mut day = calendar.on_or_after(from.with_timezone(&zone).date_naive());
        for _ in 0..MORNINGS_BACK_MAX {
            let morning = self.measure.morning_of(day);
            if morning > asked {
                return None;
            }
            if morning > from && self.is_reached(office, morning) {
                return Some(morning);
            }
            day = calendar.working_days_after(day, 1);
        }
        None
    }

    /// Whether somebody behind the office has acknowledged the deadline as it stands: that stops the ordinary rungs, but for a
    /// right whose last 30 days run none, unless the register holds that the convict was informed.
    fn is_acknowledged(
        &self,
        owed: &Owed,
        deadline: &Deadline,
        row: Option<&DeadlineRow>,
        stood: &Stood,
        office: &str,
    ) -> bool {
        let ordinary = matches!(owed.rung, Rung::BeforeDays(_) | Rung::BeforeWorkingDays(_));
        let Some(row) = row.filter(|_| ordinary) else { return false };
        if let Term::Right(Right { until: Until::On(last), .. }) = deadline.term {
            let day = owed.since.with_timezone(&self.measure.zone).date_naive();
            let ahead = if let Rung::BeforeDays(n) = owed.rung { i64::from(n) } else { (last - day).num_days() };
            let informed = self.known.assembled.standing().any(|event| event.kind == EventKind::ConvictInformed);
            if ahead <= RIGHT_REMINDED_DAYS && !informed {
                return false;
            }
        }
        self.is_answered(row, stood, office)
    }

    /// Whether somebody acknowledged the deadline as it stands for the office, or whoever is written to in its place today.
    fn is_answered(&self, row: &DeadlineRow, stood: &Stood, office: &str) -> bool {
        let today = self.bench.registrar.today(self.measure.zone);
        let behind = self.bench.directory.recipients_without(office, today, self.bench.flagged).to;
        self.living_acknowledgements(row, stood)
            .any(|ack| ack.office == office || behind.iter().any(|one| one.address == ack.address))
    }
}

/// Rule, start and subject of a row.
fn key(row: &DeadlineRow) -> (&str, &str, &str) {
    (&row.rule, &row.start_key, &row.subject)
}

/// Whether a row holds the dates that follow.
fn agrees(row: &DeadlineRow, deadline: &Deadline) -> bool {
    let late_after = match deadline.term {
        Term::Duty(duty) => Some(duty.late_after()),
        _ => None,
    };
    (row.shown_on, row.watched_by, row.late_after) == (deadline.effective(), deadline.watched_by(), late_after)
}

/// When it was over: by the entry, or by the end of its last day.
fn ended_at(deadline: &Deadline, entered: DateTime<Utc>, zone: chrono_tz::Tz) -> DateTime<Utc> {
    match (&deadline.term, deadline.closed) {
        (Term::Bar(bar), None) => match bar.state {
            BarState::Ended { on } => on.succ_opt().map_or(entered, |day| entered.max(day_begins(day, zone))),
            BarState::Standing | BarState::InForce | BarState::InForceIndefinite => entered,
        },
        _ => entered,
    }
}
