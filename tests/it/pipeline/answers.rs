//! What readers say back: what an acknowledgement stops and what it never stops, and who hears when nobody answers.

use chrono::TimeDelta;
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::post::ack_link::{AckLinks, NoLetter};
use keshirim::post::acknowledge::{Standing, acknowledge};
use keshirim::store::Instant;

use super::mail::Mail;
use super::world::{World, calls, local, texts, to};
use crate::backend::on_each_backend;

/// The token of the link with which a letter is acknowledged.
fn token(mail: &Mail) -> Option<String> {
    let link = mail.text.split_whitespace().find_map(|word| word.strip_prefix("https://keshirim.example/ack/"))?;
    Some(link.to_owned())
}

/// Follows the letter's link and presses the button; yields how its deadlines then stand.
async fn answer(world: &World, mail: &Mail) -> Vec<Standing> {
    let now = world.clock.now();
    let letter_id = world.links.letter_of(&token(mail).expect("the letter has a link"), now).unwrap();
    let told = acknowledge(&world.store, &letter_id, &[], Instant::new(now)).await.unwrap().unwrap();
    told.into_iter().map(|told| told.standing).collect()
}

/// A petition of 2 February: the seventh day is Monday the ninth, the safe day Sunday, the last working day before it Friday the sixth.
async fn petition() -> (World, Vec<Mail>, String) {
    let mut world = World::at("2026-02-02 10:00").await;
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-3").await;
    let id = world.record("2026-7", EventKind::PetitionAccepted, "2026-02-02", &[]).await;
    let mails = world.until("2026-02-02 11:00").await;
    (world, mails, id)
}

async fn an_acknowledgement_stops_the_countdown_and_never_the_last_days_and_what_is_overdue() {
    let (mut world, mails, _) = petition().await;
    assert!(matches!(answer(&world, &mails[0]).await[..], [Standing::Acknowledged(_)]));
    let mails = world.until("2026-02-11 12:00").await;
    let expected = [
        // Not on the third (3 working days) nor on the fifth (1): that was known. Nor does the superior hear on the fifth.
        "2026-02-06 08:30 uk3",
        "2026-02-09 08:30 uk3",
        "2026-02-10 08:30 committee",
        "2026-02-10 08:30 uk3",
        "2026-02-10 08:30 wb",
        "2026-02-11 08:30 committee",
        "2026-02-11 08:30 uk3",
        "2026-02-11 08:30 wb",
    ];
    assert_eq!(calls(&mails), expected);
}

async fn what_nobody_acknowledged_goes_to_the_superior_once_and_says_so() {
    let (mut world, _, _) = petition().await;
    let mails = world.until("2026-02-09 12:00").await;
    let superior = to(&mails, "committee");
    assert_eq!(superior.len(), 1, "{:?}", calls(&mails));
    assert_eq!(superior[0].at, "2026-02-05 08:30");
    assert!(superior[0].says("Получение письма не подтверждено: Учреждение № 3"), "{}", superior[0].text);
}

/// He knows of the date, because he was told of the late act that it replaced; that the office itself does not answer is news.
async fn a_superior_who_acknowledged_the_date_hears_all_the_same_that_the_office_did_not() {
    let mut world = World::at("2026-02-02 10:00").await;
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-3").await;
    let id = world.record("2026-7", EventKind::PetitionAccepted, "2026-01-20", &[]).await;
    world.until("2026-02-02 11:00").await;
    world.correct(&id, "2026-02-02").await;
    let moved = world.until("2026-02-02 12:00").await;
    assert_eq!(calls(&moved), ["2026-02-02 11:01 committee", "2026-02-02 11:01 uk3", "2026-02-02 11:01 wb"]);
    assert!(matches!(answer(&world, &moved[0]).await[..], [Standing::Acknowledged(_)]));
    let mails = world.until("2026-02-06 12:00").await;
    let superior = to(&mails, "committee");
    assert_eq!(superior.iter().map(|mail| mail.at.as_str()).collect::<Vec<_>>(), ["2026-02-05 08:30"]);
    assert!(superior[0].says("Получение письма не подтверждено: Учреждение № 3"), "{}", superior[0].text);
}

async fn an_acknowledgement_dies_when_the_date_moves() {
    let (mut world, mails, id) = petition().await;
    answer(&world, &mails[0]).await;
    world.correct(&id, "2026-01-30").await;
    let moved = world.until("2026-02-02 12:00").await;
    assert_eq!(calls(&moved), ["2026-02-02 11:01 uk3"]);
    assert_eq!(
        answer(&world, &mails[0]).await,
        [Standing::Moved],
        "the old letter's link acknowledges nothing any more"
    );
    let mails = world.until("2026-02-04 12:00").await;
    let own = to(&mails, "uk3");
    // The safe day is now Thursday the fifth: one working day before it.
    assert_eq!(own.iter().map(|mail| mail.at.as_str()).collect::<Vec<_>>(), ["2026-02-04 08:30"]);
}

