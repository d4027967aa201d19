//! Three daemons on one PostgreSQL, one of them killed at a random moment, again and again, while letters are due.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::backend::postgres_url;
use crate::disasters::crash::{Random, from_environment};
use crate::disasters::daemon::{House, letter};
use crate::disasters::witness::Witness;

/// Letters due at the beginning, unless the environment says otherwise.
const LETTERS: usize = 3_000;
/// The pause before a kill is at most this long, unless the environment says otherwise.
const PAUSE_MILLISECONDS_MAX: usize = 800;
/// Daemons.
const DAEMONS: usize = 3;
/// Connections of one daemon.
const CONNECTIONS_MAX: usize = 4;
/// How long a relay thinks about a letter: three daemons with four connections each send twelve hundred a second at most.
const SLOW: Duration = Duration::from_millis(10);

/// A daemon with a relay of its own, so that each copy is known to be its.
struct Lane {
    house: House,
    witness: Witness,
}

impl Lane {
    fn new(url: &str) -> Self {
        let witness = Witness::start();
        witness.seen().slow = SLOW;
        let house = House::on(&[url.to_owned()], witness.port, CONNECTIONS_MAX);
        Self { house, witness }
    }

    fn start(&self) {
        self.witness.live(None, || self.house.start());
    }

    fn kill(&self) {
        self.witness.kill();
        self.witness.bury();
    }
}

/// What became of the letters, over all lanes.
#[derive(Debug, Default)]
struct Outcome {
    lost: usize,
    copies: usize,
    altered: usize,
    /// Connections that were open when a daemon was killed.
    in_hand: usize,
}

fn judge(lanes: &[Lane], letters: &BTreeMap<String, Vec<u8>>) -> Outcome {
    let mut outcome = Outcome::default();
    for (id, bytes) in letters {
        let mut taken = 0;
        for lane in lanes {
            let seen = lane.witness.seen();
            let copies = seen.taken.get(id).map_or(&[][..], Vec::as_slice);
            outcome.altered += copies.iter().filter(|(_, body)| body != bytes).count();
            taken += copies.len();
        }
        outcome.lost += usize::from(taken == 0);
        outcome.copies += taken.saturating_sub(1);
    }
    outcome.in_hand = lanes.iter().map(|lane| lane.witness.seen().open_at_death.values().sum::<usize>()).sum();
    outcome
}

fn taken(lanes: &[Lane]) -> usize {
    let seen: Vec<_> = lanes.iter().map(|lane| lane.witness.seen()).collect();
    seen.iter().flat_map(|seen| seen.taken.keys()).collect::<std::collections::BTreeSet<_>>().len()
}

#[test]
fn three_daemons_one_of_them_killed_again_and_again_lose_nothing_and_double_no_more_than_was_in_hand() {
    let seed: u64 = from_environment("KESHIRIM_CRASH_SEED").unwrap_or_else(|| getrandom::u64().unwrap());
    let count: usize = from_environment("KESHIRIM_CLUSTER_LETTERS").unwrap_or(LETTERS);
    let pause: usize = from_environment("KESHIRIM_CLUSTER_PAUSE").unwrap_or(PAUSE_MILLISECONDS_MAX);
    eprintln!("KESHIRIM_CRASH_SEED={seed} KESHIRIM_CLUSTER_LETTERS={count} KESHIRIM_CLUSTER_PAUSE={pause}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let url = runtime.block_on(postgres_url());
    let lanes: Vec<_> = (0..DAEMONS).map(|_| Lane::new(&url)).collect();
    let letters: Vec<_> = (0..count).map(letter).collect();
    lanes[0].house.queue(&letters);
    let letters: BTreeMap<_, _> = letters.into_iter().map(|row| (row.letter_id, row.bytes)).collect();
    let begun = Instant::now();
    lanes.iter().for_each(Lane::start);
    let mut random = Random(seed);
    let mut kills = 0;
    while taken(&lanes) < count {
        std::thread::sleep(Duration::from_millis(u64::try_from(random.below(pause)).unwrap()));
        let victim = &lanes[random.below(DAEMONS)];
        victim.kill();
        victim.start();
        kills += 1;
    }
    lanes[0].house.wait("every letter is settled", || {
        lanes[0].house.register(async |store| Ok(store.snapshot().await?.outbox_counts().await?.unsent)) == 0
    });
    let sent = begun.elapsed();
    lanes.iter().for_each(Lane::kill);
    let outcome = judge(&lanes, &letters);
    eprintln!("{kills} kills in {sent:?}: {outcome:?}");
    assert_eq!((outcome.lost, outcome.altered), (0, 0), "seed {seed}: {outcome:?}");
    assert!(outcome.copies <= outcome.in_hand, "seed {seed}: {outcome:?}");
    assert!(outcome.in_hand <= kills * CONNECTIONS_MAX + DAEMONS * CONNECTIONS_MAX, "seed {seed}: {outcome:?}");
    assert!(kills >= DAEMONS, "seed {seed}: too quick to be killed: {outcome:?}");
}
