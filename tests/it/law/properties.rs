//! What holds for every timeline, not only for the examples.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use keshirim::law::finding::{Execution, ExecutionFinding, Findings, OpenBar, UnknownFact};
use keshirim::law::period::{MissingDay, Period};
use keshirim::law::regulation::{Kind, RuleId};
use keshirim::law::term::dates;
use keshirim::law::timeline::{CrimeCategory, Event, EventKind, Sentence, Subject, Timeline};
use keshirim::law::{Question, derive, facts, wire};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use super::{CALENDAR, day};

/// Days inside the known calendar with room for a year behind them.
fn known_day() -> impl Strategy<Value = NaiveDate> {
    (0u64..11_200).prop_map(|n| day("1996-01-01") + Days::new(n))
}

/// Days on which a case can move: close together, so that terms overlap, end and are overtaken.
fn case_day() -> impl Strategy<Value = NaiveDate> {
    (0u64..1500).prop_map(|n| day("2002-06-01") + Days::new(n))
}

fn period() -> impl Strategy<Value = Period> {
    prop_oneof![
        (0u16..400).prop_map(Period::Days),
        (0u16..60).prop_map(Period::Weeks),
        (0u16..40).prop_map(Period::Months),
        (0u16..5).prop_map(Period::Years),
    ]
}

/// The events on which the bars of para 9 turn: half of all that are drawn, so that whole stories come about.
const OF_PARAGRAPH_9: &[EventKind] = &[
    EventKind::VerdictInForce,
    EventKind::VerdictCopyHanded,
    EventKind::CassationRulingHanded,
    EventKind::PetitionAccepted,
    EventKind::RefusalActDrawn,
    EventKind::RefusalMaterialsConsidered,
    EventKind::RejectionDecree,
    EventKind::DecreeReceivedSc,
    EventKind::DecreeReceivedPg,
    EventKind::MoratoriumDeclared,
    EventKind::MoratoriumLifted,
    EventKind::WindowRestored,
];

/// A day to ask about, also long after everything has ended.
fn asked_on() -> impl Strategy<Value = NaiveDate> {
    (0u64..3000).prop_map(|n| day("2002-06-01") + Days::new(n))
}

fn event() -> impl Strategy<Value = Event> {
    let more =
        (0u64..200, any::<bool>(), select(vec![None, Some("supreme_court"), Some("prosecutor_general"), Some("B")]));
    let subject = select(vec![None, None, Some(Subject::Petition), Some(Subject::RefusalAct)]);
    (prop_oneof![select(EventKind::ALL), select(OF_PARAGRAPH_9)], case_day(), more, subject).prop_map(
        |(kind, date, (delay, repeat, to), subject)| {
            let mut event = Event::new(kind, date);
            if kind.is_nationwide() {
                event.in_force = Some(date + Days::new(delay));
            }
            event.repeat = repeat;
            event.to = to.map(Box::from);
            event.subject = subject;
            event
        },
    )
}

/// A timeline of up to 16 events, no two of one kind on one day: twins that differ only by their place in the journal are
/// nothing anyone could tell apart. A quarter of the events name what they answer. Half of the timelines hold a whole refusal,
/// from the entry into force to its consideration: without it something always bars.
fn refusal() -> impl Strategy<Value = Vec<Event>> {
    const WHOLE: [EventKind; 4] = [
        EventKind::VerdictInForce,
        EventKind::VerdictCopyHanded,
        EventKind::RefusalActDrawn,
        EventKind::RefusalMaterialsConsidered,
    ];
    prop::option::of(prop::collection::vec(case_day(), 4)).prop_map(|days| {
        let mut days = days.unwrap_or_default();
        days.sort_unstable();
        WHOLE.into_iter().zip(days).map(|(kind, date)| Event::new(kind, date)).collect()
    })
}