async fn an_acknowledgement_is_its_giver_s_alone_and_said_twice_is_said_once() {
    let (world, mails, _) = petition().await;
    let first = answer(&world, &mails[0]).await;
    world.clock.advance(TimeDelta::minutes(5));
    assert_eq!(answer(&world, &mails[0]).await, first, "the first word stands, with its time");
    let row = world.row("2026-7", "P11.FORWARD").await;
    let given = world.store.snapshot().await.unwrap().acknowledgements(&row).await.unwrap();
    assert_eq!(given.len(), 1);
    assert_eq!((given[0].address.as_str(), given[0].office.as_str()), ("uk3@test.example", "institution:uk-3"));
}

async fn what_was_met_has_nothing_to_acknowledge() {
    let (mut world, mails, _) = petition().await;
    world.record("2026-7", EventKind::Forwarded, "2026-02-02", &[]).await;
    let closing = world.until("2026-02-02 12:00").await;
    assert_eq!(token(&closing[0]), None, "{}", closing[0].text);
    assert_eq!(answer(&world, &mails[0]).await, [Standing::Ended]);
}

/// A death case: the window of para 9 ends a year after the hand-over of the later paper.
async fn window(informed: bool) -> Vec<Mail> {
    let mut world = World::at("2025-03-03 10:00").await;
    world.open("2025-9", Sentence::Death, "institution:uk-3").await;
    world.record("2025-9", EventKind::VerdictInForce, "2025-02-20", &[]).await;
    world.record("2025-9", EventKind::VerdictCopyHanded, "2025-03-03", &[]).await;
    world.record("2025-9", EventKind::CassationRulingHanded, "2025-03-03", &[]).await;
    if informed {
        world.record("2025-9", EventKind::ConvictInformed, "2025-03-03", &[]).await;
    }
    let mut all = world.until("2025-03-03 12:00").await;
    let petition = |mail: &&Mail| mail.to.starts_with("uk3@") && token(mail).is_some();
    for mail in all.iter().filter(petition) {
        answer(&world, mail).await;
    }
    all = world.until("2026-03-20 12:00").await;
    all
}

async fn reminders_of_a_right_go_on_in_its_last_thirty_days_for_the_convict_s_sake() {
    let mails = window(false).await;
    let right = |mail: &&&Mail| mail.says("right") || mail.says("petition");
    let own: Vec<_> = to(&mails, "uk3").into_iter().filter(|mail| right(&mail)).map(|mail| mail.at.clone()).collect();
    // The last day is Tuesday 3 March 2026. Not 90 days before (3 December 2025): that was acknowledged.
    assert!(!own.iter().any(|at| at.starts_with("2025-12")), "{own:?}");
    for day in ["2026-01-30", "2026-02-24", "2026-03-02", "2026-03-03"] {
        assert!(own.iter().any(|at| at.starts_with(day)), "{day}: {own:?}");
    }
}

async fn an_informed_convict_lets_the_acknowledged_reminders_of_his_right_rest_until_the_last_day() {
    let mails = window(true).await;
    let own: Vec<_> = to(&mails, "uk3").into_iter().map(|mail| mail.at.clone()).collect();
    for day in ["2026-01-30", "2026-02-24", "2026-03-02"] {
        assert!(!own.iter().any(|at| at.starts_with(day)), "{day}: {own:?}");
    }
    assert!(own.iter().any(|at| at.starts_with("2026-03-03")), "{own:?}");
}

async fn an_unanswered_letter_of_an_office_without_superior_goes_to_the_working_body_and_its_own_to_the_operators() {
    let mut world = World::at("2026-02-02 10:00").await;
    world.open("2026-8", Sentence::Imprisonment, "institution:uk-9").await;
    world.record("2026-8", EventKind::PetitionAccepted, "2026-02-02", &[]).await;
    let mails = world.until("2026-02-05 12:00").await;
    let heard = to(&mails, "wb");
    assert_eq!(heard.len(), 1, "the committee has no superior: {:?}", calls(&mails));
    assert!(heard[0].says("расталмаған"), "{}", texts(&mails));
}

/// The ladder that was promised when a deadline opened is kept; a deadline that opens later has the new one.
async fn a_running_deadline_keeps_the_ladder_under_which_it_opened() {
    let (mut world, _, _) = petition().await;
    world.config.ladder.duty_of_days.before.clear();
    world.config.ladder.escalation.unacknowledged_before = None;
    world.open("2026-8", Sentence::Imprisonment, "institution:uk-2").await;
    world.record("2026-8", EventKind::PetitionAccepted, "2026-02-02", &[]).await;
    let mails = world.until("2026-02-06 12:00").await;
    let days = |whom: &str| to(&mails, whom).iter().map(|mail| mail.at.clone()).collect::<Vec<_>>();
    assert_eq!(days("uk3"), ["2026-02-03 08:30", "2026-02-05 08:30", "2026-02-06 08:30"]);
    assert_eq!(days("uk2"), ["2026-02-02 11:01", "2026-02-06 08:30"]);
    assert_eq!(days("committee"), ["2026-02-05 08:30"], "only for the one that opened under escalation");
}

