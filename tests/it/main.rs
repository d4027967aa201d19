//! All integration tests in one binary: it is linked once. Each module reads as a list of sentences.
#![cfg(test)]

mod architecture;
mod backend;
mod bounce;
mod cluster;
mod config;
mod disasters;
mod dispatch;
mod http;
mod law;
mod letter;
mod older;
mod pipeline;
mod plans;
mod privacy;
mod register;
mod server;
mod smtp;
mod starts;
mod store;
mod systemd;
