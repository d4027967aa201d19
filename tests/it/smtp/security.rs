//! Nothing leaves in clear text, and nothing said in clear text is believed under TLS.

use keshirim::post::{Phase, Relay, RelayError, RelaySettings, Security, Verdict, smtp};

use super::{
    PLAIN_LETTER, outgoing,
    scripted::{
        Act::{self, Bytes, Hear, Say, Silence},
        Scripted,
    },
    servers::Certificates,
    settings,
};

async fn starttls_against(script: Vec<Act>) -> Verdict {
    let certificates = Certificates::make();
    let server = Scripted::start(vec![script]).await;
    let settings = RelaySettings {
        ca_pem: Some(certificates.read("ca.pem")),
        ..settings(server.port, Security::StartTlsRequired)
    };
    let (verdict, kept) = smtp::send(&Relay::new(settings).unwrap(), None, &outgoing(PLAIN_LETTER)).await;
    assert!(kept.is_none());
    server.finish().await;
    verdict
}

#[tokio::test]
async fn a_relay_without_starttls_gets_no_letter() {
    let greeting = "220 relay STARTTLS\r\n";
    let offers = ["250 relay\r\n", "250-relay\r\n250 XSTARTTLS\r\n", "250-relay\r\n250-SIZE STARTTLS\r\n250 DSN\r\n"];
    for offer in offers {
        let verdict = starttls_against(vec![Say(greeting), Hear("EHLO keshirim.test"), Say(offer), Silence]).await;
        let Verdict::NotSent { phase: Phase::Tls, detail } = verdict else { panic!("{verdict}") };
        assert!(detail.contains("does not offer STARTTLS"), "{detail}");
    }
    let refusal = vec![
        Say(greeting),
        Hear("EHLO"),
        Say("250-relay\r\n250 StartTLS\r\n"),
        Hear("STARTTLS"),
        Say("454 4.7.0 not now\r\n"),
        Silence,
    ];
    let verdict = starttls_against(refusal).await;
    assert_eq!(verdict, Verdict::NotSent { phase: Phase::Tls, detail: "STARTTLS: 454 4.7.0 not now".to_owned() });
}

fn starttls_answered(answer: &'static str) -> Vec<Act> {
    vec![Say("220 relay\r\n"), Hear("EHLO"), Say("250-relay\r\n250 STARTTLS\r\n"), Hear("STARTTLS"), Say(answer)]
}

#[tokio::test]
async fn clear_text_injected_behind_the_220_of_starttls_ends_the_dialogue() {
    let injected = "220 go\r\n250-injected\r\n250 AUTH PLAIN LOGIN\r\n";
    let verdict = starttls_against([starttls_answered(injected), vec![Silence]].concat()).await;
    let Verdict::NotSent { phase: Phase::Tls, detail } = verdict else { panic!("{verdict}") };
    assert!(detail.contains("injected"), "{detail}");
}

#[tokio::test]
async fn clear_text_injected_into_the_handshake_ends_the_dialogue() {
    // The first bytes of the handshake have been heard, so the clear text comes in a packet of its own.
    let late = vec![Bytes(5), Say("250-injected\r\n250 AUTH PLAIN LOGIN\r\n"), Silence];
    let verdict = starttls_against([starttls_answered("220 go\r\n"), late].concat()).await;
    let Verdict::NotSent { phase: Phase::Tls, detail } = verdict else { panic!("{verdict}") };
    assert!(detail.starts_with("handshake"), "{detail}");
}

#[tokio::test]
async fn a_relay_without_tls_behind_the_implicit_port_gets_no_letter() {
    let certificates = Certificates::make();
    let server = Scripted::start(vec![vec![Say("220 relay\r\n"), Silence]]).await;
    let settings =
        RelaySettings { ca_pem: Some(certificates.read("ca.pem")), ..settings(server.port, Security::ImplicitTls) };
    let (verdict, _) = smtp::send(&Relay::new(settings).unwrap(), None, &outgoing(PLAIN_LETTER)).await;
    assert!(matches!(verdict, Verdict::NotSent { phase: Phase::Tls, .. }), "{verdict}");
    server.finish().await;
}

#[tokio::test]
async fn clear_text_is_refused_for_every_address_that_is_not_loopback() {
    // 192.0.2.0/24 and 2001:db8::/32 are for documentation: a packet to them would end in a timeout and not in these words.
    for host in ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "0.0.0.0"] {
        let settings = RelaySettings { host: host.to_owned(), ..settings(25, Security::PlainLoopbackOnly) };
        let (verdict, _) = smtp::send(&Relay::new(settings).unwrap(), None, &outgoing(PLAIN_LETTER)).await;
        let Verdict::NotSent { phase: Phase::Connect, detail } = verdict else { panic!("{verdict}") };
        assert!(detail.contains("is not loopback"), "{host}: {detail}");
    }
}

#[test]
fn settings_that_cannot_work_are_refused_before_any_connection() {
    let base = settings(465, Security::ImplicitTls);
    let helo = RelaySettings { helo_name: "a b\r\nMAIL FROM:<x>".to_owned(), ..base.clone() };
    assert!(matches!(Relay::new(helo), Err(RelayError::HeloName(_))));
    let host = RelaySettings { host: "not a host".to_owned(), ..base.clone() };
    assert!(matches!(Relay::new(host), Err(RelayError::Host(_))));
    let root = RelaySettings { ca_pem: Some(b"no certificate".to_vec()), ..base };
    assert!(matches!(Relay::new(root), Err(RelayError::Pem { .. })));
}