fn timeline() -> impl Strategy<Value = Timeline> {
    let sentence = select(vec![Sentence::Death, Sentence::Death, Sentence::Imprisonment, Sentence::Other]);
    let category = select(vec![None, Some(CrimeCategory::Other), Some(CrimeCategory::Grave)]);
    let answers = prop::collection::vec((0u8..4, any::<Index>()), 16);
    let events =
        (prop::collection::vec(event(), 0..12), refusal()).prop_map(|(events, refusal)| [events, refusal].concat());
    (sentence, category, events, answers).prop_map(|(sentence, crime_category, events, answers)| {
        let mut seen = BTreeMap::new();
        for event in events {
            seen.entry((event.date.pred_opt(), event.kind)).or_insert(event);
        }
        let mut events: Vec<Event> = seen.into_values().collect();
        let count = events.len();
        for (at, (chance, index)) in answers.into_iter().take(count).enumerate() {
            let named = index.index(count);
            if chance == 0 && named != at {
                events[at].answers = u32::try_from(named + 1).ok();
            }
        }
        Timeline { sentence, crime_category, zone: facts::ZONE_DEFAULT, institution: None, events }
    })
}

fn question(as_of: Option<NaiveDate>) -> Question {
    Question { as_of, ..Question::default() }
}

fn find(timeline: &Timeline, as_of: Option<NaiveDate>) -> Findings {
    derive(timeline, &CALENDAR, &question(as_of))
}

fn text(findings: &Findings) -> Value {
    serde_json::to_value(wire::Answer { id: None, findings }).unwrap()
}

/// The timeline without the event at `gone` (0-based); what answered it answers nothing in particular.
fn without(timeline: &Timeline, gone: usize) -> Timeline {
    let mut rest = timeline.clone();
    rest.events.remove(gone);
    for event in &mut rest.events {
        event.answers = match event.answers.map(|n| n as usize - 1) {
            Some(n) if n == gone => None,
            Some(n) if n > gone => u32::try_from(n).ok(),
            _ => event.answers,
        };
    }
    rest
}

/// The findings with every event index replaced, as a set of texts.
fn findings_as_set(findings: &Findings, name: impl Fn(u32) -> u32) -> Vec<String> {
    let mut set = Vec::new();
    for deadline in &findings.deadlines {
        let mut deadline = deadline.clone();
        deadline.started_by = deadline.started_by.map(&name);
        deadline.met_by = deadline.met_by.map(&name);
        set.push(format!("{deadline:?}"));
    }
    for irregularity in &findings.irregularities {
        set.push(format!("{} {} {}", irregularity.paragraph, irregularity.code, name(irregularity.event)));
    }
    set.push(format!("{:?} {:?} {:?} {:?}", findings.conditions, findings.execution, findings.case, findings.warnings));
    set.sort_unstable();
    set
}

/// The finding may hold these strings, days and nothing else: no boolean, no sentence of its own.
fn only_known_words(execution: &Value) {
    let known = |text: &str| {
        OpenBar::NAMES.contains(&text) || UnknownFact::NAMES.contains(&text) || ExecutionFinding::NAMES.contains(&text)
    };
    match execution {
        Value::Object(fields) => fields.values().for_each(only_known_words),
        Value::Array(list) => list.iter().for_each(only_known_words),
        Value::String(text) => assert!(known(text) || text.parse::<NaiveDate>().is_ok(), "{text}"),
        Value::Null => {}
        other => panic!("{other} in a finding about execution"),
    }
}

/// Words by which a reader could take a finding for a permission.
const PERMISSIONS: [&str; 8] =
    ["permit", "allowed", "may be", "can be", "executable", "cleared", "lawful_to", "free_to"];

fn is_shorter(small: &Execution, large: &Execution) -> Option<String> {
    let lost: Vec<_> = small.open.iter().filter(|bar| !large.open.contains(bar)).collect();
    let known: Vec<_> = small.unknown.iter().filter(|fact| !large.unknown.contains(fact)).collect();
    let freed = small.finding == ExecutionFinding::Barred && large.finding == ExecutionFinding::NoBarKnown;
    (!lost.is_empty() || !known.is_empty() || freed).then(|| format!("lost {lost:?}, known {known:?}, freed {freed}"))
}

