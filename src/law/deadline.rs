//! `derive`: from a timeline to everything that follows from it.
//!
//! [`derive()`] reads like the decree: one named step for each group of paragraphs, in order. Every step pushes deadlines;
//! what holds for all of them (edition, repeal, calendar, the closing of the case) is said once, at the end.

use chrono::NaiveDate;

use super::bars;
use super::calendar::{Calendar, Trust};
use super::execution;
use super::finding::{
    Actor, CaseStatus, Closed, Condition, Deadline, DutyState, Findings, Step, StepState, Term, Warning, Warnings,
};
use super::forwarding;
use super::irregularity;
use super::moratorium::Moratoria;
use super::regulation::{EditionId, REPEALED_ON, RuleId};
use super::repeat;
use super::story::{Pair, Story, Told};
use super::term::{INTERNAL_CONTROL, dates};
use super::timeline::{EventKind, Moment, Sentence, Timeline};
use super::windows;

/// What is asked of a timeline besides its facts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Question {
    /// The day on which it is asked; it hides no event.
    pub as_of: Option<NaiveDate>,
    /// Only what stood in the register then.
    pub known_at: Option<Moment>,
    /// Model history: no rule for events from the repeal on.
    pub honour_repeal: bool,
}

/// Derives every deadline, condition, bar, status, irregularity and warning.
///
/// Facts are never refused: whatever the events say, something is found. Nothing found says that a sentence may be carried out.
pub fn derive(timeline: &Timeline, calendar: &Calendar, question: &Question) -> Findings {
    let story = Story::new(timeline, question.known_at);
    let is_sure = |event: &super::timeline::Event| !event.unconfirmed;
    let sure = (is_death(timeline) && !story.all().all(|t| is_sure(t.event))).then(|| story.only(is_sure));
    let mut findings = tell(story, calendar, question);
    // Two pairs of eyes: whatever an unconfirmed entry adds, no bar that stands without it falls away.
    if let Some(sure) = sure.and_then(|sure| tell(sure, calendar, question).execution)
        && let Some(execution) = &mut findings.execution
    {
        execution.stand_with(sure);
    }
    findings
}

/// What follows from a story, its unconfirmed entries taken as they are.
fn tell<'a>(story: Story<'a>, calendar: &'a Calendar, question: &Question) -> Findings {
    let Some((closing, before, after)) = reopened(&story) else {
        let closing = closing_event(&story);
        return Derivation::new(story, calendar, question).run(closing);
    };
    // The verdict was changed (or the case closed) and the story went on: two lives, the first one closed.
    let mut first = Derivation::new(before, calendar, question).run(Some(closing));
    let mut second = Derivation::new(after, calendar, question);
    second.earlier_life = first.execution.as_ref().map(|execution| execution.open.clone()).unwrap_or_default();
    let second = second.run(None);
    first.deadlines.extend(second.deadlines);
    first.irregularities.extend(second.irregularities);
    first.warnings.extend(second.warnings);
    let open_deadlines = first.deadlines.iter().filter(|d| d.is_open()).count();
    let case = CaseStatus { closed: second.case.closed, open_deadlines };
    Findings { conditions: second.conditions, execution: second.execution, case, ..first }
}

/// A43: the event that closed the case. In a death case it counts only when a second person has confirmed it.
fn closing_event<'a>(story: &Story<'a>) -> Option<Told<'a>> {
    let counts = |t: &Told<'a>| t.event.kind.closes() && !(t.event.unconfirmed && is_death(story.timeline));
    // Death is final, whatever else was entered.
    story.of(EventKind::ConvictDied).find(|t| counts(t)).or_else(|| story.all().rfind(counts))
}

/// The last closing after which the story goes on (a new verdict, a new petition), with the story before and after it.
fn reopened<'a>(story: &Story<'a>) -> Option<(Told<'a>, Story<'a>, Story<'a>)> {
    const GOES_ON: &[EventKind] = &[
        EventKind::VerdictInForce,
        EventKind::VerdictCopyHanded,
        EventKind::CassationRulingHanded,
        EventKind::PetitionAccepted,
        EventKind::RefusalDeclared,
        EventKind::RefusalActDrawn,
        EventKind::WindowRestored,
    ];
    const ANSWERS_A_CLOSING: &[EventKind] = &[EventKind::CourtNoticeReceived, EventKind::ExecutionReported];
    let last_start = story.of_any(GOES_ON).next_back()?.date();
    let counts = |t: &Told<'a>| t.event.kind.closes() && !(t.event.unconfirmed && is_death(story.timeline));
    let closing = story.all().rfind(|t| counts(t) && t.date() < last_start)?;
    if story.of(EventKind::ConvictDied).any(|t| counts(&t)) {
        return None;
    }
    let until = closing.date();
    let before = story.only(|e| e.date <= until || e.kind.is_nationwide() || ANSWERS_A_CLOSING.contains(&e.kind));
    let after = story.only(|e| e.date > until || e.kind.is_nationwide() || e.kind == EventKind::ConvictTransferred);
    Some((closing, before, after))
}

