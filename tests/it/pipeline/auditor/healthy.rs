//! A register in which nothing is lost differs in nothing, whatever is entered, hour by hour.

use chrono::{Datelike as _, Days, NaiveDate};
use chrono_tz::Asia::Almaty;
use keshirim::auditor::{Difference, Scope, compare_all};
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::post::acknowledge::acknowledge;
use keshirim::register::NATIONWIDE;
use keshirim::register::entry::Draft;
use keshirim::register::reason::Reason;

use super::world::World;
use crate::backend::{Backend, on_each_backend};

/// Lives that are lived, and days of each.
const LIVES: u64 = 4;
const DAYS: u64 = 21;

/// A small generator (Knuth's), so that a life that failed can be lived again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let i = self.below(list.len() as u64);
        &list[usize::try_from(i).unwrap()]
    }
}

/// The cases of a life.
const CASES: [(&str, Sentence, &str); 4] = [
    ("2026-1", Sentence::Death, "institution:uk-1"),
    ("2026-2", Sentence::Imprisonment, "institution:uk-2"),
    ("2026-3", Sentence::Death, "institution:uk-3"),
    ("2026-4", Sentence::Imprisonment, "institution:uk-1"),
];

/// What begins most terms, drawn as often as all others together.
const OFTEN: [EventKind; 16] = [
    EventKind::VerdictInForce,
    EventKind::VerdictCopyHanded,
    EventKind::CassationRulingHanded,
    EventKind::PetitionAccepted,
    EventKind::RefusalDeclared,
    EventKind::RefusalActDrawn,
    EventKind::Forwarded,
    EventKind::ReceivedByAdministration,
    EventKind::DispatchedToSupremeCourt,
    EventKind::DispatchedToProsecutorGeneral,
    EventKind::ConclusionSupremeCourt,
    EventKind::ConclusionProsecutorGeneral,
    EventKind::RejectionDecree,
    EventKind::NoGroundsDecided,
    EventKind::SentForVerification,
    EventKind::ConvictTransferred,
];

/// What the auditor finds now, of every case.
async fn differences(world: &World) -> Vec<Difference> {
    compare_all(&world.desk(), Scope::Nightly, &world.clock).await.unwrap().differences
}

/// Enters something at random. What is refused is refused.
async fn enter(world: &World, chance: &mut Chance, entries: &mut Vec<String>, told: &mut Vec<String>) {
    let today = world.clock.today(Almaty);
    let back = *chance.one_of(&[0, 0, 1, 2, 5, 9, 20, 40, 100, 380]);
    let on: NaiveDate = today - Days::new(back);
    let (aigul, berik) = (world.registrar("aigul"), world.registrar("berik"));
    let said = match chance.below(12) {
        0 if !entries.is_empty() => {
            let id = chance.one_of(entries).clone();
            let done = aigul.correct(&id, on, Reason::Typo, None, true).await;
            let said = format!("correct {id} {on}: {}", done.is_ok());
            entries.extend(done.map(|recorded| recorded.entry.event_id));
            said
        }
        1 if !entries.is_empty() => {
            let id = chance.one_of(entries).clone();
            let done = aigul.retract(&id, Reason::WrongCase, None).await;
            let said = format!("retract {id}: {}", done.is_ok());
            entries.extend(done.map(|recorded| recorded.entry.event_id));
            said
        }
        2 | 3 if !entries.is_empty() => {
            let id = chance.one_of(entries).clone();
            format!("confirm {id}: {}", berik.confirm(&id).await.is_ok())
        }
        4 => {
            let mut tx = world.store.snapshot().await.unwrap();
            let letters = tx.letters(None, None, 20).await.unwrap();
            drop(tx);
            if letters.is_empty() {
                return;
            }
            let id = chance.one_of(&letters).letter_id.clone();
            let now = keshirim::store::Instant::new(world.clock.now());
            let told = acknowledge(&world.store, &id, &[], now).await.unwrap();
            format!("acknowledge {id}: {}", told.is_some_and(|told| !told.is_empty()))
        }
        n => {
            let kind = if n < 8 { *chance.one_of(&OFTEN) } else { *chance.one_of(EventKind::ALL) };
            let number = if kind.is_nationwide() { NATIONWIDE } else { chance.one_of(&CASES).0 };
            let mut draft = Draft::new(kind, on).confirmed();
            let with = match kind {
                EventKind::DecreeDispatched => Some(("to", *chance.one_of(&["supreme_court", "prosecutor_general"]))),
                EventKind::ConvictTransferred => {
                    Some(("institution", *chance.one_of(&["institution:uk-1", "institution:uk-2"])))
                }
                _ if kind.is_nationwide() => Some(("act", "Decree 1251")),
                _ => None,
            };
            if let Some((name, value)) = with {
                draft = draft.with(name, value).unwrap();
            }
            let done = aigul.record(number, &draft).await;
            let said = format!("{number} {kind} {on}: {}", done.is_ok());
            entries.extend(done.map(|recorded| recorded.entry.event_id));
            said
        }
    };
    told.push(format!("{} {said}", world.clock.now().with_timezone(&Almaty).format("%F %T")));
}

/// Lives some weeks, compared every hour of the working day and once a night.
async fn live(seed: u64) -> Result<(), String> {
    let mut chance = Chance(seed);
    let mut world = World::at("2026-02-16 09:00").await;
    for (number, sentence, institution) in CASES {
        world.open(number, sentence, institution).await;
    }
    let (mut entries, mut told) = (Vec::new(), Vec::new());
    let first = world.clock.today(Almaty);
    for day in first.iter_days().take(usize::try_from(DAYS).unwrap()) {
        for hour in 0..24 {
            // Nothing is entered in the night; then one look is enough.
            let office = (8..20).contains(&hour);
            if !office && hour != 1 {
                continue;
            }
            if office && day.weekday().number_from_monday() < 6 && chance.below(4) == 0 {
                let mut minutes: Vec<u64> = (0..=chance.below(3)).map(|_| chance.below(59)).collect();
                minutes.sort_unstable();
                for minute in minutes {
                    world.until(&format!("{day} {hour:02}:{minute:02}")).await;
                    enter(&world, &mut chance, &mut entries, &mut told).await;
                }
            }
            world.until(&format!("{day} {hour:02}:59")).await;
            let found = differences(&world).await;
            if !found.is_empty() {
                return Err(format!("seed {seed}, {day} {hour}:59\n{found:#?}\n{}", told.join("\n")));
            }
        }
    }
    Ok(())
}

async fn a_healthy_register_differs_in_nothing_whatever_is_entered() {
    let mut lives = tokio::task::JoinSet::new();
    for seed in 1..=LIVES {
        let (backend, runtime) = (Backend::here(), tokio::runtime::Handle::current());
        // On threads of their own: each is busy to the last.
        lives.spawn_blocking(move || runtime.block_on(backend.run(live(seed))));
    }
    let failed: Vec<String> = lives.join_all().await.into_iter().filter_map(Result::err).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

on_each_backend!(a_healthy_register_differs_in_nothing_whatever_is_entered,);
