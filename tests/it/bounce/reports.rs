//! What follows from which report.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::TimeDelta;
use keshirim::post::bounce::{BounceError, Outcome};
use keshirim::post::report::{Action, MAIL_OCTETS_MAX, Status};
use keshirim::post::return_path::ReturnPath;
use keshirim::store::Instant;

use super::{ADDRESS, LETTER, house, key, letter, ours, report, state, take};
use crate::backend::on_each_backend;

async fn is_flagged(name: &str, mail: &str, status: &str) {
    let house = house().await;
    let taken = take(&house, mail.as_bytes()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!((taken.outcome, taken.letter_id.as_str()), (Outcome::Flagged, LETTER), "{name}");
    let after = state(&house).await;
    assert_eq!(after.letters, [(LETTER.to_owned(), "bounced".to_owned(), None)], "{name}");
    assert_eq!(after.follow_ups, [LETTER], "{name}");
    assert_eq!(after.flags, [(ADDRESS.to_owned(), "bounced".to_owned(), status.to_owned())], "{name}");
}

async fn an_address_that_does_not_exist_is_flagged_whoever_reports_it() {
    for (name, status) in [
        ("postfix-unknown", "5.1.1"),
        ("exim-unknown", "5.1.1"),
        ("exim-old-unknown", "5.1.1"),
        ("exchange-unknown", "5.1.10"),
    ] {
        is_flagged(name, &ours(name), status).await;
        is_flagged(name, &ours(name).replace('\n', "\r\n"), status).await;
    }
}

/// The report speaks of where the server forwarded the letter to; the letter's own address is what is flagged.
async fn a_report_about_a_forwarded_letter_counts_for_its_own_address() {
    is_flagged("named as original", &ours("postfix-forwarded"), "5.1.1").await;
    let hidden = ours("postfix-forwarded").replace(&format!("Original-Recipient: rfc822;{ADDRESS}\n"), "");
    assert!(!hidden.contains("Original-Recipient"));
    is_flagged("not named at all", &hidden, "5.1.1").await;
    is_flagged("in capitals", &ours("postfix-unknown").replace(ADDRESS, &ADDRESS.to_uppercase()), "5.1.1").await;
}

async fn a_status_part_in_base64_is_read() {
    let status = format!(
        "Reporting-MTA: dns;mail.example\r\n\r\nFinal-Recipient: rfc822;{ADDRESS}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    );
    let mail = ours("exchange-base64").replace("{STATUS_BASE64}", &BASE64.encode(status));
    is_flagged("base64", &mail, "5.1.1").await;
}

async fn a_full_mailbox_a_policy_and_what_nobody_explains_flag_nothing_and_are_passed_on() {
    for (name, status) in [("postfix-full", "5.2.2"), ("postfix-policy", "5.7.1"), ("exim-old-unrouteable", "5.0.0")] {
        let house = house().await;
        let taken = take(&house, ours(name).as_bytes()).await.unwrap();
        assert_eq!((taken.outcome, taken.status.unwrap().to_string().as_str()), (Outcome::Failed, status), "{name}");
        let after = state(&house).await;
        assert_eq!(after.letters, [(LETTER.to_owned(), "bounced".to_owned(), None)], "{name}");
        assert_eq!((after.follow_ups.len(), after.flags.len()), (1, 0), "{name}");
    }
}

async fn a_passing_fault_sends_the_same_letter_again_after_the_first_pause() {
    for (name, status) in
        [("postfix-greylisted", "4.7.1"), ("exchange-no-route", "5.4.4"), ("exchange-expired", "4.4.7")]
    {
        let house = house().await;
        let taken = take(&house, ours(name).as_bytes()).await.unwrap();
        assert_eq!((taken.outcome, taken.status.unwrap().to_string().as_str()), (Outcome::Passing, status), "{name}");
        let after = state(&house).await;
        let (_, letter, again) = &after.letters[0];
        assert_eq!(letter, "deferred", "{name}");
        let pause = again.unwrap().utc() - house.now;
        assert!(pause >= TimeDelta::minutes(5) && pause <= TimeDelta::seconds(330), "{name}: {pause}");
        assert_eq!((after.follow_ups.len(), after.flags.len()), (0, 0), "{name}");
    }
}

async fn a_delay_a_delivery_and_an_automatic_reply_are_noted_and_nothing_follows() {
    let delivered = ours("postfix-unknown").replace("Action: failed", "Action: delivered").replace("5.1.1", "2.0.0");
    for (mail, action) in [
        (ours("postfix-delayed"), Some(Action::Delayed)),
        (ours("exim-warning"), Some(Action::Delayed)),
        (delivered, Some(Action::Delivered)),
        (ours("out-of-office"), None),
    ] {
        let house = house().await;
        let before = state(&house).await;
        let taken = take(&house, mail.as_bytes()).await.unwrap();
        assert_eq!((taken.action, taken.outcome), (action, Outcome::Noted));
        let mut after = state(&house).await;
        assert_eq!(after.bounces.len(), 1);
        after.bounces.clear();
        assert_eq!(after, before);
    }
}

async fn the_same_report_twice_counts_once_however_it_came() {
    let house = house().await;
    let mail = ours("postfix-greylisted");
    assert!(!take(&house, mail.as_bytes()).await.unwrap().again);
    let once = state(&house).await;
    // The mail server tried again later, and wrote another line on top.
    let again = format!("Received: by elsewhere.example\n\tid 2; Sun, 22 Nov 2026 23:00:00 +0000\n{mail}");
    assert!(take(&house, again.as_bytes()).await.unwrap().again);
    assert_eq!(state(&house).await, once);
    let another = mail.replace("Message-Id: <", "Message-Id: <9");
    assert!(!take(&house, another.as_bytes()).await.unwrap().again);
}

/// Only ours of several; and where an address was expanded, what is worst.
async fn of_several_recipients_only_ours_counts() {
    let with = |more: &str| {
        let own = format!("Final-Recipient: rfc822; {ADDRESS}\n");
        ours("postfix-full").replace(&own, &format!("{more}\n{own}"))
    };
    let other = "Final-Recipient: rfc822; other@remote.example\nAction: failed\nStatus: 5.1.1\n";
    let mail = with(other);
    assert!(mail.contains(other));
    let first = house().await;
    assert_eq!(take(&first, mail.as_bytes()).await.unwrap().outcome, Outcome::Failed);
    let expanded = format!("{other}Original-Recipient: rfc822;{ADDRESS}\n");
    let second = house().await;
    assert_eq!(take(&second, with(&expanded).as_bytes()).await.unwrap().outcome, Outcome::Flagged);
    let third = house().await;
    let others = with(other).replace(ADDRESS, "third@remote.example");
    assert_eq!(take(&third, others.as_bytes()).await.unwrap().outcome, Outcome::Noted);
}

async fn the_token_is_found_wherever_servers_put_it_and_in_either_case() {
    let whole = ours("exim-unknown");
    let token = key().of(LETTER);
    is_flagged("folded", &whole.replace(&token, &token.to_lowercase()), "5.1.1").await;
    is_flagged("capitals", &whole.replace(&token, &token.to_uppercase()), "5.1.1").await;
    for header in ["To: ", "Envelope-to: ", "Return-path: <"] {
        let kept = format!("{header}{token}");
        let mail = whole.replace(&kept, "KEPT").replace(&token, "postmaster@test.example").replace("KEPT", &kept);
        assert_eq!(mail.matches(&token).count(), 1, "{header}");
        is_flagged(header, &mail, "5.1.1").await;
    }
    let postfix = ours("postfix-unknown");
    for header in ["X-Original-To: ", "Delivered-To: ", "X-Postfix-Sender: rfc822; ", "Return-Path: <"] {
        let kept = format!("{header}{token}");
        let mail = postfix.replace(&kept, "KEPT").replace(&token, "postmaster@test.example").replace("KEPT", &kept);
        assert_eq!(mail.matches(&token).count(), 1, "{header}");
        is_flagged(header, &mail, "5.1.1").await;
    }
    // A forwarder rewrites the envelope sender (SRS).
    let rewritten = format!("SRS0=x4Gq=EX=test.example={}@forwarder.example", token.split('@').next().unwrap());
    is_flagged("rewritten", &whole.replace(&token, &rewritten), "5.1.1").await;
}

async fn forged_unsigned_and_foreign_mail_changes_nothing() {
    let house = house().await;
    let before = state(&house).await;
    let refused = async |mail: &str| take(&house, mail.as_bytes()).await.unwrap_err();
    let whole = ours("postfix-unknown");
    let token = key().of(LETTER);
    let local = token.split('@').next().unwrap();
    let (named, signature) = local.split_once('.').unwrap();

    let by_another =
        report("postfix-unknown", LETTER, ADDRESS, &ReturnPath::new("bounces@test.example", Some("other")));
    assert!(matches!(refused(&by_another).await, BounceError::Forged));
    let unsigned = whole.replace(local, named);
    assert!(matches!(refused(&unsigned).await, BounceError::Forged));
    let cut = whole.replace(signature, &signature[..19]);
    assert!(matches!(refused(&cut).await, BounceError::Forged));
    let long = whole.replace(signature, &format!("{signature}0"));
    assert!(matches!(refused(&long).await, BounceError::Forged));
    // The signature of one letter under the name of another.
    let moved = whole.replace(named, "bounces+L-0000000000");
    assert!(matches!(refused(&moved).await, BounceError::Forged));
    let bare = whole.replace(local, "bounces");
    assert!(matches!(refused(&bare).await, BounceError::NoToken));
    let unknown = report("postfix-unknown", "L-0000000000", ADDRESS, &key());
    assert!(matches!(refused(&unknown).await, BounceError::UnknownLetter(id) if id == "L-0000000000"));
    // A token in the text is no token: whoever quotes a letter reports nothing.
    let quoted = format!("From: a@b.example\nTo: bounces@test.example\n\n> Return-Path {token}\n");
    assert!(matches!(refused(&quoted).await, BounceError::NoToken));
    assert_eq!(state(&house).await, before);
}

/// Without a key there is nothing to tell a forged token by, so none counts.
#[test]
fn without_a_key_no_token_counts() {
    let keyless = ReturnPath::new("bounces@test.example", None);
    assert_eq!(keyless.letter_of(&key().of(LETTER)), None);
    assert_eq!(keyless.of(LETTER), "bounces@test.example");
}

/// The report to one letter's address speaks of another letter's addressee: it counts for the letter that the token names alone.
async fn another_letters_token_flags_nobody_elses_address() {
    let house = house().await;
    let mut tx = house.store.begin().await.unwrap();
    let other = letter("L-0000000001", "other@remote.example", Instant::new(house.now));
    assert!(tx.insert_letter(&other).await.unwrap());
    tx.commit().await.unwrap();
    let mail = report("postfix-unknown", "L-0000000001", ADDRESS, &key());
    take(&house, mail.as_bytes()).await.unwrap();
    let after = state(&house).await;
    assert_eq!(after.flags, [("other@remote.example".to_owned(), "bounced".to_owned(), "5.1.1".to_owned())]);
    assert!(after.letters.contains(&(LETTER.to_owned(), "accepted".to_owned(), None)));
}

async fn a_report_cut_off_before_it_says_what_was_done_changes_nothing() {
    let house = house().await;
    let before = state(&house).await;
    for name in ["postfix-unknown", "exchange-unknown"] {
        let mail = ours(name);
        let cut = &mail[..mail.find("Action:").unwrap()];
        let error = take(&house, cut.as_bytes()).await.unwrap_err();
        assert!(matches!(&error, BounceError::Unreadable(id) if id == LETTER), "{name}: {error}");
    }
    assert_eq!(state(&house).await, before);
    // What was said before it was cut off stands.
    let mail = ours("postfix-unknown");
    let cut = &mail[..mail.find("Remote-MTA").unwrap()];
    is_flagged("cut off after the status", cut, "5.1.1").await;
}

async fn a_huge_mail_is_refused_unread() {
    let house = house().await;
    let mut mail = ours("postfix-unknown").into_bytes();
    mail.resize(MAIL_OCTETS_MAX + 1, b'x');
    assert!(matches!(take(&house, &mail).await, Err(BounceError::TooLong)));
    mail.pop();
    assert_eq!(take(&house, &mail).await.unwrap().outcome, Outcome::Flagged);
}

async fn what_waits_to_be_sent_to_a_flagged_address_is_passed_on_and_not_tried() {
    let house = house().await;
    let now = Instant::new(house.now);
    let mut tx = house.store.begin().await.unwrap();
    let queued = |id: &str, state: &str, address: &str| keshirim::store::LetterRow {
        state: state.to_owned(),
        next_attempt_at: Some(now),
        ..letter(id, address, now)
    };
    for row in [
        queued("L-0000000001", "queued", ADDRESS),
        queued("L-0000000002", "deferred", ADDRESS),
        queued("L-0000000003", "queued", "other@remote.example"),
    ] {
        assert!(tx.insert_letter(&row).await.unwrap());
    }
    tx.commit().await.unwrap();
    take(&house, ours("postfix-unknown").as_bytes()).await.unwrap();
    let after = state(&house).await;
    let mut waiting = after.follow_ups.clone();
    waiting.sort();
    assert_eq!(waiting, ["L-0000000001", "L-0000000002", LETTER]);
    assert!(after.letters.contains(&("L-0000000003".to_owned(), "queued".to_owned(), Some(now))));
}

#[test]
fn codes_are_found_in_the_replies_of_servers_and_nowhere_else() {
    let found = |text: &str| Status::in_reply(text).map(|status| status.to_string());
    for (text, status) in [
        ("smtp; 550 5.1.1 <a@b.example>: User unknown", Some("5.1.1")),
        ("smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found", Some("5.1.10")),
        ("550-5.1.1 The email account that you tried to reach\n550-5.1.1 does not exist", Some("5.1.1")),
        ("554 #5.7.1 blocked", Some("5.7.1")),
        ("550 User unknown", None),
        ("550 192.0.2.25 is blocked", None),
        ("version 5.1.1", None),
        ("450 5.1.1 of two minds", None),
        ("X-Postfix; unknown user: \"nobody\"", None),
        ("550 5.1.1111", None),
    ] {
        assert_eq!(found(text).as_deref(), status, "{text}");
    }
}

on_each_backend!(
    an_address_that_does_not_exist_is_flagged_whoever_reports_it,
    a_report_about_a_forwarded_letter_counts_for_its_own_address,
    a_status_part_in_base64_is_read,
    a_full_mailbox_a_policy_and_what_nobody_explains_flag_nothing_and_are_passed_on,
    a_passing_fault_sends_the_same_letter_again_after_the_first_pause,
    a_delay_a_delivery_and_an_automatic_reply_are_noted_and_nothing_follows,
    the_same_report_twice_counts_once_however_it_came,
    of_several_recipients_only_ours_counts,
    the_token_is_found_wherever_servers_put_it_and_in_either_case,
    forged_unsigned_and_foreign_mail_changes_nothing,
    another_letters_token_flags_nobody_elses_address,
    a_report_cut_off_before_it_says_what_was_done_changes_nothing,
    a_huge_mail_is_refused_unread,
    what_waits_to_be_sent_to_a_flagged_address_is_passed_on_and_not_tried,
);
