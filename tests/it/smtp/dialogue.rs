//! Each reply class and each point at which a dialogue can end has its own verdict.

use std::{sync::Arc, time::Duration};

use keshirim::post::{Connection, Credentials, Phase, Relay, Security, StepTimeouts, Verdict, smtp};
use tokio::sync::Notify;

use super::{
    LETTER, PLAIN_LETTER, outgoing, patient, plain,
    scripted::{
        Act::{self, Await, Body, Bytes, Hear, Quiet, Say, Silence, Tell},
        Scripted, envelope, greeted, script, taken,
    },
    settings,
};

/// Plays `after_greeting` to one letter; the verdict and whether the connection came back.
async fn verdict_of(after_greeting: Vec<Act>, timeouts: StepTimeouts) -> (Verdict, bool) {
    let server = Scripted::start(vec![script(&[greeted(), after_greeting])]).await;
    let mut settings = settings(server.port, Security::PlainLoopbackOnly);
    settings.timeouts = timeouts;
    let relay = Relay::new(settings).unwrap();
    let (verdict, connection) = smtp::send(&relay, None, &outgoing(PLAIN_LETTER)).await;
    let kept = connection.is_some();
    drop(connection);
    server.finish().await;
    (verdict, kept)
}

fn deferred(phase: Phase, code: u16, reply: &str) -> Verdict {
    Verdict::Deferred { phase, code, reply: reply.to_owned() }
}

fn refused(phase: Phase, code: u16, reply: &str) -> Verdict {
    Verdict::Refused { phase, code, reply: reply.to_owned() }
}

/// The envelope up to and without the command that `fault` is about.
fn until(steps: usize, rest: &[Act]) -> Vec<Act> {
    let mut acts = envelope();
    acts.truncate(steps * 2 + 1);
    acts.extend_from_slice(rest);
    acts
}
const MAIL: usize = 0;
const RCPT: usize = 1;
const DATA: usize = 2;

fn after_354(rest: &[Act]) -> Vec<Act> {
    script(&[envelope(), rest.to_vec()])
}

#[tokio::test]
async fn a_reply_for_the_letter_is_deferred_or_refused_in_its_phase() {
    let reset = [Hear("RSET"), Say("250 ok\r\n"), Silence];
    let with_reset = |words| script(&[vec![Say(words)], reset.to_vec()]);
    let dot = |words| after_354(&[Body, Say(words), Silence]);
    let cases = [
        (until(RCPT, &with_reset("450 4.2.0 later\r\n")), deferred(Phase::Rcpt, 450, "4.2.0 later"), true),
        (until(RCPT, &with_reset("550 5.1.1 unknown\r\n")), refused(Phase::Rcpt, 550, "5.1.1 unknown"), true),
        (
            until(RCPT, &with_reset("550-5.1.1 no\r\n550 5.1.1 body\r\n")),
            refused(Phase::Rcpt, 550, "5.1.1 no body"),
            true,
        ),
        (until(RCPT, &[Say("421 4.3.2 closing\r\n"), Silence]), deferred(Phase::Rcpt, 421, "4.3.2 closing"), false),
        (until(RCPT, &with_reset("571 5.7.1 no\r\n")), refused(Phase::Rcpt, 550, "571 5.7.1 no"), true),
        (until(DATA, &with_reset("451 4.3.0 later\r\n")), deferred(Phase::Data, 451, "4.3.0 later"), true),
        (until(DATA, &with_reset("554 5.7.0 no\r\n")), refused(Phase::Data, 554, "5.7.0 no"), true),
        (dot("451 4.3.0 later\r\n"), deferred(Phase::Dot, 451, "4.3.0 later"), true),
        (dot("554 5.6.0 content\r\n"), refused(Phase::Dot, 554, "5.6.0 content"), true),
        (dot("421 4.3.2 closing\r\n"), deferred(Phase::Dot, 421, "4.3.2 closing"), false),
    ];
    for (index, (acts, expected, keeps)) in cases.into_iter().enumerate() {
        let (verdict, kept) = verdict_of(acts, patient()).await;
        assert_eq!((&verdict, kept), (&expected, keeps), "case {index}");
    }
}

