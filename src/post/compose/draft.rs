//! From a bundle of matters to the row of the outbox: the letter is rendered here, once.

use super::address::Why;
use super::group::Bundle;
use super::matter::Matter;
use super::{ComposeError, Desk};
use crate::letter::{self, Letter, Line, Note, Rendered, render};
use crate::offices::{Directory, Language, Reached, Recipient};
use crate::register::chain;
use crate::store::{Instant, LetterRow};

/// What a letter says besides its matters.
pub(super) struct Said<'a> {
    /// To whom.
    pub(super) recipient: &'a Recipient,
    /// Why the reader gets it.
    pub(super) notes: Vec<Note<'a>>,
    /// A last day, or an overdue act.
    pub(super) urgent: bool,
}

/// Renders the letter of a bundle into its outbox row.
pub(super) fn letter(desk: &Desk<'_>, matters: &[Matter], bundle: &Bundle) -> Result<LetterRow, ComposeError> {
    letter_for(desk, matters, bundle, "")
}

/// As [`letter()`]; `what` tells it apart from another letter of the same instant to the same reader about the same.
pub(super) fn letter_for(
    desk: &Desk<'_>,
    matters: &[Matter],
    bundle: &Bundle,
    what: &str,
) -> Result<LetterRow, ComposeError> {
    let matters: Vec<&Matter> = bundle.hearings.iter().map(|hearing| &matters[hearing.matter]).collect();
    let names = Names::of(desk.directory, bundle);
    let said = Said { recipient: &bundle.recipient, notes: notes(bundle, &names), urgent: bundle.urgent };
    draft(desk, &said, &matters, what)
}

/// Renders a letter about `matters`; `what` tells apart two letters of one instant to one reader about the same.
pub(super) fn draft(
    desk: &Desk<'_>,
    said: &Said<'_>,
    matters: &[&Matter],
    what: &str,
) -> Result<LetterRow, ComposeError> {
    let key = |matter: &&Matter| [matter.row.deadline_id.as_str(), &matter.rung_key(), &matter.about()].join(" ");
    let seed = matters.iter().map(key).collect::<Vec<_>>().join("\n");
    let letter_id = letter_id(desk, said.recipient, &format!("{what}{seed}"));
    let acknowledge = desk.links.of(&letter_id, desk.now);
    let mut lines: Vec<Line<'_>> = Vec::with_capacity(matters.len());
    for matter in matters {
        if let Some(line) = matter.line(desk.directory, desk.calendar) {
            let acknowledge_url = acknowledge.as_deref().filter(|_| matter.can_be_acknowledged());
            lines.push(Line { acknowledge_url, ..line });
        }
    }
    finish(desk, said.recipient, lines, said.notes.clone(), said.urgent, letter_id)
}

/// The id of a letter: what it says, to whom, composed when.
pub(crate) fn letter_id(desk: &Desk<'_>, recipient: &Recipient, seed: &str) -> String {
    chain::short_id_of('L', &format!("{}\n{}\n{seed}", recipient.address, desk.now.to_rfc3339()))
}

/// Names that the notes borrow.
struct Names {
    absent: String,
    superior_of: String,
    unacknowledged_by: String,
}

impl Names {
    fn of(directory: &Directory, bundle: &Bundle) -> Self {
        let name = |code: &str| {
            let office = directory.office(code);
            office.map_or_else(|| code.to_owned(), |o| o.name.in_language(bundle.recipient.language).to_owned())
        };
        let absent = match &bundle.recipient.reached {
            Reached::Deputy { for_address } => {
                let office = directory.office(&bundle.recipient.office);
                let official = office.and_then(|o| o.officials.iter().find(|x| x.address == *for_address));
                official.map_or_else(|| name(&bundle.recipient.office), |official| official.post.clone())
            }
            Reached::Superior { office } => name(office),
            Reached::Direct => String::new(),
        };
        let late = |why: &Why| if let Why::SuperiorOf(office) = why { Some(name(office)) } else { None };
        let silent = |why: &Why| if let Why::Unacknowledged(office) = why { Some(name(office)) } else { None };
        let why = || bundle.hearings.iter().map(|hearing| &hearing.why);
        Self {
            absent,
            superior_of: why().find_map(late).unwrap_or_default(),
            unacknowledged_by: why().find_map(silent).unwrap_or_default(),
        }
    }
}

fn notes<'a>(bundle: &Bundle, names: &'a Names) -> Vec<Note<'a>> {
    let mut notes = Vec::new();
    match bundle.recipient.reached {
        Reached::Deputy { .. } => notes.push(Note::DeputyOf { post: &names.absent }),
        Reached::Superior { .. } => notes.push(Note::NobodyReachable { post: &names.absent }),
        Reached::Direct => {}
    }
    if !names.superior_of.is_empty() {
        notes.push(Note::SuperiorOf { post: &names.superior_of });
    } else if !names.unacknowledged_by.is_empty() {
        notes.push(Note::Unacknowledged { post: &names.unacknowledged_by });
    } else if bundle.hearings.iter().all(|hearing| hearing.why == Why::ForInformation) {
        notes.push(Note::WorkingBody);
    }
    notes
}

/// Renders a letter of `lines` into its outbox row.
pub(super) fn finish(
    desk: &Desk<'_>,
    recipient: &Recipient,
    lines: Vec<Line<'_>>,
    notes: Vec<Note<'_>>,
    urgent: bool,
    letter_id: String,
) -> Result<LetterRow, ComposeError> {
    let letter = Letter { lines, notes, high_importance: urgent, ..addressed(desk, recipient, &letter_id) };
    let rendered = render(&letter, desk.texts)?;
    Ok(queued(desk, recipient, rendered, urgent, letter_id))
}

/// A letter to somebody that says nothing yet.
pub(crate) fn addressed<'a>(desk: &Desk<'a>, recipient: &'a Recipient, letter_id: &'a str) -> Letter<'a> {
    let mail = &desk.config.mail;
    Letter {
        id: letter_id,
        to_address: &recipient.address,
        to_post: &recipient.post,
        language: language(recipient.language),
        bilingual: recipient.bilingual,
        from_name: &mail.from_name,
        from_address: &mail.from_address,
        message_id_domain: &mail.message_id_domain,
        date: desk.now,
        zone: recipient.zone,
        public_url: &desk.config.http.public_url,
        high_importance: false,
        lines: Vec::new(),
        notes: Vec::new(),
    }
}

/// The row of the outbox for a letter that was rendered now.
pub(crate) fn queued(
    desk: &Desk<'_>,
    recipient: &Recipient,
    rendered: Rendered,
    urgent: bool,
    letter_id: String,
) -> LetterRow {
    let now = Instant::new(desk.now);
    LetterRow {
        office: recipient.office.clone(),
        address: recipient.address.clone(),
        post: recipient.post.clone(),
        language: language(recipient.language).code().to_owned(),
        subject: rendered.subject,
        message_id: rendered.message_id,
        bytes: rendered.bytes,
        urgency: i64::from(urgent),
        composed_at: now,
        due_at: now,
        state: "queued".to_owned(),
        attempts: 0,
        next_attempt_at: Some(now),
        lease_owner: None,
        lease_until: None,
        letter_id,
    }
}

fn language(language: Language) -> letter::Language {
    match language {
        Language::Kk => letter::Language::Kk,
        Language::Ru => letter::Language::Ru,
        Language::En => letter::Language::En,
    }
}
