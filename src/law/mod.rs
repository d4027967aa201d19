//! The law (room kept).
