//! Proof by outcome: a healthy register differs in nothing, every kind of loss is found, and the heartbeat tells them apart.
#![cfg(test)]

mod databases;
mod healthy;
mod heartbeat;
mod losses;
mod morning;
mod process;
mod watchman;

use super::{mail, world};
