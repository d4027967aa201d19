//! What a due deadline comes to: its case derived anew, the rung to be told, and the line a letter prints of it.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::alert::{self, Context, Planned, Rung};
use crate::law::calendar::Calendar;
use crate::law::finding::{
    Deadline, Findings, NeedsHuman, PetitionStatus, Right, Term, Until, Wait, WaitState, Warning,
};
use crate::law::period::{MissingDay, Period};
use crate::law::regulation::{Kind, RuleId};
use crate::law::timeline::{Event, EventKind};
use crate::letter::{self, Irregularity, Length, Line, Names, Owner, Unconfirmed};
use crate::offices::Directory;
use crate::register::assemble::Assembled;
use crate::store::DeadlineRow;

/// A case as it stands on the day of composing.
#[derive(Debug)]
pub struct Case {
    /// Its events.
    pub assembled: Assembled,
    /// What follows from them today.
    pub findings: Findings,
    /// The office in which the convict is held.
    pub institution: String,
    /// The civil day in the case's zone.
    pub today: NaiveDate,
}

/// A deadline whose alert is due.
#[derive(Debug)]
pub struct Matter {
    /// The row as it was read.
    pub row: DeadlineRow,
    /// Its case.
    pub case: Arc<Case>,
    /// The deadline among the case's findings; none when it no longer follows.
    pub deadline: Option<usize>,
    /// What is told.
    pub rung: Rung,
    /// What was planned, and for when.
    pub planned: Planned,
    /// Nothing is to be told any more: it ended by the passing of time.
    pub silent: bool,
    /// What is planned after it.
    pub next: Option<Planned>,
    /// An ordinary repeat: whoever has acknowledged is spared it.
    pub spares_who_acknowledged: bool,
    /// The superior hears, if nobody of the office has acknowledged.
    pub escalates: bool,
    /// Days off between the nominal and the rolled day.
    skipped: Vec<(NaiveDate, String)>,
    /// Hand-overs that the register lacks.
    missing: Vec<&'static str>,
    petitions: Vec<NaiveDate>,
    days_late: u32,
    ended_by: &'static str,
}

impl Matter {
    /// Judges a due row by its case as it stands.
    pub fn judge(row: DeadlineRow, case: &Arc<Case>, context: &Context<'_>) -> Self {
        let deadline = crate::register::compare::position(&row, &case.assembled, &case.findings);
        let rung = row.next_rung.as_deref().and_then(Rung::from_key).unwrap_or(Rung::Opened);
        let planned = Planned { at: row.next_alert_at.map_or(context.now, crate::store::Instant::utc), rung };
        let found = deadline.map(|i| &case.findings.deadlines[i]);
        let (told, next) = found.map_or((Some(rung), None), |deadline| alert::due(deadline, &planned, context));
        let mut matter = Self {
            row,
            case: Arc::clone(case),
            deadline,
            rung: told.unwrap_or(rung),
            planned,
            silent: told.is_none(),
            next,
            spares_who_acknowledged: false,
            escalates: false,
            skipped: Vec::new(),
            missing: Vec::new(),
            petitions: Vec::new(),
            days_late: 0,
            ended_by: letter::ENTRY_STRUCK,
        };
        matter.gather(context.calendar);
        matter.ask_for_answers(context);
        matter
    }

    /// A row that no alert is due for, as it stands today.
    pub fn as_it_stands(row: DeadlineRow, case: &Arc<Case>, context: &Context<'_>) -> Self {
        let mut matter = Self::judge(row, case, context);
        let rung = match matter.found().map(|deadline| deadline.term) {
            Some(Term::Right(Right { until: Until::Open, .. }) | Term::Wait(_)) => Rung::Opened,
            // What is said is counted today, whatever the rung.
            _ => Rung::BeforeWorkingDays(0),
        };
        (matter.rung, matter.silent) = (rung, false);
        matter
    }

