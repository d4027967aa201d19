//! From the outbox to a relay: nothing is lost, nothing is counted that was not tried, and the bytes are the stored ones.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use chrono::TimeDelta;
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::post::dispatch::Way;
use keshirim::store::{Instant, LetterRow};

use super::world::{OFFICES, World, dispatcher};
use crate::backend::on_each_backend;
use crate::smtp::plain;
use crate::smtp::scripted::{Act, Scripted, greeted};
use crate::smtp::servers::smtp_sink;

/// A world with one letter due, and a relay behind it.
async fn one_letter(port: u16) -> World {
    let world = World::with("2026-02-02 10:00", OFFICES, Some(Way::Smtp(Arc::new(plain(port))))).await;
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-1").await;
    world.record("2026-7", EventKind::PetitionAccepted, "2026-02-02", &[]).await;
    world.clock.advance(TimeDelta::minutes(1));
    assert_eq!(world.compose().await.letters, 1);
    world
}

async fn letters(world: &World) -> Vec<LetterRow> {
    let mut tx = world.store.snapshot().await.unwrap();
    tx.letters(None, None, 100).await.unwrap()
}

async fn verdicts(world: &World, letter: &LetterRow) -> Vec<String> {
    let mut tx = world.store.snapshot().await.unwrap();
    tx.receipts(&letter.letter_id).await.unwrap().into_iter().map(|receipt| receipt.verdict).collect()
}

fn script(answers: &[Act]) -> Vec<Act> {
    [greeted(), answers.to_vec()].concat()
}

fn to_rcpt() -> Vec<Act> {
    vec![Act::Hear("MAIL FROM:<bounces+L-"), Act::Say("250 ok\r\n"), Act::Hear("RCPT TO:<uk1@test.example>")]
}

fn taken() -> Vec<Act> {
    let body =
        [Act::Say("250 ok\r\n"), Act::Hear("DATA"), Act::Say("354 go\r\n"), Act::Body, Act::Say("250 taken\r\n")];
    [to_rcpt(), body.to_vec(), vec![Act::Silence]].concat()
}

/// The bytes as they were stored, from what a relay heard.
fn undotted(body: &[u8]) -> Vec<u8> {
    let body = body.strip_suffix(b".\r\n").unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let lines: Vec<_> = text.split("\r\n").map(|line| line.strip_prefix('.').unwrap_or(line)).collect();
    lines.join("\r\n").into_bytes()
}

async fn a_daemon_that_died_while_sending_sends_the_same_bytes_again() {
    let relay = Scripted::start(vec![script(&taken())]).await;
    let world = one_letter(relay.port).await;
    let now = Instant::new(world.clock.now());
    // Claimed and committed, and then the process is gone.
    let mut tx = world.store.begin().await.unwrap();
    let later = Instant::new(world.clock.now() + TimeDelta::minutes(45));
    let claimed = tx.claim_letters("this machine", now, later, 0, 1).await.unwrap().remove(0);
    tx.commit().await.unwrap();
    assert_eq!(letters(&world).await[0].state, "transmitting");
    assert_eq!(world.dispatcher.tick().await.unwrap().tried, 0, "nobody else may take it meanwhile");
    let mut tx = world.store.begin().await.unwrap();
    assert_eq!(tx.recover_letters("this machine", now).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(world.dispatcher.tick().await.unwrap().accepted, 1);
    let heard = relay.finish().await;
    assert_eq!(undotted(&heard[0].bodies[0]), claimed.bytes);
    let letter = &letters(&world).await[0];
    assert_eq!((letter.state.as_str(), letter.attempts), ("accepted", 2));
}

async fn each_answer_of_the_relay_has_its_consequence_and_none_loses_the_letter() {
    let lost = [to_rcpt(), vec![Act::Say("250 ok\r\n"), Act::Hear("DATA"), Act::Say("354 go\r\n"), Act::Body]].concat();
    let relay = Scripted::start(vec![
        script(&[to_rcpt(), vec![Act::Say("451 later\r\n"), Act::Silence]].concat()),
        script(&lost),
        script(&[Act::Hear("MAIL FROM"), Act::Say("421 going down\r\n")]),
        script(&taken()),
    ])
    .await;
    let world = one_letter(relay.port).await;
    let tick = async |state: &str, minutes: std::ops::RangeInclusive<i64>| {
        assert_eq!(world.dispatcher.tick().await.unwrap().tried, 1, "{state}");
        let letter = letters(&world).await.remove(0);
        assert_eq!(letter.state, state);
        let pause = letter.next_attempt_at.unwrap().utc() - world.clock.now();
        assert!(minutes.contains(&pause.num_minutes()), "{state}: {pause}");
        assert_eq!(world.dispatcher.tick().await.unwrap().tried, 0, "not before its time");
        world.clock.advance(pause);
    };
    tick("deferred", 5..=6).await;
    tick("unknown", 1..=60).await;
    tick("queued", 0..=0).await;
    assert_eq!(world.dispatcher.tick().await.unwrap().accepted, 1);
    let heard = relay.finish().await;
    assert_eq!(heard[1].bodies, heard[3].bodies, "the same bytes, dot for dot");
    let letter = letters(&world).await.remove(0);
    assert_eq!(verdicts(&world, &letter).await, ["deferred", "unknown", "not_sent", "accepted"]);
    assert_eq!((letter.state.as_str(), letter.next_attempt_at), ("accepted", None));
}

async fn a_refused_letter_is_not_tried_again_by_itself() {
    let relay =
        Scripted::start(vec![script(&[to_rcpt(), vec![Act::Say("550 unknown\r\n"), Act::Silence]].concat())]).await;
    let world = one_letter(relay.port).await;
    world.dispatcher.tick().await.unwrap();
    let letter = letters(&world).await.remove(0);
    assert_eq!((letter.state.as_str(), letter.next_attempt_at), ("refused", None));
    world.clock.advance(TimeDelta::days(30));
    assert_eq!(world.dispatcher.tick().await.unwrap().tried, 0);
    relay.finish().await;
}

async fn while_the_breaker_is_open_letters_wait_untried_and_uncounted_and_then_all_go() {
    let dir = tempfile::tempdir().unwrap();
    // A port that nobody listens on.
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port()
    };
    let mut world = World::with("2026-02-02 10:00", OFFICES, Some(Way::Smtp(Arc::new(plain(port))))).await;
    for n in 1..=5 {
        let (number, institution) = (format!("2026-{n}"), format!("institution:uk-{}", n % 3 + 1));
        world.open(&number, Sentence::Imprisonment, &institution).await;
        world.record(&number, EventKind::PetitionAccepted, "2026-01-20", &[]).await;
    }
    world.clock.advance(TimeDelta::minutes(1));
    let composed = world.compose().await.letters;
    assert_eq!(composed, 15, "each overdue act alone, to institution, superior and working body");
    for _ in 0..20 {
        world.dispatcher.tick().await.unwrap();
        assert_ne!(world.dispatcher.breaker_snapshot().state, "closed");
    }
    let waiting = letters(&world).await;
    assert!(waiting.iter().all(|letter| letter.state == "queued" && letter.next_attempt_at.is_some()));
    let tried: i64 = waiting.iter().map(|letter| letter.attempts).sum();
    assert!((1..=2).contains(&tried), "two workers at most knocked, the rest were put back uncounted: {tried}");
    // The relay is back.
    let (_server, port) = smtp_sink(dir.path(), &[]).await;
    let (store, clock) = (world.store.clone(), world.clock.clone());
    world.dispatcher = dispatcher(&store, &clock, Way::Smtp(Arc::new(plain(port))));
    world.clock.advance(TimeDelta::minutes(10));
    assert_eq!(world.dispatcher.tick().await.unwrap().accepted, composed);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), composed);
}

