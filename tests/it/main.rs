//! One test binary; each module reads as a list of sentences.

mod letter;
