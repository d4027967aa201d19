//! A letter that does not arrive: whoever stands in, the superior and the operators hear, once, and it never goes round.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::post::bounce::{Outcome, take_in};
use keshirim::post::dispatch::Way;
use keshirim::post::return_path::ReturnPath;
use keshirim::store::{AlertRow, Instant, LetterRow};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::mail::Mail;
use super::world::{OFFICES, World};
use crate::backend::on_each_backend;
use crate::bounce::report;
use crate::smtp::plain;

/// A relay that refuses some recipients, each with its words, and keeps what it accepts.
#[derive(Clone, Default)]
struct Relay {
    refused: Arc<Mutex<BTreeMap<String, &'static str>>>,
    accepted: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Relay {
    async fn start(refused: &[(&str, &'static str)]) -> (Self, u16) {
        let relay = Self::default();
        relay.refuse(refused);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = relay.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serving.clone().speak(stream));
            }
        });
        (relay, port)
    }

    fn refuse(&self, refused: &[(&str, &'static str)]) {
        *self.refused.lock().unwrap() =
            refused.iter().map(|(who, reply)| (format!("{who}@test.example"), *reply)).collect();
    }

    async fn speak(self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 relay\r\n").await?;
        let mut line = String::new();
        while stream.read_line(&mut line).await? > 0 {
            let reply = match line.get(..4).unwrap_or_default() {
                "RCPT" => {
                    let to = line.split(['<', '>']).nth(1).unwrap_or_default();
                    self.refused.lock().unwrap().get(to).copied().unwrap_or("250 ok")
                }
                "DATA" => {
                    stream.write_all(b"354 go\r\n").await?;
                    let mut body = Vec::new();
                    while !body.ends_with(b"\r\n.\r\n") {
                        stream.read_until(b'\n', &mut body).await?;
                    }
                    self.accepted.lock().unwrap().push(body);
                    "250 taken"
                }
                "EHLO" => "250 relay",
                _ => "250 ok",
            };
            stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
            line.clear();
        }
        Ok(())
    }

    /// What was accepted since this was last asked, as `committee: text`.
    fn heard(&self) -> Vec<Mail> {
        let bodies = std::mem::take(&mut *self.accepted.lock().unwrap());
        let mut mails: Vec<Mail> =
            bodies.into_iter().map(|body| Mail::read(String::new(), String::new(), body)).collect();
        mails.sort_by(|a, b| (&a.to, &a.subject).cmp(&(&b.to, &b.subject)));
        mails
    }
}

/// Who heard, in order.
fn who(mails: &[Mail]) -> Vec<&str> {
    mails.iter().map(|mail| mail.to.split('@').next().unwrap()).collect()
}

/// A petition at an institution, the clock a minute later, and a relay that refuses.
async fn petition(institution: &str, offices: &str, refused: &[(&str, &'static str)]) -> (World, Relay) {
    let (relay, port) = Relay::start(refused).await;
    let world = World::with("2026-02-02 10:00", offices, Some(Way::Smtp(Arc::new(plain(port))))).await;
    world.open("2026-7", Sentence::Imprisonment, institution).await;
    world.record("2026-7", EventKind::PetitionAccepted, "2026-02-02", &[]).await;
    world.clock.advance(TimeDelta::minutes(1));
    (world, relay)
}

/// Composes and sends until nothing more is to be said.
async fn settle(world: &World) {
    for _ in 0..20 {
        let composed = world.compose().await;
        let sent = world.dispatcher.tick().await.unwrap();
        if composed.deadlines == 0 && composed.letters == 0 && sent.tried == 0 {
            return;
        }
    }
    panic!("it goes round");
}

/// The instant of the next rung has come.
async fn next_rung(world: &World) {
    let next = world.store.next_due().await.unwrap().alert.unwrap();
    world.clock.advance(next.utc() - world.clock.now());
    settle(world).await;
}

async fn letters(world: &World) -> Vec<LetterRow> {
    world.store.snapshot().await.unwrap().letters(None, None, 100).await.unwrap()
}

async fn letter_to(world: &World, whom: &str) -> LetterRow {
    let whom = format!("{whom}@test.example");
    letters(world).await.into_iter().find(|letter| letter.address == whom).unwrap()
}

async fn flags(world: &World) -> Vec<(String, String, String)> {
    let flags = world.store.snapshot().await.unwrap().standing_flags().await.unwrap();
    flags.into_iter().map(|flag| (flag.address, flag.reason, flag.status)).collect()
}

async fn alerts(world: &World, letter: &LetterRow) -> Vec<AlertRow> {
    world.store.snapshot().await.unwrap().alerts_of_letter(&letter.letter_id).await.unwrap()
}

async fn refused_at_rcpt_the_address_is_flagged_and_the_superior_and_the_operators_hear_at_the_next_tick() {
    let (world, relay) = petition("institution:uk-3", OFFICES, &[("uk3", "550 5.1.1 no such user")]).await;
    world.compose().await;
    world.dispatcher.tick().await.unwrap();
    assert!(relay.heard().is_empty());
    let lost = letter_to(&world, "uk3").await;
    assert_eq!(lost.state, "refused");
    assert_eq!(flags(&world).await, [("uk3@test.example".to_owned(), "refused".to_owned(), "5.1.1".to_owned())]);

    assert_eq!(world.compose().await.letters, 2);
    world.dispatcher.tick().await.unwrap();
    let heard = relay.heard();
    assert_eq!(who(&heard), ["committee", "ops"]);
    assert!(heard[0].says("2026-7") && heard[0].says("Письмо некому доставить: Учреждение № 3"), "{}", heard[0].text);
    assert!(heard[1].says("A letter to the office \"institution:uk-3\" did not arrive"), "{}", heard[1].text);
    assert!(!heard[1].says("@test.example"), "no address: {}", heard[1].text);
    // The evidence: who heard instead.
    let instead = alerts(&world, &letter_to(&world, "committee").await).await;
    let evidence: Vec<_> = instead.iter().map(|alert| (alert.rung.clone(), alert.office.as_str())).collect();
    assert_eq!(evidence, [(format!("refused:{}@0", lost.letter_id), "institution:*")]);
    settle(&world).await;
    assert!(relay.heard().is_empty(), "once");

    // From now on the superior is written to in its place, until the flag is lifted.
    next_rung(&world).await;
    let heard = relay.heard();
    assert_eq!(who(&heard), ["committee", "ops"]);
    assert!(heard[0].says("Письмо некому доставить: Учреждение № 3"), "{}", heard[0].text);
    let mut tx = world.store.begin().await.unwrap();
    assert!(tx.lift_flag("uk3@test.example", Instant::new(world.clock.now()), "root").await.unwrap());
    tx.commit().await.unwrap();
    relay.refuse(&[]);
    next_rung(&world).await;
    assert!(who(&relay.heard()).contains(&"uk3"));
}

async fn the_deputy_hears_too_and_takes_the_next_rung() {
    let (world, relay) = petition("institution:uk-1", OFFICES, &[("uk1", "550 unknown user")]).await;
    settle(&world).await;
    assert_eq!(flags(&world).await, [("uk1@test.example".to_owned(), "refused".to_owned(), "550".to_owned())]);
    assert_eq!(who(&relay.heard()), ["committee", "ops", "uk1-deputy"]);
    next_rung(&world).await;
    assert_eq!(who(&relay.heard()), ["uk1-deputy"]);
}

/// A full mailbox, a content filter, and a relay that was set up wrongly are no reason never to write there again.
async fn what_is_not_the_address_s_fault_flags_nothing_and_the_superior_hears_each_time() {
    for reply in ["552 5.2.2 mailbox full", "554 5.7.1 Relay access denied"] {
        let (world, relay) = petition("institution:uk-3", OFFICES, &[("uk3", reply)]).await;
        settle(&world).await;
        assert_eq!(flags(&world).await, [], "{reply}");
        assert_eq!(who(&relay.heard()), ["committee", "ops"], "{reply}");
        next_rung(&world).await;
        assert_eq!(who(&relay.heard()), ["committee", "ops"], "{reply}: it was tried, and refused again");
        relay.refuse(&[]);
        next_rung(&world).await;
        assert!(who(&relay.heard()).contains(&"uk3"), "{reply}");
    }
}

/// Up to the top, and no further; round in a circle, and no further; flagged or not.
async fn refused_all_the_way_up_it_ends_with_the_operators_and_goes_round_nowhere() {
    let circle = OFFICES.replacen(
        "code = \"institution:*\"\n",
        "code = \"institution:*\"\nsuperior = \"institution:uk-3\"\n",
        1,
    );
    assert_ne!(circle, OFFICES);
    for offices in [OFFICES, &circle] {
        for reply in ["550 5.1.1 no such user", "552 5.2.2 mailbox full"] {
            let refused = [("uk3", reply), ("committee", reply)];
            let (world, relay) = petition("institution:uk-3", offices, &refused).await;
            settle(&world).await;
            let heard = relay.heard();
            assert_eq!(who(&heard).iter().filter(|one| **one != "ops").count(), 0, "{reply}");
            assert!(heard.iter().any(|mail| mail.says("\"institution:uk-3\"")), "{reply}");
            assert!(heard.iter().any(|mail| mail.says("\"institution:*\"")), "{reply}");
            assert_eq!(letters(&world).await.iter().filter(|letter| letter.state == "refused").count(), 2, "{reply}");
        }
    }
}

async fn the_operators_own_refusal_is_told_to_nobody() {
    let refused = [("uk3", "550 5.1.1 no"), ("ops", "550 5.1.1 no")];
    let (world, relay) = petition("institution:uk-3", OFFICES, &refused).await;
    settle(&world).await;
    assert_eq!(who(&relay.heard()), ["committee"]);
    assert_eq!(flags(&world).await.len(), 2);
}

async fn what_was_met_meanwhile_is_not_passed_on() {
    let (world, relay) = petition("institution:uk-3", OFFICES, &[("uk3", "550 5.1.1 no")]).await;
    world.compose().await;
    world.dispatcher.tick().await.unwrap();
    world.record("2026-7", EventKind::Forwarded, "2026-02-02", &[]).await;
    settle(&world).await;
    let heard = relay.heard();
    assert_eq!(who(&heard), ["ops"], "{:?}", heard.iter().map(|mail| &mail.text).collect::<Vec<_>>());
}

/// Of two officials the second one's letter is known by what it said, too.
async fn of_two_officials_the_refused_one_s_superior_hears_whichever_he_is() {
    let two = OFFICES.replacen(
        "address = \"uk3@test.example\"\n",
        "address = \"uk3@test.example\"\n[[office.official]]\npost = \"Clerk\"\naddress = \"uk3-clerk@test.example\"\n",
        1,
    );
    for (refused, other) in [("uk3", "uk3-clerk"), ("uk3-clerk", "uk3")] {
        let (world, relay) = petition("institution:uk-3", &two, &[(refused, "550 5.1.1 no")]).await;
        settle(&world).await;
        let heard = relay.heard();
        assert_eq!(who(&heard), ["committee", "ops", other], "{refused}");
        assert_eq!(alerts(&world, &letter_to(&world, refused).await).await.len(), 1, "{refused}");
        next_rung(&world).await;
        assert_eq!(who(&relay.heard()), [other], "{refused}");
    }
}

/// Accepted by the relay and come back: the same follows as from a refusal.
async fn a_letter_that_came_back_is_passed_on_like_a_refused_one() {
    let (world, relay) = petition("institution:uk-3", OFFICES, &[]).await;
    settle(&world).await;
    assert_eq!(who(&relay.heard()), ["uk3"]);
    let sent = letter_to(&world, "uk3").await;
    let key = ReturnPath::new("bounces@test.example", Some("key"));
    let mail = report("postfix-unknown", &sent.letter_id, &sent.address, &key);
    let (retry, now) = (&world.config.retry, world.clock.now());
    let taken = take_in(&world.store, &key, retry, mail.as_bytes(), now).await.unwrap();
    assert_eq!(taken.outcome, Outcome::Flagged);
    settle(&world).await;
    assert_eq!(who(&relay.heard()), ["committee", "ops"]);
    assert_eq!(letter_to(&world, "uk3").await.state, "bounced");

    // Gone through a passing fault: the same bytes again.
    let (world, relay) = petition("institution:uk-3", OFFICES, &[]).await;
    settle(&world).await;
    let sent = letter_to(&world, "uk3").await;
    let mail = report("postfix-greylisted", &sent.letter_id, &sent.address, &key);
    take_in(&world.store, &key, retry, mail.as_bytes(), world.clock.now()).await.unwrap();
    settle(&world).await;
    assert_eq!(relay.heard().len(), 1, "not before the pause is over");
    world.clock.advance(TimeDelta::minutes(6));
    settle(&world).await;
    assert_eq!(who(&relay.heard()), ["uk3"]);
    assert_eq!(letters(&world).await.len(), 1);
}

/// Two daemons that both read that a letter waits: one of them passes it on.
async fn it_is_passed_on_once_whoever_does_it() {
    let (world, relay) = petition("institution:uk-3", OFFICES, &[("uk3", "550 5.1.1 no")]).await;
    world.compose().await;
    world.dispatcher.tick().await.unwrap();
    let both = tokio::join!(world.compose(), world.compose());
    assert_eq!(both.0.letters + both.1.letters, 2, "{both:?}");
    settle(&world).await;
    assert_eq!(who(&relay.heard()), ["committee", "ops"]);
}

on_each_backend!(
    refused_at_rcpt_the_address_is_flagged_and_the_superior_and_the_operators_hear_at_the_next_tick,
    the_deputy_hears_too_and_takes_the_next_rung,
    what_is_not_the_address_s_fault_flags_nothing_and_the_superior_hears_each_time,
    refused_all_the_way_up_it_ends_with_the_operators_and_goes_round_nowhere,
    the_operators_own_refusal_is_told_to_nobody,
    what_was_met_meanwhile_is_not_passed_on,
    of_two_officials_the_refused_one_s_superior_hears_whichever_he_is,
    a_letter_that_came_back_is_passed_on_like_a_refused_one,
    it_is_passed_on_once_whoever_does_it,
);