#[tokio::test]
async fn only_250_after_the_dot_is_accepted() {
    let accepted = |reply: &str| Verdict::Accepted { reply: reply.to_owned() };
    let cases = [
        ("250 2.0.0 queued as 7\r\n", Some(accepted("250 2.0.0 queued as 7"))),
        ("250-two\r\n250 lines\r\n", Some(accepted("250 two lines"))),
        ("250\r\n", Some(accepted("250"))),
        ("251 forwarded\r\n", None),
        ("354 again\r\n", None),
        ("220 hello\r\n", None),
    ];
    for (words, expected) in cases {
        let (verdict, kept) = verdict_of(after_354(&[Body, Say(words), Silence]), patient()).await;
        match expected {
            Some(expected) => assert_eq!((verdict, kept), (expected, true)),
            None => assert!(matches!(verdict, Verdict::Unknown { .. }) && !kept, "{words:?}: {verdict}"),
        }
    }
}

#[tokio::test]
async fn a_connection_lost_before_354_is_not_sent_in_the_phase_where_it_was_lost() {
    let cases = [(until(MAIL, &[]), Phase::Mail), (until(RCPT, &[]), Phase::Rcpt), (until(DATA, &[]), Phase::Data)];
    for (acts, lost) in cases {
        let (verdict, kept) = verdict_of(acts, patient()).await;
        assert!(matches!(verdict, Verdict::NotSent { phase, .. } if phase == lost) && !kept, "{lost}: {verdict}");
    }
}

#[tokio::test]
async fn a_connection_lost_after_354_is_unknown() {
    for acts in [after_354(&[]), after_354(&[Bytes(5)]), after_354(&[Body]), after_354(&[Body, Say("25")])] {
        let (verdict, kept) = verdict_of(acts, patient()).await;
        assert!(matches!(verdict, Verdict::Unknown { .. }) && !kept, "{verdict}");
    }
}

#[tokio::test]
async fn a_silent_relay_is_left_after_the_step_s_own_timeout() {
    let short = Duration::from_millis(100);
    let dot = StepTimeouts { body: short, dot: short, ..patient() };
    let cases = [
        (until(MAIL, &[Silence]), StepTimeouts { command: short, ..patient() }, Some(Phase::Mail)),
        (until(RCPT, &[Say("250-half"), Silence]), StepTimeouts { command: short, ..patient() }, Some(Phase::Rcpt)),
        (until(DATA, &[Silence]), StepTimeouts { data: short, ..patient() }, Some(Phase::Data)),
        (after_354(&[Body, Silence]), dot, None),
    ];
    for (acts, timeouts, not_sent) in cases {
        let (verdict, kept) = verdict_of(acts, timeouts).await;
        match (&verdict, not_sent) {
            (Verdict::NotSent { phase, detail }, Some(expected)) => {
                assert!(*phase == expected && detail.contains("100ms"), "{verdict}");
            }
            (Verdict::Unknown { detail }, None) => {
                assert!(detail.contains("final dot within 100ms"), "{verdict}");
            }
            _ => panic!("{not_sent:?}: {verdict}"),
        }
        assert!(!kept, "a connection was kept after a timeout: {verdict}");
    }
}

#[tokio::test]
async fn a_relay_that_answers_the_dot_after_the_body_s_time_is_still_heard() {
    // The body's limit is far below the relay's thinking time and must not cut the wait for the final reply.
    let timeouts = StepTimeouts { body: Duration::from_millis(1), ..patient() };
    let thinking = Quiet(Duration::from_millis(50));
    let (verdict, _) = verdict_of(after_354(&[Body, thinking, Say("250 taken\r\n"), Silence]), timeouts).await;
    assert_eq!(verdict.word(), "accepted", "{verdict}");
}

