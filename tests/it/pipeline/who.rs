//! Who hears when people are away, offices unknown, and a machine was off for days.

use keshirim::config::parse_offices;
use keshirim::law::timeline::{EventKind, Sentence};

use super::world::{OFFICES, World, calls, counts, to};
use crate::backend::{on_each_backend, tamper};

async fn an_absent_official_s_deputy_is_written_to_and_told_whose_place_he_takes() {
    let mut world = World::at("2026-03-02 10:00").await;
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-1").await;
    world.record("2026-7", EventKind::PetitionAccepted, "2026-03-02", &[]).await;
    let mails = world.until("2026-03-05 12:00").await;
    let own: Vec<_> = mails.iter().filter(|mail| mail.to.starts_with("uk1")).collect();
    assert!(own.len() == 3 && own.iter().all(|mail| mail.to == "uk1-deputy@test.example"), "{:?}", calls(&mails));
    assert!(mails[0].says("Арнайы бөлім бастығы"), "{}", mails[0].text);
    // He is back on Saturday the seventh; Monday the ninth is a day off.
    let mails = world.until("2026-03-10 12:00").await;
    let own = to(&mails, "uk1");
    assert!(!own.is_empty() && own.iter().all(|mail| !mail.says("Арнайы бөлім бастығы")), "{:?}", calls(&mails));
}

async fn nobody_reachable_means_the_superior_and_a_notice_to_the_operators() {
    let mut world = World::at("2026-04-01 10:00").await;
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-3").await;
    world.record("2026-7", EventKind::PetitionAccepted, "2026-04-01", &[]).await;
    let mails = world.until("2026-04-01 12:00").await;
    assert_eq!(counts(&mails), [("committee", 1), ("ops", 1)].into());
    assert!(to(&mails, "committee")[0].says("Учреждение № 3"), "{}", to(&mails, "committee")[0].text);
    assert!(to(&mails, "ops")[0].says("\"institution:uk-3\" can be reached; the letter went to the superior"));
}

/// The directory without one office.
fn without(code: &str) -> String {
    let offices = OFFICES.split("[[office]]\n").filter(|office| !office.starts_with(&format!("code = \"{code}\"")));
    offices.collect::<Vec<_>>().join("[[office]]\n")
}

/// A date that nobody heard of is not struck before them when it moves.
async fn a_date_that_reached_nobody_was_not_told() {
    let nobody = without("institution:*").replace("institution:uk-3", "institution:uk-4");
    let mut world = World::with("2026-02-02 10:00", &nobody, None).await;
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-3").await;
    let id = world.record("2026-7", EventKind::PetitionAccepted, "2026-02-02", &[]).await;
    let mails = world.until("2026-02-02 11:00").await;
    assert_eq!(counts(&mails), [("ops", 1)].into());
    assert!(!world.row("2026-7", "P11.FORWARD").await.told);
    world.correct(&id, "2026-01-30").await;
    world.directory = parse_offices("offices.toml", OFFICES).unwrap();
    let mails = world.until("2026-02-03 12:00").await;
    let own = to(&mails, "uk3");
    assert_eq!(own.len(), 1, "{:?}", calls(&mails));
    assert!(own[0].says("Deadline: Friday, 6 February 2026") && !own[0].says("Old day"), "{}", own[0].text);
}

/// Never silence: the operators hear each day until somebody is named, and then the office hears what it missed.
async fn an_unknown_office_is_a_notice_a_day_until_it_is_named_and_then_it_hears() {
    let mut world = World::with("2026-02-02 10:00", &without("prosecutor_general"), None).await;
    world.open("2026-7", Sentence::Death, "institution:uk-3").await;
    world.record("2026-7", EventKind::VerdictInForce, "2026-01-20", &[]).await;
    let mails = world.until("2026-02-05 12:00").await;
    assert_eq!(to(&mails, "ops").len(), 4, "{:?}", calls(&mails));
    assert!(to(&mails, "ops")[0].says("prosecutor_general"), "{}", to(&mails, "ops")[0].text);
    assert_eq!(to(&mails, "sc").len(), 1, "those who were told are not told again: {:?}", calls(&mails));
    world.directory = parse_offices("offices.toml", OFFICES).unwrap();
    let mails = world.until("2026-02-12 12:00").await;
    assert_eq!(calls(&mails), ["2026-02-06 08:30 pg"]);
}

async fn bodies_without_a_code_are_the_generic_ones_of_their_kind() {
    let mut world = World::at("2026-02-02 10:00").await;
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-3").await;
    world.record("2026-7", EventKind::VerdictInForce, "2025-01-20", &[]).await;
    world.record("2026-7", EventKind::PetitionAccepted, "2026-01-28", &[]).await;
    world.record("2026-7", EventKind::Forwarded, "2026-01-29", &[]).await;
    world.record("2026-7", EventKind::ReceivedByAdministration, "2026-01-30", &[]).await;
    world.record("2026-7", EventKind::SentForVerification, "2026-02-01", &["to=sample"]).await;
    world.record("2026-7", EventKind::PardonDecree, "2026-02-01", &["outcome=partial_release"]).await;
    world.record("2026-7", EventKind::DecreeDispatched, "2026-02-01", &["to=executing_body"]).await;
    world.record("2026-7", EventKind::DecreeReceivedExec, "2026-02-02", &[]).await;
    let mails = world.until("2026-04-10 12:00").await;
    for whom in ["exec", "verify"] {
        assert!(!to(&mails, whom).is_empty(), "{whom}: {:?}", counts(&mails));
    }
    assert_eq!(to(&mails, "ops").len(), 0, "{:?}", to(&mails, "ops").iter().map(|m| &m.text).collect::<Vec<_>>());
}

