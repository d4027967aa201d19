//! All integration tests in one binary: it is linked once. Each module reads as a list of sentences.

mod architecture;
mod config;
mod law;
mod letter;
mod smtp;
