//! Whoever is new behind an office hears what is open there.

use keshirim::config::parse_offices;
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::post::acknowledge::acknowledge;
use keshirim::store::{FlagRow, Instant};

use super::world::{OFFICES, World, calls, texts, to};
use crate::backend::on_each_backend;

/// Two petitions of institution 3, one forwarded, one of institution 2.
async fn register() -> World {
    let mut world = World::at("2026-02-02 10:00").await;
    assert_eq!(world.hand_over().await, 0, "the first time nobody is new");
    for (number, institution) in [("2026-7", "uk-3"), ("2026-8", "uk-3"), ("2026-9", "uk-2"), ("2026-10", "uk-3")] {
        world.open(number, Sentence::Imprisonment, &format!("institution:{institution}")).await;
        world.record(number, EventKind::PetitionAccepted, "2026-02-02", &[]).await;
    }
    world.record("2026-8", EventKind::Forwarded, "2026-02-02", &[]).await;
    world.until("2026-02-02 11:00").await;
    world
}

fn directory(world: &mut World, from: &str, to: &str) {
    assert!(OFFICES.contains(from));
    world.directory = parse_offices("offices.toml", &OFFICES.replace(from, to)).unwrap();
}

async fn a_new_holder_of_a_post_gets_one_letter_of_everything_open_there() {
    let mut world = register().await;
    assert_eq!(world.hand_over().await, 0, "nothing changed");
    directory(&mut world, "uk3@test.example", "uk3-new@test.example");
    assert_eq!(world.hand_over().await, 1);
    assert_eq!(world.hand_over().await, 0, "said once");
    let mails = world.beat().await;
    assert_eq!(calls(&mails), ["2026-02-02 11:00 uk3-new"]);
    let letter = &mails[0];
    assert!(letter.says("A post of this office is new to you: Institution No. 3"), "{}", letter.text);
    assert!(letter.says("2026-7") && letter.says("2026-10"), "{}", letter.text);
    assert!(!letter.says("2026-8") && !letter.says("2026-9"), "met, and another's: {}", letter.text);
    assert!(letter.says("Deadline: Monday, 9 February 2026"), "{}", letter.text);
    // The ladder goes on with the new one.
    let mails = world.until("2026-02-03 12:00").await;
    assert_eq!(to(&mails, "uk3-new").len(), 1, "{:?}", calls(&mails));
    assert_eq!(to(&mails, "uk3").len(), 0);
}

async fn a_second_official_hears_and_the_first_is_not_told_again() {
    let mut world = register().await;
    let post = "post = \"Head of records\"\naddress = \"uk3@test.example\"";
    let second = format!(
        "[[office.official]]\npost = \"Clerk\"\naddress = \"uk3-clerk@test.example\"\n[[office.official]]\n{post}"
    );
    directory(&mut world, &format!("[[office.official]]\n{post}"), &second);
    assert_eq!(world.hand_over().await, 1);
    assert_eq!(calls(&world.beat().await), ["2026-02-02 11:00 uk3-clerk"]);
}

/// A post's holder has taken his word along: the new one has the hand-over letter, and has not answered it.
async fn what_the_predecessor_acknowledged_the_successor_has_not() {
    for changes in [false, true] {
        let mut world = register().await;
        let letters = world.store.snapshot().await.unwrap().letters(None, None, 10).await.unwrap();
        let now = Instant::new(world.clock.now());
        for letter in letters.iter().filter(|letter| letter.address == "uk3@test.example") {
            acknowledge(&world.store, &letter.letter_id, &[], now).await.unwrap();
        }
        if changes {
            directory(&mut world, "uk3@test.example", "uk3-new@test.example");
            world.hand_over().await;
        }
        let mails = world.until("2026-02-05 12:00").await;
        let text = texts(&mails.into_iter().filter(|mail| mail.to.starts_with("committee@")).collect::<Vec<_>>());
        assert!(text.contains("2026-9"), "nobody of the other office has: {text}");
        assert_eq!(text.contains("2026-7"), changes, "{text}");
    }
}