    fn gather(&mut self, calendar: &Calendar) {
        let case = Arc::clone(&self.case);
        let Some(deadline) = self.found() else { return };
        let standing: Vec<_> = case.assembled.standing().collect();
        let has = |kind: EventKind| standing.iter().any(|e| e.kind == kind);
        let missing = [EventKind::VerdictCopyHanded, EventKind::CassationRulingHanded].into_iter().filter(|k| !has(*k));
        let missing = missing.map(EventKind::as_str).collect();
        let ends = [rolled(deadline), deadline.watched_by()];
        let skipped = match (nominal(deadline), ends[0]) {
            (Some(nominal), Some(rolled)) => days_off(nominal, rolled, calendar),
            _ => Vec::new(),
        };
        let petitions = standing.iter().filter(|e| e.kind == EventKind::PetitionAccepted && e.date > deadline.from);
        let petitions = petitions.map(|e| e.date).collect();
        let late = match &deadline.term {
            Term::Duty(duty) => (case.today - duty.late_after()).num_days(),
            Term::Step(step) => (case.today - step.control).num_days(),
            _ => 0,
        };
        let last = |kinds: &[EventKind]| standing.iter().rev().find(|e| kinds.contains(&e.kind)).map(|e| e.kind);
        let lifted = match deadline.term {
            Term::Wait(Wait { state: WaitState::Lifted { .. }, .. }) => last(&[EventKind::NewCircumstancesRecognised]),
            Term::Wait(Wait { state: WaitState::Exempt, .. }) => {
                last(&[EventKind::PardonDecree, EventKind::MoratoriumLifted, EventKind::MoratoriumDeclared])
            }
            _ => None,
        };
        let met = deadline.met_by.and_then(|i| case.assembled.timeline.events.get(i as usize - 1)).map(|e| e.kind);
        let by = deadline.closed.map(|closed| closed.by).or(met).or(lifted);
        self.missing = missing;
        self.skipped = skipped;
        self.petitions = petitions;
        self.days_late = u32::try_from(late.max(0)).unwrap_or(u32::MAX);
        if let Some(by) = by {
            self.ended_by = by.as_str();
        }
    }

    fn ask_for_answers(&mut self, context: &Context<'_>) {
        let Some(deadline) = self.deadline.map(|i| &self.case.findings.deadlines[i]).filter(|_| !self.silent) else {
            return;
        };
        let informed = |event: &Event| event.kind == EventKind::ConvictInformed && event.date >= deadline.from;
        let informed = self.case.assembled.standing().any(informed);
        let today = self.case.today;
        let spares = alert::acknowledgement_stops(deadline, self.rung, today, informed);
        let escalates = alert::escalates(deadline, self.rung, today, context);
        (self.spares_who_acknowledged, self.escalates) = (spares, escalates);
    }

    /// The deadline as it stands.
    pub fn found(&self) -> Option<&Deadline> {
        self.deadline.map(|i| &self.case.findings.deadlines[i])
    }

    /// The rule.
    pub fn rule(&self) -> Option<RuleId> {
        self.row.rule.parse().ok()
    }

    /// The key of the alert: another one each time the date was recalculated or the deadline began anew. Whoever was told that
    /// a bar lengthened need not be told that it opened.
    pub fn rung_key(&self) -> String {
        let rung = if self.rung == Rung::Lengthened { Rung::Opened } else { self.rung };
        format!("{}@{}", rung.key(), self.row.sequence)
    }

    /// The date the alert speaks of, as a key.
    pub fn about(&self) -> String {
        self.row.watched_by.map_or_else(String::new, |day| day.to_string())
    }

    /// The offices that hear, before the directory is asked.
    pub fn audience(&self) -> Vec<alert::Party> {
        match self.found() {
            _ if self.silent => Vec::new(),
            Some(deadline) => alert::audience(deadline, self.rung, &self.case.institution),
            None if self.rung == Rung::BarEnded => vec![alert::Party::Office("working_body".to_owned())],
            None => vec![alert::Party::AllTold],
        }
    }

    /// Whether a human must first say whose act it is.
    pub fn is_undecided(&self) -> bool {
        self.found().is_some_and(|deadline| deadline.needs_human.is_some())
    }

