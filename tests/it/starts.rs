//! What a start derives anew: everything on another basis, and on the same one only what a new day has changed.

use std::fs;
use std::sync::Arc;

use chrono::{TimeDelta, TimeZone as _, Utc};
use keshirim::app::App;
use keshirim::clock::Clock;
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::register::Registrar;
use keshirim::register::entry::Draft;
use keshirim::schedule::Beat;

use crate::backend::{day, new_case, on_each_backend, tamper};
use crate::disasters::daemon::House;

/// A house with one case, whose saved rows somebody spoils: whoever derives them anew mends them.
struct Office {
    house: House,
    clock: Clock,
}

impl Office {
    async fn new() -> Self {
        let house = House::here(9, 1).await;
        let clock = Clock::manual(Utc.with_ymd_and_hms(2026, 11, 22, 7, 0, 0).unwrap());
        let office = Self { house, clock };
        let app = office.start().await;
        let settings = app.settings();
        let registrar = Registrar {
            store: &app.store,
            calendar: &settings.calendar,
            config: &settings.loaded.config,
            who: "aigul",
            now: office.clock.now(),
        };
        registrar.open_case(&new_case("2026-1", Sentence::Imprisonment)).await.unwrap();
        let draft = Draft::new(EventKind::PetitionAccepted, day("2026-11-20")).confirmed();
        registrar.record("2026-1", &draft).await.unwrap();
        app.beat(Beat::Replan).await;
        app.store.close().await;
        office
    }

    async fn start(&self) -> Arc<App> {
        self.house.app(&self.clock).await
    }

    /// Whether a daemon that is started now mends what somebody has spoilt.
    async fn derives(&self) -> bool {
        let app = self.start().await;
        assert!(tamper(&app.store, "update deadline set status = 'spoilt', finding_hash = null").await > 0);
        app.beat(Beat::Replan).await;
        let rows = app.store.snapshot().await.unwrap().deadlines_of("2026-1").await.unwrap();
        app.store.close().await;
        rows.iter().all(|row| row.status != "spoilt")
    }

    fn configure(&self, more: &str) {
        let path = self.house.path("keshirim.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{text}{more}")).unwrap();
    }
}

async fn a_second_start_derives_nothing_anew() {
    let office = Office::new().await;
    assert!(!office.derives().await);
    assert!(!office.derives().await);
}

async fn another_calendar_is_followed_at_the_next_start() {
    let office = Office::new().await;
    let other = keshirim::config::SHIPPED_CALENDAR
        .replace("verified_until = \"2025-12-31\"", "verified_until = \"2025-12-30\"");
    assert_ne!(other, keshirim::config::SHIPPED_CALENDAR);
    fs::write(office.house.path("calendar.toml"), other).unwrap();
    assert!(office.derives().await);
    assert!(!office.derives().await, "once");
}

async fn other_ladders_are_followed_at_the_next_start() {
    let office = Office::new().await;
    office.configure("[ladder.step]\nbefore = [\"2wd\"]\n");
    assert!(office.derives().await);
    assert!(!office.derives().await, "once");
}

async fn what_was_interrupted_is_begun_again() {
    let office = Office::new().await;
    let before = fs::read_to_string(office.house.path("keshirim.toml")).unwrap();
    office.configure("[ladder.step]\nbefore = [\"2wd\"]\n");
    let app = office.start().await;
    tamper(&app.store, "alter table event rename to event_away").await;
    app.beat(Beat::Replan).await;
    assert!(app.beat_failed(Beat::Replan), "there was nothing to derive from");
    tamper(&app.store, "alter table event_away rename to event").await;
    app.store.close().await;
    // Back to the basis of the last derivation that ended: some cases may be of the other one.
    fs::write(office.house.path("keshirim.toml"), before).unwrap();
    assert!(office.derives().await);
}

async fn what_a_clock_that_was_ahead_has_derived_is_derived_again() {
    let office = Office::new().await;
    office.clock.advance(TimeDelta::days(400));
    let app = office.start().await;
    app.beat(Beat::Replan).await;
    app.store.close().await;
    office.clock.set_by(TimeDelta::days(-400));
    assert!(office.derives().await);
}

on_each_backend!(
    a_second_start_derives_nothing_anew,
    another_calendar_is_followed_at_the_next_start,
    other_ladders_are_followed_at_the_next_start,
    what_was_interrupted_is_begun_again,
    what_a_clock_that_was_ahead_has_derived_is_derived_again,
);
