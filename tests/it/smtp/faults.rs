//! The rarer faults of the matrix: silence at the steps around a letter, replies without end, cancelled sends, an old certificate.

use std::{sync::Arc, time::Duration};

use keshirim::post::{Credentials, Phase, Relay, RelaySettings, Security, StepTimeouts, Verdict, smtp};
use tokio::sync::Notify;

use super::{
    LETTER, PLAIN_LETTER, outgoing, patient, plain,
    scripted::{
        Act::{self, Body, Bytes, Hear, Say, Silence, Tell},
        Scripted, envelope, greeted, script, taken,
    },
    servers::{Certificates, TlsServer},
    settings,
};

/// The limit of the step under test; all others are patient.
const SHORT: Duration = Duration::from_millis(100);

/// A relay that offers AUTH.
fn offers_auth() -> Vec<Act> {
    vec![Say("220 relay\r\n"), Hear("EHLO"), Say("250-relay.test\r\n250 AUTH PLAIN\r\n")]
}

#[tokio::test]
async fn a_relay_that_falls_silent_before_any_letter_is_left_after_the_step_s_own_limit() {
    let (plain_text, start_tls) = (Security::PlainLoopbackOnly, Security::StartTlsRequired);
    let greeting = StepTimeouts { greeting: SHORT, command: SHORT, ..patient() };
    let command = StepTimeouts { command: SHORT, ..patient() };
    let clear_greeting = StepTimeouts { greeting: SHORT, ..patient() };
    let handshake = StepTimeouts { handshake: SHORT, ..patient() };
    let asked = vec![Say("220 relay\r\n"), Hear("EHLO"), Say("250-relay\r\n250 STARTTLS\r\n"), Hear("STARTTLS")];
    let cases = [
        ("greeting", plain_text, vec![Silence], greeting, Phase::Connect),
        ("half a greeting", plain_text, vec![Say("220-relay"), Silence], greeting, Phase::Connect),
        ("EHLO", plain_text, vec![Say("220 relay\r\n"), Hear("EHLO"), Silence], greeting, Phase::Connect),
        ("AUTH", plain_text, [offers_auth(), vec![Hear("AUTH PLAIN"), Silence]].concat(), command, Phase::Auth),
        ("clear greeting", start_tls, vec![Silence], clear_greeting, Phase::Connect),
        ("clear EHLO", start_tls, vec![Say("220 relay\r\n"), Hear("EHLO"), Silence], command, Phase::Connect),
        ("STARTTLS", start_tls, [asked.clone(), vec![Silence]].concat(), command, Phase::Tls),
        (
            "handshake after STARTTLS",
            start_tls,
            [asked, vec![Say("220 go\r\n"), Silence]].concat(),
            handshake,
            Phase::Tls,
        ),
        ("handshake", Security::ImplicitTls, vec![Bytes(5), Silence], handshake, Phase::Tls),
    ];
    let certificates = Certificates::make();
    for (what, security, acts, timeouts, at) in cases {
        let server = Scripted::start(vec![acts]).await;
        let settings = RelaySettings {
            timeouts,
            ca_pem: Some(certificates.read("ca.pem")),
            credentials: Some(Credentials { user: "keshirim".to_owned(), password: "a secret".to_owned() }),
            ..settings(server.port, security)
        };
        let (verdict, kept) = smtp::send(&Relay::new(settings).unwrap(), None, &outgoing(PLAIN_LETTER)).await;
        let Verdict::NotSent { phase, detail } = verdict else { panic!("{what}: {verdict}") };
        assert!(phase == at && detail.contains("00ms"), "{what}: {phase}, {detail}");
        assert!(kept.is_none(), "{what}");
        server.finish().await;
    }
}

#[tokio::test]
async fn a_relay_that_stops_reading_the_body_is_left_and_nobody_knows() {
    // More than the sockets between us hold.
    let line = [b"x".repeat(900), b"\r\n".to_vec()].concat();
    let letter = [b"Subject: x\r\n\r\n".to_vec(), line.repeat(20_000)].concat();
    // The relay reads one line of it, and no more until the test is over.
    let over = Arc::new(Notify::new());
    let acts = script(&[greeted(), envelope(), vec![Hear("Subject: x"), Act::Await(Arc::clone(&over))]]);
    let server = Scripted::start(vec![acts]).await;
    let timeouts = StepTimeouts { body: SHORT, ..patient() };
    let settings = RelaySettings { timeouts, ..settings(server.port, Security::PlainLoopbackOnly) };
    let (verdict, kept) = smtp::send(&Relay::new(settings).unwrap(), None, &outgoing(&letter)).await;
    assert_eq!(verdict, Verdict::Unknown { detail: "the body was not taken within 100ms".to_owned() });
    assert!(kept.is_none());
    over.notify_one();
    server.finish().await;
}

