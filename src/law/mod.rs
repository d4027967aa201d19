//! The law: PURE. No I/O, no async, no clock; `now` is not even a word here, only `as_of`, which is a day.
//!
//! Reading order: [`regulation`] (the decree, paragraph by paragraph), [`timeline`] (facts), [`calendar`] and [`period`] (days),
//! [`term`] (the safe side of each kind), [`deadline`] (from facts to findings), [`finding`] (what is found).

mod bars;
pub mod calendar;
pub mod deadline;
mod derivation;
mod event_kind;
mod execution;
pub mod explanation;
pub mod facts;
pub mod finding;
mod forwarding;
pub mod irregularity;
mod moratorium;
pub mod names;
pub mod period;
pub mod regulation;
mod repeat;
mod story;
pub mod term;
pub mod timeline;
mod windows;
pub mod wire;

pub use deadline::{Question, derive};