fn is_death(timeline: &Timeline) -> bool {
    timeline.sentence == Sentence::Death
}

/// One derivation in progress.
pub(super) struct Derivation<'a> {
    pub(super) story: Story<'a>,
    pub(super) calendar: &'a Calendar,
    pub(super) as_of: Option<NaiveDate>,
    pub(super) moratoria: Moratoria,
    pub(super) deadlines: Vec<Deadline>,
    pub(super) warnings: Warnings,
    /// What the life before a reopening left open for good.
    pub(super) earlier_life: Vec<super::finding::OpenBar>,
    honour_repeal: bool,
}

/// A case seldom has more deadlines than this; more only cost a reallocation.
const DEADLINES_USUAL: usize = 24;

impl<'a> Derivation<'a> {
    pub(super) fn new(story: Story<'a>, calendar: &'a Calendar, question: &Question) -> Self {
        let moratoria = if is_death(story.timeline) { Moratoria::of(&story) } else { Moratoria::default() };
        Self {
            story,
            calendar,
            as_of: question.as_of,
            moratoria,
            deadlines: Vec::with_capacity(DEADLINES_USUAL),
            warnings: Warnings::default(),
            earlier_life: Vec::new(),
            honour_repeal: question.honour_repeal,
        }
    }

    /// The decree, in its own order.
    fn run(mut self, closing: Option<Told<'a>>) -> Findings {
        self.article_2();
        let mut conditions = vec![self.paragraph_8()];
        if self.death() {
            windows::paragraph_9(&mut self);
            bars::paragraph_9(&mut self);
        }
        let conclusions = forwarding::paragraph_11(&mut self);
        if self.death() {
            conditions.push(forwarding::ready_for_commission(&self));
        }
        self.paragraph_12();
        let submissions = forwarding::paragraph_13(&mut self, &conclusions);
        self.paragraph_15();
        let wait = repeat::paragraph_16(&mut self, &submissions);
        self.paragraph_17();
        self.paragraph_18();
        self.paragraph_19();
        let irregularities = irregularity::all(&self, wait);
        let closed = closing.map(|c| Closed { on: c.date(), by: c.event.kind });
        self.close(closing);
        self.settle_editions();
        let execution = self.death().then(|| execution::finding(&self, closed, self.as_of));
        let open_deadlines = self.deadlines.iter().filter(|d| d.is_open()).count();
        for deadline in &self.deadlines {
            self.warnings.extend(deadline.warnings);
        }
        Findings {
            deadlines: self.deadlines,
            conditions,
            execution,
            case: CaseStatus { closed, open_deadlines },
            irregularities,
            warnings: self.warnings,
        }
    }

    pub(super) fn death(&self) -> bool {
        is_death(self.story.timeline)
    }

    /// Art. 2: two weeks for the proposals on the Commission's membership (A39). No event records them.
    fn article_2(&mut self) {
        if let Some(start) = self.story.first(EventKind::DecreeInForce) {
            let duty = forwarding::duty(self, RuleId::D2Commission, start.date(), None, None);
            self.push(RuleId::D2Commission, start, None, Term::Duty(duty));
        }
    }

    /// Para 8: petitions are considered only after the verdict is in force (A16: accepted and forwarded before it, too).
    fn paragraph_8(&self) -> Condition {
        let met = self.story.has(EventKind::VerdictInForce);
        let blocks: &[RuleId] = if met { &[] } else { &[RuleId::P13SubmitCommission] };
        Condition { rule: RuleId::P8InForce, met, missing: Vec::new(), blocks }
    }

    /// Para 12: verification has no term and no named end, and suspends nothing (A50).
    fn paragraph_12(&mut self) {
        let pairs = self.story.pair(&[EventKind::SentForVerification], &[EventKind::VerificationReturned], any);
        for pair in pairs {
            let code = pair.start.event.to.as_deref();
            self.push_step(RuleId::P12Verify, pair).actor =
                code.map_or(Some(Actor::WorkingBody), |code| Some(Actor::VerifyingBody(Some(code.into()))));
        }
    }

    /// Para 15: the notice to the petitioner (A36: it is no rejection).
    fn paragraph_15(&mut self) {
        let pairs = self.story.pair(&[EventKind::NoGroundsDecided], &[EventKind::PetitionerNotified], any);
        for pair in pairs {
            self.push_step(RuleId::P15Notice, pair);
        }
    }