    /// Whether its reader can say that he knows of it: it stands, and it asks something of somebody.
    pub fn can_be_acknowledged(&self) -> bool {
        let stands = |deadline: &Deadline| {
            deadline.is_open() || matches!(deadline.term, Term::Wait(Wait { state: WaitState::Running, .. }))
        };
        self.rung != Rung::Closed
            && self.found().is_some_and(|deadline| deadline.kind() != Kind::Bar && stands(deadline))
    }

    /// The line a letter prints; none for a rule that this program does not know.
    pub fn line<'a>(&'a self, directory: &'a Directory, calendar: &Calendar) -> Option<Line<'a>> {
        let rule = self.rule()?;
        let (law, words) = (rule.rule(), &rule.provision().words);
        let found = self.found();
        let step = match found.map(|d| &d.term) {
            Some(Term::Step(step)) => Some(step),
            _ => None,
        };
        let duty = match found.map(|d| &d.term) {
            Some(Term::Duty(duty)) => Some(duty),
            _ => None,
        };
        let alert_workday = duty.map(|d| d.alert_workday).or(step.map(|s| s.control_alert_workday));
        let shown = self.row.watched_by.filter(|_| !(law.kind == Kind::Bar && self.rung == Rung::BarEnded));
        let free_from = found.and_then(|d| match d.term {
            Term::Wait(wait) => Some(wait.eligible_from),
            _ => None,
        });
        let target = alert_workday.or(shown).filter(|day| *day >= self.case.today && law.kind != Kind::Bar);
        let left = target.map(|day| calendar.working_days_between(self.case.today, day));
        Some(Line {
            case_number: &self.row.case_number,
            rule_id: &self.row.rule,
            paragraph: law.paragraph,
            words: Names { kk: words.kk, ru: words.ru, en: words.en },
            russian_is_own_translation: !words.ru_official,
            kind: letter_kind(law.kind),
            rung: self.letter_rung(found, calendar),
            owed_by: self.owner(directory),
            from: self.row.from_day,
            from_event: self.starting_event(found),
            starting_event_id: &self.row.start_key,
            shown,
            safe: duty.map(|d| d.safe),
            alert_workday,
            nominal: found.and_then(nominal),
            late_after: self.row.late_after,
            free_from,
            length: length(law.kind, law.length, rule, self.row.from_day, shown),
            non_working_days: self.skipped.iter().map(|(day, name)| (*day, name.as_str())).collect(),
            month_end_clamped: law.length.is_some_and(|length| length.needs_missing_day(self.row.from_day)),
            working_days_left: left.and_then(|n| u32::try_from(n).ok()),
            warnings: found.map(|deadline| self.warnings(deadline)).unwrap_or_default(),
            irregularities: self.irregularities(),
            unconfirmed: self.unconfirmed(),
            ended_by: law.met_by.iter().map(|kind| kind.as_str()).collect(),
            acknowledge_url: None,
            sequence: u32::try_from(self.row.sequence).unwrap_or(u32::MAX),
        })
    }

