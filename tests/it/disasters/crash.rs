//! The crash matrix: the real process is killed at every change of a letter's state, and a thousand times at random.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::daemon::{House, letter};
use super::witness::{STEPS, Step, Witness};

/// Kills in all, unless the environment says otherwise.
const KILLS: usize = 1_000;
/// Daemons at once, each on a register of its own.
const LANES: usize = 4;
/// Connections of one daemon.
const CONNECTIONS_MAX: usize = 4;
/// Letters that wait at the beginning of each life: more than any life can send before it is killed.
const WAITING_MIN: usize = 60;
/// Letters put into the outbox at a time.
const QUEUED_AT_ONCE: usize = 400;
/// Within which what a dead daemon held must be offered again after the next start.
const AGAIN_WITHIN: Duration = Duration::from_secs(2);

/// Letters in the outbox of a chosen crash.
const LETTERS: usize = 20;

/// A daemon with one connection, so that the relay knows each state: at the second MAIL the first letter is settled, the second claimed.
struct Chosen {
    house: House,
    witness: Witness,
}

impl Chosen {
    fn new() -> Self {
        let witness = Witness::start();
        let house = House::new(witness.port, 1);
        house.queue(&(0..LETTERS).map(letter).collect::<Vec<_>>());
        Self { house, witness }
    }

    fn states(&self) -> Vec<String> {
        let mut letters = self.house.letters();
        letters.sort_by(|a, b| a.letter_id.cmp(&b.letter_id));
        letters.into_iter().map(|letter| letter.state).collect()
    }

    /// The next life: which letter came first and how soon; then all are taken and settled, and how often each was.
    fn afterwards(&self) -> (String, Vec<usize>) {
        self.witness.bury();
        let before = self.witness.seen().offered.len();
        let begun = Instant::now();
        self.witness.live(None, || self.house.start());
        self.witness.until("an offer", |seen| seen.offered.len() > before);
        let first = self.witness.seen().offered[before].clone();
        assert!(first.at - begun < AGAIN_WITHIN, "offered again after {:?}", first.at - begun);
        self.house.wait("every letter is settled", || self.states().iter().all(|state| state == "accepted"));
        self.witness.kill();
        self.witness.bury();
        let seen = self.witness.seen();
        let copies = (0..LETTERS).map(|n| {
            let row = letter(n);
            let taken = &seen.taken[&row.letter_id];
            assert!(taken.iter().all(|(_, body)| *body == row.bytes), "a copy of {} has other bytes", row.letter_id);
            taken.len()
        });
        (first.letter, copies.collect())
    }
}

/// Each letter taken once, but for the `n`th, taken `times`.
fn once_but(n: usize, times: usize) -> Vec<usize> {
    let mut copies = vec![1; LETTERS];
    copies[n] = times;
    copies
}

#[test]
fn killed_after_a_claim_and_before_its_250_a_letter_comes_first_and_is_taken_once() {
    // Step, its nth time, and the letter that is in hand then.
    let cases = [
        (Step::Connected, 1, 0),
        (Step::Mail, 1, 0),
        (Step::Mail, 2, 1),
        (Step::Rcpt, 3, 2),
        (Step::Data, 3, 2),
        (Step::Body, 3, 2),
        (Step::Dot, 3, 2),
    ];
    for (step, nth, in_hand) in cases {
        let chosen = Chosen::new();
        chosen.witness.live(Some((step, nth)), || chosen.house.start());
        chosen.witness.until("the kill", |seen| seen.fired == Some(step));
        let states = chosen.states();
        assert_eq!(states[in_hand], "transmitting", "{step:?}: claimed and committed before anything is said");
        assert!(states[..in_hand].iter().all(|state| state == "accepted"), "{step:?}: {states:?}");
        assert!(states[in_hand + 1..].iter().all(|state| state == "queued"), "{step:?}: {states:?}");
        let (first, copies) = chosen.afterwards();
        assert_eq!((first, copies), (letter(in_hand).letter_id, once_but(in_hand, 1)), "{step:?}");
    }
}