    /// Para 17, for pardon and rejection decrees alike: in death cases two sendings, each with its own confirmation.
    fn paragraph_17(&mut self) {
        use EventKind::{DecreeDispatched, DecreeReceivedExec, DecreeReceivedPg, DecreeReceivedSc};
        let roads: &[(RuleId, EventKind, Addressee)] = if self.death() {
            &[
                (RuleId::P17DispatchSc, DecreeReceivedSc, Addressee::SupremeCourt),
                (RuleId::P17DispatchPg, DecreeReceivedPg, Addressee::ProsecutorGeneral),
            ]
        } else {
            &[(RuleId::P17DispatchExec, DecreeReceivedExec, Addressee::ExecutingBody)]
        };
        for &(rule, received, addressee) in roads {
            let sent = |_: &super::timeline::Event, end: &super::timeline::Event| Addressee::of(end) == addressee;
            let mut pairs = self.story.pair(DECREES, &[DecreeDispatched], sent);
            // A decree that has arrived was sent, whether the sending was recorded or not.
            self.story.answer(&mut pairs, &[received], any);
            for pair in pairs {
                self.push_step(rule, pair);
            }
        }
    }

    /// Para 18: reports on execution: of pardon decrees by the executing body, of a death sentence by the Prosecutor General.
    fn paragraph_18(&mut self) {
        if self.death() {
            let pairs = self.story.pair(&[EventKind::SentenceExecuted], &[EventKind::ExecutionReported], any);
            for pair in pairs {
                self.push_step(RuleId::P18ReportPg, pair);
            }
            return;
        }
        // Which decree was received: the receipt names it, or it is the oldest one not received.
        let receipts = self.story.pair(DECREES, &[EventKind::DecreeReceivedExec], any);
        let decree_of =
            |index: u32| receipts.iter().find(|p| p.end.is_some_and(|end| end.index == index)).map(|p| p.start);
        let pairs = self.story.pair(&[EventKind::DecreeReceivedExec], &[EventKind::ExecutionReported], any);
        for pair in pairs {
            let decree = decree_of(pair.start.index);
            if decree.is_some_and(|d| d.event.kind == EventKind::RejectionDecree) {
                continue;
            }
            let sent = decree.and_then(|d| self.story.answers_to(d.index, EventKind::DecreeDispatched));
            let code = pair.start.event.institution.as_deref().or(sent.and_then(|e| e.to.as_deref()));
            self.push_step(RuleId::P18Report, pair).actor = Some(Actor::ExecutingBody(code.map(Box::from)));
        }
    }

    /// Para 19: the court's notice. It starts with a closing event and outlives it.
    fn paragraph_19(&mut self) {
        let pairs = self.story.pair(&[EventKind::VerdictQuashedOrChanged], &[EventKind::CourtNoticeReceived], any);
        for pair in pairs {
            let code = pair.start.event.institution.as_deref().map(Box::from);
            self.push_step(RuleId::P19CourtNotice, pair).actor = Some(Actor::Court(code));
        }
    }

    /// Adds a deadline that an event started.
    pub(super) fn push(&mut self, rule: RuleId, start: Told<'a>, met_by: Option<u32>, term: Term) -> &mut Deadline {
        self.push_from(rule, start.date(), Some(start.index), met_by, term)
    }

    /// Adds a deadline that a day started.
    pub(super) fn push_from(
        &mut self,
        rule: RuleId,
        from: NaiveDate,
        started_by: Option<u32>,
        met_by: Option<u32>,
        term: Term,
    ) -> &mut Deadline {
        let code = self.story.institution_on(from);
        let deadline = Deadline {
            rule,
            from,
            started_by,
            met_by,
            subject: None,
            actor: Actor::of(rule.rule().owner, code),
            needs_human: None,
            also_alert: None,
            edition: None,
            edition_verified: false,
            warnings: Warnings::default(),
            superseded: Vec::new(),
            closed: None,
            term,
        };
        self.deadlines.push(deadline);
        let last = self.deadlines.len() - 1;
        &mut self.deadlines[last]
    }

    /// Adds a step: A38, no term in law, an internal control date one month on.
    pub(super) fn push_step(&mut self, rule: RuleId, pair: Pair<'a>) -> &mut Deadline {
        let step = self.step(rule, pair.start.date(), pair.ended_on());
        self.push(rule, pair.start, pair.end.map(|end| end.index), Term::Step(step))
    }

    pub(super) fn step(&self, rule: RuleId, from: NaiveDate, done_on: Option<NaiveDate>) -> Step {
        let dates = dates(rule.rule().kind, INTERNAL_CONTROL, from, self.calendar);
        let state = match (done_on, self.as_of) {
            (Some(on), _) => StepState::Done { on },
            (None, None) => StepState::Undone,
            (None, Some(as_of)) if as_of > dates.nominal => StepState::ControlPassed,
            (None, Some(_)) => StepState::Open,
        };
        Step { control: dates.nominal, control_alert_workday: dates.alert_workday, state }
    }

