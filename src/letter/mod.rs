//! Letters, rendered: plain data in; subject, text, HTML, calendar part and the exact MIME bytes out.
//!
//! PURE: no store, no clock, no file; what a letter says depends on its [`Letter`] and on the
//! [`Texts`] alone, so the same letter gives the same bytes on every machine and every retry.
//!
//! In reading order: [`Letter`] and its parts (`input`), the texts and templates (`texts`), one line of
//! law turned into sentences (`item`, `state`) and labelled facts (`facts`), the page of one or many lines (`page`), the subject
//! (`subject`), the calendar part (`ics`), the MIME bytes (`mime`), the operators' morning letter ([`digest`]), and the built-in samples with which
//! [`Texts::check`] renders every rule at every rung in every language before the daemon starts (`sample`).
//!
//! No sentence here or in `config/letters/` says that a sentence of death may be carried out: a test
//! reads every text and every rendered sample for such words in three languages.

mod clean;
pub mod digest;
mod facts;
mod ics;
mod input;
mod item;
mod mime;
mod page;
mod sample;
mod state;
mod subject;
mod texts;

pub use ics::{refolded as refold_calendar, uid as calendar_uid};
pub use input::{Irregularity, Kind, Language, Length, Letter, Line, Names, Note, Owner, Rung, Unconfirmed, Words};
pub use sample::{ENTRY_STRUCK, NOTICES, REASONS, RULES, events, every_letter, irregularities, warnings};
pub use texts::Texts;

/// Most lines that one letter prints; the others are counted and linked.
pub const LINES_SHOWN_MAX: usize = 200;

/// Widest line of the text part, in characters (RFC 5322 section 2.1.1 asks for at most 78).
pub const TEXT_COLUMNS_MAX: usize = 76;

/// Longest free text taken over from the directory or the register (a post, a case number), in characters.
pub const FREE_TEXT_CHARACTERS_MAX: usize = 120;

/// A rendered letter: what the outbox stores and what an official will see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The subject before MIME encoding, stem included.
    pub subject: String,
    /// The text part, lines ended by `\n`, at most [`TEXT_COLUMNS_MAX`] characters unless a link is longer.
    pub text: String,
    /// The HTML part; it says what the text part says.
    pub html: String,
    /// The calendar part (RFC 5545), if a line has a day that belongs into a calendar.
    pub ics: Option<String>,
    /// The Message-ID with its angle brackets, derived from the letter's id.
    pub message_id: String,
    /// The whole message (RFC 5322), lines ended by CRLF; a retry replays these bytes.
    pub bytes: Vec<u8>,
}

/// Why a letter could not be rendered. None of these is a passing fault: rendering the same letter again fails again.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// A text is missing, or lacks an argument, in one language.
    #[error("text `{id}` ({language}): {detail}; see config/letters/{language}/")]
    Text {
        /// Language code, `kk`, `ru` or `en`.
        language: &'static str,
        /// Fluent message id.
        id: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A layout does not compile or names a value that does not exist.
    #[error("layout `{name}`: {source}; see config/letters/")]
    Layout {
        /// File name of the layout.
        name: &'static str,
        /// The template engine's complaint, with its line.
        source: minijinja::Error,
    },
    /// A kind of term has no such rung: above all, a bar knows no countdown and no closing line.
    #[error("a {kind:?} has no rung {rung} (rule {rule})")]
    NoSuchRung {
        /// Kind of the term.
        kind: Kind,
        /// Name of the rung asked for.
        rung: &'static str,
        /// Rule id.
        rule: String,
    },
    /// A letter without lines says nothing.
    #[error("letter {0} has no line")]
    Empty(String),
    /// An address, an id or a domain that must not stand in a header.
    #[error("{field} `{value}` cannot stand in a header")]
    Header {
        /// Which value.
        field: &'static str,
        /// The value, escaped.
        value: String,
    },
    /// The MIME builder refused the message.
    #[error("MIME: {0}")]
    Mime(String),
}

/// Renders one letter.
///
/// Errors name the text, layout, line or header at fault; a letter is rendered whole or not at all.
pub fn render(letter: &Letter<'_>, texts: &Texts) -> Result<Rendered, LetterError> {
    if letter.lines.is_empty() {
        return Err(LetterError::Empty(letter.id.escape_default().to_string()));
    }
    for line in &letter.lines {
        line.check()?;
    }
    let ordered = page::in_order(&letter.lines);
    let subject = subject::subject(letter, texts.tongue(letter.subject_language()))?;
    let page = page::page(letter, &ordered, &subject, texts)?;
    let text = texts.text(&page)?;
    let html = texts.html(&page)?;
    let ics = ics::calendar(letter, &ordered, texts.tongue(letter.subject_language()))?;
    // The root of a case is never sent; naming it threads the case's letters (Alertmanager, netdata do the same).
    // A letter of several cases belongs to no thread.
    let root = letter.only_case().map(|case| format!("case.{}", clean::token(case)));
    let (message_id, bytes) = mime::message(letter, root.as_deref(), &subject, &text, &html, ics.as_ref())?;
    Ok(Rendered { subject, text, html, ics: ics.map(|calendar| calendar.body), message_id, bytes })
}