#[tokio::test]
async fn a_relay_that_is_silent_after_the_verdict_changes_nothing_about_it() {
    // At RSET after a refused address.
    let rset = vec![Hear("MAIL"), Say("250 ok\r\n"), Hear("RCPT"), Say("550 5.1.1 unknown\r\n"), Hear("RSET"), Silence];
    let server = Scripted::start(vec![script(&[greeted(), rset])]).await;
    let timeouts = StepTimeouts { command: SHORT, ..patient() };
    let limited = RelaySettings { timeouts, ..settings(server.port, Security::PlainLoopbackOnly) };
    let (verdict, kept) = smtp::send(&Relay::new(limited).unwrap(), None, &outgoing(PLAIN_LETTER)).await;
    assert_eq!(verdict.word(), "refused", "{verdict}");
    assert!(kept.is_none(), "a connection was kept that did not answer RSET");
    server.finish().await;
    // At RSET it hangs up.
    let gone = vec![Hear("MAIL"), Say("250 ok\r\n"), Hear("RCPT"), Say("450 later\r\n"), Hear("RSET")];
    let server = Scripted::start(vec![script(&[greeted(), gone])]).await;
    let (verdict, kept) = smtp::send(&plain(server.port), None, &outgoing(PLAIN_LETTER)).await;
    assert_eq!((verdict.word(), kept.is_none()), ("deferred", true), "{verdict}");
    server.finish().await;
    // At QUIT it hangs up without an answer.
    let server = Scripted::start(vec![script(&[greeted(), taken(), vec![Hear("QUIT")]])]).await;
    let (verdict, kept) = smtp::send(&plain(server.port), None, &outgoing(PLAIN_LETTER)).await;
    assert_eq!(verdict.word(), "accepted", "{verdict}");
    kept.unwrap().quit().await;
    server.finish().await;
}

#[tokio::test]
async fn a_reply_of_many_lines_is_one_reply() {
    let ehlo = "250-relay.test\r\n250-SIZE 1\r\n250-PIPELINING\r\n250-ETRN\r\n250-DSN\r\n250 HELP\r\n";
    let acts = vec![
        Say("220-relay.test ESMTP\r\n220-no spam\r\n220 at all\r\n"),
        Hear("EHLO"),
        Say(ehlo),
        Hear("MAIL FROM:<bounce+7@office.test> RET=HDRS"),
        Say("250-2.1.0\r\n250 ok\r\n"),
        Hear("RCPT"),
        Say("250-2.1.5 one\r\n250-2.1.5 two\r\n250 2.1.5 three\r\n"),
        Hear("DATA"),
        Say("354-go\r\n354 on\r\n"),
        Body,
        Say("554-5.7.1 the letter\r\n554-5.7.1 is not\r\n554 5.7.1 wanted\r\n"),
        Silence,
    ];
    let server = Scripted::start(vec![acts]).await;
    let (verdict, kept) = smtp::send(&plain(server.port), None, &outgoing(PLAIN_LETTER)).await;
    let reply = "5.7.1 the letter is not wanted".to_owned();
    assert_eq!(verdict, Verdict::Refused { phase: Phase::Dot, code: 554, reply });
    drop(kept);
    server.finish().await;
}

