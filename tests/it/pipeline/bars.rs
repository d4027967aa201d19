//! Bars on execution: who hears of them, who hears that one ended, and what is never said.

use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::register::NATIONWIDE;

use super::world::{World, calls, counts, texts, to};
use crate::backend::on_each_backend;

async fn death_case(now: &str, number: &str) -> World {
    let world = World::at(now).await;
    open(&world, number).await;
    world
}

async fn open(world: &World, number: &str) {
    world.open(number, Sentence::Death, "institution:uk-3").await;
    world.record(number, EventKind::VerdictInForce, "2026-01-20", &[]).await;
    world.record(number, EventKind::VerdictCopyHanded, "2026-01-21", &[]).await;
}

async fn four_offices_hear_that_a_bar_opened_and_none_gets_a_countdown_or_an_entry() {
    let mut world = death_case("2026-02-02 10:00", "2026-7").await;
    let mails = world.until("2026-02-02 11:00").await;
    for whom in ["pg", "sc", "uk3", "wb"] {
        let mail = to(&mails, whom)[0];
        let ics = mail.ics.clone().unwrap_or_default();
        assert!(!ics.contains("BAR"), "{ics}");
        if whom != "uk3" && whom != "wb" {
            assert!(mail.ics.is_none(), "only the right has a day to keep: {ics}");
        }
        assert!(!mail.high);
    }
    assert!(to(&mails, "pg")[0].says("пункт 9"), "{}", to(&mails, "pg")[0].text);
    // A year later nothing of the bars was counted down to those who have no other term.
    let mails = world.until("2027-01-20 23:00").await;
    assert_eq!(to(&mails, "pg").len() + to(&mails, "sc").len(), 0, "{:?}", calls(&mails));
    // The bar is over after 20 January 2027: only the working body hears, and what still stands.
    let mails = world.until("2027-01-21 12:00").await;
    assert_eq!(to(&mails, "pg").len() + to(&mails, "sc").len(), 0, "{:?}", calls(&mails));
    let ended = to(&mails, "wb").into_iter().find(|m| m.at.starts_with("2027-01-21 00:01")).unwrap();
    assert!(
        ended.says("Тізілім жазаны орындауға болатынын ешқашан айтпайды") || ended.says("ешқашан"),
        "{}",
        ended.text
    );
    assert!(ended.ics.is_none());
}

async fn a_bar_that_lengthens_is_told_to_all_four() {
    let mut world = World::at("2026-02-02 10:00").await;
    world.open("2026-7", Sentence::Death, "institution:uk-3").await;
    let force = world.record("2026-7", EventKind::VerdictInForce, "2026-01-20", &[]).await;
    world.until("2026-02-02 11:00").await;
    let later = world.correct(&force, "2026-01-30").await;
    let mails = world.until("2026-02-02 12:00").await;
    for whom in ["pg", "sc", "uk3", "wb"] {
        assert_eq!(to(&mails, whom).len(), 1, "{whom}: {:?}", calls(&mails));
    }
    // Shorter again: that waits for a second person, and then only the working body hears.
    let back = world.correct(&later, "2026-01-25").await;
    assert_eq!(calls(&world.until("2026-02-02 13:00").await), [] as [&str; 0], "not confirmed yet");
    world.confirm(&back).await;
    let mails = world.until("2026-02-02 14:00").await;
    assert_eq!(counts(&mails).keys().collect::<Vec<_>>(), [&"wb"]);
    // What it lengthens to is measured by what they were told.
    assert_eq!(world.row("2026-7", "P9.BAR_YEAR").await.told_shown, Some("2027-01-25".parse().unwrap()));
}

async fn an_entry_that_waits_is_named_as_waiting_and_once_confirmed_only_the_working_body_hears() {
    let mut world = death_case("2026-02-02 10:00", "2026-7").await;
    world.record("2026-7", EventKind::PetitionAccepted, "2026-01-22", &[]).await;
    world.until("2026-02-02 11:00").await;
    world.record("2026-7", EventKind::RejectionDecree, "2026-02-02", &[]).await;
    world.until("2026-02-02 12:00").await;
    let sc = world.record("2026-7", EventKind::DecreeReceivedSc, "2026-02-02", &[]).await;
    let pg = world.record("2026-7", EventKind::DecreeReceivedPg, "2026-02-02", &[]).await;
    let mails = world.until("2026-02-02 13:00").await;
    assert!(mails.iter().all(|m| !m.subject.contains("changed under")), "{:?}", calls(&mails));
    // Any letter of the case names what waits.
    world.record("2026-7", EventKind::CourtNoticeReceived, "2026-02-02", &[]).await;
    let mails = world.until("2026-03-03 12:00").await;
    let waiting = mails.iter().filter(|m| m.says("растал") || m.says("подтвержд") || m.says("not yet confirmed"));
    assert!(waiting.count() > 0, "{}", texts(&mails));
    world.confirm(&sc).await;
    world.confirm(&pg).await;
    let mails = world.until("2026-03-03 13:00").await;
    let ended: Vec<_> =
        mails.iter().filter(|m| m.says("ешқашан") || m.says("never says") || m.says("никогда")).collect();
    assert!(!ended.is_empty() && ended.iter().all(|m| m.to.starts_with("wb")), "{:?}", calls(&mails));
}