/// An event in, bytes at Postfix's smtp-sink out, read by Python's strict parser.
async fn from_an_event_to_the_bytes_at_a_server_that_we_did_not_write() {
    let dir = tempfile::tempdir().unwrap();
    let (_server, port) = smtp_sink(dir.path(), &[]).await;
    let world = one_letter(port).await;
    assert_eq!(world.dispatcher.tick().await.unwrap().accepted, 1);
    let letter = letters(&world).await.remove(0);
    let dumped = fs::read(fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path()).unwrap();
    let lines: Vec<&[u8]> = dumped.split_inclusive(|&b| b == b'\n').collect();
    let (preamble, message) = lines.split_at(8);
    assert!(String::from_utf8(preamble.concat()).unwrap().contains(&format!("<bounces+{}.", letter.letter_id)));
    // smtp-sink writes LF for CRLF and closes each letter with an empty line.
    let message = String::from_utf8(message.concat()).unwrap().replace('\n', "\r\n");
    assert_eq!(message.strip_suffix("\r\n").unwrap().as_bytes(), letter.bytes);
    let read = Command::new("python3")
        .args(["-c", READ])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .and_then(|mut child| {
            std::io::Write::write_all(child.stdin.as_mut().unwrap(), &letter.bytes)?;
            child.wait_with_output()
        })
        .expect("python3: this test needs it");
    let read = String::from_utf8(read.stdout).unwrap();
    for words in [
        "[Кешірім № 2026-7] Жаңа мерзім: өтінішті немесе актіні Президент Әкімшілігіне табыс ету",
        "жеті күннен кешіктірілмей табыс етіледі",
        "DTSTART;VALUE=DATE:20260209",
        "defects []",
    ] {
        assert!(read.contains(words), "{words}: {read}");
    }
}

/// Subject, text on one line, calendar and defects as Python's strict parser reads them.
const READ: &str = "
import email, email.policy, sys
sys.stdout.reconfigure(encoding='utf-8')
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.strict)
print(m['Subject'])
parts = [p for p in m.walk() if not p.is_multipart()]
for p in parts:
    c = p.get_content()
    print(' '.join((c.decode('utf-8') if isinstance(c, bytes) else c).split()))
print('defects', [d for p in m.walk() for d in p.defects])
";

on_each_backend!(
    a_daemon_that_died_while_sending_sends_the_same_bytes_again,
    each_answer_of_the_relay_has_its_consequence_and_none_loses_the_letter,
    a_refused_letter_is_not_tried_again_by_itself,
    while_the_breaker_is_open_letters_wait_untried_and_uncounted_and_then_all_go,
    from_an_event_to_the_bytes_at_a_server_that_we_did_not_write,
);
