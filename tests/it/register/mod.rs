//! The register: one way in, two pairs of eyes, what was known then, and a chain that cannot be changed unnoticed.
mod bulk;
mod chain;
mod commands;
mod eyes;
mod intake;
