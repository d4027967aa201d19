//! The way out: verdicts against a scripted relay, bytes against servers that we did not write.
//!
//! # The fault matrix
//!
//! "System" is [`Verdict::NotSent`](keshirim::post::Verdict::NotSent): no letter is blamed and the breaker opens.
//!
//! | fault | verdict | test |
//! |---|---|---|
//! | connection refused | system, connect | `dialogue::nobody_listening_is_not_sent_at_connect` |
//! | greeting 554, hang-up, EHLO 502 | system, connect | `dialogue::a_faulty_relay_is_a_fault_of_the_system_and_not_of_the_letter` |
//! | STARTTLS missing or refused | system, tls | `security::a_relay_without_starttls_gets_no_letter` |
//! | bytes injected after the STARTTLS reply | system, tls | `security::clear_text_injected_…` (two) |
//! | no TLS behind the implicit port | system, tls | `security::a_relay_without_tls_behind_the_implicit_port_gets_no_letter` |
//! | certificate of another root or host | system, tls | `real::a_certificate_of_another_host_or_another_root_is_not_sent_at_tls` |
//! | certificate that has run out | system, tls | `faults::a_certificate_that_has_run_out_is_not_sent_at_tls` |
//! | AUTH 535 | system, auth | `dialogue::a_refused_password_…`, `real::a_wrong_password_…` |
//! | MAIL 4xx, 5xx | system, mail | `dialogue::a_faulty_relay_is_a_fault_of_the_system_and_not_of_the_letter` |
//! | RCPT 450, DATA 451, dot 451, 421 | deferred | `dialogue::a_reply_for_the_letter_is_deferred_or_refused_in_its_phase` |
//! | RCPT 550, DATA 554, dot 554 | refused | the same |
//! | one of several letters of a connection refused | refused; the others accepted | `dialogue::one_connection_carries_several_letters_refused_ones_too` |
//! | lost before 354 | system, in its phase | `dialogue::a_connection_lost_before_354_…` |
//! | lost inside the body or after the dot | unknown | `dialogue::a_connection_lost_after_354_is_unknown` |
//! | silence at greeting, EHLO, STARTTLS, handshake, AUTH | system, in its phase | `faults::a_relay_that_falls_silent_before_any_letter_…` |
//! | silence at MAIL, RCPT, DATA | system, in its phase | `dialogue::a_silent_relay_is_left_after_the_step_s_own_timeout` |
//! | the body is not taken; silence after the dot | unknown | `faults::a_relay_that_stops_reading_…`, `dialogue::a_silent_relay_…` |
//! | silence at RSET, at QUIT | the letter's own; no connection kept | `faults::a_relay_that_is_silent_after_the_verdict_…` |
//! | a send cancelled midway, another letter | the other letter's own | `dialogue::a_cancelled_send_leaves_no_reply_to_the_next_letter`, `faults::a_send_cancelled_at_any_step_…` |
//! | idle connection closed, with 421 or silently | a new connection, not reported | `dialogue::a_connection_that_died_while_idle_…` |
//! | replies of many lines | as of one line | `faults::a_reply_of_many_lines_is_one_reply` |
//! | a line or a reply without end | system before 354, unknown after | `faults::a_reply_without_end_…` |
//! | 64 letters, cap 4 | never more than 4 connections | `disasters::cap` |

#![cfg(test)]

mod breaker;
mod dialogue;
mod faults;
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