/// Ended for the working body alone; standing again it is told to all, for the others believed nothing less.
async fn a_bar_that_stands_again_is_told_again() {
    let mut world = death_case("2026-02-02 10:00", "2026-7").await;
    world.nationwide(EventKind::MoratoriumDeclared, "2026-01-25").await;
    world.until("2026-02-02 11:00").await;
    let lifted = world.record_by_two(NATIONWIDE, EventKind::MoratoriumLifted, "2026-02-01", &["act=Decree 9"]).await;
    world.until("2026-02-02 12:00").await;
    // A lifting that never was: that takes a second person too, for it also struck the year after the lifting.
    let struck = world.retract(&lifted).await;
    let mut tx = world.store.snapshot().await.unwrap();
    let waits = tx.event(&struck).await.unwrap().unwrap().needs_confirmation;
    drop(tx);
    if waits {
        world.confirm(&struck).await;
    }
    let mails = world.until("2026-02-02 13:00").await;
    for whom in ["pg", "sc", "uk3", "wb"] {
        assert!(!to(&mails, whom).is_empty(), "{whom}: {:?}", calls(&mails));
    }
}

async fn a_nation_wide_moratorium_over_fifty_cases_is_one_letter_an_official_even_when_it_stops_half_way() {
    let mut world = World::at("2026-02-02 10:00").await;
    for n in 1..=50 {
        open(&world, &format!("2026-{n:02}")).await;
    }
    world.until("2026-02-02 11:00").await;
    // The entry is committed, and the process dies before the cases are carried along.
    let draft = keshirim::register::entry::Draft::new(EventKind::MoratoriumDeclared, "2026-02-02".parse().unwrap());
    let draft = draft.confirmed().with("act", "Decree 1251").unwrap();
    let registrar = world.registrar("aigul");
    let recording = registrar.begin_recording(NATIONWIDE).await.unwrap();
    let (tx, _) = registrar.record_in(recording, &draft).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(registrar.nationwide_batch(20).await.unwrap(), Some(20));
    let mails = world.until("2026-02-02 12:00").await;
    let heard = counts(&mails);
    for whom in ["pg", "sc", "uk3", "wb"] {
        assert_eq!(heard.get(whom), Some(&1), "{heard:?}");
    }
    assert_eq!(heard.len(), 4, "{heard:?}");
    assert!(to(&mails, "pg")[0].says("№ 2026-01") && to(&mails, "pg")[0].says("№ 2026-50"));
    assert_eq!(world.until("2026-02-02 20:00").await.len(), 0);
}

/// Longer, and a little shorter again before anybody heard of it: longer than what they were told all the same.
async fn a_bar_is_measured_by_what_people_were_told() {
    let mut world = World::at("2026-02-02 10:00").await;
    world.open("2026-7", Sentence::Death, "institution:uk-3").await;
    let force = world.record("2026-7", EventKind::VerdictInForce, "2026-01-20", &[]).await;
    world.until("2026-02-02 11:00").await;
    let later = world.correct(&force, "2026-01-30").await;
    let between = world.correct(&later, "2026-01-25").await;
    world.confirm(&between).await;
    let mails = world.until("2026-02-02 12:00").await;
    for whom in ["pg", "sc", "uk3", "wb"] {
        assert!(to(&mails, whom).iter().any(|m| m.says("2027")), "{whom}: {:?}", calls(&mails));
    }
    assert!(to(&mails, "uk3")[0].says("25 January 2027"), "{}", to(&mails, "uk3")[0].text);
}

on_each_backend!(
    four_offices_hear_that_a_bar_opened_and_none_gets_a_countdown_or_an_entry,
    a_bar_that_lengthens_is_told_to_all_four,
    an_entry_that_waits_is_named_as_waiting_and_once_confirmed_only_the_working_body_hears,
    a_bar_that_stands_again_is_told_again,
    a_nation_wide_moratorium_over_fifty_cases_is_one_letter_an_official_even_when_it_stops_half_way,
    a_bar_is_measured_by_what_people_were_told,
);
