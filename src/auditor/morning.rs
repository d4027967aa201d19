//! The operators' letter of every working morning.
