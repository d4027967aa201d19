//! The volume brake is pure: the tests turn its clock and count its letters.

use chrono::{DateTime, TimeDelta, Utc};
use keshirim::post::Brake;
use keshirim::post::brake::{Change, Room};

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn ordinary(letters: usize) -> Room {
    Room { urgency_min: 0, letters }
}

fn urgent(letters: usize) -> Room {
    Room { urgency_min: 1, letters }
}

#[test]
fn below_the_limit_there_is_room_for_what_is_left_of_it_and_letters_on_their_way_count() {
    let (mut brake, now) = (Brake::new(100), start());
    assert_eq!(brake.count(now, 90, None), None);
    assert_eq!(brake.room(4, 0), ordinary(4));
    assert_eq!(brake.room(4, 8), ordinary(2));
    assert_eq!(brake.room(4, 10), ordinary(0));
    assert_eq!(brake.add(now, 9), None);
    assert_eq!(brake.room(4, 0), ordinary(1));
}

#[test]
fn at_the_limit_it_engages_once_and_the_urgent_have_as_much_again() {
    let (mut brake, now) = (Brake::new(100), start());
    brake.count(now, 99, None);
    assert_eq!(brake.add(now, 1), Some(Change::Engaged));
    assert_eq!(brake.add(now, 1), None, "the journal hears of an onset once");
    assert_eq!(brake.room(4, 0), urgent(4));
    assert_eq!(brake.room(4, 97), urgent(2));
    assert!(brake.is_stale(now), "until when, only the register knows");
    let until = Some(now + TimeDelta::minutes(40));
    assert_eq!(brake.count(now, 101, until), None);
    let shown = brake.snapshot();
    assert_eq!((shown.engaged, shown.since, shown.until), (true, Some(now), until));
    assert_eq!((shown.handed_last_hour, shown.letters_per_hour_max), (101, 100));
}

#[test]
fn it_lets_go_at_nine_tenths_so_that_it_does_not_flutter_about_the_limit() {
    let (mut brake, now) = (Brake::new(100), start());
    assert_eq!(brake.count(now, 120, None), Some(Change::Engaged), "found at the start");
    for handed in [100, 99, 91] {
        assert_eq!(brake.count(now, handed, None), None);
        assert_eq!(brake.room(4, 0).urgency_min, 1);
    }
    assert_eq!(brake.count(now, 90, None), Some(Change::Released));
    assert_eq!(brake.room(20, 0), ordinary(10));
    assert_eq!(brake.snapshot().since, None);
}

#[test]
fn a_limit_of_one_letter_an_hour_sends_one_letter_an_hour() {
    let (mut brake, now) = (Brake::new(1), start());
    brake.count(now, 0, None);
    assert_eq!(brake.room(4, 0), ordinary(1));
    assert_eq!(brake.add(now, 1), Some(Change::Engaged));
    assert_eq!(brake.count(now, 0, None), Some(Change::Released));
}

#[test]
fn a_count_ages_and_a_clock_that_was_set_back_makes_it_stale() {
    let (mut brake, now) = (Brake::new(100), start());
    assert!(brake.is_stale(now), "nothing was counted yet");
    brake.count(now, 0, None);
    assert!(!brake.is_stale(now + TimeDelta::seconds(9)));
    assert!(brake.is_stale(now + TimeDelta::seconds(10)));
    assert!(brake.is_stale(now - TimeDelta::hours(1)));
}
