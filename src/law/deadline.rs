//! `derive`: from a timeline to everything that follows from it.
//!
//! [`derive()`] reads like the decree: one named step for each group of paragraphs, in order. Every step pushes deadlines;
//! what holds for all of them (edition, repeal, calendar, the closing of the case) is said once, at the end.

use chrono::NaiveDate;

use super::calendar::Calendar;
use super::derivation::{DECREES, Derivation, any, is_death};
use super::finding::{Actor, CaseStatus, Closed, Condition, Findings, Term};
use super::regulation::RuleId;
use super::story::{Story, Told};
use super::timeline::{Event, EventKind, Moment, Timeline};
use super::{bars, execution, forwarding, irregularity, repeat, windows};

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
    let is_sure = |event: &Event| !event.unconfirmed;
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

impl<'a> Derivation<'a> {
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
            let sent = |_: &Event, end: &Event| Addressee::of(end) == addressee;
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
    pub(super) fn of(event: &Event) -> Self {
        match event.to.as_deref() {
            Some("supreme_court" | "sc") => Self::SupremeCourt,
            Some("prosecutor_general" | "pg") => Self::ProsecutorGeneral,
            Some(_) | None => Self::ExecutingBody,
        }
    }
}
