//! All integration tests in one binary: it is linked once. Each module reads as a list of sentences.
#![cfg(test)]

mod backend;
mod config;
mod letter;
mod pipeline;
mod register;
mod smtp;
mod store;
mod systemd;
