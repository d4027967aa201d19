//! The machine's clock is set back or forward, or the machine sleeps over a due instant.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use keshirim::app::{App, Watch};
use keshirim::clock::Clock;
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::post::{Breaker, Phase, Verdict};
use keshirim::register::Registrar;
use keshirim::register::entry::{Draft, NewCase};
use keshirim::schedule::Beat;
use keshirim::store::{Instant, LetterRow};

use super::daemon::{House, beat, checks, letter};
use super::witness::Witness;
use crate::backend::on_each_backend;

/// A Monday noon in Almaty.
fn noon() -> DateTime<Utc> {
    "2026-02-02T07:00:00Z".parse().unwrap()
}

/// By how much clocks are set in these tests.
fn steps() -> [TimeDelta; 4] {
    [TimeDelta::hours(-1), TimeDelta::days(-1), TimeDelta::hours(1), TimeDelta::days(1)]
}

async fn put(app: &Arc<App>, row: &LetterRow) {
    let mut tx = app.store.begin().await.unwrap();
    assert!(tx.insert_letter(row).await.unwrap());
    tx.commit().await.unwrap();
}

/// A letter that the relay put off and that waits until `at`.
fn deferred(n: usize, at: DateTime<Utc>) -> LetterRow {
    LetterRow { state: "deferred".to_owned(), attempts: 1, next_attempt_at: Some(Instant::new(at)), ..letter(n) }
}

#[test]
fn a_step_of_the_clock_is_told_from_the_passing_of_time() {
    let clock = Clock::manual(noon());
    let mut watch = Watch::new(&clock);
    clock.advance(TimeDelta::days(30));
    assert_eq!(watch.step(&clock), None, "time passed");
    clock.set_by(TimeDelta::milliseconds(-1_500));
    assert_eq!(watch.step(&clock), None, "corrected, not set");
    for step in steps() {
        clock.advance(TimeDelta::seconds(1));
        clock.set_by(step);
        assert_eq!(watch.step(&clock), Some(step));
        assert_eq!(watch.step(&clock), None, "said once");
    }
}

#[test]
fn the_breaker_s_pause_stays_what_it_was_when_the_clock_is_set() {
    let fault = Verdict::NotSent { phase: Phase::Connect, detail: "no route".to_owned() };
    for step in steps() {
        let (mut breaker, mut now) = (Breaker::default(), noon());
        breaker.settle(now, &fault);
        now += step;
        breaker.clock_was_set(step);
        assert!(!breaker.admit(now + TimeDelta::seconds(4)));
        assert!(breaker.admit(now + TimeDelta::seconds(5)), "a pause of five seconds, whatever the clock says");
    }
}

async fn a_clock_set_back_or_forward_holds_no_letter_and_doubles_none() {
    for step in steps() {
        let (witness, clock) = (Witness::start(), Clock::manual(noon()));
        let house = House::here(witness.port, 1).await;
        let app = house.app(&clock).await;
        put(&app, &letter(0)).await;
        beat(&app).await;
        // Put off for five minutes; then somebody sets the clock, and five minutes pass.
        put(&app, &deferred(1, clock.now() + TimeDelta::minutes(5))).await;
        beat(&app).await;
        assert_eq!(witness.seen().taken.len(), 1, "not before its time");
        clock.set_by(step);
        app.clock_was_set(step);
        clock.advance(TimeDelta::minutes(5));
        beat(&app).await;
        let taken: Vec<_> = witness.seen().taken.values().map(Vec::len).collect();
        assert_eq!(taken, [1, 1], "{step}");
        assert_eq!(checks(&app).await.0, StatusCode::OK, "{step}");
    }
}

async fn a_clock_that_was_set_back_while_the_daemon_was_off_holds_no_letter() {
    let (witness, clock) = (Witness::start(), Clock::manual(noon()));
    let house = House::here(witness.port, 1).await;
    let app = house.app(&clock).await;
    // Put off by a clock that was a day ahead; and, lawfully, by an hour.
    put(&app, &deferred(0, noon() + TimeDelta::days(1))).await;
    put(&app, &deferred(1, noon() + TimeDelta::hours(1))).await;
    drop(app);
    let app = house.app(&clock).await;
    beat(&app).await;
    assert_eq!(witness.seen().taken.keys().collect::<Vec<_>>(), [&letter(0).letter_id]);
    clock.advance(TimeDelta::hours(1));
    beat(&app).await;
    assert_eq!(witness.seen().taken.len(), 2);
}

async fn what_is_to_be_passed_on_to_somebody_else_does_not_wait_for_a_clock_that_was_set_back() {
    let (witness, clock) = (Witness::start(), Clock::manual(noon()));
    let house = House::here(witness.port, 1).await;
    let app = house.app(&clock).await;
    put(&app, &LetterRow { state: "refused".to_owned(), next_attempt_at: None, ..letter(0) }).await;
    let mut tx = app.store.begin().await.unwrap();
    assert!(tx.pass_on_letter(&letter(0).letter_id, "refused", Instant::new(clock.now())).await.unwrap());
    tx.commit().await.unwrap();
    let step = TimeDelta::days(-1);
    clock.set_by(step);
    app.clock_was_set(step);
    app.beat(Beat::Dispatch).await;
    let due = app.store.next_due().await.unwrap().follow_up;
    assert_eq!(due, Some(Instant::new(clock.now())));
}

async fn a_notice_that_waits_to_be_grouped_does_not_wait_for_a_clock_that_was_set_back() {
    let (witness, clock) = (Witness::start(), Clock::manual(noon()));
    let house = House::here(witness.port, 1).await;
    let app = house.app(&clock).await;
    petition(&app, "2026-1", "2026-02-02").await;
    let step = TimeDelta::hours(-1);
    clock.set_by(step);
    app.clock_was_set(step);
    // The step is seen by the first beat, what it brought forward goes with the second.
    beat(&app).await;
    beat(&app).await;
    assert!(!witness.seen().taken.is_empty());
}

