//! Two pairs of eyes, and nation-wide events.

use chrono::TimeDelta;
use keshirim::law::finding::OpenBar;
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::register::entry::Draft;
use keshirim::register::query::At;
use keshirim::register::reason::Reason;
use keshirim::register::{Error, NATIONWIDE};

use crate::backend::{House, day, on_each_backend};

async fn open_bars(house: &House, number: &str) -> Vec<OpenBar> {
    house.aigul().case(number, At::default()).await.unwrap().findings.execution.unwrap().open
}

async fn pending(house: &House) -> Vec<String> {
    let mut tx = house.store.snapshot().await.unwrap();
    tx.pending(100).await.unwrap().into_iter().map(|row| row.event_id).collect()
}

async fn death_case(house: &House, number: &str) {
    house.open(number, Sentence::Death).await;
    house.record(number, EventKind::VerdictInForce, "2026-09-01").await;
    house.record(number, EventKind::VerdictCopyHanded, "2026-09-05").await;
}

on_each_backend! {
    async fn a_lifting_counts_only_when_another_person_has_confirmed_it(house: House) {
        death_case(&house, "2026-1").await;
        house.nationwide(EventKind::MoratoriumDeclared, "2026-10-01").await;
        assert!(open_bars(&house, "2026-1").await.contains(&OpenBar::Moratorium));
        assert_eq!(pending(&house).await, Vec::<String>::new(), "declaring shortens nothing");
        let id = house.nationwide(EventKind::MoratoriumLifted, "2026-11-01").await;
        assert!(open_bars(&house, "2026-1").await.contains(&OpenBar::Moratorium));
        assert_eq!(pending(&house).await, std::slice::from_ref(&id));
        let same = house.aigul().confirm(&id).await.unwrap_err();
        assert!(same.to_string().contains("another person"), "{same}");
        let confirmed = house.berik().confirm(&id).await.unwrap();
        assert_eq!(confirmed.cases, 1);
        assert!(!open_bars(&house, "2026-1").await.contains(&OpenBar::Moratorium));
        assert!(house.has("2026-1", "P9.BAR_AFTER_LIFT", "in_force").await);
        assert_eq!(pending(&house).await, Vec::<String>::new());
        assert!(matches!(house.berik().confirm(&id).await, Err(Error::Refused(_))), "once");
    }

    async fn what_was_confirmed_later_was_not_confirmed_then(house: House) {
        death_case(&house, "2026-1").await;
        house.nationwide(EventKind::MoratoriumDeclared, "2026-10-01").await;
        let id = house.nationwide(EventKind::MoratoriumLifted, "2026-11-01").await;
        let later = house.at("berik", house.now + TimeDelta::hours(1));
        later.confirm(&id).await.unwrap();
        let bars = async |known_at| {
            let view = later.case("2026-1", At { as_of: None, known_at: Some(known_at) }).await.unwrap();
            view.findings.execution.unwrap().open.contains(&OpenBar::Moratorium)
        };
        assert!(bars(house.now).await);
        assert!(!bars(house.now + TimeDelta::hours(1)).await);
    }

    async fn a_rejection_received_by_both_ends_the_bar_only_after_both_were_confirmed(house: House) {
        death_case(&house, "2026-1").await;
        house.record("2026-1", EventKind::PetitionAccepted, "2026-09-10").await;
        house.record("2026-1", EventKind::RejectionDecree, "2026-11-02").await;
        let sc = house.record("2026-1", EventKind::DecreeReceivedSc, "2026-11-05").await;
        let pg = house.record("2026-1", EventKind::DecreeReceivedPg, "2026-11-06").await;
        assert_eq!(pending(&house).await.len(), 2);
        assert!(open_bars(&house, "2026-1").await.contains(&OpenBar::Pending));
        house.berik().confirm(&sc).await.unwrap();
        assert!(open_bars(&house, "2026-1").await.contains(&OpenBar::Pending));
        house.berik().confirm(&pg).await.unwrap();
        assert!(!open_bars(&house, "2026-1").await.contains(&OpenBar::Pending));
    }

    async fn closing_a_death_case_waits_and_closing_another_does_not(house: House) {
        death_case(&house, "2026-1").await;
        house.open("2026-2", Sentence::Imprisonment).await;
        for number in ["2026-1", "2026-2"] {
            house.record(number, EventKind::ConvictDied, "2026-11-20").await;
        }
        let mut tx = house.store.snapshot().await.unwrap();
        assert_eq!(tx.case("2026-1").await.unwrap().unwrap().status, "open");
        assert_eq!(tx.case("2026-2").await.unwrap().unwrap().closed_on, Some(day("2026-11-20")));
        drop(tx);
        let id = pending(&house).await.remove(0);
        house.berik().confirm(&id).await.unwrap();
        let mut tx = house.store.snapshot().await.unwrap();
        assert_eq!(tx.case("2026-1").await.unwrap().unwrap().status, "closed");
    }

    /// The verdict's day carries the year's bar: an earlier day would shorten it, a later one does not.
    async fn a_correction_that_shortens_a_bar_waits_and_the_old_day_stands_meanwhile(house: House) {
        death_case(&house, "2026-1").await;
        let verdict = {
            let view = house.aigul().case("2026-1", At::default()).await.unwrap();
            view.entries.iter().find(|row| row.kind.as_deref() == Some("verdict_in_force")).unwrap().event_id.clone()
        };
        let year = async || {
            let mut ends: Vec<_> = house.deadlines("2026-1").await.into_iter().filter(|(rule, ..)| rule == "P9.BAR_YEAR").collect();
            ends.sort_by_key(|(_, day, _)| *day);
            ends.pop().unwrap().1.unwrap()
        };
        let later = house.aigul().correct(&verdict, day("2026-09-02"), Reason::Typo, None, true).await.unwrap();
        assert!(!later.entry.needs_confirmation);
        assert_eq!(year().await, day("2027-09-02"));
        let id = later.entry.event_id;
        let earlier = house.aigul().correct(&id, day("2026-08-03"), Reason::Typo, None, true).await.unwrap();
        assert!(earlier.entry.needs_confirmation);
        assert_eq!(year().await, day("2027-09-02"), "the old day stands");
        house.berik().confirm(&earlier.entry.event_id).await.unwrap();
        assert_eq!(year().await, day("2027-08-03"));
    }

    async fn a_retraction_of_what_carries_a_bar_waits_and_can_itself_be_struck(house: House) {
        death_case(&house, "2026-1").await;
        let petition = house.record("2026-1", EventKind::PetitionAccepted, "2026-11-10").await;
        let second = house.record("2026-1", EventKind::PetitionAccepted, "2026-11-12").await;
        let struck = house.aigul().retract(&second, Reason::WrongCase, None).await.unwrap().entry;
        assert!(struck.needs_confirmation, "of two bars one would go");
        assert!(house.aigul().case("2026-1", At::default()).await.unwrap().assembled.event(&second).unwrap().0.retracted_at.is_none());
        let undone = house.aigul().retract(&struck.event_id, Reason::Typo, None).await.unwrap().entry;
        assert!(!undone.needs_confirmation, "keeping a bar is for one");
        assert!(matches!(house.berik().confirm(&struck.event_id).await, Err(Error::Refused(_))));
        assert_eq!(pending(&house).await, Vec::<String>::new());
        let first = house.aigul().retract(&petition, Reason::WrongCase, None).await.unwrap().entry;
        house.berik().confirm(&first.event_id).await.unwrap();
        assert!(house.aigul().case("2026-1", At::default()).await.unwrap().assembled.event(&petition).unwrap().0.retracted_at.is_some());
    }

    async fn what_waits_can_be_struck_by_one_and_then_waits_no_more(house: House) {
        death_case(&house, "2026-1").await;
        let died = house.record("2026-1", EventKind::ConvictDied, "2026-11-20").await;
        let struck = house.aigul().retract(&died, Reason::WrongCase, None).await.unwrap().entry;
        assert!(!struck.needs_confirmation);
        assert_eq!(pending(&house).await, Vec::<String>::new());
        assert!(matches!(house.berik().confirm(&died).await, Err(Error::Refused(_))));
    }

    async fn recording_a_petition_needs_no_second_person(house: House) {
        death_case(&house, "2026-1").await;
        house.record("2026-1", EventKind::PetitionAccepted, "2026-11-10").await;
        assert_eq!(pending(&house).await, Vec::<String>::new());
    }

    async fn a_moratorium_belongs_to_every_death_case_whenever_opened_and_to_no_other(house: House) {
        death_case(&house, "2026-1").await;
        house.open("2026-2", Sentence::Imprisonment).await;
        house.record("2026-2", EventKind::PetitionAccepted, "2026-11-10").await;
        house.nationwide(EventKind::MoratoriumDeclared, "2026-10-01").await;
        death_case(&house, "2026-3").await;
        for number in ["2026-1", "2026-3"] {
            assert!(house.has(number, "P9.BAR_MORATORIUM", "in_force_indefinite").await, "{number}");
        }
        assert!(!house.has("2026-2", "P9.BAR_MORATORIUM", "in_force_indefinite").await);
        let mut tx = house.store.snapshot().await.unwrap();
        assert_eq!(tx.chain_events(NATIONWIDE).await.unwrap().len(), 1, "stored once");
    }

    /// The daemon dies after the entry was committed and one batch was done.
    async fn a_nationwide_batch_that_was_interrupted_is_taken_up_where_it_stopped(house: House) {
        for n in 1..=5 {
            death_case(&house, &format!("2026-{n}")).await;
        }
        let recording = house.aigul().begin_recording(NATIONWIDE).await.unwrap();
        let draft = Draft::new(EventKind::MoratoriumDeclared, day("2026-11-01")).with("act", "Decree 1251").unwrap();
        let (tx, _) = house.aigul().record_in(recording, &draft).await.unwrap();
        tx.commit().await.unwrap();
        let reached = async || {
            let mut count = 0;
            for n in 1..=5 {
                count += u32::from(house.has(&format!("2026-{n}"), "P9.BAR_MORATORIUM", "in_force_indefinite").await);
            }
            count
        };
        assert_eq!(reached().await, 0);
        assert_eq!(house.aigul().nationwide_batch(2).await.unwrap(), Some(2));
        assert_eq!(reached().await, 2);
        let work = house.store.snapshot().await.unwrap().unfinished().await.unwrap();
        assert_eq!((work.len(), work[0].done_up_to.as_str(), work[0].cases), (1, "2026-2", 2));
        assert_eq!(house.berik().finish_nationwide().await.unwrap(), 3);
        assert_eq!(reached().await, 5);
        assert_eq!(house.aigul().nationwide_batch(2).await.unwrap(), None);
        let mut tx = house.store.snapshot().await.unwrap();
        assert_eq!(tx.unfinished().await.unwrap(), []);
    }
}
