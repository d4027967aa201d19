//! Bytes and verdicts against servers that we did not write.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use keshirim::post::{ClientCertificate, Credentials, Phase, Relay, RelaySettings, Security, Verdict, smtp};

use super::{
    LETTER, outgoing, plain,
    servers::{Certificates, TlsServer, smtp_sink},
    settings,
};

/// The letters that smtp-sink wrote: its own eight lines (X-Client-Addr to the folded Received), then the message with LF.
fn dumped(dir: &Path) -> Vec<(String, Vec<u8>)> {
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            let lines: Vec<&[u8]> = bytes.split_inclusive(|&b| b == b'\n').collect();
            let (preamble, message) = lines.split_at(8);
            (String::from_utf8(preamble.concat()).unwrap(), message.concat())
        })
        .collect()
}

#[tokio::test]
async fn smtp_sink_receives_the_kazakh_bytes_unchanged_and_the_dsn_wishes() {
    let dir = tempfile::tempdir().unwrap();
    let (_server, port) = smtp_sink(dir.path(), &[]).await;
    let relay = plain(port);
    let (verdict, kept) = smtp::send(&relay, None, &outgoing(LETTER)).await;
    assert_eq!(verdict, Verdict::Accepted { reply: "250 2.0.0 Ok".to_owned() });
    kept.unwrap().quit().await;
    let letters = dumped(dir.path());
    let [(preamble, message)] = letters.as_slice() else { panic!("{} letters instead of one", letters.len()) };
    assert!(preamble.contains("X-Mail-Args: <bounce+7@office.test> BODY=8BITMIME RET=HDRS\n"), "{preamble}");
    assert!(preamble.contains("X-Rcpt-Args: <official@court.test> NOTIFY=FAILURE,DELAY\n"), "{preamble}");
    // smtp-sink writes LF for CRLF and closes each letter with an empty line.
    let expected = String::from_utf8(LETTER.to_vec()).unwrap().replace("\r\n", "\n") + "\n";
    assert_eq!(String::from_utf8_lossy(message), expected);
}

#[tokio::test]
async fn smtp_sink_s_own_faults_have_the_right_verdicts() {
    // -f hard reply, -r soft reply, -q hangs up without a reply, -Q hangs up with 421.
    let cases: [(&[&str], &str, Option<Phase>); 12] = [
        (&["-q", "CONNECT"], "not_sent", Some(Phase::Connect)),
        (&["-f", "EHLO"], "not_sent", Some(Phase::Connect)),
        (&["-r", "MAIL"], "not_sent", Some(Phase::Mail)),
        (&["-f", "RCPT"], "refused", Some(Phase::Rcpt)),
        (&["-r", "RCPT"], "deferred", Some(Phase::Rcpt)),
        (&["-q", "RCPT"], "not_sent", Some(Phase::Rcpt)),
        (&["-f", "DATA"], "refused", Some(Phase::Data)),
        (&["-q", "DATA"], "not_sent", Some(Phase::Data)),
        (&["-f", "."], "refused", Some(Phase::Dot)),
        (&["-r", "."], "deferred", Some(Phase::Dot)),
        (&["-q", "."], "unknown", None),
        (&["-Q", "."], "deferred", Some(Phase::Dot)),
    ];
    for (options, word, at) in cases {
        let dir = tempfile::tempdir().unwrap();
        let (_server, port) = smtp_sink(dir.path(), options).await;
        let (verdict, _) = smtp::send(&plain(port), None, &outgoing(LETTER)).await;
        let phase = match &verdict {
            Verdict::NotSent { phase, .. } | Verdict::Deferred { phase, .. } | Verdict::Refused { phase, .. } => {
                Some(*phase)
            }
            Verdict::Accepted { .. } | Verdict::Unknown { .. } => None,
        };
        assert_eq!((verdict.word(), phase), (word, at), "{options:?}: {verdict}");
    }
}

#[tokio::test]
async fn a_letter_does_not_wait_for_delayed_acknowledgements() {
    // Without NODELAY each letter takes 44 ms on loopback; with it well below one.
    const LETTERS: usize = 41;
    let dir = tempfile::tempdir().unwrap();
    let (_server, port) = smtp_sink(dir.path(), &[]).await;
    let relay = plain(port);
    let (mut kept, mut took) = (None, Vec::new());
    for _ in 0..LETTERS {
        let begun = Instant::now();
        let (verdict, connection) = smtp::send(&relay, kept, &outgoing(LETTER)).await;
        took.push(begun.elapsed());
        assert_eq!(verdict.word(), "accepted", "{verdict}");
        kept = connection;
    }
    took.sort();
    let median = took[LETTERS / 2];
    assert!(median < Duration::from_millis(30), "a letter takes {median:?}: Nagle's algorithm is on");
}