    fn letter_rung<'a>(&'a self, found: Option<&Deadline>, calendar: &Calendar) -> letter::Rung<'a> {
        use letter::Rung as Told;
        let endless = matches!(found.map(|d| &d.term), Some(Term::Right(right)) if right.until == Until::Open);
        match self.rung {
            Rung::Opened if endless => Told::OpenIndefinite,
            Rung::Opened => Told::Opened,
            Rung::Lengthened => Told::Lengthened,
            Rung::BeforeDays(_)
            | Rung::BeforeWorkingDays(_)
            | Rung::Unacknowledged
            | Rung::AlertWorkday
            | Rung::LastDay
            | Rung::ControlDate => self.countdown(found, calendar),
            Rung::Overdue(_) => Told::Overdue { days: self.days_late },
            Rung::DayAfter => Told::AfterRight { missing: self.missing.clone() },
            Rung::FirstDay => Told::Ripened { petitions: self.petitions.clone() },
            Rung::AfterControl(_) => Told::ControlPassed { weeks: self.days_late / 7 },
            Rung::Moved => Told::Moved {
                old: self.row.told_shown,
                reason: match self.row.change.as_deref() {
                    Some("event") | None => "superseded",
                    Some("confirm") => "confirmed",
                    Some("replan") => "calendar",
                    Some(reason) if letter::REASONS.contains(&reason) => reason,
                    Some(_) => "other",
                },
            },
            Rung::Closed => Told::Closed { by: self.ended_by },
            Rung::BarEnded => {
                let execution = self.case.findings.execution.as_ref();
                Told::BarEnded {
                    open: execution.map(|e| e.open.iter().map(|bar| bar.as_str()).collect()).unwrap_or_default(),
                    unknown: execution
                        .map(|e| e.unknown.iter().map(|fact| fact.as_str()).collect())
                        .unwrap_or_default(),
                }
            }
        }
    }

    /// What is left, counted today: a rung told late (after an outage, or of an old entry) says what is true now.
    fn countdown<'a>(&'a self, found: Option<&Deadline>, calendar: &Calendar) -> letter::Rung<'a> {
        use letter::Rung as Told;
        let today = self.case.today;
        let in_days = matches!(self.rung, Rung::BeforeDays(_));
        let before = |day: NaiveDate| {
            let working = u32::try_from(calendar.working_days_between(today, day)).unwrap_or(0);
            let days = u32::try_from((day - today).num_days()).unwrap_or(0);
            if in_days || working == 0 { Told::BeforeDays(days) } else { Told::BeforeWorkingDays(working) }
        };
        match found.map(|d| d.term) {
            Some(Term::Duty(duty)) => {
                let last = if calendar.is_working(duty.nominal) { duty.nominal } else { duty.rolled };
                match today {
                    today if today == last => Told::LastDay,
                    today if today < duty.alert_workday => before(duty.alert_workday),
                    today if today == duty.alert_workday => Told::AlertWorkday,
                    today if today < last => before(last),
                    today if today <= duty.late_after() => before(duty.late_after()),
                    _ => Told::Overdue { days: self.days_late },
                }
            }
            Some(Term::Right(Right { until: Until::On(last), .. })) => match today {
                today if today == last => Told::LastDay,
                today if today < last => before(last),
                _ => Told::AfterRight { missing: self.missing.clone() },
            },
            Some(Term::Step(step)) if today < step.control_alert_workday => {
                let working = calendar.working_days_between(today, step.control_alert_workday);
                Told::BeforeWorkingDays(u32::try_from(working).unwrap_or(0))
            }
            Some(Term::Step(step)) if today > step.control => Told::ControlPassed { weeks: self.days_late / 7 },
            _ => Told::ControlDate,
        }
    }

    fn owner<'a>(&'a self, directory: &'a Directory) -> Owner<'a> {
        if self.is_undecided() {
            return Owner { actor: "undecided", names: None };
        }
        let actor = match self.row.actor.as_deref() {
            // A right's reader is whoever must tell the convict: the institution that holds him now.
            _ if self.row.kind == "right" => self.case.institution.as_str(),
            Some("institution") | None => self.case.institution.as_str(),
            Some("executing_body") => "executing_body:*",
            Some("court") => "court:*",
            Some("verifying_body") => "verifying_body:*",
            Some(actor) => actor,
        };
        let names = directory.office(actor).map(|office| {
            let name = &office.name;
            Names { kk: &name.kk, ru: &name.ru, en: &name.en }
        });
        Owner { actor, names }
    }

    fn starting_event(&self, found: Option<&Deadline>) -> &'static str {
        let assembled = &self.case.assembled;
        let event = found.and_then(|d| d.started_by).and_then(|i| assembled.timeline.events.get(i as usize - 1));
        // What no longer follows began with an entry that stands struck in the register.
        let struck = || assembled.origins.iter().position(|origin| origin.root_id == self.row.start_key);
        match event.or_else(|| struck().and_then(|i| assembled.timeline.events.get(i))) {
            Some(event) => event.kind.as_str(),
            None => self.rule().and_then(|r| r.rule().starts.first().copied()).map_or("case_closed", EventKind::as_str),
        }
    }

    /// The law's warnings, and what a human must decide.
    fn warnings(&self, deadline: &Deadline) -> Vec<&'static str> {
        let mut warnings: Vec<&'static str> = deadline.warnings.iter().map(Warning::as_str).collect();
        let start = deadline.started_by.and_then(|i| self.case.assembled.timeline.events.get(i as usize - 1));
        if start.is_some_and(|event| event.unconfirmed) {
            warnings.push("unconfirmed");
        }
        warnings.extend(deadline.needs_human.map(NeedsHuman::as_str));
        if let Term::Wait(wait) = &deadline.term
            && wait.petition == Some(PetitionStatus::AttachedNeedsHumanDecision)
        {
            warnings.push(PetitionStatus::AttachedNeedsHumanDecision.as_str());
        }
        warnings
    }

    fn irregularities(&self) -> Vec<Irregularity<'static>> {
        let mut codes: Vec<&'static str> = self.case.findings.irregularities.iter().map(|i| i.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        codes.into_iter().map(|code| Irregularity { code }).collect()
    }

    fn unconfirmed(&self) -> Vec<Unconfirmed<'static>> {
        let waiting = self.case.assembled.standing().filter(|event| event.unconfirmed);
        waiting.map(|event| Unconfirmed { event: event.kind.as_str(), on: event.date }).collect()
    }
}

