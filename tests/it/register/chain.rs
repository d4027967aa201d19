//! What somebody with the file could do to it is found and named.

use chrono::TimeDelta;
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::register::verify::{Tampering, check_seal, seal, verify};

use crate::backend::{House, day, on_each_backend};

/// A case with five entries; yields their ids in order.
async fn house() -> (House, Vec<String>) {
    let house = House::here().await;
    house.open("2026-1", Sentence::Death).await;
    house.record("2026-1", EventKind::VerdictInForce, "2026-09-01").await;
    house.record("2026-1", EventKind::VerdictCopyHanded, "2026-09-05").await;
    house.record("2026-1", EventKind::PetitionAccepted, "2026-11-10").await;
    house.record("2026-1", EventKind::Forwarded, "2026-11-12").await;
    house.open("2026-2", Sentence::Imprisonment).await;
    house.record("2026-2", EventKind::PetitionAccepted, "2026-11-10").await;
    let mut tx = house.store.snapshot().await.unwrap();
    let ids = tx.chain_events("2026-1").await.unwrap().into_iter().map(|row| row.event_id).collect();
    drop(tx);
    (house, ids)
}

/// The faults found: case, place, id, what.
async fn faults(house: &House) -> Vec<(String, i64, Option<String>, Tampering)> {
    let verified = verify(&house.store).await.unwrap();
    verified.faults.into_iter().map(|fault| (fault.chain, fault.seq, fault.event_id, fault.what)).collect()
}

fn fault(seq: i64, id: Option<&String>, what: Tampering) -> (String, i64, Option<String>, Tampering) {
    ("2026-1".to_owned(), seq, id.cloned(), what)
}

async fn an_untouched_register_has_no_faults() {
    let (house, _) = house().await;
    let verified = verify(&house.store).await.unwrap();
    assert_eq!((verified.chains, verified.entries, verified.faults), (3, 7, vec![]));
}

async fn a_change_in_any_column_is_found_and_named() {
    let columns = [
        "day = '2026-11-11'",
        "kind = 'refusal_declared'",
        "fields = '{\"repeat\":true}'",
        "note = 'x'",
        "reason = 'typo'",
        "local_time = '10:00'",
        "recorded_by = 'berik'",
        "recorded_at = '2026-11-22T07:00:00.001Z'",
        "needs_confirmation = true",
        "action = 'correct'",
        "event_id = 'E-0000000000'",
    ];
    for change in columns {
        let (house, ids) = house().await;
        house.tamper(&format!("update event set {change} where chain = '2026-1' and seq = 4")).await;
        let found = faults(&house).await;
        let named = if change.starts_with("event_id") { "E-0000000000".to_owned() } else { ids[3].clone() };
        assert_eq!(found, [fault(4, Some(&named), Tampering::Changed)], "{change}");
    }
}

async fn a_change_whose_hash_was_made_to_fit_is_found_by_the_entry_after_it() {
    let (house, _) = house().await;
    let mut tx = house.store.begin().await.unwrap();
    let mut row = tx.chain_events("2026-1").await.unwrap().remove(3);
    tx.rollback().await.unwrap();
    row.day = Some(day("2026-11-01"));
    let hash = keshirim::register::chain::hash(&row);
    let id = keshirim::register::chain::event_id(&hash);
    house
        .tamper(&format!(
            "update event set day = '2026-11-01', hash = '{hash}', event_id = '{id}' where chain = '2026-1' and seq = 4"
        ))
        .await;
    assert_eq!(faults(&house).await, [fault(4, Some(&id), Tampering::Changed)]);
}

async fn a_removed_entry_is_found_in_the_middle_and_at_the_end() {
    for seq in [3, 5] {
        let (house, _) = house().await;
        house.tamper(&format!("delete from event where chain = '2026-1' and seq = {seq}")).await;
        assert_eq!(faults(&house).await, [fault(seq, None, Tampering::Removed)]);
    }
}

async fn a_removed_entry_whose_gap_was_closed_is_found() {
    let (house, ids) = house().await;
    house
        .tamper(
            "delete from event where chain = '2026-1' and seq = 3;
             update event set seq = 3 where chain = '2026-1' and seq = 4;
             update event set seq = 4 where chain = '2026-1' and seq = 5",
        )
        .await;
    let found = faults(&house).await;
    assert!(found.contains(&fault(3, None, Tampering::Removed)), "{found:?}");
    assert!(found.contains(&fault(3, Some(&ids[3]), Tampering::Reordered)), "{found:?}");
}

async fn two_entries_that_changed_places_are_both_found() {
    let (house, ids) = house().await;
    house
        .tamper(
            "update event set seq = 99 where chain = '2026-1' and seq = 3;
             update event set seq = 3 where chain = '2026-1' and seq = 4;
             update event set seq = 4 where chain = '2026-1' and seq = 99",
        )
        .await;
    let expected = [fault(3, Some(&ids[3]), Tampering::Reordered), fault(4, Some(&ids[2]), Tampering::Reordered)];
    assert_eq!(faults(&house).await, expected);
}