#[tokio::test]
async fn a_faulty_relay_is_a_fault_of_the_system_and_not_of_the_letter() {
    let cases = [
        (vec![Say("554 no service\r\n"), Silence], Phase::Connect),
        (vec![], Phase::Connect),
        (vec![Say("220 relay\r\n"), Hear("EHLO"), Say("502 what\r\n"), Hear("QUIT")], Phase::Connect),
        (script(&[greeted(), until(MAIL, &[Say("550 5.7.1 not you\r\n"), Silence])]), Phase::Mail),
        (script(&[greeted(), until(MAIL, &[Say("452 4.3.1 full\r\n"), Silence])]), Phase::Mail),
        (script(&[greeted(), until(RCPT, &[Say("530 5.7.0 log in first\r\n"), Silence])]), Phase::Rcpt),
        (script(&[greeted(), until(DATA, &[Say("250 what\r\n"), Silence])]), Phase::Data),
    ];
    for (index, (acts, at)) in cases.into_iter().enumerate() {
        let server = Scripted::start(vec![acts]).await;
        let (verdict, kept) = smtp::send(&plain(server.port), None, &outgoing(PLAIN_LETTER)).await;
        assert!(matches!(verdict, Verdict::NotSent { phase, .. } if phase == at), "case {index}: {verdict}");
        assert!(kept.is_none());
        server.finish().await;
    }
}

#[tokio::test]
async fn a_refused_password_is_not_sent_at_auth_and_stays_out_of_the_verdict() {
    let offer = "250-relay.test\r\n250 AUTH PLAIN LOGIN\r\n";
    let acts =
        vec![Say("220 relay\r\n"), Hear("EHLO"), Say(offer), Hear("AUTH PLAIN"), Say("535 5.7.8 no\r\n"), Silence];
    let server = Scripted::start(vec![acts]).await;
    let mut settings = settings(server.port, Security::PlainLoopbackOnly);
    settings.credentials = Some(Credentials { user: "keshirim".to_owned(), password: "a secret".to_owned() });
    assert!(!format!("{settings:?}").contains("a secret"));
    let verdict = Connection::connect(&Relay::new(settings).unwrap()).await.unwrap_err();
    assert_eq!(verdict, Verdict::NotSent { phase: Phase::Auth, detail: "535 5.7.8 no".to_owned() });
    server.finish().await;
}

#[tokio::test]
async fn nobody_listening_is_not_sent_at_connect() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let (verdict, _) = smtp::send(&plain(port), None, &outgoing(PLAIN_LETTER)).await;
    assert!(matches!(verdict, Verdict::NotSent { phase: Phase::Connect, .. }), "{verdict}");
}

#[tokio::test]
async fn a_cancelled_send_leaves_no_reply_to_the_next_letter() {
    // What lettre's pool did here: the second letter read the first one's replies and came back as sent.
    for stall_at in [until(RCPT, &[]), after_354(&[Body])] {
        let stalled = Arc::new(Notify::new());
        let first = script(&[greeted(), stall_at, vec![Tell(Arc::clone(&stalled)), Silence]]);
        let second = script(&[greeted(), after_354(&[Body, Say("554 5.6.0 refused\r\n"), Silence])]);
        let server = Scripted::start(vec![first, second]).await;
        let relay = plain(server.port);
        let letter = outgoing(PLAIN_LETTER);
        tokio::select! {
            _ = smtp::send(&relay, None, &letter) => panic!("the stalled send ended by itself"),
            () = stalled.notified() => {}
        }
        let (verdict, kept) = smtp::send(&relay, None, &outgoing(PLAIN_LETTER)).await;
        assert_eq!(verdict, refused(Phase::Dot, 554, "5.6.0 refused"));
        drop(kept);
        server.finish().await;
    }
}

#[tokio::test]
async fn a_relay_that_answers_twice_is_not_believed_again() {
    let twice = after_354(&[Body, Say("250 taken\r\n250 taken\r\n"), Silence]);
    let (verdict, kept) = verdict_of(twice, patient()).await;
    assert_eq!((verdict.word(), kept), ("accepted", false));

    let ahead = until(MAIL, &[Say("250 ok\r\n250 ok\r\n"), Silence]);
    let (verdict, kept) = verdict_of(ahead, patient()).await;
    assert!(matches!(verdict, Verdict::NotSent { phase: Phase::Mail, .. }) && !kept, "{verdict}");
}