#[test]
fn killed_after_the_250_and_before_it_is_settled_a_letter_is_taken_twice_with_the_same_bytes() {
    let chosen = Chosen::new();
    let register = chosen.house.hold();
    // The claim is written before the lock is taken: the daemon waits with the 250 in its hand.
    chosen.witness.pause_at(Step::Dot);
    chosen.witness.live(Some((Step::Taken, 1)), || chosen.house.start());
    chosen.witness.until("the dot", |seen| seen.paused);
    let locked = register.lock();
    chosen.witness.go_on();
    chosen.witness.until("the kill", |seen| seen.fired == Some(Step::Taken));
    drop(locked);
    assert_eq!(chosen.states()[0], "transmitting", "the 250 was said and is not written down");
    let (first, copies) = chosen.afterwards();
    assert_eq!((first, copies), (letter(0).letter_id, once_but(0, 2)));
}

#[test]
fn killed_before_a_claim_or_after_the_last_settle_nothing_is_sent_twice() {
    // Before: the register is locked by another process, and the daemon is still at its door.
    let chosen = Chosen::new();
    let register = chosen.house.hold();
    let locked = register.lock();
    chosen.witness.live(None, || chosen.house.start());
    chosen.house.wait("the daemon has its port", || chosen.house.listens());
    chosen.witness.kill();
    drop(locked);
    assert!(chosen.states().iter().all(|state| state == "queued"));
    let (first, copies) = chosen.afterwards();
    assert_eq!((first, copies), (letter(0).letter_id, once_but(0, 1)));
    // After: everything is settled, the daemon is killed, and its successor finds one new letter to send.
    chosen.house.queue(&[letter(LETTERS)]);
    chosen.witness.live(None, || chosen.house.start());
    chosen.witness.until("the new letter", |seen| seen.taken.contains_key(&letter(LETTERS).letter_id));
    chosen.house.wait("it is settled", || chosen.states().iter().all(|state| state == "accepted"));
    chosen.witness.kill();
    chosen.witness.bury();
    assert_eq!(chosen.witness.seen().dots, LETTERS + 1);
}

/// `SplitMix64`: small, and the same everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "how often and by which seed to kill is for whoever runs the tests")]
pub(crate) fn from_environment<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// A register, its relay, and all letters that were ever queued in it.
struct Lane {
    house: House,
    witness: Witness,
    random: Random,
    letters: BTreeMap<String, Vec<u8>>,
    /// Where the lives ended: the step, or none for a moment in time.
    ends: BTreeMap<Option<Step>, usize>,
}

/// What a lane came to.
#[derive(Debug, Default)]
struct Outcome {
    kills: usize,
    letters: usize,
    lost: usize,
    copies: usize,
    altered: usize,
    /// Copies beyond the connections that were open at the crash before them.
    too_many: usize,
    open_peak: usize,
    again: Duration,
    ends: BTreeMap<Option<Step>, usize>,
}

impl Lane {
    fn new(seed: u64) -> Self {
        let witness = Witness::start();
        let house = House::new(witness.port, CONNECTIONS_MAX);
        Self { house, witness, random: Random(seed), letters: BTreeMap::new(), ends: BTreeMap::new() }
    }

    fn run(mut self, kills: usize) -> Outcome {
        for _ in 0..kills {
            let waiting = self.letters.len() - self.witness.seen().taken.len();
            if waiting < WAITING_MIN {
                self.queue();
            }
            self.one_life();
        }
        self.last_life(kills)
    }

    fn queue(&mut self) {
        let begun = self.letters.len();
        let letters: Vec<_> = (begun..begun + QUEUED_AT_ONCE).map(letter).collect();
        self.house.queue(&letters);
        self.letters.extend(letters.into_iter().map(|row| (row.letter_id, row.bytes)));
    }

    /// Three in five lives end at a step that the relay knows, the others at a moment: while starting, claiming, settling.
    fn one_life(&mut self) {
        let trap = (self.random.below(5) < 3)
            .then(|| (STEPS[self.random.below(STEPS.len())], 1 + self.random.below(12)))
            .map(|(step, nth)| (step, if step == Step::Connected { 1 + nth % CONNECTIONS_MAX } else { nth }));
        let moment = Duration::from_micros(u64::try_from(self.random.below(45_000)).unwrap());
        self.witness.live(trap, || self.house.start());
        if trap.is_some() {
            self.witness.until("the kill", |seen| seen.fired.is_some());
        } else {
            std::thread::sleep(moment);
            self.witness.kill();
        }
        self.witness.bury();
        *self.ends.entry(trap.map(|(step, _)| step)).or_default() += 1;
    }

