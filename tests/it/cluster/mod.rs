//! Several daemons on one PostgreSQL, and what happens to it and to the wires between: real processes, real servers, real faults.
//!
//! | fault | what must hold | where |
//! |---|---|---|
//! | kill -9 of daemons at random while letters are due | nothing lost; extra copies ≤ connections open at a crash, byte-identical | [`killed`] |
//! | a daemon dies, another stands still and goes on | a third has their letters and their work within 30 s; no harm from the one that comes back | [`handed_over`] |
//! | the primary dies, its replica is promoted | the daemons go on by themselves; what was acknowledged is there; /health said so | [`primary`] |
//! | the old primary comes back, nobody has fenced it | no daemon writes to it | [`primary`] |
//! | the replica dies, commits wait for it | nobody is told that something is written of which that is not known | [`primary`] |
//! | the network stalls, cuts, delays | no hang past a limit, nothing half done, it goes on by itself | [`network`] |
//! | TLS with a wrong name or an unknown authority | refused, with the remedy | [`tls`] |
#![cfg(test)]

mod handed_over;
mod killed;
mod network;
mod postgres;
mod primary;
mod proxy;
mod tls;
