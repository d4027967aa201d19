//! Every kind of loss is found and named.

use super::world::{OFFICES, World, to};
use crate::backend::{all_letters_are, on_each_backend};
use keshirim::auditor::{Code, Scope, compare_all};
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::post::acknowledge::acknowledge;
use keshirim::store::{Instant, LetterRow};

/// A world in which a petition was accepted on Monday, 16 February 2026, and its duty told: forward by the 23rd.
async fn petition() -> World {
    let mut world = World::at("2026-02-16 10:00").await;
    world.open("2026-1", Sentence::Imprisonment, "institution:uk-2").await;
    world.record("2026-1", EventKind::PetitionAccepted, "2026-02-16", &[]).await;
    world.until("2026-02-16 12:00").await;
    assert_eq!(found(&world).await, [""; 0], "nothing is lost yet");
    world
}

/// The newest letter to somebody.
async fn letter_to(world: &World, whom: &str) -> LetterRow {
    let letters = world.store.snapshot().await.unwrap().letters(None, None, 100).await.unwrap();
    letters.into_iter().find(|letter| letter.address == format!("{whom}@test.example")).unwrap()
}

/// The newest letter to somebody does not arrive.
async fn fail(world: &World, whom: &str, state: &str) {
    let letter = letter_to(world, whom).await;
    let mut tx = world.store.begin().await.unwrap();
    assert!(tx.pass_on_letter(&letter.letter_id, state, Instant::new(world.clock.now())).await.unwrap());
    tx.commit().await.unwrap();
}

/// Changes the database behind the register's back.
async fn tamper(world: &World, sql: &str) {
    crate::backend::tamper(&world.store, sql).await;
}

/// What differs: rule, code, office, rung.
async fn found(world: &World) -> Vec<String> {
    let judged = compare_all(&world.desk(), Scope::Nightly, &world.clock).await.unwrap();
    let mut found: Vec<String> = judged
        .differences
        .iter()
        .map(|d| [d.rule.as_str(), d.code.as_str(), &d.office, &d.rung].join(" ").trim().to_owned())
        .collect();
    found.sort();
    assert_eq!(judged.count, i64::try_from(found.len()).unwrap());
    found
}

async fn what_is_lost_of_alert_letter_receipt_or_row_is_found_at_once() {
    for (change, differences) in [
        ("delete from alert", &["P11.FORWARD untold institution:uk-2 opened"][..]),
        ("update alert set letter_id = null", &["P11.FORWARD untold institution:uk-2 opened"]),
        ("delete from letter", &["P11.FORWARD unsent institution:uk-2 opened"]),
        ("delete from receipt", &["P11.FORWARD unsent institution:uk-2 opened"]),
        (
            &format!("{}; delete from receipt", all_letters_are("deferred")),
            &["P11.FORWARD unsent institution:uk-2 opened"],
        ),
        (&all_letters_are("refused"), &["P11.FORWARD refused institution:uk-2 opened"]),
        ("update alert set about = '2026-02-24'", &["P11.FORWARD wrong_date institution:uk-2 opened"]),
        ("update alert set rung = 'closed@0'", &["P11.FORWARD untold institution:uk-2 opened"]),
        ("update deadline set shown_on = '2026-02-24'", &["P11.FORWARD wrong_date"]),
        ("update deadline set late_after = '2026-03-24'", &["P11.FORWARD wrong_date"]),
        ("delete from deadline", &["P11.FORWARD missing_row"]),
        ("update deadline set is_open = false", &["P11.FORWARD missing_row"]),
        (
            "update deadline set rule = 'P15.NOTICE'; update alert set rule = 'P15.NOTICE'",
            &[
                "P11.FORWARD missing_row",
                "P11.FORWARD untold institution:uk-2 opened",
                "P15.NOTICE stray_row",
                "P15.NOTICE untold institution:uk-2 closed",
            ],
        ),
    ] {
        let world = petition().await;
        tamper(&world, change).await;
        assert_eq!(found(&world).await, differences, "{change}");
    }
}

async fn a_letter_that_goes_once_more_was_accepted_before() {
    let world = petition().await;
    tamper(&world, &format!("{}; update outbox set next_attempt_at = due_at", all_letters_are("queued"))).await;
    assert_eq!(found(&world).await, [""; 0]);
}

