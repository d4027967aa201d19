//! What the register keeps of it, on each database.

use keshirim::post::bounce::Outcome;
use keshirim::store::{AlertRow, Instant, LetterRow};

use super::{ADDRESS, LETTER, furnished, letter, ours, state, take};
use crate::backend::{House, on_each_backend};

fn alert(letter_id: &str, now: Instant) -> AlertRow {
    AlertRow {
        case_number: "2026-7".to_owned(),
        rule: "P11.FORWARD".to_owned(),
        start_key: "E-1".to_owned(),
        subject: String::new(),
        about: "2026-11-30".to_owned(),
        rung: "opened@0".to_owned(),
        office: "institution:sample".to_owned(),
        letter_id: Some(letter_id.to_owned()),
        decided_at: now,
    }
}

on_each_backend! {
    /// Flagged, passed on, told of twice, lifted, flagged again.
    async fn an_address_is_flagged_until_it_is_lifted(house: House) {
        let house = furnished(house).await;
        let now = Instant::new(house.now);
        let mut tx = house.store.begin().await.unwrap();
        let waiting = LetterRow {
            state: "queued".to_owned(),
            next_attempt_at: Some(now),
            ..letter("L-0000000001", ADDRESS, now)
        };
        assert!(tx.insert_letter(&waiting).await.unwrap());
        tx.commit().await.unwrap();
        let mail = ours("postfix-unknown");
        assert_eq!(take(&house, mail.as_bytes()).await.unwrap().outcome, Outcome::Flagged);
        assert!(take(&house, mail.as_bytes()).await.unwrap().again);
        let after = state(&house).await;
        assert_eq!((after.flags.len(), after.follow_ups.len(), after.bounces.len()), (1, 2, 1));

        let mut tx = house.store.begin().await.unwrap();
        assert_eq!(tx.failed_letters(10).await.unwrap().len(), 2);
        assert_eq!(tx.outbox_counts().await.unwrap().refused, 2);
        assert_eq!(tx.refused_lines(10).await.unwrap().len(), 2);
        assert_eq!(tx.flagged_addresses().await.unwrap(), [ADDRESS.to_owned()].into());
        assert_eq!(house.store.next_due().await.unwrap().follow_up, Some(now));
        let followed = tx.due_follow_ups(now, 10).await.unwrap().remove(0);
        assert!(tx.followed_up(&followed).await.unwrap());
        assert!(!tx.followed_up(&followed).await.unwrap());
        assert!(tx.lift_flag(ADDRESS, now, "root").await.unwrap());
        assert!(!tx.lift_flag(ADDRESS, now, "root").await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(state(&house).await.flags, []);

        let another = House { now: house.now + chrono::TimeDelta::hours(1), ..house };
        let mail = mail.replace("Message-Id: <", "Message-Id: <9");
        assert!(!take(&another, mail.as_bytes()).await.unwrap().again);
        assert_eq!(state(&another).await.flags.len(), 1);
    }

    /// An alert in two letters is one alert, and each letter is known by what it said.
    async fn an_alert_that_two_letters_carry_is_known_of_both(house: House) {
        let house = furnished(house).await;
        let now = Instant::new(house.now);
        let mut tx = house.store.begin().await.unwrap();
        assert!(tx.insert_letter(&letter("L-0000000002", "clerk@remote.example", now)).await.unwrap());
        assert!(tx.insert_alert(&alert(LETTER, now)).await.unwrap());
        assert!(!tx.insert_alert(&alert("L-0000000002", now)).await.unwrap());
        assert!(!tx.insert_alert(&alert("L-0000000002", now)).await.unwrap());
        for letter_id in [LETTER, "L-0000000002"] {
            assert_eq!(tx.alerts_of_letter(letter_id).await.unwrap(), [alert(letter_id, now)]);
        }
        let told = tx.addresses_told(&alert(LETTER, now)).await.unwrap();
        assert_eq!(told, ["clerk@remote.example", ADDRESS]);
        assert_eq!(tx.case_letter_lines("2026-7", 10).await.unwrap().len(), 2);
    }
}