async fn ages_on_the_health_page_do_not_follow_the_wall_clock() {
    for step in steps() {
        let (witness, clock) = (Witness::start(), Clock::manual(noon()));
        let house = House::here(witness.port, 1).await;
        let app = house.app(&clock).await;
        beat(&app).await;
        clock.advance(TimeDelta::seconds(3));
        clock.set_by(step);
        let (status, checks_now) = checks(&app).await;
        assert_eq!(status, StatusCode::OK, "{step}: {checks_now}");
        assert_eq!(checks_now["scheduler"]["tick_age_seconds"], 3, "{step}");
        assert_eq!(checks_now["store"]["written_seconds_ago"], 3, "{step}");
        // A metronome that has stopped is seen, wherever the clock stands.
        clock.advance(TimeDelta::seconds(8));
        let (status, checks_now) = checks(&app).await;
        assert_eq!((status, &checks_now["scheduler"]["status"]), (StatusCode::SERVICE_UNAVAILABLE, &"failing".into()));
        assert_eq!(app.beat_age(Beat::Compose), Some(TimeDelta::seconds(11)), "{step}");
    }
}

/// A petition accepted on a day: a duty of seven days begins.
pub(super) async fn petition(app: &Arc<App>, number: &str, on: &str) {
    let settings = app.settings();
    let registrar = Registrar {
        store: &app.store,
        calendar: &settings.calendar,
        config: &settings.loaded.config,
        who: "aigul",
        now: app.clock.now(),
    };
    let case = NewCase {
        number: number.to_owned(),
        sentence: Sentence::Imprisonment,
        crime_category: None,
        institution: "institution:sample-1".to_owned(),
        zone: chrono_tz::Asia::Almaty,
    };
    registrar.open_case(&case).await.unwrap();
    let draft = Draft::new(EventKind::PetitionAccepted, on.parse().unwrap()).confirmed();
    registrar.record(number, &draft).await.unwrap();
}

/// The library that lies to one process about the time, wherever Debian keeps it for this machine.
fn faketime() -> PathBuf {
    let found = fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path().join("faketime/libfaketime.so.1"));
    let found = found.chain([PathBuf::from("/usr/lib/faketime/libfaketime.so.1")]).find(|path| path.exists());
    found.expect("libfaketime: this test needs it: apt-get install --no-install-recommends faketime")
}

/// A beat a second, with room for a busy machine; below the minute after which the daemon looks by itself.
const BEATS_WITHIN: Duration = Duration::from_secs(25);

/// The real process: its metronome reckons its next beats by the wall clock, and must not fall silent for a day.
#[test]
fn a_running_daemon_goes_on_when_its_clock_is_set_and_when_the_machine_has_slept_over_a_due_instant() {
    let witness = Witness::start();
    let house = House::new(witness.port, 1);
    house.register(async |_| Ok(()));
    // Written beside and moved: the process never reads half a line.
    let set = |to: &str| {
        fs::write(house.path("clock.new"), to).unwrap();
        fs::rename(house.path("clock.new"), house.path("clock")).unwrap();
    };
    set("+0");
    witness.live(None, || {
        let mut command = house.command();
        command.env("LD_PRELOAD", faketime()).env("FAKETIME_TIMESTAMP_FILE", house.path("clock"));
        // Read at every question, and the steady clock left alone.
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
        command.spawn().unwrap()
    });
    let well = || house.health().is_some_and(|answer| answer.starts_with("HTTP/1.1 200"));
    house.wait("the daemon is ready", || house.log().contains("ready") && well());
    let mut count = 0;
    for offset in ["-1d", "-25h", "+0", "+1h", "+25h"] {
        let steps = house.log().matches("clock was set").count();
        set(offset);
        house.wait("the step is seen", || house.log().matches("clock was set").count() > steps);
        // The first letter may be found because the step itself woke the daemon; the others only a beat finds, for nobody tells
        // the daemon what another process wrote.
        for _ in 0..3 {
            house.queue(&[letter(count)]);
            count += 1;
            let queued = std::time::Instant::now();
            house.wait("the letter is settled", || house.letters().iter().all(|letter| letter.state == "accepted"));
            assert!(queued.elapsed() < BEATS_WITHIN, "{offset}: the metronome was silent for {:?}", queued.elapsed());
        }
        assert!(well(), "{offset}: {:?}", house.health());
    }
    // The machine sleeps over a due instant: half a day is gone when it wakes.
    let due = Instant::new(Clock::System.now() + TimeDelta::hours(30));
    house.queue(&[LetterRow { next_attempt_at: Some(due), due_at: due, ..letter(count) }]);
    assert_eq!(witness.seen().taken.len(), count);
    set("+37h");
    witness.until("the letter that was due meanwhile", |seen| seen.taken.len() == count + 1);
    witness.kill();
    witness.bury();
    assert!(witness.seen().taken.values().all(|taken| taken.len() == 1));
}

on_each_backend!(
    a_clock_set_back_or_forward_holds_no_letter_and_doubles_none,
    a_clock_that_was_set_back_while_the_daemon_was_off_holds_no_letter,
    what_is_to_be_passed_on_to_somebody_else_does_not_wait_for_a_clock_that_was_set_back,
    a_notice_that_waits_to_be_grouped_does_not_wait_for_a_clock_that_was_set_back,
    ages_on_the_health_page_do_not_follow_the_wall_clock,
);