async fn an_entry_that_was_changed_or_removed_is_found_by_its_chain_and_by_what_follows_from_it() {
    for (change, wanted) in [
        ("update event set note = 'x' where action = 'record'", &["chain"][..]),
        ("update event set day = '2026-02-12' where action = 'record'", &["P11.FORWARD wrong_date", "chain"]),
        ("delete from event where action = 'record'", &["P11.FORWARD stray_row", "chain"]),
        ("update case_file set institution = 'institution:uk-3'", &["chain"]),
        ("delete from case_file", &["chain"]),
        ("update chain set head_seq = 1 where name = '*'", &["chain"]),
    ] {
        let world = petition().await;
        tamper(&world, change).await;
        let found = found(&world).await;
        assert!(wanted.iter().all(|wanted| found.iter().any(|found| found == wanted)), "{change}: {found:?}");
    }
}

async fn a_plan_that_was_lost_is_found_when_its_rung_has_come() {
    let mut world = petition().await;
    tamper(&world, "update deadline set next_alert_at = null, next_rung = null").await;
    // Three working days before Friday the 20th, the last safe day.
    world.until("2026-02-17 09:30").await;
    assert_eq!(found(&world).await, [""; 0], "an hour and a minute it may be on its way");
    world.until("2026-02-17 09:32").await;
    assert_eq!(found(&world).await, ["P11.FORWARD untold institution:uk-2 before:3wd"]);
}

async fn each_rung_is_asked_of_each_who_hears_at_it() {
    let mut world = petition().await;
    world.until("2026-02-25 12:00").await;
    assert_eq!(found(&world).await, [""; 0]);
    tamper(&world, "delete from alert where office = 'institution:*' and rung like 'overdue:2026-02-25%'").await;
    assert_eq!(found(&world).await, ["P11.FORWARD untold institution:* overdue:2026-02-25"]);
}

async fn a_move_and_an_end_that_were_not_told_are_found() {
    let mut world = World::at("2026-02-16 10:00").await;
    world.open("2026-1", Sentence::Imprisonment, "institution:uk-2").await;
    let petition = world.record("2026-1", EventKind::PetitionAccepted, "2026-02-16", &[]).await;
    world.until("2026-02-16 12:00").await;
    world.correct(&petition, "2026-02-13").await;
    world.until("2026-02-16 14:00").await;
    assert_eq!(found(&world).await, [""; 0]);
    tamper(&world, "delete from alert where rung like 'moved%'").await;
    assert_eq!(found(&world).await, ["P11.FORWARD wrong_date institution:uk-2 opened"]);
    world.record("2026-1", EventKind::Forwarded, "2026-02-16", &[]).await;
    world.until("2026-02-16 16:00").await;
    assert_eq!(found(&world).await, [""; 0], "it is over, and that was told");
    tamper(&world, "delete from alert where rung like 'closed%'").await;
    assert_eq!(found(&world).await, ["P11.FORWARD untold institution:uk-2 closed"]);
}

async fn an_acknowledgement_explains_a_missing_countdown_and_never_a_missing_last_day() {
    let mut world = petition().await;
    world.until("2026-02-18 12:00").await;
    let acknowledge = "
        insert into acknowledgement (case_number, rule, start_key, subject, sequence, address, office, letter_id, acknowledged_at)
        select case_number, rule, start_key, subject, 0, 'uk2@test.example', office, letter_id, '2026-02-17T06:00:00.000Z'
          from alert where rung like 'opened%'";
    tamper(&world, "delete from alert where rung like 'before:3wd%'").await;
    assert_eq!(found(&world).await, ["P11.FORWARD untold institution:uk-2 before:3wd"]);
    tamper(&world, acknowledge).await;
    assert_eq!(found(&world).await, [""; 0]);
    world.until("2026-02-23 12:00").await;
    assert_eq!(found(&world).await, [""; 0]);
    tamper(&world, "delete from alert where rung like 'last_day%'").await;
    assert_eq!(found(&world).await, ["P11.FORWARD untold institution:uk-2 last_day"]);
}

async fn nobody_is_missed_behind_an_office_that_nobody_stands_behind() {
    let world = petition().await;
    tamper(&world, "delete from alert").await;
    // The office's own address, and those of its superior.
    tamper(
        &world,
        "insert into address_flag (address, flagged_at, reason, status, letter_id)
         select a, '2026-02-16T06:00:00.000Z', 'refused', '550', (select letter_id from letter)
           from (select 'uk2@test.example' as a union select 'committee@test.example') b",
    )
    .await;
    assert_eq!(found(&world).await, [""; 0]);
    tamper(&world, "delete from address_flag where address = 'committee@test.example'").await;
    assert_eq!(found(&world).await, ["P11.FORWARD untold institution:uk-2 opened"], "the superior hears instead");
}

