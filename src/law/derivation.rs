//! A derivation in progress: the story, the deadlines found so far, and what holds for every deadline whatever its paragraph
//! (edition, repeal, the calendar's trust, the closing of the case).

use chrono::NaiveDate;

use super::calendar::{Calendar, Trust};
use super::deadline::Question;
use super::finding::{
    Actor, BarState, Closed, Deadline, DutyState, Extent, OpenBar, RightState, Step, StepState, Term, WaitState,
    Warning, Warnings,
};
use super::moratorium::Moratoria;
use super::regulation::{EditionId, REPEALED_ON, RuleId};
use super::story::{Pair, Story, Told};
use super::term::{INTERNAL_CONTROL, dates};
use super::timeline::{Event, EventKind, Sentence, Timeline};

pub(super) fn is_death(timeline: &Timeline) -> bool {
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
    pub(super) earlier_life: Vec<OpenBar>,
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

    pub(super) fn death(&self) -> bool {
        is_death(self.story.timeline)
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
    pub(super) fn close(&mut self, closing: Option<Told<'a>>) {
        let Some(closing) = closing else { return };
        let closed = Closed { on: closing.date(), by: closing.event.kind };
        let is_own = |deadline: &Deadline| {
            deadline.started_by == Some(closing.index) && closing.event.kind != EventKind::ConvictDied
        };
        // What would begin later does not begin: the year after a later lifting, say, or the act after a window that closed with
        // the case.
        self.deadlines.retain(|deadline| deadline.from <= closed.on || is_own(deadline));
        for deadline in &mut self.deadlines {
            let own = is_own(deadline);
            if !own && !is_settled(&deadline.term, closed.on) {
                deadline.closed = Some(closed);
            }
        }
    }

    /// A45, A46: the edition of the starting day, whether its words are established, and the repeal; and the calendar's trust.
    pub(super) fn settle_editions(&mut self) {
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
pub(super) fn any(_: &Event, _: &Event) -> bool {
    true
}

/// Whether a term was met, used or over before the case was closed on `day`, so that the closing ends nothing.
fn is_settled(term: &Term, day: NaiveDate) -> bool {
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