    /// A closing event ends every deadline but those that it starts; the death of the convict ends all.
    fn close(&mut self, closing: Option<Told<'a>>) {
        let Some(closing) = closing else { return };
        let closed = Closed { on: closing.date(), by: closing.event.kind };
        for deadline in &mut self.deadlines {
            let own = deadline.started_by == Some(closing.index) && closing.event.kind != EventKind::ConvictDied;
            // Also one that would begin later: a lifting of a moratorium, say, or the act after a window that closed with the case.
            if !own && !is_settled(&deadline.term, closed.on) {
                deadline.closed = Some(closed);
            }
        }
    }

    /// A45, A46: the edition of the starting day, whether its words are established, and the repeal; and the calendar's trust.
    fn settle_editions(&mut self) {
        let calendar = self.calendar;
        for deadline in &mut self.deadlines {
            let rule = deadline.rule.rule();
            deadline.edition = EditionId::on(deadline.from).or(Some(EditionId::R1996));
            deadline.edition_verified = deadline.edition >= Some(rule.established_from);
            if deadline.from < EditionId::R1996.from() {
                deadline.edition_verified = false;
                deadline.warnings.add(Warning::NoEditionInForce);
            }
            if !deadline.edition_verified {
                deadline.warnings.add(Warning::EditionTextNotEstablished);
            }
            if self.honour_repeal && deadline.from >= REPEALED_ON {
                deadline.edition = None;
                deadline.warnings = Warnings::default();
                deadline.warnings.add(Warning::NoEditionInForce);
                deadline.term = Term::NoEdition;
            } else if self.honour_repeal && deadline.effective().is_some_and(|day| day >= REPEALED_ON) {
                deadline.warnings.add(Warning::RuleRepealedBeforeExpiry);
            }
            match trust(&deadline.term, calendar) {
                Trust::Verified => {}
                Trust::Provisional => deadline.warnings.add(Warning::CalendarProvisional),
                Trust::Unknown => deadline.warnings.add(Warning::CalendarUnknown),
            }
        }
    }
}

/// The decrees of para 14.
pub(super) const DECREES: &[EventKind] = &[EventKind::RejectionDecree, EventKind::PardonDecree];

/// Any end answers any start.
pub(super) fn any(_: &super::timeline::Event, _: &super::timeline::Event) -> bool {
    true
}

/// To whom a decree was sent (para 17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Addressee {
    SupremeCourt,
    ProsecutorGeneral,
    ExecutingBody,
}

impl Addressee {
    /// The addressee that a dispatch names. One without a name can only mean the single addressee of para 17(2).
    pub(super) fn of(event: &super::timeline::Event) -> Self {
        match event.to.as_deref() {
            Some("supreme_court" | "sc") => Self::SupremeCourt,
            Some("prosecutor_general" | "pg") => Self::ProsecutorGeneral,
            Some(_) | None => Self::ExecutingBody,
        }
    }
}

/// Whether a term was met, used or over before the case was closed on `day`, so that the closing ends nothing.
fn is_settled(term: &Term, day: NaiveDate) -> bool {
    use super::finding::{BarState, RightState, WaitState};
    match term {
        Term::Duty(duty) => {
            matches!(duty.state, DutyState::OnTime { on } | DutyState::Late { on, .. } if on <= day)
        }
        Term::Step(step) => matches!(step.state, StepState::Done { on } if on <= day),
        Term::Right(right) => match right.state {
            RightState::Exercised { on } => on <= day,
            RightState::ExpiredUnused => right.rolled < day,
            RightState::Restored { .. } | RightState::Unused | RightState::Open | RightState::OpenIndefinite => false,
        },
        Term::Bar(bar) => matches!(bar.state, BarState::Ended { on } if on <= day),
        Term::Wait(wait) => matches!(wait.state, WaitState::Over | WaitState::Exempt) && wait.nominal < day,
        Term::NoEdition => true,
    }
}

fn trust(term: &Term, calendar: &Calendar) -> Trust {
    use super::finding::Extent;
    let worst = |days: &[NaiveDate]| days.iter().map(|d| calendar.trust(*d)).max().unwrap_or(Trust::Verified);
    match term {
        Term::Duty(duty) => worst(&[duty.nominal, duty.late_after(), duty.alert_workday]),
        Term::Right(right) => worst(&[right.nominal, right.rolled]),
        Term::Bar(bar) => match bar.extent {
            Extent::Dated { nominal, rolled } => worst(&[nominal, rolled]),
            Extent::Open => Trust::Verified,
        },
        Term::Step(step) => worst(&[step.control, step.control_alert_workday]),
        Term::Wait(_) | Term::NoEdition => Trust::Verified,
    }
}