#[tokio::test]
async fn one_connection_carries_several_letters_refused_ones_too() {
    let refusal = until(RCPT, &[Say("550 5.1.1 unknown\r\n"), Hear("RSET"), Say("250 ok\r\n")]);
    let server =
        Scripted::start(vec![script(&[greeted(), taken(), refusal, taken(), vec![Hear("QUIT"), Say("221 bye\r\n")]])])
            .await;
    let relay = plain(server.port);
    let mut kept = None;
    for expected in ["accepted", "refused", "accepted"] {
        let (verdict, connection) = smtp::send(&relay, kept, &outgoing(PLAIN_LETTER)).await;
        assert_eq!(verdict.word(), expected, "{verdict}");
        kept = Some(connection.expect("a clean reply keeps the connection"));
    }
    kept.unwrap().quit().await;
    let heard = server.finish().await;
    let wire_bytes: &[u8] = b"Subject: x\r\n\r\n..hidden\r\n..\r\nend\r\n.\r\n";
    assert_eq!(heard[0].bodies, [wire_bytes, wire_bytes], "dots doubled, one CRLF before the final dot");
}

#[tokio::test]
async fn a_connection_that_died_while_idle_is_replaced_and_not_reported() {
    let deaths = [
        vec![],
        vec![Say("421 4.4.2 idle too long\r\n")],
        vec![Hear("MAIL")],
        vec![Hear("MAIL"), Say("421 4.4.2 idle too long\r\n")],
    ];
    for death in deaths {
        let idle = Arc::new(Notify::new());
        let first = script(&[greeted(), taken(), vec![Await(Arc::clone(&idle))], death]);
        let server = Scripted::start(vec![first, script(&[greeted(), taken()])]).await;
        let relay = plain(server.port);
        let (_, kept) = smtp::send(&relay, None, &outgoing(PLAIN_LETTER)).await;
        assert!(kept.is_some());
        idle.notify_one();
        let (verdict, _) = smtp::send(&relay, kept, &outgoing(PLAIN_LETTER)).await;
        assert_eq!(verdict.word(), "accepted", "{verdict}");
        server.finish().await;
    }
}

#[tokio::test]
async fn a_connection_on_which_the_relay_spoke_unasked_is_not_used_again() {
    // A late second reply would be read as the answer to the next letter's MAIL, and every answer after it one place out.
    let (idle, spoken) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let late = vec![Await(Arc::clone(&idle)), Say("250 taken again\r\n"), Tell(Arc::clone(&spoken)), Silence];
    let first = script(&[greeted(), taken(), late]);
    let server = Scripted::start(vec![first, script(&[greeted(), taken()])]).await;
    let relay = plain(server.port);
    let (_, kept) = smtp::send(&relay, None, &outgoing(PLAIN_LETTER)).await;
    idle.notify_one();
    spoken.notified().await;
    // Lets the runtime look at its sockets; the bytes are there already.
    tokio::task::yield_now().await;
    let (verdict, _) = smtp::send(&relay, kept, &outgoing(PLAIN_LETTER)).await;
    assert_eq!(verdict.word(), "accepted", "{verdict}");
    server.finish().await;
}

#[tokio::test]
async fn a_fault_at_mail_on_a_new_connection_is_reported_and_not_tried_again() {
    // The next connection would take the letter, but a fresh one that fails is the system's fault.
    let server = Scripted::start(vec![script(&[greeted(), vec![Hear("MAIL"), Say("421 closing\r\n"), Silence]])]).await;
    let (verdict, kept) = smtp::send(&plain(server.port), None, &outgoing(PLAIN_LETTER)).await;
    assert_eq!(verdict, Verdict::NotSent { phase: Phase::Mail, detail: "421 closing".to_owned() });
    assert!(kept.is_none());
    server.finish().await;
}

