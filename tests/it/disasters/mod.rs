//! What a daemon on which lives depend must outlive: it is killed, its disk fills, its clock is set, its relay is away for days.
//!
//! | disaster | what must hold | where |
//! |---|---|---|
//! | kill -9 at each change of a letter's state | offered again at once, first, the same bytes; no copy but where nobody can know | [`crash`] |
//! | kill -9 at 1,000 random moments | nothing lost; extra copies ≤ connections open at a crash, byte-identical | [`crash`] |
//! | disk full, file locked by another, file read-only | stays up, /health says 503, catches up when it is over | [`register`] |
//! | clock set back or forward, machine asleep | beats go on, nothing waits for the old time, nothing twice | [`clocks`] |
//! | relay away for three days | no letter blamed, urgent ones first, no storm, no rung that time has overtaken | [`outage`] |
#![cfg(test)]

mod cap;
mod clocks;
pub(crate) mod crash;
pub(crate) mod daemon;
mod outage;
mod register;
pub(crate) mod witness;
