//! The capture mailbox: durable, unchanged, once.

use std::fs;

use keshirim::post::{Phase, Verdict, maildir};

use super::LETTER;

#[tokio::test]
async fn a_letter_lies_unchanged_in_new_and_nothing_is_left_in_tmp() {
    let dir = tempfile::tempdir().unwrap();
    let mailbox = dir.path().join("official");
    let verdict = maildir::deliver(&mailbox, "letter-7", LETTER).await;
    assert_eq!(verdict.word(), "accepted", "{verdict}");
    assert_eq!(fs::read(mailbox.join("new/letter-7")).unwrap(), LETTER);
    assert_eq!(fs::read_dir(mailbox.join("tmp")).unwrap().count(), 0);
}

#[tokio::test]
async fn delivering_again_makes_no_second_letter_even_after_it_was_read() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        assert_eq!(maildir::deliver(dir.path(), "letter-7", LETTER).await.word(), "accepted");
        assert_eq!(fs::read_dir(dir.path().join("new")).unwrap().count(), 1);
    }
    fs::rename(dir.path().join("new/letter-7"), dir.path().join("cur/letter-7:2,S")).unwrap();
    assert_eq!(maildir::deliver(dir.path(), "letter-7", LETTER).await.word(), "accepted");
    assert_eq!(fs::read_dir(dir.path().join("new")).unwrap().count(), 0);
    assert_eq!(maildir::deliver(dir.path(), "letter-77", LETTER).await.word(), "accepted");
    assert_eq!(fs::read_dir(dir.path().join("new")).unwrap().count(), 1);
}

#[tokio::test]
async fn a_draft_left_by_a_crash_is_written_anew() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("tmp")).unwrap();
    fs::write(dir.path().join("tmp/letter-7"), [b'x'; 4096]).unwrap();
    assert_eq!(maildir::deliver(dir.path(), "letter-7", LETTER).await.word(), "accepted");
    assert_eq!(fs::read(dir.path().join("new/letter-7")).unwrap(), LETTER);
}

#[tokio::test]
async fn a_mailbox_that_cannot_be_opened_and_a_name_that_leaves_it_are_not_sent() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let verdict = maildir::deliver(&file, "letter-7", LETTER).await;
    assert!(matches!(verdict, Verdict::NotSent { phase: Phase::Connect, .. }), "{verdict}");
    for name in ["", ".", "..", "../x", "a/b", "a:2,S", "a\nb"] {
        let verdict = maildir::deliver(dir.path(), name, LETTER).await;
        assert!(matches!(verdict, Verdict::NotSent { .. }), "{name:?}: {verdict}");
    }
}