async fn a_bar_is_asked_of_those_whom_it_concerns_and_its_end_of_the_working_body_alone() {
    let mut world = World::at("2026-02-16 10:00").await;
    world.open("2026-1", Sentence::Death, "institution:uk-1").await;
    world.record("2026-1", EventKind::VerdictInForce, "2026-02-13", &[]).await;
    world.until("2026-02-16 12:00").await;
    assert_eq!(found(&world).await, [""; 0]);
    tamper(&world, "delete from alert where rule = 'P9.BAR_YEAR' and office = 'supreme_court'").await;
    assert_eq!(found(&world).await, ["P9.BAR_YEAR untold supreme_court opened"]);
    // A longer bar than the one that stands is no wrong date for them; a shorter one is.
    tamper(
        &world,
        "update alert set about = '2030-01-01' where rule = 'P9.BAR_YEAR' and office = 'prosecutor_general'",
    )
    .await;
    assert_eq!(found(&world).await, ["P9.BAR_YEAR untold supreme_court opened"]);
    tamper(
        &world,
        "update alert set about = '2026-12-31' where rule = 'P9.BAR_YEAR' and office = 'prosecutor_general'",
    )
    .await;
    assert_eq!(
        found(&world).await,
        ["P9.BAR_YEAR untold supreme_court opened", "P9.BAR_YEAR wrong_date prosecutor_general opened"]
    );
}

async fn the_hourly_run_looks_at_open_cases_and_the_nightly_one_at_all() {
    let mut world = petition().await;
    world.record("2026-1", EventKind::PetitionWithdrawn, "2026-02-16", &[]).await;
    world.record("2026-1", EventKind::CaseClosed, "2026-02-16", &[]).await;
    world.until("2026-02-20 12:00").await;
    tamper(&world, "update event set note = 'x' where seq = 2").await;
    let mut codes = Vec::new();
    for scope in [Scope::Hourly, Scope::Nightly] {
        let judged = compare_all(&world.desk(), scope, &world.clock).await.unwrap();
        codes.push(judged.differences.iter().map(|difference| difference.code).collect::<Vec<_>>());
    }
    assert_eq!(codes, [vec![], vec![Code::Chain]]);
}

async fn a_superior_who_did_not_hear_that_nobody_acknowledged_is_missed() {
    let mut world = petition().await;
    world.until("2026-02-19 12:00").await;
    assert_eq!(found(&world).await, [""; 0]);
    tamper(&world, "delete from alert where office = 'institution:*'").await;
    assert_eq!(found(&world).await, ["P11.FORWARD untold institution:* unacknowledged"]);
    tamper(
        &world,
        "insert into acknowledgement (case_number, rule, start_key, subject, sequence, address, office, letter_id, acknowledged_at)
         select case_number, rule, start_key, subject, 0, 'uk2@test.example', office, letter_id, '2026-02-17T06:00:00.000Z'
           from alert where rung like 'opened%'",
    )
    .await;
    assert_eq!(found(&world).await, [""; 0]);
}

async fn what_did_not_arrive_is_missed_until_somebody_else_has_heard_and_again_where_he_has_not() {
    for state in ["refused", "bounced"] {
        let world = petition().await;
        fail(&world, "uk2", state).await;
        assert_eq!(found(&world).await, ["P11.FORWARD refused institution:uk-2 opened"], "{state}");
        world.compose().await;
        assert_eq!(found(&world).await, ["P11.FORWARD unsent institution:uk-2 opened"], "{state}: passed on, not gone");
        world.dispatcher.tick().await.unwrap();
        assert_eq!(found(&world).await, [""; 0], "{state}: the superior has heard");
        fail(&world, "committee", state).await;
        world.compose().await;
        world.dispatcher.tick().await.unwrap();
        assert_eq!(
            found(&world).await,
            ["P11.FORWARD refused institution:uk-2 opened"],
            "{state}: nobody is above him"
        );
    }
}

