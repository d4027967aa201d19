//! The ladders alone, over random deadlines and instants.

use std::sync::LazyLock;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Asia::Almaty;
use keshirim::alert::{Context, Planned, Previous, Rung, due, plan};
use keshirim::config::{CalendarFile, Config, Every, Ladders};
use keshirim::law::calendar::Calendar;
use keshirim::law::finding::{Deadline, Findings, Term};
use keshirim::law::timeline::{Event, EventKind, Sentence, Timeline};
use keshirim::law::{Question, derive};
use proptest::prelude::*;

static CALENDAR: LazyLock<Calendar> = LazyLock::new(|| CalendarFile::shipped().calendar());
static LADDERS: LazyLock<Ladders> = LazyLock::new(|| Config::default().ladder);

fn context(now: DateTime<Utc>, ladders: &Ladders) -> Context<'_> {
    Context {
        now,
        zone: Almaty,
        calendar: &CALENDAR,
        ladders,
        morning: NaiveTime::from_hms_opt(8, 30, 0).unwrap(),
        group_notices_seconds: 60,
    }
}

fn day_of(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Almaty).date_naive()
}

fn morning(day: NaiveDate) -> DateTime<Utc> {
    Almaty.from_local_datetime(&day.and_hms_opt(8, 30, 0).unwrap()).unwrap().to_utc()
}

/// What starts one deadline of each kind.
const STARTS: [(EventKind, Sentence); 6] = [
    (EventKind::PetitionAccepted, Sentence::Imprisonment),
    (EventKind::DispatchedToSupremeCourt, Sentence::Death),
    (EventKind::VerdictCopyHanded, Sentence::Death),
    (EventKind::VerdictInForce, Sentence::Death),
    (EventKind::RejectionDecree, Sentence::Imprisonment),
    (EventKind::ReceivedByAdministration, Sentence::Imprisonment),
];

fn derived(start: usize, on: NaiveDate, met: Option<EventKind>, today: NaiveDate) -> Findings {
    let (kind, sentence) = STARTS[start];
    let (crime_category, institution, events) = (None, None, Vec::new());
    let mut timeline = Timeline { sentence, crime_category, zone: Almaty, institution, events };
    timeline.events.push(Event::new(kind, on));
    timeline.events.extend(met.map(|kind| Event::new(kind, on)));
    derive(&timeline, &CALENDAR, &Question { as_of: Some(today), ..Question::default() })
}

/// The register's view of a deadline about which `planned` stands.
fn told(deadline: &Deadline, planned: Option<Planned>) -> Previous {
    Previous {
        shown_on: deadline.effective(),
        watched_by: deadline.watched_by(),
        status: deadline.status().unwrap_or_default().to_owned(),
        is_open: deadline.is_open(),
        told: true,
        told_shown: deadline.watched_by(),
        unheard: false,
        planned,
    }
}

fn a_day() -> impl Strategy<Value = NaiveDate> {
    (0u64..4_000).prop_map(|n| NaiveDate::from_ymd_opt(2018, 1, 1).unwrap() + Days::new(n))
}

