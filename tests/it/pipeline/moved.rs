//! What was told and is no longer so: corrections, retractions, later hand-overs, transfers.

use keshirim::law::timeline::{EventKind, Sentence};

use super::mail::Mail;
use super::world::{World, calls, to};
use crate::backend::on_each_backend;

async fn told() -> (World, String) {
    let mut world = World::at("2026-02-02 10:00").await;
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-3").await;
    let id = world.record("2026-7", EventKind::PetitionAccepted, "2026-02-02", &[]).await;
    assert_eq!(world.until("2026-02-02 11:00").await.len(), 1);
    (world, id)
}

/// Without the superior, who hears of what nobody acknowledged.
fn to_uk3(mails: Vec<Mail>) -> Vec<Mail> {
    mails.into_iter().filter(|mail| mail.to.starts_with("uk3@")).collect()
}

async fn those_told_hear_the_old_day_struck_the_new_one_and_why() {
    let (mut world, id) = told().await;
    let id = world.correct(&id, "2026-01-30").await;
    let mails = world.until("2026-02-02 12:00").await;
    assert_eq!(calls(&mails), ["2026-02-02 11:01 uk3"]);
    let mail = &mails[0];
    assert!(mail.subject.contains("Deadline changed"), "{}", mail.subject);
    for words in [
        "Old day (no longer valid): Monday, 9 February 2026",
        "Deadline: Friday, 6 February 2026",
        "Reason for the change: a slip of the pen was corrected",
    ] {
        assert!(mail.says(words), "{words}: {}", mail.text);
    }
    assert!(mail.ics.as_ref().unwrap().contains("SEQUENCE:1"));
    // And back: the old day that is struck now is the one told last.
    world.correct(&id, "2026-02-02").await;
    let mails = world.until("2026-02-02 13:00").await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].says("Old day (no longer valid): Friday, 6 February 2026"), "{}", mails[0].text);
    assert!(mails[0].says("Deadline: Monday, 9 February 2026"));
}

async fn a_date_that_moved_and_came_back_within_the_minute_is_no_news() {
    let (mut world, id) = told().await;
    let id = world.correct(&id, "2026-01-30").await;
    world.correct(&id, "2026-02-02").await;
    assert_eq!(calls(&world.until("2026-02-02 18:00").await), [] as [&str; 0]);
    let rungs = world.until("2026-02-05 18:00").await;
    assert_eq!(calls(&to_uk3(rungs)), ["2026-02-03 08:30 uk3", "2026-02-05 08:30 uk3"], "the ladder goes on");
}

async fn a_correction_before_anything_was_told_tells_only_the_new_date() {
    let mut world = World::at("2026-02-02 10:00").await;
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-3").await;
    let id = world.record("2026-7", EventKind::PetitionAccepted, "2026-02-02", &[]).await;
    world.correct(&id, "2026-01-30").await;
    let mails = world.until("2026-02-02 18:00").await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].says("Deadline: Friday, 6 February 2026") && !mails[0].says("9 February"), "{}", mails[0].text);
}

/// The move is told at 08:30:30; the last-day letter of that morning still comes, as a letter of its own.
async fn a_rung_that_falls_into_the_minute_of_a_move_is_not_lost() {
    let (mut world, id) = told().await;
    world.until("2026-02-06 08:29").await;
    world.correct(&id, "2026-01-30").await;
    world.until("2026-02-06 08:29").await;
    let mails = to_uk3(world.until("2026-02-06 12:00").await);
    let subjects: Vec<_> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    assert_eq!(mails.len(), 2, "{subjects:?}");
    assert!(mails.iter().any(|mail| mail.high && mail.subject.contains("Last day today")), "{subjects:?}");
}

async fn a_struck_petition_closes_what_was_told_and_names_no_act_that_was_not_done() {
    let (mut world, id) = told().await;
    world.retract(&id).await;
    let mails = world.until("2026-03-30 12:00").await;
    assert_eq!(calls(&mails), ["2026-02-02 11:01 uk3"]);
    assert!(mails[0].says("entry struck in the register"), "{}", mails[0].text);
    assert!(mails[0].says("Starting event: petition accepted"), "{}", mails[0].text);
}

/// Told to be finished, and it was not: silence would be believed.
async fn a_duty_that_goes_on_after_its_closing_line_is_told_anew() {
    let (mut world, _) = told().await;
    let forwarded = world.record("2026-7", EventKind::Forwarded, "2026-02-02", &[]).await;
    let closing = world.until("2026-02-02 15:00").await;
    assert!(to(&closing, "uk3")[0].subject.contains("Finished"), "{:?}", calls(&closing));
    world.retract(&forwarded).await;
    let mails = world.until("2026-02-02 18:00").await;
    let again = to(&mails, "uk3");
    assert_eq!(again.len(), 1, "{:?}", calls(&mails));
    assert!(again[0].says("Deadline: Monday, 9 February 2026"), "{}", again[0].text);
    let rungs = world.until("2026-02-06 12:00").await;
    assert_eq!(to(&rungs, "uk3").len(), 3);
}

/// As [`a_duty_that_goes_on_after_its_closing_line_is_told_anew`], on the day of a rung that had been told already.
async fn a_duty_that_goes_on_is_told_although_its_rung_of_the_day_was_told_before() {
    let (mut world, _) = told().await;
    world.until("2026-02-05 09:00").await;
    let forwarded = world.record("2026-7", EventKind::Forwarded, "2026-02-05", &[]).await;
    world.until("2026-02-05 10:00").await;
    world.retract(&forwarded).await;
    assert_eq!(to(&world.until("2026-02-05 12:00").await, "uk3").len(), 1);
}

