//! The cap on connections holds, counted by the relay.

use super::daemon::{House, letter};
use super::witness::{Step, Witness};

#[test]
fn sixty_four_letters_under_a_cap_of_four_open_four_connections_and_never_more() {
    let witness = Witness::start();
    let house = House::new(witness.port, 4);
    house.queue(&(0..64).map(letter).collect::<Vec<_>>());
    // The relay is silent at the first dot until the cap is reached: every worker wants a connection.
    witness.pause_at(Step::Dot);
    witness.live(None, || house.start());
    witness.until("the cap", |seen| seen.paused && seen.open == 4);
    witness.go_on();
    witness.until("every letter", |seen| seen.taken.len() == 64);
    house.wait("every letter is settled", || house.letters().iter().all(|letter| letter.state == "accepted"));
    witness.kill();
    witness.bury();
    let seen = witness.seen();
    assert_eq!(seen.open_peak, 4);
    assert!(seen.taken.values().all(|taken| taken.len() == 1));
}