fn is_a_working_morning(at: DateTime<Utc>) -> bool {
    at == morning(day_of(at)) && CALENDAR.is_working(day_of(at))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_planned_is_a_notice_of_this_minute_or_a_working_morning_ahead(
        start in 0..STARTS.len(), on in a_day(), minutes in 0i64..900_000,
    ) {
        let now = morning(on) + TimeDelta::minutes(minutes - 510);
        let context = context(now, &LADDERS);
        for deadline in derived(start, on, None, day_of(now)).deadlines {
            for previous in [None, Some(told(&deadline, None))] {
                let Some(planned) = plan(&deadline, previous.as_ref(), &context) else { continue };
                prop_assert!(planned.at > now, "{planned:?} at {now}");
                if planned.rung.is_notice() {
                    prop_assert_eq!(planned.at, now + TimeDelta::seconds(60));
                } else {
                    prop_assert!(is_a_working_morning(planned.at), "{planned:?}");
                }
                // Planned twice is planned once.
                let again = plan(&deadline, Some(&Previous { told: previous.is_some(), ..told(&deadline, Some(planned.clone())) }), &context);
                prop_assert_eq!(again, Some(planned));
            }
        }
    }

    #[test]
    fn nothing_is_told_before_its_morning_and_never_the_same_twice(
        start in 0..STARTS.len(), on in a_day(), minutes in 0i64..900_000,
    ) {
        let now = morning(on) + TimeDelta::minutes(minutes - 510);
        let context = context(now, &LADDERS);
        let today = day_of(now);
        for deadline in derived(start, on, None, today).deadlines {
            let opened = Planned { at: now, rung: Rung::Opened };
            let (rung, next) = due(&deadline, &opened, &context);
            prop_assert!(next.as_ref().is_none_or(|next| next.at > now && Some(next.rung) != rung));
            match rung {
                Some(Rung::Overdue(day) | Rung::AfterControl(day)) => {
                    prop_assert!(morning(day) <= now && CALENDAR.is_working(day), "{day} at {now}");
                }
                Some(Rung::LastDay) => prop_assert!(deadline.watched_by().unwrap() <= CALENDAR.on_or_after(today)),
                Some(Rung::DayAfter | Rung::FirstDay | Rung::ControlDate) => {
                    prop_assert!(CALENDAR.on_or_before(deadline.watched_by().unwrap()) <= today);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn an_overdue_duty_is_told_on_each_working_morning_exactly_once_from_wherever_it_is_walked(
        on in a_day(), from in 0u64..1_500, days in 1u64..40, hours in 0i64..24,
    ) {
        let today = on + Days::new(from);
        let deadline = derived(0, on, None, today).deadlines.swap_remove(0);
        // Past the horizon of the calendar a duty does not roll: then even a Saturday is its last day.
        let Term::Duty(duty) = deadline.term else { panic!("a duty") };
        let late_after = duty.late_after();
        let mut now = morning(today) + TimeDelta::hours(hours - 9);
        let end = now + TimeDelta::days(days.cast_signed());
        let mut found = Vec::new();
        let begin = now;
        while let Some(next) = plan(&deadline, Some(&told(&deadline, None)), &context(now, &LADDERS)) {
            if next.at > end { break; }
            now = next.at;
            let (rung, _) = due(&deadline, &next, &context(now, &LADDERS));
            prop_assert_eq!(rung, Some(next.rung));
            if let Rung::Overdue(day) = next.rung { found.push(day); }
        }
        let all = on.iter_days().take_while(|day| *day <= day_of(end));
        let expected: Vec<_> = all
            .filter(|day| *day > late_after && CALENDAR.is_working(*day) && morning(*day) > begin && morning(*day) <= end)
            .collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_series_is_the_same_from_wherever_it_is_looked_at(
        on in a_day(), every in prop_oneof![(1u16..9).prop_map(Every::WorkingDays), (1u16..5).prop_map(Every::Weeks)],
        looks in prop::collection::vec(0u64..1_500, 1..20),
    ) {
        let mut ladders = LADDERS.clone();
        ladders.step.after_control_every = every;
        ladders.duty_of_days.overdue_every = every;
        for start in [0, 5] {
            let today = on + Days::new(1_600);
            let Some(deadline) = derived(start, on, None, today).deadlines.into_iter().find(Deadline::is_open) else { continue };
            // Walked from the start, rung by rung.
            let mut walked = Vec::new();
            let mut now = morning(on);
            while let Some(next) = plan(&deadline, Some(&told(&deadline, None)), &context(now, &ladders)) {
                if day_of(next.at) > today { break; }
                now = next.at;
                walked.push(next.at);
            }
            for look in &looks {
                let now = morning(on + Days::new(*look)) + TimeDelta::hours(3);
                let next = plan(&deadline, Some(&told(&deadline, None)), &context(now, &ladders)).unwrap();
                prop_assert_eq!(Some(&next.at), walked.iter().find(|at| **at > now), "{:?} from {}", every, now);
            }
        }
    }

    #[test]
    fn a_met_duty_has_no_rung(on in a_day(), minutes in 0i64..900_000) {
        let now = morning(on) + TimeDelta::minutes(minutes);
        let context = context(now, &LADDERS);
        let forwarded = derived(0, on, Some(EventKind::Forwarded), day_of(now)).deadlines;
        let deadline = forwarded.iter().find(|deadline| deadline.rule.as_str() == "P11.FORWARD").unwrap();
        prop_assert_eq!(plan(deadline, None, &context), None);
        for rung in [Rung::LastDay, Rung::BeforeWorkingDays(3), Rung::Overdue(on)] {
            let planned = Planned { at: now, rung };
            prop_assert_eq!(due(deadline, &planned, &context), (None, None));
            let open = Previous { is_open: true, status: "open".to_owned(), ..told(deadline, Some(planned)) };
            prop_assert_eq!(plan(deadline, Some(&open), &context).map(|planned| planned.rung), Some(Rung::Closed));
        }
    }
}

#[test]
fn a_rung_is_read_back_from_its_key() {
    let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    for rung in [
        Rung::Opened,
        Rung::BeforeDays(10),
        Rung::BeforeWorkingDays(3),
        Rung::AlertWorkday,
        Rung::LastDay,
        Rung::Overdue(day),
        Rung::DayAfter,
        Rung::FirstDay,
        Rung::ControlDate,
        Rung::AfterControl(day),
        Rung::Moved,
        Rung::Closed,
        Rung::Lengthened,
        Rung::BarEnded,
    ] {
        assert_eq!(Rung::from_key(&rung.key()), Some(rung));
    }
    for key in ["", "before:d", "before:3", "overdue:", "overdue:2026-02-30", "tomorrow", "last_day:1"] {
        assert_eq!(Rung::from_key(key), None, "{key}");
    }
}