async fn an_office_has_heard_when_one_of_its_officials_has() {
    let two = OFFICES.replacen(
        "address = \"uk2@test.example\"\n",
        "address = \"uk2@test.example\"\n[[office.official]]\npost = \"Clerk\"\naddress = \"clerk@test.example\"\n",
        1,
    );
    for first in ["uk2", "clerk"] {
        let mut world = World::with("2026-02-16 10:00", &two, None).await;
        world.open("2026-1", Sentence::Imprisonment, "institution:uk-2").await;
        world.record("2026-1", EventKind::PetitionAccepted, "2026-02-16", &[]).await;
        world.until("2026-02-16 12:00").await;
        fail(&world, first, "refused").await;
        assert_eq!(found(&world).await, [""; 0], "{first}");
        fail(&world, if first == "uk2" { "clerk" } else { "uk2" }, "refused").await;
        assert_eq!(found(&world).await, ["P11.FORWARD refused institution:uk-2 opened"], "{first}");
    }
}

/// Whoever reads in the office's place answers for it: neither is he told that it does not answer, nor are the letters missed
/// that his answer stopped.
async fn who_was_told_in_the_office_s_place_acknowledges_in_its_place() {
    let mut world = petition().await;
    fail(&world, "uk2", "refused").await;
    tamper(
        &world,
        "insert into address_flag (address, flagged_at, reason, status, letter_id)
         select 'uk2@test.example', '2026-02-16T06:00:00.000Z', 'refused', '550', letter_id from letter",
    )
    .await;
    assert_eq!(to(&world.until("2026-02-16 13:00").await, "committee").len(), 1);
    let letter = letter_to(&world, "committee").await;
    acknowledge(&world.store, &letter.letter_id, &[], Instant::new(world.clock.now())).await.unwrap();
    let mut heard = Vec::new();
    for until in ["2026-02-17 12:00", "2026-02-19 12:00", "2026-02-20 12:00"] {
        heard.extend(world.until(until).await);
        assert_eq!(found(&world).await, [""; 0], "{until}");
    }
    let superior: Vec<_> = to(&heard, "committee").into_iter().map(|mail| mail.at.as_str()).collect();
    assert_eq!(superior, ["2026-02-20 08:30"], "the last safe day is never stopped");
}

async fn what_a_later_letter_says_is_not_missed_after_an_outage() {
    let world = petition().await;
    for morning in ["2026-02-17 08:31", "2026-02-18 08:31", "2026-02-19 08:31", "2026-02-20 08:31"] {
        world.sleep_until(morning);
        world.compose().await;
    }
    world.sleep_until("2026-02-20 12:00");
    let missed =
        ["P11.FORWARD unsent institution:* unacknowledged", "P11.FORWARD unsent institution:uk-2 alert_workday"];
    assert_eq!(found(&world).await, missed);
    let mut tx = world.store.begin().await.unwrap();
    assert_eq!(
        tx.cancel_overtaken(Instant::new(world.clock.now())).await.unwrap(),
        2,
        "of 3 and of 1 working days before"
    );
    tx.commit().await.unwrap();
    world.dispatcher.tick().await.unwrap();
    assert_eq!(found(&world).await, [""; 0]);
    // A letter that was given up with no later one is missed.
    tamper(&world, &format!("{}; delete from receipt", all_letters_are("cancelled"))).await;
    assert_eq!(found(&world).await, missed);
}
on_each_backend!(
    what_is_lost_of_alert_letter_receipt_or_row_is_found_at_once,
    a_letter_that_goes_once_more_was_accepted_before,
    an_entry_that_was_changed_or_removed_is_found_by_its_chain_and_by_what_follows_from_it,
    a_plan_that_was_lost_is_found_when_its_rung_has_come,
    each_rung_is_asked_of_each_who_hears_at_it,
    a_move_and_an_end_that_were_not_told_are_found,
    an_acknowledgement_explains_a_missing_countdown_and_never_a_missing_last_day,
    nobody_is_missed_behind_an_office_that_nobody_stands_behind,
    a_bar_is_asked_of_those_whom_it_concerns_and_its_end_of_the_working_body_alone,
    the_hourly_run_looks_at_open_cases_and_the_nightly_one_at_all,
    a_superior_who_did_not_hear_that_nobody_acknowledged_is_missed,
    what_did_not_arrive_is_missed_until_somebody_else_has_heard_and_again_where_he_has_not,
    an_office_has_heard_when_one_of_its_officials_has,
    who_was_told_in_the_office_s_place_acknowledges_in_its_place,
    what_a_later_letter_says_is_not_missed_after_an_outage,
);
