//! Keshirim: the deadlines of the pardon decree, from dated events to letters.

pub mod alert;
pub mod app;
pub mod auditor;
pub mod cli;
pub mod clock;
pub mod config;
pub mod http;
pub mod law;
pub mod letter;
pub mod offices;
pub mod post;
pub mod register;
pub mod report;
pub mod schedule;
pub mod store;