fn tls_settings(port: u16, security: Security, certificates: &Certificates) -> RelaySettings {
    RelaySettings { ca_pem: Some(certificates.read("ca.pem")), ..settings(port, security) }
}

fn credentials(password: &str) -> Credentials {
    Credentials { user: "keshirim".to_owned(), password: password.to_owned() }
}

/// Bytes as the server tells them in JSON.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

#[tokio::test]
async fn the_kazakh_bytes_arrive_unchanged_under_both_kinds_of_tls_with_a_password() {
    let certificates = Certificates::make();
    for (mode, security) in [("implicit", Security::ImplicitTls), ("starttls", Security::StartTlsRequired)] {
        let mut server = TlsServer::start(mode, &certificates, "server", None);
        let mut settings = tls_settings(server.port, security, &certificates);
        settings.credentials = Some(credentials("құпия сөз"));
        let relay = Relay::new(settings).unwrap();
        let mut kept = None;
        for _ in 0..3 {
            let (verdict, connection) = smtp::send(&relay, kept, &outgoing(LETTER)).await;
            assert_eq!(verdict, Verdict::Accepted { reply: "250 2.0.0 taken".to_owned() }, "{mode}");
            let taken = server.next().expect("what the server took");
            assert_eq!(taken["content"], latin1(LETTER), "{mode}: the bytes changed");
            assert_eq!(taken["encrypted"], true, "{mode}");
            assert_eq!(taken["authenticated"], true, "{mode}");
            assert_eq!(taken["rcpt_tos"], serde_json::json!(["official@court.test"]), "{mode}");
            kept = Some(connection.expect("a clean reply keeps the connection"));
        }
        kept.unwrap().quit().await;
    }
}

#[tokio::test]
async fn a_wrong_password_is_not_sent_at_auth_by_a_real_server() {
    let certificates = Certificates::make();
    let server = TlsServer::start("implicit", &certificates, "server", None);
    let mut settings = tls_settings(server.port, Security::ImplicitTls, &certificates);
    settings.credentials = Some(credentials("wrong"));
    let (verdict, _) = smtp::send(&Relay::new(settings).unwrap(), None, &outgoing(LETTER)).await;
    let Verdict::NotSent { phase: Phase::Auth, detail } = verdict else { panic!("{verdict}") };
    assert!(detail.starts_with("535 "), "{detail}");
}

#[tokio::test]
async fn a_certificate_of_another_host_or_another_root_is_not_sent_at_tls() {
    let certificates = Certificates::make();
    for (mode, security) in [("implicit", Security::ImplicitTls), ("starttls", Security::StartTlsRequired)] {
        for (name, root) in [("other", "ca.pem"), ("server", "stranger.pem")] {
            let server = TlsServer::start(mode, &certificates, name, None);
            let settings = RelaySettings { ca_pem: Some(certificates.read(root)), ..settings(server.port, security) };
            let (verdict, _) = smtp::send(&Relay::new(settings).unwrap(), None, &outgoing(LETTER)).await;
            let Verdict::NotSent { phase: Phase::Tls, detail } = verdict else { panic!("{mode} {name}: {verdict}") };
            assert!(detail.contains("certificate"), "{detail}");
        }
    }
}

#[tokio::test]
async fn a_client_certificate_opens_a_relay_that_demands_one() {
    let certificates = Certificates::make();
    let mut server = TlsServer::start("implicit", &certificates, "server", Some("ca.pem"));
    let without = tls_settings(server.port, Security::ImplicitTls, &certificates);
    let mut with = without.clone();
    with.client_certificate = Some(ClientCertificate {
        chain_pem: certificates.read("client.pem"),
        key_pem: certificates.read("client.key"),
    });
    let (verdict, _) = smtp::send(&Relay::new(without).unwrap(), None, &outgoing(LETTER)).await;
    assert_eq!(verdict.word(), "not_sent", "{verdict}");
    let (verdict, _) = smtp::send(&Relay::new(with).unwrap(), None, &outgoing(LETTER)).await;
    assert_eq!(verdict.word(), "accepted", "{verdict}");
    assert_eq!(server.next().unwrap()["content"], latin1(LETTER));
}