/// An escalation falls on its own morning where the ladder has no rung there.
async fn the_superior_hears_on_the_day_of_escalation_even_where_the_office_has_no_rung_on_it() {
    let mut world = World::at("2026-02-02 10:00").await;
    world.config.ladder.duty_of_days.before.clear();
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-3").await;
    world.record("2026-7", EventKind::PetitionAccepted, "2026-02-02", &[]).await;
    let mails = world.until("2026-02-06 12:00").await;
    assert_eq!(calls(&mails), ["2026-02-02 10:01 uk3", "2026-02-05 08:30 committee", "2026-02-06 08:30 uk3"]);
}

#[test]
fn a_link_ends_is_signed_and_is_no_return_address() {
    let now = local("2026-02-02 10:00");
    let links = AckLinks::new("https://keshirim.example/", Some("key"));
    let link = links.of("L-0123456789", now).unwrap();
    let token = link.strip_prefix("https://keshirim.example/ack/").unwrap();
    assert_eq!(links.letter_of(token, now), Ok("L-0123456789".to_owned()));
    assert_eq!(links.letter_of(token, now + TimeDelta::days(75)), Ok("L-0123456789".to_owned()));
    assert_eq!(links.letter_of(token, now + TimeDelta::days(76)), Err(NoLetter::Expired));
    for at in 0..token.len() {
        let mut forged = token.to_owned();
        let other = if &token[at..=at] == "0" { "1" } else { "0" };
        forged.replace_range(at..=at, other);
        assert_eq!(links.letter_of(&forged, now), Err(NoLetter::Forged), "{forged}");
        assert_eq!(links.letter_of(&token[..at], now), Err(NoLetter::Forged));
    }
    let other = AckLinks::new("https://keshirim.example", Some("another key"));
    assert_eq!(other.letter_of(token, now), Err(NoLetter::Forged));
    let without = AckLinks::new("https://keshirim.example", None);
    assert_eq!((without.of("L-0123456789", now), without.letter_of(token, now)), (None, Err(NoLetter::Forged)));
    let bounce = keshirim::post::return_path::ReturnPath::new("b@test.example", Some("key")).of("L-0123456789");
    let signature = bounce.split('.').nth(1).unwrap().split('@').next().unwrap();
    assert_eq!(links.letter_of(&format!("L-0123456789.20260301.{signature}"), now), Err(NoLetter::Forged));
    assert_eq!(links.letter_of(&"L-0.".repeat(100_000), now), Err(NoLetter::Forged));
}

/// While nothing leaves, nobody was asked: the superior is not told that nobody answered.
async fn an_office_whose_letter_never_left_has_not_been_silent() {
    let (world, _, _) = petition().await;
    world.sleep_until("2026-02-05 08:31");
    world.compose().await;
    let mut tx = world.store.begin().await.unwrap();
    let row = world.row("2026-7", "P11.FORWARD").await;
    let midnight = Instant::new(local("2026-02-05 00:00"));
    assert!(tx.was_told(&row, "institution:uk-3", midnight).await.unwrap());
    assert!(
        !tx.was_told(&row, "institution:uk-3", Instant::new(local("2026-02-02 10:01"))).await.unwrap(),
        "told after that"
    );
    assert!(!tx.was_told(&row, "institution:uk-2", midnight).await.unwrap());
    let letter = tx.letters(Some("accepted"), None, 1).await.unwrap().remove(0);
    assert!(tx.requeue_letter(&letter.letter_id, Instant::new(world.clock.now())).await.unwrap());
    assert!(!tx.was_told(&row, "institution:uk-3", midnight).await.unwrap(), "the letter waits again");
}
on_each_backend!(
    an_acknowledgement_stops_the_countdown_and_never_the_last_days_and_what_is_overdue,
    what_nobody_acknowledged_goes_to_the_superior_once_and_says_so,
    an_acknowledgement_dies_when_the_date_moves,
    an_acknowledgement_is_its_giver_s_alone_and_said_twice_is_said_once,
    what_was_met_has_nothing_to_acknowledge,
    reminders_of_a_right_go_on_in_its_last_thirty_days_for_the_convict_s_sake,
    an_informed_convict_lets_the_acknowledged_reminders_of_his_right_rest_until_the_last_day,
    an_unanswered_letter_of_an_office_without_superior_goes_to_the_working_body_and_its_own_to_the_operators,
    a_running_deadline_keeps_the_ladder_under_which_it_opened,
    the_superior_hears_on_the_day_of_escalation_even_where_the_office_has_no_rung_on_it,
    a_superior_who_acknowledged_the_date_hears_all_the_same_that_the_office_did_not,
    an_office_whose_letter_never_left_has_not_been_silent,
);
