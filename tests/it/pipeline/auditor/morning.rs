//! The operators' letter of every working morning.

use keshirim::auditor::morning::tick;
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::post::Breaker;
use keshirim::register::verify::check_seal;

use super::mail::Mail;
use super::world::{World, to};
use crate::backend::{on_each_backend, tamper};

async fn morning(world: &mut World, at: &str) -> Vec<Mail> {
    world.until(at).await;
    tick(&world.desk(), &Breaker::default().snapshot()).await.unwrap();
    to(&world.beat().await, "ops").into_iter().cloned().collect()
}

/// The seal that a letter carries.
fn seal(mail: &Mail) -> String {
    let found =
        mail.text.split_whitespace().find(|word| word.len() == 72 && word.chars().all(|c| c.is_ascii_hexdigit()));
    found.unwrap_or_else(|| panic!("no seal in one piece: {}", mail.text)).to_owned()
}

async fn it_comes_once_on_each_working_morning_also_when_nothing_is_registered() {
    let mut world = World::at("2026-02-13 08:00").await;
    assert_eq!(morning(&mut world, "2026-02-13 08:29").await.len(), 0, "not before the morning");
    let mails = morning(&mut world, "2026-02-13 08:30").await;
    assert_eq!(mails.len(), 1, "also when all is quiet");
    assert!(mails[0].text.contains("Nothing was recorded."), "{}", mails[0].text);
    assert_eq!(morning(&mut world, "2026-02-13 15:00").await.len(), 0, "once");
    assert_eq!(morning(&mut world, "2026-02-14 09:00").await.len(), 0, "not on a Saturday");
    assert_eq!(morning(&mut world, "2026-02-16 16:20").await.len(), 1, "a daemon that was down catches up");
}

async fn each_official_behind_the_office_gets_one_and_a_second_daemon_sends_none() {
    let more = "[[office.official]]\npost = \"Second\"\naddress = \"ops2@test.example\"\n\n[[office]]\ncode = \"institution:uk-1\"";
    let offices = super::world::OFFICES.replace("[[office]]\ncode = \"institution:uk-1\"", more);
    let mut world = World::with("2026-02-16 08:00", &offices, None).await;
    world.until("2026-02-16 08:30").await;
    let breaker = Breaker::default().snapshot();
    let desk = world.desk();
    let (first, second) = (tick(&desk, &breaker).await.unwrap(), tick(&desk, &breaker).await.unwrap());
    assert_eq!((first, second), (2, 0));
    let mails = world.beat().await;
    assert_eq!((to(&mails, "ops").len(), to(&mails, "ops2").len()), (1, 1));
}

async fn what_was_entered_is_in_it_with_weekdays_and_what_follows_and_nothing_of_the_notes_or_names() {
    let mut world = World::at("2026-02-16 10:00").await;
    world.open("2026-1", Sentence::Imprisonment, "institution:uk-2").await;
    let petition = world.record("2026-1", EventKind::PetitionAccepted, "2026-02-16", &[]).await;
    world.correct(&petition, "2026-02-13").await;
    world.open("2026-2", Sentence::Death, "institution:uk-1").await;
    world.record("2026-2", EventKind::VerdictInForce, "2026-02-12", &[]).await;
    world.record("2026-2", EventKind::ConvictDied, "2026-02-13", &[]).await;
    let mail = morning(&mut world, "2026-02-17 08:30").await.remove(0);
    for words in [
        "№ 2026-1 · Recorded: petition accepted",
        "Day of the event, as entered: Monday, 16 February 2026 This entry has been corrected or retracted since.",
        "№ 2026-1 · Corrected: petition accepted No longer valid: Monday, 16 February 2026 Day of the event, as entered: Friday, 13 February 2026",
        "paragraph 11: present the petition or the act to the President's Administration. Deadline: Friday, 20 February 2026",
        "№ 2026-2 · Recorded: convict died",
        "Waits for a second person",
        "! Entries that wait for a second person: 1",
    ] {
        assert!(mail.text.contains(words), "{words}\n{}", mail.text);
    }
    for words in ["aigul", "berik", "@test.example", "uk2@"] {
        assert!(!mail.text.contains(words), "{words}\n{}", mail.text);
    }
    // The next one begins where this one ended.
    let next = morning(&mut world, "2026-02-18 08:30").await.remove(0);
    assert!(
        next.text.contains("Nothing was recorded.") && next.text.contains("Counted since: 17 February 2026, 08:30"),
        "{}",
        next.text
    );
}

async fn its_seal_is_accepted_and_shows_what_was_changed_before_it() {
    let mut world = World::at("2026-02-16 10:00").await;
    world.open("2026-1", Sentence::Imprisonment, "institution:uk-2").await;
    world.record("2026-1", EventKind::PetitionAccepted, "2026-02-16", &[]).await;
    let seal = seal(&morning(&mut world, "2026-02-17 08:30").await[0]);
    assert!(check_seal(&world.store, &seal).await.unwrap().1);
    world.record("2026-1", EventKind::Forwarded, "2026-02-17", &[]).await;
    assert!(check_seal(&world.store, &seal).await.unwrap().1, "what came after it is not sealed");
    // Everything was made to fit: the entry, its id and the chain's head, as somebody with the file could.
    let mut tx = world.store.snapshot().await.unwrap();
    let mut rows = tx.chain_events("2026-1").await.unwrap();
    drop(tx);
    rows[1].day = Some("2026-02-12".parse().unwrap());
    let hash = keshirim::register::chain::hash(&rows[1]);
    let sql = format!(
        "delete from event where seq = 3; \
         update event set day = '2026-02-12', hash = '{hash}' where seq = 2; \
         update chain set head_seq = 2, head_hash = '{hash}' where name = '2026-1'"
    );
    tamper(&world.store, &sql).await;
    assert!(!check_seal(&world.store, &seal).await.unwrap().1);
}

async fn it_carries_what_every_letter_carries_and_a_thread_of_its_own() {
    let mut world = World::at("2026-02-16 08:00").await;
    world.until("2026-02-16 08:30").await;
    tick(&world.desk(), &Breaker::default().snapshot()).await.unwrap();
    let mut tx = world.store.snapshot().await.unwrap();
    let letter = tx.letters(None, None, 1).await.unwrap().remove(0);
    let text = String::from_utf8(letter.bytes).unwrap();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    for header in [
        "Auto-Submitted: auto-generated",
        "List-Id: <deadlines.example.org>",
        "X-Auto-Response-Suppress: OOF, AutoReply, RN, NRN",
        "References: <operators.morning@example.org>",
        "In-Reply-To: <operators.morning@example.org>",
    ] {
        assert!(head.lines().any(|line| line == header), "{header}\n{head}");
    }
    assert!(head.contains(&format!("Message-ID: <{}.keshirim@", letter.letter_id)), "{head}");
    assert!(!head.contains("Importance"), "{head}");
    assert_eq!((letter.urgency, letter.office.as_str()), (0, "operators"));
    assert!(head.lines().all(|line| line.len() <= 78), "{head}");
}

on_each_backend!(
    it_comes_once_on_each_working_morning_also_when_nothing_is_registered,
    each_official_behind_the_office_gets_one_and_a_second_daemon_sends_none,
    what_was_entered_is_in_it_with_weekdays_and_what_follows_and_nothing_of_the_notes_or_names,
    its_seal_is_accepted_and_shows_what_was_changed_before_it,
    it_carries_what_every_letter_carries_and_a_thread_of_its_own,
);