fn letter_kind(kind: Kind) -> letter::Kind {
    match kind {
        Kind::Duty => letter::Kind::Duty,
        Kind::Right => letter::Kind::Right,
        Kind::Bar => letter::Kind::Bar,
        Kind::Wait => letter::Kind::Wait,
        Kind::Step | Kind::Condition => letter::Kind::Step,
    }
}

/// The length as a letter says it; the wait has one of two.
fn length(kind: Kind, length: Option<Period>, rule: RuleId, from: NaiveDate, shown: Option<NaiveDate>) -> Length {
    use crate::law::regulation::{WAIT_GRAVE, WAIT_OTHER};
    let of = |period: Period| match period {
        Period::Days(n) => Length::Days(n.into()),
        Period::Weeks(n) => Length::Weeks(n.into()),
        Period::Months(n) => Length::Months(n.into()),
        Period::Years(n) => Length::Years(n.into()),
    };
    match (length, kind) {
        (Some(period), _) => of(period),
        (None, Kind::Bar) => Length::UntilEvent,
        (None, _) if rule == RuleId::P16Wait => {
            let other = Some(WAIT_OTHER.after(from, MissingDay::LastOfMonth));
            of(if shown == other { WAIT_OTHER } else { WAIT_GRAVE })
        }
        (None, _) => Length::None,
    }
}

fn nominal(deadline: &Deadline) -> Option<NaiveDate> {
    use crate::law::finding::Extent;
    match &deadline.term {
        Term::Duty(duty) => Some(duty.nominal),
        Term::Right(right) => Some(right.nominal),
        Term::Bar(bar) => match bar.extent {
            Extent::Dated { nominal, .. } => Some(nominal),
            Extent::Open => None,
        },
        Term::Wait(wait) => Some(wait.nominal),
        Term::Step(_) | Term::NoEdition => None,
    }
}

fn rolled(deadline: &Deadline) -> Option<NaiveDate> {
    match &deadline.term {
        Term::Duty(duty) => Some(duty.rolled),
        Term::Right(right) => Some(right.rolled),
        Term::Bar(_) => deadline.effective(),
        Term::Wait(_) | Term::Step(_) | Term::NoEdition => None,
    }
}

fn days_off(nominal: NaiveDate, rolled: NaiveDate, calendar: &Calendar) -> Vec<(NaiveDate, String)> {
    let days = nominal.iter_days().take_while(|day| *day < rolled);
    days.map(|day| (day, calendar.name(day).unwrap_or_default().to_owned())).collect()
}