/// What a finding says of a deadline without asking what day it is.
fn timeless(findings: &Findings) -> BTreeMap<String, Vec<String>> {
    use keshirim::law::finding::Term;
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for d in &findings.deadlines {
        // Whether an unused window has closed, and whether an attached petition has ripened, are questions of the day.
        if d.rule == RuleId::P9Act || d.rule == RuleId::P13SubmitCommission {
            continue;
        }
        let dates = match d.term {
            Term::Duty(x) => format!(
                "{} {} {} {} {:?} {:?}",
                x.nominal, x.rolled, x.safe, x.alert_workday, x.from_receipt, x.in_transit_until
            ),
            Term::Right(x) => format!("{} {} {:?}", x.nominal, x.rolled, x.from_entry_into_force),
            Term::Bar(x) => format!("{:?}", x.extent),
            Term::Wait(x) => format!("{} {}", x.nominal, x.eligible_from),
            Term::Step(x) => format!("{} {}", x.control, x.control_alert_workday),
            Term::NoEdition => String::new(),
        };
        let met = d.met_by;
        let key = format!("{} {} {:?}", d.rule, d.from, d.started_by);
        found
            .entry(key)
            .or_default()
            .push(format!("{dates} {met:?} {:?} {:?} {:?}", d.superseded, d.actor, d.warnings));
    }
    found
}