async fn whoever_is_new_at_an_address_that_does_not_work_hears_when_it_does() {
    let mut world = register().await;
    directory(&mut world, "uk3@test.example", "uk3-new@test.example");
    let letter = world.store.snapshot().await.unwrap().letters(None, None, 1).await.unwrap().remove(0);
    let mut tx = world.store.begin().await.unwrap();
    let flag = FlagRow {
        address: "uk3-new@test.example".to_owned(),
        flagged_at: Instant::new(world.clock.now()),
        reason: "refused".to_owned(),
        status: "550".to_owned(),
        letter_id: letter.letter_id,
        lifted_at: None,
        lifted_by: None,
    };
    assert!(tx.flag_address(&flag).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(world.hand_over().await, 0);
    let mut tx = world.store.begin().await.unwrap();
    assert!(tx.lift_flag(&flag.address, Instant::new(world.clock.now()), "root").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(world.hand_over().await, 1);
    assert_eq!(calls(&world.beat().await), ["2026-02-02 11:00 uk3-new"]);
}

async fn whoever_is_new_and_away_hears_on_the_day_he_is_back() {
    let mut world = register().await;
    directory(
        &mut world,
        "address = \"uk3@test.example\"\nabsences = [{ from = \"2026-04-01\", until = \"2026-04-30\" }]",
        "address = \"uk3-new@test.example\"\nabsences = [{ from = \"2026-02-01\", until = \"2026-02-04\" }]",
    );
    assert_eq!(world.hand_over().await, 0);
    world.until("2026-02-05 07:00").await;
    assert_eq!(world.hand_over().await, 1);
    let mails = world.beat().await;
    assert_eq!(calls(&mails), ["2026-02-05 07:00 uk3-new"], "{}", texts(&mails));
}

async fn a_generic_office_answers_for_those_that_are_not_listed() {
    let mut world = World::at("2026-02-02 10:00").await;
    world.hand_over().await;
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-99").await;
    world.record("2026-7", EventKind::PetitionAccepted, "2026-02-02", &[]).await;
    world.until("2026-02-02 11:00").await;
    directory(&mut world, "committee@test.example", "committee-2@test.example");
    assert_eq!(world.hand_over().await, 1);
    let mails = world.beat().await;
    assert!(mails[0].to.starts_with("committee-2@") && mails[0].says("2026-7"), "{}", texts(&mails));
}

async fn a_convict_who_was_transferred_is_not_handed_over_at_the_old_institution() {
    let mut world = register().await;
    world.open("2026-20", Sentence::Death, "institution:uk-3").await;
    for kind in [EventKind::VerdictInForce, EventKind::VerdictCopyHanded, EventKind::CassationRulingHanded] {
        world.record("2026-20", kind, "2026-01-30", &[]).await;
    }
    world.until("2026-02-02 12:00").await;
    world.record("2026-20", EventKind::ConvictTransferred, "2026-02-02", &["to=institution:uk-2"]).await;
    world.until("2026-02-02 13:00").await;
    directory(&mut world, "uk3@test.example", "uk3-new@test.example");
    world.hand_over().await;
    let mails = world.beat().await;
    // A duty stays with the institution that accepted the petition; the right goes with the convict.
    assert!(mails.len() == 1 && mails[0].says("2026-7") && !mails[0].says("2026-20"), "{}", texts(&mails));
}

async fn a_hand_over_can_be_acknowledged() {
    let mut world = register().await;
    directory(&mut world, "uk3@test.example", "uk3-new@test.example");
    world.hand_over().await;
    let mails = world.beat().await;
    let now = world.clock.now();
    let link = mails[0].text.split_whitespace().find_map(|word| word.strip_prefix("https://keshirim.example/ack/"));
    let letter_id = world.links.letter_of(link.unwrap(), now).unwrap();
    let told = acknowledge(&world.store, &letter_id, &[], Instant::new(now));
    assert_eq!(told.await.unwrap().unwrap().len(), 2);
    let mails = world.until("2026-02-05 12:00").await;
    assert_eq!(to(&mails, "uk3-new").len(), 0, "the countdown rests: {:?}", calls(&mails));
    let superior = to(&mails, "committee");
    assert!(superior.len() == 1 && superior[0].says("2026-9"), "nobody of the other office has: {}", texts(&mails));
    assert!(!superior[0].says("2026-7") && !superior[0].says("2026-10"), "{}", superior[0].text);
}

on_each_backend!(
    a_new_holder_of_a_post_gets_one_letter_of_everything_open_there,
    a_second_official_hears_and_the_first_is_not_told_again,
    whoever_is_new_and_away_hears_on_the_day_he_is_back,
    a_generic_office_answers_for_those_that_are_not_listed,
    a_convict_who_was_transferred_is_not_handed_over_at_the_old_institution,
    a_hand_over_can_be_acknowledged,
    what_the_predecessor_acknowledged_the_successor_has_not,
    whoever_is_new_at_an_address_that_does_not_work_hears_when_it_does,
);