/// A text that lives as long as the tests.
fn forever(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

#[tokio::test]
async fn a_reply_without_end_is_cut_off_long_before_the_memory_is_full() {
    let line = forever(format!("250-{}\r\n", "x".repeat(5_000)));
    let endless = forever("250-and so on\r\n".repeat(100_000));
    for words in [line, endless] {
        let cases = [
            (vec![Say(words), Silence], Some(Phase::Connect)),
            (script(&[greeted(), vec![Hear("MAIL"), Say(words), Silence]]), Some(Phase::Mail)),
            (
                script(&[greeted(), vec![Hear("MAIL"), Say("250 ok\r\n"), Hear("RCPT"), Say(words), Silence]]),
                Some(Phase::Rcpt),
            ),
            (script(&[greeted(), envelope(), vec![Body, Say(words), Silence]]), None),
        ];
        for (acts, at) in cases {
            // The other side hangs up in the middle of it, and the rest of the script cannot be said.
            let server = Scripted::start(vec![acts]).await;
            let (verdict, kept) = smtp::send(&plain(server.port), None, &outgoing(PLAIN_LETTER)).await;
            match (&verdict, at) {
                (Verdict::NotSent { phase, .. }, Some(at)) => assert_eq!(*phase, at, "{verdict}"),
                (Verdict::Unknown { .. }, None) => {}
                _ => panic!("{at:?}: {verdict}"),
            }
            assert!(kept.is_none());
            // The words that are kept of it are bounded as well.
            assert!(verdict.to_string().len() < 1_000);
        }
    }
    // In the clear part of STARTTLS.
    let certificates = Certificates::make();
    for words in [line, endless] {
        let server = Scripted::start(vec![vec![Say(words), Silence]]).await;
        let settings = RelaySettings {
            ca_pem: Some(certificates.read("ca.pem")),
            ..settings(server.port, Security::StartTlsRequired)
        };
        let (verdict, _) = smtp::send(&Relay::new(settings).unwrap(), None, &outgoing(PLAIN_LETTER)).await;
        assert!(matches!(verdict, Verdict::NotSent { phase: Phase::Connect, .. }), "{verdict}");
    }
}

#[tokio::test]
async fn a_send_cancelled_at_any_step_never_makes_a_success_of_the_next_refusal() {
    let steps = [
        vec![],
        vec![Say("220 relay\r\n"), Hear("EHLO")],
        script(&[greeted(), vec![Hear("MAIL")]]),
        script(&[greeted(), vec![Hear("MAIL"), Say("250 ok\r\n"), Hear("RCPT")]]),
        script(&[greeted(), vec![Hear("MAIL"), Say("250 ok\r\n"), Hear("RCPT"), Say("250 ok\r\n"), Hear("DATA")]]),
        script(&[greeted(), envelope(), vec![Bytes(5)]]),
        script(&[greeted(), envelope(), vec![Body]]),
        // On a connection in use: the letter before was taken.
        script(&[greeted(), taken(), vec![Hear("MAIL")]]),
        script(&[greeted(), taken(), envelope(), vec![Body]]),
    ];
    for (index, step) in steps.into_iter().enumerate() {
        let stalled = Arc::new(Notify::new());
        let used = index >= 7;
        // Whatever the first connection would still say comes too late to be heard.
        let first = script(&[step, vec![Tell(Arc::clone(&stalled)), Silence]]);
        let second = script(&[greeted(), envelope(), vec![Body, Say("554 5.6.0 refused\r\n"), Silence]]);
        let server = Scripted::start(vec![first, second]).await;
        let relay = plain(server.port);
        let letter = outgoing(PLAIN_LETTER);
        let kept = if used { smtp::send(&relay, None, &letter).await.1 } else { None };
        assert_eq!(kept.is_some(), used);
        tokio::select! {
            _ = smtp::send(&relay, kept, &letter) => panic!("{index}: the stalled send ended by itself"),
            () = stalled.notified() => {}
        }
        let (verdict, kept) = smtp::send(&relay, None, &letter).await;
        assert!(matches!(verdict, Verdict::Refused { phase: Phase::Dot, code: 554, .. }), "{index}: {verdict}");
        drop(kept);
        server.finish().await;
    }
}

#[tokio::test]
async fn a_certificate_that_has_run_out_is_not_sent_at_tls() {
    let certificates = Certificates::make();
    certificates.make_expired();
    for (mode, security) in [("implicit", Security::ImplicitTls), ("starttls", Security::StartTlsRequired)] {
        let server = TlsServer::start(mode, &certificates, "expired", None);
        let settings = RelaySettings { ca_pem: Some(certificates.read("ca.pem")), ..settings(server.port, security) };
        let (verdict, _) = smtp::send(&Relay::new(settings).unwrap(), None, &outgoing(LETTER)).await;
        let Verdict::NotSent { phase: Phase::Tls, detail } = verdict else { panic!("{mode}: {verdict}") };
        assert!(detail.contains("expired"), "{mode}: {detail}");
    }
}
