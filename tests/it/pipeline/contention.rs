//! Entries, re-derivation, letters and the auditor at the same time: nobody locks another out, and nothing is lost.

use keshirim::auditor::{Scope as Run, compare_all};
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::post::compose;
use keshirim::register::Error;
use keshirim::register::entry::Draft;
use keshirim::register::reason::Reason;
use keshirim::register::replan::Scope;
use keshirim::register::verify::verify;

use super::world::World;
use crate::backend::on_each_backend;

const CASES: usize = 12;
const ROUNDS: usize = 6;

async fn everything_at_once_ends_without_an_error_and_with_nothing_lost() {
    let mut world = World::at("2026-02-16 10:00").await;
    let numbers: Vec<String> = (0..CASES).map(|n| format!("2026-{n}")).collect();
    let mut petitions = Vec::new();
    for number in &numbers {
        world.open(number, Sentence::Death, "institution:uk-2").await;
        world.record(number, EventKind::VerdictInForce, "2026-01-20", &[]).await;
        world.record(number, EventKind::VerdictCopyHanded, "2026-01-21", &[]).await;
        petitions.push(world.record(number, EventKind::PetitionAccepted, "2026-02-12", &[]).await);
    }
    for round in 0..ROUNDS {
        world.until(&format!("2026-02-16 {}:00", 11 + round)).await;
        let here = &world;
        // Two people at the register, from its two ends.
        let clerk = async |who: &'static str, backwards: bool| {
            let mut order: Vec<_> = numbers.iter().zip(&petitions).collect();
            if backwards {
                order.reverse();
            }
            for (number, petition) in order {
                let registrar = here.registrar(who);
                let on = format!("2026-02-{:02}", 9 + round % 5).parse().unwrap();
                // One of the two corrects the same entry first; the other is told so.
                if let Err(error) = registrar.correct(petition, on, Reason::Typo, None, true).await {
                    assert!(!matches!(error, Error::Store(_)), "{error}");
                }
                let draft = Draft::new(EventKind::CassationRulingHanded, on).confirmed();
                registrar.record(number, &draft).await.unwrap();
            }
        };
        let nationwide = async {
            let kind = if round % 2 == 0 { EventKind::MoratoriumDeclared } else { EventKind::MoratoriumLifted };
            here.nationwide(kind, "2026-02-13").await;
            here.registrar("keshirim").finish_nationwide().await.unwrap();
        };
        let replanner = async {
            for _ in 0..3 {
                here.registrar("keshirim").replan(Scope::All, false, &mut drop).await.unwrap();
            }
        };
        let composer = async {
            for _ in 0..20 {
                compose::tick(&here.desk()).await.unwrap();
                here.dispatcher.tick().await.unwrap();
            }
        };
        let auditor = async {
            for _ in 0..3 {
                compare_all(&here.desk(), Run::Nightly, &here.clock).await.unwrap();
            }
        };
        tokio::join!(clerk("aigul", false), clerk("berik", true), nationwide, replanner, composer, auditor);
    }
    world.until("2026-02-16 20:00").await;
    assert_eq!(verify(&world.store).await.unwrap().faults, []);
    let judged = compare_all(&world.desk(), Run::Nightly, &world.clock).await.unwrap();
    assert!(judged.differences.is_empty(), "{:#?}", judged.differences);
}

on_each_backend!(everything_at_once_ends_without_an_error_and_with_nothing_lost);