async fn a_closing_that_was_struck_within_the_minute_is_no_news() {
    let (mut world, _) = told().await;
    let forwarded = world.record("2026-7", EventKind::Forwarded, "2026-02-02", &[]).await;
    world.retract(&forwarded).await;
    let mails = world.until("2026-02-03 12:00").await;
    assert_eq!(calls(&to(&mails, "uk3").into_iter().cloned().collect::<Vec<_>>()), ["2026-02-03 08:30 uk3"]);
}

async fn a_later_hand_over_moves_the_year_for_those_told_and_back_when_it_is_struck() {
    let mut world = World::at("2026-02-02 10:00").await;
    world.open("2026-7", Sentence::Death, "institution:uk-3").await;
    world.record("2026-7", EventKind::VerdictInForce, "2026-01-20", &[]).await;
    world.record("2026-7", EventKind::VerdictCopyHanded, "2026-01-21", &[]).await;
    world.until("2026-02-02 11:00").await;
    let later = world.record("2026-7", EventKind::CassationRulingHanded, "2026-01-30", &[]).await;
    let mails = world.until("2026-02-02 12:00").await;
    let moved: Vec<_> = mails.iter().filter(|mail| mail.says("Old day") || mail.says("Бұрынғы")).collect();
    assert!(
        to(&mails, "uk3").iter().any(|mail| mail.says("Saturday, 30 January 2027") || mail.says("1 February 2027"))
    );
    assert!(!moved.is_empty(), "{:#?}", mails.iter().map(|mail| &mail.text).collect::<Vec<_>>());
    world.retract(&later).await;
    let waiting = world.row("2026-7", "P9.PETITION").await;
    assert!(waiting.is_open, "the year of the first hand-over stands: {waiting:?}");
    // A retraction that shortens waits for a second person.
    let mut tx = world.store.snapshot().await.unwrap();
    let struck = tx.chain_events("2026-7").await.unwrap().pop().unwrap();
    drop(tx);
    if struck.needs_confirmation {
        world.confirm(&struck.event_id).await;
    }
    let mails = world.until("2026-02-02 13:00").await;
    let row = world.row("2026-7", "P9.PETITION").await;
    assert_eq!(row.shown_on, Some("2027-01-21".parse().unwrap()), "{row:?}");
    assert!(to(&mails, "uk3").iter().any(|mail| mail.says("21 January 2027")), "{:?}", calls(&mails));
    assert!(!mails.iter().any(|mail| mail.says("entry struck")), "the year was never over");
}

/// The receiving institution must know what runs, and what bars the sentence; those who know are not told again.
async fn after_a_transfer_the_new_institution_hears_what_runs() {
    let mut world = World::at("2026-02-02 10:00").await;
    world.open("2026-7", Sentence::Death, "institution:uk-3").await;
    world.record("2026-7", EventKind::VerdictInForce, "2026-01-20", &[]).await;
    world.record("2026-7", EventKind::VerdictCopyHanded, "2026-01-21", &[]).await;
    world.record("2026-7", EventKind::PetitionAccepted, "2026-02-02", &[]).await;
    world.until("2026-02-02 11:00").await;
    world.record("2026-7", EventKind::ConvictTransferred, "2026-02-02", &["to=institution:uk-2"]).await;
    let mails = world.until("2026-02-02 12:00").await;
    let heard = to(&mails, "uk2");
    assert_eq!(mails.len(), heard.len(), "nobody else: {:?}", calls(&mails));
    assert_eq!(heard.len(), 1);
    assert!(heard[0].says("пункт 9") && heard[0].says("пункт 11"), "{}", heard[0].text);
    assert_eq!(world.until("2026-02-02 20:00").await.len(), 0);
}

/// Who was told the date of the first hand-over hears of the second, wherever the convict is by now.
async fn a_later_hand_over_is_told_to_the_institution_that_held_him_before_too() {
    let mut world = World::at("2026-02-02 10:00").await;
    world.open("2026-7", Sentence::Death, "institution:uk-3").await;
    world.record("2026-7", EventKind::VerdictCopyHanded, "2026-01-21", &[]).await;
    world.until("2026-02-02 11:00").await;
    world.record("2026-7", EventKind::ConvictTransferred, "2026-02-02", &["to=institution:uk-2"]).await;
    world.until("2026-02-02 12:00").await;
    world.record("2026-7", EventKind::CassationRulingHanded, "2026-01-30", &[]).await;
    let mails = world.until("2026-02-02 13:00").await;
    for whom in ["uk2", "uk3", "wb"] {
        assert!(to(&mails, whom).iter().any(|m| m.says("2027")), "{whom}: {:?}", calls(&mails));
    }
    assert!(
        to(&mails, "uk3")[0].says("Old day (no longer valid): Thursday, 21 January 2027"),
        "{}",
        to(&mails, "uk3")[0].text
    );
}

on_each_backend!(
    those_told_hear_the_old_day_struck_the_new_one_and_why,
    a_date_that_moved_and_came_back_within_the_minute_is_no_news,
    a_correction_before_anything_was_told_tells_only_the_new_date,
    a_rung_that_falls_into_the_minute_of_a_move_is_not_lost,
    a_struck_petition_closes_what_was_told_and_names_no_act_that_was_not_done,
    a_duty_that_goes_on_after_its_closing_line_is_told_anew,
    a_duty_that_goes_on_is_told_although_its_rung_of_the_day_was_told_before,
    a_closing_that_was_struck_within_the_minute_is_no_news,
    a_later_hand_over_moves_the_year_for_those_told_and_back_when_it_is_struck,
    after_a_transfer_the_new_institution_hears_what_runs,
    a_later_hand_over_is_told_to_the_institution_that_held_him_before_too,
);
