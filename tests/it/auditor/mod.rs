//! Proof by outcome: a healthy register differs in nothing, every kind of loss is found, and the heartbeat tells them apart.
#![cfg(test)]

mod healthy;
mod heartbeat;
mod losses;
#[path = "../pipeline/mail.rs"]
#[expect(dead_code, reason = "shared with the pipeline's tests, which use all of it")]
mod mail;
mod morning;
mod process;
mod watchman;
#[path = "../pipeline/world.rs"]
#[expect(dead_code, reason = "shared with the pipeline's tests, which use all of it")]
mod world;