    /// Nobody kills any more: everything must arrive, and first what the last dead daemon held.
    fn last_life(mut self, kills: usize) -> Outcome {
        self.queue();
        let held = self.held();
        let begun = Instant::now();
        self.witness.live(None, || self.house.start());
        let all = self.letters.len();
        self.witness.until("every letter", |seen| seen.taken.len() == all);
        self.house
            .wait("every letter is settled", || self.house.letters().iter().all(|letter| letter.state == "accepted"));
        let mut outcome = self.judge();
        let seen = self.witness.seen();
        for letter in held {
            let again = seen.offered.iter().find(|offer| offer.life == seen.life && offer.letter == letter).unwrap();
            outcome.again = outcome.again.max(again.at - begun);
        }
        drop(seen);
        self.witness.kill();
        self.witness.bury();
        outcome.kills = kills;
        outcome
    }

    /// What was begun in the last life and not taken.
    fn held(&self) -> BTreeSet<String> {
        let seen = self.witness.seen();
        let offered = seen.offered.iter().filter(|offer| offer.life == seen.life);
        offered.map(|offer| offer.letter.clone()).filter(|letter| !seen.taken.contains_key(letter)).collect()
    }

    fn judge(&self) -> Outcome {
        let seen = self.witness.seen();
        let mut outcome = Outcome { letters: self.letters.len(), ends: self.ends.clone(), ..Outcome::default() };
        outcome.open_peak = seen.open_peak;
        let mut again_after: BTreeMap<usize, usize> = BTreeMap::new();
        for (letter, bytes) in &self.letters {
            let Some(taken) = seen.taken.get(letter) else {
                outcome.lost += 1;
                continue;
            };
            outcome.copies += taken.len() - 1;
            outcome.altered += taken.iter().filter(|(_, body)| body != bytes).count();
            for pair in taken.windows(2) {
                *again_after.entry(pair[0].0).or_default() += 1;
            }
        }
        for (life, copies) in again_after {
            let open = seen.open_at_death.get(&life).copied().unwrap_or(0);
            outcome.too_many += copies.saturating_sub(open);
        }
        outcome
    }
}

#[test]
fn a_thousand_kills_at_random_moments_lose_nothing_and_double_no_more_than_was_in_hand() {
    let seed: u64 = from_environment("KESHIRIM_CRASH_SEED").unwrap_or_else(|| getrandom::u64().unwrap());
    let kills: usize = from_environment("KESHIRIM_CRASH_KILLS").unwrap_or(KILLS);
    eprintln!("KESHIRIM_CRASH_SEED={seed} KESHIRIM_CRASH_KILLS={kills}");
    let begun = Instant::now();
    let lanes: Vec<_> = (0..LANES)
        .map(|n| {
            let share = kills / LANES + usize::from(n < kills % LANES);
            std::thread::spawn(move || Lane::new(seed.wrapping_add(u64::try_from(n).unwrap())).run(share))
        })
        .collect();
    let mut all = Outcome::default();
    for lane in lanes {
        let lane = lane.join().expect("a lane ended in an assertion of its own");
        all.kills += lane.kills;
        all.letters += lane.letters;
        all.lost += lane.lost;
        all.copies += lane.copies;
        all.altered += lane.altered;
        all.too_many += lane.too_many;
        all.open_peak = all.open_peak.max(lane.open_peak);
        all.again = all.again.max(lane.again);
        for (end, count) in lane.ends {
            *all.ends.entry(end).or_default() += count;
        }
    }
    eprintln!("{all:?} in {:?}", begun.elapsed());
    assert_eq!((all.kills, all.lost, all.altered, all.too_many), (kills, 0, 0, 0), "seed {seed}: {all:?}");
    // The witness may not have noticed yet that the dead process hung up; the cap itself has a test of its own (`disasters::cap`).
    assert!(all.open_peak <= 2 * CONNECTIONS_MAX, "seed {seed}: {all:?}");
    assert!(all.again < AGAIN_WITHIN, "seed {seed}: {all:?}");
}
