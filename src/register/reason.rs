//! Why an entry is corrected, retracted or closed: codes, so that letters can say them in every language.

use crate::law::names::names;

names! {
    /// Why something is corrected, retracted or closed.
    Reason, "reason" {
        /// Mistyped.
        Typo = "typo",
        /// Entered in another case's file.
        WrongCase = "wrong_case",
        /// Taken from another document.
        WrongDocument = "wrong_document",
        /// A court decided so.
        CourtDecision = "court_decision",
        /// Something else; the note may say what.
        Other = "other",
    }
}
