//! From an entry to the letter that an official reads: the whole line on one register, with a stopped clock and a mailbox.
#![cfg(test)]

mod answers;
mod auditor;
mod bars;
mod bounced;
mod contention;
mod days;
mod hand_over;
mod ladder;
mod mail;
mod moved;
mod process;
mod rungs;
mod way_out;
mod who;
mod world;
