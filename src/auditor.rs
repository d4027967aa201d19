//! (room kept; see lib.rs)
