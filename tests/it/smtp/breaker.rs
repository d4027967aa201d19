//! The breaker is pure: the tests turn its clock.

use chrono::{DateTime, TimeDelta, Utc};
use keshirim::post::{Breaker, Phase, Verdict};

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn fault() -> Verdict {
    Verdict::NotSent { phase: Phase::Connect, detail: "no route".to_owned() }
}

fn accepted() -> Verdict {
    Verdict::Accepted { reply: "250".to_owned() }
}

#[test]
fn pauses_grow_to_five_minutes_and_stay_there() {
    let (mut breaker, mut now) = (Breaker::default(), start());
    for pause in [5, 15, 60, 120, 300, 300, 300] {
        assert!(breaker.admit(now));
        breaker.settle(now, &fault());
        assert_eq!(breaker.open_until(), Some(now + TimeDelta::seconds(pause)));
        assert!(!breaker.admit(now + TimeDelta::seconds(pause - 1)));
        now += TimeDelta::seconds(pause);
    }
}

#[test]
fn letters_that_fail_together_count_once() {
    let (mut breaker, now) = (Breaker::default(), start());
    for _ in 0..50 {
        breaker.settle(now, &fault());
    }
    assert_eq!(breaker.snapshot().failures, 1);
    assert_eq!(breaker.open_until(), Some(now + TimeDelta::seconds(5)));
}

#[test]
fn after_the_pause_one_letter_goes_on_trial_and_its_success_lets_all_go() {
    let (mut breaker, now) = (Breaker::default(), start());
    breaker.settle(now, &fault());
    let later = now + TimeDelta::seconds(5);
    assert!(breaker.admit(later));
    assert!(!breaker.admit(later), "a second letter went out while the first was on trial");
    assert_eq!(breaker.snapshot().state, "trial");
    breaker.settle(later, &accepted());
    assert!(breaker.admit(later) && breaker.admit(later));
    assert_eq!(breaker.snapshot().state, "closed");
}

#[test]
fn a_trial_that_is_never_settled_does_not_hold_the_post_for_ever() {
    let (mut breaker, now) = (Breaker::default(), start());
    breaker.settle(now, &fault());
    assert!(breaker.admit(now + TimeDelta::seconds(5)));
    assert!(breaker.admit(now + TimeDelta::seconds(10)));
}

#[test]
fn a_relay_that_refuses_a_letter_is_well_and_one_that_vanishes_says_nothing() {
    let refused = Verdict::Refused { phase: Phase::Rcpt, code: 550, reply: String::new() };
    let deferred = Verdict::Deferred { phase: Phase::Dot, code: 451, reply: String::new() };
    let unknown = Verdict::Unknown { detail: String::new() };
    let (mut breaker, now) = (Breaker::default(), start());
    for verdict in [&refused, &deferred, &unknown] {
        breaker.settle(now, verdict);
        assert_eq!(breaker.snapshot().state, "closed");
    }
    breaker.settle(now, &fault());
    breaker.settle(now, &unknown);
    assert_eq!(breaker.snapshot().state, "open");
    breaker.settle(now, &deferred);
    assert_eq!(breaker.snapshot().state, "closed");
}

#[test]
fn the_snapshot_says_since_when_until_when_and_why() {
    let (mut breaker, now) = (Breaker::default(), start());
    breaker.settle(now, &fault());
    breaker.settle(now + TimeDelta::seconds(5), &fault());
    let shown = serde_json::to_value(breaker.snapshot()).unwrap();
    let expected = serde_json::json!({
        "state": "open", "since": "2027-01-15T08:00:00Z", "until": "2027-01-15T08:00:20Z", "failures": 2, "detail": "connect: no route"
    });
    assert_eq!(shown, expected);
}
