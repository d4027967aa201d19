//! All integration tests in one binary: it is linked once. Each module reads as a list of sentences.

mod config;
mod letter;
mod smtp;
mod systemd;