#[test]
fn the_timelines_drawn_reach_every_finding() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut barred, mut none_known) = (0, 0);
    for _ in 0..5_000 {
        let timeline = Timeline { sentence: Sentence::Death, ..timeline().new_tree(&mut runner).unwrap().current() };
        match find(&timeline, Some(day("2012-01-01"))).execution.unwrap().finding {
            ExecutionFinding::Barred => barred += 1,
            ExecutionFinding::NoBarKnown => none_known += 1,
        }
    }
    assert!(barred > 100 && none_known > 20, "{barred} barred, {none_known} not: the properties below test nothing");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_period_never_ends_earlier_for_a_later_start(length in period(), start in known_day(), later in 0u64..500) {
        for missing in [MissingDay::LastOfMonth, MissingDay::FirstOfNext] {
            prop_assert!(length.after(start, missing) <= length.after(start + Days::new(later), missing));
            prop_assert!(start <= length.after(start, missing));
        }
        prop_assert!(length.after(start, MissingDay::LastOfMonth) <= length.after(start, MissingDay::FirstOfNext));
    }

    #[test]
    fn the_dates_of_a_term_stand_in_their_order_and_on_working_days(length in period(), start in known_day()) {
        for kind in [Kind::Duty, Kind::Right, Kind::Bar, Kind::Wait, Kind::Step] {
            let d = dates(kind, length, start, &CALENDAR);
            prop_assert!(d.alert_workday <= d.safe && d.safe <= d.nominal && d.nominal <= d.rolled, "{:?} {:?}", kind, d);
            prop_assert!(d.safe <= d.shown && CALENDAR.is_working(d.alert_workday), "{:?} {:?}", kind, d);
            match kind {
                // Past the known calendar a duty is not rolled: which days are worked there nobody knows.
                Kind::Duty => prop_assert!(d.nominal > CALENDAR.known_until() || CALENDAR.is_working(d.rolled)),
                Kind::Right | Kind::Bar => prop_assert!(CALENDAR.is_working(d.rolled)),
                _ => prop_assert_eq!(d.nominal, d.rolled),
            }
        }
    }

    #[test]
    fn a_later_start_never_shows_an_earlier_day(length in period(), start in known_day(), later in 0u64..40) {
        for kind in [Kind::Duty, Kind::Right, Kind::Bar, Kind::Wait, Kind::Step] {
            let (one, two) = (dates(kind, length, start, &CALENDAR), dates(kind, length, start + Days::new(later), &CALENDAR));
            prop_assert!(one.shown <= two.shown && one.alert_workday <= two.alert_workday, "{:?}: {:?}, {:?}", kind, one, two);
        }
    }

    #[test]
    fn the_order_of_recording_never_changes_what_is_found(
        timeline in timeline(), keys in prop::collection::vec(any::<u32>(), 16), as_of in prop::option::of(asked_on())
    ) {
        let count = timeline.events.len();
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|at| keys[*at]);
        let place = |old: u32| u32::try_from(order.iter().position(|at| *at == old as usize - 1).unwrap() + 1).unwrap();
        let mut shuffled = timeline.clone();
        shuffled.events = order.iter().map(|at| timeline.events[*at].clone()).collect();
        for event in &mut shuffled.events {
            event.answers = event.answers.map(place);
        }
        let told = findings_as_set(&find(&timeline, as_of), place);
        prop_assert_eq!(told, findings_as_set(&find(&shuffled, as_of), |same| same));
    }

    #[test]
    fn an_unconfirmed_entry_frees_nothing_that_stands_without_it(
        timeline in timeline(), which in any::<Index>(), as_of in prop::option::of(asked_on())
    ) {
        if timeline.events.is_empty() {
            return Ok(());
        }
        let mut marked = Timeline { sentence: Sentence::Death, ..timeline };
        let at = which.index(marked.events.len());
        let confirmed = find(&marked, as_of).execution.unwrap();
        marked.events[at].unconfirmed = true;
        let unconfirmed = find(&marked, as_of).execution.unwrap();
        let absent = find(&without(&marked, at), as_of).execution.unwrap();
        let shorter = is_shorter(&absent, &unconfirmed);
        prop_assert!(shorter.is_none(), "against the entry's absence: {:?}", shorter);
        let freed = confirmed.finding == ExecutionFinding::Barred && unconfirmed.finding == ExecutionFinding::NoBarKnown;
        prop_assert!(!freed, "barred with the entry confirmed, free with it unconfirmed");
    }

    #[test]
    fn the_day_asked_about_changes_only_what_needs_a_today(timeline in timeline(), as_of in asked_on()) {
        let (undated, dated) = (find(&timeline, None), find(&timeline, Some(as_of)));
        prop_assert_eq!(timeless(&undated), timeless(&dated));
        prop_assert_eq!(&undated.conditions, &dated.conditions);
        prop_assert_eq!(undated.case.closed, dated.case.closed);
    }

    #[test]
    fn nothing_found_reads_as_a_permission_to_execute(timeline in timeline(), as_of in prop::option::of(asked_on())) {
        let found = text(&find(&timeline, as_of));
        if let Some(execution) = found.get("execution") {
            only_known_words(execution);
            let barred = !execution["open"].as_array().unwrap().is_empty() || !execution["unknown"].as_array().unwrap().is_empty();
            prop_assert!(!barred || execution["finding"] == "barred");
        }
        let words = found.to_string().to_lowercase();
        for word in PERMISSIONS {
            prop_assert!(!words.contains(word), "{}: {}", word, words);
        }
    }

    #[test]
    fn anything_at_all_is_answered_without_a_panic(
        timeline in timeline(), wild in prop::collection::vec((any::<u32>(), facts_day(), any::<bool>(), any::<u32>()), 16),
        as_of in prop::option::of(facts_day()), honour_repeal in any::<bool>()
    ) {
        let mut timeline = timeline;
        for (event, (answers, date, unconfirmed, votes)) in timeline.events.iter_mut().zip(wild) {
            event.answers = Some(answers % 20);
            event.date = date;
            event.unconfirmed = unconfirmed;
            (event.members, event.present) = (Some(votes), Some(votes / 2));
            (event.votes_for, event.votes_against) = (Some(votes), Some(votes));
        }
        let question = Question { as_of, known_at: None, honour_repeal };
        let found = derive(&timeline, &CALENDAR, &question);
        prop_assert!(text(&found).is_object());
    }
}

/// Every day that a line of facts may name.
fn facts_day() -> impl Strategy<Value = NaiveDate> {
    (0u64..109_000).prop_map(|n| day("1900-01-01") + Days::new(n))
}