async fn an_inserted_entry_is_found_even_when_it_is_well_made() {
    let (house, ids) = house().await;
    let mut tx = house.store.begin().await.unwrap();
    let rows = tx.chain_events("2026-1").await.unwrap();
    // At the end: it continues the chain, but the register never appended it.
    let mut forged = rows[4].clone();
    (forged.seq, forged.prev_hash, forged.day) = (6, rows[4].hash.clone(), Some(day("2026-11-13")));
    forged.hash = keshirim::register::chain::hash(&forged);
    forged.event_id = keshirim::register::chain::event_id(&forged.hash);
    tx.insert_events(std::slice::from_ref(&forged)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(faults(&house).await, [fault(6, Some(&forged.event_id), Tampering::Inserted)]);
    // In the middle: the others were made to give way.
    house
        .tamper(&format!(
            "delete from event where event_id = '{}';
             update event set seq = 6 where chain = '2026-1' and seq = 5;
             update event set seq = 5 where chain = '2026-1' and seq = 4",
            forged.event_id
        ))
        .await;
    (forged.seq, forged.prev_hash) = (4, rows[2].hash.clone());
    forged.hash = keshirim::register::chain::hash(&forged);
    forged.event_id = keshirim::register::chain::event_id(&forged.hash);
    let mut tx = house.store.begin().await.unwrap();
    tx.insert_events(std::slice::from_ref(&forged)).await.unwrap();
    tx.commit().await.unwrap();
    let found = faults(&house).await;
    assert!(found.contains(&fault(4, Some(&forged.event_id), Tampering::Inserted)), "{found:?}");
    assert!(found.contains(&fault(5, Some(&ids[3]), Tampering::Reordered)), "{found:?}");
}

async fn a_case_whose_sentence_was_changed_outside_its_chain_is_found() {
    let (house, _) = house().await;
    house.tamper("update case_file set sentence = 'imprisonment' where number = '2026-1'").await;
    let verified = verify(&house.store).await.unwrap();
    assert_eq!(verified.faults.len(), 1);
    assert!(verified.faults[0].to_string().contains("sentence is imprisonment and was entered as death"));
}

async fn a_chain_whose_own_row_was_removed_is_found() {
    let (house, _) = house().await;
    house.tamper("delete from chain where name = '2026-1'").await;
    assert_eq!(faults(&house).await, [fault(0, None, Tampering::Removed)]);
}

async fn a_seal_holds_while_later_days_are_recorded_and_not_when_a_case_has_gone() {
    let (house, _) = house().await;
    let mut tx = house.store.snapshot().await.unwrap();
    let sealed = seal(&mut tx, day("2026-11-22")).await.unwrap();
    drop(tx);
    assert!(sealed.len() == 72 && sealed.starts_with("20261122"));
    let next = house.at("aigul", house.now + TimeDelta::days(1));
    let draft = keshirim::register::entry::Draft::new(EventKind::ReceivedByAdministration, day("2026-11-23"));
    next.record("2026-1", &draft).await.unwrap();
    assert_eq!(check_seal(&house.store, &sealed.to_uppercase()).await.unwrap(), (day("2026-11-22"), true));
    // With everything that belongs to it: no chain shows this, the seal does.
    house
        .tamper(
            "delete from event where chain = '2026-2'; delete from deadline where case_number = '2026-2';
             delete from case_file where number = '2026-2'; delete from chain where name = '2026-2'",
        )
        .await;
    assert_eq!(verify(&house.store).await.unwrap().faults, []);
    assert_eq!(check_seal(&house.store, &sealed).await.unwrap(), (day("2026-11-22"), false));
    assert!(check_seal(&house.store, &sealed[8..]).await.is_err(), "half a seal is none");
}

/// An older program wrote ids of ten characters: today's of sixteen begin with them.
async fn a_register_of_an_older_program_keeps_its_shorter_ids_and_has_no_faults() {
    let (house, ids) = house().await;
    house.tamper("update event set event_id = substr(event_id, 1, 12)").await;
    assert_eq!(faults(&house).await, []);
    house.tamper("update event set event_id = substr(event_id, 1, 11) where chain = '2026-1' and seq = 2").await;
    let cut = ids[1][..11].to_owned();
    assert_eq!(faults(&house).await, [fault(2, Some(&cut), Tampering::Changed)]);
}

on_each_backend!(
    an_untouched_register_has_no_faults,
    a_register_of_an_older_program_keeps_its_shorter_ids_and_has_no_faults,
    a_change_in_any_column_is_found_and_named,
    a_change_whose_hash_was_made_to_fit_is_found_by_the_entry_after_it,
    a_removed_entry_is_found_in_the_middle_and_at_the_end,
    a_removed_entry_whose_gap_was_closed_is_found,
    two_entries_that_changed_places_are_both_found,
    an_inserted_entry_is_found_even_when_it_is_well_made,
    a_case_whose_sentence_was_changed_outside_its_chain_is_found,
    a_chain_whose_own_row_was_removed_is_found,
    a_seal_holds_while_later_days_are_recorded_and_not_when_a_case_has_gone,
);
