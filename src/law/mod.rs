//! The law: PURE. No I/O, no async, no clock; `now` is not even a word here, only `as_of`, which is a day.
//!
//! Reading order: [`regulation`] (the decree, paragraph by paragraph), [`timeline`] (facts), [`calendar`] and [`period`] (days),
//! [`term`] (the safe side of each kind), [`deadline`] (from facts to findings), [`finding`] (what is found).

pub mod calendar;
pub mod deadline;
pub mod finding;
pub mod irregularity;
pub mod period;
pub mod regulation;
pub mod term;
pub mod timeline;

pub use deadline::{Question, derive};
