//! The way out: verdicts against a scripted relay, bytes against servers that we did not write.

#![cfg(test)]

mod breaker;
mod dialogue;
mod maildir;
mod real;
pub(crate) mod scripted;
mod security;
pub(crate) mod servers;

use std::time::Duration;

use keshirim::post::{Outgoing, Relay, RelaySettings, Security, StepTimeouts};

/// A letter as the renderer makes them, with every trap of the last yard: leading dots, Kazakh in eight bits, a lone dot.
const LETTER: &[u8] = "From: keshirim@office.test\r\nSubject: =?utf-8?b?0JzQtdGA0LfRltC8?=\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
    Кешірім туралы өтінішхат 2026 жылғы 8 наурызға дейін жолдануға тиіс.\r\n.\r\n..\r\n.нүкте\r\n\r\nСоңы\r\n"
    .as_bytes();

/// The same in ASCII, for relays that offer nothing.
const PLAIN_LETTER: &[u8] = b"Subject: x\r\n\r\n.hidden\r\n.\r\nend\r\n";

fn outgoing(bytes: &[u8]) -> Outgoing<'_> {
    Outgoing { envelope_from: "bounce+7@office.test", envelope_to: "official@court.test", bytes }
}

/// Long enough for a busy machine, short enough for a test that waits for a failure.
const PATIENT: Duration = Duration::from_secs(20);

fn patient() -> StepTimeouts {
    StepTimeouts {
        connect: PATIENT,
        handshake: PATIENT,
        greeting: PATIENT,
        command: PATIENT,
        data: PATIENT,
        body: PATIENT,
        dot: PATIENT,
    }
}

fn settings(port: u16, security: Security) -> RelaySettings {
    RelaySettings {
        host: "127.0.0.1".to_owned(),
        port,
        security,
        helo_name: "keshirim.test".to_owned(),
        credentials: None,
        client_certificate: None,
        ca_pem: None,
        timeouts: patient(),
    }
}

pub(crate) fn plain(port: u16) -> Relay {
    Relay::new(settings(port, Security::PlainLoopbackOnly)).unwrap()
}