/// Ten days off the air: one rung a deadline, the urgent ones alone up to ten a day, the rest in one letter.
async fn after_an_outage_the_latest_rung_of_each_deadline_is_told_in_order_of_urgency_and_no_storm_breaks() {
    let mut world = World::at("2026-02-02 10:00").await;
    for n in 1..=14 {
        let number = format!("2026-{n:02}");
        world.open(&number, Sentence::Imprisonment, "institution:uk-3").await;
        // Two of them are not overdue when the machine comes back.
        let on = if n <= 12 { "2026-02-01" } else { "2026-02-02" };
        world.record(&number, EventKind::PetitionAccepted, on, &[]).await;
    }
    world.until("2026-02-02 11:00").await;
    world.sleep_until("2026-02-12 11:00");
    let mails = world.beat().await;
    let own = to(&mails, "uk3");
    assert_eq!(own.len(), 11, "{:?}", calls(&mails));
    assert!(own.iter().all(|mail| mail.high), "everything is overdue");
    let many: Vec<_> = own.iter().filter(|mail| mail.subject.starts_with("[Кешірім] ")).collect();
    assert_eq!(many.len(), 1);
    assert!(many[0].subject.contains("4 late"), "{}", many[0].subject);
    assert!(own.iter().all(|mail| !mail.says("working days left") && !mail.says("today is the last day")));
    assert_eq!(to(&mails, "committee").len(), 11);
    assert_eq!(world.until("2026-02-12 23:00").await.len(), 0, "what was missed does not follow");
}

async fn composing_twice_says_nothing_twice() {
    let mut world = World::at("2026-02-02 10:00").await;
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-3").await;
    world.record("2026-7", EventKind::PetitionAccepted, "2026-02-02", &[]).await;
    assert_eq!(world.until("2026-02-02 10:01").await.len(), 1);
    assert_eq!(world.compose().await.deadlines, 0);
    world.registrar("keshirim").replan(keshirim::register::replan::Scope::All, false, &mut drop).await.unwrap();
    assert_eq!(world.until("2026-02-02 20:00").await.len(), 0);
}

/// A letter with own duties in it does not say that it is only for information.
async fn what_is_for_information_and_what_is_owed_are_not_confused() {
    let mut world = World::at("2026-02-20 10:00").await;
    for n in 1..=12 {
        let number = format!("2026-{n:02}");
        world.open(&number, Sentence::Imprisonment, "institution:uk-3").await;
        world.record(&number, EventKind::PetitionAccepted, "2026-02-01", &[]).await;
    }
    world.open("2026-20", Sentence::Imprisonment, "institution:uk-3").await;
    world.record("2026-20", EventKind::RejectionDecree, "2026-02-19", &[]).await;
    let mails = world.until("2026-02-20 11:00").await;
    let mixed = to(&mails, "wb").into_iter().find(|m| m.says("2026-20"));
    let mixed = mixed.unwrap_or_else(|| panic!("{:#?}", mails.iter().map(|m| &m.subject).collect::<Vec<_>>()));
    assert!(!mixed.says("мәлімет үшін"), "{}", mixed.text);
}

/// A letter that cannot be rendered silences nobody else, and the operators hear of it once.
async fn one_letter_that_cannot_be_rendered_does_not_hold_up_the_others() {
    let mut world = World::at("2026-02-02 10:00").await;
    for (number, institution) in [("2026-1", "institution:uk-3"), ("2026-2", "institution:uk-2")] {
        world.open(number, Sentence::Imprisonment, institution).await;
        world.record(number, EventKind::PetitionAccepted, "2026-02-02", &[]).await;
    }
    let sql = "update deadline set next_rung = 'bar_ended' where case_number = '2026-1' and next_rung = 'opened'";
    assert_eq!(tamper(&world.store, sql).await, 1);
    let mails = world.until("2026-02-02 20:00").await;
    assert_eq!(calls(&mails), ["2026-02-02 10:01 ops", "2026-02-02 10:01 uk2"]);
    assert!(to(&mails, "ops")[0].says("2026-1 could not be composed"), "{}", to(&mails, "ops")[0].text);
}

/// The journal of an outage: letters of the days off the air do not say what is no longer true.
async fn an_internal_control_date_told_late_says_that_it_has_passed() {
    let mut world = World::at("2026-02-02 10:00").await;
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-3").await;
    world.record("2026-7", EventKind::PetitionAccepted, "2026-01-28", &[]).await;
    world.record("2026-7", EventKind::Forwarded, "2026-01-30", &[]).await;
    world.record("2026-7", EventKind::ReceivedByAdministration, "2026-02-02", &[]).await;
    world.until("2026-02-26 10:00").await;
    world.sleep_until("2026-03-04 10:00");
    let mails = world.beat().await;
    let own = to(&mails, "wb");
    assert_eq!(own.len(), 1, "{:?}", calls(&mails));
    assert!(own[0].subject.contains("бір апта болған жоқ") && !own[0].subject.contains("0 апта"), "{}", own[0].subject);
}

on_each_backend!(
    an_absent_official_s_deputy_is_written_to_and_told_whose_place_he_takes,
    nobody_reachable_means_the_superior_and_a_notice_to_the_operators,
    a_date_that_reached_nobody_was_not_told,
    an_unknown_office_is_a_notice_a_day_until_it_is_named_and_then_it_hears,
    bodies_without_a_code_are_the_generic_ones_of_their_kind,
    after_an_outage_the_latest_rung_of_each_deadline_is_told_in_order_of_urgency_and_no_storm_breaks,
    composing_twice_says_nothing_twice,
    what_is_for_information_and_what_is_owed_are_not_confused,
    one_letter_that_cannot_be_rendered_does_not_hold_up_the_others,
    an_internal_control_date_told_late_says_that_it_has_passed,
);