#[tokio::test]
async fn extensions_are_used_when_offered_and_eight_bits_never_go_unannounced() {
    let offer = "250-relay.test\r\n250-8bitmime\r\n250 DSN\r\n";
    let acts = vec![
        Say("220 relay\r\n"),
        Hear("EHLO"),
        Say(offer),
        Hear("MAIL FROM:<bounce+7@office.test> BODY=8BITMIME RET=HDRS\r\n"),
        Say("250 ok\r\n"),
        Hear("RCPT TO:<official@court.test> NOTIFY=FAILURE,DELAY\r\n"),
        Say("250 ok\r\n"),
        Hear("DATA"),
        Say("354 go on\r\n"),
        Body,
        Say("250 taken\r\n"),
    ];
    let server = Scripted::start(vec![acts]).await;
    let (verdict, _) = smtp::send(&plain(server.port), None, &outgoing(LETTER)).await;
    assert_eq!(verdict.word(), "accepted", "{verdict}");
    server.finish().await;

    let (verdict, _) = {
        let server = Scripted::start(vec![script(&[greeted(), vec![Silence]])]).await;
        smtp::send(&plain(server.port), None, &outgoing(LETTER)).await
    };
    assert!(matches!(verdict, Verdict::Refused { phase: Phase::Data, code: 554, .. }), "{verdict}");
}

#[tokio::test]
async fn a_letter_that_no_relay_could_take_is_refused_before_it_is_said() {
    let long = [b"Subject: x\r\n\r\n".as_slice(), &[b'a'; 999], b"\r\n"].concat();
    let bad: [&[u8]; 5] = [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\n", b"a\r", &long];
    let server = Scripted::start(vec![script(&[greeted(), taken()])]).await;
    let relay = plain(server.port);
    let mut connection = Some(Connection::connect(&relay).await.unwrap());
    for bytes in bad {
        let (verdict, kept) = smtp::send(&relay, connection, &outgoing(bytes)).await;
        assert!(matches!(verdict, Verdict::Refused { phase: Phase::Data, .. }), "{bytes:?}: {verdict}");
        connection = kept;
    }
    for to in ["nobody", "a@b.test>\r\nRCPT TO:<c@d.test", "қызмет@сот.test"] {
        let mail = keshirim::post::Outgoing { envelope_to: to, ..outgoing(PLAIN_LETTER) };
        let (verdict, kept) = smtp::send(&relay, connection, &mail).await;
        assert!(matches!(verdict, Verdict::Refused { phase: Phase::Rcpt, .. }), "{to:?}: {verdict}");
        connection = kept;
    }
    let (verdict, _) = smtp::send(&relay, connection, &outgoing(PLAIN_LETTER)).await;
    assert_eq!(verdict.word(), "accepted", "{verdict}");
    server.finish().await;
}

#[tokio::test]
async fn a_reply_in_an_old_alphabet_is_still_a_reply() {
    // 250 and "принято" in Windows-1251 cannot be written as a str; 0xEF is what its first letter is there.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let replies: [&[u8]; 6] =
            [b"220 r\r\n", b"250 r\r\n", b"250 k\r\n", b"250 k\r\n", b"354 g\r\n", b"250 \xEF\xF0\xE8\r\n"];
        let mut line = Vec::new();
        for (index, reply) in replies.into_iter().enumerate() {
            stream.get_mut().write_all(reply).await.unwrap();
            let end: &[u8] = if index == 4 { b"\r\n.\r\n" } else { b"\r\n" };
            line.clear();
            while index < 5 && !line.ends_with(end) {
                assert!(stream.read_until(b'\n', &mut line).await.unwrap() > 0);
            }
        }
    });
    let (verdict, _) = smtp::send(&plain(port), None, &outgoing(PLAIN_LETTER)).await;
    assert_eq!(verdict, Verdict::Accepted { reply: "250 ???".to_owned() });
    server.await.unwrap();
}
